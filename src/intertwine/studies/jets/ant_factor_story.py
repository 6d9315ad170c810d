"""What `ant-factor` found, and its report: the white paper's figure 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intertwine.evaluation.power_to_weight import ant_factor
from intertwine.evaluation.roc_curve import roc
from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.studies.jets.ant_factor import AntFactorConfiguration, cell
from intertwine.studies.jets.data import data_step
from intertwine.studies.jets.training import train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

SOURCE = (
    "After Bogatskiy et al., arXiv:2203.06153, figure 3, and Murnane, Thais & Wong, arXiv:2202.06941: networks with "
    "Lorentz-equivariant channels, unconstrained channels, and mixtures of both."
)


@dataclass(frozen=True)
class Ants:
    """By name of the network: parameters, and of each instance AUC, ε_B and background jets that pass at ε_S."""

    configuration: AntFactorConfiguration
    parameters: dict[str, int]
    auc: dict[str, NDArray[np.float64]]
    background: dict[str, NDArray[np.float64]]
    background_jets: int

    def rejection(self, name: str) -> float:
        """1/ε_B with the instances' mean ε_B, which is never less than what half a jet would give."""
        floor = 0.5 / self.background_jets
        return float(1 / max(self.background[name].mean(), floor))

    def ant_factor(self, name: str) -> float:
        return ant_factor(self.rejection(name), self.parameters[name])

    def error(self, name: str) -> float:
        """Relative, of the rejection: passing background jets are counted, √n/n with at least one."""
        passing = max(1.0, float(self.background[name].mean()) * self.background_jets * len(self.background[name]))
        return 1 / float(np.sqrt(passing))

    @property
    def best(self) -> str:
        return max(self.parameters, key=self.ant_factor)


def read_results(configuration: AntFactorConfiguration, results: Store) -> Ants:
    """Everything from the store."""
    c = configuration
    labels = np.concatenate([results.arrays(data_step(number))["labels"] for number in range(c.n_chunks)])
    signal = labels[c.n_training + c.n_validation : c.n_jets] == 1
    parameters, auc, background = {}, {}, {}
    for name in c.networks:
        steps = [train_step(name, c.n_training, instance) for instance in range(c.instances)]
        curves = [roc(results.arrays(step)["scores"].astype(np.float64), signal) for step in steps]
        parameters[name] = int(results.values(steps[0])["n_parameters"])
        auc[name] = np.array([curve.auc for curve in curves])
        background[name] = np.array([curve.background_at(c.signal_efficiency) for curve in curves])
    return Ants(c, parameters, auc, background, int((~signal).sum()))


def summary_rows(configuration: AntFactorConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: AntFactorConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: Ants) -> Content:
    """The whole report."""
    sections = [
        Section("The map", [FORMULA], [heat_map(results), rejection_map(results)], [table(results)]),
    ]
    best = results.best
    facts = [Fact(f"{results.ant_factor(best):.0f}", f"largest ant factor, of {best} channels")]
    return Content("Ant factors", SOURCE, facts, [words(results)], sections)


FORMULA = (
    "Ant factor: 10⁵ (1/ε_B at ε_S = 0.3) / parameters (2202.06941). It grows as networks shrink until they stop "
    "tagging, so that it prefers the smallest ones that still work."
)


def words(results: Ants) -> str:
    best = results.best
    sharpest = max(results.auc, key=lambda name: float(results.auc[name].mean()))
    return (
        f"The largest ant factor has the network with {best} (equivariant + unconstrained) channels: "
        f"{results.ant_factor(best):.0f} ± {100 * results.error(best):.0f} %, with "
        f"{results.parameters[best]} parameters and AUC {results.auc[best].mean():.3f}. "
        f"The highest AUC has {sharpest} channels. Rejections rest on "
        f"{results.background_jets} background jets of the test sample."
    )


def rows_of(results: Ants) -> list[dict[str, str]]:
    """One row a network."""
    return [
        {
            "equivariant + unconstrained": name,
            "parameters": str(results.parameters[name]),
            "AUC": f"{results.auc[name].mean():.4f}",
            "1/ε_B(0.3)": f"{results.rejection(name):.0f}",
            "ant factor": f"{results.ant_factor(name):.0f}",
        }
        for name in results.parameters
    ]


def heat_map(results: Ants) -> Figure:
    """Ant factor over the grid."""
    values = {name: results.ant_factor(name) for name in results.parameters}
    return _map(results, values, "ant-factor", "Ant factor", "{:.0f}", logarithmic=True)


def rejection_map(results: Ants) -> Figure:
    """AUC over the grid."""
    values = {name: float(results.auc[name].mean()) for name in results.parameters}
    return _map(results, values, "auc", "AUC", "{:.3f}", logarithmic=False)


def _map(results: Ants, values: dict[str, float], name: str, title: str, form: str, *, logarithmic: bool) -> Figure:
    c = results.configuration
    array = np.array([[values.get(cell(e, u), np.nan) for u in c.unconstrained] for e in c.equivariant])

    def draw(canvas: Canvas) -> None:
        from matplotlib.colors import LogNorm, Normalize

        axes = canvas.subplots()
        axes.grid(visible=False)
        norm = (LogNorm if logarithmic else Normalize)(float(np.nanmin(array)), float(np.nanmax(array)))
        shown = axes.imshow(array, origin="lower", cmap="viridis", norm=norm, aspect="auto")
        canvas.colorbar(shown, ax=axes, label=title)
        axes.set_xticks(range(len(c.unconstrained)), [str(u) for u in c.unconstrained])
        axes.set_yticks(range(len(c.equivariant)), [str(e) for e in c.equivariant])
        axes.set(xlabel="unconstrained channels", ylabel="Lorentz-equivariant channels")
        for row, line in enumerate(array):
            for column, value in enumerate(line):
                if np.isfinite(value):
                    colour = "white" if float(norm(value)) < 0.5 else "black"
                    axes.text(column, row, form.format(value), ha="center", va="center", color=colour, fontsize=9)

    rows = [(e, u, values.get(cell(e, u))) for e in c.equivariant for u in c.unconstrained]
    best = max(values, key=lambda one: values[one])
    return Figure(
        name, title, "Over the numbers of channels; lighter is more.",
        f"A map of {title} over equivariant and unconstrained channels; largest at {best}.",
        Table(name, "", ("equivariant", "unconstrained", title), rows), draw, (6.2, 4.6),
    )  # fmt: skip


def table(results: Ants) -> Table:
    rows = [
        (
            name, results.parameters[name], float(results.auc[name].mean()), results.rejection(name),
            results.error(name), results.ant_factor(name),
        )
        for name in results.parameters
    ]  # fmt: skip
    columns = ("equivariant + unconstrained", "parameters", "AUC", "1/ε_B(0.3)", "relative error", "ant factor")
    return Table("networks", "Every network of the grid.", columns, rows)
