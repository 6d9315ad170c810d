"""`generate`: crystals of effective medium theory with phonon densities of states, on all cores, resumable."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from intertwine.errors import AccuracyError, ConfigurationError, DataError
from intertwine.physics.crystals.density_of_states import PUBLISHED_GRID, density_of_states
from intertwine.physics.crystals.effective_medium import calculator, crystal, draw
from intertwine.physics.crystals.lattice_dynamics import phonons
from intertwine.physics.crystals.libraries import library
from intertwine.physics.crystals.phonon_files import CRYSTALS, read_attributes
from intertwine.physics.generation import Generation, seed_words

# Raised whenever the same parameters would give other crystals.
ALGORITHM_VERSION = 1
LIBRARIES = ("ase", "phonopy", "spglib")
IMAGINARY = -2.0
"""cm⁻¹; frequencies below it are imaginary, those between it and 0 rounding of acoustic modes."""
REASONS = ("imaginary modes", "not relaxed")


@dataclass(frozen=True)
class CrystalChunk:
    """`size` crystals with a seed of their own: the unit of parallel work and of resuming."""

    number: int
    size: int
    words: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name of the file that keeps it."""
        return f"{self.number:05d}.json"


def generate(
    path: str | Path,
    crystals: int,
    *,
    strain: float = 0.03,
    seed: int | Sequence[int] = 0,
    chunk: int = 10,
    workers: int | None = None,
    progress: bool = False,
) -> Path:
    """Make so many crystals of Al, Ni, Cu, Pd, Ag, Pt, Au and their ordered alloys, and return the file's path (.json).

    Each is drawn (structure type, elements, stretch of its lengths by at most `strain`), relaxed, and given force
    constants by finite displacements and a density of states on the published grid; those with imaginary modes are
    counted, and another one is drawn. Read it with `read_phonon_json`, what is written about it with `read_attributes`.

    chunk: crystals that share a seed. workers: processes (default: one a core; 1 runs here), without influence on the
    crystals. While it runs, finished chunks lie in `<path>.parts`; after any interruption the same call goes on from
    them. Where the file is there already nothing is done. progress: show a bar.

    Raises ConfigurationError for parameters out of range or a file made with other ones, DataError for damaged parts,
    MissingDependencyError without ase and phonopy.
    """
    path = Path(path)
    words = seed_words(seed, workers, crystals=crystals, chunk=chunk)
    if not 0 <= strain <= 0.1:
        raise ConfigurationError("not a strain", received=strain, expected="0 to 0.1, a share of the length")
    if path.suffix != ".json":
        raise ConfigurationError("crystals are written as JSON", received=path.name, expected="a name in .json")
    identity = _identity(crystals, strain, words, chunk)
    chunks = [
        CrystalChunk(number, min(chunk, crystals - first), words)
        for number, first in enumerate(range(0, crystals, chunk))
    ]
    generation = Generation(
        path, "crystals", identity, chunks, partial(make_chunk, strain=strain),
        partial(_assemble, path, chunks, identity),
    )  # fmt: skip
    if not generation.is_there(lambda file: read_attributes(file).get("identity")):
        generation.run(workers, progress)
    return path


def make_chunk(folder: Path, chunk: CrystalChunk, strain: float) -> int:
    """Make a chunk and write it whole or not at all; the number of its crystals."""
    rng = np.random.default_rng((*chunk.words, chunk.number))
    made: list[dict[str, Any]] = []
    rejected = dict.fromkeys(REASONS, 0)
    while len(made) < chunk.size:
        chosen = draw(rng, strain)
        try:
            structure = crystal(chosen)
        except AccuracyError:
            rejected["not relaxed"] += 1
            continue
        modes = phonons(structure, calculator())
        if modes.lowest < IMAGINARY:
            rejected["imaginary modes"] += 1
            continue
        dos = density_of_states(modes.frequencies, modes.weights)
        fractional = structure.positions @ np.linalg.inv(np.asarray(structure.cell))
        made.append(
            {
                "name": structure.name, "symbols": list(structure.symbols), "cell": np.asarray(structure.cell).tolist(),
                "frac": fractional.tolist(), "phfreq": PUBLISHED_GRID.tolist(), "phdos": (dos / dos.max()).tolist(),
            }
        )  # fmt: skip
    _write(folder / chunk.name, {CRYSTALS: made, "rejected": rejected})
    return chunk.size


def _identity(crystals: int, strain: float, words: Sequence[int], chunk: int) -> dict[str, Any]:
    """Everything that the crystals depend on."""
    for name in LIBRARIES:
        library(name)
    return {
        "algorithm": ALGORITHM_VERSION, "versions": {name: version(name) for name in LIBRARIES}, "seed": list(words),
        "crystals": crystals, "strain": strain, "chunk": chunk,
    }  # fmt: skip


def _assemble(path: Path, chunks: Sequence[CrystalChunk], identity: dict[str, Any], folder: Path) -> None:
    """All chunks into one file, which appears when it is whole."""
    made: list[Any] = []
    rejected = dict.fromkeys(REASONS, 0)
    for chunk in chunks:
        try:
            part = json.loads((folder / chunk.name).read_text("utf-8"))
            entries, counts = part[CRYSTALS], part["rejected"]
            if len(entries) != chunk.size:
                raise ValueError(f"{len(entries)} crystals instead of {chunk.size}")
            rejected = {reason: rejected[reason] + counts[reason] for reason in REASONS}
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                "a part of an unfinished generation is damaged", received=f"{chunk.name}: {error}",
                fix=f"delete {chunk.name} and resume",
            ) from error  # fmt: skip
        made += entries
    libraries = {name: version(name) for name in ("intertwine", "numpy", *LIBRARIES)}
    about = {"identity": identity, "versions": {"python": platform.python_version(), **libraries}}
    _write(path, {**about, "rejected": rejected, CRYSTALS: made})


def _write(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_name(path.name + ".unfinished")
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(path)
