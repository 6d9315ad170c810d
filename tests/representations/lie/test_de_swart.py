"""SU(3) isoscalar factors against the published tables of 8 ⊗ 8 (Particle Data Group, "SU(3) isoscalar factors")."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.representations.lie.de_swart import de_swart_signs, hadron_states, isoscalar_factors
from intertwine.representations.lie.weight_module import WeightModule

H = Fraction(1, 2)
PARTICLE = {"N": (H, 1), "S": (1, 0), "L": (0, 0), "X": (H, -1), "K": (H, 1), "p": (1, 0), "e": (0, 0), "Kb": (H, -1)}
# irrep, copy, (I, Y): baryon-meson components and signed squares times the denominator
TABLE = [
    ("1", 0, (0, 0), 8, {"N Kb": 2, "S p": 3, "L e": -1, "X K": -2}),
    ("8", 0, (H, 1), 20, {"N p": 9, "N e": -1, "S K": -9, "L K": -1}),
    ("8", 0, (1, 0), 10, {"N Kb": -3, "S p": 0, "L p": 2, "S e": 2, "X K": -3}),
    ("8", 0, (0, 0), 20, {"N Kb": 2, "S p": -12, "L e": -4, "X K": -2}),
    ("8", 0, (H, -1), 20, {"S Kb": 9, "L Kb": -1, "X p": -9, "X e": -1}),
    ("8", 1, (H, 1), 12, {"N p": 3, "N e": 3, "S K": 3, "L K": -3}),
    ("8", 1, (1, 0), 12, {"N Kb": 2, "S p": 8, "L p": 0, "S e": 0, "X K": -2}),
    ("8", 1, (0, 0), 12, {"N Kb": 6, "S p": 0, "L e": 0, "X K": 6}),
    ("8", 1, (H, -1), 12, {"S Kb": 3, "L Kb": 3, "X p": 3, "X e": -3}),
    ("10", 0, (Fraction(3, 2), 1), 2, {"N p": -1, "S K": 1}),
    ("10", 0, (1, 0), 12, {"N Kb": -2, "S p": 2, "L p": -3, "S e": 3, "X K": 2}),
    ("10", 0, (H, -1), 12, {"S Kb": 3, "L Kb": -3, "X p": 3, "X e": 3}),
    ("10", 0, (0, -2), 1, {"X Kb": 1}),
]


def factors(name: str):  # type: ignore[no-untyped-def]
    theory = tw.group("SU(3)").theory
    a, c = theory.parse("8"), theory.parse(name)
    modules = [theory.module(x) for x in (a, a, c)]
    return modules, theory.weight_maps(a, a, c)


@pytest.mark.parametrize(("name", "copy", "state", "denominator", "row"), TABLE)
def test_published_table(name: str, copy: int, state: tuple, denominator: int, row: dict[str, int]) -> None:
    modules, maps = factors(name)
    table = isoscalar_factors(*modules, maps)[copy]
    for pair, square in row.items():
        one, two = (PARTICLE[x] for x in pair.split())
        value = table.get((*map(Fraction, one), *map(Fraction, two), *map(Fraction, state)), 0.0)
        assert np.sign(value) * value**2 * denominator == pytest.approx(square, abs=1e-12)


@pytest.mark.parametrize("name", ["3", "3bar", "6", "8", "10", "10bar", "27", "35", "64"])
def test_isospin_and_v_spin_are_not_negative(name: str) -> None:
    theory = tw.group("SU(3)").theory
    module = theory.module(theory.parse(name))
    e1, e2 = (f.T.toarray() for f in module.lowering)
    for operator in (e1, e1 @ e2 - e2 @ e1):
        assert operator.min() > -1e-12
    assert (de_swart_signs(module) == 1).all()
    assert sum(int(2 * s.I) + 1 for s in hadron_states(module) if s.I == s.I3) == module.dimension


def test_a_flipped_state_is_put_right() -> None:
    """The mutation: one isospin multiplet with the other sign is found and turned back."""
    theory = tw.group("SU(3)").theory
    module = theory.module(theory.parse("8"))
    wrong = [block.copy() for block in module.blocks]
    k = next(k for k, count in enumerate(module.graph.counts) if count == 2)
    wrong[k][1] *= -1
    for child, parents in enumerate(module.graph.parents):
        for (j, p), (_, _, where) in zip(parents, module.graph.parent_slices(child), strict=True):
            if p == k and j == 1:
                wrong[child][:, where.start + 1] *= -1
    flipped = WeightModule(module.dynkin, module.graph, wrong)
    assert (de_swart_signs(flipped) == -1).sum() == 1


def test_weight_basis_of_the_public_function() -> None:
    G = tw.group("SU(3)")
    C = tw.clebsch_gordan(G.irrep("8"), G.irrep("8"), G.irrep("8"), basis="weight")
    label, g = G.theory.parse("8"), G.sample(np.random.default_rng(0))
    D = G.theory.matrix(label, g)
    left = np.einsum("ip,jq,mpqk->mijk", D, D, C)
    assert np.abs(left - C @ D).max() < 1e-13
    assert np.abs(C - factors("8")[1].dense()).max() == 0


def test_other_algebras_have_no_isospin() -> None:
    theory = tw.group("SU(4)").theory
    with pytest.raises(RepresentationError, match="isospin"):
        hadron_states(theory.module(theory.parse("4")))
