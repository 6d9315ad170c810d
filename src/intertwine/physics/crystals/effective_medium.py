"""Crystals of the seven metals of effective medium theory: drawn, relaxed, strained (ase's EMT)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.physics.crystals.libraries import library
from intertwine.physics.crystals.prototypes import PROTOTYPES, Prototype
from intertwine.physics.structure import Structure, atomic_numbers, checked_structure

# Å³ an atom, fcc at rest; where relaxation starts from
METALS = {"Al": 16.0, "Ni": 10.6, "Cu": 11.6, "Pd": 14.8, "Ag": 17.0, "Pt": 15.1, "Au": 16.9}
"""Elements that ase's EMT describes; its H, C, N, O parameters are not meant for use."""
FORCE = 1e-4
"""eV/Å: relaxed below."""


@dataclass(frozen=True)
class Draw:
    """A structure type, its elements, and the length of the cell over the relaxed one."""

    prototype: Prototype
    elements: tuple[str, ...]
    stretch: float

    @property
    def name(self) -> str:
        """As Cu3Au L1_2 ×1.013."""
        counts = [self.prototype.letters.count(letter) for letter in "AB"]
        formula = "".join(f"{e}{n if n > 1 else ''}" for e, n in zip(self.elements, self._reduced(counts), strict=True))
        return f"{formula} {self.prototype.name} ×{self.stretch:.4f}"

    def _reduced(self, counts: list[int]) -> list[int]:
        least = min(count for count in counts if count)
        return [count // least for count in counts if count]


def draw(rng: np.random.Generator, strain: float) -> Draw:
    """Uniform over pairs of structure type and elements (A3B and B3A differ), stretched by 1 ± strain at most."""
    choices = [(type_, elements) for type_ in PROTOTYPES for elements in permutations(METALS, type_.species)]
    # L1_0, L1_1 and B2 are the same with the elements exchanged: take one order.
    choices = [(t, e) for t, e in choices if t.letters != "AB" or e == tuple(sorted(e))]
    type_, elements = choices[int(rng.integers(len(choices)))]
    return Draw(type_, elements, 1 + float(rng.uniform(-strain, strain)))


def crystal(chosen: Draw) -> Structure:
    """Relaxed, cell and positions, within its space group; then stretched and its positions relaxed again.

    Raises
    ------
    AccuracyError
        Where relaxation does not end.
    MissingDependencyError
        Without ase.
    """
    kinds = dict(zip("AB", chosen.elements, strict=False))
    symbols = [kinds[letter] for letter in chosen.prototype.letters]
    cell = chosen.prototype.scaled(sum(METALS[symbol] for symbol in symbols))
    atoms = library("ase").Atoms(symbols, cell=cell, scaled_positions=np.array(chosen.prototype.places), pbc=True)
    atoms.calc = calculator()
    _relax(atoms, library("ase.filters").FrechetCellFilter(atoms), chosen.name)
    atoms.set_cell(atoms.cell.array * chosen.stretch, scale_atoms=True)
    _relax(atoms, atoms, chosen.name)
    return checked_structure(atoms.positions, atomic_numbers(symbols), atoms.cell.array, {}, chosen.name)


def calculator() -> Any:
    """ase's effective medium theory (Jacobsen, Stoltze and Nørskov, Surf. Sci. 366, 394 (1996)), cut off the same for
    all metals."""
    return library("ase.calculators.emt").EMT()


def _relax(atoms: Any, moved: Any, name: str) -> None:
    # Rounding would break the symmetry that saves displacements later.
    atoms.set_constraint(library("ase.constraints").FixSymmetry(atoms, symprec=1e-4))
    if not library("ase.optimize").BFGS(moved, logfile=None).run(fmax=FORCE, steps=200):
        raise AccuracyError("relaxation does not end", received=name, expected=f"forces below {FORCE} eV/Å")
    atoms.set_constraint()
