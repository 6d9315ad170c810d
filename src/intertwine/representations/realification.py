"""From a complex irrep V_λ to its real feature space W, and back by constituent maps.

Real type: W ⊂ V_λ is the space of vectors fixed by the antilinear J, of real dimension d. Complex and
quaternionic type: W is V_λ itself over the reals, of dimension 2d, with features (Re z, Im z).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from intertwine.groups.theory import ComplexArray, RealArray, Theory
from intertwine.representations.canonical_basis import real_structure_basis


class Constituent(NamedTuple):
    """An equivariant complex-linear map P : W ⊗ ℂ → V_label, [d, real_dim] with P P† = 1 (type R) or 2 (types C, H)."""

    label: Hashable
    map: ComplexArray


def feature_basis(theory: Theory[Any], label: Hashable) -> ComplexArray:
    """Unitary S [d, d]: the features are v = S x (type R, x real) or the real and imaginary parts of z, v = S z."""
    key = ("feature_basis", label)
    if key not in theory.derived:
        if label == theory.trivial:
            S = np.eye(1, dtype=np.complex128)
        elif theory.indicator(label) == 1:
            preferred = theory.real_basis(label)
            S = real_structure_basis(theory.conjugation(label)) if preferred is None else preferred
        else:
            preferred = theory.complex_structure_basis(label)
            S = np.eye(theory.dimension(label), dtype=np.complex128) if preferred is None else preferred
        S.setflags(write=False)
        theory.derived[key] = S
    found: ComplexArray = theory.derived[key]
    return found


def constituents(theory: Theory[Any], label: Hashable) -> list[Constituent]:
    """The maps of W onto its complex constituents: V for type R, V and V̄ for types C and H (V̄ ≅ V for H)."""
    key = ("constituents", label)
    if key not in theory.derived:
        S = feature_basis(theory, label)
        if theory.indicator(label) == 1:
            found = [Constituent(label, S)]
        else:
            P = np.concatenate([S, 1j * S], axis=1)
            found = [Constituent(label, P), Constituent(theory.conjugate(label), theory.conjugation(label) @ P.conj())]
        theory.derived[key] = found
    cached: list[Constituent] = theory.derived[key]
    return cached


def realify(theory: Theory[Any], label: Hashable, matrices: ComplexArray) -> RealArray:
    """[..., real_dim, real_dim]: complex matrices of V_λ, [..., d, d], as they act on its real features."""
    S = feature_basis(theory, label)
    A = S.conj().T @ matrices @ S
    if theory.indicator(label) == 1:
        return np.ascontiguousarray(A.real)
    return np.block([[A.real, -A.imag], [A.imag, A.real]])
