"""The idx format of the MNIST files: http://yann.lecun.com/exdb/mnist/ (magic number, sizes, big-endian data)."""

from __future__ import annotations

import gzip
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str | Path) -> NDArray[np.generic]:
    """The array of an idx file, plain or gzipped.

    Raises DataError for a file that is missing, cut short, too long, or of another format.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{path} cannot be read", received=str(error)) from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _TYPES:
        raise DataError(f"{path} is no idx file", received=f"first bytes {raw[:4].hex()}", expected="0000, type, axes")
    kind, axes = np.dtype(_TYPES[raw[2]]), raw[3]
    start = 4 + 4 * axes
    if len(raw) < start:
        raise DataError(f"{path} ends inside its header", received=f"{len(raw)} bytes", expected=f"{start} and data")
    shape = tuple(int(n) for n in np.frombuffer(raw, ">u4", axes, 4))
    if len(raw) - start != prod(shape) * kind.itemsize:
        raise DataError(
            f"{path} does not hold what its header says",
            received=f"{len(raw) - start} bytes of data",
            expected=f"{prod(shape) * kind.itemsize} for {shape}",
        )
    return np.frombuffer(raw, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))
