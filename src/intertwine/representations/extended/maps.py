"""Clebsch–Gordan maps of O(n) and O(p,q): those of the identity component that commute with the reflections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.theory import ComplexArray
from intertwine.representations.extended.labels import ExtendedLabel
from intertwine.representations.index_order_frame import canonical_frame

if TYPE_CHECKING:
    from intertwine.representations.extended.theory import ExtendedTheory

TOLERANCE = 1e-9


def extended_maps(theory: ExtendedTheory, a: ExtendedLabel, b: ExtendedLabel, c: ExtendedLabel) -> ComplexArray:
    """[N, d_a, d_b, d_c], orthonormal.

    Maps V_λ → W_a ⊗ W_b of the identity component, λ the first part of c, on which the reflections that keep λ act by
    commuting involutions; their common +1 space is the answer, carried to λ' by a reflection where two irreps join.
    Raises AccuracyError if the count differs from `decompose`.
    """
    count = theory.decompose(a, b).get(c, 0)
    shape = theory.dimension(a), theory.dimension(b), theory.dimension(c)
    if not count:
        return np.zeros((0, *shape), dtype=np.complex128)
    maps = _connected_maps(theory, a, b, c)
    if theory.exact.is_odd and theory.exact.times == 1:  # −1 is in the centre: the labels say it all
        return maps
    on_a, on_b, on_c = (theory.discrete(label) for label in (a, b, c))
    part = maps.shape[-1]
    joined = theory.exact.is_joined(c)
    pairs = [(0, k) for k in range(1, len(on_c))] if joined else [(k, None) for k in range(len(on_c))]
    projector = np.eye(len(maps), dtype=np.complex128)
    for first, second in pairs:
        moves = [on[first] if second is None else on[first] @ on[second] for on in (on_a, on_b, on_c)]
        moved = _conjugate(maps, moves[0], moves[1], moves[2][:part, :part])
        action = np.einsum("mijk,nijk->mn", maps.conj(), moved, optimize=True) / part
        projector = projector @ (np.eye(len(maps)) + action) / 2
    rank = round(float(np.trace(projector).real))
    error = float(np.abs(projector @ projector - projector).max())
    if rank != count or error > TOLERANCE:
        received = f"{rank} maps, projector off by {error:.1e}"
        raise AccuracyError(
            "reflections of Clebsch-Gordan maps do not match the labels", received=received, expected=count
        )
    frame = canonical_frame(projector, count)
    maps = np.asarray(np.einsum("mijk,mn->nijk", maps, frame, optimize=True), dtype=np.complex128)
    if not joined:
        return maps
    # W_c = V_λ ⊕ V_λ': r T r⁻¹ on V_λ' is T carried over by a reflection r
    carried = np.einsum("pi,qj,mijk,kl->mpql", on_a[0], on_b[0], maps, on_c[0].conj().T[:part, part:], optimize=True)
    return np.concatenate([maps, carried], axis=-1)


def _conjugate(maps: ComplexArray, a: ComplexArray, b: ComplexArray, c: ComplexArray) -> ComplexArray:
    result: ComplexArray = np.einsum("pi,qj,mijk,lk->mpql", a, b, maps, c.conj(), optimize=True)
    return result


def _connected_maps(theory: ExtendedTheory, a: ExtendedLabel, b: ExtendedLabel, c: ExtendedLabel) -> ComplexArray:
    """[M, d_a, d_b, d_λ]: all maps of the identity component from the first part of c."""
    exact, lie = theory.exact, theory.lie
    target = c[0]
    found = []
    start_a = 0
    for x in exact.parts(a):
        start_b, d_x = 0, lie.dimension(x)
        for y in exact.parts(b):
            d_y = lie.dimension(y)
            block = lie.clebsch_gordan(x, y, target)
            full = np.zeros(
                (len(block), theory.dimension(a), theory.dimension(b), lie.dimension(target)), dtype=np.complex128
            )
            full[:, start_a : start_a + d_x, start_b : start_b + d_y] = block
            found.append(full)
            start_b += d_y
        start_a += d_x
    return np.concatenate(found)
