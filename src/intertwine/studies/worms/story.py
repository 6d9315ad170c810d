"""What the numbers of a worm study say, in words and tables that follow from them whatever they are."""

from __future__ import annotations

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.flux_regression.tables import layer_words
from intertwine.studies.store import Store
from intertwine.studies.worms.configuration import FAMILIES, WormsConfiguration
from intertwine.studies.worms.figures import by_lattice, by_parameter
from intertwine.studies.worms.results import Scores, WormResults, read_results
from intertwine.studies.worms.worm_figure import looks, worm_figure

SOURCE = (
    "After Bulusu, Favoni, Ipp, Müller & Schuh, arXiv:2103.14686: flux configurations of the complex φ⁴ theory, "
    "trained at two points (η, μ) on one lattice, tested at nine points on several lattices."
)
TITLES = {"detection": "Detecting an open worm", "counting": "Counting open worms"}


def summary_rows(configuration: WormsConfiguration, store: Store) -> list[dict[str, str]]:
    """The table that is printed at the end."""
    return rows_of(read_results(configuration, store))


def tell(configuration: WormsConfiguration, store: Store) -> Content:
    """The report."""
    return content_of(read_results(configuration, store))


def content_of(results: WormResults) -> Content:
    """The report of either study."""
    c = results.configuration
    what = "the chemical potential" if c.task == "detection" else "the number of worms"
    sections = [
        Section(f"Against {what}", [], [by_parameter(results)]),
        Section("Against the size of the lattice", [], [by_lattice(results)], [lattice_table(results)]),
    ]
    if c.task == "detection":
        sections.append(Section("Where the networks look", [looks(results)], [worm_figure(results)]))
        sections.append(Section("Leakage control", [control_words(results)], (), [control_table(results)]))
    sections.append(Section("The networks", [training_words(results)], (), [network_table(results)]))
    return Content(TITLES[c.task], SOURCE, facts(results), [accuracy_words(results)], sections)


def facts(results: WormResults) -> list[Fact]:
    """The headline numbers."""
    c = results.configuration
    largest, first = max(c.extents), c.extents[0]
    found = [Fact(*_percent(results.on("EQ", largest), "EQ")), Fact(*_percent(results.on("ST", largest), "ST"))]
    return [*found, Fact(*_percent(results.on("FL", first), "FL"))]


def accuracy_words(results: WormResults) -> str:
    """Who is right how often."""
    import numpy as np

    c = results.configuration
    parts = []
    for family in FAMILIES:
        for item in results.transfers(family):
            if item.extent in (c.extents[0], max(c.extents)):
                values = item.pooled("accuracy")
                parts.append(f"{family} {np.median(values):.2%} (worst {values.min():.2%}) on {item.name}")
    alone = results.on("EQ", c.extents[0]).pooled("accuracy", "adamw")
    return (
        f"Accuracy of the median instance, pooled over all (η, μ) and numbers of worms: {'; '.join(parts)}. "
        "All families had the same search, the same optimisers and the same number of steps. Before the second-order "
        f"finisher, with AdamW alone, the median equivariant instance is right on {np.median(alone):.2%} of the "
        "configurations of the training lattice."
    )


def lattice_table(results: WormResults) -> Table:
    """Accuracy and loss of every family on every lattice."""
    import numpy as np

    rows = []
    for family in FAMILIES:
        for item in results.transfers(family):
            accuracy, loss = item.pooled("accuracy"), item.pooled("loss")
            perfect = f"{int((accuracy == 1).sum())} of {len(accuracy)}"
            rows.append((
                family, item.name, f"{np.median(accuracy):.3%}", f"{accuracy.min():.3%}", perfect,
                float(np.median(loss)), float(loss.max()),
            ))  # fmt: skip
    columns = ("networks", "lattice", "median", "worst instance", "instances at 100 %", "median loss", "worst loss")
    return Table("lattices", "Test accuracy and loss, pooled over all (η, μ) and numbers of worms.", columns, rows)


def control_words(results: WormResults) -> str:
    """Whether a classifier of totals does better than chance, before and after matching."""
    beyond = [name for name, found in results.control.items() if found["after"] - 0.5 > 3 * found["after_error"]]
    verdict = (
        "After it the control is at chance within three standard errors everywhere"
        if not beyond
        else f"After it the control is still above chance on: {', '.join(beyond)}"
    )
    return (
        "A worm left open adds flux, so totals alone tell something about it. The control, a logistic classifier, sees "
        "nothing "
        "but Σ|k|, Σl, the net flux through one slice in each direction, and their products, standardised at each (η, "
        "μ); it is tested on configurations that it has not seen. As sampled, it does as well as the table says; "
        f"therefore {results.configuration.surplus} times the configurations were sampled, and the open and closed "
        f"ones whose totals agree best were kept in pairs. {verdict}. The parity of Σ|k|, even for every closed "
        "configuration on an even lattice, is the conservation law itself and is left in."
    )


def control_table(results: WormResults) -> Table:
    """Accuracy of the control with its standard error at chance."""
    rows = [
        (name, f"{found['before']:.3f} ± {found['before_error']:.3f}", f"{found['after']:.3f} ± "
         f"{found['after_error']:.3f}", int(found["configurations"]))
        for name, found in results.control.items()
    ]  # fmt: skip
    columns = ("configurations", "as sampled", "matched", "number")
    return Table("control", "Accuracy of a classifier of Σ|k|, Σl and net flux; 0.5 is chance.", columns, rows)


def training_words(results: WormResults) -> str:
    """Data and budgets."""
    c = results.configuration
    numbers = " and ".join(map(str, c.training_numbers))
    return (
        f"Training saw {numbers} open worms, {c.n_training} configurations each at (η, μ) = "
        f"{', '.join(str(point) for point in c.training_points)} on {c.extents[0]}×{c.extents[0]}. For each family "
        f"{c.trials} settings were tried with {c.repeats} fits each; {c.instances} instances of the winner were "
        f"trained for {c.steps} steps of AdamW and up to {c.finisher_iterations} iterations of Levenberg–Marquardt."
    )


def network_table(results: WormResults) -> Table:
    """The winners of the search."""
    rows = []
    for family in FAMILIES:
        network = results.networks[family]["network"]
        rows.append((
            family, int(results.networks[family]["n_parameters"]),
            " → ".join(layer_words(layer) for layer in network["layers"]),
            "flattening" if family == "FL" else network["global_pooling"],
            ", ".join(map(str, network["head"])) or "none", network["activation"], "yes" if network["bias"] else "no",
        ))  # fmt: skip
    columns = ("family", "parameters", "convolutions", "pooling", "hidden linear layers", "activation", "biases")
    return Table("networks", "The winners of the search.", columns, rows)


def rows_of(results: WormResults) -> list[dict[str, str]]:
    """The table that the command prints."""
    rows = []
    for family, lattice, median, worst, perfect, loss, _ in lattice_table(results).rows:
        rows.append({
            "networks": str(family), "lattice": str(lattice), "median accuracy": str(median), "worst": str(worst),
            "at 100 %": str(perfect), "median loss": f"{float(loss or 0):.1e}",
        })  # fmt: skip
    return rows


def _percent(scores: Scores, family: str) -> tuple[str, str]:
    import numpy as np

    values = scores.pooled("accuracy")
    return f"{np.median(values):.2%}", f"accuracy of the median {family} instance on {scores.name}"
