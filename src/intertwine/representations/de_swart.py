"""SU(3) Clebsch–Gordan coefficients with de Swart's phases, as isoscalar factors.

J. J. de Swart, Rev. Mod. Phys. 35 (1963) 916: the isospin operators I_± have Condon–Shortley phases, the matrix
elements of K_±
(V-spin, u ↔ s) are not negative, and of each product's highest-weight state the component with the largest I_1,
then the
largest I_2, is positive, where highest means the largest I_3. Nodes: α_1 is isospin, I_3 = λ_1/2, Y = (λ_1 + 2λ_2)/3.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.representations.spin_clebsch_gordan import spin_maps
from intertwine.representations.weight_clebsch_gordan import WeightMaps
from intertwine.representations.weight_module import IntArray, RealArray, WeightModule


class HadronState(NamedTuple):
    """Quantum numbers of one basis vector: isospin, its third component, hypercharge."""

    I: Fraction  # noqa: E741 (the field's letter)
    I3: Fraction
    Y: Fraction


def hadron_states(module: WeightModule) -> list[HadronState]:
    """(I, I_3, Y) of the basis vectors of an SU(3) irrep: the canonical weight basis is made of isospin multiplets.

    Raises RepresentationError for another algebra.
    """
    if module.graph.root_system.type_name != "A2":
        raise RepresentationError("isospin and hypercharge are SU(3)'s", received=module.graph.root_system.type_name)
    raise_isospin = module.lowering[0].T
    casimir = (raise_isospin.T @ raise_isospin).diagonal()  # I_− I_+ = I(I+1) − I_3(I_3+1), diagonal in this basis
    states = []
    for (a, b), value in zip(module.graph.vector_weights.tolist(), casimir, strict=True):
        twice = np.sqrt(4 * value + (a + 1) ** 2) - 1
        if abs(twice - round(twice)) > 1e-8:
            raise AccuracyError(
                "a basis vector without definite isospin", received=f"{module.dynkin}, 2I = {twice:.6f}"
            )
        states.append(HadronState(Fraction(round(twice), 2), Fraction(a, 2), Fraction(a + 2 * b, 3)))
    return states


def de_swart_signs(module: WeightModule) -> IntArray:
    """[d] ±1: the canonical basis vector times its sign is de Swart's state; the highest weight keeps its sign.

    Raises AccuracyError if I_± and K_± could not all be made non-negative.
    """
    e1, e2 = (f.T.tocsr() for f in module.lowering)
    k_plus = e1 @ e2 - e2 @ e1
    signs = np.zeros(module.dimension, dtype=np.int64)
    signs[0] = 1
    links: list[list[tuple[int, int]]] = [[] for _ in signs]
    for operator in (e1, k_plus):
        entries = operator.tocoo()
        for row, column, value in zip(*entries.coords, entries.data, strict=True):
            if abs(value) > 1e-9:
                links[row].append((int(column), 1 if value > 0 else -1))
                links[column].append((int(row), 1 if value > 0 else -1))
    frontier = [0]
    for k in frontier:
        for other, sign in links[k]:
            if signs[other] == 0:
                signs[other] = signs[k] * sign
                frontier.append(other)
            elif signs[other] != signs[k] * sign:
                raise AccuracyError("de Swart's phases contradict each other", received=module.dynkin)
    if not signs.all():
        raise AccuracyError("I and K do not connect the irrep", received=module.dynkin)
    return signs


def de_swart_maps(a: WeightModule, b: WeightModule, c: WeightModule, maps: WeightMaps) -> RealArray:
    """[N, d_a, d_b, d_c]: Clebsch–Gordan coefficients between de Swart's states.

    N > 1 (8 ⊗ 8 → 8): the symmetric maps come first, as in 8_1 (D) and 8_2 (F).
    """
    sa, sb, sc = (de_swart_signs(x).astype(np.float64) for x in (a, b, c))
    dense = maps.dense() * sa[None, :, None, None] * sb[None, None, :, None] * sc
    states_a, states_b = hadron_states(a), hadron_states(b)
    states_c = hadron_states(c)
    top = max(range(c.dimension), key=lambda k: states_c[k].I3)  # unique: I = I_3 = (p + q)/2
    for one in dense:
        significant = np.argwhere(np.abs(one[:, :, top]) > 1e-9)
        # the largest I_1, then I_2, then I_3 of the first: its isospin coefficient ⟨I_1 I_1 I_2 …|I I⟩ is positive
        i, j = max(
            ((int(i), int(j)) for i, j in significant),
            key=lambda ij: (states_a[ij[0]].I, states_b[ij[1]].I, states_a[ij[0]].I3, states_a[ij[0]].Y),
        )
        if one[i, j, top] < 0:
            one *= -1
    return dense


def isoscalar_factors(
    a: WeightModule, b: WeightModule, c: WeightModule, maps: WeightMaps
) -> list[dict[tuple[Fraction, ...], float]]:
    """For each of the N maps {(I_1, Y_1, I_2, Y_2, I, Y): isoscalar factor}.

    A coefficient is the factor times the isospin coefficient ⟨I_1 m_1 I_2 m_2 | I m⟩.
    """
    states = [hadron_states(x) for x in (a, b, c)]
    places = [{state: k for k, state in enumerate(found)} for found in states]
    dense = de_swart_maps(a, b, c, maps)
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
