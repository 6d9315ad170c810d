"""The built-in embeddings H ⊂ G, in the orientation (which of 3 and 3bar, which sign of a charge) of the literature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from intertwine.errors import GroupError
from intertwine.groups.lie_catalogue import lookup
from intertwine.groups.lie_spec import LieSpec
from intertwine.representations.branching.classical_rules import classical_embeddings
from intertwine.representations.branching.embedding import Embedding, Labels
from intertwine.representations.branching.product_rules import product_embedding
from intertwine.representations.branching.regular_subgroups import regular_embeddings
from intertwine.representations.lie import names as lie_names

# Slansky, Phys. Rep. 79 (1981) 1, tables 14-16 and the branching tables: one irrep of G that fixes the orientation.
_REFERENCES: dict[str, dict[str, tuple[str, str]]] = {
    "G2": {"SU(3)": ("7", "1 + 3 + 3bar"), "SU(2)xSU(2)": ("7", "(1/2,1/2) + (0,1)")},
    "F4": {
        "Spin(9)": ("26", "1 + 9 + 16"),
        "SU(3)xSU(3)": ("26", "(8,1) + (3,3) + (3bar,3bar)"),
        "Sp(6)xSU(2)": ("26", "(6,1/2) + (14,0)"),
    },
    "E6": {
        "Spin(10)xU(1)": ("27", "(1,4) + (10,-2) + (16,1)"),
        "SU(3)xSU(3)xSU(3)": ("27", "(3bar,3,1) + (3,1,3) + (1,3bar,3bar)"),
        "SU(6)xSU(2)": ("27", "(15bar,0) + (6,1/2)"),
    },
    "E7": {
        "E6xU(1)": ("56", "(1,3) + (1,-3) + (27,-1) + (27bar,1)"),
        "SU(8)": ("56", "28 + 28bar"),
        "Spin(12)xSU(2)": ("56", "(12,1/2) + (32,0)"),
        "SU(6)xSU(3)": ("56", "(6,3) + (6bar,3bar) + (20,1)"),
    },
    "E8": {
        "E7xSU(2)": ("248", "(133,0) + (1,1) + (56,1/2)"),
        "Spin(16)": ("248", "120 + 128"),
        "SU(9)": ("248", "80 + 84 + 84bar"),
        "E6xSU(3)": ("248", "(78,1) + (1,8) + (27,3) + (27bar,3bar)"),
        "SU(5)xSU(5)": ("248", "(24,1) + (1,24) + (5,10) + (5bar,10bar) + (10,5bar) + (10bar,5)"),
    },
}
# special (not regular) maximal subgroups by their projection matrices, from Dynkin labels to Dynkin labels
_SPECIAL = {
    ("E6", "F4"): ((0, 1, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0), (0, 0, 1, 0, 1, 0), (1, 0, 0, 0, 0, 1)),
}


def known_embedding(group: Sequence[LieSpec], subgroup: Sequence[LieSpec]) -> Embedding:
    """The built-in embedding; raises GroupError that lists the subgroups known for G.

    SO(n) in the place of H stands for its cover, so that spinors of H may appear (E6 ⊃ SO(10)xU(1)).
    """
    covers = tuple(cover(spec) for spec in subgroup)
    if tuple(map(cover, group)) == covers:
        size = sum(spec.root_system.rank + spec.torus_rank for spec in group)
        rows = tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size))
        return Embedding(tuple(group), covers, rows)
    if len(group) == 1:
        for found in _candidates(group[0], covers):
            return found
    else:
        inside = product_embedding(tuple(group), covers, known_embedding)
        if inside is not None:
            return inside
    names = ["x".join(spec.name for spec in specs) for specs in (group, subgroup)]
    known = ", ".join(known_subgroups(group[0])) if len(group) == 1 else "products of subgroups of the factors"
    raise GroupError(
        f"no built-in embedding of {names[1]} in {names[0]}",
        received=f"{names[0]} ⊃ {names[1]}",
        expected=f"one of {known}",
        fix="give the projection matrix of the weights, branch(G, H, reps, projection=P)",
    )


def cover(spec: LieSpec) -> LieSpec:
    """Spin for SO, otherwise the group itself."""
    if spec.series != "SO":
        return spec
    found = lookup(f"Spin({','.join(map(str, spec.parameters))})")
    return spec if found is None else found


def _candidates(group: LieSpec, subgroup: tuple[LieSpec, ...]) -> Iterator[Embedding]:
    yield from classical_embeddings(group, subgroup)
    special = _SPECIAL.get((group.name, "x".join(spec.name for spec in subgroup)))
    if special is not None:
        yield Embedding((group,), subgroup, tuple(tuple(map(Fraction, row)) for row in special))
    if group.is_compact and all(spec.is_compact for spec in subgroup) and len(group.root_system.components) == 1:
        oriented = list(regular_embeddings(group, subgroup))
        wanted = _reference(group, subgroup)
        if wanted is not None:
            irrep, expected = wanted
            label = (lie_names.parse(group, irrep),)
            oriented = [found for found in oriented if found.branch(label) == expected]
        yield from oriented


def _reference(group: LieSpec, subgroup: tuple[LieSpec, ...]) -> tuple[str, dict[Labels, int]] | None:
    """The reference branching, its entries permuted to the order of the factors that were asked for."""
    names = [spec.name for spec in subgroup]
    for text, (irrep, terms) in _REFERENCES.get(group.name, {}).items():
        stored = text.split("x")
        if sorted(stored) != sorted(names):
            continue
        places = []
        for name in names:
            places.append(next(i for i, other in enumerate(stored) if other == name and i not in places))
        found: dict[Labels, int] = {}
        for term in terms.split(" + "):
            entries = term.strip("()").split(",") if len(stored) > 1 else [term]
            labels = tuple(lie_names.parse(spec, entries[i]) for spec, i in zip(subgroup, places, strict=True))
            found[labels] = found.get(labels, 0) + 1
        return irrep, found
    return None


def known_subgroups(group: LieSpec) -> list[str]:
    """Names of subgroups whose embedding is built in, for messages."""
    if group.name in _REFERENCES:
        special = [h for g, h in _SPECIAL if g == group.name]
        return [*_REFERENCES[group.name], *special, "any regular subgroup of maximal rank"]
    n = sum(group.parameters) if group.parameters else 0
    if group.series in ("SU", "U") and len(group.parameters) == 1:
        split = [f"SU({n - k})xSU({k})xU(1)" for k in range(1, n // 2 + 1) if n - k > 1]
        symplectic = [f"Sp({n})"] if n % 2 == 0 and n > 2 else []
        return (
            [name.replace("xSU(1)", "") for name in split] + [f"SO({n})"] * (n > 2) + symplectic + ["U(1)"] * (n == 2)
        )
    if group.series in ("SO", "Spin") and len(group.parameters) == 1:
        unitary = [f"SU({n // 2})xU(1)"] if n % 2 == 0 and n > 4 else []
        return (
            [f"SO({n - k})" + (f"xSO({k})" if k > 1 else "") for k in range(1, n // 2 + 1) if n - k > 1]
            + unitary
            + ["G2"] * (n == 7)
        )
    if group.series in ("SO", "Spin"):
        p, q = group.parameters
        inner = [f"SO({a},{b})" for a, b in ((p - 1, q), (p, q - 1)) if a and b and a + b > 2]
        return [f"SO({k})" for k in sorted({p, q}) if k > 1] + inner
    if group.series in ("Sp", "SpR") and len(group.parameters) == 1:
        tail = ",R)" if group.series == "SpR" else ")"
        return [f"Sp({n - k}{tail}xSp({k}{tail}" for k in range(2, n // 2 + 1, 2)] + [f"SU({n // 2})xU(1)"] * (n > 2)
    if group.series == "SLC":
        return [f"SU({n})"]
    return [f"{group.name} itself"]
