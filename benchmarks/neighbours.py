"""Neighbour search in spaces that are not Euclidean beside comparing all pairs, both compiled by Numba, on two threads.

    benchmarks/quiet python benchmarks/neighbours.py            # at N = 10⁵, with checks
    benchmarks/quiet python benchmarks/neighbours.py --scaling  # cost against N to 10⁶

The brute force compares all pairs in vector loops over blocks of points that stay in the first-level cache, for many
queries at a time; only blocks with a candidate are looked at again. It answers a sample of the queries, which come in
the tree's order for both sides. Times are wall times of the queries, the tree being there; building it is shown.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numba
import numpy as np

from intertwine.geometry import CausalOrder, Hyperbolic, Minkowski, NeighbourSearch, Sphere, Torus
from intertwine.geometry.best_kernels import offer, sort_best

K, BLOCK, TOGETHER, THREADS = 10, 256, 16, 2
OPTIONS = {"nogil": True, "error_model": "numpy", "boundscheck": False, "cache": True}


@numba.njit(inline="always", **OPTIONS)
def rows_2(axes, start, end):
    return axes[0, start:end], axes[1, start:end]


@numba.njit(inline="always", **OPTIONS)
def rows_4(axes, start, end):
    return axes[0, start:end], axes[1, start:end], axes[2, start:end], axes[3, start:end]


@numba.njit(inline="always", **OPTIONS)
def query_2(queries, i):
    return queries[i, 0], queries[i, 1]


@numba.njit(inline="always", **OPTIONS)
def query_4(queries, i):
    return queries[i, 0], queries[i, 1], queries[i, 2], queries[i, 3]


@numba.njit(inline="always", **OPTIONS)
def form_2(rows, j, q):
    a, b = q[0] - rows[0][j], q[1] - rows[1][j]
    return a * a - b * b


@numba.njit(inline="always", **OPTIONS)
def form_4(rows, j, q):
    a, b, c, d = q[0] - rows[0][j], q[1] - rows[1][j], q[2] - rows[2][j], q[3] - rows[3][j]
    return a * a - b * b - c * c - d * d


FORMS = {2: (rows_2, query_2, form_2), 4: (rows_4, query_4, form_4)}


def brute_nearest(rows_of, query_of, form):
    @numba.njit(nogil=True, error_model="numpy", boundscheck=False)
    def nearest(axes, queries, own, found):
        n, k = axes.shape[1], found.shape[1]
        best, index = np.empty((TOGETHER, k)), np.empty((TOGETHER, k), np.int64)
        held, reach, values = np.empty(TOGETHER, np.int64), np.empty(TOGETHER), np.empty(BLOCK)
        for first in range(0, queries.shape[0], TOGETHER):
            last = min(first + TOGETHER, queries.shape[0])
            held[:], reach[:] = 0, np.inf
            for start in range(0, n, BLOCK):
                count = min(BLOCK, n - start)
                rows = rows_of(axes, start, start + count)
                for i in range(first, last):
                    hits, far, q = 0, reach[i - first], query_of(queries, i)
                    for j in range(count):
                        value = abs(form(rows, j, q))
                        values[j] = value
                        hits += value <= far
                    if hits > 0:
                        for j in range(count):
                            if values[j] <= far and start + j != own[i]:
                                held[i - first] = offer(values[j], start + j, best, index, i - first, held[i - first])
                        if held[i - first] == k:
                            reach[i - first] = best[i - first, 0]
            for i in range(first, last):
                sort_best(best, index, i - first, held[i - first])
                found[i] = index[i - first]

    return nearest


def brute_future(rows_of, query_of, form):
    @numba.njit(nogil=True, error_model="numpy", boundscheck=False)
    def future(axes, queries, own, counts):
        n = axes.shape[1]
        for first in range(0, queries.shape[0], TOGETHER):
            last = min(first + TOGETHER, queries.shape[0])
            for start in range(0, n, BLOCK):
                count = min(BLOCK, n - start)
                rows = rows_of(axes, start, start + count)
                for i in range(first, last):
                    hits, q = 0, query_of(queries, i)
                    for j in range(count):
                        hits += (rows[0][j] > q[0]) & (form(rows, j, q) >= 0)
                    counts[i] += hits

    return future


def threaded(kernel, axes, queries, own, out):
    """Seconds on two threads."""
    halves = np.array_split(np.arange(len(queries)), THREADS)
    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as executor:
        list(executor.map(lambda h: kernel(axes, queries[h[0] : h[-1] + 1], own[h], out[h[0] : h[-1] + 1]), halves))
    return time.perf_counter() - start


def timed(function, repeats=5):
    """Median seconds and the result; the first call, which touches the pages of its arrays, does not count."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return median(seconds), result


def compare(dim, n, sample, rng):
    points = rng.uniform(size=(n, dim))
    start = time.perf_counter()
    search = NeighbourSearch(points, Minkowski(dim - 1), workers=THREADS)
    order = search._tree.order.ravel()
    build = time.perf_counter() - start
    axes = np.ascontiguousarray(points.T)
    # the same queries for both: whole stretches of the tree's order, spread over it
    order = order[order >= 0]
    chosen = np.concatenate([order[a : a + 256] for a in np.linspace(0, n - 256, sample // 256).astype(int)])
    queries = points[chosen]

    found = np.empty((len(chosen), K), np.int64)
    nearest = brute_nearest(*FORMS[dim])
    nearest(axes, queries[:1], chosen[:1], found[:1])
    brute = median(threaded(nearest, axes, queries, chosen, found) for _ in range(3))
    search.nearest(K, queries[:600])
    if dim == 2:  # fast enough for all points
        ours, (index, _) = timed(lambda: search.nearest(K))
        ours, mine = ours * len(chosen) / n, index[chosen]
    else:
        ours, (index, _) = timed(lambda: search.nearest(K + 1, queries))
        mine = np.array([[i for i in row if i != own][:K] for row, own in zip(index, chosen, strict=True)])
    assert (mine == found).all(), "neighbours differ"
    print(
        f"{dim - 1}+1 D, N = {n}, {K} nearest by |s²|: all pairs {1e6 * brute / len(chosen):.1f} µs a query, "
        f"ours {1e6 * ours / len(chosen):.2f} µs: {brute / ours:.1f}×; built in {1e3 * build:.0f} ms"
    )
    if dim > 2:
        leaves = (search._tree.leaf_tile >= 0).sum() * len(chosen)
        print(
            f"    leaves crossed by the light cone {search.crossed / leaves:.1%}, opened {search.opened / leaves:.1%}"
        )

    counts = np.zeros(len(chosen), np.int64)
    future = brute_future(*FORMS[dim])
    future(axes, queries[:1], chosen[:1], counts[:1])
    seconds = []
    for _ in range(3):
        counts[:] = 0
        seconds.append(threaded(future, axes, queries, chosen, counts))
    brute = median(seconds) / len(chosen)
    order = CausalOrder(points, workers=THREADS)
    if dim == 2:
        ours, all_counts = timed(order.counts)
        ours, mine = ours / n, all_counts[chosen]
    else:
        order.counts(queries=queries[:600])
        ours, mine = timed(lambda: order.counts(queries=queries))
        ours /= len(chosen)
    assert (mine == counts).all(), "causal counts differ"
    print(f"    causal futures: all pairs {1e6 * brute:.1f} µs a point, ours {1e6 * ours:.3f}: {brute / ours:.0f}×")


def scaling(rng, largest):
    spaces = {
        "1+1 D": (Minkowski(1), 2),
        "3+1 D": (Minkowski(3), 4),
        "sphere S²": (Sphere(2), 3),
        "torus T³": (Torus([1.0, 1.0, 1.0]), 3),
        "hyperbolic H³": (Hyperbolic(3), 3),
    }
    sizes = [n for n in (1000, 10_000, 100_000, 1_000_000) if n <= largest]
    for name, (space, dim) in spaces.items():
        cost = []
        for n in sizes:
            points = rng.normal(size=(n, dim)) if name.startswith("sphere") else rng.uniform(0.01, 1, size=(n, dim))
            search = NeighbourSearch(points, space, workers=THREADS)
            chosen = search._together(search._points, True)
            chosen = np.concatenate([chosen[a : a + 200] for a in np.linspace(0, n - 200, 5).astype(int)])
            search.nearest(K, points[chosen[:10]])
            cost.append(timed(lambda s=search, q=points[chosen]: s.nearest(K, q))[0] / len(chosen))
        exponent = np.polyfit(np.log(sizes[1:]), np.log(cost[1:]), 1)[0]
        shown = ", ".join(f"{1e6 * c:.1f}" for c in cost)
        print(f"{name}: {shown} µs a query at N = {', '.join(map(str, sizes))}; exponent {exponent:.2f} from N = 10⁴")
    seconds = [timed(CausalOrder(rng.uniform(size=(n, 2))).counts)[0] for n in sizes]
    exponent = np.polyfit(np.log(sizes[1:]), np.log(seconds[1:]), 1)[0]
    shown = ", ".join(f"{1e3 * s:.1f}" for s in seconds)
    print(f"all causal counts in 1+1 D: {shown} ms at these N; exponent {exponent:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--largest", type=int, default=1_000_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    if options.scaling:
        scaling(rng, options.largest)
        return
    for dim in (2, 4):
        compare(dim, options.points, 4096, rng)


if __name__ == "__main__":
    main()
