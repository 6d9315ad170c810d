"""Compiled k-nearest search by |form|: branch and bound over boxes, exact, ties to the smaller index."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.geometry.box_tree import FAN, WIDTH
from intertwine.geometry.form_kernels import bounds_at, hits_in, value_at

OPENED, CROSSED = 0, 1  # positions in `counts`
GROUP = 8  # queries that go through the tree together


def group_members():
    """int64 [256, 9]: which of eight queries are in the set of each mask, and how many."""
    table = np.zeros((1 << GROUP, GROUP + 1), dtype=np.int64)
    for mask in range(1 << GROUP):
        inside = [i for i in range(GROUP) if mask >> i & 1]
        table[mask, : len(inside)], table[mask, GROUP] = inside, len(inside)
    return table


@compiled(inline="always")
def is_before(value, index, other_value, other_index):
    """Order of candidates: by value, then by index."""
    return value < other_value or (value == other_value and index < other_index)


@compiled()
def offer(value, index, best_values, best_indices, row, held):
    """Put a candidate into row `row` of the max-heaps of the k best; the number held afterwards."""
    k = best_values.shape[1]
    if held < k:
        place = held
        held += 1
        while place > 0:
            parent = (place - 1) // 2
            if not is_before(best_values[row, parent], best_indices[row, parent], value, index):
                break
            best_values[row, place], best_indices[row, place] = best_values[row, parent], best_indices[row, parent]
            place = parent
    else:
        if not is_before(value, index, best_values[row, 0], best_indices[row, 0]):
            return held
        place = 0
        while True:
            child = 2 * place + 1
            if child >= k:
                break
            if child + 1 < k and is_before(
                best_values[row, child], best_indices[row, child],
                best_values[row, child + 1], best_indices[row, child + 1],
            ):  # fmt: skip
                child += 1
            if not is_before(value, index, best_values[row, child], best_indices[row, child]):
                break
            best_values[row, place], best_indices[row, place] = best_values[row, child], best_indices[row, child]
            place = child
    best_values[row, place], best_indices[row, place] = value, index
    return held


@compiled()
def sort_best(values, indices, row, held):
    """A row into ascending order, in place."""
    for i in range(1, held):
        value, index = values[row, i], indices[row, i]
        j = i - 1
        while j >= 0 and is_before(value, index, values[row, j], indices[row, j]):
            values[row, j + 1], indices[row, j + 1] = values[row, j], indices[row, j]
            j -= 1
        values[row, j + 1], indices[row, j + 1] = value, index


@compiled()
def _push(bounds, nodes, row, size, bound, node):
    """Into a row of the min-heaps of nodes that wait, by lower bound; the new size."""
    place = size
    while place > 0:
        parent = (place - 1) // 2
        if bounds[row, parent] <= bound:
            break
        bounds[row, place], nodes[row, place] = bounds[row, parent], nodes[row, parent]
        place = parent
    bounds[row, place], nodes[row, place] = bound, node
    return size + 1


@compiled()
def _pop(bounds, nodes, row, size):
    """Remove the first of a row of the min-heaps; the new size."""
    size -= 1
    bound, node = bounds[row, size], nodes[row, size]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and bounds[row, child + 1] < bounds[row, child]:
            child += 1
        if bounds[row, child] >= bound:
            break
        bounds[row, place], nodes[row, place] = bounds[row, child], nodes[row, child]
        place = child
    bounds[row, place], nodes[row, place] = bound, node
    return size


@compiled()
def nearest(
    tree, plus, minus, periods, points, queries, query_weights, rows, are_points, members, found, found_values, counts
):
    """For each query in `rows` the k points with the smallest |form|, into these rows of `found` [queries, k].

    found_values: the form with its sign. plus, minus, periods: see form_kernels. points: the points [1, dim, n] and
    their weights [1, n] in the order of their indices. are_points: whether query i is point i, which is then no
    neighbour of its own. members: `group_members()`. counts: leaves opened, leaves that the null cone crosses.

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
    best_values, best_indices = np.empty((GROUP, k)), np.empty((GROUP, k), np.int64)
    first, guess = 0, np.inf
    while first < rows.size:
        size = min(GROUP, rows.size - first)
        opened, crossed = 0, 0
        waiting[:], held[:], reach[:] = 0, 0, guess
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
                    mask = _without_done(mask, reach, held, best_indices, stack[height, 2])
            else:
                while turn < size and (waiting[turn] == 0 or queue_bounds[turn, 0] > reach[turn]):
                    turn += 1
                if turn == size:
                    break
                node, mask = queue_nodes[turn, 0], 1 << turn
                waiting[turn] = _pop(queue_bounds, queue_nodes, turn, waiting[turn])
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
                                waiting[i] = _push(queue_bounds, queue_nodes, i, waiting[i], bound, child + j)
                for j in range(FAN):
                    stack[height, 0], stack[height, 1], stack[height, 2] = child + j, masks[j], least[node, j]
                    height += masks[j] != 0
            else:
                tile = leaf_tile[node - inner]
                opened += members[mask, GROUP]
                for member in range(members[mask, GROUP]):
                    i = members[mask, member]
                    row, far = rows[first + i], reach[i]
                    hits = hits_in(queries, query_weights, row, plus, minus, periods, tiles, weights, tile, -far, far)
                    hits &= valid[tile]
                    if hits != 0:
                        own = row if are_points else -1
                        for j in range(WIDTH):
                            if (hits >> j) & 1 and order[tile, j] != own:
                                value = value_at(
                                    queries, query_weights, row, plus, minus, periods, tiles, weights, tile, j
                                )
                                held[i] = offer(abs(value), order[tile, j], best_values, best_indices, i, held[i])
                        if held[i] == k:
                            reach[i] = best_values[i, 0]
        counts[OPENED] += opened
        counts[CROSSED] += crossed
        if guess < np.inf and held[:size].min() < k:
            guess = np.inf
            continue
        for i in range(size):
            sort_best(best_values, best_indices, i, held[i])
            row = rows[first + i]
            for j in range(held[i]):
                index = best_indices[i, j]
                found[row, j] = index
                found_values[row, j] = value_at(
                    queries, query_weights, row, plus, minus, periods, points[0], points[1], 0, index
                )
            found[row, held[i] :], found_values[row, held[i] :] = -1, np.inf
        first += size
        guess = 2.0 * reach[:size].max()


@compiled()
def _without_done(mask, reach, held, best_indices, smallest):
    """Leave out who knows k lightlike points already where all that is left has greater indices."""
    for i in range(GROUP):
        if reach[i] == 0.0 and held[i] == best_indices.shape[1] and smallest > best_indices[i, 0]:
            mask &= ~(1 << i)
    return mask
