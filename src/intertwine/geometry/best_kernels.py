"""Compiled ways to keep the k best candidates, by value and then by index: a heap, and places found by counting."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled

FEW = 32  # candidates that are put in order by counting; more by a heap


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
    """A row into ascending order by magnitude, then by index, in place."""
    for i in range(1, held):
        value, index = values[row, i], indices[row, i]
        j = i - 1
        while j >= 0 and is_before(abs(value), index, abs(values[row, j]), indices[row, j]):
            values[row, j + 1], indices[row, j + 1] = values[row, j], indices[row, j]
            j -= 1
        values[row, j + 1], indices[row, j + 1] = value, index


@compiled()
def keep_best(values, indices, row, held, heap_values, heap_indices):
    """Leave only the k best by magnitude, then by index, of a row's held > k, with k the heap's size; the last of them.

    Returns its magnitude and index. The order of those that stay is kept.
    """
    size = 0
    for i in range(held):
        size = offer(abs(values[row, i]), indices[row, i], heap_values, heap_indices, 0, size)
    last, last_index = heap_values[0, 0], heap_indices[0, 0]
    kept = 0
    for i in range(held):
        value, index = values[row, i], indices[row, i]
        if not is_before(last, last_index, abs(value), index):
            values[row, kept], indices[row, kept] = value, index
            kept += 1
    return last, last_index


@compiled(inline="always")
def write_best(values, indices, row, held, heap, ranked, found, found_values, to):
    """The k best by magnitude of a row's candidates into row `to` of the results, −1 and inf where there are fewer.

    Up to FEW of them find their places by counting how many are before each, which needs no branches. values, indices:
    at least FEW long. heap: arrays [1, k]; ranked: three arrays [FEW]. Returns the last magnitude.
    """
    k = found.shape[1]
    before, ranked_values, ranked_indices = ranked
    wanted, total, last = min(held, k), -1, 0.0
    if held <= FEW:
        for i in range(held, FEW):
            values[row, i] = np.inf
        before[:] = 0
        for i in range(held):
            value = abs(values[row, i])
            for j in range(FEW):
                before[j] += value < abs(values[row, j])
        total = 0
        for i in range(held):
            rank = before[i]
            ranked_values[rank], ranked_indices[rank] = values[row, i], indices[row, i]
            total += rank
    if 2 * total == held * (held - 1):
        for i in range(wanted):
            found[to, i], found_values[to, i] = ranked_indices[i], ranked_values[i]
    else:  # many of them, or equal ones, which were given the same place
        if held > k:
            keep_best(values, indices, row, held, heap[0], heap[1])
        sort_best(values, indices, row, wanted)
        for i in range(wanted):
            found[to, i], found_values[to, i] = indices[row, i], values[row, i]
    for i in range(wanted, k):
        found[to, i], found_values[to, i] = -1, np.inf
    if wanted > 0:
        last = abs(found_values[to, wanted - 1])
    return last
