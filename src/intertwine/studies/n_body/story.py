"""What the numbers of the n-body study say, in words and tables that follow from them whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.n_body.configuration import NBodyConfiguration
from intertwine.studies.n_body.figures import PUBLISHED, curves, drifts
from intertwine.studies.n_body.rollout import QUANTITIES, rollout_step
from intertwine.studies.n_body.sampling import uniform_motion
from intertwine.studies.n_body.training import train_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

SOURCE = (
    "The charged-particle set of Satorras, Hoogeboom & Welling, arXiv:2102.09844, from the published random numbers: "
    "positions 1000 time steps after the state that a network sees."
)
PUBLISHED_LINEAR = 0.0819
"""x + v t with a fitted t, 2102.09844 table 2: a property of the data, so that it says which trajectories they are."""
SAME_SET, REQUIRED = 0.10, 0.65
ERRORS = (
    "Test errors; ±: standard error of the mean over test trajectories (of one training) or over trainings; late: the "
    "test trajectories of the script's released command, 12 000 to 13 999"
)


def errors(c: NBodyConfiguration, results: Store) -> dict[str, list[float]]:
    """Test errors of each network, one a repeat."""
    return {name: [results.values(train_step(name, k))["test"] for k in range(c.repeats)] for name in c.networks}


def summary_rows(c: NBodyConfiguration, results: Store) -> list[dict[str, str]]:
    """A row a network."""
    import numpy as np

    found = errors(c, results)
    reference = float(np.mean(found["EGNN"])) if "EGNN" in found else None
    rows = []
    for name, values in found.items():
        about, mean = results.values(train_step(name, 0)), float(np.mean(values))
        late = float(np.mean([results.values(train_step(name, k))["late_test"] for k in range(c.repeats)]))
        error = about["test_standard_error"] if len(values) == 1 else np.std(values, ddof=1) / len(values) ** 0.5
        rows.append(
            {
                "network": name, "parameters": f"{about['n_parameters']:,}", "steps": f"{c.networks[name].steps:,}",
                "best step": f"{about['best_step']:,}", "test error": f"{mean:.5f} ± {error:.5f}",
                "of the EGNN": "" if reference is None else f"{mean / reference:.2f}",
                "of the published EGNN": f"{mean / PUBLISHED['EGNN']:.2f}", "late test error": f"{late:.5f}",
            }
        )  # fmt: skip
    return rows


def tell(c: NBodyConfiguration, results: Store) -> Content:
    """The report."""
    import numpy as np

    rows = summary_rows(c, results)
    table = Table("errors", ERRORS, tuple(rows[0]), [list(row.values()) for row in rows])
    found = {name: float(np.mean(values)) for name, values in errors(c, results).items()}
    best = min(found, key=lambda name: found[name])
    drift = [
        [name, *(results.values(rollout_step(name))["median_drift"][quantity] for quantity in QUANTITIES)]
        for name in c.propagators
    ]
    columns = ("propagator", *(quantity.replace("_", " ") for quantity in QUANTITIES))
    sections = [
        Section("The same set", [same_words(c, results, found)]),
        Section("Prediction", [ratio_words(found)], [curves(c, results)], [table]),
        Section(
            "What is conserved", [drift_words(c, drift)], [drifts(c, results)],
            [Table("drift", f"Median change after {c.rolled} time steps", columns, drift)],
        ),
    ]  # fmt: skip
    facts = [Fact(f"{value:.4f}", f"test error, {name}") for name, value in found.items() if name in ("EGNN", best)]
    return Content("Charged particles", SOURCE, facts, [ratio_words(found)], sections)


def same_words(c: NBodyConfiguration, results: Store, found: dict[str, float]) -> str:
    """Whether data and EGNN give the published numbers."""
    (time, linear), (_, late) = uniform_motion(results, "test"), uniform_motion(results, "late test")
    words = (
        f"The trajectories are those that the published script draws, number for number. Uniform motion with the time "
        f"that fits the training set ({time:.3f}) has a test error of {linear:.4f}; {PUBLISHED_LINEAR} was published "
        f"({linear / PUBLISHED_LINEAR - 1:+.1%}). On the test trajectories of the script's released command, which "
        f"asks for 10 000 to train on, it has {late:.4f}."
    )
    if "EGNN" in found:
        off = found["EGNN"] / PUBLISHED["EGNN"] - 1
        verdict = "within" if abs(off) <= SAME_SET else "outside of"
        words += (
            f" The EGNN as published lands at {found['EGNN']:.4f} after {c.networks['EGNN'].steps:,} steps, beside "
            f"{PUBLISHED['EGNN']} after 300,000: {off:+.1%}, {verdict} ± {SAME_SET:.0%}."
        )
    return words


def ratio_words(found: dict[str, float]) -> str:
    """Tensor products beside the EGNN and beside what others published."""
    name = next((one for one in found if one.startswith("tensor products")), None)
    if name is None or "EGNN" not in found:
        return "; ".join(f"{one}: {value:.4f}" for one, value in found.items()) + "."
    ratio = found[name] / found["EGNN"]
    others = ", ".join(f"{one} {value}" for one, value in PUBLISHED.items() if one != "EGNN")
    return (
        f"The test error of {name} is {found[name]:.4f}, {ratio:.2f} of the EGNN's here "
        f"({'at most' if ratio <= REQUIRED else 'more than'} {REQUIRED}) and {found[name] / PUBLISHED['EGNN']:.2f} of "
        f"the published one; published elsewhere: {others}."
    )


def drift_words(c: NBodyConfiguration, drift: list[list[object]]) -> str:
    """Who keeps what better."""
    parts = []
    for column, quantity in enumerate(QUANTITIES, start=1):
        order = sorted(drift, key=lambda row: float(str(row[column])))
        parts.append(f"{quantity.replace('_', ' ')}: {order[0][0]} ({float(str(order[0][column])):.2g})")
    return (
        f"Networks that take a state {c.stride} time steps on, applied {c.rolled // c.stride} times. Equivariance "
        f"alone conserves none of the three; the least median change has, in {'; '.join(parts)}."
    )
