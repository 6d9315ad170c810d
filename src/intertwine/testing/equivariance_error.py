"""The equivariance error of a map, by output irrep and by group element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.representations import Rep
from intertwine.testing.sample_inputs import declared_inputs, declared_output

# Sizes of group elements by which the table is laid out: compact ones have size 1, boosts by a rapidity e^rapidity.
SIZES = (1.0, 1.5, 3.0, 10.0)


class EquivarianceError(NamedTuple):
    """The error of one output block under one group element."""

    irrep: str  # of the output block
    element: GroupElement
    size: float  # ‖ρ_out(g)‖, spectral norm: 1 for compact groups, e^rapidity for a boost of a vector
    error: float  # ‖f(ρx) − ρ f(x)‖ / (‖ρ_out‖ ‖f(x)‖)


class EquivarianceTable(NamedTuple):
    """All errors; `max` is the equivariance error of the map."""

    rows: tuple[EquivarianceError, ...]

    @property
    def max(self) -> float:
        """The largest error; NaN counts as infinite."""
        return max((row.error if np.isfinite(row.error) else np.inf for row in self.rows), default=0.0)

    @property
    def worst(self) -> EquivarianceError | None:
        """The row of the largest error."""
        return max(self.rows, key=lambda row: row.error if np.isfinite(row.error) else np.inf, default=None)

    def by_irrep(self) -> dict[str, float]:
        """The largest error of each output irrep."""
        found: dict[str, float] = {}
        for row in self.rows:
            error = row.error if np.isfinite(row.error) else np.inf
            found[row.irrep] = max(found.get(row.irrep, 0.0), error)
        return found

    def by_size(self, edges: Sequence[float] = SIZES) -> dict[str, list[float | None]]:
        """The largest error of each output irrep among elements up to each size ‖ρ(g)‖ and above the one before.

        `size` is that of the element in the output irrep. The last entry is for sizes above every edge; None where
        there is no such element.
        """
        found: dict[str, list[float | None]] = {row.irrep: [None] * (len(edges) + 1) for row in self.rows}
        for row in self.rows:
            column = int(np.searchsorted(np.asarray(edges) * (1 + 1e-9), row.size))
            error = row.error if np.isfinite(row.error) else np.inf
            before = found[row.irrep][column]
            found[row.irrep][column] = error if before is None else max(before, error)
        return found

    def __str__(self) -> str:
        """The largest errors, a line an output irrep, a column a range of sizes ‖ρ(g)‖ of the element."""
        table = self.by_size()
        used = [i for i in range(len(SIZES) + 1) if any(row[i] is not None for row in table.values())]
        names = [*(f"‖ρ‖ ≤ {edge:g}" for edge in SIZES), f"‖ρ‖ > {SIZES[-1]:g}"]
        lines = ["  ".join([f"{'irrep':>12}", *(f"{names[i]:>9}" for i in used)])]
        for irrep, errors in table.items():
            cells = (f"{'':>9}" if errors[i] is None else f"{errors[i]:9.2e}" for i in used)
            lines.append("  ".join([f"{irrep:>12}", *cells]).rstrip())
        return "\n".join(lines)


def equivariance_error(
    module: nn.Module | Callable[..., Tensor],
    rep_in: Rep | Sequence[Rep] | None = None,
    rep_out: Rep | None = None,
    *,
    elements: Sequence[GroupElement] | None = None,
    n_elements: int = 10,
    scale: float = 1.0,
    batch: int = 4,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    inputs: Sequence[Tensor] | None = None,
) -> EquivarianceTable:
    """max ‖f(ρx) − ρ f(x)‖ / (‖ρ_out‖ ‖f(x)‖) over sampled group elements, a row an output block and element.

    Parameters
    ----------
    module:
        f, taking one tensor [..., rep.dim] for each representation of rep_in. A torch module is copied, cast to
        dtype and put into eval mode; it is not changed.
    rep_in, rep_out:
        The representations of the inputs (one, or a sequence) and of the output; by default those that the module
        declares.
    elements, n_elements, scale, seed:
        The group elements, or how many to sample (discrete generators come first), with which bound on boosts.
    batch, inputs:
        Size of the random batch of standard normal features, or the inputs themselves.

    Raises
    ------
    RepresentationError
        For representations of different groups, or an output whose last axis is not rep_out.dim.
    """
    reps = declared_inputs(module, rep_in)
    rep_out = declared_output(module, rep_out)
    group = rep_out.group
    if any(rep.group != group for rep in reps):
        raise RepresentationError(
            "representations of different groups", received=[repr(r) for r in reps], expected=group
        )
    rng = np.random.default_rng(seed)
    f = deepcopy(module).to(dtype).eval() if isinstance(module, nn.Module) else module
    if elements is None:
        elements = list(group.discrete_elements)
        elements += [group.sample(rng, scale) for _ in range(max(n_elements - len(elements), 1))]
    if inputs is None:
        inputs = [torch.from_numpy(rng.standard_normal((batch, rep.dim))).to(dtype) for rep in reps]
    rows: list[EquivarianceError] = []
    with torch.no_grad():
        plain = f(*inputs).double()
        if plain.shape[-1] != rep_out.dim:
            raise RepresentationError(
                "the output does not fit rep_out", received=tuple(plain.shape), expected=f"[..., {rep_out.dim}]"
            )
        for element in elements:
            matrices = {rep: torch.from_numpy(rep.matrix(element)) for rep in {*reps, rep_out}}
            moved = [x @ matrices[rep].to(x).T for x, rep in zip(inputs, reps, strict=True)]
            rho = matrices[rep_out]
            difference = f(*moved).double() - plain @ rho.T
            rows += _by_block(rep_out, element, difference, plain, rho)
    return EquivarianceTable(tuple(rows))


def _by_block(
    rep: Rep, element: GroupElement, difference: Tensor, plain: Tensor, rho: Tensor
) -> list[EquivarianceError]:
    if rep.is_by_irreps:
        parts = [(b.irrep.name, where, b.multiplicity) for b, where in zip(rep.blocks, rep.slices, strict=True)]
    else:
        parts = [(str(rep), slice(0, rep.dim), 1)]
    whole = float(plain.norm())
    rows = []
    for name, where, m in parts:
        size = float(torch.linalg.matrix_norm(rho[where, where][::m, ::m], 2))  # ρ of one of the channels
        # A block that is exactly 0 (an unreachable one) is measured against the whole output.
        scale = float(plain[..., where].norm()) or whole or 1.0
        rows.append(EquivarianceError(name, element, size, float(difference[..., where].norm()) / (size * scale)))
    return rows
