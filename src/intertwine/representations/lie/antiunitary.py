"""The antilinear J : V_λ → V_λ̄ that a real form (τ, s) defines: J E_i = −s_i F_τi J, J F_i = −s_i E_τi J.

In weight bases with real E_i, F_i its matrix is real and orthogonal and takes weight μ to μ' with μ'_τi = −μ_i.
Like the Clebsch–Gordan maps it is solved from both equations at once, level by level from the highest weight vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.representations.lie.weight_module import RealArray, WeightModule

TOLERANCE = 1e-10


def antiunitary(
    module: WeightModule, conjugate: WeightModule, tau: Sequence[int], signs: Sequence[int]
) -> list[tuple[int, RealArray]]:
    """For every weight k of V_λ the weight of V_λ̄ that it goes to and the orthogonal block of J between them.

    The highest weight vector goes to the lowest weight vector of V_λ̄. Raises AccuracyError unless both equations and
    JᵀJ = 1 hold to 1e-10.
    """
    graph, image = module.graph, conjugate.graph
    moved = np.empty_like(graph.table)
    moved[:, list(tau)] = -graph.table
    result: list[tuple[int, RealArray]] = []
    worst = 0.0
    scale = max(1.0, float(np.abs(graph.table).max(initial=0)))
    for k, weight in enumerate(map(tuple, moved.tolist())):
        target = image.index[weight]
        if k == 0:
            result.append((target, np.ones((1, 1))))
            continue
        m = graph.counts[k]
        right = module.blocks[k]
        left = np.zeros((m, m))
        total = np.zeros((m, m))
        pieces = []
        for j, p, where in graph.parent_slices(k):
            above, j_above = result[p]
            # F_τj from μ' down to (μ + α_j)'; its transpose is E_τj into μ'
            down = conjugate.lowering_into(above, tau[j])
            if down is None:
                raise AccuracyError("weights and their conjugates do not match", received=module.dynkin)
            pieces.append((signs[j], down, j_above, right[:, where]))
            left += down.T @ down
            total -= 2 * signs[j] * (down.T @ j_above @ right[:, where].T)
        a, u = np.linalg.eigh(left)
        b, v = np.linalg.eigh(right @ right.T)
        block = u @ ((u.T @ total @ v) / (a[:, None] + b[None, :])) @ v.T
        error = float(np.abs(block.T @ block - np.eye(m)).max())
        for s, down, j_above, into in pieces:
            lowered = np.abs(block @ into + s * (down.T @ j_above)).max()
            raised = np.abs(j_above @ into.T + s * (down @ block)).max()
            error = max(error, float(lowered) / scale, float(raised) / scale)
        worst = max(worst, error)
        result.append((target, block))
    if not worst <= TOLERANCE:
        raise AccuracyError(f"the antilinear J of {module.dynkin} is not accurate enough", received=f"{worst:.1e}")
    return result


def antiunitary_matrix(
    module: WeightModule, conjugate: WeightModule, tau: Sequence[int], signs: Sequence[int]
) -> RealArray:
    """J as a real orthogonal matrix [d, d]: v ↦ J conj(v)."""
    matrix = np.zeros((module.dimension, module.dimension))
    for k, (target, block) in enumerate(antiunitary(module, conjugate, tau, signs)):
        matrix[conjugate.graph.span(target), module.graph.span(k)] = block
    return matrix
