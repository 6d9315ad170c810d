"""The character table of a finite group, from its class algebra (Burnside's algorithm over the complex numbers).

Source: W. Burnside, *Theory of Groups of Finite Order* (1911), §223; J. Dixon, Numer. Math. 10 (1967). The class sums
act on the centre of the group algebra; in the basis K_C/√|C| one seeded Hermitian central element has the characters as
eigenvectors. Each value is then rounded to the exact sum of roots of unity that it is: the eigenvalue multiplicities of
g are integers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import AccuracyError
from intertwine.groups.conjugacy import ConjugacyClasses
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.theory import ComplexArray

RELATIVE_GAP = 1e-8
_ATTEMPTS = 32


class CharacterTable:
    """Irreducible characters in a fixed order: by dimension, the trivial one first, then by decreasing values.

    Attributes
    ----------
    values : [n, n] complex128, exact to rounding; zeros and integers are exact.
    dimensions : [n] ints.
    conjugates : [n], the index of each complex-conjugate character.
    indicators : [n], Frobenius–Schur: +1 real, −1 quaternionic, 0 complex.
    """

    def __init__(self, group: FiniteGroup) -> None:
        self.group = group
        self.classes: ConjugacyClasses = group.conjugacy
        values = _round_to_roots_of_unity(_central_characters(group), self.classes)
        self.values: ComplexArray = values[_character_order(values, self.classes)]
        self.dimensions: NDArray[np.intp] = np.rint(self.values[:, 0].real).astype(np.intp)
        self._check()
        # ⟨χ̄_i, χ_j⟩ is 1 for the conjugate of row i and 0 for the others.
        overlaps = (self.values * self.classes.sizes) @ self.values.T / group.order
        self.conjugates = np.asarray(np.abs(overlaps).argmax(axis=1), dtype=np.intp)
        squares = self.values[:, [p[2 % len(p)] for p in self.classes.powers]]
        self.indicators = np.rint((squares @ self.classes.sizes).real / group.order).astype(np.intp)
        self._check_types()

    def index(self, character: ComplexArray) -> int:
        """The index of a character [classes]; raises AccuracyError if it is not irreducible."""
        distance = np.abs(self.values - character).max(axis=1)
        best = int(distance.argmin())
        if distance[best] > 1e-6:
            raise AccuracyError(
                "not an irreducible character", received=character, expected=f"a row of {self.group}'s table"
            )
        return best

    def decompose(self, character: NDArray[np.complexfloating] | NDArray[np.floating]) -> dict[int, int]:
        """Multiplicities {irrep: m > 0} of a character given on the classes, in order; exact.

        Raises AccuracyError if it is not a non-negative integer combination of irreducible characters.
        """
        counts = self._counts(np.asarray(character)[None])[0]
        return {int(i): int(counts[i]) for i in np.flatnonzero(counts)}

    def products(self, a: int) -> list[dict[int, int]]:
        """Multiplicities {irrep: m > 0} in χ_a χ_b for every b."""
        counts = self._counts(self.values[a] * self.values)
        found: list[dict[int, int]] = [{} for _ in counts]
        b, c = np.nonzero(counts)
        for row, irrep, m in zip(b.tolist(), c.tolist(), counts[b, c].tolist(), strict=True):
            found[row][irrep] = m
        return found

    def _counts(self, characters: NDArray[np.complexfloating] | NDArray[np.floating]) -> NDArray[np.int64]:
        """[k, n]: how often each character [k, classes] contains each irrep."""
        raw = characters @ (self.values.conj() * self.classes.sizes).T / self.group.order
        counts: NDArray[np.int64] = np.rint(raw.real).astype(np.int64)
        scale = np.maximum(1.0, np.abs(raw).max(axis=1, keepdims=True))
        wrong = (np.abs(raw - counts) > 1e-6 * scale) | (counts < 0)
        if wrong.any():
            raise AccuracyError(
                "the class function is not the character of a representation",
                received=f"multiplicities {np.round(raw[wrong.any(axis=1)][0], 6).tolist()}",
                expected="non-negative integers",
            )
        return counts

    def eigenvalue_multiplicities(self, irrep: int, of_class: int) -> NDArray[np.int64]:
        """[m]: how often exp(2πi k/m) is an eigenvalue of an element of order m of that class."""
        counts: NDArray[np.int64] = _multiplicities(self.values[irrep][self.classes.powers[of_class]][None, :])[0]
        return counts

    def _check(self) -> None:
        gram = (self.values * self.classes.sizes) @ self.values.conj().T / self.group.order
        error = float(np.abs(gram - np.eye(len(gram))).max())
        total = int((self.dimensions.astype(object) ** 2).sum())
        if error > 1e-8 or total != self.group.order:
            raise AccuracyError(
                "the character table is not orthonormal",
                received=f"error {error:.1e}, Σ d² = {total}",
                expected=f"below 1e-8 and Σ d² = {self.group.order}",
            )

    def _check_types(self) -> None:
        real_classes = int(np.sum(self.classes.inverses == np.arange(len(self.classes))))
        real_irreps = int(np.sum(self.indicators != 0))
        consistent = np.array_equal(self.indicators != 0, self.conjugates == np.arange(len(self.conjugates)))
        if real_irreps != real_classes or not consistent:
            raise AccuracyError(
                "the types of the irreps do not fit the classes",
                received=f"{real_irreps} irreps of real or quaternionic type",
                expected=f"{real_classes}, the number of classes with C = C⁻¹",
            )


def _central_characters(group: FiniteGroup) -> ComplexArray:
    """Characters [n, n] to the accuracy of an eigensolver, unordered."""
    classes = group.conjugacy
    n = len(classes)
    if n == 1:
        return np.ones((1, 1), dtype=np.complex128)
    everything = np.arange(group.order)
    # counts[t] : for z the representative of class t, the classes of x⁻¹z over all x.
    sources = np.array([classes.of[group.multiply(group.inverse_indices, int(z))] for z in classes.representatives])
    for seed in range(_ATTEMPTS):
        rng = np.random.default_rng(seed)
        c = rng.normal(size=n) + 1j * rng.normal(size=n)
        c = (c + c[classes.inverses].conj()) / 2
        weight = c[classes.of[everything]] / np.sqrt(classes.sizes[classes.of[everything]])
        M = np.empty((n, n), dtype=np.complex128)
        for t in range(n):
            real = np.bincount(sources[t], weights=weight.real, minlength=n)
            imag = np.bincount(sources[t], weights=weight.imag, minlength=n)
            M[t] = np.sqrt(classes.sizes[t] / classes.sizes) * (real + 1j * imag)
        values, vectors = np.linalg.eigh((M + M.conj().T) / 2)
        if np.diff(values).min() > RELATIVE_GAP * np.abs(values).max():
            characters: ComplexArray = vectors.conj().T.astype(np.complex128) / np.sqrt(classes.sizes)
            # Fix the phase by χ(1) > 0 and the length by Σ |C| |χ|² = |G|.
            characters *= (np.abs(characters[:, 0]) / characters[:, 0])[:, None] * np.sqrt(group.order)
            return characters
    raise AccuracyError("no seeded central element separates the characters", received=f"{n} classes of {group}")


def _multiplicities(on_powers: ComplexArray) -> NDArray[np.int64]:
    """Eigenvalue multiplicities [..., m] of g from χ(g⁰), χ(g¹), … χ(g^(m−1)) [..., m]."""
    raw = np.fft.fft(on_powers, axis=-1) / on_powers.shape[-1]
    counts: NDArray[np.int64] = np.rint(raw.real).astype(np.int64)
    if np.abs(raw - counts).max() > 1e-3 or counts.min() < 0:
        raise AccuracyError(
            "eigenvalue multiplicities are not natural numbers",
            received=f"off by {np.abs(raw - counts).max():.1e}",
            expected="below 1e-3",
        )
    return counts


def _round_to_roots_of_unity(values: ComplexArray, classes: ConjugacyClasses) -> ComplexArray:
    out = np.zeros_like(values)
    done = np.zeros(len(classes), dtype=bool)
    for c in np.argsort(-classes.orders, kind="stable"):
        if done[c]:
            continue
        powers = classes.powers[c]
        m = len(powers)
        counts = _multiplicities(values[:, powers])
        # The classes of g, g², … are done with one g. k and m − k are taken together: real values come out real.
        turn = np.outer(np.arange(m), np.arange(m)) % m * (2 * np.pi / m)
        mirrored = np.concatenate([counts[:, :1], counts[:, :0:-1]], axis=1)
        out[:, powers] = counts @ np.cos(turn) + 0.5j * ((counts - mirrored) @ np.sin(turn))
        done[powers] = True
    whole = np.rint(out.real)
    out.real = np.where(np.abs(out.real - whole) < 1e-10, whole, out.real)
    out.real[np.abs(out.real) < 1e-12] = 0.0
    out.imag[np.abs(out.imag) < 1e-12] = 0.0
    return out


def _character_order(values: ComplexArray, classes: ConjugacyClasses) -> NDArray[np.intp]:
    """By dimension, trivial first, then larger values first on the generators' classes, then on all classes."""
    columns = [*dict.fromkeys(classes.generators.tolist()), *range(len(classes))]

    rounded = np.round(values[:, columns], 6) + 0.0
    nontrivial = np.any(np.abs(rounded - 1) > 1e-5, axis=1)
    keys = np.stack([-rounded.real, -rounded.imag], axis=-1).reshape(len(values), -1)
    # The last key of lexsort is the first to count.
    return np.lexsort((*keys.T[::-1], nontrivial, np.rint(values[:, 0].real)))
