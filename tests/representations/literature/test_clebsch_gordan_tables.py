"""Printed tables of Clebsch–Gordan coefficients: PDG's for SU(2), de Swart's isoscalar factors for SU(3), sympy
beyond."""

from __future__ import annotations

from fractions import Fraction

import isoscalar_factors
import isospin_basis
import numpy as np
import pdg_clebsch_gordan
import pytest

import intertwine as tw


def spins(limit: Fraction) -> list[Fraction]:
    return [Fraction(i, 2) for i in range(int(2 * limit) + 1)]


def su2(j1: Fraction, j2: Fraction, j: Fraction, group: str = "SU(2)") -> np.ndarray:
    """[2 j1 + 1, 2 j2 + 1, 2 j + 1], m descending."""
    G = tw.group(group)
    table = tw.clebsch_gordan(*(G.irrep(str(spin)) for spin in (j1, j2, j)), basis="weight")
    assert table.shape == (1, 2 * j1 + 1, 2 * j2 + 1, 2 * j + 1)
    assert np.abs(table.imag).max() < 1e-14
    return table[0].real


@pytest.mark.parametrize(("j1", "j2"), pdg_clebsch_gordan.TABLE)
def test_pdg_table(j1: str, j2: str) -> None:
    """Signs included: Condon–Shortley."""
    expected = pdg_clebsch_gordan.coefficients(j1, j2)
    a, b = Fraction(j1), Fraction(j2)
    tables = {}
    for (m1, m2, j), value in expected.items():
        if j not in tables:
            tables[j] = su2(a, b, j)
        assert tables[j][int(a - m1), int(b - m2), int(j - m1 - m2)] == pytest.approx(value, abs=1e-13), (m1, m2, j)
    # the table is complete: nothing else is non-zero
    total = sum(float((table**2).sum()) for table in tables.values())
    assert total == pytest.approx(sum(value**2 for value in expected.values()), abs=1e-10)


def test_a_wrong_sign_in_the_table_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    text = pdg_clebsch_gordan.TABLE["1", "1/2"].replace("1/2=-1/3", "1/2=1/3")
    monkeypatch.setitem(pdg_clebsch_gordan.TABLE, ("1", "1/2"), text)
    with pytest.raises(AssertionError):
        test_pdg_table("1", "1/2")


@pytest.mark.parametrize(
    ("j1", "j2", "j"), [("5/2", "3", "7/2"), ("4", "4", "5"), ("7/2", "5/2", "6"), ("6", "1/2", "11/2")]
)
def test_sympy_oracle(j1: str, j2: str, j: str) -> None:
    from sympy import Rational
    from sympy.physics.quantum.cg import CG

    a, b, c = Fraction(j1), Fraction(j2), Fraction(j)
    table = su2(a, b, c)
    for i in range(0, int(2 * a) + 1, 2):
        for k in range(int(2 * b) + 1):
            m1, m2 = a - i, b - k
            if abs(m1 + m2) <= c:
                exact = CG(*(Rational(x.numerator, x.denominator) for x in (a, m1, b, m2, c, m1 + m2))).doit()
                assert table[i, k, int(c - m1 - m2)] == pytest.approx(float(exact), abs=1e-13)


def test_so3_has_the_same_coefficients() -> None:
    for a, b, c in [(1, 1, 2), (2, 2, 1), (3, 2, 4)]:
        args = (Fraction(a), Fraction(b), Fraction(c))
        np.testing.assert_allclose(su2(*args, group="SO(3)"), su2(*args), atol=1e-13)


def isoscalar(a: str, b: str, c: str, m: int) -> dict[tuple[object, object, object], float]:
    """The engine's factors in de Swart's phases, up to one sign for the whole irrep."""
    G = tw.group("SU(3)")
    irreps = [G.irrep(name) for name in (a, b, c)]
    table = tw.clebsch_gordan(*irreps, basis="weight")[m]
    A, B, C = (isospin_basis.states(G.theory, irrep.spelled) for irrep in irreps)
    spins_a = {(spin, Y) for spin, _, Y in A}
    spins_b = {(spin, Y) for spin, _, Y in B}
    found = {}
    for (spin, third, Y), target in C.items():
        if third != spin:
            continue
        amplitude = np.einsum("ijk,k->ij", table, target)
        for I1, Y1 in spins_a:
            for I2, Y2 in spins_b:
                if Y1 + Y2 != Y or not abs(I1 - I2) <= spin <= I1 + I2:
                    continue
                clebsch = su2(I1, I2, spin)
                value = 0.0
                for (J1, m1, y1), u in A.items():
                    m2 = third - m1
                    if (J1, y1) == (I1, Y1) and (I2, m2, Y2) in B:
                        weight = clebsch[int(I1 - m1), int(I2 - m2), int(spin - third)]
                        value += weight * (u.conj() @ amplitude @ B[I2, m2, Y2].conj())
                assert abs(value.imag) < 1e-12
                found[(spin, Y), (I1, Y1), (I2, Y2)] = float(value.real)
    return found


@pytest.mark.parametrize("key", isoscalar_factors.TABLES, ids=lambda key: f"{key[0]}x{key[1]}-{key[2]}-{key[3]}")
def test_de_swart(key: tuple[str, str, str, int]) -> None:
    expected = isoscalar_factors.factors(key)
    found = isoscalar(*key)
    # one sign is free in each irrep of the product: the coupling V_c → V_a ⊗ V_b
    sign = np.sign(sum(found[channel] * value for channel, value in expected.items()))
    for channel, value in found.items():
        assert sign * value == pytest.approx(expected.get(channel, 0.0), abs=1e-12), channel


def test_an_octet_with_symmetric_and_antisymmetric_exchanged_is_caught() -> None:
    with pytest.raises(AssertionError):
        _exchanged()


def _exchanged() -> None:
    expected = isoscalar_factors.factors(("8", "8", "8", 0))
    found = isoscalar("8", "8", "8", 1)
    for channel, value in expected.items():
        assert abs(found[channel]) == pytest.approx(abs(value), abs=1e-12)
