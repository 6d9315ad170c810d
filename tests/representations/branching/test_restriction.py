"""Restriction with matrices: the subgroup's elements act as its irreps say, in agreement with branching by labels.

Mutation caught: an embedding with one wrong entry is no embedding.
"""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.errors import AccuracyError, GroupError, IntertwineError
from intertwine.groups import group
from intertwine.representations import Irrep, Rep
from intertwine.representations.branching.branch import branch
from intertwine.representations.branching.subgroup_embedding import subgroup_embedding

CASES = [
    ("SU(3)", "8", "SU(2)xU(1)"),
    ("SU(3)", "3 + 6", "SU(2)"),
    ("SU(3)", "3 + 8", "SO(3)"),
    ("SU(2)", "1/2 + 1", "U(1)"),
    ("SO(1,3)", "(1/2,1/2) + (1,1)", "SO(3)"),
    ("SO(7)", "7 + 21", "G2"),
    ("SU(5)", "5 + 10", "SU(3)xSU(2)xU(1)"),
    ("E6", "27", "SU(3)xSU(3)xSU(3)"),
    ("SO(4,2)", "6 + 15", "SO(1,3)"),
    ("G2", "7 + 14", "SU(3)"),
]


@pytest.mark.parametrize(("name", "features", "subgroup"), CASES)
def test_agrees_with_branching_and_acts_as_the_subgroup(name: str, features: str, subgroup: str) -> None:
    G, H = group(name), group(subgroup)
    rep = Rep(G, features)
    restricted = rep.restrict(subgroup)
    # a real irrep of complex type is V and V̄ over the complex numbers: compare complexified contents
    content: dict[Irrep, int] = {}
    for block in rep.blocks:
        labels = branch(G, H, block.irrep.name)
        for factor_labels, n in labels.labels.items():
            irrep = Irrep(H, factor_labels if len(factor_labels) > 1 else factor_labels[0])
            copies = n * (1 if block.irrep.indicator == 1 else 2)
            content[irrep] = content.get(irrep, 0) + copies
    counts = {irrep: n // (1 if irrep.indicator == 1 else 2) for irrep, n in content.items()}
    assert {block.irrep: block.multiplicity for block in restricted.blocks} == counts
    embedding = subgroup_embedding(G, H)
    c = np.random.default_rng(0).standard_normal(H.n_algebra) * 0.4
    assert np.abs(restricted.matrix(H.exp(c)) - rep.matrix(G.exp(c @ embedding.algebra))).max() < 1e-9
    Q, inverse = restricted.change_of_basis
    assert np.abs(Q @ inverse - np.eye(rep.dim)).max() < 1e-10


@pytest.mark.parametrize(
    ("name", "features", "subgroup", "expected"),
    [
        ("O(3)", "1o + 2e", "Oh", "Eg + T1u + T2g"),
        ("SO(3)", "2", "O", "E + T2"),
        ("SO(3)", "3", "T", "A + 2xT"),
        ("O(1,3)", "(1/2,1/2)ee", "O(3)", "0e + 1o"),
        ("SU(3)xSU(2)xU(1)", "(3,2,1/6)", "SU(3)", "2x3"),
    ],
)
def test_discrete_subgroups(name: str, features: str, subgroup: str, expected: str) -> None:
    rep = Rep(group(name), features)
    assert str(rep.restrict(subgroup)) == expected


def test_given_embeddings_and_their_errors() -> None:
    G, H = group("SO(1,3)"), group("SO(3)")
    rep = Rep(G, "(1/2,1/2)")
    rotations = np.eye(3, 6)
    assert str(rep.restrict(H, rotations)) == "0 + 1"
    with pytest.raises(GroupError, match="singular embedding"):
        rep.restrict(H, np.zeros((3, 6)))
    with pytest.raises(GroupError, match="wrong shape"):
        rep.restrict(H, np.eye(3))
    broken = rotations.copy()
    broken[0, 0] = 1.1  # [X, Y] is no longer Z
    with pytest.raises(IntertwineError):
        rep.restrict(H, broken)
    with pytest.raises(GroupError, match="no built-in embedding"):
        Rep(group("SO(3)"), "1").restrict("Oh")  # inversions are not rotations


def test_a_users_representation() -> None:
    """Matrices in a crooked basis come back as their irreps; what is no representation is refused."""
    rng = np.random.default_rng(1)
    for name, features in [
        ("SO(3)", "2x0 + 1 + 2x2"),
        ("SU(2)", "2x1/2 + 1"),
        ("SU(3)", "3 + 8"),
        ("S4", "(3,1) + 2x(2,2)"),
        ("O(3)", "1o + 1e + 2e"),
        ("Q8", "2x2 + 1'"),
        ("SL(2,C)", "(1/2,0) + (1/2,1/2)"),
        ("SU(2)xQ8", "(2,2) + (1,1)"),
    ]:
        G = group(name)
        rep = Rep(G, features)
        crooked = rng.standard_normal((rep.dim, rep.dim)) + 3 * np.eye(rep.dim)
        inverse = np.linalg.inv(crooked)
        X = crooked @ rep.generators @ inverse if G.n_algebra else None
        R = crooked @ rep.discrete_generators @ inverse if G.n_discrete else None
        found = Rep.from_matrices(G, X, R)
        assert found.simplify() == rep.simplify()
        g = G.sample(rng, 0.5)
        assert np.abs(found.matrix(g) - crooked @ rep.matrix(g) @ inverse).max() < 1e-7
        if X is not None:
            wrong = X.copy()
            wrong[0] *= 1.01
            if np.abs(X[0]).max() > 1e-6:
                with pytest.raises((AccuracyError, IntertwineError)):
                    Rep.from_matrices(G, wrong, R)
