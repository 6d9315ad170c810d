"""V_λ as the top component of V_λ' ⊗ V_ω with λ = λ' + ω, ω fundamental: exact where the Gram recursion has lost
its digits.

The component is the eigenspace of the cross Casimir Σ_α (α, α)/2 (E_α ⊗ F_α + F_α ⊗ E_α) + (μ', μ'') with the
largest eigenvalue (λ', ω), weight space by weight space, so that no error builds up with the level.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.chevalley import root_vectors
from intertwine.groups.root_system import RootSystem
from intertwine.representations.index_order_frame import canonical_frame
from intertwine.representations.lie.product_weights import ProductWeights, weight_keys
from intertwine.representations.lie.weight_module import RealArray, Weight, WeightGraph, WeightModule
from intertwine.representations.lie.weights import weyl_dimension

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TOLERANCE = 1e-10


def cartan_product_module(dynkin: Weight, graph: WeightGraph) -> WeightModule:
    """V_λ inside V_λ' ⊗ V_ω; raises AccuracyError if a count or a commutator check fails."""
    from intertwine.representations.lie.highest_weight import highest_weight_module

    system = graph.root_system
    fundamentals = [tuple(int(i == k) for i in range(system.rank)) for k in range(system.rank)]
    node = min((k for k in range(system.rank) if dynkin[k]), key=lambda k: (weyl_dimension(system, fundamentals[k]), k))
    rest = tuple(x - (i == node) for i, x in enumerate(dynkin))
    product = ProductWeights(highest_weight_module(system, rest), highest_weight_module(system, fundamentals[node]))
    cross = cross_casimir(product)
    top = float(_inner(system, rest, fundamentals[node]))
    keys = weight_keys(graph.table)
    spaces = product.find(keys).tolist()
    above = product.find((keys[:, None] + weight_keys(system.cartan)[None, :]).ravel()).reshape(len(keys), -1).tolist()
    bases: list[RealArray] = []
    blocks: list[RealArray] = []
    tolerance = TOLERANCE * max(1, int(np.abs(graph.table).max()))
    for k, space in enumerate(spaces):
        start, stop = product.starts[space], product.starts[space + 1]
        values, vectors = _eigen(cross[start:stop, start:stop].toarray())
        m = graph.counts[k]
        found = int((values > top - 1e-7 * max(1.0, abs(top))).sum())
        if found != m:
            raise AccuracyError(
                f"the top component of {rest} x {fundamentals[node]} has a wrong weight space",
                received=found,
                expected=m,
            )
        basis = vectors[:, -m:]
        matrix, bounds = product.lowering_into(space, above[k])
        lowered = [matrix[:, bounds[j] : bounds[j + 1]] @ bases[p] for j, p in graph.parents[k]]
        if not lowered:
            basis = basis * np.sign(basis[np.abs(basis[:, 0]).argmax(), 0])
            bases.append(basis)
            blocks.append(np.zeros((1, 0)))
            continue
        candidates = np.concatenate(lowered, axis=1)
        coordinates = basis.T @ candidates
        frame = canonical_frame(coordinates, m)
        outside = float(np.abs(candidates - basis @ coordinates).max())
        if outside > tolerance:
            raise AccuracyError(
                f"the top component of {rest} x {fundamentals[node]} is not invariant", received=f"{outside:.1e}"
            )
        bases.append(basis @ frame)
        blocks.append(frame.T @ coordinates)
    return WeightModule(dynkin, graph, blocks)


def _eigen(matrix: RealArray) -> tuple[RealArray, RealArray]:
    """Eigenvalues, ascending, and eigenvectors of a symmetric matrix.

    LAPACK's divide and conquer does not converge on some of these matrices; its slower QR iteration takes over.
    """
    try:
        values, vectors = np.linalg.eigh(matrix)
    except np.linalg.LinAlgError:
        from scipy.linalg import eigh

        values, vectors = eigh(matrix, driver="ev")
    return values, vectors


def _inner(system: RootSystem, a: Weight, b: Weight) -> Fraction:
    """(a, b) with each summand's shortest root of squared length 2."""
    return Fraction(int(np.array(a) @ system.scaled_metric @ np.array(b)), system.index)


def cross_casimir(product: ProductWeights) -> csr_array:
    """Σ_a X_a ⊗ X^a on V_a ⊗ V_b in the basis sorted by weight; C(V_c) = C(V_a) + C(V_b) + 2 cross."""
    from scipy.sparse import csr_array, diags_array, kron

    a, b = product.a, product.b
    system = a.graph.root_system
    metric = system.scaled_metric / system.index
    diagonal = a.graph.vector_weights @ metric @ b.graph.vector_weights.T
    total = diags_array(diagonal.ravel()).tocsr()
    roots = system.positive_roots
    half_lengths = np.sum(roots * system.symmetrizer * (roots @ system.cartan), axis=1) / 2
    for e_a, e_b, half in zip(
        root_vectors(a.raising, system), root_vectors(b.raising, system), half_lengths, strict=True
    ):
        total = total + half * (kron(e_a, e_b.T) + kron(e_a.T, e_b))
    return csr_array(total.tocsr()[product.order][:, product.order])
