"""Kernel bases, kept: the same numbers, one file a layer, and never those of another action."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import intertwine as tw
from intertwine.groups.finite_group import FiniteGroup
from intertwine.representations.kernels import basis_cache
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.representations.kernels.scalar_functions import ScalarFunctions
from intertwine.representations.kernels.space_action import space_action


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERTWINE_CACHE", str(tmp_path))
    monkeypatch.setattr(basis_cache, "WORTH_STORING", 0.0)
    monkeypatch.setattr(basis_cache, "_CHEAP", 0)
    basis_cache._parts.cache_clear()
    return tmp_path / basis_cache.NAMESPACE


def _functions(vector: tw.Rep, *, used: bool = True) -> ScalarFunctions:
    made = ScalarFunctions.harmonics(vector, (3, 3), RadialProfile.default(3, 2))

    def build() -> object:
        assert used, "made anew"
        return made.build()

    return ScalarFunctions(vector, made.key, build)  # type: ignore[arg-type]


def test_made_once(folder: Path) -> None:
    G = tw.group("C4")
    vector, units = space_action(G, 2), (tw.regular(G), tw.Rep(G, "A"), tw.Rep(G, "E"))
    pairs = [(a, b) for a in units for b in units]
    first = basis_cache.kernel_bases(_functions(vector), pairs)
    kept = basis_cache.kernel_bases(_functions(vector, used=False), pairs)
    basis_cache._parts.cache_clear()  # as in another process
    again = basis_cache.kernel_bases(_functions(vector, used=False), pairs)
    assert len(list(folder.iterdir())) == 1
    for made, *others in zip(first, kept, again, strict=True):
        for other in others:
            np.testing.assert_array_equal(made.kernels, other.kernels)
            np.testing.assert_array_equal(made.block, other.block)


def test_what_is_cheap_is_not_stored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basis_cache, "_CHEAP", 2)
    G = tw.group("C4")
    basis_cache.kernel_bases(_functions(space_action(G, 2)), [(tw.regular(G), tw.regular(G))])
    assert not folder.exists()


def test_other_actions_and_functions_are_other_entries_other_bases_are_not(folder: Path) -> None:
    G = tw.group("C4")
    vector, unit = space_action(G, 2), tw.regular(G)
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
    turned = tw.Rep.from_matrices(G, discrete=Q @ unit.discrete_generators @ Q.T)
    other = tw.Rep.from_matrices(G, discrete=vector.discrete_generators.transpose(0, 2, 1))
    found = [
        basis_cache.kernel_bases(_functions(action), [(unit, one)])[0].kernels
        for action, one in ((vector, unit), (vector, turned), (other, unit))
    ]
    coarse = ScalarFunctions.harmonics(vector, (3, 3), RadialProfile.default(3, 2, max_degree=0))
    found.append(basis_cache.kernel_bases(coarse, [(unit, unit)])[0].kernels)
    assert len(list(folder.iterdir())) == 3
    for i, a in enumerate(found):
        assert all(a.shape != b.shape or np.abs(a - b).max() > 1e-3 for b in found[:i])


def test_not_for_groups_without_a_name_nor_without_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    mine = FiniteGroup.from_permutations([[1, 2, 3, 0]], name="mine")
    rep = tw.regular(mine)
    basis_cache.kernel_bases(_functions(tw.Rep.from_matrices(mine, discrete=turn[None])), [(rep, rep)])
    monkeypatch.setenv("INTERTWINE_CACHE", "off")
    G = tw.group("C4")
    basis_cache.kernel_bases(_functions(space_action(G, 2)), [(tw.regular(G), tw.regular(G))])
    assert not folder.exists()
