"""What the results say: errors of energies and forces, and how well the dynamics keeps what it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.zundel_forces.configuration import NETWORKS, ZundelForcesConfiguration
from intertwine.studies.zundel_forces.data import DATA, SOURCE
from intertwine.studies.zundel_forces.dynamics import dynamics_step
from intertwine.studies.zundel_forces.figures import dynamics, errors, learning_curves
from intertwine.studies.zundel_forces.training import train_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

_COLUMNS = ("network", "frames", "parameters", "energy / meV", "force / (meV/Å)", "seconds")
_KEPT = (
    "network",
    "time step / fs",
    "drift / (meV/atom/ps)",
    "fluctuation",
    "momentum",
    "angular momentum",
    "mean T / K",
)


def summary_rows(c: ZundelForcesConfiguration, results: Store) -> list[dict[str, str]]:
    """A row a network and number of frames."""
    return [dict(zip(_COLUMNS, map(_word, row), strict=True)) for row in _rows(c, results)]


def tell(c: ZundelForcesConfiguration, results: Store) -> Content:
    """The report."""
    most = c.sizes[-1]
    best = {
        name: {key: errors(c, results, name, key)[-1] for key in ("test_energy", "test_force")} for name in NETWORKS
    }
    ours, theirs = best["equivariant"], best["invariant"]
    run = results.values(dynamics_step("equivariant"))
    facts = [
        Fact(f"{ours['test_force']:.1f} meV/Å", f"mean absolute error of forces, {most} frames"),
        Fact(f"{theirs['test_force'] / ours['test_force']:.1f}×", "error of forces of the invariant network over that"),
        Fact(f"{run['drift'][0]:+.2g}", f"meV an atom and ps of energy drift, {c.timesteps[0]} fs"),
    ]
    words = (
        f"With {most} frames the equivariant potential errs by {ours['test_energy']:.2g} meV and "
        f"{ours['test_force']:.3g} meV/Å, an invariant one with as many parameters by {theirs['test_energy']:.2g} meV "
        f"and {theirs['test_force']:.3g} meV/Å. {_enough(c, results)}"
    )
    table = Table("errors", "Mean absolute errors on the test frames; processor seconds.", _COLUMNS, _rows(c, results))
    kept = Table(
        "conservation",
        "Fluctuation: of the total energy, over that of the potential energy. Momentum and angular momentum: the "
        "largest change, over the sum of the atoms' own.",
        _KEPT, _kept(c, results),
    )  # fmt: skip
    return Content(
        "Energies and forces of H5O2⁺", "1001 frames of the Zundel cation", facts, [words],
        [
            Section("Learning curves", [_data(c, results)], [learning_curves(c, results)], [table]),
            Section("Dynamics", [_dynamics(c, results)], [dynamics(c, results)], [kept]),
        ],
    )  # fmt: skip


def _data(c: ZundelForcesConfiguration, results: Store) -> str:
    v = results.values(DATA)
    return (
        f"{v['frames']} frames of seven atoms; energies spread by {v['energy_spread']:.3f} eV, force components are "
        f"{v['force_size']:.2f} eV/Å large. {c.n_test} frames are for the test. Energy is one invariant a molecule, "
        f"forces are minus its gradient, so that training differentiates twice; {c.steps} steps of Adam with "
        f"{c.batch} frames each, a tenth of the training frames chooses the weights. Source: {SOURCE}."
    )


def _enough(c: ZundelForcesConfiguration, results: Store) -> str:
    """How many frames the equivariant potential needs for what the invariant one has with all."""
    goal = errors(c, results, "invariant", "test_force")[-1]
    found = errors(c, results, "equivariant", "test_force")
    enough = [size for size, error in zip(c.sizes, found, strict=True) if error <= goal]
    if not enough:
        return f"No number of frames brings it to the invariant one's error of forces with {c.sizes[-1]}."
    return f"It needs {enough[0]} frames for what the invariant one does with {c.sizes[-1]}."


def _dynamics(c: ZundelForcesConfiguration, results: Store) -> str:
    said = []
    for name in NETWORKS:
        v, turned = results.values(dynamics_step(name)), results.arrays(dynamics_step(name))["turned"]
        said.append(
            f"{name}: drift {v['drift'][0]:+.2g} meV an atom and ps, the total momentum changes by "
            f"{v['momentum'][0]:.0e} of the atoms' own, the angular momentum by {v['angular_momentum'][0]:.0e}, and a "
            f"turned start ends {turned[-1]:.0e} Å from the turned trajectory after {c.turned_duration:g} fs"
        )
    v = results.values(dynamics_step("equivariant"))
    order = ""
    if len(c.timesteps) > 1:
        power = np.log(v["fluctuation"][1] / v["fluctuation"][0]) / np.log(c.timesteps[1] / c.timesteps[0])
        order = (
            f" From {c.timesteps[0]} to {c.timesteps[1]} fs the energy's fluctuation grows with the power {power:.2f} "
            "of the time step; 2 is velocity Verlet's, where forces are the gradient of the energy."
        )
    return (
        f"The calculator for ASE around the potentials trained on {c.sizes[-1]} frames, in float64, from the test "
        f"frame of least energy: {c.duration:g} fs at each time step. {'; '.join(said)}.{order}"
    )


def _rows(c: ZundelForcesConfiguration, results: Store) -> list[tuple[str | int | float, ...]]:
    rows: list[tuple[str | int | float, ...]] = []
    for name in NETWORKS:
        for size in c.sizes:
            v = results.values(train_step(name, size))
            rows.append(
                (name, size, v["parameters"], 1e3 * v["test_energy"], 1e3 * v["test_force"], round(v["seconds"], 1))
            )
    return rows


def _kept(c: ZundelForcesConfiguration, results: Store) -> list[tuple[str | int | float, ...]]:
    keys = ("drift", "fluctuation", "momentum", "angular_momentum", "temperature")
    return [
        (name, dt, *(float(f"{results.values(dynamics_step(name))[key][place]:.3g}") for key in keys))
        for name in NETWORKS
        for place, dt in enumerate(c.timesteps)
    ]


def _word(value: str | int | float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
