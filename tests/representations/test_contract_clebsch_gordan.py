"""Every group: real Clebsch–Gordan maps are equivariant, orthonormal and as many as the labels say.

Mutations caught: one wrong entry, a map left out, a sign of one component.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from groups_list import Case, all_groups, rng_for
from intertwine.errors import RepresentationError
from intertwine.groups import group
from intertwine.representations import Irrep, clebsch_gordan, product_irreps, real_multiplicity
from intertwine.representations.real_clebsch_gordan import _sparse

LARGEST = 30_000  # entries a.real_dim * b.real_dim * c.real_dim


def triples(case: Case, largest: int = LARGEST) -> list[tuple[Irrep, Irrep, Irrep]]:
    """Those that multiply to something, at most sixty, spread over the list."""
    found = []
    irreps = [irrep for irrep in case.irreps if irrep.real_dim <= 60]
    for a, b in product(irreps, repeat=2):
        for c in irreps:
            if a.real_dim * b.real_dim * c.real_dim <= largest and real_multiplicity(a, b, c):
                found.append((a, b, c))
    return found[:: max(1, len(found) // 60)]


def equivariance_error(C: np.ndarray, rho_a: np.ndarray, rho_b: np.ndarray, rho_c: np.ndarray) -> float:
    """max over maps of ‖f(ρx, ρy) − ρ f(x, y)‖ / (‖ρ‖ ‖f(x, y)‖), norms over a batch of random x, y."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((8, C.shape[1])), rng.standard_normal((8, C.shape[2]))
    f = np.einsum("mijk,ni,nj->nmk", C, x, y, optimize=True)
    moved = np.einsum("mijk,ni,nj->nmk", C, x @ rho_a.T, y @ rho_b.T, optimize=True)
    size = np.linalg.norm(f, axis=(0, 2)) * max(1.0, np.linalg.norm(rho_c, 2)) + 1e-300
    return float((np.linalg.norm(moved - f @ rho_c.T, axis=(0, 2)) / size).max(initial=0.0))


@all_groups()
def test_equivariance_and_its_mutations(case: Case) -> None:
    rng = rng_for(case)
    # elements of norm up to one: the error is relative to ‖ρ_c‖, so that it also bounds ρ_a and ρ_b
    elements = [case.group.sample(rng, 0.5) for _ in range(10 if case.name != "E7" else 2)]
    matrices = {irrep: [irrep.matrix(g) for g in elements] for irrep in case.irreps if irrep.real_dim <= 60}
    seen_broken = checked = 0
    for a, b, c in triples(case):
        C = clebsch_gordan(a, b, c)
        for rho in zip(matrices[a], matrices[b], matrices[c], strict=True):
            assert equivariance_error(C, *rho) < 1e-12, (a, b, c)
        if len(C) and not (a.is_trivial and b.is_trivial):
            broken = C.copy()
            index = np.unravel_index(np.abs(broken).argmax(), broken.shape)
            broken[index] *= -1
            checked += 1
            seen_broken += (
                max(equivariance_error(broken, *rho) for rho in zip(matrices[a], matrices[b], matrices[c], strict=True))
                > 1e-6
            )
    assert checked == 0 or seen_broken >= checked - _one_dimensional(case)


def _one_dimensional(case: Case) -> int:
    """Triples in which every irrep has one real dimension: a wrong sign is another basis there, not an error."""
    return sum(
        a.real_dim == b.real_dim == c.real_dim == 1 and not (a.is_trivial and b.is_trivial) for a, b, c in triples(case)
    )


@all_groups()
def test_orthonormality(case: Case) -> None:
    for a, b, c in triples(case):
        C = clebsch_gordan(a, b, c)
        overlaps = np.einsum("mijk,nijl->mnkl", C, C, optimize=True)
        assert np.abs(np.einsum("mnkk->mn", overlaps) / c.real_dim - np.eye(len(C))).max() < 1e-12
        for m in range(len(C)):
            assert np.abs(overlaps[m, m] - np.eye(c.real_dim)).max() < 1e-12
        if c.indicator == 1:
            assert np.abs(overlaps - np.einsum("mn,kl->mnkl", np.eye(len(C)), np.eye(c.real_dim))).max() < 1e-12


@all_groups()
def test_selection_rules(case: Case) -> None:
    """Maps exist exactly where the product holds the irrep, and the irreps of the product fill it."""
    small = [irrep for irrep in case.irreps if irrep.real_dim <= 60]
    for a, b in product(small, repeat=2):
        inside = product_irreps(a, b)
        assert sum(n * c.real_dim for c, n in inside.items()) == a.real_dim * b.real_dim
        for c in small:
            if a.real_dim * b.real_dim * c.real_dim <= LARGEST:
                assert len(clebsch_gordan(a, b, c)) == inside.get(c, 0) * c.commutant_dim


@all_groups(without=("E7", "E8"))
def test_sparse_maps_are_the_dense_ones(case: Case) -> None:
    for a, b, c in triples(case, 3000)[:12]:
        C = clebsch_gordan(a, b, c)
        assert np.abs(_sparse(a, b, c).to_dense() - C).max() < 1e-13
        assert np.abs(clebsch_gordan(a, b, c, sparse=True).to_dense() - C).max() < 1e-15


@all_groups()
def test_exchange_symmetry(case: Case) -> None:
    """For equal factors every map is symmetric or antisymmetric, the symmetric ones first."""
    for a, b, c in triples(case, 8000):
        if a == b:
            C = clebsch_gordan(a, b, c)
            signs = np.einsum("mijk,mjik->m", C, C) / c.real_dim
            assert np.abs(np.abs(signs) - 1).max() < 1e-12
            assert list(signs) == sorted(signs, reverse=True) or np.all(np.diff(signs) < 1e-9)


@pytest.mark.parametrize(
    ("name", "a", "b", "c", "count"),
    [
        ("SU(3)", "3", "3", "3", 2),
        ("SU(3)", "3", "3", "8", 2),
        ("SU(3)", "8", "8", "8", 2),
        ("SU(3)", "8", "8", "10", 2),
        ("SU(2)", "1/2", "1/2", "1", 4),
        ("SU(2)", "1", "1", "1", 1),
        ("U(1)", "1", "1", "2", 2),
        ("U(1)", "1", "1", "0", 2),
        ("SO(1,3)", "(1/2,1/2)", "(1/2,1/2)", "(1/2,1/2)", 0),
        ("SO(1,3)", "(1/2,1/2)", "(1/2,1/2)", "(0,0)", 1),
        ("SO(1,3)", "(1/2,1/2)", "(1/2,1/2)", "(1,0)", 2),  # F and *F
        ("SO(1,3)", "(1/2,1/2)", "(1/2,1/2)", "(1,1)", 1),
        ("SO(3)", "20", "20", "20", 1),
    ],
)
def test_counts(name: str, a: str, b: str, c: str, count: int) -> None:
    G = group(name)
    C = clebsch_gordan(G.irrep(a), G.irrep(b), G.irrep(c))
    assert C.shape == (count, G.irrep(a).real_dim, G.irrep(b).real_dim, G.irrep(c).real_dim)
    assert C.dtype == np.float64


def test_cross_product_and_metric() -> None:
    """SO(3) 1 ⊗ 1 → 1 is the cross product, → 0 the dot product."""
    G = group("SO(3)")
    one = G.irrep("1")
    C = clebsch_gordan(one, one, one)[0] * np.sqrt(2)
    x, y = np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 2.0])
    assert np.allclose(np.einsum("ijk,i,j->k", C, x, y), np.cross(x, y), atol=1e-13)
    dot = clebsch_gordan(one, one, G.irrep("0"))[0, :, :, 0] * np.sqrt(3)
    assert np.allclose(dot, np.eye(3), atol=1e-13)


def test_large_spins() -> None:
    """SO(3) 50 ⊗ 50 → 50, where lowering alone would have lost every digit (error 1e49)."""
    G = group("SO(3)")
    spin = G.irrep("50")
    C = clebsch_gordan(spin, spin, spin)
    g = G.sample(np.random.default_rng(0))
    rho = spin.matrix(g)
    assert equivariance_error(C, rho, rho, rho) < 1e-12


def test_weight_basis_and_bad_input() -> None:
    G = group("SU(3)")
    T = clebsch_gordan(G.irrep("3"), G.irrep("3bar"), G.irrep("8"), basis="weight")
    assert T.shape == (1, 3, 3, 8)
    assert clebsch_gordan(G.irrep("3"), G.irrep("3"), G.irrep("8"), basis="weight").shape == (0, 3, 3, 8)
    with pytest.raises(RepresentationError, match="one group"):
        clebsch_gordan(G.irrep("3"), group("SU(2)").irrep("1"), G.irrep("8"))
    with pytest.raises(RepresentationError, match='"real" or "weight"'):
        clebsch_gordan(G.irrep("3"), G.irrep("3"), G.irrep("8"), basis="spherical")  # type: ignore[call-overload]
