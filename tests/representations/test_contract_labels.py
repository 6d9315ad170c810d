"""Every group: dimensions, products, conjugates and names of complex irreps, against characters of sampled elements.

Mutations caught: a multiplicity off by one, a conjugate taken for the irrep itself, a dimension.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from groups_list import Case, all_groups, rng_for
from intertwine.errors import RepresentationError


def complex_labels(case: Case, largest: int = 60) -> list[object]:
    theory = case.group.theory
    labels = []
    for irrep in case.irreps:
        if irrep.dim <= largest:
            labels += (
                [irrep.label]
                if theory.conjugate(irrep.label) == irrep.label
                else [irrep.label, theory.conjugate(irrep.label)]
            )
    return labels


def characters(case: Case, labels: list[object], n: int = 3) -> dict[object, np.ndarray]:
    rng = rng_for(case)
    elements = [case.group.identity, *(case.group.sample(rng, 0.4) for _ in range(n))]
    return {label: np.array([np.trace(case.group.theory.matrix(label, g)) for g in elements]) for label in labels}


@all_groups(without=("E7", "E8"))
def test_products_of_characters(case: Case) -> None:
    """χ_a χ_b = Σ n_c χ_c on sampled elements, with the characters taken from matrices: an independent formula."""
    theory = case.group.theory
    labels = [label for label in complex_labels(case) if theory.dimension(label) <= 12][:6]
    pairs = list(product(labels, repeat=2))
    products = {pair: theory.decompose(*pair) for pair in pairs}
    needed = {label for counts in products.values() for label in counts if theory.dimension(label) <= 200}
    chi = characters(case, [*labels, *sorted(needed - set(labels), key=theory.name)])
    for (a, b), counts in products.items():
        assert sum(n * theory.dimension(c) for c, n in counts.items()) == theory.dimension(a) * theory.dimension(b)
        assert all(n > 0 for n in counts.values())
        assert theory.decompose(b, a) == counts
        if needed.issuperset(counts):
            total = sum(n * chi[c] for c, n in counts.items())
            scale = 1 + np.abs(chi[a] * chi[b]).max()
            assert np.abs(chi[a] * chi[b] - total).max() < 1e-9 * scale
            first = next(iter(counts))
            assert np.abs(chi[a] * chi[b] - total - chi[first]).max() > 1e-6 * scale  # one multiplicity too many


@all_groups()
def test_dimensions_conjugates_and_names(case: Case) -> None:
    theory = case.group.theory
    assert theory.dimension(theory.trivial) == 1
    assert theory.name(theory.trivial) == case.group.trivial.name
    for label in complex_labels(case, 250):
        assert theory.parse(theory.name(label)) == label
        other = theory.conjugate(label)
        assert theory.conjugate(other) == label
        assert theory.dimension(other) == theory.dimension(label)
        assert (theory.indicator(label) == 0) == (other != label)
        assert theory.decompose(label, theory.trivial) == {label: 1}
        if theory.dimension(label) <= 60:
            matrix = theory.matrix(label, case.group.identity)
            assert matrix.shape == (theory.dimension(label),) * 2
        irrep = case.group.irrep(theory.name(label))
        assert irrep == case.group.irrep(theory.name(other))  # V and V̄ are one real irrep
        assert irrep.real_dim == theory.dimension(label) * (1 if theory.indicator(label) == 1 else 2)


@all_groups(without=("E7", "E8"))
def test_conjugate_characters(case: Case) -> None:
    theory = case.group.theory
    labels = complex_labels(case, 30)
    chi = characters(case, labels)
    for label in labels:
        other = theory.conjugate(label)
        assert np.abs(chi[other] - chi[label].conj()).max() < 1e-10 * (1 + np.abs(chi[label]).max())


@all_groups()
def test_labels_are_ordered_and_different(case: Case) -> None:
    theory = case.group.theory
    found = list(theory.labels(10))
    dimensions = [theory.dimension(label) for label in found]
    assert dimensions == sorted(dimensions)
    assert all(d <= 10 for d in dimensions)
    assert len({theory.name(label) for label in found}) == len(set(found)) == len(found)
    assert theory.trivial in found


@all_groups()
def test_unknown_irreps_name_the_nearest(case: Case) -> None:
    with pytest.raises(RepresentationError) as caught:
        case.group.irrep("no such irrep")
    message = str(caught.value)
    assert "received" in message or "nearest" in message
    assert "expected" in message or "nearest" in message or "fix" in message
