"""Random features that a module is tried on, from the representations that it declares."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.representations import Rep


def declared_inputs(module: nn.Module, rep_in: Rep | Sequence[Rep] | None) -> list[Rep]:
    """The representations of the inputs: those given, else the module's own rep_in.

    Raises RepresentationError for a module that declares none.
    """
    if rep_in is None:
        rep_in = getattr(module, "rep_in", None)
    if isinstance(rep_in, Rep):
        return [rep_in]
    if rep_in is None:
        raise RepresentationError(
            f"{type(module).__name__} declares no representation of its input",
            received="rep_in=None",
            fix="give rep_in",
        )
    return list(rep_in)


def sample_inputs(reps: Sequence[Rep], shape: Sequence[int], dtype: torch.dtype, seed: int) -> list[Tensor]:
    """Standard normal features [*shape, rep.dim], one tensor a representation."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, rep.dim, generator=generator, dtype=torch.float64).to(dtype) for rep in reps]
