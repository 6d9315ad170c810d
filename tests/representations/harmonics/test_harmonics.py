"""Equivariance under sampled elements, counts against characters, agreement of methods, scipy, normalisation,
errors."""

from __future__ import annotations

from math import comb, pi

import numpy as np
import pytest
from scipy.special import sph_harm_y

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.representations.harmonics import Harmonics, harmonics
from intertwine.representations.harmonics.covariants import Covariants
from intertwine.representations.harmonics.nodes import Couple, Node, Plan

CASES = [
    ("SO(2)", None, 6), ("O(2)", None, 5), ("SO(3)", None, 8), ("O(3)", None, 5), ("SO(4)", None, 4),
    ("SO(5)", None, 3), ("SO(1,2)", None, 4), ("SO(1,3)", None, 5), ("O(1,3)", None, 4), ("U(1)", None, 4),
    ("SU(2)", None, 4), ("SU(3)", None, 4), ("SU(3)", "8", 3), ("SO(3)", "2", 3), ("G2", None, 3), ("SU(2,1)", None, 3),
    ("SL(3,R)", None, 3), ("Sp(4,R)", None, 3), ("SO(3)", "1 + 2", 2), ("SO(3)", "2x1", 3), ("SU(3)xU(1)", "(3,1)", 2),
]  # fmt: skip


def equivariance_error(f: Harmonics, evaluate: object = None, n_elements: int = 10) -> float:
    """max ‖f(ρx) − ρ f(x)‖ / (‖ρ‖ ‖f(x)‖) over sampled elements."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, f.rep_in.dim))
    run = f if evaluate is None else evaluate
    worst = 0.0
    for _ in range(n_elements):
        g = f.rep.group.sample(rng, 1.0)
        rho = f.rep.matrix(g)
        left, right = run(x @ f.rep_in.matrix(g).T), run(x)  # type: ignore[operator]
        size = np.linalg.norm(rho, 2) * np.linalg.norm(right, axis=-1)
        worst = max(worst, float((np.linalg.norm(left - right @ rho.T, axis=-1) / size).max()))
    return worst


@pytest.mark.parametrize(("group", "vector", "degree"), CASES)
def test_equivariant(group: str, vector: str | None, degree: int) -> None:
    for modulo_invariants in (True, False):
        f = harmonics(group, degree, vector=vector, modulo_invariants=modulo_invariants)
        assert equivariance_error(f) < 1e-12
    # broken on purpose: one sign of one component
    sign = np.ones(f.rep.dim)
    sign[f.rep.slices[1].start] = -1.0
    if tw.group(group).n_algebra > 1:
        assert equivariance_error(f, lambda x: f(x) * sign) > 1e-3


def test_a_wrong_clebsch_gordan_table_is_caught() -> None:
    module = Covariants([tw.group("SU(3)").irrep("8")], 2)
    (node,) = [one for one in module.generators[2] if one.irrep.name == "8"]
    table = node.couples[0].table.copy()
    table[0, 0] *= 1.1
    broken = Node(node.irrep, 2, node.polynomial, (Couple(slice(0, 8), node.couples[0].parent, table),))
    f = harmonics("SU(3)", 2, vector="8", irreps=["8"], degrees=[2])
    for nodes, bound in (([node], (0.0, 1e-12)), ([broken], (1e-3, 10.0))):
        plan = Plan(nodes)
        assert bound[0] <= equivariance_error(f, lambda x, plan=plan: plan(x)[0]) < bound[1]


@pytest.mark.parametrize(
    "group", ["SO(2)", "SO(3)", "O(3)", "SO(4)", "SO(5)", "SO(1,2)", "SO(1,3)", "O(1,3)", "SO(1,4)"]
)
def test_both_methods_are_the_same_function(group: str) -> None:
    closed, recursion = harmonics(group, 4), harmonics(group, 4, method="recursion")
    assert (closed.method, recursion.method) == ("closed", "recursion")
    assert closed.rep == recursion.rep
    x = np.random.default_rng(0).normal(size=(6, closed.rep_in.dim))
    np.testing.assert_allclose(closed(x), recursion(x), rtol=0, atol=1e-12 * np.abs(closed(x)).max())


def test_spherical_harmonics_are_scipys() -> None:
    """To degree 24: (x, y, z) for l = 1, else m = −l … l with √2 Im for m < 0 and √2 Re for m > 0 of (−1)^m Y_l|m|."""
    degree = 24
    f = harmonics("SO(3)", degree, normalisation="integral")
    x = np.random.default_rng(0).normal(size=(60, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    theta, phi = np.arccos(x[:, 2]), np.arctan2(x[:, 1], x[:, 0])
    values = f(x)
    for l, where in zip(f.degrees, f.rep.slices, strict=True):  # noqa: E741
        columns = []
        for m in (1, -1, 0) if l == 1 else range(-l, l + 1):
            y = (-1) ** m * sph_harm_y(l, abs(m), theta, phi) * (np.sqrt(2) if m else 1)
            columns.append(y.imag if m < 0 else y.real)
        np.testing.assert_allclose(values[:, where], np.stack(columns, 1), atol=1e-12)


def test_circular_harmonics_are_powers() -> None:
    x = np.random.default_rng(0).normal(size=(5, 2))
    f = harmonics("SO(2)", 5, normalisation="norm")
    power = (x[:, 0] + 1j * x[:, 1])[:, None] ** np.arange(1, 6)
    np.testing.assert_allclose(f(x)[:, 1:], np.stack([power.real, power.imag], -1).reshape(5, -1), atol=1e-12)


def test_minkowski_tower_and_its_boosts() -> None:
    f = harmonics("SO(1,3)", 3)
    assert str(f.rep) == "(0,0) + (1/2,1/2) + (1,1) + (3/2,3/2)"
    p = np.array([5.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(np.abs(f(p)[1:5]), 2 * np.abs(p), atol=1e-12)  # degree 1 is the four-vector itself
    light = np.array([3.0, 1.0, 2.0, 2.0])
    form = f.rep.metric
    assert form is not None
    for where in f.rep.slices[1:]:
        block = f(light)[where]
        assert abs(block @ form[where, where] @ block) < 1e-10  # a function of p² = 0


@pytest.mark.parametrize(
    ("group", "vector", "degree"), [("SU(3)", "3", 4), ("SU(3)", "8", 3), ("G2", "7", 4), ("SO(3)", "2", 4)]
)
def test_all_polynomials_are_counted_by_characters(group: str, vector: str, degree: int) -> None:
    """Real dim Hom_G(Sym^l V, W), against the label-level symmetric power where V is one real irrep, else against
    weights."""
    G = tw.group(group)
    V = G.irrep(vector)
    module = Covariants([V], degree)
    rng = np.random.default_rng(0)
    for l in range(degree + 1):  # noqa: E741
        counts = {irrep: len(nodes) for irrep, nodes in module.complete(l).items()}
        g = G.sample(rng)
        eigenvalues = np.linalg.eigvals(V.matrix(g))
        left = _complete_symmetric(eigenvalues, l)
        right = sum(n * np.trace(irrep.matrix(g)) / irrep.commutant_dim for irrep, n in counts.items())
        assert left == pytest.approx(right, abs=1e-9)
        assert sum(n * irrep.real_dim // irrep.commutant_dim for irrep, n in counts.items()) == comb(
            V.real_dim + l - 1, l
        )


def _complete_symmetric(eigenvalues: np.ndarray, degree: int) -> float:
    """h_l of the eigenvalues, by Newton: the character of Sym^l."""
    h = [1.0 + 0j]
    for k in range(1, degree + 1):
        h.append(sum((eigenvalues**i).sum() * h[k - i] for i in range(1, k + 1)) / k)
    assert abs(h[degree].imag) < 1e-9
    return float(h[degree].real)


@pytest.mark.parametrize(("group", "vector"), [("Oh", "T1u"), ("S4", "(3,1)"), ("C3v", "E"), ("Q8", "2")])
def test_finite_groups_against_molien(group: str, vector: str) -> None:
    """n_W = (1/|G|) Σ_g χ_Sym^l(g) χ_W(g), the coefficients of Molien's series, for every l ≤ 6 (4 for Q8)."""
    G = tw.group(group)
    V = G.irrep(vector)
    degree = 6 if V.real_dim < 4 else 4
    module = Covariants([V], degree)
    elements = list(G.elements)
    for l in range(degree + 1):  # noqa: E741
        power = np.array([_complete_symmetric(np.linalg.eigvals(V.matrix(g)), l) for g in elements])
        complete = module.complete(l)
        for irrep in G.irreps(100):
            expected = np.mean(power * [np.trace(irrep.matrix(g)) for g in elements])
            assert len(complete.get(irrep, [])) == pytest.approx(expected, abs=1e-8), (l, irrep)


def test_towers_of_su3() -> None:
    """Generators on C³ are the towers [p, q] with p + q = l, real irreps [p, q] ≅ [q, p] once."""
    f = harmonics("SU(3)", 4)
    found = [(degree, irrep.label[0]) for degree, (_, irrep) in zip(f.degrees, f.rep.blocks, strict=True)]
    for degree in range(5):
        tower = {max(label, label[::-1]) for d, label in found if d == degree}
        assert tower == {(p, degree - p) for p in range(degree + 1) if p >= degree - p}
    assert all(multiplicity == 1 for multiplicity, _ in f.rep.blocks)


def test_normalisation() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    for name, square in (("component", lambda d: d), ("norm", lambda d: 1.0), ("integral", lambda d: d / (4 * pi))):
        for method in ("closed", "recursion"):
            f = harmonics("SO(3)", 5, normalisation=name, method=method)  # type: ignore[arg-type]
            for where in f.rep.slices:
                d = where.stop - where.start
                np.testing.assert_allclose((f(x)[:, where] ** 2).sum(1), square(d), rtol=1e-11)


def test_shapes_selection_and_own_bases() -> None:
    f = harmonics("SO(3)", 4, degrees=[1, 3])
    assert f.degrees == (1, 3)
    assert f(np.zeros((2, 5, 3))).shape == (2, 5, 10)
    assert f(np.zeros((0, 3))).shape == (0, 10)
    assert str(harmonics("O(3)", 4, irreps=["2e"]).rep) == "2e"
    G = tw.group("SO(3)")
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned = harmonics(tw.Rep(G, [(1, G.irrep("1"))], change_of_basis=Q), 3)
    x = rng.normal(size=(4, 3))
    np.testing.assert_allclose(turned(x @ Q.T), harmonics(G, 3)(x), atol=1e-11)
    two = harmonics(G, 2, vector="2x1")  # [3, 2], channels fastest
    assert equivariance_error(two) < 1e-12


def test_errors() -> None:
    with pytest.raises(ConfigurationError, match=r"degree is a whole number.*-1"):
        harmonics("SO(3)", -1)
    with pytest.raises(ConfigurationError, match=r"normalisation.*received 'schmidt'"):
        harmonics("SO(3)", 2, normalisation="schmidt")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="closed"):
        harmonics("G2", 2, method="closed")
    with pytest.raises(ConfigurationError, match="too many monomials"):
        harmonics("E8", 3)
    with pytest.raises(RepresentationError, match="no vector that goes without saying"):
        harmonics("SU(3)xU(1)", 2)
    with pytest.raises(RepresentationError, match="another size"):
        harmonics("SO(3)", 2)(np.zeros((4, 2)))
    with pytest.raises(RepresentationError, match="another group"):
        harmonics("SO(3)", 2, vector=tw.group("SU(3)").irrep("8"))
