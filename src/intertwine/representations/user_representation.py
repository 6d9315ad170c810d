"""A user's own representation of a known group: matrices of its generators, decomposed with a change of basis."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import RepresentationError
from intertwine.groups.group import Group
from intertwine.groups.theory import ComplexArray, RealArray, Theory
from intertwine.representations.canonical_basis import all_first_positive, real_structure_basis
from intertwine.representations.irrep import Irrep
from intertwine.representations.isotypic import check_maps, isotypic_maps
from intertwine.representations.realification import constituents, feature_basis
from intertwine.representations.rep import ChangeOfBasis, Rep

TOLERANCE = 1e-8


def from_matrices(group: Group, generators: ArrayLike | None = None, discrete: ArrayLike | None = None) -> Rep:
    """The representation in which the group's generators act by these real matrices.

    Parameters
    ----------
    generators:
        [n_algebra, D, D], the images of the group's Lie algebra basis, in its order; omitted for a finite group.
    discrete:
        [n_discrete, D, D], the images of its discrete generators; omitted for a connected group.

    Returns
    -------
    A Rep in the given coordinates with its change of basis to irreps, blocks sorted. Orthogonal representations get an
    orthogonal change of basis.

    Raises
    ------
    RepresentationError
        For wrong shapes, complex entries, or matrices that are no representation of the group.
    AccuracyError
        When they are one only to a worse accuracy than 1e-8.
    """
    X = _checked(generators, group.n_algebra, "Lie algebra generators", group)
    R = _checked(discrete, group.n_discrete, "discrete generators", group)
    sizes = {len(one[0]) for one in (X, R) if len(one)}
    if len(sizes) != 1:
        raise RepresentationError("generators of different sizes", received=sorted(sizes), expected="one dimension")
    D = sizes.pop()
    theory = group.theory
    complex_x, complex_r = (one.reshape(-1, D, D).astype(np.complex128) for one in (X, R))
    maps = isotypic_maps(theory, complex_x, complex_r)
    check_maps(theory, complex_x, complex_r, maps, TOLERANCE)
    columns: dict[Irrep, RealArray] = {}
    for label, T in maps.items():
        irrep = Irrep(group, label)
        if irrep.label == label:
            columns[irrep] = _real_maps(theory, label, T)
    order = sorted(columns)
    Q = np.concatenate([columns[irrep].transpose(1, 2, 0).reshape(D, -1) for irrep in order], axis=1)
    orthogonal = np.abs(Q.T @ Q - np.eye(D)).max() < 1e-10
    change = ChangeOfBasis(Q, Q.T if orthogonal else np.linalg.inv(Q).astype(np.float64))
    return Rep(group, [(len(columns[irrep]), irrep) for irrep in order], lambda: change)


def _checked(matrices: ArrayLike | None, count: int, what: str, group: Group) -> RealArray:
    array = np.zeros((0, 0, 0)) if matrices is None else np.asarray(matrices)
    if len(array) != count or array.ndim != 3 or array.shape[1] != array.shape[2]:
        raise RepresentationError(f"{group.name} has {count} {what}", received=array.shape, expected=f"[{count}, D, D]")
    if np.iscomplexobj(array):
        raise RepresentationError(
            "features are real",
            received="complex matrices",
            fix="give [[Re, -Im], [Im, Re]], which acts on real and imaginary parts",
        )
    if not np.isfinite(array).all():
        raise RepresentationError("matrices with entries that are no numbers", received="nan or inf")
    return array.astype(np.float64)


def _real_maps(theory: Theory[Any], label: Hashable, T: ComplexArray) -> RealArray:
    """[copies, D, real_dim]: maps of the real irrep from a Frobenius-orthogonal basis T [n, D, d] of Hom(V_λ, U)."""
    indicator = theory.indicator(label)
    P = constituents(theory, label)[0].map
    if indicator == 0:
        found = (T @ P).real
    else:
        # The conjugate of T J … is again a map V_λ → U, so that conjugation is an antilinear map u of the coefficients.
        S = feature_basis(theory, label)
        if indicator == 1:
            A = T @ S
            u = _coefficients(A, A.conj())
            found = np.tensordot(real_structure_basis(u), A, axes=(0, 0)).real
        else:
            u = _coefficients(T, T.conj() @ theory.conjugation(label).conj().T)
            found = (np.tensordot(_quaternionic_frame(u), T, axes=(0, 0)) @ P).real
    sizes = np.linalg.norm(found, axis=(1, 2))[:, None, None]
    return all_first_positive(found * (np.sqrt(P.shape[1]) / sizes))


def _coefficients(T: ComplexArray, images: ComplexArray) -> ComplexArray:
    """u[n, m] with images_m = Σ_n u_nm T_n, for Frobenius-orthogonal T."""
    flat = T.reshape(len(T), -1)
    u: ComplexArray = (flat.conj() @ images.reshape(len(T), -1).T) / np.linalg.norm(flat[0]) ** 2
    return u


def _quaternionic_frame(u: ComplexArray) -> ComplexArray:
    """[n, n/2]: vectors c_k such that all c_k and u conj(c_k) are orthonormal, for u conj(u) = −1."""
    n = len(u)
    chosen: list[ComplexArray] = []
    known = np.zeros((n, 0), dtype=np.complex128)
    for k in range(n):
        c = np.eye(n, dtype=np.complex128)[:, k]
        c = c - known @ (known.conj().T @ c)
        if np.linalg.norm(c) <= 1e-3:
            continue
        c = c / np.linalg.norm(c)
        chosen.append(c)
        known = np.column_stack([known, c, u @ c.conj()])
    return np.array(chosen).T
