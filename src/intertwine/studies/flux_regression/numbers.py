"""Numbers as a physicist writes them in a sentence."""

from __future__ import annotations


def power(value: float) -> str:
    """1.2e-10 as 1.2·10⁻¹⁰."""
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def times(ratio: float) -> str:
    """A factor: 2.3×, 140×, 3·10⁴×."""
    if 0.1 <= ratio < 10:
        return f"{ratio:.1f}×"
    return f"{ratio:.0f}×" if 10 <= ratio < 1e4 else f"{power(ratio)}×"


def count(number: int) -> str:
    """Once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
