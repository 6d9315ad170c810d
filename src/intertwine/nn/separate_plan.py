"""The separate paths of a fully connected product: rep_1 ⊗ rep_2, its channels side by side, irrep by irrep."""

from __future__ import annotations

from intertwine.errors import RepresentationError
from intertwine.nn.product_plan import ProductPath, ProductPlan, require_one_group
from intertwine.representations import Irrep, Rep, product_maps


def separate_plan(rep_1: Rep, rep_2: Rep, rep_out: Rep) -> ProductPlan:
    """Every pair of channels of rep_1 and rep_2 to each irrep of rep_out, each map to channels of its own.

    The plan's rep_out has one block for each irrep of the rep_out given, m_1 · m_2 channels for each map between
    blocks; weights are one a path and channel, meant to be 1.

    Raises
    ------
    RepresentationError
        For different groups, representations in their own basis, or an irrep of rep_out that no path reaches.
    """
    require_one_group(rep_1, rep_2, rep_out)
    paths: list[ProductPath] = []
    counts: list[tuple[int, Irrep]] = []
    weight = 0
    for k, irrep in enumerate(rep_out.irreps):
        channel = 0
        for i, one in enumerate(rep_1.blocks):
            for j, two in enumerate(rep_2.blocks):
                for C in product_maps(one.irrep, two.irrep, irrep):
                    for v in range(two.multiplicity):
                        stop = weight + one.multiplicity
                        paths.append(ProductPath(i, j, v, k, C.copy(), slice(weight, stop), channel))
                        weight, channel = stop, channel + one.multiplicity
        if not channel:
            raise RepresentationError(
                f"no path reaches the irrep {irrep} of rep_out",
                received=f"{rep_1} ⊗ {rep_2}",
                expected=f"a pair of irreps whose product holds {irrep}",
                fix="drop it from rep_out",
            )
        counts.append((channel, irrep))
    return ProductPlan(rep_1, rep_2, Rep(rep_out.group, counts), paths)
