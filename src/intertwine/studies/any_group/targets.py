"""The functions to be learned: defined once for every group, by its bilinear maps alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from intertwine.representations import Rep
    from intertwine.studies.any_group.configuration import GroupCase

    Target = Callable[[torch.Tensor], torch.Tensor]

_TERMS = 4


def representations(case: GroupCase, task: str) -> tuple[Rep, Rep]:
    """Of the inputs, and of what is to be learned."""
    import intertwine as tw

    group = tw.group(case.group)
    return tw.Rep(group, case.inputs), tw.Rep(group, [(1, group.trivial)] if task == "cubic" else case.target)


def make_target(case: GroupCase, task: str, seed: int) -> Target:
    """[n, rep_in.dim] → [n, rep_out.dim] in float64, with coefficients from standard normals.

    - cubic: ⟨x, B(x, x)⟩, a random element of the cubic invariants, B with values in the irreps of the inputs;
    - product: B(x, x), bilinear with values in the target irrep: the cross product of the octonions for G2, the Jordan
      product for F4, d and f for SU(3);
    - teacher: Σ_k tanh(s_k(x, x)) (A_k x + B_k(x, x)) with invariants s_k and four terms: no polynomial.
    """
    import torch

    from intertwine.nn import FullyConnectedProduct, Linear
    from intertwine.representations import Rep

    rep_in, rep_out = representations(case, task)
    draw = torch.Generator().manual_seed(seed)
    trivial = rep_in.group.trivial

    def bilinear(one: Rep, two: Rep, out: Rep) -> FullyConnectedProduct:
        product = FullyConnectedProduct(one, two, out, backend="reference", dtype=torch.float64)
        product.reset_parameters(draw)
        return product.requires_grad_(False)

    if task == "product":
        square = bilinear(rep_in, rep_in, rep_out)

        def of_squares(x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = square(x, x)
            return y

        return of_squares
    if task == "cubic":
        reached = set((rep_in @ rep_in).irreps)
        inner = Rep(rep_in.group, [(b.multiplicity, b.irrep) for b in rep_in.blocks if b.irrep in reached])
        inside, outside = bilinear(rep_in, rep_in, inner), bilinear(rep_in, inner, rep_out)

        def cubic(x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = outside(x, inside(x, x))
            return y

        return cubic
    invariants = bilinear(rep_in, rep_in, Rep(rep_in.group, [(_TERMS, trivial)]))
    targets = Rep(rep_in.group, [(_TERMS, irrep) for irrep in rep_out.irreps])
    squares, straight = bilinear(rep_in, rep_in, targets), Linear(rep_in, targets, bias=False, dtype=torch.float64)
    straight.reset_parameters(draw)
    straight.requires_grad_(False)

    def teacher(x: torch.Tensor) -> torch.Tensor:
        terms: torch.Tensor = (squares(x, x) + straight(x)).unflatten(-1, (-1, _TERMS))
        opened: torch.Tensor = invariants(x, x).tanh().unsqueeze(-2)
        return (terms * opened).sum(dim=-1)

    return teacher
