"""O(n) and O(p,q): SO(n) or SO₀(p,q) together with commuting reflections (parity, time reversal)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import GroupError
from intertwine.groups import lie_catalogue
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group
from intertwine.groups.lie_element import LieElement
from intertwine.groups.lie_group import LieGroup, lie_group


def extended_group(name: str) -> ExtendedGroup | None:
    """O(n) or O(p,q) by name, or None for any other name."""
    spec = lie_catalogue.lookup(name)
    if spec is None or spec.connected is None:
        return None
    return _extension(spec.name, spec.connected, spec.parameters)


@lru_cache(maxsize=128)
def _extension(name: str, connected: str, signature: tuple[int, ...]) -> ExtendedGroup:
    part = lie_group(connected)
    if part is None:
        raise GroupError("the identity component is not a known group", received=connected, expected="SO(n) or SO(p,q)")
    return ExtendedGroup(name, part, signature)


class ExtendedElement(GroupElement):
    """g = g₀ r₁^b₁ r₂^b₂ with g₀ in the identity component and the group's reflections r_k (b_k = 0 or 1)."""

    group: ExtendedGroup

    def __init__(self, group: ExtendedGroup, connected: LieElement, bits: tuple[int, ...]) -> None:
        self.group = group
        self.connected = connected
        self.bits = bits

    def __matmul__(self, other: GroupElement) -> ExtendedElement:
        if not isinstance(other, ExtendedElement) or other.group != self.group:
            raise GroupError("elements of different groups have no product", received=other, expected=self.group)
        moved = self.group.reflected(other.connected, self.bits)
        bits = tuple((a + b) % 2 for a, b in zip(self.bits, other.bits, strict=True))
        return ExtendedElement(self.group, self.connected @ moved, bits)

    def inverse(self) -> ExtendedElement:
        """g⁻¹."""
        return ExtendedElement(self.group, self.group.reflected(self.connected.inverse(), self.bits), self.bits)

    @property
    def matrix(self) -> NDArray[Any]:
        """[n, n]: the element on vectors."""
        return self.group.defining_matrix(self)

    def __repr__(self) -> str:
        letters = "".join(letter for letter, bit in zip(self.group.letters, self.bits, strict=True) if bit)
        return f"{self.group.name} element({self.connected!r}{' ' + letters if letters else ''})"


class ExtendedGroup(Group):
    """A Lie group with components: its identity component and reflections r_k, diagonal on vectors.

    O(n): one reflection "P", −1 for odd n and the reflection of the last axis for even n. O(p,q), metric (+…+, −…−):
    "P" inverts all q minus-axes (q odd) or the last of them (q even), "T" inverts all p plus-axes (p odd) or the first
    of them (p even); for O(1,3) these are parity and time reversal.

    Attributes
    ----------
    connected: the identity component.
    letters: ("P",) or ("P", "T"), the discrete generators in order.
    reflections: [n_discrete, n], their diagonals on vectors.
    signs: [n_discrete, n_algebra], r_k X_a r_k⁻¹ = signs[k, a] X_a.
    """

    def __init__(self, name: str, connected: LieGroup, signature: tuple[int, ...]) -> None:
        self.name = name
        self.connected = connected
        self.signature = signature
        self.is_compact = connected.is_compact
        self.n_algebra = connected.n_algebra
        self.letters = ("P",) if len(signature) == 1 else ("P", "T")
        self.n_discrete = len(self.letters)
        self.reflections: NDArray[np.int64] = _reflections(signature)

    @cached_property
    def signs(self) -> NDArray[np.int64]:
        """[n_discrete, n_algebra]."""
        if self.connected.spec.torus_rank:  # SO(2): a reflection reverses the rotation
            return np.full((self.n_discrete, 1), -1)
        from intertwine.groups.physical_algebra import algebra_matrices

        group = self.connected
        if group.defining is None:
            raise GroupError("an orthogonal group has a defining representation", received=group.name)
        X = algebra_matrices(group.spec, group.defining, group.algebra).real
        n = self.reflections.shape[1]
        rows = []
        for r in self.reflections:
            moved = r[:, None] * X * r[None, :]
            sign = np.sign(np.einsum("aij,aij->a", moved, X)).astype(np.int64)
            if np.abs(moved - sign[:, None, None] * X).max() > 1e-12 * n:
                raise GroupError("a reflection does not preserve the Lie algebra basis", received=group.name)
            rows.append(sign)
        return np.array(rows)

    def reflected(self, element: LieElement, bits: Sequence[int]) -> LieElement:
        """r g₀ r⁻¹ for r = Π r_k^b_k."""
        signs = np.prod(np.where(np.array(bits)[:, None] == 1, self.signs, 1), axis=0)
        return LieElement(self.connected, tuple(signs * c for c in element.word))

    @property
    def identity(self) -> ExtendedElement:
        """The unit element."""
        return self.lift(self.connected.identity)

    @property
    def discrete_elements(self) -> tuple[ExtendedElement, ...]:
        """The reflections, in order."""
        one = self.connected.identity
        return tuple(
            ExtendedElement(self, one, tuple(int(i == k) for i in range(self.n_discrete)))
            for k in range(self.n_discrete)
        )

    def lift(self, element: LieElement, bits: Sequence[int] | None = None) -> ExtendedElement:
        """An element g₀ of the identity component as one of this group, times Π r_k^b_k."""
        return ExtendedElement(self, element, (0,) * self.n_discrete if bits is None else tuple(bits))

    def exp(self, coefficients: ArrayLike) -> ExtendedElement:
        """exp(Σ_a c_a X_a) in the identity component."""
        return self.lift(self.connected.exp(coefficients))

    def boost(self, rapidity: float, axis: ArrayLike = (0.0, 0.0, 1.0)) -> ExtendedElement:
        """The Lorentz boost of this rapidity along a spatial axis."""
        return self.lift(self.connected.boost(rapidity, axis))

    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> ExtendedElement:
        """A sample of the identity component times a uniformly random component."""
        part = self.connected.sample(rng, scale)
        return self.lift(part, [int(bit) for bit in rng.integers(2, size=self.n_discrete)])

    def element(self, matrix: ArrayLike) -> ExtendedElement:
        """The element with this matrix [n, n] on vectors; raises GroupError for a matrix that is not in the group."""
        M = np.asarray(matrix, dtype=np.float64)
        n = self.reflections.shape[1]
        if M.shape != (n, n) or not np.isfinite(M).all():
            raise GroupError(f"not an element of {self.name}", received=M.shape, expected=f"a finite matrix [{n}, {n}]")
        if len(self.signature) == 1:
            bits = [int(np.linalg.det(M) < 0)]
        else:
            p = self.signature[0]
            bits = [int(np.linalg.det(M[p:, p:]) < 0), int(np.linalg.det(M[:p, :p]) < 0)]
        # M = g₀ r with r = r⁻¹
        return self.lift(self.connected.element(M * self._diagonal(bits)[None, :]), bits)

    def defining_matrix(self, element: ExtendedElement) -> NDArray[Any]:
        """[n, n]: an element on vectors, real."""
        M = np.asarray(element.connected.matrix)
        if M.shape[0] == 1:  # SO(2) is given as a phase
            z = complex(M[0, 0])
            M = np.array([[z.real, -z.imag], [z.imag, z.real]])
        moved: NDArray[Any] = M * self._diagonal(element.bits)[None, :]
        return moved

    def _diagonal(self, bits: Sequence[int]) -> NDArray[np.int64]:
        diagonal: NDArray[np.int64] = np.prod(np.where(np.array(bits)[:, None] == 1, self.reflections, 1), axis=0)
        return diagonal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExtendedGroup) and self.connected == other.connected

    def __hash__(self) -> int:
        return hash(self.name)


def _reflections(signature: tuple[int, ...]) -> NDArray[np.int64]:
    def invert(n: int, first: int, count: int, which: int) -> NDArray[np.int64]:
        """−1 on all `count` axes from `first` when count is odd, else on axis `which` alone."""
        diagonal = np.ones(n, dtype=np.int64)
        if count % 2:
            diagonal[first : first + count] = -1
        else:
            diagonal[which] = -1
        return diagonal

    if len(signature) == 1:
        (n,) = signature
        return invert(n, 0, n, n - 1)[None]
    p, q = signature
    return np.stack([invert(p + q, p, q, p + q - 1), invert(p + q, 0, p, 0)])
