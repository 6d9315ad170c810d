"""Real semisimple Lie algebras given by structure constants: a Chevalley basis in which the real form is painted.

A generic element X of the algebra has a Cartan subalgebra as centraliser. If no root is real on it, the subalgebra is
maximally compact (Knapp, *Lie groups beyond an introduction*, VI.6–8); the roots with Im α(X) > 0 are then a positive
system that α ↦ −ᾱ keeps, and conjugation takes E_i to a multiple of F_τi: the Vogan diagram (τ, s).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.groups.cartan import Component
from intertwine.groups.chevalley import root_words
from intertwine.groups.real_form import RealForm
from intertwine.groups.root_system import RootSystem

RealArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
ATTEMPTS = 400
ENOUGH = 12


@dataclass(frozen=True, eq=False)
class ChevalleyBasis:
    """E_β, F_β, H_i as complex rows [2P + rank, n] over the generators, with σ(E_i) = −s_i F_τi of the real form."""

    form: RealForm
    rows: ComplexArray


def chevalley_basis(f: RealArray, semisimple: RealArray, preferred: list[RealArray]) -> ChevalleyBasis:
    """The basis of the semisimple part with rows [k, n] of an algebra with structure constants f [n, n, n].

    The elements `preferred` [n] are tried before seeded ones, so that the Cartan subalgebra is one that the user knows
    wherever it can be. f should be that of a basis orthonormal in some natural product.

    Raises AccuracyError if no element has a maximally compact Cartan subalgebra with distinct roots.
    """
    rng = np.random.default_rng(0)
    seeded = (rng.normal(size=len(semisimple)) @ semisimple for _ in range(ATTEMPTS))
    best: tuple[float, RealArray] | None = None
    found = 0
    for start in chain(preferred, seeded):
        X = _compactified(f, semisimple, start)
        gap = _root_gap(f, semisimple, X)
        if gap is None:
            continue
        found += 1
        if best is None or gap > 1.5 * best[0]:
            best = gap, X
        # Well-separated roots give accurate root vectors.
        if best[0] > 0.1 / len(semisimple) or found == ENOUGH:
            break
    if best is None:
        raise AccuracyError("no maximally compact Cartan subalgebra was found", received=f"{ATTEMPTS} seeded elements")
    return _build(f, semisimple, best[1])


def _bracket(f: RealArray, u: ComplexArray, v: ComplexArray) -> ComplexArray:
    out: ComplexArray = np.einsum("a,b,abc->c", u, v, f, optimize=True)
    return out


def _adjoint(f: RealArray, semisimple: RealArray, X: RealArray) -> RealArray:
    """ad X on coordinates over `semisimple`."""
    ad: RealArray = (semisimple @ np.einsum("a,abc->bc", X, f) @ np.linalg.pinv(semisimple)).T
    # LAPACK balances before it looks for eigenvalues, and would scale rounding errors up to full size.
    return np.where(np.abs(ad) < 1e-13 * np.abs(ad).max(initial=0.0), 0.0, ad)


def _compactified(f: RealArray, semisimple: RealArray, X: RealArray) -> RealArray:
    """Cayley transforms through real roots until the Cartan subalgebra of X has none (Knapp, VI.7).

    A real root α has real E_α, F_α with [E_α, F_α] = H_α; X is moved from H_α to the elliptic E_α − F_α, which commutes
    with ker α as well.
    """
    for _ in range(len(semisimple)):
        values, vectors = np.linalg.eig(_adjoint(f, semisimple, X))
        scale = float(np.abs(values).max())
        real = np.flatnonzero((np.abs(values.imag) < 1e-9 * scale) & (values.real > 1e-4 * scale))
        if not real.size:
            break
        i = int(real[0])
        j = int(np.abs(values + values[i]).argmin())
        e, low = (_phased((vectors[:, k] @ semisimple).astype(np.complex128)).real for k in (i, j))
        h = np.einsum("a,b,abc->c", e, low, f, optimize=True)
        value = float(np.einsum("a,b,abc->c", h, e, f, optimize=True) @ e / (e @ e))
        if abs(value) < 1e-9:
            break
        low, h = low * (2 / value), h * (2 / value)
        size = np.sqrt(np.linalg.norm(low) / np.linalg.norm(e))
        e, low = e * size, low / size
        X = X - values[i].real / 2 * h + 0.3 * np.sqrt(2) * values[i].real * (e - low)
    return X


def _root_gap(f: RealArray, semisimple: RealArray, X: RealArray) -> float | None:
    """How well X's root vectors are conditioned; None if its centraliser is no maximally compact Cartan subalgebra."""
    ad = _adjoint(f, semisimple, X)
    values, vectors = np.linalg.eig(ad)
    scale = float(np.abs(values).max())
    if scale == 0.0:
        return None
    zero = np.abs(values) < 1e-7 * scale
    roots = values[~zero]
    s = np.linalg.svd(ad, compute_uv=False)
    if len(roots) % 2 or int(np.sum(s < 1e-7 * s[0])) != int(zero.sum()):
        return None
    gaps = np.abs(roots[:, None] - roots[None, :]) + np.eye(len(roots)) * scale
    gap = min(float(gaps.min()), float(np.abs(roots.imag).min()), float(np.abs(roots).min())) / scale
    # Far from the compact ones ad X is far from normal, and its eigenvectors are inaccurate.
    return gap / float(np.linalg.cond(vectors[:, ~zero])) if gap > 1e-4 else None


def _build(f: RealArray, semisimple: RealArray, X: RealArray) -> ChevalleyBasis:
    k = len(semisimple)
    ad = _adjoint(f, semisimple, X)
    values, vectors = np.linalg.eig(ad)
    scale = float(np.abs(values).max())
    roots = np.flatnonzero(np.abs(values) >= 1e-7 * scale)
    rank = k - len(roots)
    # The centraliser, as an abelian real subspace.
    _, _, vh = np.linalg.svd(ad)
    cartan = (vh[k - rank :] @ semisimple).astype(np.complex128)
    E = (vectors[:, roots].T @ semisimple).astype(np.complex128)
    functional = np.array([[np.vdot(v, _bracket(f, h, v)) / np.vdot(v, v) for h in cartan] for v in E])
    positive = [i for i in range(len(roots)) if values[roots[i]].imag > 0]
    simple = [
        i
        for i in positive
        if not any(
            np.abs(functional[a] + functional[b] - functional[i]).max() < 1e-6 * scale
            for a in positive
            for b in positive
            if a < b
        )
    ]
    if len(simple) != rank:
        raise AccuracyError("the simple roots are not as many as the rank", received=len(simple), expected=rank)
    return _assemble(f, E, functional, sorted(simple, key=lambda i: values[roots[i]].imag))


def _assemble(f: RealArray, E: ComplexArray, functional: ComplexArray, simple: list[int]) -> ChevalleyBasis:
    raising, lowering, coroots = [], [], []
    for i in simple:
        opposite = int(np.abs(functional + functional[i]).max(axis=1).argmin())
        e, low = _phased(E[i]), E[opposite]
        h = _bracket(f, e, low)
        # [H, e] = 2 e fixes the product of the two lengths.
        low = low * (2 / (np.vdot(e, _bracket(f, h, e)) / np.vdot(e, e)))
        raising.append(e)
        lowering.append(low)
        coroots.append(_bracket(f, e, low))
    n = len(simple)
    cartan = np.array(
        [
            [
                np.vdot(raising[i], _bracket(f, coroots[j], raising[i])) / np.vdot(raising[i], raising[i])
                for j in range(n)
            ]
            for i in range(n)
        ]
    )
    exact = np.rint(cartan.real).astype(np.int64)
    if np.abs(cartan - exact).max() > 1e-6:
        raise AccuracyError("the roots do not give a Cartan matrix", received=np.round(cartan, 4).tolist())
    order = [node for component in RootSystem(exact).components for node in _bourbaki(component, exact)]
    raising, lowering = [raising[i] for i in order], [lowering[i] for i in order]
    system = RootSystem(exact[np.ix_(order, order)])
    tau, signs = _paint(raising, lowering)
    coroots = [_bracket(f, e, low) for e, low in zip(raising, lowering, strict=True)]
    e_rows: list[ComplexArray] = []
    f_rows: list[ComplexArray] = []
    for i, below, step in root_words(system):
        if below < 0:
            e_rows.append(raising[i])
            f_rows.append(lowering[i])
        else:
            e_rows.append(_bracket(f, raising[i], e_rows[below]) / step)
            f_rows.append(-_bracket(f, lowering[i], f_rows[below]) / step)
    return ChevalleyBasis(RealForm(system, tau, signs), np.array([*e_rows, *f_rows, *coroots]))


def _bourbaki(component: Component, cartan: NDArray[np.int64]) -> tuple[int, ...]:
    """The nodes in Bourbaki's order; B2 = C2 with the short root first, as C2."""
    i, *rest = component.nodes
    if component.rank == 2 and component.letter in "BC" and cartan[i, rest[0]] == -2:
        return rest[0], i
    return component.nodes


def _phased(vector: ComplexArray) -> ComplexArray:
    """Unit length, first large component positive."""
    vector = vector / np.linalg.norm(vector)
    first = vector[int(np.flatnonzero(np.abs(vector) > 0.3 * np.abs(vector).max())[0])]
    phased: ComplexArray = vector * (abs(first) / first)
    return phased


def _paint(raising: list[ComplexArray], lowering: list[ComplexArray]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(τ, s), rescaling E_i and F_i in place so that conj(E_i) = −s_i F_τi."""
    n = len(raising)
    tau: list[int] = []
    factors: list[complex] = []
    for i in range(n):
        image = raising[i].conj()
        overlaps = [np.vdot(low, image) / np.vdot(low, low) for low in lowering]
        misfit = [float(np.abs(c * low - image).max()) for c, low in zip(overlaps, lowering, strict=True)]
        j = int(np.argmin(misfit))
        if misfit[j] > 1e-6 * float(np.abs(image).max()):
            raise AccuracyError("conjugation does not permute the simple roots", received=misfit[j], expected="0")
        tau.append(j)
        factors.append(complex(overlaps[j]))
    signs = [1] * n
    for i, j in enumerate(tau):
        if i == j:
            c = factors[i].real
            signs[i] = -1 if c > 0 else 1
            raising[i] = raising[i] / np.sqrt(abs(c))
            lowering[i] = lowering[i] * np.sqrt(abs(c))
        elif i < j:
            stretch = -1 / factors[i]
            raising[j] = raising[j] * stretch
            lowering[j] = lowering[j] / stretch
    return tuple(tau), tuple(signs)
