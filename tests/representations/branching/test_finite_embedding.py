"""Finite groups inside one another, and point groups inside SO(3) and O(3), against the tables of the literature."""

from __future__ import annotations

import numpy as np
import pytest

import intertwine as tw
from intertwine.errors import GroupError
from intertwine.groups.finite_group import FiniteGroup
from intertwine.representations.branching.finite_embedding import _is_injective, finite_embedding

# Correlation tables: Wilson, Decius and Cross, *Molecular Vibrations*, appendix X-8; Altmann and Herzig, tables.
BRANCHINGS = [
    ("Oh", "Td", "T1u + Eg", "E + T2"),
    ("Oh", "D4h", "T2g", "B2g + Eg"),
    ("Oh", "C4v", "T1u", "A1 + E"),
    ("Oh", "D3d", "T1u + T2g", "A1g + A2u + Eg + Eu"),
    ("Ih", "Th", "Hg", "1Eg + Tg"),
    ("I", "D5", "T1", "A2 + E1"),
    ("S5", "S4", "(3,1,1)", "(3,1) + (2,1,1)"),
    ("S5", "A5", "(3,1,1)", "3 + 3'"),
    ("D4", "C4", "E", "1E"),
    ("SO(3)", "O", "2+4", "A1 + 2xE + T1 + 2xT2"),
    ("SO(3)", "I", "2+5", "T1 + T2 + 2xH"),
    ("O(3)", "Oh", "1o+2e+3o", "A2u + Eg + 2xT1u + T2g + T2u"),
]


@pytest.mark.parametrize(("group", "subgroup", "rep", "expected"), BRANCHINGS)
def test_branching(group: str, subgroup: str, rep: str, expected: str) -> None:
    restricted = tw.Rep(tw.group(group), rep).restrict(subgroup)
    assert sorted(str(restricted).split(" + ")) == sorted(expected.split(" + "))


@pytest.mark.parametrize(
    ("large", "small"), [("Oh", "D3d"), ("I", "D5"), ("S4", "D4"), ("Hyperoctahedral(4)", "Hyperoctahedral(3)")]
)
def test_images_generate_a_copy(large: str, small: str) -> None:
    G, H = tw.group(large), tw.group(small)
    assert isinstance(G, FiniteGroup)
    assert isinstance(H, FiniteGroup)
    images = finite_embedding(G, H)
    assert images is not None
    copy = FiniteGroup.from_permutations([g.permutation for g in images])
    assert copy.order == H.order
    # a homomorphism: words in the generators go to the same words
    rng = np.random.default_rng(0)
    for _ in range(20):
        word = rng.integers(len(images), size=8)
        ours, theirs = G.identity, H.identity
        for k in word:
            ours, theirs = ours @ images[k], theirs @ H.generators[k]
        assert ours.order == theirs.order


def test_wrong_images_are_no_embedding() -> None:
    G, H = tw.group("Oh"), tw.group("D3d")
    assert isinstance(G, FiniteGroup)
    assert isinstance(H, FiniteGroup)
    images = finite_embedding(G, H)
    assert images is not None
    right = tuple(g.index for g in images)
    assert _is_injective(right, G, H)
    assert not _is_injective((*right[:-1], 0), G, H)


def test_no_embedding() -> None:
    with pytest.raises(GroupError, match="no built-in embedding"):
        tw.Rep(tw.group("Oh"), "T1u").restrict("C5")
    with pytest.raises(GroupError, match="no built-in embedding"):
        tw.Rep(tw.group("A4"), "3").restrict("C6")
