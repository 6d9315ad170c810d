"""Irreps from the highest weight: commutators, the traps of the recursion, determinism."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from intertwine.errors import AccuracyError
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie import highest_weight
from intertwine.representations.lie.highest_weight import gram_recursion, highest_weight_module
from intertwine.representations.lie.weight_module import WeightGraph, WeightModule
from intertwine.representations.lie.weights import multiplicities, weyl_dimension

SMALL = [
    ("A1", (7,)),
    ("A2", (1, 1)),
    ("A2", (4, 3)),
    ("A4", (1, 0, 1, 0)),
    ("B2", (2, 1)),
    ("B3", (1, 0, 1)),
    ("C3", (0, 1, 1)),
    ("D4", (1, 1, 0, 0)),
    ("G2", (1, 1)),
    ("G2", (3, 1)),
    ("F4", (0, 0, 0, 2)),
    ("E6", (1, 0, 0, 0, 0, 1)),
    ("E7", (0, 0, 0, 0, 0, 0, 1)),
    ("E8", (0, 0, 0, 0, 0, 0, 0, 1)),
    ("A1xA2", (1, 1, 1)),
    ("A1xB2", (2, 0, 1)),
]
HARD = [("G2", (0, 6)), ("G2", (4, 2)), ("A2", (15, 15)), ("D4", (2, 1, 1, 1))]


def commutator_error(module: WeightModule) -> float:
    """max |[E_i, F_j] − δ_ij H_i|, relative to the largest |H_i|; written apart from the code under test."""
    from scipy.sparse import diags_array

    weights = module.graph.vector_weights.astype(float)
    lowering, raising = module.lowering, module.raising
    worst = 0.0
    for i, e in enumerate(raising):
        for j, f in enumerate(lowering):
            left = e @ f - f @ e
            if i == j:
                left = left - diags_array(weights[:, i])
            worst = max(worst, float(np.abs(left.toarray() if module.dimension < 3000 else left.data).max(initial=0.0)))
    return worst / max(1.0, float(np.abs(weights).max()))


@pytest.mark.parametrize(("kind", "dynkin"), SMALL)
def test_commutators_and_dimension(kind: str, dynkin: tuple[int, ...]) -> None:
    system = RootSystem.from_type(kind)
    module = highest_weight_module(system, dynkin)
    assert module.dimension == weyl_dimension(system, dynkin)
    assert commutator_error(module) < 1e-12


@pytest.mark.parametrize(("kind", "dynkin"), HARD)
def test_commutators_of_high_irreps(kind: str, dynkin: tuple[int, ...]) -> None:
    """Heights at which the recursion loses its digits (G2) or an absolute cut-off finds another dimension (G2(4,2))."""
    system = RootSystem.from_type(kind)
    module = highest_weight_module(system, dynkin)
    assert module.dimension == weyl_dimension(system, dynkin)
    assert commutator_error(module) < 1e-9


def test_the_commutator_check_sees_one_wrong_entry() -> None:
    module = highest_weight_module(RootSystem.from_type("A2"), (2, 1))
    blocks = [block.copy() for block in module.blocks]
    blocks[3][0, 0] += 1e-6
    assert commutator_error(WeightModule(module.dynkin, module.graph, blocks)) > 1e-8


def test_a_failed_recursion_is_refused_not_returned() -> None:
    system = RootSystem.from_type("G2")
    graph = WeightGraph(system, multiplicities(system, (0, 6)))
    with pytest.raises(AccuracyError):
        gram_recursion((0, 6), graph)


@pytest.mark.parametrize("change", [1, -1])
def test_a_wrong_multiplicity_is_refused(change: int) -> None:
    """The rank is Freudenthal's: with a count that is off by one the eigenvalues contradict it."""
    system = RootSystem.from_type("A2")
    counts = multiplicities(system, (2, 2))
    counts[0, 0] += change
    with pytest.raises(AccuracyError):
        gram_recursion((2, 2), WeightGraph(system, counts))


def test_a_wrong_cartan_integer_is_refused() -> None:
    """One Dynkin label of one weight off by two: the strings of F_j no longer end where they must."""
    system = RootSystem.from_type("B2")
    graph = WeightGraph(system, multiplicities(system, (1, 1)))
    first, second = graph.weights[2]
    graph.weights[2] = (first + 2, second)
    with pytest.raises(AccuracyError):
        gram_recursion((1, 1), graph)


def test_the_fallback_gives_the_same_basis_as_the_recursion() -> None:
    from intertwine.representations.lie.cartan_product import cartan_product_module

    system = RootSystem.from_type("G2")
    graph = WeightGraph(system, multiplicities(system, (2, 1)))
    one, two = gram_recursion((2, 1), graph), cartan_product_module((2, 1), graph)
    assert max(float(np.abs(x - y).max()) for x, y in zip(one.blocks[1:], two.blocks[1:], strict=True)) < 1e-11


def test_the_fallback_survives_a_divide_and_conquer_that_does_not_converge(monkeypatch: pytest.MonkeyPatch) -> None:
    from intertwine.representations.lie import cartan_product

    system = RootSystem.from_type("A2")
    graph = WeightGraph(system, multiplicities(system, (2, 2)))
    before = cartan_product.cartan_product_module((2, 2), graph).blocks

    def diverging(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        raise np.linalg.LinAlgError("Eigenvalues did not converge")

    monkeypatch.setattr(cartan_product.np.linalg, "eigh", diverging)
    after = cartan_product.cartan_product_module((2, 2), graph).blocks
    assert max(float(np.abs(x - y).max()) for x, y in zip(before[1:], after[1:], strict=True)) < 1e-12
    with pytest.raises(AccuracyError, match="no eigenvectors"):
        gram_recursion((2, 2), graph)


def test_bases_do_not_depend_on_the_eigensolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eigenvectors of degenerate Gram matrices rotated at will leave every block as it was."""
    system, dynkin = RootSystem.from_type("D4"), (1, 0, 1, 1)
    graph = WeightGraph(system, multiplicities(system, dynkin))
    before = gram_recursion(dynkin, graph).blocks
    eigh = np.linalg.eigh

    def rotated(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = eigh(matrix)
        vectors = vectors * np.where(np.arange(len(values)) % 2, 1, -1)
        for k in range(len(values) - 1):
            if abs(values[k] - values[k + 1]) < 1e-9:
                c, s = np.cos(0.7), np.sin(0.7)
                vectors[:, [k, k + 1]] = vectors[:, [k, k + 1]] @ np.array([[c, -s], [s, c]])
        return values, vectors

    monkeypatch.setattr(highest_weight.np.linalg, "eigh", rotated)
    after = gram_recursion(dynkin, graph).blocks
    assert max(float(np.abs(x - y).max()) for x, y in zip(before[1:], after[1:], strict=True)) < 1e-11


_DIGEST = """
import hashlib
import intertwine as tw
digest = hashlib.sha256()
for name in ("SU(3)", "SO(1,3)", "G2"):
    theory = tw.group(name).theory
    labels = [label for label in theory.labels(14)][:5]
    for a in labels:
        digest.update(theory.algebra(a).tobytes() + theory.conjugation(a).tobytes())
        for c in theory.decompose(a, labels[-1]):
            digest.update(theory.clebsch_gordan(a, labels[-1], c).tobytes())
print(digest.hexdigest())
"""


def test_two_processes_build_the_same_bytes() -> None:
    found = []
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True, check=True, timeout=120
        )
        found.append(run.stdout.strip())
    assert found[0] == found[1]
    assert len(found[0]) == 64
