"""Multigraphs up to isomorphism, by number of edges: the names of the energy flow polynomials."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations_with_replacement, permutations, product

Multigraph = tuple[tuple[int, int], ...]  # edges, ascending; an edge as often as it counts


@cache
def connected_multigraphs(edges: int) -> tuple[Multigraph, ...]:
    """All connected multigraphs without loops and isolated vertices of so many edges: 1, 2, 5, 12, 33, 103 for 1 to 6.

    Taking away one edge that closes a circle, or a leaf, leaves a smaller connected one, so that adding an edge in
    every way to the smaller ones finds all (OEIS A076864).
    """
    if edges < 1:
        return ()
    if edges == 1:
        return (((0, 1),),)
    found = set()
    for smaller in connected_multigraphs(edges - 1):
        n = 1 + max(max(edge) for edge in smaller)
        for b in range(1, n + 1):
            for a in range(b):
                found.add(canonical((*smaller, (a, b))))
    return tuple(sorted(found))


def multigraphs(degree: int) -> tuple[tuple[Multigraph, ...], ...]:
    """All multigraphs of 1 to `degree` edges, each by its connected parts: 1, 3, 8, 23, 66 of 1 to 5 edges."""
    prime = [graph for edges in range(1, degree + 1) for graph in connected_multigraphs(edges)]
    found = []
    for parts in range(1, degree + 1):
        for chosen in combinations_with_replacement(prime, parts):
            if sum(len(graph) for graph in chosen) <= degree:
                found.append(chosen)
    return tuple(sorted(found, key=lambda graphs: (sum(len(graph) for graph in graphs), len(graphs), graphs)))


def canonical(edges: Multigraph) -> Multigraph:
    """The least of a multigraph's names, over orders of its vertices that respect an invariant colour of each."""
    n = 1 + max(max(edge) for edge in edges)
    count = Counter((min(edge), max(edge)) for edge in edges)
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for (a, b), times in count.items():
        neighbours[a].append((b, times))
        neighbours[b].append((a, times))
    colours = [0] * n
    for _ in range(n):
        seen = [(colours[v], tuple(sorted((colours[w], times) for w, times in neighbours[v]))) for v in range(n)]
        order = {name: index for index, name in enumerate(sorted(set(seen)))}
        colours = [order[name] for name in seen]
    classes = [[v for v in range(n) if colours[v] == colour] for colour in sorted(set(colours))]
    best: Multigraph | None = None
    for orders in product(*(permutations(members) for members in classes)):
        place = {v: index for index, v in enumerate(v for members in orders for v in members)}
        name = tuple(sorted((min(place[a], place[b]), max(place[a], place[b])) for a, b in edges))
        best = name if best is None or name < best else best
    return best or ()
