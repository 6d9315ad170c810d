"""The published rotated MNIST, `mnist_all_rotation_normalized_float_*.amat` (Larochelle et al., ICML 2007).

A text row an image: 784 pixels in [0, 1], read row by row as the literature's code does, and the label.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.images.image_set import ImageSet


def read_amat(path: str | Path, member: str | None = None) -> ImageSet:
    """Images float32 [n, rows, rows] and labels of an .amat file, or of a member of the published .zip.

    Parameters
    ----------
    member:
        For a zip: part of the name of the file inside ("train" or "test").

    Raises DataError for files that cannot be read, rows of other lengths, pixels outside [0, 1].
    """
    path = Path(path)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [n for n in archive.namelist() if n.endswith(".amat") and (member or "") in n]
                if len(names) != 1:
                    raise DataError(f"which file of {path}", received=member, expected=archive.namelist())
                with archive.open(names[0]) as stream:
                    table = np.loadtxt(stream, dtype=np.float32, ndmin=2)
        else:
            table = np.loadtxt(path, dtype=np.float32, ndmin=2)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as rows of numbers", received=str(error)) from error
    side = round(max(table.shape[1] - 1, 0) ** 0.5)
    if side < 1 or side * side + 1 != table.shape[1]:
        raise DataError(f"rows of {path} are no square images and a label", received=f"{table.shape[1]} numbers a row")
    pixels = table[:, :-1]
    if pixels.size and (pixels.min() < 0 or pixels.max() > 1):
        raise DataError(f"pixels of {path} outside [0, 1]", received=f"{pixels.min()} … {pixels.max()}")
    return ImageSet.checked(pixels.reshape(-1, side, side), table[:, -1], path)
