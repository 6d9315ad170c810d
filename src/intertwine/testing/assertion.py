"""assert_equivariant: for the test suites of those who build on intertwine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from intertwine.representations import Rep
from intertwine.testing.equivariance_error import EquivarianceTable, equivariance_error

# Rounding of a few layers: some thousand units in the last place.
TOLERANCE: dict[torch.dtype, float] = {
    torch.float64: 1e-12,
    torch.float32: 1e-5,
    torch.float16: 1e-2,
    torch.bfloat16: 5e-2,
}


def assert_equivariant(
    module: nn.Module | Callable[..., Tensor],
    rep_in: Rep | Sequence[Rep] | None = None,
    rep_out: Rep | None = None,
    *,
    tolerance: float | None = None,
    dtype: torch.dtype = torch.float64,
    **options: Any,
) -> EquivarianceTable:
    """Assert f(ρ_in(g) x) = ρ_out(g) f(x) within rounding; the options are those of `equivariance_error`.

    Representations that are not given are those that the module declares (`reps_in`, `rep_in`, `rep_out`). The
    tolerance is by default that of the dtype in `TOLERANCE`: 1e-12 in float64, 1e-5 in float32.

    Returns the table of errors. Raises AssertionError that names the irrep, the error and the element that failed.
    """
    limit = TOLERANCE[dtype] if tolerance is None else tolerance
    table = equivariance_error(module, rep_in, rep_out, dtype=dtype, **options)
    worst = table.worst
    if worst is not None and not worst.error <= limit:
        name = type(module).__name__ if isinstance(module, nn.Module) else getattr(module, "__name__", repr(module))
        raise AssertionError(
            f"{name} is not equivariant under {worst.element.group.name}: error {worst.error:.1e} in the output irrep "
            f"{worst.irrep}, allowed {limit:.0e}, for the element {worst.element!r}\n{table}"
        )
    return table
