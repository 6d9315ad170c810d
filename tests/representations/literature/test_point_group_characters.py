"""Character tables of the 32 crystallographic point groups, I and Ih, as printed in the literature.

Source: R. S. Mulliken, Phys. Rev. 43, 279 (1933); F. A. Cotton, *Chemical Applications of Group Theory*, appendix IIA.
Each column is one operation, given by its matrix.
"""

from __future__ import annotations

import numpy as np
import pytest

from intertwine.groups.finite_names import finite_group
from intertwine.representations.finite.theory import FiniteTheory


def turn(n: int, k: int = 1) -> np.ndarray:
    a = 2 * np.pi * k / n
    return np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])


E, INV = np.eye(3), -np.eye(3)
C2X, C2Y, SH, SXZ, SYZ = (
    np.diag(d).astype(float) for d in ((1, -1, -1), (-1, 1, -1), (1, 1, -1), (1, -1, 1), (-1, 1, 1))
)
C2_XY = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])  # twofold axis x = y
S_XY = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])  # mirror plane x = y
C3_111 = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
S4 = turn(4) @ SH
W, V, PHI = np.exp(2j * np.pi / 3), np.exp(1j * np.pi / 3), (1 + np.sqrt(5)) / 2


def fivefold(k: int) -> np.ndarray:
    """Rotation by 2πk/5 about (0, 1, φ), by Rodrigues' formula."""
    n = np.array([0, 1, PHI]) / np.hypot(1, PHI)
    K = np.array([[0, -n[2], n[1]], [n[2], 0, -n[0]], [-n[1], n[0], 0]])
    return np.eye(3) + np.sin(2 * np.pi * k / 5) * K + (1 - np.cos(2 * np.pi * k / 5)) * K @ K


D3_TABLE = {"A1": (1, 1, 1), "A2": (1, 1, -1), "E": (2, -1, 0)}
D4_TABLE = {
    "A1": (1, 1, 1, 1, 1),
    "A2": (1, 1, 1, -1, -1),
    "B1": (1, -1, 1, 1, -1),
    "B2": (1, -1, 1, -1, 1),
    "E": (2, 0, -2, 0, 0),
}
D6_TABLE = {
    "A1": (1, 1, 1, 1, 1, 1),
    "A2": (1, 1, 1, 1, -1, -1),
    "B1": (1, -1, 1, -1, 1, -1),
    "B2": (1, -1, 1, -1, -1, 1),
    "E1": (2, 1, -1, -2, 0, 0),
    "E2": (2, -1, -1, 2, 0, 0),
}
O_TABLE = {
    "A1": (1, 1, 1, 1, 1),
    "A2": (1, 1, 1, -1, -1),
    "E": (2, -1, 2, 0, 0),
    "T1": (3, 0, -1, 1, -1),
    "T2": (3, 0, -1, -1, 1),
}
C3_TABLE = {"A": (1, 1, 1), "1E": (1, W, W**2), "2E": (1, W**2, W)}
C4_TABLE = {"A": (1, 1, 1, 1), "B": (1, -1, 1, -1), "1E": (1, 1j, -1, -1j), "2E": (1, -1j, -1, 1j)}
C6_TABLE = {
    "A": (1,) * 6,
    "B": (1, -1, 1, -1, 1, -1),
    "1E1": tuple(V**k for k in range(6)),
    "2E1": tuple(V**-k for k in range(6)),
    "1E2": tuple(V ** (2 * k) for k in range(6)),
    "2E2": tuple(V ** (-2 * k) for k in range(6)),
}
C3_OPS, C4_OPS, C6_OPS = ([turn(n, k) for k in range(n)] for n in (3, 4, 6))
D3_OPS = [E, turn(3), C2X]
D4_OPS = [E, turn(4), turn(2), C2X, C2_XY]
D6_OPS = [E, turn(6), turn(3), turn(2), C2X, C2Y]

TABLES: dict[str, tuple[list[np.ndarray], dict[str, tuple[complex, ...]]]] = {
    "C1": ([E], {"A": (1,)}),
    "C2": ([E, turn(2)], {"A": (1, 1), "B": (1, -1)}),
    "C3": (C3_OPS, C3_TABLE),
    "C4": (C4_OPS, C4_TABLE),
    "C6": (C6_OPS, C6_TABLE),
    "Cs": ([E, SH], {"A'": (1, 1), "A''": (1, -1)}),
    "Ci": ([E, INV], {"Ag": (1, 1), "Au": (1, -1)}),
    "-4": ([E, S4, turn(2), turn(4, 3) @ SH], C4_TABLE),
    "D2": (
        [E, turn(2), C2Y, C2X],
        {"A": (1, 1, 1, 1), "B1": (1, 1, -1, -1), "B2": (1, -1, 1, -1), "B3": (1, -1, -1, 1)},
    ),
    "D3": (D3_OPS, D3_TABLE),
    "D4": (D4_OPS, D4_TABLE),
    "D6": (D6_OPS, D6_TABLE),
    "C2v": (
        [E, turn(2), SXZ, SYZ],
        {"A1": (1, 1, 1, 1), "A2": (1, 1, -1, -1), "B1": (1, -1, 1, -1), "B2": (1, -1, -1, 1)},
    ),
    "C3v": ([E, turn(3), SXZ], D3_TABLE),
    "C4v": ([E, turn(4), turn(2), SXZ, S_XY], D4_TABLE),
    "C6v": ([E, turn(6), turn(3), turn(2), SXZ, SYZ], D6_TABLE),
    "D2d": ([E, S4, turn(2), C2X, S_XY], D4_TABLE),
    "T": (
        [E, C3_111, C3_111 @ C3_111, turn(2)],
        {"A": (1, 1, 1, 1), "1E": (1, W, W**2, 1), "2E": (1, W**2, W, 1), "T": (3, 0, 0, -1)},
    ),
    "O": ([E, C3_111, turn(2), turn(4), C2_XY], O_TABLE),
    "Td": ([E, C3_111, turn(2), S4, S_XY], O_TABLE),
    "I": (
        [E, fivefold(1), fivefold(2), C3_111, turn(2)],
        {
            "A": (1,) * 5,
            "T1": (3, PHI, 1 - PHI, 0, -1),
            "T2": (3, 1 - PHI, PHI, 0, -1),
            "G": (4, -1, -1, 1, 0),
            "H": (5, 0, 0, -1, 1),
        },
    ),
}


def with_centre(
    name: str, centre: np.ndarray, even: str, odd: str
) -> tuple[list[np.ndarray], dict[str, tuple[complex, ...]]]:
    """The table of G × {1, centre}: each symbol twice, the second with opposite signs on the new operations."""
    operations, rows = TABLES[name]
    doubled = {label + even: values * 2 for label, values in rows.items()}
    doubled |= {label + odd: (*values, *(-v for v in values)) for label, values in rows.items()}
    return [*operations, *(centre @ m for m in operations)], doubled


for large, small in {
    "C2h": "C2",
    "C4h": "C4",
    "C6h": "C6",
    "C3i": "C3",
    "D2h": "D2",
    "D3d": "D3",
    "D4h": "D4",
    "D6h": "D6",
    "Th": "T",
    "Oh": "O",
    "Ih": "I",
}.items():
    TABLES[large] = with_centre(small, INV, "g", "u")
for large, small in {"C3h": "C3", "D3h": "D3"}.items():
    TABLES[large] = with_centre(small, SH, "'", "''")


def theory(name: str) -> FiniteTheory:
    group = finite_group(name)
    assert group is not None
    return FiniteTheory(group)


def mismatch(name: str, rows: dict[str, tuple[complex, ...]]) -> float:
    """Largest difference between our characters and the printed ones."""
    ours, operations = theory(name), TABLES[name][0]
    assert sorted(ours.names) == sorted(rows)
    classes = [int(ours.table.classes.of[ours.group.element(m).index]) for m in operations]
    assert set(classes) == set(range(len(ours.table.classes)))
    return max(
        float(np.abs(ours.table.values[ours.parse(label), classes] - values).max()) for label, values in rows.items()
    )


@pytest.mark.parametrize("name", TABLES)
def test_characters(name: str) -> None:
    assert mismatch(name, TABLES[name][1]) < 1e-13


@pytest.mark.parametrize(
    ("name", "one", "two"), [("Oh", "T1u", "T2u"), ("D4", "B1", "B2"), ("C3", "1E", "2E"), ("I", "T1", "T2")]
)
def test_exchanged_symbols_are_seen(name: str, one: str, two: str) -> None:
    rows = dict(TABLES[name][1])
    rows[one], rows[two] = rows[two], rows[one]
    assert mismatch(name, rows) > 0.5


def test_there_are_32_and_the_icosahedral_two() -> None:
    assert len(TABLES) == 34


VECTORS = {
    "C4v": ["A1", "E"],
    "D3h": ["A2''", "E'"],
    "Oh": ["T1u"],
    "Td": ["T2"],
    "D6h": ["A2u", "E1u"],
    "Ih": ["T1u"],
    "C2v": ["A1", "B1", "B2"],
    "D2": ["B1", "B2", "B3"],
    "T": ["T"],
    "-4": ["1E", "B"],
    "D2d": ["B2", "E"],
    "C3h": ["1E'", "A''"],
    "C4": ["1E", "A"],
}


@pytest.mark.parametrize("name", VECTORS)
def test_what_x_y_z_transform_as(name: str) -> None:
    ours = theory(name)
    traces = [np.trace(ours.group.element(i).matrix) for i in ours.class_representatives]
    found = {ours.name(i) for i in ours.decompose_character(np.array(traces))}
    assert found - {"2E", "2E'"} == set(VECTORS[name])


@pytest.mark.parametrize(("name", "label"), [("Oh", "T1u"), ("Td", "T2"), ("I", "T1"), ("O", "T1"), ("T", "T")])
def test_vector_irreps_are_the_matrices_on_x_y_z(name: str, label: str) -> None:
    ours = theory(name)
    rng = np.random.default_rng(0)
    for _ in range(5):
        g = ours.group.sample(rng)
        assert np.abs(ours.matrix(ours.parse(label), g) - g.matrix).max() < 1e-13


def test_axial_vectors_are_determinant_times_vector() -> None:
    ours = theory("Oh")
    g = ours.group.sample(np.random.default_rng(3))
    assert np.abs(ours.matrix(ours.parse("T1g"), g) - np.linalg.det(g.matrix) * g.matrix).max() < 1e-13


@pytest.mark.parametrize(("name", "label"), [("C4", "E"), ("C3h", "E'"), ("Th", "Eg")])
def test_the_real_irrep_of_a_pair_is_named_without_the_number(name: str, label: str) -> None:
    ours = theory(name)
    assert ours.name(ours.parse(label)) == "1" + label
