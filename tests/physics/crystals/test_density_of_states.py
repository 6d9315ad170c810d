"""Modes counted in bins: their number, where they go, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intertwine.errors import DataError
from intertwine.physics.crystals import PUBLISHED_GRID, density_of_states


@given(st.integers(1, 5), st.integers(1, 12), st.integers(0, 100))
def test_all_modes_are_counted_once(q: int, modes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    nu, w = rng.uniform(0, 1000, size=(q, modes)), rng.uniform(0.1, 1, size=q)
    counts = density_of_states(nu, w)
    assert counts.sum() == pytest.approx(modes)
    assert (counts >= 0).all()
    np.testing.assert_allclose(density_of_states(nu, 7 * w), counts)


def test_where_modes_go() -> None:
    assert PUBLISHED_GRID[0] == 0
    assert PUBLISHED_GRID[-1] == 1000
    counts = density_of_states([[-0.5, 9.9, 10.1, 1000.0], [40.0, 40.0, 40.0, 40.0]], [3.0, 1.0])
    expected = np.zeros(51)
    expected[[0, 1, 2, 50]] = 1.5, 0.75, 1.0, 0.75
    np.testing.assert_allclose(counts, expected)


@pytest.mark.parametrize(
    ("nu", "w", "grid", "words"),
    [
        ([[1011.0]], [1.0], PUBLISHED_GRID, "off the grid"),
        ([[-11.0]], [1.0], PUBLISHED_GRID, "off the grid"),
        ([[np.nan]], [1.0], PUBLISHED_GRID, "not modes"),
        ([[1.0]], [1.0, 2.0], PUBLISHED_GRID, "not modes"),
        ([[1.0]], [0.0], PUBLISHED_GRID, "not modes"),
        ([[1.0]], [1.0], [0.0, 1.0, 3.0], "not a grid"),
    ],
)
def test_nonsense(nu, w, grid, words) -> None:
    with pytest.raises(DataError, match=words):
        density_of_states(nu, w, grid)
