"""A user's own matrices decomposed into irreps with the change of basis."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import block_diag

from intertwine.errors import IntertwineError, RepresentationError
from intertwine.groups.names import group
from intertwine.representations.decompose_representation import decompose_representation

CASES = {
    "SU(2)": ["1/2", "1/2", "1"],
    "SU(3)": ["3", "8", "3"],
    "SO(1,3)": ["(1/2,1/2)", "(1,0)"],
    "Oh": ["T1u", "Eg", "Eg", "A2u"],
    "C4": ["1E", "2E", "B"],
    "S5": ["(3,1,1)", "(4,1)", "(4,1)"],
    "A5": ["3'", "5"],
    "Q8": ["2", "2", "1'"],
    "O(3)": ["1o", "1o", "2e"],
    "Hyperoctahedral(3)": ["3'", "2"],
}


def hidden(name: str, seed: int = 0) -> tuple[list[np.ndarray] | None, list[np.ndarray] | None, np.ndarray]:
    """The direct sum of a case's irreps in a random basis M: (algebra, discrete, M)."""
    theory = group(name).theory
    labels = [theory.parse(label) for label in CASES[name]]
    size = sum(theory.dimension(label) for label in labels)
    rng = np.random.default_rng(seed)
    M = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))

    def turned(parts: list[np.ndarray]) -> list[np.ndarray] | None:
        return [M @ block_diag(*blocks) @ np.linalg.inv(M) for blocks in zip(*parts, strict=True)] or None

    return turned([theory.algebra(x) for x in labels]), turned([theory.discrete(x) for x in labels]), M


@pytest.mark.parametrize("name", CASES)
def test_decomposition_and_change_of_basis(name: str) -> None:
    G = group(name)
    theory = G.theory
    algebra, discrete, M = hidden(name)
    parts, Q = decompose_representation(theory, algebra, discrete)
    found = sorted(theory.name(label) for n, label in parts for _ in range(n))
    assert found == sorted(CASES[name])
    g = G.sample(np.random.default_rng(1), 0.4)
    labels = [theory.parse(label) for label in CASES[name]]
    whole = M @ block_diag(*[theory.matrix(x, g) for x in labels]) @ np.linalg.inv(M)
    blocks = block_diag(*[theory.matrix(x, g) for n, x in parts for _ in range(n)])
    assert np.abs(np.linalg.solve(Q, whole @ Q) - blocks).max() < 1e-9
    # a permutation of the columns must be noticed
    assert np.abs(np.linalg.solve(Q[:, ::-1], whole @ Q[:, ::-1]) - blocks).max() > 1e-3


@pytest.mark.parametrize("name", ["SU(3)", "SO(1,3)", "Oh", "S5", "A5"])
def test_broken_relations_are_refused_with_their_size(name: str) -> None:
    algebra, discrete, _ = hidden(name)
    broken = discrete if algebra is None else algebra
    assert broken is not None
    broken[0] = broken[0] * 1.01
    with pytest.raises(RepresentationError, match="relations violated by"):
        decompose_representation(group(name).theory, algebra, discrete)


def test_wrong_numbers_and_singular_images() -> None:
    theory = group("Oh").theory
    _, discrete, _ = hidden("Oh")
    assert discrete is not None
    with pytest.raises(RepresentationError, match="has 3 discrete generators"):
        decompose_representation(theory, None, discrete[:2])
    with pytest.raises(RepresentationError, match="has 0 Lie algebra"):
        decompose_representation(theory, discrete[:1], discrete)
    with pytest.raises(RepresentationError, match="singular"):
        decompose_representation(theory, None, [np.zeros((2, 2)), *[np.eye(2)] * 2])
    with pytest.raises(IntertwineError):
        decompose_representation(theory, None, [np.full((2, 2), np.nan), *[np.eye(2)] * 2])
