"""What the results say: errors on upright and turned solids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.report.style import COLOURS
from intertwine.studies.volumes.configuration import VolumesConfiguration
from intertwine.studies.volumes.training import TRAININGS, train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

_COLUMNS = ("network", "parameters", "trained on", "error on upright in %", "error on turned in %", "processor seconds")


def summary_rows(c: VolumesConfiguration, results: Store) -> list[dict[str, str]]:
    """A row a network and training."""
    return [dict(zip(_COLUMNS, map(str, row), strict=True)) for row in _rows(c, results)]


def tell(c: VolumesConfiguration, results: Store) -> Content:
    """The report."""
    rows = _rows(c, results)
    upright = [row for row in rows if row[2] == "upright"]
    best = min(upright, key=lambda row: row[4])
    table = Table("errors", "Errors on solids that were not seen in training.", _COLUMNS, rows)

    def draw(canvas: Canvas) -> None:
        axes: Any = canvas.subplots()
        for place, column in enumerate((3, 4)):
            at = [i + 0.35 * place for i in range(len(rows))]
            label = "tested upright" if column == 3 else "tested turned"
            axes.bar(at, [row[column] for row in rows], 0.35, color=COLOURS[place], label=label)
        axes.set_xticks([i + 0.17 for i in range(len(rows))], [f"{row[0]}\n({row[2]})" for row in rows])
        axes.set_ylabel("test error in %")
        axes.legend()

    figure = Figure(
        "errors", "Test errors", "Bars: upright and turned test solids, for each network and training.",
        "; ".join(f"{row[0]} trained {row[2]}: {row[3]} and {row[4]} %" for row in rows), table, draw,
    )  # fmt: skip
    words = (
        f"Trained on upright solids alone, {best[0]} is best on turned ones with {best[4]} % error; "
        f"{len(c.networks)} networks, {c.n_train} solids on {c.size}³ points, six classes."
    )
    facts = [Fact(f"{row[4]} %", f"{row[0]}: error on turned solids after training on upright ones") for row in upright]
    return Content(
        "Solids in every pose", "after Weiler et al., arXiv:1807.02547", facts, [words],
        [Section("Errors", figures=[figure], tables=[table])],
    )  # fmt: skip


def _rows(c: VolumesConfiguration, results: Store) -> list[list[Any]]:
    rows = []
    for name in c.networks:
        for training in TRAININGS:
            v = results.values(train_step(name, training))
            errors = [round(100 * v["errors"][kind], 2) for kind in TRAININGS]
            rows.append([name, v["parameters"], training, *errors, round(v["seconds"])])
    return rows
