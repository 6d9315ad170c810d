"""ImageSet: images with labels, checked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError


class ImageSet(NamedTuple):
    """images: [n, rows, columns] uint8 or float32 in [0, 1] (volumes: one more axis); labels: int64 [n]."""

    images: NDArray[np.generic]
    labels: NDArray[np.int64]

    @classmethod
    def checked(cls, images: NDArray[np.generic], labels: NDArray[np.generic], source: object) -> ImageSet:
        """Raises DataError unless there is one whole-numbered label an image and every pixel is finite."""
        if images.ndim < 3 or labels.shape != (len(images),):
            raise DataError(
                f"images and labels of {source} do not belong together",
                received=f"images {images.shape}, labels {labels.shape}",
                expected="[n, rows, columns] and [n]",
            )
        whole = labels.astype(np.int64)
        if not np.array_equal(whole, labels):
            raise DataError(f"labels of {source} that are no whole numbers", received=labels[whole != labels][:3])
        if images.dtype.kind == "f" and not np.isfinite(images).all():
            raise DataError(f"pixels of {source} that are no numbers")
        return cls(images, whole)
