"""The four files of MNIST (LeCun et al., Proc. IEEE 86, 2278, 1998) in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from intertwine.errors import DataError
from intertwine.physics.images.idx_file import read_idx
from intertwine.physics.images.image_set import ImageSet
from intertwine.physics.sample_files import sample_file


def read_mnist(folder: str | Path, part: Literal["train", "test"]) -> ImageSet:
    """60 000 training or 10 000 test digits, uint8 [n, 28, 28], from idx files, gzipped or not.

    Raises DataError where a file is missing or not what it should be.
    """
    prefix = "train" if part == "train" else "t10k"
    arrays = [read_idx(_find(Path(folder), f"{prefix}-{kind}")) for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
    return ImageSet.checked(arrays[0], arrays[1], folder)


def mnist_folder() -> Path:
    """The folder `mnist` in the one that the environment variable INTERTWINE_DATA names.

    Raises DataError where the variable is not set or there is no such folder.
    """
    return sample_file("mnist", "http://yann.lecun.com/exdb/mnist/")


def _find(folder: Path, name: str) -> Path:
    for candidate in (folder / name, folder / f"{name}.gz", folder / name.replace("-idx", ".idx")):
        if candidate.exists():
            return candidate
    raise DataError(f"no {name} or {name}.gz", received=f"the folder {folder}", expected="the four files of MNIST")
