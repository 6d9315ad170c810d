"""IrrepMatrices: the matrices of irreps as polynomials in the matrix of one, for any group, with all derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.nn.constant import Constant
from intertwine.representations import Irrep, clebsch_gordan, product_irreps


class _Step(NamedTuple):
    """ρ_c = Cᵀ (ρ_parent ⊗ ρ_vector) C."""

    irrep: Irrep
    parent: Irrep


class IrrepMatrices(nn.Module):
    """ρ_c(g) for a list of irreps c from ρ_v(g) of one irrep v: Wigner matrices of any group, batched.

    An isometric Clebsch–Gordan map C of c into b ⊗ v gives ρ_c = Cᵀ (ρ_b ⊗ ρ_v) C, from the trivial irrep upwards.
    So ρ_c is a polynomial in ρ_v: smooth everywhere, where angles have poles. Rounding errors do not grow (C is an
    isometry) as long as ρ_v(g) itself is accurate.

    Parameters
    ----------
    irreps:
        The irreps c wanted, of one group.
    vector:
        v; its tensor powers must hold every c. For instance SO(3)'s "1", SU(2)'s "1/2", SU(3)'s "3", SO(1,3)'s
        "(1/2,1/2)".

    Shape: ρ_v(g) [..., v.real_dim, v.real_dim] → a tuple of [..., c.real_dim, c.real_dim].

    Raises
    ------
    RepresentationError
        For irreps of different groups, or one that no small tensor power of v holds.
    """

    def __init__(
        self,
        irreps: Sequence[Irrep],
        vector: Irrep,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        if not irreps or any(irrep.group != vector.group for irrep in irreps):
            raise RepresentationError(
                "matrices of irreps of one group", received=[repr(i) for i in irreps], expected=f"irreps of {vector!r}"
            )
        self.irreps, self.vector = tuple(irreps), vector
        self.steps = _steps(self.irreps, vector)
        self.maps = nn.ModuleList()  # C [d_parent, d_v, d]
        for step in self.steps:
            C = clebsch_gordan(step.parent, vector, step.irrep)[0]
            self.maps.append(Constant(C, dtype=dtype, device=device))
        # Places in the list of matrices, so that nothing is looked up by irrep while it runs (torch.compile).
        made = [vector.group.trivial, vector, *(step.irrep for step in self.steps)]
        place = {irrep: i for i, irrep in enumerate(made)}
        self._parents = [place[step.parent] for step in self.steps]
        self._wanted = [place[irrep] for irrep in self.irreps]
        self._dims = [irrep.real_dim for irrep in made]

    def forward(self, matrix: Float[Tensor, "*batch d d"]) -> tuple[Tensor, ...]:
        n = self._dims[1]
        if matrix.shape[-1] != n:
            raise RepresentationError(
                f"these are not matrices of {self.vector}",
                received=f"shape {tuple(matrix.shape)}",
                expected=f"[..., {n}, {n}]",
            )
        known = [torch.ones_like(matrix[..., :1, :1]), matrix]
        for parent, constant in zip(self._parents, self.maps, strict=True):
            C = constant().to(matrix.dtype).flatten(0, 1)  # [d_parent d_v, d]
            product = known[parent][..., :, None, :, None] * matrix[..., None, :, None, :]
            known.append(C.T @ (product.flatten(-2).flatten(-3, -2) @ C))
        return tuple(known[place] for place in self._wanted)

    def extra_repr(self) -> str:
        """What comes from what."""
        return f"{self.vector.group.name}: {self.vector} → {', '.join(map(str, self.irreps))}"


def _steps(irreps: Sequence[Irrep], vector: Irrep) -> list[_Step]:
    """Breadth first through tensor powers of the vector; only what the irreps wanted need."""
    parents: dict[Irrep, Irrep | None] = {vector.group.trivial: None, vector: None}
    layer = [vector]
    largest = max(irrep.real_dim for irrep in irreps) * vector.real_dim
    while layer and any(irrep not in parents for irrep in irreps):
        following: list[Irrep] = []
        for parent in sorted(layer):
            for irrep in product_irreps(parent, vector):
                if irrep not in parents and irrep.real_dim <= largest:
                    parents[irrep] = parent
                    following.append(irrep)
        layer = following
    missing = [irrep for irrep in irreps if irrep not in parents]
    if missing:
        raise RepresentationError(
            f"{missing[0]} is in no small tensor power of {vector}",
            received=repr(missing[0]),
            fix="take a faithful irrep as the vector",
        )
    needed: dict[Irrep, Irrep] = {}
    for irrep in irreps:
        step = parents[irrep]
        while step is not None and irrep not in needed:
            needed[irrep] = step
            irrep, step = step, parents[step]
    order = {irrep: i for i, irrep in enumerate(parents)}
    return [_Step(irrep, needed[irrep]) for irrep in sorted(needed, key=order.__getitem__)]
