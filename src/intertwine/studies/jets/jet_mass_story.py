"""What `jet-mass` found, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.jets.kinematics import angular_distance, mass_squared, transverse_momentum
from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.report.style import line_look
from intertwine.studies.jets.jet_mass import JetMassConfiguration, regression_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

SOURCE = (
    "After Bogatskiy et al., arXiv:2211.00454, section 5: top jets from Pythia 8, the W's true four-momentum just "
    "before it decays as the target of networks whose output is a four-vector."
)
JET = "whole jet"
"""The jet's own momentum in the W's place, for comparison."""


@dataclass(frozen=True)
class Resolution:
    """Of a prediction p̂ of the W's momentum p.

    mass, pt: half the width that holds the central 68 % of m̂/m and p̂_T/p_T; mass_bias, pt_bias: their medians - 1;
    angle: median ΔR.
    """

    mass: float
    mass_bias: float
    pt: float
    pt_bias: float
    angle: float

    @classmethod
    def of(cls, predicted: NDArray[np.float64], target: NDArray[np.float64]) -> Resolution:
        mass = masses(predicted) / masses(target)
        pt = transverse_momentum(predicted) / transverse_momentum(target)
        angle = angular_distance(predicted, target)
        return cls(*central(mass), *central(pt), float(np.median(angle)))


def masses(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """√m², 0 where m² is negative."""
    return np.asarray(np.sqrt(np.maximum(mass_squared(p), 0.0)))


def central(ratio: NDArray[np.float64]) -> tuple[float, float]:
    """Half the central 68 %, and the median's distance from 1."""
    low, middle, high = np.quantile(ratio, [0.16, 0.5, 0.84])
    return float(high - low) / 2, float(middle - 1)


@dataclass(frozen=True)
class Regressions:
    """By name: predicted momenta [jets, 4] of the W, the largest relative error of equivariance, parameters."""

    configuration: JetMassConfiguration
    w: NDArray[np.float64]
    predicted: dict[str, NDArray[np.float64]]
    equivariance: dict[str, float]
    parameters: dict[str, int]

    def resolution(self, name: str) -> Resolution:
        return Resolution.of(self.predicted[name], self.w)


def read_results(configuration: JetMassConfiguration, results: Store) -> Regressions:
    """Everything from the store."""
    predicted, equivariance, parameters = {}, {}, {}
    for name in configuration.networks:
        step = regression_step(name)
        arrays = results.arrays(step)
        predicted[name] = arrays["predicted"]
        error = np.abs(arrays["returned"] - arrays["predicted"]).max(1) / np.abs(arrays["predicted"]).max(1)
        equivariance[name] = float(error.max())
        parameters[name] = int(results.values(step)["n_parameters"])
    predicted[JET] = arrays["jet"]
    return Regressions(configuration, arrays["w"], predicted, equivariance, parameters)


def summary_rows(configuration: JetMassConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: JetMassConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: Regressions) -> Content:
    """The whole report."""
    best = min(results.parameters, key=lambda name: results.resolution(name).mass)
    found = results.resolution(best)
    facts = [
        Fact(f"{100 * found.mass:.1f} %", f"resolution of the W's mass, {best}"),
        Fact(f"{100 * found.pt:.1f} %", f"resolution of its transverse momentum, {best}"),
    ]
    sections = [Section("Masses", [], [figure(results)], [table(results)])]
    return Content("The W inside the top", SOURCE, facts, [words(results)], sections)


def words(results: Regressions) -> str:
    parts = []
    for name in results.parameters:
        r = results.resolution(name)
        parts.append(f"{name}: mass {r.mass:.1%} (median {r.mass_bias:+.1%}), p_T {r.pt:.1%}, ΔR {r.angle:.3f}")
    worst = max(results.equivariance.values())
    jet = results.resolution(JET)
    return (
        f"Half widths of the central 68 %, and the median angle. {'; '.join(parts)}. The whole jet in the W's place: "
        f"p_T {jet.pt:.1%} (median {jet.pt_bias:+.1%}), ΔR {jet.angle:.3f}. Test jets boosted by rapidity "
        f"{results.configuration.rapidity:g} in random directions, predicted and boosted back, agree to {worst:.1e} of "
        f"the momentum. {len(results.w)} test jets."
    )


def rows_of(results: Regressions) -> list[dict[str, str]]:
    """One row a network."""
    rows = []
    for name in results.predicted:
        r = results.resolution(name)
        rows.append({
            "network": name, "parameters": str(results.parameters.get(name, "")), "mass": f"{r.mass:.2%}",
            "p_T": f"{r.pt:.2%}", "ΔR": f"{r.angle:.4f}",
            "equivariance error": f"{results.equivariance[name]:.1e}" if name in results.equivariance else "",
        })  # fmt: skip
    return rows


def figure(results: Regressions) -> Figure:
    """Histograms of predicted masses and of the ratio of transverse momenta."""
    edges = (np.linspace(0, 180, 61), np.linspace(0, 2, 61))
    names = list(results.predicted)

    def columns(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        p = results.predicted[name]
        return masses(p), transverse_momentum(p) / transverse_momentum(results.w)

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(1, 2)
        for index, name in enumerate(names):
            look = line_look(index)
            style = {key: look[key] for key in ("color", "linestyle") if key in look}
            for axes, values, bins in zip(panels, columns(name), edges, strict=True):
                axes.hist(values, bins, label=name, histtype="step", lw=1.6, **style)
        panels[0].hist(masses(results.w), edges[0], color="#888888", alpha=0.4, label="true W")
        panels[0].set(xlabel="mass, GeV", ylabel="jets")
        panels[1].set(xlabel="predicted / true transverse momentum")
        panels[0].legend(loc="best")

    rows = []
    for name in names:
        for what, values, bins in zip(("mass", "p_T ratio"), columns(name), edges, strict=True):
            counts, _ = np.histogram(values, bins)
            rows += [(name, what, float(low), int(n)) for low, n in zip(bins[:-1], counts, strict=True)]
    return Figure(
        "w-momentum", "The predicted W", "Test jets; left: mass, right: transverse momentum over the true one.",
        words(results), Table("w-momentum", "", ("network", "what", "from", "jets"), rows), draw, (9.5, 4.0),
    )  # fmt: skip


def table(results: Regressions) -> Table:
    rows = []
    for name in results.predicted:
        r = results.resolution(name)
        rows.append((
            name, results.parameters.get(name), r.mass, r.mass_bias, r.pt, r.pt_bias, r.angle,
            results.equivariance.get(name),
        ))  # fmt: skip
    columns = (
        "network", "parameters", "mass, half width", "mass, bias", "p_T, half width", "p_T, bias", "median ΔR",
        "equivariance error",
    )  # fmt: skip
    return Table("resolutions", "Of the reconstructed W over the true one.", columns, rows)
