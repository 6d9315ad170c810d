"""Irreps straight from the highest weight: V_λ level by level, by the Gram matrices of F_j w.

With ⟨F_i v, F_j w⟩ = ⟨v, F_j E_i w⟩ + δ_ij (μ+α_j)_i ⟨v, w⟩ the Gram matrix of the candidates F_j w at weight μ
follows from
blocks one level up (Shapovalov's contravariant form, restricted to the irreducible quotient). No symbols, tables
or random numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.root_system import RootSystem
from intertwine.representations.index_order_frame import canonical_frame
from intertwine.representations.lie import weights as exact
from intertwine.representations.lie.weight_module import RealArray, Weight, WeightGraph, WeightModule

SMALLEST_KEPT = 1e-4  # relative to the largest Gram eigenvalue; an absolute cut-off builds wrong irreps silently
LARGEST_DROPPED = 1e-10
COMMUTATOR = 1e-12  # [E_i, F_j] = δ_ij H_i, relative to the largest |H_i|


@lru_cache(maxsize=512)
def highest_weight_module(root_system: RootSystem, dynkin: Weight) -> WeightModule:
    """V_λ with highest weight `dynkin`, in its canonical orthonormal weight basis (A2: with de Swart's signs).

    The commutators [E_i, F_j] = δ_ij H_i hold to 1e-10 relative to |H|. Where the recursion loses that accuracy
    (it decays with height), V_λ is rebuilt inside a product of two smaller irreps. Raises AccuracyError if both fail.
    """
    module = _build(root_system, dynkin)
    if root_system.type_name != "A2":
        return module
    from intertwine.representations.lie.de_swart import de_swart_module

    return de_swart_module(module)


def _build(root_system: RootSystem, dynkin: Weight) -> WeightModule:
    graph = WeightGraph(root_system, exact.multiplicities(root_system, dynkin))
    try:
        return gram_recursion(dynkin, graph)
    except AccuracyError:
        if sum(dynkin) < 2:
            raise
        # imported here: it builds its two factors with this module's function
        from intertwine.representations.lie.cartan_product import cartan_product_module

        return cartan_product_module(dynkin, graph)


def gram_recursion(dynkin: Weight, graph: WeightGraph) -> WeightModule:
    """V_λ by the recursion alone; raises AccuracyError when a rank or a commutator check fails."""
    blocks: list[RealArray] = [np.zeros((1, 0))]
    tolerance = COMMUTATOR * max(1, int(np.abs(graph.table).max(initial=0)))
    slots: list[dict[int, slice]] = [
        {j: where for j, _, where in graph.parent_slices(k)} for k in range(len(graph.weights))
    ]
    for k in range(1, len(graph.weights)):
        gram = _gram(graph.parents[k], graph, blocks, slots)
        block = _factor(gram, graph.counts[k])
        error = float(np.abs(block.T @ block - gram).max())
        if error > tolerance:
            raise AccuracyError(
                f"[E_i, F_j] = δ_ij H_i fails for {dynkin} at {graph.weights[k]}", received=f"{error:.1e}"
            )
        blocks.append(block)
    for parents in _beyond(graph):
        error = float(np.abs(_gram(parents, graph, blocks, slots)).max())
        if error > tolerance:
            raise AccuracyError(f"{dynkin} does not end where its weights do", received=f"{error:.1e}")
    return WeightModule(dynkin, graph, blocks)


def _gram(
    parents: list[tuple[int, int]], graph: WeightGraph, blocks: list[RealArray], slots: list[dict[int, slice]]
) -> RealArray:
    """The Gram matrix of F_j w over all parents (j, weight of w)."""
    counts = [graph.counts[p] for _, p in parents]
    starts = [0]
    for c in counts:
        starts.append(starts[-1] + c)
    gram = np.zeros((starts[-1], starts[-1]))
    for a, (i, p) in enumerate(parents):
        rows = slice(starts[a], starts[a + 1])
        up = slots[p].get(i)
        height = graph.weights[p][i]
        own = gram[rows, rows]
        if up is not None:
            own += blocks[p][:, up] @ blocks[p][:, up].T
        if height:
            own.flat[:: counts[a] + 1] += height
        for b in range(a):
            j, q = parents[b]
            # E_i : V_{μ+α_j} → V_{μ+α_i+α_j}, then F_j down to μ+α_i
            from_p, from_q = slots[p].get(j), slots[q].get(i)
            if from_p is not None and from_q is not None:
                cross = blocks[p][:, from_p] @ blocks[q][:, from_q].T
                gram[rows, starts[b] : starts[b + 1]] = cross
                gram[starts[b] : starts[b + 1], rows] = cross.T
    return gram


def _factor(gram: RealArray, rank: int) -> RealArray:
    """X [rank, n] with XᵀX = gram, in the canonical basis: the candidates' own Gram–Schmidt order."""
    if rank == 1:
        diagonal = gram.diagonal()
        k = int(diagonal.argmax())  # the longest candidate: a short one would magnify its rounding errors
        if diagonal[k] <= 0:
            raise AccuracyError("a weight space without a vector", received=diagonal.tolist())
        single: RealArray = gram[k : k + 1] / np.sqrt(diagonal[k])
        first = int((np.abs(single[0]) > 1e-6 * single[0, k]).argmax())
        return single if single[0, first] > 0 else -single
    try:
        values, vectors = np.linalg.eigh(gram)
    except np.linalg.LinAlgError as error:
        raise AccuracyError(
            "the Gram matrix has no eigenvectors", received=f"largest {np.abs(gram).max():.1e}"
        ) from error
    kept, dropped = values[-rank:], values[:-rank]
    if kept[0] < SMALLEST_KEPT * kept[-1] or np.abs(dropped).max(initial=0.0) > LARGEST_DROPPED * kept[-1]:
        raise AccuracyError(
            "the Gram matrix has not the rank that Freudenthal's formula gives",
            received=f"eigenvalues kept from {kept[0]:.1e}, dropped up to {np.abs(dropped).max(initial=0.0):.1e}, "
            f"largest {kept[-1]:.1e}",
            expected=f"rank {rank}",
        )
    coordinates = np.sqrt(kept)[:, None] * vectors[:, -rank:].T
    block: RealArray = canonical_frame(coordinates, rank).T @ coordinates
    return block


def _beyond(graph: WeightGraph) -> list[list[tuple[int, int]]]:
    """The vectors that F_j must annihilate: parents (j, weight) of every μ that is no weight."""
    found: dict[Weight, list[tuple[int, int]]] = {}
    for j, root in enumerate(graph.root_system.cartan):
        for p, below in enumerate(map(tuple, (graph.table - root).tolist())):
            if below not in graph.index:
                found.setdefault(below, []).append((j, p))
    return list(found.values())
