"""The validator finds each kind of problem exactly where it was put, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intertwine.errors import ConfigurationError
from intertwine.physics.jets import Jets, RaggedJets, examine, without
from intertwine.physics.jets.kinematics import from_collider


def good(n: int, seed: int) -> Jets:
    rng = np.random.default_rng(seed)
    momenta = from_collider(rng.exponential(100, (n, 4)) + 1, rng.normal(size=(n, 4)), rng.uniform(-3, 3, (n, 4)))
    return Jets(momenta, np.ones((n, 4), dtype=bool), np.zeros(n, dtype=int), np.ones(n), {"q": np.zeros((n, 4))}, {})


def spoil(jets: Jets, index: int, kind: str) -> None:
    match kind:
        case "empty":
            jets.mask[index] = False
            jets.momenta[index] = 0
        case "not finite":
            jets.momenta[index, 1, 2] = np.nan
        case "negative energy":
            jets.momenta[index, 1, 0] *= -1
        case "negative mass":
            jets.momenta[index, 1, 0] *= 0.9
        case "padding inside":
            jets.momenta[index, 1] = 0
        case "weight":
            jets.weights[index] = -1
        case "label":
            assert jets.labels is not None
            jets.labels[index] = -1


KINDS = ["empty", "not finite", "negative energy", "negative mass", "padding inside", "weight", "label"]


@given(st.lists(st.sampled_from(["fine", *KINDS]), min_size=1, max_size=12), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_finds_what_was_put_in(kinds: list[str], seed: int) -> None:
    jets = good(len(kinds), seed)
    for index, kind in enumerate(kinds):
        spoil(jets, index, kind)
    problems = examine(jets)
    for kind in KINDS:
        assert problems.kinds[kind].tolist() == [one == kind for one in kinds]
    assert len(without(jets, problems)) == kinds.count("fine")
    assert len(without(jets, problems, ("empty",))) == len(kinds) - kinds.count("empty")
    assert examine(without(jets, problems)).counts == {}


@given(st.lists(st.integers(0, 6), min_size=1, max_size=10))
@settings(max_examples=40, deadline=None)
def test_ragged_and_padded_are_the_same(counts: list[int]) -> None:
    rng = np.random.default_rng(sum(counts))
    ragged = RaggedJets(
        rng.normal(size=(sum(counts), 4)), np.array(counts), {"q": rng.normal(size=sum(counts))},
        {"label": np.arange(len(counts)), "weight": np.ones(len(counts)), "w": rng.normal(size=(len(counts), 4))},
    )  # fmt: skip
    back = RaggedJets.of(ragged.padded())
    np.testing.assert_array_equal(back.momenta, ragged.momenta)
    np.testing.assert_array_equal(back.scalars["q"], ragged.scalars["q"])
    np.testing.assert_array_equal(back.values["w"], ragged.values["w"])
    order = rng.permutation(len(counts))
    np.testing.assert_array_equal(ragged.rows(order).padded(3).total, ragged.padded(3).total[order])


def test_rounding_of_single_precision_is_no_negative_mass() -> None:
    jets = good(50, 0)
    rounded = Jets(jets.momenta.astype(np.float32).astype(np.float64), jets.mask, jets.labels, jets.weights, {}, {})
    assert examine(rounded).counts == {}


def test_units_are_doubted() -> None:
    jets = good(50, 0)
    assert examine(jets).remarks == ()
    for factor, unit in ((1e3, "MeV"), (1e-4, "TeV")):
        other = Jets(jets.momenta * factor, jets.mask, jets.labels, jets.weights, {}, {})
        assert unit in examine(other).remarks[0]
        assert unit in str(examine(other))
    assert "no problems" in str(examine(jets))
    with pytest.raises(ConfigurationError, match="kind of problem"):
        without(jets, examine(jets), "emty")


def test_hardest_sorts_and_cuts() -> None:
    jets = good(5, 1)
    cut = jets.hardest(2)
    pt = np.hypot(jets.momenta[..., 1], jets.momenta[..., 2])
    np.testing.assert_allclose(np.hypot(cut.momenta[..., 1], cut.momenta[..., 2]), -np.sort(-pt, 1)[:, :2])
    with pytest.raises(ConfigurationError):
        jets.hardest(0)
