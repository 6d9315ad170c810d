"""Complex Clebsch–Gordan maps V_c → V_a ⊗ V_b of a semisimple Lie algebra, weight space by weight space.

Highest-weight vectors are the common kernel of the raising operators on one weight space. Every other column
solves lowering and
raising together, (Ω_μ + w_k) T_k = 2 [Σ_j F_j T_{μ+α_j} C_jᵀ]_k; lowering alone loses every digit from spin 15 or so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.representations.index_order_frame import canonical_span
from intertwine.representations.lie.product_weights import ProductWeights, weight_keys
from intertwine.representations.lie.weight_module import RealArray, WeightModule

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TOLERANCE = 1e-10
KERNEL = 1e-9  # singular values of the raising operators, relative to the largest
REST = 1e-5


@dataclass(frozen=True)
class WeightMaps:
    """N orthonormal intertwiners V_c → V_a ⊗ V_b as blocks: for each weight of V_c the flat indices i d_b + j of
    V_a ⊗ V_b's basis vectors of that weight, and an array [their number, N, m_c(μ)]."""

    dimensions: tuple[int, int, int]
    count: int
    spans: list[slice]
    rows: list[NDArray[np.int64]]
    blocks: list[RealArray]

    def dense(self) -> RealArray:
        """[N, d_a, d_b, d_c]."""
        d_a, d_b, d_c = self.dimensions
        result = np.zeros((self.count, d_a * d_b, d_c))
        for span, rows, block in zip(self.spans, self.rows, self.blocks, strict=True):
            result[:, rows, span] = block.transpose(1, 0, 2)
        return result.reshape(self.count, d_a, d_b, d_c)

    def sparse(self) -> list[csr_array]:
        """N sparse arrays [d_a d_b, d_c]."""
        from scipy.sparse import csr_array

        d_a, d_b, d_c = self.dimensions
        shapes = [block.shape[::2] for block in self.blocks]
        row = np.concatenate([np.broadcast_to(r[:, None], s).ravel() for r, s in zip(self.rows, shapes, strict=True)])
        column = np.concatenate(
            [
                np.broadcast_to(np.arange(span.start, span.stop), s).ravel()
                for span, s in zip(self.spans, shapes, strict=True)
            ]
        )
        result = []
        for n in range(self.count):
            data = np.concatenate([block[:, n].ravel() for block in self.blocks])
            keep = np.abs(data) > 1e-15
            result.append(csr_array((data[keep], (row[keep], column[keep])), shape=(d_a * d_b, d_c)))
        return result


def weight_clebsch_gordan(product: ProductWeights, c: WeightModule, count: int) -> WeightMaps:
    """The `count` maps V_c → V_a ⊗ V_b, orthonormal, the symmetric ones before the antisymmetric ones where V_a = V_b.

    Raises AccuracyError unless T F_j = (F_j ⊗ 1 + 1 ⊗ F_j) T, E_j T = T E_j and TᵀT = 1 hold to 1e-10.
    """
    graph = c.graph
    rank = graph.root_system.rank
    roots = weight_keys(graph.root_system.cartan)
    keys = weight_keys(graph.table)
    spaces = product.find(keys)
    above = product.find((keys[:, None] + roots[None, :]).ravel()).reshape(len(keys), rank)
    if (spaces < 0).any():
        raise AccuracyError(
            "a weight of the target does not occur in the product", received=c.dynkin, expected="multiplicity 0"
        )
    blocks: list[RealArray] = []
    worst = 0.0
    for k, (space, parents) in enumerate(zip(spaces.tolist(), above.tolist(), strict=True)):
        matrix, bounds = product.lowering_into(space, parents)
        if k == 0:
            top = _highest_weight_vectors(matrix, count, product, space)
            blocks.append(top[:, :, None])
            worst = max(
                worst, float(np.abs(matrix.T @ top).max(initial=0.0)) / max(1.0, float(np.abs(matrix).max(initial=0.0)))
            )
            continue
        m = graph.counts[k]
        raised = np.zeros((matrix.shape[1], count, m))  # T C_jᵀ, to be met by E_j T
        for j, p, where in graph.parent_slices(k):
            raised[bounds[j] : bounds[j + 1]] = blocks[p] @ c.blocks[k][:, where].T
        lowered = (matrix @ raised.reshape(matrix.shape[1], -1)).reshape(-1, count, m)
        block = _solve(matrix @ matrix.T, c.blocks[k], lowered)
        blocks.append(block)
        scale = max(1.0, float(np.abs(matrix).max()))
        flat = block.reshape(block.shape[0], -1)
        error = np.abs(matrix.T @ flat - raised.reshape(raised.shape[0], -1)).max()
        for j, p, where in graph.parent_slices(k):
            error = max(
                error,
                np.abs(
                    (matrix[:, bounds[j] : bounds[j + 1]] @ blocks[p].reshape(blocks[p].shape[0], -1)).reshape(
                        block.shape[0], count, -1
                    )
                    - block @ c.blocks[k][:, where]
                ).max(),
            )
        worst = max(worst, float(error) / scale, float(np.abs(flat.T @ flat - np.eye(flat.shape[1])).max()))
        if worst > TOLERANCE:
            break
    if not worst <= TOLERANCE:
        raise AccuracyError(
            f"Clebsch–Gordan maps {product.a.dynkin} x {product.b.dynkin} -> {c.dynkin} are not accurate enough",
            received=f"{worst:.1e}",
            expected=f"{TOLERANCE:.0e}",
        )
    return WeightMaps(
        (product.a.dimension, product.b.dimension, c.dimension),
        count,
        [graph.span(k) for k in range(len(graph.weights))],
        [product.indices(space) for space in spaces.tolist()],
        blocks,
    )


def _solve(omega: RealArray, lowering: RealArray, lowered: RealArray) -> RealArray:
    """T [n, N, m] from (Ω + C Cᵀ acting on m) T = 2 lowered, in the eigenbasis of C Cᵀ."""
    n, _, m = lowered.shape
    if m == 1:
        shifted = omega.copy()
        shifted.flat[:: n + 1] += float(lowering[0] @ lowering[0])
        one = np.linalg.solve(shifted, 2 * lowered[:, :, 0])
        return one[:, :, None].astype(np.float64, copy=False)
    w, u = np.linalg.eigh(lowering @ lowering.T)
    values, vectors = np.linalg.eigh(omega)
    rotated = np.tensordot(vectors.T, lowered @ u, axes=1) * (2 / (values[:, None, None] + w))
    block: RealArray = np.tensordot(vectors, rotated, axes=1) @ u.T
    return block


def _highest_weight_vectors(matrix: RealArray, count: int, product: ProductWeights, space: int) -> RealArray:
    """[n, count] the canonical basis of {x : E_j x = 0 for all j} in one weight space; matrix is [F_1, F_2, …]
    into it."""
    n = matrix.shape[0]
    # complete, square: of shape [n, n] whatever the number of raising equations
    vectors, values, _ = np.linalg.svd(matrix, full_matrices=True)
    values = np.concatenate([values, np.zeros(n - len(values))])
    largest = values[0] if n > 1 and values[0] > 0 else 1.0
    kept, rest = values[n - count :], values[: n - count]
    if kept.max(initial=0.0) > KERNEL * largest or rest.min(initial=np.inf) < REST * largest:
        raise AccuracyError(
            "the highest-weight vectors are not as many as the multiplicity",
            received=f"singular values {values[-count - 1 :].tolist()}",
            expected=f"{count} zeros",
        )
    kernel = vectors[:, n - count :]
    if product.a is not product.b:
        return canonical_span(kernel)
    i, j = np.divmod(product.indices(space), product.b.dimension)
    swap = np.lexsort((i, j))  # the position of (j, i) for every (i, j), as the pairs are sorted
    symmetric, antisymmetric = kernel + kernel[swap], kernel - kernel[swap]
    parts = []
    for part in (symmetric, antisymmetric):
        u, s, _ = np.linalg.svd(part, full_matrices=False)
        parts.append(canonical_span(u[:, s > 1.0]) if (s > 1.0).any() else u[:, :0])
    return np.concatenate(parts, axis=1)
