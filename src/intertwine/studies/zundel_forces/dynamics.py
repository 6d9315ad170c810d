"""The steps that run molecular dynamics with a trained potential, through the calculator for ASE."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import TYPE_CHECKING, Any

from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.zundel_forces.configuration import NETWORKS, ZundelForcesConfiguration
from intertwine.studies.zundel_forces.data import DATA, SPECIES, SYMBOLS, frames
from intertwine.studies.zundel_forces.training import train_step, trained_potential
from intertwine.studies.zundel_forces.watchers import Conservation, Trajectory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from intertwine.studies.store import Store

    Array = NDArray[np.float64]


_SECONDS = 0.02  # a time step


def dynamics_step(network: str) -> str:
    """Name of a step."""
    return f"dynamics/{network}"


def dynamics_steps(configuration: ZundelForcesConfiguration, seed: int) -> list[Step]:
    """One for each potential, trained on the most frames."""
    c = configuration
    steps = sum(c.duration / dt for dt in c.timesteps) + 2 * c.turned_duration / c.timesteps[0]
    return [
        Step(
            dynamics_step(network), simulate(c, network, seed), (DATA, train_step(network, c.sizes[-1])),
            5 + steps * _SECONDS,
        )
        for network in NETWORKS
    ]  # fmt: skip


def simulate(configuration: ZundelForcesConfiguration, network: str, seed: int) -> Callable[[StepContext], StepResult]:
    """A step: dynamics at constant energy at every time step, and once more from a turned start.

    Values, one entry a time step: drift (meV an atom and ps), fluctuation (of the total over the potential energy),
    momentum and angular_momentum (the largest change, over Σ|p| and Σ|r × p| at the start), the mean temperature (K).
    Arrays: times (fs), potential and total energy (eV) at the first time step; turned_times and turned, the largest
    distance (Å) of an atom from where the trajectory of the original start, turned afterwards, has it.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np

        from intertwine.interfaces.ase_dynamics import run_nve
        from intertwine.studies.random_rotations import random_rotations

        c, began = configuration, process_time()
        total = sum(c.duration / dt for dt in c.timesteps) + 2 * c.turned_duration / c.timesteps[0]
        done = 0

        def advance(_: int) -> None:
            nonlocal done
            done += 1
            context.progress(min(done / total, 1.0))

        values: dict[str, list[float]] = {
            key: [] for key in ("drift", "fluctuation", "momentum", "angular_momentum", "temperature")
        }
        arrays: dict[str, NDArray[Any]] = {}
        calculator = make_calculator(c, context.results, network, seed)
        for dt in c.timesteps:
            atoms = starting_atoms(c, context.results, seed)
            atoms.calc = calculator
            steps = max(1, round(c.duration / dt))
            watch = Conservation(atoms)

            def on_step(step: int, watch: Conservation = watch) -> None:
                watch(step)
                advance(step)

            found = run_nve(atoms, steps, dt, on_step=on_step)
            values["drift"].append(found.drift)
            values["fluctuation"].append(found.fluctuation)
            values["momentum"].append(watch.momentum)
            values["angular_momentum"].append(watch.angular_momentum)
            values["temperature"].append(float(2 * found.kinetic.mean() / (3 * found.atoms - 3) / 8.617333e-5))
            if not arrays:
                arrays = {"times": found.times, "potential": found.potential, "total": found.total}
        dt = c.timesteps[0]
        turn = random_rotations(1, seed_of(seed, "turned start"))[0]
        atoms = starting_atoms(c, context.results, seed)
        atoms.calc = calculator
        apart = turned_difference(atoms, turn, max(1, round(c.turned_duration / dt)), dt, advance)
        arrays |= {"turned_times": dt * np.arange(1, len(apart) + 1), "turned": apart}
        return StepResult({**values, "seconds": process_time() - began}, arrays)

    return run


def turned_difference(
    atoms: Any, turn: Array, steps: int, timestep: float, on_step: Callable[[int], None] | None = None
) -> Array:
    """After each step, the largest distance (Å) of an atom from where the trajectory, turned afterwards, has it.

    Both trajectories start from these atoms, which stay as they are; one of them with positions and velocities turned
    by the matrix [3, 3].
    """
    import numpy as np

    from intertwine.interfaces.ase_dynamics import run_nve

    paths = []
    for matrix in (np.eye(3), turn):
        moved = atoms.copy()
        moved.positions[:] = atoms.positions @ matrix.T
        moved.set_velocities(atoms.get_velocities() @ matrix.T)
        moved.calc = atoms.calc
        path = Trajectory(moved)

        def follow(step: int, path: Trajectory = path) -> None:
            path(step)
            if on_step is not None:
                on_step(step)

        run_nve(moved, steps, timestep, on_step=follow)
        paths.append(np.array(path.positions))
    found: Array = np.linalg.norm(paths[1] - paths[0] @ turn.T, axis=-1).max(axis=-1)
    return found


def make_calculator(c: ZundelForcesConfiguration, results: Store, network: str, seed: int) -> Any:
    """The potential that was trained on the most frames, in float64, as a calculator for ASE."""
    from intertwine.interfaces.ase import NetworkCalculator

    potential = trained_potential(c, results, network, c.sizes[-1], seed)
    shifts = {"O": float(potential.shift) / SYMBOLS.count("O")}
    return NetworkCalculator(potential.network, SPECIES, scale=float(potential.scale), shifts=shifts)


def starting_atoms(c: ZundelForcesConfiguration, results: Store, seed: int) -> Any:
    """The test frame of least energy with velocities of the temperature, at rest as a whole, turning or not."""
    import numpy as np
    from ase import Atoms
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

    test = frames(c, results, c.sizes[-1], seed)["test"]
    atoms: Any = Atoms("".join(SYMBOLS), positions=test["positions"][int(test["energies"].argmin())])
    rng = np.random.default_rng(seed_of(seed, "velocities"))
    MaxwellBoltzmannDistribution(atoms, temperature_K=c.temperature, rng=rng)  # type: ignore[no-untyped-call,unused-ignore]
    Stationary(atoms)  # type: ignore[no-untyped-call,unused-ignore]
    return atoms
