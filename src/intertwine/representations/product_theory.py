"""Irreps of a direct product: tuples of the factors' complex irreps, with Kronecker products for matrices.

Products multiply complex labels and realify last: types multiply (R·R = R, R·H = H, H·H = R, C·any = C), C ⊠ C gives
two real irreps, and H ⊠ H a real irrep of dimension d₁ d₂.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.product import ProductElement, ProductGroup
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.realification import feature_basis

ProductLabel = tuple[Hashable, ...]


class ProductTheory(Theory[ProductLabel]):
    """The representation theory of G₁ × G₂ × …."""

    group: ProductGroup

    def __init__(self, group: ProductGroup) -> None:
        super().__init__(group)
        self.factors: tuple[Theory[Any], ...] = tuple(factor.theory for factor in group.factors)

    def _each(self, method: Callable[[Theory[Any], Any], Any], label: ProductLabel) -> list[Any]:
        return [method(theory, one) for theory, one in zip(self.factors, label, strict=True)]

    # --- labels ----------------------------------------------------------------------------------
    @property
    def trivial(self) -> ProductLabel:
        return tuple(theory.trivial for theory in self.factors)

    def parse(self, *label: object) -> ProductLabel:
        """ "(3,2,1/6)", ("3", "2", "1/6") or one entry a factor: parse("3", "2", Fraction(1, 6))."""
        parts: tuple[object, ...] = label
        if len(label) == 1 and isinstance(label[0], str):
            parts = tuple(split_outside_parentheses(_strip_parentheses(label[0]), ","))
        elif len(label) == 1 and isinstance(label[0], tuple | list):
            parts = tuple(label[0])
        if len(parts) != len(self.factors):
            raise RepresentationError(
                f"an irrep of {self.group.name} has one entry a factor",
                received=f"{len(parts)} entries, {', '.join(str(part) for part in parts)}",
                expected=f"{len(self.factors)}, as in {self.name(self.trivial)}",
            )
        return tuple(_parse_part(theory, part) for theory, part in zip(self.factors, parts, strict=True))

    def name(self, label: ProductLabel) -> str:
        """ "(3,2,1/6)"; an SU(2) entry is its dimension here, as particle physicists write it, not its spin."""
        return "(" + ",".join(self._each(_part_name, label)) + ")"

    def dimension(self, label: ProductLabel) -> int:
        return prod(self._each(lambda theory, one: theory.dimension(one), label))

    def conjugate(self, label: ProductLabel) -> ProductLabel:
        return tuple(self._each(lambda theory, one: theory.conjugate(one), label))

    def indicator(self, label: ProductLabel) -> int:
        return prod(self._each(lambda theory, one: theory.indicator(one), label))

    def decompose(self, a: ProductLabel, b: ProductLabel) -> dict[ProductLabel, int]:
        parts = [theory.decompose(x, y) for theory, x, y in zip(self.factors, a, b, strict=True)]
        return {
            tuple(one for one, _ in combination): prod(count for _, count in combination)
            for combination in product(*(part.items() for part in parts))
        }

    def labels(self, max_dimension: int) -> Iterator[ProductLabel]:
        found = [
            label
            for label in product(*(list(theory.labels(max_dimension)) for theory in self.factors))
            if self.dimension(label) <= max_dimension
        ]
        yield from sorted(found, key=lambda label: (self.dimension(label), *self._spelling(label)))

    # --- matrices --------------------------------------------------------------------------------
    def algebra(self, label: ProductLabel) -> ComplexArray:
        return self._side_by_side(label, self._each(lambda theory, one: theory.algebra(one), label))

    def discrete(self, label: ProductLabel) -> ComplexArray:
        return self._side_by_side(label, self._each(lambda theory, one: theory.discrete(one), label))

    def _side_by_side(self, label: ProductLabel, matrices: list[ComplexArray]) -> ComplexArray:
        """Each factor's matrices with units in the other factors, one factor after the other."""
        d = self._each(lambda theory, one: theory.dimension(one), label)
        rows: list[ComplexArray] = []
        for i, X in enumerate(matrices):
            left, right = np.eye(prod(d[:i]), dtype=np.complex128), np.eye(prod(d[i + 1 :]), dtype=np.complex128)
            rows.extend(_kron([left, x, right]) for x in X)
        size = prod(d)
        return np.array(rows, dtype=np.complex128).reshape(-1, size, size)

    def matrix(self, label: ProductLabel, element: GroupElement) -> ComplexArray:
        if not isinstance(element, ProductElement):
            raise RepresentationError("not an element of the product", received=repr(element), expected=self.group.name)
        return _kron([theory.matrix(one, g) for theory, one, g in zip(self.factors, label, element.parts, strict=True)])

    def conjugation(self, label: ProductLabel) -> ComplexArray:
        J = _kron(self._each(lambda theory, one: theory.conjugation(one), label))
        other = self.conjugate(label)
        # A quaternionic factor beside a complex one: the factors' J_λ̄ conj(J_λ) = −1, so one of the pair takes a sign.
        factor_sign = prod(sign for sign in self._each(lambda theory, one: theory.indicator(one), label) if sign)
        if other != label and factor_sign == -1 and self._spelling(other) < self._spelling(label):
            return -J
        return J

    def _spelling(self, label: ProductLabel) -> tuple[int, str]:
        return len(self.name(label)), self.name(label)

    def clebsch_gordan(self, a: ProductLabel, b: ProductLabel, c: ProductLabel) -> ComplexArray:
        T = np.ones((1, 1, 1, 1), dtype=np.complex128)
        for theory, x, y, z in zip(self.factors, a, b, c, strict=True):
            U = theory.clebsch_gordan(x, y, z)
            shape = tuple(m * n for m, n in zip(T.shape, U.shape, strict=True))
            T = np.einsum("mijk,npqr->mnipjqkr", T, U).reshape(shape)
        return T

    def real_basis(self, label: ProductLabel) -> ComplexArray | None:
        """The Kronecker product of the factors' real bases; None when the reality comes from pairs of types H."""
        if any(indicator != 1 for indicator in self._each(lambda theory, one: theory.indicator(one), label)):
            return None
        return _kron(self._each(feature_basis, label))

    def complex_structure_basis(self, label: ProductLabel) -> ComplexArray | None:
        """The Kronecker product of the factors' preferred bases."""
        return _kron(self._each(feature_basis, label))


def _by_dimension(theory: Theory[Any]) -> bool:
    return theory.group.name == "SU(2)"


def _part_name(theory: Theory[Any], label: Any) -> str:
    return str(theory.dimension(label)) if _by_dimension(theory) else theory.name(label)


def _parse_part(theory: Theory[Any], part: object) -> Any:
    if isinstance(part, str):
        part = part.strip()
    if isinstance(part, tuple | list):
        return theory.parse(*part)
    if _by_dimension(theory) and re.fullmatch(r"[1-9]\d*", str(part)):
        return theory.parse(str(Fraction(int(str(part)) - 1, 2)))  # the spin of that dimension
    return theory.parse(part)


def _kron(matrices: list[ComplexArray]) -> ComplexArray:
    total = matrices[0]
    for matrix in matrices[1:]:
        total = np.kron(total, matrix).astype(np.complex128, copy=False)
    return total


def _strip_parentheses(text: str) -> str:
    text = text.strip()
    inner = text[1:-1]
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for character in inner:
        depth += (character == "(") - (character == ")")
        if depth < 0:  # the first parenthesis closes before the end: "(1/2,1/2),(0,1)"
            return text
    return inner


def split_outside_parentheses(text: str, separator: str) -> list[str]:
    """Split at a one-character separator wherever no parenthesis is open."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]
