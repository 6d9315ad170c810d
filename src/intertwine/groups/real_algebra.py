"""The real Lie algebra of a real form (τ, s) with a torus: one fixed basis, written in the Chevalley basis.

σ(E_β) = c_β F_τβ gives the real vectors E_β + c_β F_τβ and i(E_β − c_β F_τβ); pairs β ≠ τβ are combined so that
each vector is
either compact (anti-Hermitian where F = E†) or a boost (Hermitian). All carry the factor ½ of spin matrices.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from intertwine.groups.chevalley import conjugation_signs
from intertwine.groups.real_form import RealForm


class RealAlgebra:
    """A basis X_a of the real Lie algebra.

    Attributes
    ----------
    real_form, torus_rank: the algebra; torus generators come last and act as i·charge.
    coordinates: complex [n, 2P + rank + torus_rank], X_a = Σ over (E_β, F_β, H_i, charges) for the P positive roots.
    is_boost: bool [n], whether X_a is Hermitian (non-compact) rather than anti-Hermitian.
    """

    def __init__(self, real_form: RealForm, torus_rank: int, change: NDArray[np.float64] | None = None) -> None:
        self.real_form = real_form
        self.torus_rank = torus_rank
        coordinates, is_boost = _generic_basis(real_form, torus_rank)
        if change is not None:
            coordinates = change @ coordinates
            mixed = np.abs(change) > 1e-12
            is_boost = np.array([bool(is_boost[row].all()) for row in mixed])
        self.coordinates: NDArray[np.complex128] = coordinates
        self.is_boost: NDArray[np.bool_] = is_boost

    @property
    def dimension(self) -> int:
        """Real dimension, the torus included."""
        return len(self.coordinates)

    @cached_property
    def positive(self) -> int:
        """The number of positive roots."""
        return len(self.real_form.root_system.positive_roots)

    @cached_property
    def killing_form(self) -> NDArray[np.float64]:
        """[n, n] the positive form −B(X_a, θX_b), with long roots of squared length 2 in each simple summand's unit.

        B(E_β, F_β) = 2/(β, β), B(H_i, H_j) = (α_i^∨, α_j^∨); charges are orthonormal.
        """
        system = self.real_form.root_system
        p, r = self.positive, system.rank
        form = np.zeros((self.dimension, self.dimension))
        roots, d = system.positive_roots, system.symmetrizer.astype(np.float64)
        half = np.sum(roots * d * (roots @ system.cartan), axis=1) / 2
        longest = np.ones(r)
        for component in system.components:
            longest[list(component.nodes)] = d[list(component.nodes)].max()
        unit = np.array([longest[int(root.argmax())] for root in roots])
        form[np.arange(2 * p), np.arange(2 * p)] = np.tile(unit / half, 2)
        # (α_i^∨, α_j^∨) = A_ij (α_j, α_j)/2 · 4/((α_i, α_i)(α_j, α_j)) = A_ij / d_i with d = (α, α)/2
        form[2 * p : 2 * p + r, 2 * p : 2 * p + r] = system.cartan * (longest / d)[:, None]
        form[2 * p + r :, 2 * p + r :] = np.eye(self.torus_rank)
        positive: NDArray[np.float64] = (self.coordinates.conj() @ form @ self.coordinates.T).real
        return positive

    def combine(self, coefficients: NDArray[np.float64]) -> tuple[NDArray[np.complex128], ...]:
        """Σ_a c_a X_a as its coordinates on (E_β, F_β, H_i, charges)."""
        total = np.asarray(coefficients, dtype=np.float64) @ self.coordinates
        p, r = self.positive, self.real_form.root_system.rank
        return total[:p], total[p : 2 * p], total[2 * p : 2 * p + r], total[2 * p + r :]


def _generic_basis(form: RealForm, torus_rank: int) -> tuple[NDArray[np.complex128], NDArray[np.bool_]]:
    """Roots by `positive_roots` (two vectors each), then the Cartan subalgebra by node, then the torus."""
    system = form.root_system
    p, r = len(system.positive_roots), system.rank
    images, signs = conjugation_signs(system, form.tau, form.signs)
    n = 2 * p + r + torus_rank
    basis = np.zeros((n, n), dtype=np.complex128)
    is_boost = np.zeros(n, dtype=np.bool_)
    half, root2 = 0.5, 0.5 / np.sqrt(2)
    for k, (image, c) in enumerate(zip(images, signs, strict=True)):
        one, two = basis[2 * k], basis[2 * k + 1]
        if image == k:
            # c = −1: E − F and i(E + F), both anti-Hermitian; c = +1: both Hermitian
            one[k], one[p + k] = half, half * c
            two[k], two[p + k] = 1j * half, -1j * half * c
            is_boost[2 * k : 2 * k + 2] = c == 1
            continue
        # the pair's first root carries the anti-Hermitian combinations, its second the Hermitian ones
        boost = k > image
        sign = 1 if boost else -1
        one[k], one[p + image], one[p + k], one[image] = root2, root2 * c, root2 * sign, root2 * c * sign
        two[k], two[p + image], two[p + k], two[image] = (
            1j * root2,
            -1j * root2 * c,
            -1j * root2 * sign,
            1j * root2 * c * sign,
        )
        if boost:
            two[p + k], two[image] = -1j * root2, 1j * root2 * c
        is_boost[2 * k : 2 * k + 2] = boost
    for i, t in enumerate(form.tau):
        row = basis[2 * p + i, 2 * p :]
        if t == i:
            row[i] = 1j * half
        else:  # σ(H_i) = −H_τi
            row[i], row[t] = (1j * half, 1j * half) if i < t else (half, -half)
            is_boost[2 * p + i] = i > t
    for q in range(torus_rank):
        basis[2 * p + r + q, 2 * p + r + q] = 1j
    return basis, is_boost
