"""What the results say: errors beside published ones, with how many molecules, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.qm7.configuration import FOLDS, KERNELS, NETWORKS, QM7Configuration
from intertwine.studies.qm7.data import DATA, SOURCE
from intertwine.studies.qm7.figures import errors, learning_curves
from intertwine.studies.qm7.kernels import kernel_step
from intertwine.studies.qm7.references import PUBLISHED
from intertwine.studies.qm7.training import n_steps, train_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

_COLUMNS = ("method", "molecules", "parameters", "MAE", "RMSE", "MAE in training", "seconds")
Cell = str | int | float | None


def summary_rows(c: QM7Configuration, results: Store) -> list[dict[str, str]]:
    """A row a method and number of molecules."""
    return [dict(zip(_COLUMNS, map(_word, row), strict=True)) for row in _rows(c, results)]


def tell(c: QM7Configuration, results: Store) -> Content:
    """The report."""
    most, last = c.sizes[-1], {m: float(errors(c, results, m)[-1].mean()) for m in (*NETWORKS, *KERNELS)}
    best = min(KERNELS, key=last.__getitem__)
    facts = [
        Fact(f"{last['equivariant']:.2f} kcal/mol", f"mean absolute error, {most} training molecules"),
        Fact(f"{last['invariant']:.2f} kcal/mol", "of an invariant network with as many parameters"),
        Fact(f"{last[best]:.2f} kcal/mol", f"of the better kernel here ({best})"),
    ]
    table = Table(
        "errors", f"Means over {len(c.folds)} of {FOLDS} folds, kcal/mol; processor seconds of one training.",
        _COLUMNS, _rows(c, results),
    )  # fmt: skip
    published = Table(
        "published", "Mean absolute errors in kcal/mol.", ("method", "source", "training molecules", "MAE"), PUBLISHED
    )
    return Content(
        "Atomisation energies of QM7", "after Rupp et al., Phys. Rev. Lett. 108, 058301 (2012)", facts,
        [_against(c, results, last)],
        [
            Section("The data", [_data(c, results)], [], []),
            Section("Learning curves", [_few(c, results)], [learning_curves(c, results)], [table, published]),
        ],
    )  # fmt: skip


def _data(c: QM7Configuration, results: Store) -> str:
    v = results.values(DATA)
    left = results.values(train_step(NETWORKS[0], c.sizes[-1], c.folds[0]))["composition"]
    return (
        f"{v['molecules']} molecules of H, C, N, O and S with up to {v['most']} atoms, PBE0 energies of atomisation "
        f"with mean {v['mean']:.0f} and standard deviation {v['spread']:.0f} kcal/mol; the published set has 7165. "
        f"{FOLDS} folds stratified by energy, as in the paper. Networks learn what a sum over the elements leaves, "
        f"{left:.1f} kcal/mol on average; {n_steps(c, c.sizes[-1])} steps of {c.batch} molecules at the most, fewer "
        "with fewer molecules. A tenth of the training molecules chooses the weights, or a kernel's width and ridge. "
        f"Source: {SOURCE}."
    )


def _against(c: QM7Configuration, results: Store, last: dict[str, float]) -> str:
    ours = last["equivariant"]
    above = [f"{one[0]} ({one[3]:g})" for one in PUBLISHED if one[3] > ours]
    below = [f"{one[0]} ({one[3]:g})" for one in PUBLISHED if one[3] <= ours]
    better = f"Published with greater errors: {'; '.join(above)}. " if above else ""
    worse = f"With smaller ones: {'; '.join(below)}. " if below else ""
    minutes = float(errors(c, results, "equivariant", "seconds")[-1].mean()) / 60
    return (
        f"With {c.sizes[-1]} molecules the equivariant network errs by {ours:.2f} kcal/mol, an invariant one with as "
        f"many parameters by {last['invariant']:.2f}. {better}{worse}Its training took {minutes:.1f} minutes of one "
        "core."
    )


def _few(c: QM7Configuration, results: Store) -> str:
    goal = min(float(errors(c, results, kernel)[-1].mean()) for kernel in KERNELS)
    found = errors(c, results, "equivariant").mean(axis=1)
    enough = [size for size, error in zip(c.sizes, found, strict=True) if error <= goal]
    if not enough:
        return "At no number of molecules is the equivariant network where the better kernel is with all."
    return (
        f"Where the better kernel is with {c.sizes[-1]} molecules, at {goal:.2f} kcal/mol, the equivariant network is "
        f"with {enough[0]}."
    )


def _rows(c: QM7Configuration, results: Store) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for method in (*NETWORKS, *KERNELS):
        network = method in NETWORKS
        mean = {
            key: errors(c, results, method, key).mean(axis=1)
            for key in ("test", "rmse", "seconds", *(["training"] if network else []))
        }
        for place, size in enumerate(c.sizes):
            values = results.values((train_step if network else kernel_step)(method, size, c.folds[0]))
            rows.append(
                (
                    method, size, values.get("parameters"), float(mean["test"][place]), float(mean["rmse"][place]),
                    float(mean["training"][place]) if network else None, round(float(mean["seconds"][place]), 1),
                )
            )  # fmt: skip
    return rows


def _word(value: Cell) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
