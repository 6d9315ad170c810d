"""What `boosts` found, and its report: the white paper's figure 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.report.style import line_look
from intertwine.studies.jets.boosts import ALONG, DIRECTIONS, BoostsConfiguration, boost_step
from intertwine.studies.jets.data import data_step
from intertwine.studies.jets.training import train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

SOURCE = (
    "After Bogatskiy et al., arXiv:2203.06153, figure 2: networks trained in the laboratory's frame, tested on the "
    "same jets seen from frames that move with rapidity η (β = tanh η)."
)
TOLERANCE = 0.002
"""By how much the accuracy of a network that claims invariance may differ from that without a boost."""


@dataclass(frozen=True)
class Boosted:
    """accuracy: (curve, direction) → [instances, rapidities]; a curve is a network, or one with vectors moved along."""

    configuration: BoostsConfiguration
    accuracy: dict[tuple[str, str], NDArray[np.float64]]
    shift: dict[tuple[str, str], NDArray[np.float64]]
    invariant: dict[str, bool]
    parameters: dict[str, int]

    @property
    def curves(self) -> list[str]:
        return list(self.invariant)

    def drop(self, curve: str) -> float:
        """Largest change of the accuracy of any instance, at any rapidity, in either direction."""
        found = [self.accuracy[curve, direction] for direction in DIRECTIONS]
        return float(max(np.abs(one - one[:, :1]).max() for one in found))

    def last(self, curve: str) -> float:
        """Accuracy at the largest rapidity, both directions and all instances averaged."""
        return float(np.mean([self.accuracy[curve, direction][:, -1] for direction in DIRECTIONS]))


def read_results(configuration: BoostsConfiguration, results: Store) -> Boosted:
    """Everything from the store."""
    c = configuration
    labels = np.concatenate([results.arrays(data_step(number))["labels"] for number in range(c.n_chunks)])
    signal = labels[c.n_training + c.n_validation : c.n_jets][: c.boosted_jets] == 1
    accuracy: dict[tuple[str, str], NDArray[np.float64]] = {}
    shift: dict[tuple[str, str], NDArray[np.float64]] = {}
    invariant: dict[str, bool] = {}
    parameters: dict[str, int] = {}
    for name in c.networks:
        steps = [boost_step(name, instance) for instance in range(c.instances)]
        arrays: list[dict[str, Any]] = [results.arrays(step) for step in steps]
        for suffix, ending in (("", ""), (ALONG, "-along")):
            if f"x{ending}" not in arrays[0]:
                continue
            for direction in DIRECTIONS:
                scores = np.stack([one[f"{direction}{ending}"] for one in arrays]).astype(np.float64)
                accuracy[name + suffix, direction] = ((scores >= 0) == signal).mean(-1)
                scale = np.maximum(1.0, np.abs(scores[:, :1]))
                shift[name + suffix, direction] = (np.abs(scores - scores[:, :1]) / scale).max(-1)
            invariant[name + suffix] = bool(suffix) or bool(results.values(steps[0])["claims_invariance"])
            parameters[name + suffix] = int(results.values(train_step(name, c.n_training))["n_parameters"])
    return Boosted(c, accuracy, shift, invariant, parameters)


def summary_rows(configuration: BoostsConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: BoostsConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: Boosted) -> Content:
    """The whole report."""
    sections = [
        Section("Accuracy against rapidity", [], [figure(results)], [table(results)]),
        Section("Logits", [LOGITS], [logit_figure(results)]),
    ]
    return Content("Top taggers in moving frames", SOURCE, facts(results), [words(results)], sections)


LOGITS = (
    "The largest change of any jet's logit, relative to its size where that exceeds 1. Networks are in float32, "
    "momenta in float64; a network that claims invariance is expected to stay below 10⁻⁴."
)


def facts(results: Boosted) -> list[Fact]:
    claiming = [curve for curve in results.curves if results.invariant[curve]]
    worst = max((results.drop(curve) for curve in claiming), default=0.0)
    facts = [Fact(f"{worst:.4f}", "largest change of accuracy of a network that claims invariance")]
    if "fully connected" in results.curves:
        facts.append(Fact(f"{results.last('fully connected'):.3f}", "accuracy of the fully connected one at the end"))
    return facts


def rows_of(results: Boosted) -> list[dict[str, str]]:
    """One row a curve."""
    largest = max(results.configuration.rapidities)
    return [
        {
            "network": curve,
            "claims invariance": "yes" if results.invariant[curve] else "no",
            "accuracy at rest": f"{np.mean(results.accuracy[curve, 'x'][:, 0]):.4f}",
            f"at rapidity {largest:g}": f"{results.last(curve):.4f}",
            "largest change": f"{results.drop(curve):.4f}",
        }
        for curve in results.curves
    ]


def words(results: Boosted) -> str:
    """Whether each claim holds."""
    claiming = [curve for curve in results.curves if results.invariant[curve]]
    broken = [f"{curve} ({results.drop(curve):.4f})" for curve in claiming if results.drop(curve) > TOLERANCE]
    claim = (
        f"Networks that claim invariance keep their accuracy within {TOLERANCE} up to rapidity "
        f"{max(results.configuration.rapidities):g}, in both directions"
    )
    verdict = f"{claim}, but for {', '.join(broken)}." if broken else f"{claim}: {', '.join(claiming)}."
    others = [
        f"{curve} goes from {np.mean(results.accuracy[curve, 'x'][:, 0]):.3f} to {results.last(curve):.3f}"
        for curve in results.curves
        if not results.invariant[curve]
    ]
    return f"{verdict} Of the others, {'; '.join(others)}." if others else verdict


def style(results: Boosted, curve: str) -> dict[str, Any]:
    """Of a network's line; dotted where reference vectors move along."""
    look = line_look(list(results.configuration.networks).index(curve.removesuffix(ALONG)))
    along = {"linestyle": ":", "markerfacecolor": "white"} if curve.endswith(ALONG) else {}
    return look | along | {"label": curve, "ms": 4}


def figure(results: Boosted) -> Figure:
    """Accuracy against rapidity, a panel for each direction."""
    x = results.configuration.rapidities
    titles = {"x": "boosts along x", "random": "random directions"}

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(1, 2, sharey=True)
        for axes, direction in zip(panels, DIRECTIONS, strict=True):
            for curve in results.curves:
                values = results.accuracy[curve, direction]
                axes.plot(x, values.mean(0), **style(results, curve))
                if len(values) > 1:
                    axes.fill_between(x, values.min(0), values.max(0), color=style(results, curve)["color"], alpha=0.15)
            axes.set(xlabel="rapidity of the boost", title=titles[direction])
        panels[0].set_ylabel("test accuracy")
        canvas.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)

    return Figure(
        "accuracy-by-rapidity", "Accuracy against the boost of the test jets",
        "Dotted: reference vectors boosted with the jets. Lines: mean of the instances; bands: from the lowest to the "
        "highest.",
        words(results), every_accuracy(results), draw, (9.5, 5.2),
    )  # fmt: skip


def logit_figure(results: Boosted) -> Figure:
    """Change of logits against rapidity, both directions' larger one."""
    x = results.configuration.rapidities
    worst = {
        curve: np.max([results.shift[curve, direction].max(0) for direction in DIRECTIONS], axis=0)
        for curve in results.curves
    }

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for curve, values in worst.items():
            axes.plot(x[1:], np.maximum(values[1:], 1e-9), **style(results, curve))
        axes.set(xlabel="rapidity of the boost", ylabel="largest change of a logit", yscale="log")
        canvas.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)

    rows = [(curve, y, float(value)) for curve, values in worst.items() for y, value in zip(x, values, strict=True)]
    return Figure(
        "logits-by-rapidity", "Change of the logits", "Over all test jets, instances and both directions.",
        "Largest change of any logit against rapidity, on a logarithmic axis.",
        Table("logits-by-rapidity", "", ("network", "rapidity", "change"), rows), draw, (8.0, 5.2),
    )  # fmt: skip


def table(results: Boosted) -> Table:
    """A row a curve and direction."""
    columns = ("network", "direction", *(f"{rapidity:g}" for rapidity in results.configuration.rapidities))
    rows = [
        (curve, direction, *(f"{value:.3f}" for value in found.mean(0)))
        for (curve, direction), found in results.accuracy.items()
    ]
    return Table("accuracies", "Accuracy at each rapidity, mean of the instances.", columns, rows)


def every_accuracy(results: Boosted) -> Table:
    rows = [
        (curve, direction, rapidity, float(values.mean()), float(values.min()), float(values.max()))
        for (curve, direction), found in results.accuracy.items()
        for rapidity, values in zip(results.configuration.rapidities, found.T, strict=True)
    ]
    columns = ("network", "direction", "rapidity", "accuracy", "lowest", "highest")
    return Table("accuracy-by-rapidity", "", columns, rows)
