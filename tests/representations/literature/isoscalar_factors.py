"""SU(3) isoscalar factors as printed by the Particle Data Group after J. J. de Swart, Rev. Mod. Phys. 35, 916 (1963).

R. L. Workman et al. (Particle Data Group), Prog. Theor. Exp. Phys. 2022, 083C01, §47. A root is to be read
over every number. Particle names stand for isospin and hypercharge: N, Σ, Λ, Ξ, Δ, Ω for the first factor, K, π, η,
K̄ for the second.
"""

from __future__ import annotations

from fractions import Fraction

HALF = Fraction(1, 2)
MULTIPLETS = {
    "N": (HALF, 1), "Σ": (Fraction(1), 0), "Λ": (Fraction(0), 0), "Ξ": (HALF, -1), "Δ": (Fraction(3, 2), 1),
    "Ω": (Fraction(0), -2), "K": (HALF, 1), "π": (Fraction(1), 0), "η": (Fraction(0), 0), "K̄": (HALF, -1),
}  # fmt: skip

# (product, irrep, symmetric [0] or antisymmetric [1] octet): rows "multiplet = pairs : numbers / denominator"
TABLES = {
    ("8", "8", "1", 0): ["Λ = NK̄ Σπ Λη ΞK : 2 3 -1 -2 / 8"],
    ("8", "8", "8", 0): [
        "N = Nπ Nη ΣK ΛK : 9 -1 -9 -1 / 20",
        "Σ = NK̄ Σπ Λπ Ση ΞK : -6 0 4 4 -6 / 20",
        "Λ = NK̄ Σπ Λη ΞK : 2 -12 -4 -2 / 20",
        "Ξ = ΣK̄ ΛK̄ Ξπ Ξη : 9 -1 -9 -1 / 20",
    ],
    ("8", "8", "8", 1): [
        "N = Nπ Nη ΣK ΛK : 3 3 3 -3 / 12",
        "Σ = NK̄ Σπ Λπ Ση ΞK : 2 8 0 0 -2 / 12",
        "Λ = NK̄ Σπ Λη ΞK : 6 0 0 6 / 12",
        "Ξ = ΣK̄ ΛK̄ Ξπ Ξη : 3 3 3 -3 / 12",
    ],
    ("8", "8", "10", 0): [
        "Δ = Nπ ΣK : -1 1 / 2",
        "Σ = NK̄ Σπ Λπ Ση ΞK : -2 2 -3 3 2 / 12",
        "Ξ = ΣK̄ ΛK̄ Ξπ Ξη : 3 -3 3 3 / 12",
        "Ω = ΞK̄ : 1 / 1",
    ],
    ("10", "8", "8", 0): [
        "N = Δπ ΣK : -12 3 / 15",
        "Σ = ΔK̄ Σπ Ση ΞK : 8 -2 -3 2 / 15",
        "Λ = Σπ ΞK : -9 6 / 15",
        "Ξ = ΣK̄ Ξπ Ξη ΩK : 3 -3 -3 6 / 15",
    ],
    ("10", "8", "10", 0): [
        "Δ = Δπ Δη ΣK : 15 3 -6 / 24",
        "Σ = ΔK̄ Σπ Ση ΞK : 8 8 0 -8 / 24",
        "Ξ = ΣK̄ Ξπ Ξη ΩK : 12 3 -3 -6 / 24",
        "Ω = ΞK̄ Ωη : 12 -12 / 24",
    ],
}

Multiplet = tuple[Fraction, int]


def factors(key: tuple[str, str, str, int]) -> dict[tuple[Multiplet, Multiplet, Multiplet], float]:
    """((I, Y), (I1, Y1), (I2, Y2)) ↦ isoscalar factor."""
    found = {}
    for row in TABLES[key]:
        left, _, right = row.partition(":")
        multiplet, _, pairs = left.partition("=")
        numbers, _, denominator = right.partition("/")
        for pair, number in zip(pairs.split(), numbers.split(), strict=True):
            value = Fraction(number) / int(denominator)
            root = float(abs(value)) ** 0.5 * (1 if value > 0 else -1)
            found[MULTIPLETS[multiplet.strip()], MULTIPLETS[pair[0]], MULTIPLETS[pair[1:]]] = root
    return found
