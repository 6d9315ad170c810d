"""What the results say: tables, two figures, and the words that follow from the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from intertwine.report.content import Content, Fact, Figure, Section, Table
from intertwine.report.style import line_look
from intertwine.studies.rotated_digits.configuration import RotatedDigitsConfiguration
from intertwine.studies.rotated_digits.training import race_step, train_step, upright_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

Curves = dict[str, tuple[list[float], list[float]]]


def summary_rows(configuration: RotatedDigitsConfiguration, results: Store) -> list[dict[str, str]]:
    """A row a network, at the largest training set."""
    rows = []
    for name in configuration.networks:
        values = results.values(train_step(name, configuration.sizes[-1]))
        rows.append(
            {
                "network": name, "parameters": f"{values['parameters']:,}", "steps": f"{values['steps']:,}",
                "processor s": f"{values['seconds']:.0f}", "test error": f"{100 * values['error']:.2f} %",
            }
        )  # fmt: skip
    return rows


def tell(configuration: RotatedDigitsConfiguration, results: Store) -> Content:
    """The report."""
    c = configuration
    last = {name: results.values(train_step(name, c.sizes[-1])) for name in c.networks}
    best = min(last, key=lambda name: last[name]["error"])
    by_size: Curves = {
        name: (
            [float(n) for n in c.sizes],
            [100 * results.values(train_step(name, n))["error"] for n in c.sizes],
        )
        for name in c.networks
    }
    by_angle: Curves = {
        name: (list(c.angles), [100 * e for e in results.values(upright_step(name))["errors"]]) for name in c.upright
    }
    sections = [
        Section(
            "Against the size of the training set",
            [
                f"Test error on {c.n_test:,} rotated digits ({c.n_smaller_test:,} after training on smaller sets), "
                "none from a source digit of the training set. Smaller sets are the first digits of the largest one "
                "and train for fewer steps.",
                f"On {c.sizes[-1]:,} digits trainings took {min(v['seconds'] for v in last.values()):.0f} to "
                f"{max(v['seconds'] for v in last.values()):.0f} s of processor time (table): networks compare where "
                "they took about the same.",
            ],
            [curves("by-size", "Test error against training digits", "training digits", by_size, log=True)],
            [_table(c, last)],
        )
    ]
    if by_angle:
        sections.append(
            Section(
                "Trained on upright digits only",
                ["The networks after training on digits that are not turned, against the angle of the test digits."],
                [curves("by-angle", "Test error against the angle", "angle in degrees", by_angle, log=False)],
            )
        )
    if c.raced:
        sections.append(_race(c, results))
    ours = [name for name, entry in c.networks.items() if entry.model == "steerable"]
    summary = [
        f"Lowest test error: {best} with {100 * last[best]['error']:.2f} %, {last[best]['parameters']:,} parameters."
    ]
    if "augmented CNN" in last and ours:
        top = min(ours, key=lambda name: last[name]["error"])
        ratio = last["augmented CNN"]["error"] / max(last[top]["error"], 1e-12)
        summary.append(
            f"The augmented CNN ends at {100 * last['augmented CNN']['error']:.2f} % after "
            f"{last['augmented CNN']['seconds']:.0f} s of processor time, {ratio:.2f} times the error of {top} "
            f"({last[top]['seconds']:.0f} s)."
        )
    digest = results.values("digits")["digest"]
    return Content(
        "Rotated digits", "Cohen and Welling 1602.07576; Worrall et al. 1612.04642; Weiler and Cesa 1911.08251",
        [Fact(f"{100 * last[name]['error']:.2f} %", f"test error of {name}") for name in last],
        [*summary, f"SHA-256 of the digits: {digest}."], sections,
    )  # fmt: skip


def _race(c: RotatedDigitsConfiguration, results: Store) -> Section:
    """Errors after trainings of the same length, each with a cycle of the learning rate of its own."""
    found = {
        name: [results.values(race_step(name, m)) for m in c.minutes] + [results.values(train_step(name, c.sizes[-1]))]
        for name in c.raced
    }
    rows = [
        [name, v["steps"], round(v["seconds"]), round(100 * v["error"], 3)] for name, vs in found.items() for v in vs
    ]
    errors = {name: ([v["seconds"] for v in vs], [100 * v["error"] for v in vs]) for name, vs in found.items()}
    columns = ["network", "steps", "processor seconds", "test error in %"]
    title = "Test error against processor time of the training"
    return Section(
        "Against the time of the training",
        [f"On {c.sizes[-1]:,} digits; each point is a training of its own, with its own cycle of the learning rate."],
        [curves("by-time", title, "processor time in s", errors, log=True)],
        [Table("race", title + ".", columns, rows)],
    )


def curves(name: str, title: str, label: str, series: Curves, *, log: bool, unit: str = "test error in %") -> Figure:
    """Lines with markers, one a network."""
    columns = ["network", label, unit]
    rows: list[list[str | int | float | None]] = [
        [key, x, y] for key, (xs, ys) in series.items() for x, y in zip(xs, ys, strict=True)
    ]

    def draw(canvas: Canvas) -> None:
        axes: Any = canvas.subplots()
        for index, (key, (xs, ys)) in enumerate(series.items()):
            axes.plot(xs, ys, label=key, ms=4, **line_look(index))
        if log:
            axes.set_xscale("log")
            axes.set_yscale("log")
        axes.set_xlabel(label)
        axes.set_ylabel(unit)
        axes.legend(ncols=2, fontsize="small")

    alt = "; ".join(f"{key}: {ys[0]:.3g} to {ys[-1]:.3g}" for key, (_, ys) in series.items())
    return Figure(name, title, f"{title}, one line a network.", alt, Table(name, title, columns, rows), draw)


def _table(c: RotatedDigitsConfiguration, last: dict[str, Any]) -> Table:
    columns = ["network", "parameters", "steps", "processor seconds", "test error in %"]
    rows = [
        [name, v["parameters"], v["steps"], round(v["seconds"]), round(100 * v["error"], 3)] for name, v in last.items()
    ]
    return Table("networks", f"Trained on {c.sizes[-1]:,} digits.", columns, rows)
