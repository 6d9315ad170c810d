"""Random features that a module is tried on, from the representations that it declares."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.representations import Rep


def declared_inputs(module: object, rep_in: Rep | Sequence[Rep] | None) -> list[Rep]:
    """The representations of the inputs: those given, else the module's own reps_in or rep_in.

    Raises RepresentationError for a module that declares none.
    """
    if rep_in is None:
        rep_in = getattr(module, "reps_in", None) or getattr(module, "rep_in", None)
    if isinstance(rep_in, Rep):
        return [rep_in]
    if rep_in is None:
        raise RepresentationError(
            f"{type(module).__name__} declares no representation of its input",
            received="rep_in=None",
            fix="give rep_in",
        )
    return list(rep_in)


def declared_output(module: object, rep_out: Rep | None) -> Rep:
    """The representation of the output: the one given, else the module's own.

    Raises RepresentationError for a module that declares none.
    """
    found = getattr(module, "rep_out", None) if rep_out is None else rep_out
    if not isinstance(found, Rep):
        raise RepresentationError("no representation of the output", received=repr(found), fix="give rep_out")
    return found


def sample_inputs(reps: Sequence[Rep], shape: Sequence[int], dtype: torch.dtype, seed: int) -> list[Tensor]:
    """Standard normal features [*shape, rep.dim], one tensor a representation."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, rep.dim, generator=generator, dtype=torch.float64).to(dtype) for rep in reps]
