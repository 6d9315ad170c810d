"""Compiled k-nearest search by |form|: branch and bound over boxes, exact, ties to the smaller index."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.best_kernels import FEW, keep_best, write_best
from intertwine.geometry.box_tree import FAN, WIDTH
from intertwine.geometry.form_kernels import bit_count, bounds_at, hits_in, value_at
from intertwine.geometry.queue_kernels import pop, push
from intertwine.geometry.screen_kernels import may_hold, prepare

OPENED, CROSSED = 0, 1  # positions in `counts`
NEVER = 2**62  # an index that no point has
GROUP = 8  # queries that go through the tree together


def group_members():
    """int64 [256, 9]: which of eight queries are in the set of each mask, and how many."""
    table = np.zeros((1 << GROUP, GROUP + 1), dtype=np.int64)
    for mask in range(1 << GROUP):
        inside = [i for i in range(GROUP) if mask >> i & 1]
        table[mask, : len(inside)], table[mask, GROUP] = inside, len(inside)
    return table


@compiled()
def nearest(
    tree, screen, plus, minus, periods, queries, query_weights, rows, are_points, members, found, found_values, counts
):  # fmt: skip
    """For each query in `rows` the k points with the smallest |form|, into these rows of `found` [queries, k].

    found_values: the form with its sign. screen: `Screen.arrays`, or None. plus, minus, periods: see form_kernels.
    are_points: whether query i is point i, which is then no neighbour of its own. members: `group_members()`. counts:
    leaves opened, leaves that the null cone crosses.

    Nodes that the null cone of a query crosses (bound 0) have to be opened in any case; eight queries, best near
    each other, go through them together, each node with the set of those that cross it. The other nodes wait in
    a queue by their lower bound, one queue a query, until it is certain which of them matter. A group starts with
    the reach of the one before, doubled, and starts again without bounds where that was too near.
    """
    tiles, weights, order, first_child, leaf_tile, low, high, weight_range, least, present, valid = tree
    inner, k, nodes = low.shape[0], found.shape[1], low.shape[0] + leaf_tile.size
    masks, stack = np.empty(FAN, np.int64), np.empty((FAN * 32, 3), np.int64)
    waiting, held, reach = np.empty(GROUP, np.int64), np.empty(GROUP, np.int64), np.empty(GROUP)
    queue_bounds, queue_nodes = np.empty((GROUP, nodes)), np.empty((GROUP, nodes), np.int64)
    limit = max(FEW, 3 * k)  # candidates held until only the best are kept
    values, indices = np.empty((GROUP, limit + WIDTH + 1)), np.empty((GROUP, limit + WIDTH + 1), np.int64)
    heap = np.empty((1, k)), np.empty((1, k), np.int64)
    ranked = np.empty(FEW, np.int64), np.empty(FEW), np.empty(FEW, np.int64)
    last = np.empty(GROUP, np.int64)
    factors = np.empty((GROUP, queries.shape[1]), np.float32)
    query_square, slack = np.empty(GROUP), np.full(GROUP, np.inf)
    first, guess = 0, np.inf
    while first < rows.size:
        size = min(GROUP, rows.size - first)
        opened, crossed = 0, 0
        waiting[:], held[:], reach[:], last[:] = 0, 0, guess, NEVER
        if screen is not None:
            for i in range(size):
                query_square[i], slack[i] = prepare(screen, plus, queries, rows[first + i], factors, i)
        stack[0, 0], stack[0, 1], stack[0, 2] = 0, (1 << size) - 1, 0
        height, turn = 1, 0
        while True:
            # first all nodes on the stack, then each query's queue in turn
            if height > 0:
                height -= 1
                node, mask = stack[height, 0], stack[height, 1]
                if node >= inner:
                    crossed += members[mask, GROUP]
                if reach.min() == 0.0:
                    mask = _without_done(mask, reach, last, stack[height, 2])
            else:
                while turn < size and (waiting[turn] == 0 or queue_bounds[turn, 0] > reach[turn]):
                    turn += 1
                if turn == size:
                    break
                node, mask = queue_nodes[turn, 0], 1 << turn
                waiting[turn] = pop(queue_bounds, queue_nodes, turn, waiting[turn])
            if node < inner:
                child = first_child[node]
                for j in range(FAN):
                    masks[j] = 0
                for member in range(members[mask, GROUP]):
                    i = members[mask, member]
                    row, far = rows[first + i], reach[i]
                    crossing, near = 0, 0
                    for j in range(FAN):
                        lower, upper = bounds_at(
                            queries, query_weights, row, plus, minus, periods, low, high, weight_range, node, j
                        )
                        crossing |= ((lower <= 0.0) & (upper >= 0.0)) << j
                        near |= ((lower <= far) & (upper >= -far)) << j
                    crossing &= present[node]
                    near &= present[node] & ~crossing
                    for j in range(FAN):
                        masks[j] |= ((crossing >> j) & 1) << i
                    if near != 0:
                        for j in range(FAN):
                            if (near >> j) & 1:
                                lower, upper = bounds_at(
                                    queries, query_weights, row, plus, minus, periods, low, high, weight_range, node, j
                                )
                                bound = lower if lower > 0.0 else -upper
                                waiting[i] = push(queue_bounds, queue_nodes, i, waiting[i], bound, child + j)
                for j in range(FAN):
                    stack[height, 0], stack[height, 1], stack[height, 2] = child + j, masks[j], least[node, j]
                    height += masks[j] != 0
            else:
                tile = leaf_tile[node - inner]
                opened += members[mask, GROUP]
                for member in range(members[mask, GROUP]):
                    i = members[mask, member]
                    row, far = rows[first + i], reach[i]
                    if screen is not None and slack[i] < np.inf:
                        near_enough = far * screen[3] * screen[3]
                        if not may_hold(
                            screen[0], tile, plus, minus, factors, i, query_square[i], slack[i], near_enough
                        ):
                            continue
                    hits = hits_in(queries, query_weights, row, plus, minus, periods, tiles, weights, tile, -far, far)
                    hits &= valid[tile]
                    own, some = row if are_points else -1, held[i]
                    while hits != 0:
                        j = bit_count((hits & -hits) - 1)
                        hits &= hits - 1
                        values[i, some], indices[i, some] = (
                            value_at(queries, query_weights, row, plus, minus, periods, tiles, weights, tile, j),
                            order[tile, j],
                        )
                        some += order[tile, j] != own
                    held[i] = some
                    if some > limit:
                        reach[i], last[i] = keep_best(values, indices, i, some, *heap)
                        held[i] = k
        counts[OPENED] += opened
        counts[CROSSED] += crossed
        if guess < np.inf and held[:size].min() < k:
            guess = np.inf
            continue
        for i in range(size):
            reach[i] = write_best(values, indices, i, held[i], heap, ranked, found, found_values, rows[first + i])
        first += size
        guess = 2.0 * reach[:size].max() if held[:size].min() >= k else np.inf


@compiled()
def _without_done(mask, reach, last, smallest):
    """Leave out who knows k lightlike points already where all that is left has greater indices."""
    for i in range(GROUP):
        if reach[i] == 0.0 and smallest > last[i]:
            mask &= ~(1 << i)
    return mask
