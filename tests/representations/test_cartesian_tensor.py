"""Cartesian tensors by index formula: irreps known from textbooks, and the action on tensors written out."""

from __future__ import annotations

import numpy as np
import pytest

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.representations import tensor_coordinates

CASES = [
    ("SO(3)", "1", "ij=ji", "0 + 2"),
    ("SO(3)", "1", "ij=-ji", "1"),
    ("SO(3)", "1", "ij", "0 + 1 + 2"),
    ("O(3)", "1o", "ijk=jik=jki", "1o + 3o"),
    ("O(3)", "1o", "ijk=-jik=jki", "0o"),
    ("SO(3)", "1", "ijkl=jikl=ijlk=klij", "2x0 + 2x2 + 4"),  # elasticity: 21 constants
    ("SO(1,3)", "(1/2,1/2)", "ij=-ji", "(1,0)"),
    ("SU(3)", "8", "ij=-ji", "8 + 10"),
    ("Oh", "T1u", "ij=ji", "A1g + Eg + T2g"),
]


@pytest.mark.parametrize(("name", "vector", "formula", "expected"), CASES)
def test_tensors(name: str, vector: str, formula: str, expected: str) -> None:
    G = tw.group(name)
    v = tw.Rep(G, vector)
    rep = tw.Rep.from_tensor(formula, v)
    assert rep.simplify() == tw.Rep(G, expected).simplify()
    B = tensor_coordinates(formula, v.dim)
    flat = B.reshape(len(B), -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(B)), atol=1e-12)
    g = G.sample(np.random.default_rng(0))
    T = np.tensordot(np.random.default_rng(1).standard_normal(len(B)), B, 1)
    moved = T
    for axis in range(T.ndim):
        moved = np.moveaxis(np.tensordot(v.matrix(g), moved, (1, axis)), 0, axis)
    expected_coordinates = np.tensordot(B, moved, T.ndim)
    found = rep.matrix(g) @ np.tensordot(B, T, T.ndim)
    np.testing.assert_allclose(found, expected_coordinates, atol=1e-9)
    wrong = rep.matrix(g @ g) @ np.tensordot(B, T, T.ndim)
    assert rep.irreps[-1].is_trivial or name in ("O(3)", "Oh") or np.abs(wrong - expected_coordinates).max() > 1e-3


def test_refusals() -> None:
    v = tw.Rep(tw.group("SO(3)"), "1")
    for formula in ("ii=ii", "ij=jk", "", "ij=+ji", "i1"):
        with pytest.raises(RepresentationError, match="index formula"):
            tw.Rep.from_tensor(formula, v)
    with pytest.raises(RepresentationError, match="no tensor but 0"):
        tw.Rep.from_tensor("ij=-ij", v)
    with pytest.raises(RepresentationError, match="too large"):
        tw.Rep.from_tensor("abcdefghi", v)
