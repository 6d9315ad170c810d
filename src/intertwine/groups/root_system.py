"""Root systems of semisimple Lie algebras: exact integers, immutable, cached."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import ArrayLike

from intertwine.errors import GroupError
from intertwine.groups.cartan import Component, IntArray, cartan_matrix, identify, opposition

_JOINT = re.compile(r"[x×+]")
_SIMPLE = re.compile(r"([A-G])(\d{1,4})")


class RootSystem:
    """A semisimple root system, given by its Cartan matrix (row i is the simple root α_i in Dynkin labels).

    Equal Cartan matrices compare equal and hash equal. Rank 0 (the empty matrix) is allowed: a torus has no roots.

    Parameters
    ----------
    cartan: integers [rank, rank]. Raises GroupError unless it is a Cartan matrix of finite type.
    """

    def __init__(self, cartan: ArrayLike) -> None:
        self.components: tuple[Component, ...] = identify(cartan)
        rank = sum(c.rank for c in self.components)
        self.cartan: IntArray = np.array(cartan).astype(np.int64).reshape(rank, rank)
        self.cartan.setflags(write=False)
        self._key = (rank, self.cartan.tobytes())

    @classmethod
    def from_type(cls, type_name: str) -> RootSystem:
        """ "A2", "B3", … or a sum "A1xB3" ("" is rank 0). Bourbaki's numbering; sums concatenate.

        B1 = C1 = A1, D2 = A1×A1; D3 keeps the numbering of the D series (the vector is (1,0,0)). Raises GroupError
        for a name that is not a type; D1 is a torus, not a root system.
        """
        blocks = []
        for part in _JOINT.split(type_name.replace(" ", "")) if type_name.strip() else []:
            match = _SIMPLE.fullmatch(part)
            if match is None:
                raise GroupError(
                    "not a Killing–Cartan type", received=repr(type_name), expected='for example "A2" or "A1xB3"'
                )
            blocks.append(cartan_matrix(match[1], int(match[2])))
        cartan = np.zeros((sum(map(len, blocks)),) * 2, dtype=np.int64)
        start = 0
        for block in blocks:
            cartan[start : start + len(block), start : start + len(block)] = block
            start += len(block)
        return cls(cartan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RootSystem) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"RootSystem({self.type_name!r})"

    @property
    def rank(self) -> int:
        """Number of simple roots."""
        return len(self.cartan)

    @property
    def type_name(self) -> str:
        """The Killing–Cartan type, "A1xB3"."""
        return "x".join(f"{c.letter}{c.rank}" for c in self.components)

    @cached_property
    def symmetrizer(self) -> IntArray:
        """[rank] the half squared lengths (α_i, α_i)/2, in units in which each summand's shortest root has 1."""
        lengths = np.ones(self.rank, dtype=np.int64)
        for component in self.components:
            known = {component.nodes[0]: Fraction(1)}
            for _ in component.nodes:
                for i in tuple(known):
                    for j in component.nodes:
                        if self.cartan[i, j] and j not in known:  # A_ij / A_ji = (α_i, α_i) / (α_j, α_j)
                            known[j] = known[i] * Fraction(int(self.cartan[j, i]), int(self.cartan[i, j]))
            shortest = min(known.values())
            for i, value in known.items():
                lengths[i] = int(value / shortest)
        lengths.setflags(write=False)
        return lengths

    @property
    def simple_root_lengths(self) -> IntArray:
        """[rank] the squared lengths (α_i, α_i); each summand's shortest root has 2."""
        return 2 * self.symmetrizer

    @cached_property
    def inverse_cartan(self) -> tuple[tuple[Fraction, ...], ...]:
        """The exact inverse of the Cartan matrix: row i is the fundamental weight ω_i in simple roots."""
        n = self.rank
        rows = [
            [Fraction(int(x)) for x in row] + [Fraction(int(i == k)) for k in range(n)]
            for i, row in enumerate(self.cartan)
        ]
        for i in range(n):
            pivot = next(r for r in range(i, n) if rows[r][i])
            rows[i], rows[pivot] = rows[pivot], rows[i]
            rows[i] = [x / rows[i][i] for x in rows[i]]
            for r in range(n):
                if r != i and rows[r][i]:
                    factor = rows[r][i]
                    rows[r] = [x - factor * y for x, y in zip(rows[r], rows[i], strict=True)]
        return tuple(tuple(row[n:]) for row in rows)

    @cached_property
    def index(self) -> int:
        """The least common denominator of `inverse_cartan`."""
        return lcm(1, *(x.denominator for row in self.inverse_cartan for x in row))

    @cached_property
    def scaled_inverse_cartan(self) -> IntArray:
        """[rank, rank] integers: `inverse_cartan` times `index`."""
        scaled = [[int(x * self.index) for x in row] for row in self.inverse_cartan]
        return np.array(scaled, dtype=np.int64).reshape(self.rank, self.rank)

    @cached_property
    def scaled_metric(self) -> IntArray:
        """[rank, rank] integers G with (λ, μ) = λ G μᵀ / index for Dynkin labels λ, μ."""
        return self.scaled_inverse_cartan * self.symmetrizer[None, :]

    @cached_property
    def positive_roots(self) -> IntArray:
        """[n, rank] the positive roots in simple roots, by height, then lexically (simple roots first, in order)."""
        level = [tuple(int(i == k) for k in range(self.rank)) for i in range(self.rank)]
        roots, known = list(level), set(level)
        while level:
            above: set[tuple[int, ...]] = set()
            for root in level:
                labels = np.array(root) @ self.cartan
                for i in range(self.rank):
                    # α + α_i is a root iff q = p − ⟨α, α_i^∨⟩ > 0, p the number of times α_i can be subtracted.
                    p, lower = 0, list(root)
                    while lower[i] > 0:
                        lower[i] -= 1
                        if tuple(lower) not in known:
                            break
                        p += 1
                    if p > labels[i]:
                        above.add((*root[:i], root[i] + 1, *root[i + 1 :]))
            level = sorted(above, reverse=True)
            known.update(level)
            roots += level
        return np.array(roots, dtype=np.int64).reshape(len(roots), self.rank)

    @cached_property
    def positive_coroots(self) -> IntArray:
        """[n, rank] the coroots 2α/(α, α) of `positive_roots` in simple coroots: ⟨λ, α^∨⟩ = Σ_i λ_i coroot_i."""
        roots = self.positive_roots
        # (α, α) = Σ_i a_i (α_i, α) = Σ_i a_i d_i ⟨α, α_i^∨⟩
        half_lengths = np.sum(roots * self.symmetrizer * (roots @ self.cartan), axis=1) // 2
        coroots: IntArray = roots * self.symmetrizer // half_lengths[:, None]
        return coroots

    @cached_property
    def opposition(self) -> tuple[int, ...]:
        """The node permutation i ↦ i* with −w0 α_i = α_i*, w0 the longest element of the Weyl group."""
        star = {i: j for component in self.components for i, j in opposition(component).items()}
        return tuple(star[i] for i in range(self.rank))

    def longest_element(self, dynkin: Sequence[int]) -> tuple[int, ...]:
        """−w0 λ: the highest weight of the dual (for a dominant λ)."""
        return tuple(dynkin[i] for i in self.opposition)

    def is_dominant(self, dynkin: Sequence[int]) -> bool:
        """Whether all labels are non-negative (and as many as the rank)."""
        return len(dynkin) == self.rank and all(x >= 0 for x in dynkin)

    def root_coordinates(self, dynkin: Sequence[int]) -> tuple[Fraction, ...]:
        """A weight in simple roots: λ = Σ_i c_i α_i; c_i is also ⟨λ, ϖ_i^∨⟩, the i-th fundamental coweight's value."""
        scaled = np.asarray(dynkin, dtype=np.int64) @ self.scaled_inverse_cartan
        return tuple(Fraction(int(x), self.index) for x in scaled)
