"""Cartan matrices of the simple Lie algebras (Bourbaki's numbering) and the identification of any given one.

Row i of a Cartan matrix is the simple root α_i in Dynkin labels: A_ij = 2 (α_i, α_j) / (α_j, α_j). Source: Bourbaki,
Lie groups and Lie algebras, ch. VI, plates I–IX (which transpose the matrix).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import GroupError

IntArray = NDArray[np.int64]

_TYPES = "A1, A2, …, B1, B2, …, C1, C2, …, D2, D3, …, E6, E7, E8, F4, G2"


class Component(NamedTuple):
    """A simple summand: its Killing–Cartan letter, rank, and its nodes in Bourbaki's order."""

    letter: str
    rank: int
    nodes: tuple[int, ...]


def cartan_matrix(letter: str, rank: int) -> IntArray:
    """Cartan matrix [rank, rank] of one type; B1 and C1 equal A1, D2 is A1×A1, D3 is A3 with its middle node first.

    Raises GroupError for a type that does not exist (D1, which is the torus U(1), included).
    """
    exists = {
        "A": rank >= 1,
        "B": rank >= 1,
        "C": rank >= 1,
        "D": rank >= 2,
        "E": 6 <= rank <= 8,
        "F": rank == 4,
        "G": rank == 2,
    }.get(letter, False)
    if not exists:
        fix = (
            "D1 is the torus U(1): give it as a torus rank" if (letter, rank) == ("D", 1) else "choose an existing type"
        )
        raise GroupError("no simple Lie algebra of this type", received=f"{letter}{rank}", expected=_TYPES, fix=fix)
    matrix = 2 * np.eye(rank, dtype=np.int64)
    for i, j in _edges(letter, rank):
        matrix[i, j] = matrix[j, i] = -1
    if rank > 1 and letter == "B":
        matrix[rank - 2, rank - 1] = -2
    if rank > 1 and letter == "C":
        matrix[rank - 1, rank - 2] = -2
    if letter == "F":
        matrix[1, 2] = -2
    if letter == "G":
        matrix[1, 0] = -3
    return matrix


def _edges(letter: str, rank: int) -> list[tuple[int, int]]:
    if letter == "D":
        return [(i, i + 1) for i in range(rank - 2)] + ([(rank - 3, rank - 1)] if rank > 2 else [])
    if letter == "E":
        return [(0, 2), (1, 3)] + [(i, i + 1) for i in range(2, rank - 1)]
    return [(i, i + 1) for i in range(rank - 1)]


def identify(matrix: ArrayLike) -> tuple[Component, ...]:
    """The simple summands of a Cartan matrix, in order of their first node.

    Raises GroupError unless the matrix is the Cartan matrix of a finite-dimensional semisimple Lie algebra.
    """
    given = np.asarray(matrix)
    if given.size == 0:
        return ()
    if given.ndim != 2 or given.shape[0] != given.shape[1] or not np.array_equal(given, np.rint(given)):
        raise GroupError(
            "a Cartan matrix is a square matrix of integers", received=given.tolist(), fix=f"use one of {_TYPES}"
        )
    cartan = given.astype(np.int64)
    remaining, components = list(range(len(cartan))), []
    while remaining:
        nodes = [remaining[0]]
        for node in nodes:
            nodes += [j for j in remaining if j not in nodes and (cartan[node, j] or cartan[j, node])]
        remaining = [i for i in remaining if i not in nodes]
        components.append(_identify_connected(cartan, sorted(nodes)))
    return tuple(components)


def _identify_connected(cartan: IntArray, nodes: list[int]) -> Component:
    rank = len(nodes)
    block = cartan[np.ix_(nodes, nodes)]
    for letter in "ABCDEFG":
        if (letter, rank) in {("B", 1), ("C", 1), ("D", 2), ("D", 3), ("D", 1)}:
            continue
        try:
            standard = cartan_matrix(letter, rank)
        except GroupError:
            continue
        order = _match(block, standard)
        if order is not None:
            if letter == "B" and rank == 2 and order == [1, 0]:  # the same algebra, named so that the order is kept
                letter, order = "C", [0, 1]
            return Component(letter, rank, tuple(nodes[i] for i in order))
    raise GroupError(
        "not the Cartan matrix of a finite-dimensional semisimple Lie algebra",
        received=block.tolist(),
        expected=f"a sum of {_TYPES}",
        fix="diagonal 2, else 0, -1, -2 or -3, zeros in pairs, no loops; row i is simple root i in Dynkin labels",
    )


def _match(block: IntArray, standard: IntArray) -> list[int] | None:
    """An ordering with block[order][:, order] == standard, the first in lexical order, or None (backtracking)."""
    rank = len(standard)
    # Rows with the same multiset of entries are the only candidates; a tree of small degree leaves few.
    signature = [sorted(row) for row in block.tolist()], [sorted(row) for row in standard.tolist()]
    if sorted(signature[0]) != sorted(signature[1]):
        return None

    def extend(order: list[int]) -> list[int] | None:
        k = len(order)
        if k == rank:
            return order
        for node in range(rank):
            if node in order or signature[0][node] != signature[1][k]:
                continue
            fits = all(
                block[node, o] == standard[k, i] and block[o, node] == standard[i, k] for i, o in enumerate(order)
            )
            found = extend([*order, node]) if fits else None
            if found is not None:
                return found
        return None

    return extend([])


def opposition(component: Component) -> dict[int, int]:
    """The permutation i ↦ i* of a simple summand's nodes with −w0 α_i = α_i* (w0 the longest Weyl group element)."""
    letter, rank, nodes = component
    order = list(range(rank))
    if letter == "A":
        order.reverse()
    elif letter == "D" and rank % 2 == 1:
        order[-2:] = [rank - 1, rank - 2]
    elif letter == "E" and rank == 6:
        order = [5, 1, 4, 3, 2, 0]
    return {nodes[i]: nodes[j] for i, j in enumerate(order)}
