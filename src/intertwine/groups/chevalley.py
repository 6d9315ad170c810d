"""Chevalley basis: E_β of every positive root as nested commutators of the simple ones, F_β its transpose."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from intertwine.groups.root_system import RootSystem

Root = tuple[int, ...]


def _shift(root: Root, i: int, by: int) -> Root:
    return (*root[:i], root[i] + by, *root[i + 1 :])


@lru_cache(maxsize=256)
def root_words(root_system: RootSystem) -> tuple[tuple[int, int, int], ...]:
    """For every positive root β, in the order of `positive_roots`: (i, number of γ, p + 1), E_β = [E_i, E_γ]/(p + 1).

    γ = β − α_i for the first node i for which it is a root, p how often α_i can be subtracted from γ (Bourbaki, Lie
    groups and Lie algebras, ch. VIII, §2.4). Simple roots have γ = −1.
    """
    roots: list[Root] = [tuple(row) for row in root_system.positive_roots.tolist()]
    number = {root: n for n, root in enumerate(roots)}
    words = []
    for n, root in enumerate(roots):
        if n < root_system.rank:
            words.append((n, -1, 1))
            continue
        i = next(i for i in range(root_system.rank) if _shift(root, i, -1) in number)
        gamma = _shift(root, i, -1)
        p = 0
        while _shift(gamma, i, -1 - p) in number:
            p += 1
        words.append((i, number[gamma], p + 1))
    return tuple(words)


def root_vectors(simple: Sequence[Any], root_system: RootSystem) -> list[Any]:
    """E_β for every positive root from the simple E_i (dense or sparse square arrays)."""
    result: list[Any] = []
    for i, below, scale in root_words(root_system):
        if below < 0:
            result.append(simple[i])
        else:
            result.append((simple[i] @ result[below] - result[below] @ simple[i]) / scale)
    return result


@lru_cache(maxsize=64)
def structure_constants(root_system: RootSystem) -> dict[tuple[int, Root], int]:
    """R with [E_i, E_γ] = R[i, γ] E_(γ+α_i), for simple i and positive γ for which γ + α_i is a root; exact.

    By height, together with L in [F_k, E_β] = L[k, β] E_(β−α_k): the Jacobi identity gives L[k, β] from β's word and
    then R[i, γ] L[k, γ+α_i] = L[k, γ] R[i, γ−α_k] for k ≠ i.
    """
    roots: list[Root] = [tuple(row) for row in root_system.positive_roots.tolist()]
    known, rank, cartan = set(roots), root_system.rank, root_system.cartan.tolist()
    coroot = {root: (root_system.positive_roots[n] @ root_system.cartan).tolist() for n, root in enumerate(roots)}
    simple = {root: k for k, root in enumerate(roots[:rank])}
    right: dict[tuple[int, Root], Fraction] = {}
    left: dict[tuple[int, Root], Fraction] = {}

    def bracket(k: int, i: int, gamma: Root) -> Fraction:
        """The coefficient in [E_i, [F_k, E_γ]] ∝ E_(γ+α_i−α_k)."""
        if gamma in simple:
            return Fraction(cartan[i][k]) if simple[gamma] == k else Fraction(0)
        return left.get((k, gamma), Fraction(0)) * right.get((i, _shift(gamma, k, -1)), Fraction(0))

    for n in range(rank, len(roots)):
        beta = roots[n]
        i, below, scale = root_words(root_system)[n]
        gamma = roots[below]
        right[i, gamma] = Fraction(scale)
        for k in range(rank):
            if _shift(beta, k, -1) in known:
                own = coroot[gamma][i] if k == i else 0
                left[k, beta] = (bracket(k, i, gamma) - own) / scale
        for other in range(rank):
            source = _shift(beta, other, -1)
            if other != i and source in known:
                right[other, source] = bracket(i, other, source) / left[i, beta]
    return {key: int(value) for key, value in right.items()}


@lru_cache(maxsize=64)
def conjugation_signs(
    root_system: RootSystem, tau: tuple[int, ...], signs: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(τβ, c_β) for every positive root: σ(E_β) = c_β F_τβ for the antilinear σ with σ(E_i) = −s_i F_τi.

    τβ is the number of the image root.
    """
    roots: list[Root] = [tuple(row) for row in root_system.positive_roots.tolist()]
    number = {root: n for n, root in enumerate(roots)}
    images = [number[tuple(root[tau[i]] for i in range(root_system.rank))] for root in roots]
    trivial = all(i == t for i, t in enumerate(tau))
    table = {} if trivial else structure_constants(root_system)
    result: list[int] = []
    for i, below, scale in root_words(root_system):
        if below < 0:
            result.append(-signs[i])
        else:
            # σ[E_i, E_γ] = −s_i c_γ [F_τi, F_τγ] and [F_τi, F_τγ] = −R F_τβ
            epsilon = 1 if trivial else table[tau[i], roots[images[below]]] // scale
            result.append(signs[i] * epsilon * result[below])
    return tuple(images), tuple(result)
