"""Ensembles in one HDF5 file: what is in it, and reading it back.

Root attributes: format, format_version, identity (all parameters and the seed, JSON), versions (JSON). Group
points/00000, …: attributes shape, eta, lam, mu, open_worms, seed, schedule, acceptance, chain_lengths; datasets k, l
(int16 [n, d, *shape]), observables (float64 [n, 4]: n, |φ|², |φ|⁴, contact term) and `final`, the chains' last state.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.flux.ensemble import FluxEnsemble
from intertwine.physics.flux.part_file import read_chains, schedule_from_json
from intertwine.physics.flux.tables import divergence

FORMAT, FORMAT_VERSION = "intertwine.flux.ensembles", 1
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class EnsembleFile:
    """The ensembles of one file, read one at a time: `len(file)`, `file[i]`, iteration.

    identity: the parameters and seed it was made with; versions: of the libraries that made it. Raises DataError for a
    file that is missing, truncated or of another kind, saying what was found.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with self._open() as file:
            self.identity: dict[str, Any] = json.loads(file.attrs["identity"])
            self.versions: dict[str, str] = json.loads(file.attrs["versions"])
            self._count = len(file["points"])

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[FluxEnsemble]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> FluxEnsemble:
        if not -len(self) <= index < len(self):
            raise IndexError(f"ensemble {index} of {len(self)}")
        with self._open() as file:
            return _read_point(file[f"points/{index % len(self):05d}"])

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import h5py

        check_hdf5(self.path)
        try:
            with h5py.File(self.path, "r") as file:
                kind, version = file.attrs.get("format"), file.attrs.get("format_version")
                if kind != FORMAT or version != FORMAT_VERSION:
                    raise DataError(
                        "not a file of flux ensembles",
                        received=f"{self.path}: format {kind!r}, version {version!r}, top level {sorted(file)}",
                        expected=f"format {FORMAT!r}, version {FORMAT_VERSION}",
                    )
                yield file
        except (OSError, KeyError) as error:
            raise DataError(
                "a damaged file of flux ensembles", received=f"{self.path}: {error}", fix="generate it again"
            ) from error


def read_ensembles(path: str | Path) -> list[FluxEnsemble]:
    """All ensembles of a file; raises DataError as EnsembleFile does."""
    return list(EnsembleFile(path))


def check_hdf5(path: Path) -> None:
    """Raise DataError unless the file is there and is HDF5, naming what was found."""
    if not path.is_file():
        pieces = parts_folder(path)
        found = f"{path}: no such file"
        if pieces.is_dir():
            found += f", but {len(list(pieces.glob('*.h5')))} pieces of an unfinished generation in {pieces.name}"
        raise DataError("no file of flux ensembles", received=found, fix="generate it, which resumes unfinished work")
    with path.open("rb") as handle:
        start = handle.read(len(_SIGNATURE))
    if start != _SIGNATURE:
        raise DataError(
            "not an HDF5 file",
            received=f"{path}: {path.stat().st_size} bytes that start with {start!r}",
            expected=FORMAT,
        )


def parts_folder(path: Path) -> Path:
    """Where the pieces of an unfinished generation lie."""
    return path.with_name(path.name + ".parts")


def _read_point(group: Any) -> FluxEnsemble:
    k = group["k"][()]
    observables = group["observables"][()]
    return FluxEnsemble(
        shape=tuple(int(extent) for extent in group.attrs["shape"]),
        eta=float(group.attrs["eta"]),
        lam=float(group.attrs["lam"]),
        mu=float(group.attrs["mu"]),
        open_worms=int(group.attrs["open_worms"]),
        k=k,
        l=group["l"][()],
        n=observables[:, 0].copy(),
        phi2=observables[:, 1].copy(),
        phi4=observables[:, 2].copy(),
        contact=observables[:, 3].copy(),
        violations=divergence(k),
        chain_lengths=tuple(int(length) for length in group.attrs["chain_lengths"]),
        schedule=schedule_from_json(group.attrs["schedule"]),
        acceptance=json.loads(group.attrs["acceptance"]),
        seed=tuple(int(word) for word in np.atleast_1d(group.attrs["seed"])),
        final=tuple(read_chains(group["final"])),
    )
