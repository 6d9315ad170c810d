"""The study's parts that can be checked without running it: presets, steps, seeds, spaces, words, figures."""

from __future__ import annotations

import numpy as np
import optuna
import pytest

from intertwine.errors import ConfigurationError
from intertwine.report.drawing import write_figure
from intertwine.studies.flux_regression.configuration import PAPER, PRESETS, STANDARD, TINY
from intertwine.studies.flux_regression.figures import learning_curves, loss_by_lattice, loss_by_mu
from intertwine.studies.flux_regression.large_flattening import network
from intertwine.studies.flux_regression.numbers import power, times
from intertwine.studies.flux_regression.results import Curve, Results, Transfer
from intertwine.studies.flux_regression.silver_blaze import silver_blaze
from intertwine.studies.flux_regression.spaces import space, thin
from intertwine.studies.flux_regression.story import content_of
from intertwine.studies.registry import load
from intertwine.studies.schedule import expected_seconds
from intertwine.studies.seeds import seed_of

STUDY = load("flux-regression")
SEED = 20856076295864968  # of (0, "train", "EQ", 100): a change would change every result


def results(equivariant: float = 1e-10, broken: float = 1e-7, flat: float = 1.0) -> Results:
    """Results with the given errors, two instances that differ by a factor 2."""
    spread = np.array([1.0, 2.0]) / 1.5
    curves, transfers = [], []
    for arm in ("EQ", "ST", "FL", "ST+augmentation", "FL+augmentation"):
        for optimiser, factor in (("adamw", 100.0), ("finisher", 1.0)):
            error = (equivariant if arm == "EQ" else broken) * factor
            curves.append(Curve(arm, optimiser, (10, 20), error * np.outer([2.0, 1.0], spread), 123))
    for lattice in TINY.test_lattices:
        for family in ("EQ", "ST"):
            error = equivariant * (1.0 if lattice == TINY.lattice else flat) if family == "EQ" else broken
            mse = error * np.ones((2, 2, 2, 2)) * np.array([100.0, 1.0])[:, None, None, None]
            truth = np.random.default_rng(0).random((2, 5, 2))
            transfers.append(Transfer(family, lattice, np.array([1.05, 1.0]), mse, truth + 1e-5, truth))
    layer = {"channels": 8, "kernel": 2, "stride": 1, "dilation": 1, "pool_window": 1, "pool_stride": None}
    architecture = {"layers": [layer | {"pool_kind": "average"}], "head": [], "activation": "silu"}
    return Results(TINY, tuple(curves), tuple(transfers), dict.fromkeys(("EQ", "ST", "FL"), architecture), None)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_has_its_steps(preset: str) -> None:
    configuration = PRESETS[preset]
    steps = STUDY.steps(configuration, 0)
    names = {step.name for step in steps}
    assert len(names) == len(steps)
    assert len([name for name in names if name.startswith("search/")]) == 3
    arms = 5 * len(configuration.sizes) + (configuration.large_flattening is not None)
    assert len([name for name in names if name.startswith("train/")]) == arms
    assert expected_seconds(steps, (), 2) > 0
    assert STUDY.configuration(configuration.model_dump(mode="json")) == configuration


def test_budgets_of_the_presets() -> None:
    quick = PRESETS["quick"]
    assert (quick.trials, quick.instances, len(quick.sizes)) == (4, 2, 2)
    assert (STANDARD.trials, STANDARD.repeats, STANDARD.instances, STANDARD.sizes) == (12, 2, 5, (100, 1000, 5000))
    assert STANDARD.max_parameters <= 100_000
    assert (PAPER.trials, PAPER.repeats, PAPER.instances) == (50, 3, 10)
    assert (min(PAPER.sizes), max(PAPER.sizes)) == (50, 20_000)
    assert len(STANDARD.test_mus) == 29
    assert (STANDARD.test_mus[0], STANDARD.test_mus[-1]) == (0.91, 1.05)
    assert expected_seconds(STUDY.steps(quick, 0), (), 2) <= 360
    assert expected_seconds(STUDY.steps(STANDARD, 0), (), 2) <= 3600


def test_the_large_network_is_as_large_as_the_published_one() -> None:
    from intertwine.models.lattice_cnn import LatticeCNN

    config = network(PAPER.large_flattening)
    assert 0.9e7 < LatticeCNN(config, device="meta").n_parameters < 1.1e7
    assert config.family == "FL"
    assert config.sites == (200, 10)


def test_a_configuration_that_is_not_one() -> None:
    with pytest.raises(ConfigurationError, match=r"not a configuration of flux-regression.*trials"):
        STUDY.configuration({"trials": "many"})


def test_seeds_depend_on_every_word_and_on_nothing_else() -> None:
    assert seed_of(0, "train", "EQ", 100) == SEED
    seeds = {seed_of(seed, *words) for seed in (0, 1) for words in (("a",), ("a", 1), ("a", "1"), ("b",))}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**56 for seed in seeds)


@pytest.mark.parametrize("preset", ["quick", "standard", "paper"])
@pytest.mark.parametrize("family", ["EQ", "ST", "FL"])
def test_every_draw_is_a_network_of_the_family_within_the_limit(preset: str, family: str) -> None:
    from intertwine.models.lattice_cnn import LatticeCNN

    configuration = PRESETS[preset].model_copy(update={"max_parameters": 3000})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    sizes = set()
    for _ in range(15):
        config, fit = space(configuration, family)(study.ask())
        model = LatticeCNN(config, device="meta")
        sizes.add(model.n_parameters)
        assert config.family == family
        assert fit.steps == configuration.search_steps
        assert model.n_parameters <= 3000 or family == "FL"
        assert model.symmetry.steps == {"EQ": (1, 1), "ST": (2, 2), "FL": None}[family]
    assert len(sizes) > 3


def test_thinning_halves_the_widest_layer() -> None:
    architecture = {
        "family": "EQ", "sites": (8, 4), "in_channels": 4, "layers": [{"channels": 64, "kernel": 3}], "head": [16],
    }  # fmt: skip
    assert thin(architecture, 10**6).layers[0].channels == 64
    assert thin(architecture, 1000).layers[0].channels == 16
    assert thin(architecture, 1000).head == (16,)


def test_the_words_follow_from_the_numbers() -> None:
    text = " ".join(content_of(results()).summary)
    assert "1.0·10⁻¹⁰" in text
    assert "1000× the equivariant error" in text
    assert "is flat: on 8×4 it is 1.0× that on the training lattice, at most 1.0×" in text
    worse = " ".join(content_of(results(equivariant=1e-7, broken=1e-10, flat=7.0)).summary)
    assert "1000× less" in worse
    assert "is not flat everywhere" in worse
    assert "at most 7.0×" in worse
    assert "is flat:" not in worse


def test_facts_and_tables() -> None:
    content = content_of(results(flat=2.0))
    assert [fact.value for fact in content.facts] == ["1.0·10⁻¹⁰", "1000×", "1000×", "1.0×"]
    tables = {table.name: table for table in content.tables}
    assert set(tables) == {"optimisers", "flatness", "networks"}
    for table in [*tables.values(), *(figure.data for figure in content.figures)]:
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert tables["optimisers"].rows[1][3:5] == pytest.approx((1e-7, 1000.0))


@pytest.mark.parametrize("make", [learning_curves, loss_by_lattice, loss_by_mu, silver_blaze])
def test_figures_are_drawn_and_described(make: object, tmp_path: object) -> None:
    figure = make(results())
    svg = write_figure(figure, tmp_path)
    assert svg.startswith("<svg")
    assert len(figure.alt) > 40
    assert len(figure.data.rows) > 3


def test_the_description_of_a_figure_is_not_wishful() -> None:
    assert "lie below" in loss_by_lattice(results()).alt
    assert "lie below" not in loss_by_lattice(results(equivariant=1e-7, broken=1e-10)).alt


@pytest.mark.parametrize(
    ("ratio", "text"), [(1.04, "1.0×"), (9.96, "10.0×"), (140.4, "140×"), (3e4, "3.0·10⁴×"), (0.02, "2.0·10⁻²×")]
)
def test_factors(ratio: float, text: str) -> None:
    assert times(ratio) == text


def test_powers() -> None:
    assert power(1.234e-10) == "1.2·10⁻¹⁰"
    assert power(5.0) == "5.0·10⁰"
