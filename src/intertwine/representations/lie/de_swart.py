"""SU(3) Clebsch–Gordan coefficients with de Swart's phases, as isoscalar factors.

J. J. de Swart, Rev. Mod. Phys. 35 (1963) 916: the isospin operators I_± have Condon–Shortley phases, the matrix
elements of K_±
(V-spin, u ↔ s) are not negative, and of each product's highest-weight state the component with the largest I_1,
then the
largest I_2, is positive, where highest means the largest I_3. Nodes: α_1 is isospin, I_3 = λ_1/2, Y = (λ_1 + 2λ_2)/3.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.representations.lie.spin_clebsch_gordan import spin_maps
from intertwine.representations.lie.weight_clebsch_gordan import WeightMaps
from intertwine.representations.lie.weight_module import IntArray, RealArray, WeightModule


class HadronState(NamedTuple):
    """Quantum numbers of one basis vector: isospin, its third component, hypercharge."""

    I: Fraction  # noqa: E741 (the field's letter)
    I3: Fraction
    Y: Fraction


@lru_cache(maxsize=256)
def hadron_states(module: WeightModule) -> tuple[HadronState, ...]:
    """(I, I_3, Y) of the basis vectors of an SU(3) irrep: the canonical weight basis is made of isospin multiplets.

    Raises RepresentationError for another algebra.
    """
    if module.graph.root_system.type_name != "A2":
        raise RepresentationError("isospin and hypercharge are SU(3)'s", received=module.graph.root_system.type_name)
    row, _, value = module.lowering_entries[0]
    casimir = np.bincount(row, value**2, minlength=module.dimension)  # |I_+ v|² = I(I+1) − I_3(I_3+1)
    weights = module.graph.vector_weights
    twice = np.sqrt(4 * casimir + (weights[:, 0] + 1) ** 2) - 1
    if np.abs(twice - np.rint(twice)).max() > 1e-6:
        raise AccuracyError("a basis vector without definite isospin", received=module.dynkin)
    return tuple(
        HadronState(Fraction(i, 2), Fraction(a, 2), Fraction(a + 2 * b, 3))
        for i, (a, b) in zip(np.rint(twice).astype(int).tolist(), weights.tolist(), strict=True)
    )


def de_swart_signs(module: WeightModule) -> IntArray:
    """[d] ±1: the basis vector times its sign is de Swart's state; the highest weight keeps its sign.

    Raises AccuracyError if I_± and K_± cannot all be made non-negative.
    """
    d = module.dimension
    links: list[list[tuple[int, int]]] = [[] for _ in range(d)]
    for row, column, value in (module.lowering_entries[0], _strangeness_lowering(module)):
        for i, j, x in zip(row.tolist(), column.tolist(), value.tolist(), strict=True):
            if abs(x) > 1e-7:
                links[i].append((j, 1 if x > 0 else -1))
                links[j].append((i, 1 if x > 0 else -1))
    signs = [0] * d
    signs[0] = 1
    frontier = [0]
    for k in frontier:
        for other, sign in links[k]:
            if signs[other] == 0:
                signs[other] = signs[k] * sign
                frontier.append(other)
            elif signs[other] != signs[k] * sign:
                raise AccuracyError("de Swart's phases contradict each other", received=module.dynkin)
    if not all(signs):
        raise AccuracyError("I and K do not connect the irrep", received=module.dynkin)
    return np.array(signs, dtype=np.int64)


def _strangeness_lowering(module: WeightModule) -> tuple[IntArray, IntArray, RealArray]:
    """The entries of K_− = [F_2, F_1], u → s."""
    if module.dimension <= 200:
        f1, f2 = module.dense_lowering()
        k_minus = f2 @ f1 - f1 @ f2
        row, column = np.nonzero(k_minus)
        return row, column, k_minus[row, column]
    one, two = module.lowering
    entries = (two @ one - one @ two).tocoo()
    return entries.coords[0], entries.coords[1], entries.data


def de_swart_module(module: WeightModule) -> WeightModule:
    """The same irrep in de Swart's states."""
    signs = de_swart_signs(module).astype(np.float64)
    graph, blocks = module.graph, []
    for k, block in enumerate(module.blocks):
        columns = [signs[graph.span(p)] for _, p in graph.parents[k]]
        blocks.append(signs[graph.span(k), None] * block * np.concatenate([np.ones(0), *columns]))
    return WeightModule(module.dynkin, graph, blocks)


def de_swart_maps(a: WeightModule, b: WeightModule, c: WeightModule, maps: WeightMaps) -> WeightMaps:
    """The maps between irreps in de Swart's states, with his overall signs.

    N > 1 (8 ⊗ 8 → 8): the symmetric maps come first, as in 8_1 (D) and 8_2 (F).
    """
    p, q = c.dynkin
    top = c.graph.index[p + q, -q]  # the largest I_3, of multiplicity one
    states_a, states_b = hadron_states(a), hadron_states(b)
    pairs = [divmod(flat, b.dimension) for flat in maps.rows[top].tolist()]
    # the largest I_1, then I_2, then I_3 of the first: its isospin coefficient ⟨I_1 I_1 I_2 …|I I⟩ is positive
    keys = [(states_a[i].I, states_b[j].I, states_a[i].I3, states_a[i].Y) for i, j in pairs]
    signs = []
    for column in maps.blocks[top][:, :, 0].T.tolist():
        leading = max((k for k, x in enumerate(column) if abs(x) > 1e-9), key=lambda k: keys[k])
        signs.append(1.0 if column[leading] > 0 else -1.0)
    return replace(maps, blocks=[block * np.array(signs)[None, :, None] for block in maps.blocks])


def isoscalar_factors(
    a: WeightModule, b: WeightModule, c: WeightModule, maps: WeightMaps
) -> list[dict[tuple[Fraction, ...], float]]:
    """For each of the N maps {(I_1, Y_1, I_2, Y_2, I, Y): isoscalar factor}.

    Irreps and maps must be in de Swart's states, as `LieTheory` builds them. A coefficient is the factor times the
    isospin coefficient ⟨I_1 m_1 I_2 m_2 | I m⟩.
    """
    states = [hadron_states(x) for x in (a, b, c)]
    places = [{state: k for k, state in enumerate(found)} for found in states]
    dense = maps.dense()
    tables: list[dict[tuple[Fraction, ...], float]] = [{} for _ in dense]
    tops = [[s for s in found if s.I == s.I3] for found in states]
    for top in tops[2]:
        for one in tops[0]:
            for two in tops[1]:
                isospin = spin_maps(int(2 * one.I), int(2 * two.I)).get(int(2 * top.I))
                if isospin is None or one.Y + two.Y != top.Y:
                    continue
                coefficients = isospin.dense()[0, :, :, 0]
                for table, coefficient in zip(tables, dense, strict=True):
                    total = 0.0
                    for i, j in np.argwhere(coefficients != 0):
                        first = places[0][HadronState(one.I, one.I - int(i), one.Y)]
                        second = places[1][HadronState(two.I, two.I - int(j), two.Y)]
                        total += coefficients[i, j] * coefficient[first, second, places[2][top]]
                    table[one.I, one.Y, two.I, two.Y, top.I, top.Y] = float(total)
    return tables
