"""The antilinear J: its equations, and its square against the exact label rule, for every kind of real form."""

from __future__ import annotations

import numpy as np
import pytest

import intertwine as tw
from intertwine.errors import AccuracyError
from intertwine.representations.lie.antiunitary import antiunitary_matrix

GROUPS = [
    "SU(2)",
    "SU(3)",
    "SU(4)",
    "SU(2,1)",
    "SU(2,2)",
    "SU*(4)",
    "SL(2,R)",
    "SL(3,R)",
    "SL(4,R)",
    "SL(2,C)",
    "SL(3,C)",
    "Spin(7)",
    "Spin(8)",
    "Sp(4)",
    "Sp(1,1)",
    "Sp(4,R)",
    "Spin(1,3)",
    "Spin(4,2)",
    "Spin(3,3)",
    "Spin(1,5)",
    "SO*(6)",
    "G2",
    "G2(2)",
    "E6(6)",
    "E6(-26)",
    "F4(4)",
]


def lie_theory(name: str):  # type: ignore[no-untyped-def]  # LieTheory, behind the seam
    return tw.group(name).theory


@pytest.mark.parametrize("name", GROUPS)
def test_conjugation_contract(name: str) -> None:
    theory = lie_theory(name)
    for label in list(theory.labels(30))[:7]:
        other, J = theory.conjugate(label), theory.conjugation(label)
        X, Y = theory.algebra(label), theory.algebra(other)
        assert np.abs(J @ J.conj().T - np.eye(len(J))).max() < 1e-12
        assert np.abs(Y @ J - J @ X.conj()).max() < 1e-11
        square = theory.conjugation(other) @ J.conj()
        assert np.abs(square - (theory.indicator(label) or 1) * np.eye(len(J))).max() < 1e-11


def test_the_type_belongs_to_the_real_form() -> None:
    """Sp(4)'s 4 is quaternionic, Sp(4,R)'s is real; one sign of the real form makes the difference."""
    compact, split = lie_theory("Sp(4)"), lie_theory("Sp(4,R)")
    label = compact.parse("4")
    module = compact.module(label)
    for theory, sign in ((compact, -1), (split, 1)):
        form = theory.spec.real_form
        J = antiunitary_matrix(module, module, form.tau, form.signs)
        assert np.abs(J @ J - sign * np.eye(4)).max() < 1e-13
        assert theory.indicator(label) == sign


def test_a_wrong_sign_of_the_real_form_breaks_the_contract() -> None:
    theory = lie_theory("SU(2,1)")
    label = theory.parse("8")
    module, form = theory.module(label), theory.spec.real_form
    wrong = antiunitary_matrix(module, module, form.tau, [-s for s in form.signs])
    X = theory.algebra(label)
    assert np.abs(X @ wrong - wrong @ X.conj()).max() > 0.1


def test_a_wrong_automorphism_is_refused() -> None:
    """τ = 1 takes V_(1,0) to the dual (0,1); asked for a map onto (1,0) itself it fails."""
    theory = lie_theory("SU(3)")
    module = theory.module(theory.parse("3"))
    with pytest.raises((AccuracyError, KeyError)):
        antiunitary_matrix(module, module, (0, 1), (1, 1))
