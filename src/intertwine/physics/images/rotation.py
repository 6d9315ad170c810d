"""Images turned about their centre by bilinear interpolation, every image by its own angle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def rotate_images(images: NDArray[np.generic], angles: ArrayLike) -> NDArray[np.float64]:
    """[n, rows, columns] float64, turned counter-clockwise by angles [n] in radians.

    out(r) = in(R⁻¹ r) with r measured from the centre of the image, ((rows − 1)/2, (columns − 1)/2), in the coordinates
    (row, column) in which R = [[cos, −sin], [sin, cos]] turns counter-clockwise as seen on the screen. The four pixels
    around R⁻¹ r are weighted bilinearly; what lies outside of the image is 0.
    """
    n, rows, columns = images.shape
    turn = np.asarray(angles, dtype=np.float64).reshape(n, 1, 1)
    y, x = np.meshgrid(np.arange(rows) - (rows - 1) / 2, np.arange(columns) - (columns - 1) / 2, indexing="ij")
    c, s = np.cos(turn), np.sin(turn)
    source_y = c * y + s * x + (rows - 1) / 2
    source_x = -s * y + c * x + (columns - 1) / 2
    out = np.zeros(images.shape)
    low_y, low_x = np.floor(source_y).astype(int), np.floor(source_x).astype(int)
    number = np.arange(n)[:, None, None]
    for step_y in (0, 1):
        for step_x in (0, 1):
            at_y, at_x = low_y + step_y, low_x + step_x
            weight = (1 - np.abs(source_y - at_y)) * (1 - np.abs(source_x - at_x))
            inside = (at_y >= 0) & (at_y < rows) & (at_x >= 0) & (at_x < columns)
            values = images[number, np.clip(at_y, 0, rows - 1), np.clip(at_x, 0, columns - 1)]
            out += np.where(inside, weight * values, 0.0)
    return out
