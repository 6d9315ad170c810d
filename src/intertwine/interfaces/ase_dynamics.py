"""`run_nve`: molecular dynamics at constant energy, and how well the energy is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError, DataError
from intertwine.optional_library import optional_library


@dataclass(frozen=True)
class ConstantEnergyRun:
    """What became of the energy.

    Attributes
    ----------
    times:
        fs, [steps + 1].
    potential, kinetic:
        eV, [steps + 1].
    atoms:
        Number of atoms.
    """

    times: NDArray[np.float64]
    potential: NDArray[np.float64]
    kinetic: NDArray[np.float64]
    atoms: int

    @property
    def total(self) -> NDArray[np.float64]:
        """Potential and kinetic energy, eV."""
        return self.potential + self.kinetic

    @property
    def drift(self) -> float:
        """Slope of a straight line through the total energy, meV an atom and picosecond."""
        return float(np.polyfit(self.times, self.total, 1)[0]) * 1e6 / self.atoms

    @property
    def fluctuation(self) -> float:
        """Root mean square deviation of the total energy, over that of the potential energy: 0 for exact dynamics."""
        return float(self.total.std() / self.potential.std())


def run_nve(
    atoms: Any, steps: int, timestep: float, *, on_step: Callable[[int], None] | None = None
) -> ConstantEnergyRun:
    """Velocity Verlet from the atoms' positions and velocities, which move along.

    Parameters
    ----------
    atoms:
        `ase.Atoms` with a calculator. Velocities: ase.md.velocitydistribution draws them at a temperature.
    steps, timestep:
        Their number, and length in fs.
    on_step:
        Called after each step, with its number.

    Raises
    ------
    ConfigurationError
        Without steps, or a time step that is not positive; for atoms without a calculator.
    DataError
        When an energy is not finite any more.
    MissingDependencyError
        Without ase.
    """
    units = optional_library("ase.units", "atoms")
    verlet_dynamics = optional_library("ase.md.verlet", "atoms").VelocityVerlet
    if steps < 1 or not 0 < timestep < np.inf:
        raise ConfigurationError(
            "no dynamics", received=f"{steps} steps of {timestep} fs", expected="≥ 1 steps of a positive length"
        )
    if atoms.calc is None:
        raise ConfigurationError("atoms without a calculator", fix="atoms.calc = NetworkCalculator(network, species)")
    verlet = verlet_dynamics(atoms, timestep=timestep * units.fs)
    found = [(atoms.get_potential_energy(), atoms.get_kinetic_energy())]
    for step in range(1, steps + 1):
        verlet.run(1)
        found.append((atoms.get_potential_energy(), atoms.get_kinetic_energy()))
        if not np.isfinite(found[-1]).all():
            raise DataError(f"the energy at step {step} is not finite", fix="a shorter time step")
        if on_step is not None:
            on_step(step)
    potential, kinetic = np.array(found, dtype=np.float64).T
    return ConstantEnergyRun(timestep * np.arange(steps + 1, dtype=np.float64), potential, kinetic, len(atoms))
