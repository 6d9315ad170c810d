"""assert_normalised: features of second moment 1 come out with second moments near 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.representations import Rep
from intertwine.testing.sample_inputs import declared_inputs, declared_output, sample_inputs

# A network may halve or double second moments over its whole depth, no more.
BOUNDS = (0.5, 2.0)


class SecondMoment(NamedTuple):
    """The mean square of one component of one output block, over channels, samples and initialisations."""

    irrep: str
    component: int
    moment: float


def second_moments(
    build: Callable[[], nn.Module],
    rep_in: Rep | Sequence[Rep] | None = None,
    rep_out: Rep | None = None,
    *,
    initialisations: int = 10,
    shape: Sequence[int] = (256,),
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
) -> list[SecondMoment]:
    """The second moments of a network's outputs on standard normal features [*shape, rep.dim].

    Parameters
    ----------
    build:
        Makes the network with new random weights; called once an initialisation, torch's generator being seeded.
    rep_in, rep_out:
        The representations of its inputs and its output; by default those that it declares.

    Raises RepresentationError where there is no representation, or the output does not fit.
    """
    totals: list[Tensor] = []
    blocks: list[tuple[str, int]] = []
    for index in range(initialisations):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + index)
            network = build().to(dtype).eval()
        reps = declared_inputs(network, rep_in)
        out = declared_output(network, rep_out)
        with torch.no_grad():
            y = network(*sample_inputs(reps, shape, dtype, seed + index)).double()
        if y.shape[-1] != out.dim:
            raise RepresentationError(
                "the output does not fit rep_out", received=tuple(y.shape), expected=f"[..., {out.dim}]"
            )
        square = y.reshape(-1, out.dim).square().mean(0)
        if out.is_by_irreps:
            parts = [
                square[w].reshape(b.irrep.real_dim, -1).mean(1) for b, w in zip(out.blocks, out.slices, strict=True)
            ]
            blocks = [(b.irrep.name, i) for b in out.blocks for i in range(b.irrep.real_dim)]
            square = torch.cat(parts) if parts else square
        else:
            blocks = [(str(out), i) for i in range(out.dim)]
        totals.append(square)
    mean = torch.stack(totals).mean(0).tolist() if totals else []
    return [SecondMoment(name, i, moment) for (name, i), moment in zip(blocks, mean, strict=True)]


def assert_normalised(
    build: Callable[[], nn.Module],
    rep_in: Rep | Sequence[Rep] | None = None,
    rep_out: Rep | None = None,
    *,
    bounds: tuple[float, float] = BOUNDS,
    initialisations: int = 10,
    shape: Sequence[int] = (256,),
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
) -> list[SecondMoment]:
    """Assert that every component's second moment lies in `bounds`, averaged over initialisations.

    The arguments are those of `second_moments`, whose list is returned. Raises AssertionError that names the worst
    component.
    """
    table = second_moments(build, rep_in, rep_out, initialisations=initialisations, shape=shape, dtype=dtype, seed=seed)
    wrong = [row for row in table if not bounds[0] <= row.moment <= bounds[1]]
    if wrong:
        listed = "\n".join(f"{row.irrep:>12} [{row.component}]  {row.moment:.3g}" for row in table)
        raise AssertionError(
            f"not normalised: component {wrong[0].component} of the output irrep {wrong[0].irrep} has second moment "
            f"{wrong[0].moment:.3g}, allowed {bounds[0]:g} to {bounds[1]:g}\n{listed}"
        )
    return table
