"""The plots: errors against the number of frames; what happens to the energy and to a turned start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS, MARKERS
from intertwine.studies.zundel_forces.configuration import NETWORKS, ZundelForcesConfiguration
from intertwine.studies.zundel_forces.dynamics import dynamics_step
from intertwine.studies.zundel_forces.training import train_step

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from intertwine.studies.store import Store

POINTS = 500
"""Of a curve of the dynamics, about."""
KEYS = ("times", "potential", "total")


def errors(c: ZundelForcesConfiguration, results: Store, network: str, key: str) -> list[float]:
    """ "test_energy" in meV a molecule or "test_force" in meV/Å, one entry a number of frames."""
    return [1e3 * results.values(train_step(network, size))[key] for size in c.sizes]


def learning_curves(c: ZundelForcesConfiguration, results: Store) -> Figure:
    """Two panels: energies and forces."""
    kinds = {"test_energy": "energy / meV", "test_force": "force / (meV/Å)"}
    found = {(name, key): errors(c, results, name, key) for name in NETWORKS for key in kinds}

    def draw(canvas: Canvas) -> None:
        panels = canvas.subplots(1, 2, sharex=True)
        for (key, title), axes in zip(kinds.items(), panels, strict=True):
            for index, name in enumerate(NETWORKS):
                axes.plot(c.sizes, found[name, key], color=COLOURS[index], marker=MARKERS[index], label=name)
            axes.set(xscale="log", yscale="log", xlabel="training frames", ylabel=f"mean absolute error, {title}")
        panels[0].legend()

    rows = [
        (name, size, found[name, "test_energy"][place], found[name, "test_force"][place])
        for name in NETWORKS
        for place, size in enumerate(c.sizes)
    ]
    last = "; ".join(f"{name}: {row:.3g}" for name, row in ((n, found[n, "test_force"][-1]) for n in NETWORKS))
    return Figure(
        "learning-curves", "Learning curves",
        "Mean absolute errors on the test frames, of the energy of the molecule and of a component of a force.",
        f"Errors against the number of training frames; forces at {c.sizes[-1]}, in meV/Å: {last}.",
        Table("learning-curves", "", ("network", "frames", "energy / meV", "force / (meV/Å)"), rows), draw, (9.5, 4.2),
    )  # fmt: skip


def dynamics(c: ZundelForcesConfiguration, results: Store) -> Figure:
    """Three panels: the energies of the equivariant potential, total energies, and the turned start."""
    runs = {name: results.arrays(dynamics_step(name)) for name in NETWORKS}

    def draw(canvas: Canvas) -> None:
        left, middle, right = canvas.subplots(1, 3)
        shown = runs["equivariant"]
        for key, colour in (("potential", COLOURS[2]), ("total", COLOURS[0])):
            left.plot(shown["times"], shown[key] - shown[key][0], color=colour, linewidth=0.8, label=key)
        left.set(title="equivariant potential", xlabel="time / fs", ylabel="energy − start / eV")
        left.legend()
        for index, (name, run) in enumerate(runs.items()):
            total = 1e3 * (run["total"] - run["total"][0]) / 7
            middle.plot(run["times"], total, color=COLOURS[index], linewidth=0.6, label=name)
            apart = np.maximum(run["turned"], 1e-17)
            right.plot(run["turned_times"], apart, color=COLOURS[index], linewidth=1.0, label=name)
        middle.set(title="total energy", xlabel="time / fs", ylabel="change / (meV an atom)")
        right.set(title="a turned start", xlabel="time / fs", ylabel="difference / Å", yscale="log")
        middle.legend()

    rows: list[tuple[str, str, float, float, float | None]] = []
    for name, run in runs.items():
        stride = max(1, len(run["times"]) // POINTS)
        for time, potential, total in zip(
            *(run[key][::stride] for key in ("times", "potential", "total")), strict=True
        ):
            rows.append((name, "energies", float(time), float(potential), float(total)))
        for time, apart in zip(run["turned_times"], run["turned"], strict=True):
            rows.append((name, "turned start", float(time), float(apart), None))
    worst = "; ".join(f"{name}: {run['turned'].max():.1e} Å" for name, run in runs.items())
    return Figure(
        "dynamics", "Dynamics at constant energy",
        f"Velocity Verlet, {c.timesteps[0]} fs, {c.temperature:g} K at the start. Right: largest distance of an atom "
        "from where the same trajectory, turned afterwards, has it.",
        f"Energies against time; the turned start's largest difference, {worst}.",
        Table("dynamics", "", ("network", "curve", "time / fs", "potential / eV, difference / Å", "total / eV"), rows),
        draw, (12.5, 3.9),
    )  # fmt: skip
