"""What every search asks of the arrays it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import DataError


def check_points(points: ArrayLike, name: str = "positions", dim: int | None = None) -> NDArray[np.float64]:
    """float64 [n, dim], contiguous; n = 0 is fine.

    Raises DataError for another shape, for anything but real numbers, and for NaN or infinity (with the first row).
    """
    raw = np.asarray(points)
    if raw.dtype.kind not in "fiub":
        raise DataError(f"{name} are not real numbers", received=f"dtype {raw.dtype}", expected="floats")
    found = np.ascontiguousarray(raw, dtype=np.float64)
    if found.size == 0 and dim is not None and found.ndim < 3:
        return np.zeros((0, dim))
    if found.ndim != 2 or found.shape[1] == 0 or (dim is not None and found.shape[1] != dim):
        expected = f"[n, {'dim' if dim is None else dim}]"
        raise DataError(f"{name} have the wrong shape", received=f"shape {found.shape}", expected=expected)
    wrong = ~np.isfinite(found).all(1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"{name} are not finite",
            received=f"{found[row].tolist()} in row {row}, {int(wrong.sum())} such rows",
            expected="finite numbers",
        )
    return found


def check_cell(cell: ArrayLike | None, periodic: bool | Sequence[bool] | NDArray[Any]) -> tuple[Any, Any]:
    """A cell [3, 3] (rows are the cell vectors) and three flags; cell vectors along open directions may be zero.

    Those are completed by unit vectors across, so that the cell can always be inverted. Raises DataError.
    """
    flags = np.asarray(periodic)
    if flags.dtype != np.bool_ or flags.shape not in ((), (3,)):
        raise DataError(
            "pbc is neither one flag nor three", received=repr(periodic), expected="True, or three booleans"
        )
    flags = np.array(np.broadcast_to(flags, 3))
    if cell is None:
        if flags.any():
            raise DataError(
                "a periodic structure without a cell", received=f"pbc={flags.tolist()}", fix="give the cell"
            )
        return np.eye(3), flags
    box = check_points(cell, "cell vectors", 3)
    if box.shape != (3, 3):
        raise DataError("not a cell", received=f"shape {box.shape}", expected="[3, 3], one cell vector a row")
    lengths = np.linalg.norm(box, axis=1)
    if (lengths[flags] == 0).any():
        raise DataError("a periodic direction without a cell vector", received=box.tolist(), expected="vectors ≠ 0")
    kept = box[flags] / lengths[flags, None]
    across = np.linalg.svd(kept, full_matrices=True)[2][len(kept) :] if len(kept) else np.eye(3)
    volume = np.sqrt(max(float(np.linalg.det(kept @ kept.T)), 0.0))
    if volume < 1e-8:
        raise DataError("the cell is flat", received=box.tolist(), expected="linearly independent cell vectors")
    # the vectors of open directions carry no meaning: others, which span what is left, serve as well
    completed = box.copy()
    completed[~flags] = across
    return completed, flags
