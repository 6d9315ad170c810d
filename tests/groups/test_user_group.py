"""Groups given by generators: identification against the named groups, weight lattices, errors, numerical fallback."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import block_diag

from intertwine.errors import GroupError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.lie_group import lie_group
from intertwine.groups.lie_logarithm import generators
from intertwine.groups.matrix_group import MatrixGroup
from intertwine.groups.structure_constants import structure_constants
from intertwine.groups.user_group import user_group
from intertwine.groups.user_lie_group import UserLieGroup
from intertwine.groups.weight_lattice import charge_lattice, lattice_basis, lattice_congruences
from intertwine.representations.numerical_intertwiners import numerical_intertwiners

# The algebra's usual name, and the names of the smallest irreps: SO(n) has no spinors, its cover has.
NAMED = {
    "SU(2)": ("su(2)", ["0", "1/2", "1"]),
    "SO(3)": ("su(2)", ["0", "1", "2"]),
    "SU(3)": ("su(3)", ["1", "3", "3bar"]),
    "SO(5)": ("so(5)", ["1", "5", "10"]),
    "Sp(4)": ("sp(4)", ["1", "4", "5"]),
    "G2": ("g2", ["1", "7", "14"]),
    "SL(2,R)": ("sl(2,R)", ["0", "1/2", "1"]),
    "SL(3,R)": ("sl(3,R)", ["1", "3", "3bar"]),
    "SU(2,1)": ("su(2,1)", ["1", "3", "3bar"]),
    "SO(1,3)": ("so(1,3)", ["(0,0)", "(1,0)", "(0,1)"]),
    "SL(2,C)": ("so(1,3)", ["(0,0)", "(1/2,0)", "(0,1/2)"]),
    "SO(4,2)": ("su(2,2)", ["1", "6", "10"]),
    "SU*(4)": ("su*(4)", ["1", "4", "4bar"]),
    "Sp(4,R)": ("sp(4,R)", ["1", "4", "5"]),
    "SU(3,2)": ("su(3,2)", ["1", "5", "5bar"]),
    "SO(5,3)": ("so(5,3)", ["1"]),
    "SO*(8)": ("so(6,2)", ["1"]),
    "SL(3,C)": ("sl(3,C)", ["(1,1)"]),
    "U(3)": ("su(3)+u(1)", []),
}


def mixed(name: str, seed: int | None) -> np.ndarray:
    """The named group's generators, or random combinations of them."""
    group = lie_group(name)
    assert group is not None
    X = generators(group)
    if seed is None:
        return X
    return np.tensordot(np.random.default_rng(seed).normal(size=(len(X), len(X))), X, axes=1)


def identified(X: np.ndarray) -> UserLieGroup:
    group = user_group(X)
    assert isinstance(group, UserLieGroup)
    return group


@pytest.mark.parametrize("seed", [None, 0, 3])
@pytest.mark.parametrize("name", NAMED)
def test_identification(name: str, seed: int | None) -> None:
    X = mixed(name, seed)
    group = identified(X)
    algebra, smallest = NAMED[name]
    assert group.identified == algebra
    assert algebra in repr(group)
    theory = group.theory
    labels = list(theory.labels(14))
    assert [theory.name(label) for label in labels[: len(smallest)]] == smallest
    assert bracket_error(group, X) < 1e-11
    rng = np.random.default_rng(1)
    g, h = group.sample(rng, 0.5), group.sample(rng, 0.5)
    for label in labels[:4]:
        left, right = theory.matrix(label, g), theory.matrix(label, h)
        size = max(1.0, float(np.abs(left).max() * np.abs(right).max()))
        assert np.abs(left @ right - theory.matrix(label, g @ h)).max() < 1e-11 * size
        J = theory.conjugation(label)
        assert np.abs(theory.matrix(theory.conjugate(label), g) @ J - J @ left.conj()).max() < 1e-10 * size
    assert np.abs((g @ h).matrix - g.matrix @ h.matrix).max() < 1e-10 * np.abs(g.matrix).max() * np.abs(h.matrix).max()


def bracket_error(group: UserLieGroup, X: np.ndarray) -> float:
    """How far small irreps are from having the user's own structure constants."""
    f = structure_constants(X)
    worst = 0.0
    for label in list(group.theory.labels(14))[:4]:
        A = group.theory.algebra(label)
        products = np.einsum("aij,bjk->abik", A, A)
        brackets = products - products.transpose(1, 0, 2, 3)
        scale = max(1.0, float(np.abs(A).max()) ** 2)
        worst = max(worst, float(np.abs(brackets - np.tensordot(f, A, axes=1)).max()) / scale)
    return worst


def test_the_bracket_test_sees_a_changed_generator() -> None:
    X = mixed("SU(2,1)", 0)
    wrong = X.copy()
    wrong[0] = wrong[0] + 0.01 * wrong[1]
    assert bracket_error(identified(X), wrong) > 1e-4


@pytest.mark.parametrize(
    "pair", [("SU(3)", "SU(2,1)"), ("SU(2)", "SL(2,R)"), ("SO(5)", "SO(4,1)"), ("SO(4)", "SO(1,3)")]
)
def test_a_sign_of_the_real_form_is_seen(pair: tuple[str, str]) -> None:
    one, two = (identified(mixed(name, 0)) for name in pair)
    assert one.identified != two.identified
    assert one.spec.real_form.is_compact
    assert not two.spec.real_form.is_compact


def test_the_given_representation_is_one_of_the_irreps() -> None:
    X = mixed("SU(3)", 5)
    group = identified(X)
    g = group.sample(np.random.default_rng(0))
    traces = [np.trace(group.theory.matrix(group.theory.parse(name), g)) for name in ("3", "3bar")]
    assert min(abs(np.trace(g.matrix) - t) for t in traces) < 1e-12
    assert group.element(g.matrix).matrix == pytest.approx(g.matrix, abs=1e-9)
    with pytest.raises(GroupError, match="not an element"):
        group.element(2 * np.eye(3))


def test_samples_are_haar() -> None:
    group = identified(mixed("SU(3)", 5))
    rng = np.random.default_rng(0)
    traces = np.array([np.trace(group.sample(rng).matrix) for _ in range(400)])
    assert abs(traces.mean()) < 0.2  # ∫ χ = 0
    assert abs(np.mean(np.abs(traces) ** 2) - 1) < 0.25  # ∫ |χ|² = 1


def test_sums_with_charges() -> None:
    su2 = mixed("SU(2)", None)
    X = [block_diag(x, [[0]]) for x in su2] + [np.diag([0.5j, 0.5j, -1j])]
    group = identified(np.array(X))
    assert group.identified == "su(2)+u(1)"
    names = [group.theory.name(label) for label in group.theory.labels(2)]
    # doublets have odd, singlets even charges, in units of the smallest one
    assert "(2,1)" in names
    assert "(1,2)" in names
    assert "(1,1)" not in names
    two = identified(np.array([np.diag([1j, 2j, 0]), np.diag([0, 1j, 3j])]))
    assert two.identified == "u(1)+u(1)"
    assert two.theory.decompose(two.theory.parse("(1,0)"), two.theory.parse("(0,1)")) == {two.theory.parse("(1,1)"): 1}


def test_lattices() -> None:
    assert lattice_basis([[4, 0], [6, 0], [1, 3]]) == [[1, 3], [0, 6]]
    (relation,) = lattice_congruences([[2]], 1, "")
    assert relation.holds(((2,), ()))
    assert not relation.holds(((1,), ()))
    found = charge_lattice(np.array([[0.5], [0.75], [-1.0]]))
    assert found is not None
    assert found[0] == pytest.approx(np.array([[0.25]]))
    assert found[1].ravel().tolist() == [2, 3, -4]
    assert charge_lattice(np.array([[1.0], [np.sqrt(2)]])) is None


HEISENBERG = np.zeros((3, 3, 3))
HEISENBERG[0, 0, 1] = HEISENBERG[1, 1, 2] = HEISENBERG[2, 0, 2] = 1
TURN = np.array([[[0.0, -1.0], [1.0, 0.0]]])


@pytest.mark.parametrize(
    ("algebra", "reason"),
    [
        (HEISENBERG, "not reductive"),
        (np.array([np.eye(2)]), "not compact"),
        (np.array([np.diag([1j, np.sqrt(2) * 1j])]), "not commensurate"),
    ],
)
def test_what_cannot_be_identified_is_numerical_and_says_so(algebra: np.ndarray, reason: str) -> None:
    group = user_group(algebra)
    assert isinstance(group, MatrixGroup)
    assert "numerical" in repr(group)
    assert reason in repr(group)
    with pytest.raises(GroupError, match="no irreps"):
        _ = group.theory
    g = group.sample(np.random.default_rng(0))
    assert np.abs((g @ g.inverse()).matrix - np.eye(algebra.shape[1])).max() < 1e-12


def test_numerical_intertwiners_of_o2() -> None:
    group = user_group(TURN, [np.diag([1.0, -1.0])])
    assert isinstance(group, MatrixGroup)
    X, R = group.algebra_matrices, group.discrete_matrices
    # SO(2) has the commutant ℂ, O(2) only ℝ
    assert len(numerical_intertwiners(X, X)) == 2
    assert len(numerical_intertwiners(X, X, R, R)) == 1
    # x ⊗ x holds 1, the sign and the 2 of charge two
    X2 = np.array([np.kron(x, np.eye(2)) + np.kron(np.eye(2), x) for x in X])
    R2 = np.array([np.kron(r, r) for r in R])
    T = numerical_intertwiners(X2, X2, R2, R2)
    assert len(T) == 3
    g = group.sample(np.random.default_rng(2))
    big = g.act(X2, R2)
    assert np.abs(big @ T - T @ big).max() < 1e-12
    assert len(numerical_intertwiners(X2, X)) == 0


def test_discrete_matrices_make_a_finite_group() -> None:
    group = user_group(discrete=[np.diag([1.0, -1.0]), [[0.0, 1.0], [1.0, 0.0]]], name="square")
    assert isinstance(group, FiniteGroup)
    assert (group.order, group.name) == (8, "square")
    assert user_group(permutations=[[1, 2, 0]]).order == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs generators"),
        ({"algebra": mixed("SU(2)", None)[:2]}, "do not close"),
        ({"algebra": [np.eye(2), 2 * np.eye(2)]}, "dependent"),
        ({"algebra": [np.ones((2, 3))]}, "square"),
        ({"algebra": [[[np.inf]]]}, "not finite"),
        ({"algebra": TURN, "discrete": [np.zeros((2, 2))]}, "singular"),
        ({"algebra": TURN, "discrete": [np.eye(3)]}, "one size"),
        ({"algebra": TURN, "discrete": [[[1.0, 1.0], [0.0, 1.0]]]}, "to itself"),
        ({"permutations": [[1, 0]], "discrete": [np.eye(2)]}, "permutations or by matrices"),
    ],
)
def test_errors(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(GroupError, match=message):
        user_group(**arguments)  # type: ignore[arg-type]


def test_the_public_face_takes_both_kinds_of_generators() -> None:
    from intertwine.groups import group

    J = [[[0.0, -1.0], [1.0, 0.0]]]
    mirror = [[[1.0, 0.0], [0.0, -1.0]]]
    assert group(J).irreps(1)
    assert group(discrete=mirror).theory.dimension(group(discrete=mirror).theory.trivial) == 1
    assert "discrete generators" in repr(group(J, discrete=mirror))
    with pytest.raises(GroupError, match="give all generators as matrices"):
        group("SO(2)", discrete=mirror)
