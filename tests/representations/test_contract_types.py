"""Every group: type R, C or H of irreps against the Frobenius–Schur indicator, computed another way.

Finite: (1/|G|) Σ χ(g²), element by element. Compact: Weyl's integration over the torus, exactly. All others, and all of
these again: the dimension of the real commutant. Mutation caught: a sign of the real form.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from groups_list import Case, all_groups
from intertwine.groups import group
from intertwine.representations import Irrep


@all_groups(kinds=("finite",))
def test_finite_groups_by_sums(case: Case) -> None:
    G = case.group
    elements = [G.element(i) for i in range(G.order)]
    for irrep in case.irreps:
        total = sum(np.trace(G.theory.matrix(irrep.label, g @ g)) for g in elements)
        assert abs(total / G.order - irrep.indicator) < 1e-9
        norm = sum(abs(np.trace(G.theory.matrix(irrep.label, g))) ** 2 for g in elements)
        assert abs(norm / G.order - 1) < 1e-9


WEYL = ["SU(2)", "SO(3)", "SU(3)", "SU(4)", "SU(5)", "Sp(4)", "SO(5)", "SO(7)", "Spin(7)", "G2", "SO(8)"]


@pytest.mark.parametrize("name", WEYL)
def test_compact_groups_by_weyl_integration(name: str) -> None:
    """∫ χ(g²) dg = (1/|W|) ∫ χ(t²) Π_α |1 − e^α(t)| over the torus, by constant terms of Laurent polynomials."""
    from groups_list import CASES

    case = next(case for case in CASES if case.name == name)
    G = case.group
    system = G.spec.root_system
    roots = np.array(
        [
            system.cartan.T @ root
            if isinstance(system.cartan, np.ndarray)
            else [sum(c * row[i] for c, row in zip(root, system.cartan, strict=True)) for i in range(system.rank)]
            for root in system.positive_roots
        ]
    )
    # Π_{α>0} (1 − e^{-α}) against W-invariant functions integrates as the whole density divided by |W|
    density: dict[tuple[int, ...], int] = {(0,) * system.rank: 1}
    for root in roots:
        following = dict(density)
        for weight, c in density.items():
            moved = tuple(int(w - r) for w, r in zip(weight, root, strict=True))
            following[moved] = following.get(moved, 0) - c
        density = {weight: c for weight, c in following.items() if c}
    for irrep in case.irreps:
        weights = weights_of(irrep)
        squares = sum(density.get(tuple(-2 * x for x in w), 0) for w in weights)
        assert squares == irrep.indicator
        norm = (
            sum(
                density.get(tuple(-(x - y) for x, y in zip(v, w, strict=True)), 0)
                for v, w in product(weights, repeat=2)
            )
            if len(weights) < 40
            else 1
        )
        assert norm == 1


def weights_of(irrep: Irrep) -> list[tuple[int, ...]]:
    """The weights with multiplicity, read off the Cartan matrices rather than off Freudenthal's numbers."""
    from intertwine.representations.isotypic import chevalley_matrices

    _, _, H, _ = chevalley_matrices(irrep.group, irrep.group.theory.algebra(irrep.label))
    diagonal = np.array([np.diagonal(h).real for h in H]).T
    assert np.abs(diagonal - diagonal.round()).max() < 1e-9
    return [tuple(row) for row in diagonal.round().astype(int).tolist()]


def commutant_dimension(matrices: list[np.ndarray]) -> int:
    """dim {K : K M = M K for all M}, by a null space."""
    n = len(matrices[0])
    rng = np.random.default_rng(0)
    gram = np.zeros((n * n, n * n))
    # two random combinations commute with the same K as all of them
    mixed = [sum(c * M for c, M in zip(rng.standard_normal(len(matrices)), matrices, strict=True)) for _ in range(3)]
    for M in mixed:
        equation = np.kron(M, np.eye(n)) - np.kron(np.eye(n), M.T)
        gram += equation.T @ equation
    values = np.linalg.eigvalsh(gram)
    return int(np.sum(values < 1e-9 * values[-1])) if values[-1] > 0 else n * n


@all_groups(without=("E7", "E8", "F4", "E6"))
def test_commutants(case: Case) -> None:
    for irrep in case.irreps:
        if irrep.real_dim > 16:
            continue
        matrices = [*irrep.generators, *irrep.discrete_generators]
        assert commutant_dimension(matrices) == irrep.commutant_dim
        units = irrep.commutant
        assert len(units) == irrep.commutant_dim
        for K in units:
            assert np.abs(K.T @ K - np.eye(irrep.real_dim)).max() < 1e-12
            assert all(np.abs(K @ M - M @ K).max() < 1e-10 * max(1, np.abs(M).max()) for M in matrices)


@pytest.mark.parametrize(
    ("name", "irrep", "kind"),
    [
        ("Sp(4)", "4", "quaternionic"),
        ("Sp(4,R)", "4", "real"),  # the same highest weight in another real form
        ("SU(2)", "1/2", "quaternionic"),
        ("SU(1,1)", "1/2", "real"),
        ("SL(2,C)", "(1/2,0)", "complex"),
        ("SU(3)", "3", "complex"),
        ("SL(3,R)", "3", "real"),
        ("SU(2,1)", "3", "complex"),
        ("SU(3)", "8", "real"),
        ("E6", "27", "complex"),
        ("E7", "56", "quaternionic"),
        ("Q8", "2", "quaternionic"),
        ("SU(2)xSU(2)", "(2,2)", "real"),
        ("SU(2)xSU(2)", "(2,3)", "quaternionic"),
        ("SU(3)xSU(2)xU(1)", "(1,2,0)", "quaternionic"),
        ("SU(3)xSU(2)xU(1)", "(1,2,1/2)", "complex"),
        ("SO(4,2)", "6", "real"),
        ("Spin(1,4)", "4", "quaternionic"),
        ("O(2)", "1", "real"),
        ("SO(2)", "1", "complex"),
    ],
)
def test_types(name: str, irrep: str, kind: str) -> None:
    assert group(name).irrep(irrep).type == kind
