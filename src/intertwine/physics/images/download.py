"""Image sets by download, for those who have a network: every file is checked against its hash."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from intertwine.errors import DataError, MissingDependencyError


class RemoteFile(NamedTuple):
    """Where a file is, and what it must hash to ("sha256:…" or "md5:…"; None: whatever comes is taken)."""

    url: str
    known_hash: str | None


# The address of the publication; its hash was not published with it, so that users pin the one they trust.
ROTATED_MNIST = RemoteFile("http://www.iro.umontreal.ca/~lisa/icml2007data/mnist_rotation_new.zip", None)


def fetch_images(remote: RemoteFile, folder: str | Path, *, known_hash: str | None = None) -> Path:
    """The file's path in `folder`, downloaded unless it is there with the right hash.

    Raises
    ------
    DataError
        Without a hash to check against, for a failed download, and for content with another hash.
    MissingDependencyError
        Without pooch.
    """
    expected = known_hash or remote.known_hash
    if expected is None:
        raise DataError(
            "no hash to check the download against",
            received=remote.url,
            fix='give known_hash="sha256:…" of the file that you mean',
        )
    try:
        import pooch
    except ImportError as error:
        raise MissingDependencyError("pooch downloads and checks files", fix="pip install pooch") from error
    try:
        return Path(pooch.retrieve(remote.url, expected, path=str(folder), progressbar=False))
    except (ValueError, OSError) as error:
        raise DataError(f"{remote.url} did not come as expected", received=str(error)) from error
