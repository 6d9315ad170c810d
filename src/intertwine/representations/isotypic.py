"""All equivariant maps V_λ → U from the complex irreps of a group into a space on which given matrices act.

Finite groups: averages along the stabiliser chain. Connected Lie groups: highest-weight vectors are the joint null
space of the raising operators; lowering carries them to the rest of V_λ. Products: one factor after the other. Lie
groups with components: null spaces of the intertwiner equations, irrep by irrep.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.index_order_frame import canonical_frame

NULL = 1e-7
Maps = dict[Hashable, ComplexArray]


def isotypic_maps(theory: Theory[Any], generators: ComplexArray, discrete: ComplexArray) -> Maps:
    """label → [n, D, d]: a Frobenius-orthogonal basis of Hom_G(V_λ, U), each map of norm √d.

    generators: [n_algebra, D, D], the group's Lie algebra basis in U; discrete: [n_discrete, D, D].
    Raises RepresentationError when the irreps found do not fill U: the matrices are then no representation.
    """
    from intertwine.representations.product_theory import ProductTheory

    D = generators.shape[-1] if len(generators) else discrete.shape[-1]
    if isinstance(theory, ProductTheory):
        found = _product(theory, generators, discrete)
    elif theory.group.n_algebra == 0:
        found = _finite(theory, discrete)
    elif theory.group.n_discrete == 0:
        found = _connected(theory, generators)
    else:
        found = _by_null_spaces(theory, generators, discrete)
    filled = sum(len(maps) * maps.shape[2] for maps in found.values())
    if filled != D:
        raise RepresentationError(
            f"the matrices are not a representation of {theory.group.name}",
            received=f"irreps that fill {filled} of {D} dimensions",
            fix="give the images of the group's own generators, in the group's order",
        )
    return found


def _orthogonalised(maps: ComplexArray) -> ComplexArray:
    """The canonical Frobenius-orthogonal basis of the span of independent maps [n, D, d], each of norm √d."""
    n, D, d = maps.shape
    if n == 1 and D * d <= 4000:  # the same, in closed form
        one = maps.reshape(-1)
        size = np.abs(one)
        first = one[size > 1e-3 * size.max()][0]
        phased: ComplexArray = maps * (np.sqrt(d) * abs(first) / (first * np.linalg.norm(one)))
        return phased
    q, _ = np.linalg.qr(maps.reshape(n, -1).T)
    frame = canonical_frame(q @ q.conj().T, n) if n * D * d <= 4000 else q
    found: ComplexArray = np.ascontiguousarray(frame.T).reshape(n, D, d) * np.sqrt(d)
    return found


def _finite(theory: Any, discrete: ComplexArray) -> Maps:
    from intertwine.representations.finite.group_average import ChainRepresentation, average_hom

    group = theory.group
    U = ChainRepresentation(group, discrete)
    classes = theory.class_representatives
    if group.order * U.dimension**2 <= 2**16:
        characters = np.trace(U.matrices()[classes], axis1=1, axis2=2)
    else:
        characters = np.array([np.trace(U.matrix(int(g))) for g in classes])
    rng = np.random.default_rng(0)
    real = not discrete.imag.any()
    found: Maps = {}
    for label, n in sorted(theory.decompose_character(characters).items()):
        if real and (conjugate := theory.conjugate(label)) in found:  # its matrices are the conjugates, theirs are real
            found[label] = found[conjugate].conj()
            continue
        d = theory.dimension(label)
        X = rng.standard_normal((n, U.dimension, d)).astype(np.complex128)
        found[label] = _orthogonalised(average_hom(U, theory.representation(label), X))
    return found


def _connected(theory: Any, generators: ComplexArray) -> Maps:
    raising, lowering, cartan, charges = chevalley_matrices(theory.group, generators)
    D = generators.shape[-1]
    if len(raising):
        gram = sum(E.conj().T @ E for E in raising)
        values, vectors = np.linalg.eigh(gram)
        top = vectors[:, values < NULL * max(1.0, values[-1])]
    else:
        top = np.eye(D, dtype=np.complex128)
    found: Maps = {}
    for weight, vectors in _weight_spaces([*cartan, *charges], top).items():
        label = theory.group.spec.label([int(x) for x in weight[: len(cartan)]], weight[len(cartan) :])
        found[label] = _orthogonalised(_descend(theory, label, lowering, vectors))
    return {label: found[label] for label in sorted(found, key=lambda one: (theory.dimension(one), theory.name(one)))}


def chevalley_matrices(group: Any, generators: ComplexArray) -> tuple[list[ComplexArray], ...]:
    """(E_i, F_i, H_i, charges Q_k) of a connected Lie group, as complex combinations of its real generators."""
    algebra = group.algebra
    inverse = np.linalg.inv(algebra.coordinates)  # Chevalley vector = Σ_a inverse[vector, a] X_a
    system = algebra.real_form.root_system
    p, r = len(system.positive_roots), system.rank
    simple = [k for k, root in enumerate(system.positive_roots) if sum(root) == 1]
    order = {tuple(system.positive_roots[k]).index(1): k for k in simple}

    def combine(row: int) -> ComplexArray:
        return np.tensordot(inverse[row], generators, axes=(0, 0))

    return (
        [combine(order[i]) for i in range(r)],
        [combine(p + order[i]) for i in range(r)],
        [combine(2 * p + i) for i in range(r)],
        [combine(2 * p + r + k) for k in range(algebra.torus_rank)],
    )


def _weight_spaces(operators: list[ComplexArray], space: ComplexArray) -> dict[tuple[Any, ...], ComplexArray]:
    """Joint eigenspaces in an invariant space [D, k] of commuting operators with rational eigenvalues."""
    from fractions import Fraction

    spaces: dict[tuple[Any, ...], ComplexArray] = {(): space}
    for X in operators:
        split: dict[tuple[Any, ...], ComplexArray] = {}
        for weight, vectors in spaces.items():
            small = np.linalg.lstsq(vectors, X @ vectors, rcond=None)[0]
            values = np.linalg.eigvals(small)
            exact = [Fraction(float(value.real)).limit_denominator(60) for value in values]
            worst = max((abs(value - float(q)) for value, q in zip(values, exact, strict=True)), default=0.0)
            if worst > 1e-6:
                raise RepresentationError(
                    "the Cartan generators have eigenvalues that no representation has", received=f"off by {worst:.1e}"
                )
            different = sorted(set(exact))
            for q in different:
                # Π (X − q')/(q − q'): eigenvectors of a degenerate matrix would lose half the digits
                projector: ComplexArray = np.eye(len(small), dtype=np.complex128)
                for other in different:
                    if other != q:
                        projector = (projector @ small - float(other) * projector) / float(q - other)
                left = np.linalg.svd(vectors @ projector, full_matrices=False)[0]
                split[(*weight, q)] = left[:, : exact.count(q)]
        spaces = split
    return spaces


def _descend(theory: Any, label: Hashable, lowering: list[ComplexArray], top: ComplexArray) -> ComplexArray:
    """[n, D, d]: the maps that take V_λ's highest-weight vector to the columns of top [D, n], level by level."""
    _, f, h, _ = chevalley_matrices(theory.group, theory.algebra(label))
    d, n = theory.dimension(label), top.shape[1]
    T = np.zeros((top.shape[0], n, d), dtype=np.complex128)
    if d == 1:
        T[:, :, 0] = top
        return np.ascontiguousarray(T.transpose(1, 0, 2))
    levels = _levels(theory, h)
    T[:, :, levels == 0] = top[:, :, None]
    weight = np.sum([F @ F.conj().T for F in f], axis=0)
    for level in range(1, int(levels.max()) + 1):
        here, above = np.flatnonzero(levels == level), np.flatnonzero(levels == level - 1)
        total = np.zeros((top.shape[0], n, here.size), dtype=np.complex128)
        for F, small in zip(lowering, f, strict=True):
            image = np.tensordot(F, T[:, :, above], axes=(1, 0))
            total += image @ small[np.ix_(here, above)].conj().T
        T[:, :, here] = total @ np.linalg.inv(weight[np.ix_(here, here)])
    return np.ascontiguousarray(T.transpose(1, 0, 2))


def _levels(theory: Any, cartan: list[ComplexArray]) -> np.ndarray:
    """How many simple roots each weight vector of V_λ lies below the highest weight."""
    system = theory.group.algebra.real_form.root_system
    weights = np.array([np.diagonal(H).real for H in cartan]).T  # Dynkin labels of the basis vectors
    heights = weights @ np.array(system.inverse_cartan, dtype=np.float64).sum(axis=1)
    levels: np.ndarray = np.round(heights.max() - heights).astype(int)
    return levels


def _product(theory: Any, generators: ComplexArray, discrete: ComplexArray) -> Maps:
    """Hom_{G₁×G₂×…}: the first factor's maps V_λ ⊗ M → U, then the other factors on the multiplicity spaces M."""
    found: Maps = {}
    D = generators.shape[-1] if len(generators) else discrete.shape[-1]
    start: list[tuple[tuple[Hashable, ...], ComplexArray]] = [((), np.eye(D, dtype=np.complex128)[:, :, None])]
    a = r = 0
    for factor in theory.factors:  # each entry: labels so far, map [n multiplicity, D, d so far] as [D, n, d]
        group = factor.group
        X, R = generators[a : a + group.n_algebra], discrete[r : r + group.n_discrete]
        a, r = a + group.n_algebra, r + group.n_discrete
        following = []
        for labels, T in start:
            D_, n, d = T.shape
            flat = T.transpose(0, 2, 1).reshape(D_ * d, n)
            inverse: ComplexArray = np.linalg.pinv(flat).astype(np.complex128)

            def act(matrix: ComplexArray, T: ComplexArray = T, inverse: ComplexArray = inverse) -> ComplexArray:
                moved = np.tensordot(matrix, T, axes=(1, 0))
                return inverse @ moved.transpose(0, 2, 1).reshape(inverse.shape[1], -1)

            small_x = np.array([act(x) for x in X]).reshape(-1, n, n)
            small_r = np.array([act(x) for x in R]).reshape(-1, n, n)
            for label, S in isotypic_maps(factor, small_x, small_r).items():
                joined = np.einsum("Dnd,mne->Dmde", T, S)
                following.append(((*labels, label), joined.reshape(D_, len(S), d * S.shape[2])))
        start = following
    for labels, T in start:
        found[labels] = _orthogonalised(np.ascontiguousarray(T.transpose(1, 0, 2)))
    return found


def _by_null_spaces(theory: Theory[Any], generators: ComplexArray, discrete: ComplexArray) -> Maps:
    D = generators.shape[-1]
    found: Maps = {}
    filled = 0
    for label in theory.labels(D):
        if filled == D:
            break
        d = theory.dimension(label)
        ours = [*generators, *discrete]
        theirs = [*theory.algebra(label), *theory.discrete(label)]
        gram = np.zeros((D * d, D * d), dtype=np.complex128)
        for X, Y in zip(ours, theirs, strict=True):
            equation = np.kron(X, np.eye(d)) - np.kron(np.eye(D), Y.T)
            gram += equation.conj().T @ equation
        values, vectors = np.linalg.eigh(gram)
        n = int(np.sum(values < NULL * max(1.0, values[-1])))
        if n:
            found[label] = _orthogonalised(vectors[:, :n].T.reshape(n, D, d))
            filled += n * d
    return found


def check_maps(
    theory: Theory[Any], generators: ComplexArray, discrete: ComplexArray, maps: Maps, tolerance: float
) -> None:
    """Raises AccuracyError unless X T = T X_λ for every map and generator, relative to the size of X."""
    for label, T in maps.items():
        pairs = [
            *zip(generators, theory.algebra(label), strict=True),
            *zip(discrete, theory.discrete(label), strict=True),
        ]
        for X, Y in pairs:
            error = float(np.abs(X @ T - T @ Y).max()) / max(1.0, float(np.abs(X).max()))
            if error > tolerance:
                raise AccuracyError(
                    f"the matrices do not act on {theory.name(label)} as {theory.group.name} does",
                    received=f"error {error:.1e}",
                    expected=f"at most {tolerance:.0e}",
                    fix="check that they are the images of the group's generators, in the group's order",
                )
