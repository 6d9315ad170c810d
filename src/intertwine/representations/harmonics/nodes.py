"""How an equivariant polynomial is computed: a directed graph of couplings with the vector, and its evaluation on
arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.representations.irrep import Irrep

RealArray = NDArray[np.float64]
_DENSE_ENTRIES = 50_000  # larger coupling matrices are applied as sparse ones


@dataclass(frozen=True, eq=False)
class Couple:
    """Σ_ij C_ijk x_i p_j with x_i the vector's components in `variables`."""

    variables: slice
    parent: Node
    table: RealArray


@dataclass(frozen=True, eq=False)
class Scale:
    """factor · q(x) · K p(x), q an invariant (None for 1) and K a matrix of the commutant (None for 1)."""

    parent: Node
    factor: float
    invariant: Node | None = None
    commutant: RealArray | None = None


@dataclass(frozen=True, eq=False)
class Node:
    """One equivariant polynomial: its irrep, degree, coefficients in Fischer's monomials, and how to compute it.

    `is_image` marks what is only the image of another one under a unit of the commutant.
    """

    irrep: Irrep
    degree: int
    polynomial: RealArray
    couples: tuple[Couple, ...] = ()
    scales: tuple[Scale, ...] = ()
    is_image: bool = False


@dataclass
class Plan:
    """Evaluates chosen nodes; those that only lead to them are computed on the way.

    Nodes that couple the same components of the vector with the same parent share one matrix product.
    """

    outputs: Sequence[Node]
    _order: list[Node] = field(init=False)
    _products: dict[int, list[tuple[slice, Any, list[tuple[Node, slice]]]]] = field(init=False)

    def __post_init__(self) -> None:
        self._order = _topological(self.outputs)
        self._products = _products(self._order)

    def __call__(self, x: RealArray) -> list[RealArray]:
        """The values [N, d] of each output at the points x [N, n]."""
        values: dict[int, RealArray] = {}
        for node in self._order:
            if not node.couples and not node.scales:
                value = np.broadcast_to(node.polynomial, (len(x), node.irrep.real_dim)).copy()
            else:
                value = values.get(id(node), np.zeros((0, 0)))
                for scale in node.scales:
                    term = values[id(scale.parent)] * scale.factor
                    if scale.invariant is not None:
                        term = term * values[id(scale.invariant)]
                    if scale.commutant is not None:
                        term = term @ scale.commutant.T
                    value = term if value.size == 0 and not node.couples else value + term
            values[id(node)] = value
            for variables, matrix, children in self._products[id(node)]:
                pairs = (x[:, variables, None] * value[:, None, :]).reshape(len(x), -1)
                product = pairs @ matrix if isinstance(matrix, np.ndarray) else (matrix @ pairs.T).T
                for child, columns in children:
                    known = values.get(id(child))
                    values[id(child)] = product[:, columns] if known is None else known + product[:, columns]
        return [values[id(node)] for node in self.outputs]


def _topological(outputs: Sequence[Node]) -> list[Node]:
    order: list[Node] = []
    seen: set[int] = set()
    stack = [(node, False) for node in reversed(outputs)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        stack.append((node, True))
        needed = [couple.parent for couple in node.couples]
        for scale in node.scales:
            needed += [scale.parent] if scale.invariant is None else [scale.parent, scale.invariant]
        stack += [(one, False) for one in reversed(needed) if id(one) not in seen]
    return order


def _products(order: Sequence[Node]) -> dict[int, list[tuple[slice, Any, list[tuple[Node, slice]]]]]:
    """For each node the matrices that couple it onwards: (components of x, [n_i d, Σ d_child], columns of each
    child)."""
    grouped: dict[int, dict[tuple[int, int], list[tuple[Node, RealArray]]]] = {id(node): {} for node in order}
    for node in order:
        for couple in node.couples:
            key = (couple.variables.start, couple.variables.stop)
            grouped[id(couple.parent)].setdefault(key, []).append((node, couple.table))
    found: dict[int, list[tuple[slice, Any, list[tuple[Node, slice]]]]] = {}
    for parent, by_variables in grouped.items():
        found[parent] = []
        for (start, stop), children in by_variables.items():
            flat = [table.reshape(-1, table.shape[2]) for _, table in children]
            ends = np.cumsum([0, *(part.shape[1] for part in flat)])
            columns = [(child, slice(int(ends[i]), int(ends[i + 1]))) for i, (child, _) in enumerate(children)]
            found[parent].append((slice(start, stop), _matrix(np.concatenate(flat, axis=1)), columns))
    return found


def _matrix(dense: RealArray) -> Any:
    if dense.size <= _DENSE_ENTRIES or np.count_nonzero(dense) > 0.1 * dense.size:
        return dense
    from scipy.sparse import csr_array

    return csr_array(dense.T)
