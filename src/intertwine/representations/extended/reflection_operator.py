"""The linear map V_λ → V_λ' that a reflection of O(n, C) defines: A F_i = c_i F_πi A, A E_i = c_i E_πi A, v_λ ↦ v_λ'.

As for the antiunitary J both equations are solved at once, weight space by weight space.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.representations.lie.weight_module import RealArray, WeightModule

TOLERANCE = 1e-10


def reflection_operator(
    module: WeightModule, image: WeightModule, nodes: Sequence[int], signs: Sequence[int]
) -> RealArray:
    """The real orthogonal matrix [d, d] of A; raises AccuracyError unless the equations and AᵀA = 1 hold to 1e-10."""
    source, target = module.graph, image.graph
    moved = np.empty_like(source.table)
    moved[:, list(nodes)] = source.table
    matrix = np.zeros((image.dimension, module.dimension))
    blocks: list[RealArray] = []
    places: list[int] = []
    worst = 0.0
    scale = max(1.0, float(np.abs(source.table).max(initial=0)))
    for k, weight in enumerate(map(tuple, moved.tolist())):
        place = target.index[weight]
        places.append(place)
        if k == 0:
            block = np.ones((1, 1))
        else:
            right, left = module.blocks[k], image.blocks[place]
            total = np.zeros((len(left), len(right)))
            pieces = []
            for j, p, where in source.parent_slices(k):
                down = image.lowering_into(place, nodes[j])
                if down is None:
                    raise AccuracyError("weights and their mirror images do not match", received=module.dynkin)
                pieces.append((signs[j] * down, blocks[p], right[:, where]))
                total += 2 * signs[j] * (down @ blocks[p] @ right[:, where].T)
            a, u = np.linalg.eigh(left @ left.T)
            b, v = np.linalg.eigh(right @ right.T)
            block = u @ ((u.T @ total @ v) / (a[:, None] + b[None, :])) @ v.T
            for down, above, into in pieces:
                worst = max(worst, float(np.abs(block @ into - down @ above).max()) / scale)
                worst = max(worst, float(np.abs(above @ into.T - down.T @ block).max()) / scale)
            worst = max(worst, float(np.abs(block.T @ block - np.eye(len(right))).max()))
        blocks.append(block)
        matrix[target.span(place), source.span(k)] = block
    if not worst <= TOLERANCE:
        raise AccuracyError(f"the reflection of {module.dynkin} is not accurate enough", received=f"{worst:.1e}")
    return matrix
