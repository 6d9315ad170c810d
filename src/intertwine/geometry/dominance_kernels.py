"""Compiled counts of dominated pairs: causal futures in 1+1 dimensions, by ranks of the light-cone coordinates."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled


@compiled()
def count_dominated(first, second, order, ranks, is_point, counts):
    """counts[i]: points j with first[j] ≥ first[i] and second[j] ≥ second[i], itself included if it is a point.

    order: descending in `first`. first, second: dense ranks from 0; ranks: how many of `second`. A Fenwick tree over
    `second`: N log N in all.
    """
    tree = np.zeros(ranks + 1, np.int64)
    start = 0
    while start < order.size:
        end = start
        while end < order.size and first[order[end]] == first[order[start]]:
            if is_point[order[end]]:
                place = ranks - second[order[end]]  # reversed, so that a prefix is what is not smaller
                while place <= ranks:
                    tree[place] += 1
                    place += place & -place
            end += 1
        for i in range(start, end):
            place = ranks - second[order[i]]
            total = 0
            while place > 0:
                total += tree[place]
                place -= place & -place
            counts[order[i]] = total
        start = end
