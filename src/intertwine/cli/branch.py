"""`intertwine branch`: what an irrep becomes under a subgroup."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from intertwine.cli.decompose import show_sum
from intertwine.cli.labels import Basis, BasisOption, GroupArgument, JsonOption


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("branch")(branch)


def branch(
    group: GroupArgument,
    subgroup: Annotated[str, typer.Argument(help='A subgroup, such as "SU(3)xSU(2)xU(1)", "SO(3)" or "Oh".')],
    irreps: Annotated[str, typer.Argument(help='Irreps of the group, such as "8" or "5bar + 10".')],
    basis: BasisOption = Basis.weight,
    as_json: JsonOption = False,
) -> None:
    """Decompose irreps of a group into irreps of a subgroup.

    Between Lie groups from labels alone, at any size. For a finite subgroup through matrices of the real features, so
    that its irreps are the real ones whatever --basis says.
    """
    import intertwine as tw
    from intertwine.groups.finite_group import FiniteGroup

    G, H = tw.group(group), tw.group(subgroup)
    if isinstance(H, FiniteGroup) or basis is Basis.real:
        counts = _by_features(G, H, irreps) if isinstance(H, FiniteGroup) else _real(G, H, irreps)
        basis = Basis.real
    else:
        found = tw.branch(G, H, irreps)
        H = tw.group(found.subgroup)  # the cover where spinors occur
        counts = {H.theory.parse(name): n for name, n in found.items()}
    title = f"{irreps.strip()} of {G.name} under {H.name}"
    show_sum(H, counts, basis, as_json, title=title, asked={"of": G.name, "representation": irreps})


def _by_features(group: Any, subgroup: Any, irreps: str) -> dict[Any, int]:
    """Through the matrices of the real features."""
    import intertwine as tw

    restricted = tw.Rep(group, irreps).restrict(subgroup)
    return {irrep: restricted.multiplicity(irrep) for irrep in restricted.irreps}


def _real(group: Any, subgroup: Any, irreps: str) -> dict[Any, int]:
    """The real irreps in real features: labels of the complexification, which is V, V + V̄ or V + V."""
    import intertwine as tw

    total: dict[Any, int] = {}
    for multiplicity, irrep in tw.Rep(group, irreps).blocks:
        halves = [irrep.label] if irrep.indicator == 1 else [irrep.label, group.theory.conjugate(irrep.label)]
        for half in halves:
            for name, n in tw.branch(group, subgroup, group.theory.name(half)).items():
                label = subgroup.theory.parse(name)
                total[label] = total.get(label, 0) + multiplicity * n
    counts: dict[Any, int] = {}
    for label, n in total.items():
        found = subgroup.irrep(subgroup.theory.name(label))
        if found.label == label:  # of V and V̄ one; a quaternionic V occurs twice in its own features
            counts[found] = n // 2 if found.indicator == -1 else n
    return counts
