"""The disk cache: results that cost more to compute than to read, in the user's cache folder.

- `cached(namespace, version, key_parts, build)`: one result, one file.
- `Pack(namespace, version, name)`: many small tables in one file, read at once (Clebsch–Gordan tables of one group).
- `folder`, `listing`, `clear`: where it lives, what is in it, how to empty it.

Keys name the version of the algorithm and every input. Files are npz without pickle, checksummed, and replaced
atomically, so that any number of processes may write at once; a damaged file is reported, rebuilt and replaced.
"""

from intertwine.cache.entry import Entry, cached, fetch
from intertwine.cache.folder import NamespaceUsage, clear, folder, listing
from intertwine.cache.pack import Pack

__all__ = ["Entry", "NamespaceUsage", "Pack", "cached", "clear", "fetch", "folder", "listing"]
