"""Any stack of images or volumes in a NumPy or HDF5 file."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from intertwine.errors import DataError
from intertwine.physics.images.image_set import ImageSet


def read_stack(path: str | Path, images: str = "images", labels: str = "labels") -> ImageSet:
    """Images [n, rows, columns(, …)] and labels [n] by their names in an .npz or HDF5 file.

    Raises DataError for a missing file or name, other shapes, labels that are no whole numbers.
    """
    path = Path(path)
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                known = list(archive.files)
                found = {name: archive[name] for name in (images, labels) if name in known}
        else:
            with h5py.File(path, "r") as file:
                known = list(file)
                found = {name: np.asarray(file[name]) for name in (images, labels) if name in known}
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read", received=str(error), expected="an .npz or HDF5 file") from error
    for name in (images, labels):
        if name not in found:
            raise DataError(f"{path} has no array {name!r}", expected=known)
    return ImageSet.checked(found[images], found[labels], path)
