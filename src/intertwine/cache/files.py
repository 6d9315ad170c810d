"""One checksummed npz file: arrays without pickle and the key they belong to, written atomically."""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger("intertwine.cache")
Arrays = dict[str, NDArray[Any]]
_META = "__meta__"
_FORMAT = 1


class DamagedEntryError(Exception):
    """A cache file that cannot be what was written; caught inside the cache, which rebuilds the entry."""


def key_text(version: object, key_parts: tuple[object, ...]) -> str:
    """The exact text of a key: every part's type and value, so that 1, "1" and 1.0 are three keys.

    A version that takes time to find out is a function, which is called here and nowhere else.
    """
    version = version() if callable(version) else version
    return json.dumps([str(version), *(f"{type(part).__name__}:{part!r}" for part in key_parts)])


def holds_entries(place: Path) -> bool:
    """Whether a folder has cache files at all: in an empty one no key has to be found out."""
    try:
        with os.scandir(place) as inside:
            return any(one.name.endswith(".npz") for one in inside)
    except OSError:
        return False


def file_name(key: str) -> str:
    """The file of a key: a digest, so that no part of the key has to be a valid file name."""
    return blake2b(key.encode(), digest_size=20).hexdigest() + ".npz"


def read(path: Path, key: str) -> Arrays | None:
    """The arrays stored for the key, None where there is no such file.

    Raises DamagedEntryError for a file that is truncated, altered, or holds another key.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedEntryError(f"unreadable: {error}") from error
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        meta = json.loads(arrays.pop(_META).tobytes())
        stored_format, stored_key, digest = meta["format"], meta["key"], meta["digest"]
    except (ValueError, KeyError, TypeError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise DamagedEntryError(f"not a cache file: {error}") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise DamagedEntryError(f"truncated or altered: {error}") from error
    if stored_format != _FORMAT or stored_key != key:
        raise DamagedEntryError("it belongs to another key")
    if digest != _digest(arrays):
        raise DamagedEntryError("its checksum does not match")
    return arrays


def write(path: Path, key: str, arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Write atomically (own temporary file, then os.replace); False, and a log line, where the disk refuses."""
    meta = json.dumps({"format": _FORMAT, "key": key, "digest": _digest(arrays)}).encode()
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            write_npz(stream, {_META: np.frombuffer(meta, np.uint8), **arrays})
        os.replace(temporary, path)
    except OSError as error:
        logger.warning("cache entry not saved under %s: %s", path.parent, error)
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        return False
    return True


def write_npz(stream: IO[bytes], arrays: Mapping[str, NDArray[Any]]) -> None:
    """An npz file without pickle, from any numpy: before 2.1 `savez` took `allow_pickle` for the name of an array."""
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """A digest of names, types, shapes and bytes."""
    total = blake2b(digest_size=16)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        total.update(array.data if array.size else b"")
    return total.hexdigest()
