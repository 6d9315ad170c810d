"""Which irreps have a basis that people use, and that basis.

Spherical harmonics for SU(2), SO(3), Spin(3); the defining representation of every classical group and G2;
Gell-Mann components for
SU(n)'s adjoint; F_ab for SO(p,q)'s; symmetric traceless tensors for SO(p,q); E and B for the Lorentz group's (1,0).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from intertwine.groups.lie_spec import LieLabel
from intertwine.groups.physical_algebra import algebra_matrices
from intertwine.groups.theory import ComplexArray
from intertwine.representations.lie import physical_basis as tensors

if TYPE_CHECKING:
    from intertwine.representations.lie.theory import LieTheory


def preferred_real_basis(theory: LieTheory, label: LieLabel) -> ComplexArray | None:
    """S [d, d] of a real-type irrep in the convention of `Theory.real_basis`, or None where nobody has one."""
    dynkin = label[0]
    if theory.indicator(label) != 1 or not dynkin or not any(dynkin):
        return None
    if _is_rotation_group(theory):
        return tensors.spherical_basis(dynkin[0] // 2)
    raising = _tensors(theory, dynkin)
    if raising is None:
        return None
    J = theory.conjugation(label)
    return tensors.real_columns(tensors.embedding(theory.module(label), raising), J)


def _is_rotation_group(theory: LieTheory) -> bool:
    return theory.spec.is_compact and theory.root_system.type_name == "A1" and not theory.spec.torus_rank


def _tensors(theory: LieTheory, dynkin: tuple[int, ...]) -> ComplexArray | None:
    """E_i on the real tensors that hold V_λ once, or None."""
    spec, defining = theory.spec, theory.group.defining
    if defining is None:
        return None
    if defining.is_real and dynkin == defining.dynkin:
        return defining.raising
    orthogonal = spec.series in ("SO", "Spin") and len(set(dynkin)) > 0
    if dynkin == _adjoint(theory) and (orthogonal or (spec.series == "SU" and len(spec.parameters) == 1)):
        matrices = algebra_matrices(spec, defining, theory.group.algebra)
        return tensors.adjoint_tensors(spec, defining, matrices)
    if orthogonal and dynkin == tuple(2 * x for x in defining.dynkin) and defining.metric is not None:
        return tensors.symmetric_traceless_tensors(defining, defining.metric)
    return None


def _adjoint(theory: LieTheory) -> tuple[int, ...] | None:
    """The highest root of a simple algebra."""
    system = theory.root_system
    if len(system.components) != 1:
        return None
    top: tuple[int, ...] = tuple((system.positive_roots[-1] @ system.cartan).tolist())
    return top


def preferred_complex_basis(theory: LieTheory, label: LieLabel) -> ComplexArray | None:
    """S [d, d] of a complex- or quaternionic-type irrep in the convention of `Theory.complex_structure_basis`, or None.

    V̄ has the basis that makes its components the conjugates of V's.
    """
    spec, defining = theory.spec, theory.group.defining
    if theory.indicator(label) == 1 or defining is None or not label[0]:
        return None
    conjugate = theory.conjugate(label)
    own: LieLabel = (defining.dynkin, tuple(Fraction(q) for q in defining.charges))
    if not defining.is_real and label == own:
        return _phased(tensors.embedding(theory.module(label), defining.raising))
    if not defining.is_real and conjugate == own:
        S = preferred_complex_basis(theory, conjugate)
        return None if S is None else theory.conjugation(conjugate) @ S.conj()
    if spec.root_system.type_name == "A1xA1" and sorted(label[0]) == [0, 2] and not spec.is_compact:
        # z = E + iB of (1,0), on which K = iJ; its conjugate (0,1) has z = E − iB
        vector = tensors.spherical_basis(1)
        return vector if label[0] == (2, 0) else theory.conjugation(conjugate) @ vector.conj()
    return None


def _phased(T: ComplexArray) -> ComplexArray:
    """S = T† with its first entry above 1e-6 of the largest real and positive."""
    S = T.conj().T
    flat = S.ravel()
    entry = flat[int((np.abs(flat) > 1e-6 * np.abs(flat).max()).argmax())]
    phased: ComplexArray = S * (np.abs(entry) / entry)
    return phased
