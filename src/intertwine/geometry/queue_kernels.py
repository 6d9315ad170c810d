"""Compiled queues of tree nodes that wait for their turn, by lower bound: min-heaps, one a row."""
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from intertwine.compilation import compiled


@compiled()
def push(bounds, nodes, row, size, bound, node):
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
def pop(bounds, nodes, row, size):
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
