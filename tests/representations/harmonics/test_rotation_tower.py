"""The maps written down for rotations of the plane and of space are those that the Clebsch–Gordan tower finds."""

from __future__ import annotations

import numpy as np
import pytest

import intertwine as tw
from intertwine.representations.harmonics.closed_form import searched_tower, tower
from intertwine.representations.harmonics.default_vector import default_vector
from intertwine.representations.harmonics.rotation_tower import rotation_tower


@pytest.mark.parametrize("name", ["SO(2)", "O(2)", "SO(3)", "O(3)"])
def test_is_what_is_found(name: str) -> None:
    vector = default_vector(tw.group(name))
    written, found = tower(vector, 5), searched_tower(vector, 5)
    assert written.irreps == found.irreps
    for one, other in zip(written.maps, found.maps, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
        if len(one) > 1:  # another order of the harmonics is another map
            assert np.abs(one[::-1] - other).max() > 1


def test_other_vectors_are_searched() -> None:
    assert rotation_tower(tw.group("SO(2)").irrep("2"), 2) is None
    assert rotation_tower(tw.group("O(3)").irrep("1e"), 2) is None
    assert rotation_tower(tw.group("SO(4)").irrep("(1/2,1/2)"), 2) is None
