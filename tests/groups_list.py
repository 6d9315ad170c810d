"""The one list of groups that every contract test of the engine runs over.

A new family of groups is one more line here and gets the whole harness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

import intertwine as tw
from intertwine.groups import Group
from intertwine.groups.finite_group import FiniteGroup
from intertwine.representations import Irrep


@dataclass(frozen=True)
class Case:
    """A group and the irreps (all up to a complex dimension, at most `count` of them) that tests take."""

    name: str
    kind: str  # "finite", "compact", "non-compact", "product"
    max_dimension: int
    count: int = 4
    build: Callable[[], Group] | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def group(self) -> Group:
        return _built(self.name)

    @property
    def irreps(self) -> list[Irrep]:
        return _irreps(self.name)


def frobenius_21() -> Group:
    """A user's own finite group: x ↦ a x + b on seven points, a a square."""
    points = np.arange(7)
    return FiniteGroup.from_permutations([(points + 1) % 7, (2 * points) % 7], "F21")


def dicyclic_3() -> Group:
    """A user's own finite group by complex matrices: the dicyclic group of order 12."""
    w = np.exp(1j * np.pi / 3)
    return FiniteGroup.from_matrices([np.diag([w, w.conj()]), np.array([[0, -1], [1, 0]], dtype=complex)], "Dic3")


def user_algebra(matrices: np.ndarray, name: str, seed: int) -> Group:
    """A user's own Lie group: the generators mixed and conjugated, so that nothing about their basis is special."""
    rng = np.random.default_rng(seed)
    n, d = len(matrices), matrices.shape[1]
    mixing = rng.standard_normal((n, n)) + 2 * np.eye(n)
    crooked = rng.standard_normal((d, d)) + 3 * np.eye(d)
    return tw.user_group(np.tensordot(mixing, crooked @ matrices @ np.linalg.inv(crooked), 1), name=name)


def user_su3() -> Group:
    """su(3) by crooked complex 3 × 3 matrices."""
    G = tw.group("SU(3)")
    return user_algebra(G.theory.algebra(G.theory.parse("3")), "user su(3)", 0)


def user_lorentz() -> Group:
    """so(1,3) by crooked real 4 × 4 matrices."""
    G = tw.group("SO(1,3)")
    return user_algebra(G.irrep("(1/2,1/2)").generators, "user so(1,3)", 1)


CASES = [
    # finite, five point groups and more among them, two users' own
    Case("C4", "finite", 1, 5),
    Case("D4", "finite", 2, 5),
    Case("A4", "finite", 3, 5),
    Case("S4", "finite", 3, 5),
    Case("S5", "finite", 6, 7),
    Case("Q8", "finite", 2, 5),
    Case("C3v", "finite", 2),
    Case("D3h", "finite", 2, 6),
    Case("Td", "finite", 3, 5),
    Case("Oh", "finite", 3, 10),
    Case("Ih", "finite", 5, 6),
    Case("-4", "finite", 1),
    Case("Hyperoctahedral(3)", "finite", 3, 6),
    Case("F21", "finite", 3, 5, frobenius_21),
    Case("Dic3", "finite", 2, 6, dicyclic_3),
    # tori and unitary groups
    Case("U(1)", "compact", 1),
    Case("SO(2)", "compact", 1),
    Case("U(2)", "compact", 3, 5),
    # compact simple
    Case("SU(2)", "compact", 4),
    Case("SO(3)", "compact", 7),
    Case("SU(3)", "compact", 8),
    Case("SU(4)", "compact", 10),
    Case("SU(5)", "compact", 10, 3),
    Case("Sp(4)", "compact", 10),
    Case("Sp(6)", "compact", 14, 3),
    Case("SO(5)", "compact", 10, 3),
    Case("SO(6)", "compact", 15, 3),
    Case("SO(7)", "compact", 21, 3),
    Case("Spin(7)", "compact", 8, 3),
    Case("SO(8)", "compact", 28, 3),
    Case("G2", "compact", 14, 3),
    Case("F4", "compact", 26, 2),
    Case("E6", "compact", 27, 2),
    Case("E7", "compact", 56, 2),
    Case("E8", "compact", 248, 2),
    # non-compact
    Case("SO(1,2)", "non-compact", 5),
    Case("SO(1,3)", "non-compact", 9, 5),
    Case("SL(2,C)", "non-compact", 4, 5),
    Case("SU(1,1)", "non-compact", 4),
    Case("SU(2,1)", "non-compact", 8),
    Case("SU(2,2)", "non-compact", 6, 3),
    Case("SO(3,2)", "non-compact", 10, 3),
    Case("SO(4,2)", "non-compact", 15, 3),
    Case("SO(1,4)", "non-compact", 10, 3),
    Case("Sp(4,R)", "non-compact", 10),
    Case("Sp(1,1)", "non-compact", 5, 3),
    Case("SL(3,R)", "non-compact", 8, 5),
    Case("SL(4,R)", "non-compact", 6, 4),
    Case("G2(2)", "non-compact", 14, 3),
    # users' own algebras
    Case("user su(3)", "compact", 8, 4, user_su3),
    Case("user so(1,3)", "non-compact", 9, 4, user_lorentz),
    # with components
    Case("O(2)", "compact", 2, 5),
    Case("O(3)", "compact", 5, 6),
    Case("O(4)", "compact", 6, 6),
    Case("O(1,2)", "non-compact", 3, 6),
    Case("O(1,3)", "non-compact", 6, 9),
    # products
    Case("SU(3)xSU(2)xU(1)", "product", 3, 7),
    Case("SU(2)xSU(2)", "product", 4, 5),
    Case("SU(2)xQ8", "product", 4, 6),
    Case("SO(3)xS4", "product", 6, 6),
    Case("U(1)xU(1)", "product", 1, 5),
    Case("O(3)xC4", "product", 3, 6),
    Case("SO(1,3)xSU(2)", "product", 4, 5),
]
_BY_NAME = {case.name: case for case in CASES}


@cache
def _built(name: str) -> Group:
    build = _BY_NAME[name].build
    return tw.group(name) if build is None else build()


@cache
def _irreps(name: str) -> list[Irrep]:
    case = _BY_NAME[name]
    found = sorted(case.group.irreps(case.max_dimension))
    # the trivial irrep, then the others spread over the dimensions, so that the largest is always there
    if len(found) <= case.count:
        return found
    picked = np.linspace(0, len(found) - 1, case.count).round().astype(int)
    return [found[i] for i in picked]


def all_groups(*, without: tuple[str, ...] = (), kinds: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """Parametrise a test by `case`."""
    cases = [case for case in CASES if case.name not in without and (not kinds or case.kind in kinds)]
    return pytest.mark.parametrize("case", cases, ids=str)


def rng_for(case: Case) -> np.random.Generator:
    """Seeded by the name, so that a test of one group does not depend on the others."""
    return np.random.default_rng([ord(letter) for letter in case.name])
