"""Radius graphs and k nearest neighbours against all pairs and all images, written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import ConfigurationError, DataError
from intertwine.geometry import nearest_graph, radius_graph


def all_images(points, cutoff, cell=None, pbc=(False, False, False), margin=1):
    """Every (receiver, sender, *shift) closer than the cut-off, by going through all images that could be."""
    dim = points.shape[1]
    if not any(pbc):
        ranges = [[0]] * dim
    else:
        spread = np.ptp(points, axis=0) if len(points) else np.zeros(3)
        reach = cutoff + np.linalg.norm(spread)
        heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        most = [
            int(np.ceil(reach / height)) - 1 + margin if flag else 0 for height, flag in zip(heights, pbc, strict=True)
        ]
        ranges = [range(-n, n + 1) for n in most]
    shifts = np.array(list(itertools.product(*ranges)))
    moved = shifts @ cell if any(pbc) else np.zeros((1, dim))
    apart = points[None, :, None] + moved - points[:, None, None]
    close = np.linalg.norm(apart, axis=-1) < cutoff
    here = (shifts == 0).all(1)
    close[np.arange(len(points)), np.arange(len(points)), np.argmax(here)] = False
    i, j, s = np.nonzero(close)
    return {(int(a), int(b), *map(int, shifts[c])) for a, b, c in zip(i, j, s, strict=True)}


def as_set(edges):
    found = {
        (int(r), int(s), *map(int, n)) for r, s, n in zip(edges.receivers, edges.senders, edges.shifts, strict=True)
    }
    assert len(found) == len(edges), "an edge twice"
    return found


@given(seed=st.integers(0, 2**32 - 1), flags=st.tuples(*[st.booleans()] * 3), n=st.integers(0, 6))
@settings(max_examples=120, deadline=None)
def test_periodic_cells_of_any_shape(seed, flags, n):
    pytest.importorskip("vesin")
    rng = np.random.default_rng(seed)
    cell = rng.normal(size=(3, 3)) + np.diag([1.5, 1.5, 1.5])
    if abs(np.linalg.det(cell)) < 0.3:
        cell += 3 * np.eye(3)
    points = rng.normal(size=(n, 3))
    if n > 2:
        points[1] = points[0]  # two at one place
    cutoff = rng.uniform(0.2, 2.5)
    edges = radius_graph(points, cutoff, cell, np.array(flags))
    assert as_set(edges) == all_images(points, cutoff, cell, flags)
    vectors = edges.vectors(points, cell)
    assert (np.linalg.norm(vectors, axis=1) < cutoff + 1e-12).all()
    # both directions of every pair
    assert {(s, r, -a, -b, -c) for r, s, a, b, c in as_set(edges)} == as_set(edges)


def test_the_oracle_would_notice_a_missing_layer_of_images():
    cell, points = 0.5 * np.eye(3), np.zeros((1, 3))
    assert as_set(radius_graph(points, 1.2, cell)) != all_images(points, 1.2, cell, (True, True, True), margin=-1)


def test_a_cell_much_smaller_than_the_cutoff():
    edges = radius_graph(np.zeros((1, 3)), 2.5, np.eye(3))
    assert len(edges) == 80  # points of Z³ with 0 < |x| < 2.5
    assert (edges.senders == 0).all()


def test_supercell_has_the_same_surroundings():
    rng = np.random.default_rng(3)
    cell = np.array([[3.0, 0.2, 0.1], [0.4, 2.5, -0.3], [-0.2, 0.5, 2.0]])
    points = rng.uniform(size=(3, 3)) @ cell
    offsets = np.array(list(itertools.product(range(2), range(3), range(1)))) @ cell
    many = (points[None] + offsets[:, None]).reshape(-1, 3)
    small, large = radius_graph(points, 4.0, cell), radius_graph(many, 4.0, np.diag([2, 3, 1]) @ cell)
    assert len(large) == 6 * len(small)
    for node in range(len(many)):
        a = np.linalg.norm(small.vectors(points, cell)[small.receivers == node % 3], axis=1)
        b = np.linalg.norm(large.vectors(many, np.diag([2, 3, 1]) @ cell)[large.receivers == node], axis=1)
        np.testing.assert_allclose(np.sort(a), np.sort(b), atol=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 3, 5])
def test_open_space_of_any_dimension(dim):
    rng = np.random.default_rng(dim)
    points = np.round(rng.normal(size=(40, dim)), 1)  # ties and coincident points
    assert as_set(radius_graph(points, 0.9)) == all_images(points, 0.9)


def test_the_cutoff_itself_is_outside():
    assert len(radius_graph([[0.0, 0.0], [3.0, 4.0]], 5.0)) == 0
    assert len(radius_graph([[0.0, 0.0], [3.0, 4.0]], np.nextafter(5.0, 6))) == 2


@pytest.mark.parametrize("cutoff", [0.9, 4.0])
@pytest.mark.parametrize("pbc", [True, (True, False, True)])
def test_triclinic_cells_smaller_than_the_cutoff_beside_ase(cutoff, pbc):
    ase = pytest.importorskip("ase")
    from ase.neighborlist import neighbor_list

    rng = np.random.default_rng(11)
    cell = np.array([[1.1, 0.0, 0.0], [0.7, 1.3, 0.0], [-0.5, 0.6, 1.7]])  # heights below every cut-off of 4
    positions = rng.uniform(size=(3, 3)) @ cell + rng.integers(-2, 3, size=(3, 3)) @ cell  # not wrapped into the cell
    atoms = ase.Atoms("H3", positions, cell=cell, pbc=pbc)
    receiver, sender, shift = neighbor_list("ijS", atoms, cutoff)
    expected = {(int(i), int(j), *map(int, s)) for i, j, s in zip(receiver, sender, shift, strict=True)}
    assert as_set(radius_graph(positions, cutoff, cell, pbc)) == expected
    assert as_set(radius_graph(positions, cutoff * 1.05, cell, pbc)) != expected or cutoff < 1


def test_open_directions_need_no_cell_vector():
    chain = radius_graph(np.zeros((1, 3)), 2.5, np.diag([1.0, 0.0, 0.0]), [True, False, False])
    assert sorted(chain.shifts[:, 0]) == [-2, -1, 1, 2]


def test_edges_are_in_order():
    edges = radius_graph(np.random.default_rng(0).normal(size=(9, 3)), 2.0, 2 * np.eye(3))
    keys = list(zip(edges.receivers, edges.senders, *edges.shifts.T, strict=True))
    assert keys == sorted(keys)


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, 9), periodic=st.booleans())
@settings(max_examples=60, deadline=None)
def test_k_nearest(seed, k, periodic):
    pytest.importorskip("vesin")
    rng = np.random.default_rng(seed)
    points, cell = rng.normal(size=(6, 3)), rng.normal(size=(3, 3)) + 2 * np.eye(3)
    if abs(np.linalg.det(cell)) < 0.5:
        cell = 2 * np.eye(3)
    edges = nearest_graph(points, k, cell if periodic else None)
    lengths = np.linalg.norm(edges.vectors(points, cell), axis=1)
    wide = all_images(points, lengths.max() + 1e-9, cell, (periodic,) * 3)
    for node in range(6):
        expected = sorted(
            np.linalg.norm(points[s] + np.array(n) @ cell - points[node]) for r, s, *n in wide if r == node
        )
        count = k if periodic else min(k, 5)
        np.testing.assert_allclose(np.sort(lengths[edges.receivers == node]), expected[:count], atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([[0.0, 0.0, np.nan]], 1.0), DataError, "row 0"),
        (([[0.0, np.inf, 0.0]], 1.0, np.eye(3)), DataError, "not finite"),
        (([[0.0, 0.0]], 1.0, np.eye(3)), DataError, "wrong shape"),
        (([["a", "b", "c"]], 1.0), DataError, "not real numbers"),
        (([[0.0, 0.0, 0.0]], 0.0), ConfigurationError, "not a cut-off"),
        (([[0.0, 0.0, 0.0]], np.nan), ConfigurationError, "not a cut-off"),
        (([[0.0, 0.0, 0.0]], 1.0, np.ones((3, 3))), DataError, "flat"),
        (([[0.0, 0.0, 0.0]], 1.0, np.zeros((3, 3))), DataError, "without a cell vector"),
        (([[0.0, 0.0, 0.0]], 1.0, None, True), DataError, "without a cell"),
        (([[0.0, 0.0, 0.0]], 1.0, np.eye(3), [True, False]), DataError, "pbc"),
        (([[0.0, 0.0, 0.0]], 1.0, np.full((3, 3), np.nan)), DataError, "cell vectors are not finite"),
    ],
)
def test_what_cannot_be_searched(arguments, error, words):
    with pytest.raises(error, match=words):
        radius_graph(*arguments)


def test_nothing_to_search():
    assert len(radius_graph(np.zeros((0, 3)), 1.0)) == 0
    assert len(radius_graph(np.zeros((0, 3)), 1.0, np.eye(3))) == 0
    assert len(nearest_graph(np.zeros((1, 3)), 4)) == 0
    with pytest.raises(ConfigurationError, match="number of neighbours"):
        nearest_graph(np.zeros((3, 3)), 0)
