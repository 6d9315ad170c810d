"""Every group: linear intertwiners are equivariant, orthonormal and as many as a null space over the whole space has.

Mutations caught: one wrong entry, one map too few.
"""

from __future__ import annotations

import numpy as np
import pytest

from groups_list import Case, all_groups, rng_for
from intertwine.errors import RepresentationError
from intertwine.groups import group
from intertwine.representations import IntertwinerSpace, Rep, intertwiners


def null_space_dimension(rep_in: Rep, rep_out: Rep) -> int:
    """dim {B : B X_in = X_out B}, the slow independent oracle."""
    rng = np.random.default_rng(0)
    X_in = [*rep_in.generators, *rep_in.discrete_generators]
    X_out = [*rep_out.generators, *rep_out.discrete_generators]
    size = rep_in.dim * rep_out.dim
    gram = np.zeros((size, size))
    for _ in range(3):
        c = rng.standard_normal(len(X_in))
        X = np.tensordot(c, X_in, 1)
        Y = np.tensordot(c, X_out, 1)
        equation = np.kron(np.eye(rep_out.dim), X.T) - np.kron(Y, np.eye(rep_in.dim))
        gram += equation.T @ equation
    values = np.linalg.eigvalsh(gram)
    return size if values[-1] <= 0 else int(np.sum(values < 1e-9 * values[-1]))


@all_groups(without=("E6", "E7", "E8", "F4"))
def test_basis(case: Case) -> None:
    G = case.group
    small = [irrep for irrep in case.irreps if irrep.real_dim <= 8][:4]
    rep_in = Rep(G, [(2, small[0]), *((1, irrep) for irrep in small[1:])])
    rep_out = Rep(G, [(1, small[-1]), (1, small[0]), (2, small[len(small) // 2])])
    B = intertwiners(rep_in, rep_out)
    pairs = [(x, y) for x in rep_in.blocks for y in rep_out.blocks if x.irrep == y.irrep]
    expected = sum(x.multiplicity * y.multiplicity * x.irrep.commutant_dim for x, y in pairs)
    assert B.shape == (expected, rep_out.dim, rep_in.dim)
    if rep_in.dim * rep_out.dim <= 500:
        assert null_space_dimension(rep_in, rep_out) == expected
    assert np.abs(np.einsum("noi,moi->nm", B, B) - np.eye(len(B))).max() < 1e-12
    rng = rng_for(case)
    forbidden = np.argwhere(np.abs(B).sum(axis=0) == 0)
    broken = B.copy()
    if len(forbidden):  # between different irreps
        broken[0, forbidden[-1][0], forbidden[-1][1]] = 0.1
    seen = 0.0
    for _ in range(8):
        g = G.sample(rng, 0.5)
        rho_in, rho_out = rep_in.matrix(g), rep_out.matrix(g)
        scale = np.linalg.norm(rho_in, 2)
        assert np.abs(B @ rho_in - rho_out @ B).max() < 1e-11 * scale
        seen = max(seen, float(np.abs(broken @ rho_in - rho_out @ broken).max()))
    assert seen > 1e-4 or not len(forbidden)


@pytest.mark.parametrize(
    ("name", "vector", "power", "count"),
    [("SO(1,3)", "(1/2,1/2)", 3, 25), ("S5", "(5) + (4,1)", 2, 15), ("SU(2)", "1", 2, 3), ("SO(3)", "1", 3, 15)],
)  # fmt: skip
def test_tensor_powers(name: str, vector: str, power: int, count: int) -> None:
    """T(3) → T(3) of SO(1,3): 25 maps; S_5 on T(2): the 15 partitions of four indices."""
    G = group(name)
    V = Rep(G, vector)
    T = V
    for _ in range(power - 1):
        T = T @ V
    B = intertwiners(T, T)
    assert len(B) == count
    g = G.sample(np.random.default_rng(0), 0.5)
    rho = np.eye(1)
    for _ in range(power):
        rho = np.kron(rho, V.matrix(g))
    assert np.abs(B @ rho - rho @ B).max() < 1e-10 * np.linalg.norm(rho, 2)
    assert np.abs(np.einsum("noi,moi->nm", B, B) - np.eye(len(B))).max() < 1e-10


def test_structured_form_is_the_dense_one() -> None:
    G = group("SU(2)")
    rep = Rep(G, "2x1/2 + 1") @ Rep(G, "1/2")
    space = IntertwinerSpace(rep, rep)
    B = space.basis()
    assert len(space) == len(B)
    assert np.abs(np.stack(list(space)) - B).max() < 1e-14
    w = np.random.default_rng(0).standard_normal(len(B))
    assert np.abs(space.combine(w) - np.tensordot(w, B, 1)).max() < 1e-12
    with pytest.raises(RepresentationError, match="wrong number of weights"):
        space.combine(w[:-1])
    with pytest.raises(RepresentationError, match="one group"):
        IntertwinerSpace(rep, Rep(group("SU(3)"), "3"))
