"""Searches in spaces that are not Euclidean, number by number against comparing all pairs.

INTERTWINE_CASES sets how many random cases each law is tried on (the claim is 10⁴; the default is fewer).
"""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import ConfigurationError, DataError
from intertwine.geometry import (
    CausalOrder,
    Euclidean,
    Hyperbolic,
    Minkowski,
    NeighbourSearch,
    QuadraticForm,
    Sphere,
    Torus,
    light_cone_kernels,
)
from intertwine.geometry.light_cone_grid import build_light_cone_grid

CASES = int(os.environ.get("INTERTWINE_CASES", "120"))
SPACES = {
    "1+1": Minkowski(1),
    "3+1": Minkowski(3),
    "sphere": Sphere(2),
    "torus": Torus([1.0, 2.5, np.inf]),
    "hyperbolic": Hyperbolic(3),
}


def forms(space, queries, points):
    """[queries, points], written out."""
    a, weight_a = space.coordinates(queries, "queries")
    b, weight_b = space.coordinates(points, "points")
    total = np.zeros((len(a), len(b)))
    for axis in range(space.plus + space.minus):
        d = np.abs(a[:, None, axis] - b[None, :, axis])
        if space.periods is not None:
            d = np.minimum(d, space.periods[axis] - d)
        total = total + (d * d if axis < space.plus else -(d * d))
    return total if weight_a is None else total / (weight_a[:, None] * weight_b)


def draw(space, rng, n, kind):
    """Points: spread out, on a coarse lattice (ties, coincident and lightlike pairs), or on one light ray."""
    dim = 3 if isinstance(space, Sphere) else space.plus + space.minus
    points = rng.normal(size=(n, dim))
    if kind == "lattice":
        points = rng.integers(-2, 3, size=(n, dim)) / 2
    elif kind == "ray":
        points = rng.integers(0, 4, size=(n, 1)) * np.ones(dim)
    elif kind == "far":
        points *= 10.0 ** rng.integers(-6, 7, size=(n, 1))
    if isinstance(space, Hyperbolic):
        points[:, -1] = np.exp(points[:, -1].clip(-20, 20))
    if isinstance(space, Sphere):
        points[~points.any(axis=1)] = 1.0
    return points


@pytest.mark.parametrize("name", SPACES)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([0, 1, 2, 7, 33, 150, 700]),
    k=st.integers(1, 12),
    kind=st.sampled_from(["spread", "lattice", "ray", "far"]),
    own=st.booleans(),
)
@settings(max_examples=CASES, deadline=None)
def test_equals_all_pairs(name, seed, n, k, kind, own):
    space, rng = SPACES[name], np.random.default_rng(seed)
    points = draw(space, rng, n, kind)
    queries = points if own else np.concatenate([draw(space, rng, 4, kind), points[:3]])
    search = NeighbourSearch(points, space, workers=1)
    index, value = search.nearest(k, None if own else queries)
    form = forms(space, queries, points)
    if own:
        form[np.arange(n), np.arange(n)] = np.nan
    for row in range(len(queries)):
        others = np.flatnonzero(~np.isnan(form[row]))
        expected = others[np.lexsort((others, np.abs(form[row, others])))][:k]
        assert index[row, : len(expected)].tolist() == expected.tolist()
        assert (index[row, len(expected) :] == -1).all()
        np.testing.assert_array_equal(value[row, : len(expected)], space.reported(form[row, expected]))
        assert np.isinf(value[row, len(expected) :]).all()
    low, high = np.sort(rng.normal(size=2)) if space.minus else (rng.uniform(0, 0.5), rng.uniform(0.5, 2))
    if kind == "lattice":
        low, high = (0.0, 0.0) if seed % 2 else (0.0, high)
    inside = (form >= space.form(low)) & (form <= space.form(high))
    asked = None if own else queries
    assert search.count(low, high, asked).tolist() == inside.sum(1).tolist()
    offsets, found = search.within(low, high, asked)
    assert [found[a:b].tolist() for a, b in itertools.pairwise(offsets)] == [
        np.flatnonzero(row).tolist() for row in inside
    ]


def exactly_after(points, queries, sign, strict=False):
    """Causal relation in rational arithmetic."""
    related = np.zeros((len(queries), len(points)), dtype=bool)
    exact = [[Fraction(float(x)) for x in point] for point in points]
    for i, query in enumerate(queries):
        q = [Fraction(float(x)) for x in query]
        for j, point in enumerate(exact):
            time = sign * (point[0] - q[0])
            square = time**2 - sum((a - b) ** 2 for a, b in zip(point[1:], q[1:], strict=True))
            related[i, j] = time > 0 and (square > 0 if strict else square >= 0)
    return related


@pytest.mark.parametrize("space", [1, 3])
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.sampled_from([0, 1, 2, 9, 40]),
    kind=st.sampled_from(["spread", "lattice", "ray", "tenths"]),
    direction=st.sampled_from(["future", "past"]),
    strict=st.booleans(),
)
@settings(max_examples=CASES, deadline=None)
def test_causal_order_is_exact(space, seed, n, kind, direction, strict):
    rng = np.random.default_rng(seed)
    points = draw(Minkowski(space), rng, n, "spread" if kind == "tenths" else kind)
    if kind == "tenths":  # decimal numbers: lightlike by intention, off by rounding
        points = np.round(rng.integers(-20, 21, size=(n, space + 1)) * 0.1, 1)
        points[:, 2:] = 0.3
    queries = points[: n // 2] if seed % 2 else None
    related = exactly_after(points, points if queries is None else queries, 1 if direction == "future" else -1, strict)
    order = CausalOrder(points, strict=strict, workers=1)
    assert order.counts(direction, queries).tolist() == related.sum(1).tolist()
    offsets, found = order.lists(direction, queries)
    assert np.diff(offsets).tolist() == related.sum(1).tolist()
    assert found.tolist() == np.nonzero(related)[1].tolist()


def test_rounded_signs_would_be_wrong():
    points = np.random.default_rng(0).integers(-20, 20, size=(60, 2)) * 0.1  # decimals: nearly lightlike pairs abound
    exact = exactly_after(points, points, 1)
    d = points[None] - points[:, None]
    rounded = (d[..., 0] > 0) & (d[..., 0] ** 2 - d[..., 1] ** 2 >= 0)
    assert (exact != rounded).any(), "the case has to be one where rounding matters"
    assert CausalOrder(points).counts().tolist() == exact.sum(1).tolist()


def test_large_sets_and_threads():
    rng = np.random.default_rng(5)
    for name, space in SPACES.items():
        points = draw(space, rng, 5000, "spread")
        index, value = NeighbourSearch(points, space, workers=2).nearest(6)
        form = np.abs(forms(space, points[:60], points))
        form[np.arange(60), np.arange(60)] = np.inf
        assert (index[:60] == np.argsort(form, axis=1, kind="stable")[:, :6]).all(), name
        again = NeighbourSearch(points, space, workers=1).nearest(6)
        assert (again[0] == index).all()
        assert (again[1] == value).all()
    events = rng.uniform(size=(3000, 4))
    d = events[None] - events[:500, None]
    after = (d[..., 0] > 0) & (d[..., 0] ** 2 >= (d[..., 1:] ** 2).sum(-1))
    assert (CausalOrder(events, workers=2).counts(queries=events[:500]) == after.sum(1)).all()


def test_ranks_and_tree_agree_in_two_dimensions():
    points = np.random.default_rng(6).uniform(size=(4000, 2))
    order = CausalOrder(points)
    by_tree = np.diff(order.lists("past")[0])
    assert (order.counts("past") == by_tree).all()


def test_windows_that_stop_too_early_are_noticed():
    points = np.random.default_rng(7).normal(size=(900, 2))
    right = NeighbourSearch(points, SPACES["1+1"], workers=1).nearest(8)[0]
    form = np.abs(forms(SPACES["1+1"], points, points))
    np.fill_diagonal(form, np.inf)
    assert (right == np.argsort(form, axis=1, kind="stable")[:, :8]).all()
    grid = build_light_cone_grid(points)
    found, values, counts = np.full((900, 8), -1), np.full((900, 8), np.inf), np.zeros(1, dtype=np.int64)
    for scale, is_right in ((1, True), (100, False)):  # claims that what it has not seen is farther than it is
        claimed = (grid.u * scale, *grid.arrays[1:])
        light_cone_kernels.nearest_by_windows(claimed, points, grid.ranks, np.arange(900), True, found, values, counts)
        assert (found == right).all() == is_right


@pytest.mark.parametrize("k", [3, 40])  # either way of putting the best in order
@pytest.mark.parametrize(("size", "offset"), [(1.0, 0.0), (1e-3, 1e4), (1e-4, 1e9), (1e-60, 0.0), (1e60, 1e60), (0, 3)])
def test_screening_in_single_precision_loses_nothing(size, offset, k):
    rng = np.random.default_rng(11)
    points = rng.normal(size=(500, 4)) * size + offset
    queries = np.concatenate([points[:20], rng.normal(size=(8, 4)) * size * 1e3, rng.normal(size=(4, 4)) * 1e140])
    form = np.abs(forms(SPACES["3+1"], queries, points))
    index, _ = NeighbourSearch(points, SPACES["3+1"], workers=1).nearest(k, queries)
    assert (index == np.argsort(form, axis=1, kind="stable")[:, :k]).all()


def test_a_screen_that_is_off_is_noticed():
    points = np.random.default_rng(12).normal(size=(3000, 4))
    search = NeighbourSearch(points, SPACES["3+1"], workers=1)
    right = search.nearest(5)[0]
    screen = search._screen
    assert screen is not None
    for shift, is_right in ((0.0, True), (0.1, False)):
        search._screen = replace(screen, tiles=screen.tiles + np.float32(shift) * (np.arange(5) == 0)[:, None])
        assert (search.nearest(5)[0] == right).all() == is_right


@pytest.mark.parametrize("k", [3, 40])  # either way of keeping the best
@pytest.mark.parametrize("place", [0.0, 1e-320, 1.0])
def test_points_at_one_place(place, k):
    search = NeighbourSearch(np.full((50, 2), place), SPACES["1+1"], workers=1)
    index, values = search.nearest(k)
    assert index.tolist() == [[j for j in range(50) if j != i][:k] for i in range(50)]
    assert (values == 0).all()


def test_hyperbolic_models_agree():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 3)) * 2
    sheet = np.concatenate([np.sqrt(1 + (x**2).sum(1, keepdims=True)), x], axis=1)
    ball = x / (1 + sheet[:, :1])
    cosh = sheet[:, :1] * sheet[:, 0] - x @ x.T
    distance = np.arccosh(np.maximum(cosh, 1))
    for model, points in (("hyperboloid", sheet), ("ball", ball)):
        index, value = NeighbourSearch(points, Hyperbolic(3, model)).nearest(5)
        np.testing.assert_allclose(value, np.take_along_axis(distance, index, 1), rtol=1e-6)
        np.testing.assert_allclose(value[:, 0], np.sort(distance, 1)[:, 1], rtol=1e-6)


def test_a_form_with_any_axes():
    rng = np.random.default_rng(9)
    basis = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    matrix = basis @ np.diag([2.0, -0.5, -1.0, -3.0]) @ basis.T
    points = rng.normal(size=(400, 4))
    d = points[:, None] - points[None]
    form = np.abs(np.einsum("ijk,kl,ijl->ij", d, matrix, d))
    np.fill_diagonal(form, np.inf)
    _, value = NeighbourSearch(points, QuadraticForm(matrix)).nearest(4)
    np.testing.assert_allclose(np.abs(value), np.sort(form, 1)[:, :4], atol=1e-12)


def test_euclidean_distances():
    points = np.random.default_rng(10).normal(size=(500, 3))
    index, value = NeighbourSearch(points, Euclidean(3)).nearest(3)
    distance = np.linalg.norm(points[:, None] - points, axis=-1)
    np.testing.assert_allclose(value, np.sort(distance, 1)[:, 1:4], rtol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(distance, index, 1), value, rtol=1e-12)


def test_distances_on_sphere_and_torus():
    index, value = NeighbourSearch([[0, 0, 2.0], [0, 3.0, 0], [0, 0, -1.0]], Sphere(2)).nearest(2)
    assert index[0].tolist() == [1, 2]
    np.testing.assert_allclose(value[0], [np.pi / 2, np.pi])
    index, value = NeighbourSearch([[0.05, 0, 0], [0.95, 0, 0], [0.4, 0, 0]], Torus([1.0, np.inf, np.inf])).nearest(1)
    assert index.ravel().tolist() == [1, 0, 0]
    np.testing.assert_allclose(value.ravel(), [0.1, 0.1, 0.35])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: NeighbourSearch([[0.0, np.nan]], Minkowski(1)), DataError, "row 0"),
        (lambda: NeighbourSearch([[0.0, 1.0]], Minkowski(3)), DataError, "wrong shape"),
        (lambda: NeighbourSearch([[0.0, 1e200]], Minkowski(1)), DataError, "too large"),
        (lambda: NeighbourSearch([[0.0, 0.0]], Sphere(1)), DataError, "without a direction"),
        (lambda: NeighbourSearch([[0.0, -1.0]], Hyperbolic(2)), DataError, "height > 0"),
        (lambda: NeighbourSearch([[1.0, 1.0]], Hyperbolic(2, "ball")), DataError, r"\|x\| < 1"),
        (lambda: NeighbourSearch([[1.0, 1.0, 0.0]], Hyperbolic(2, "hyperboloid")), DataError, "outside"),
        (lambda: Hyperbolic(2, "disc"), ConfigurationError, "half-space"),
        (lambda: Torus([1.0, -1.0]), ConfigurationError, "periods"),
        (lambda: QuadraticForm([[0.0, 1.0], [0.0, 0.0]]), ConfigurationError, "symmetric"),
        (lambda: QuadraticForm([0.0, 0.0]), ConfigurationError, "vanishes"),
        (lambda: Minkowski(0), ConfigurationError, "no space"),
        (lambda: NeighbourSearch([[0.0, 0.0]], Minkowski(1)).nearest(0), ConfigurationError, "number of neighbours"),
        (lambda: NeighbourSearch([[0.0, 0.0]], Minkowski(1)).nearest(1, [[np.inf, 0]]), DataError, "queries are not"),
        (lambda: NeighbourSearch([[0.0, 0.0]], Minkowski(1)).count(np.nan, 1.0), ConfigurationError, "not a range"),
        (lambda: CausalOrder([[0.0, np.nan]]), DataError, "not finite"),
        (lambda: CausalOrder([[0.0]]), ConfigurationError, "no space-time"),
        (lambda: CausalOrder([[0.0, 1.0]]).counts("sideways"), ConfigurationError, "direction of time"),
    ],
)
def test_what_cannot_be_searched(make, error, words):
    with pytest.raises(error, match=words):
        make()
