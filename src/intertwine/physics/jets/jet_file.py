"""The project's own files of jets: HDF5 and Parquet, written chunk by chunk, read as `Jets`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.parquet_file import parquet_writer, read_parquet, read_parquet_attributes
from intertwine.physics.jets.ragged import RaggedJets

FORMAT, FORMAT_VERSION = "intertwine.jets", 1
ROWS = 1 << 14  # of an HDF5 block


class JetWriter(Protocol):
    """Takes parts one after the other."""

    def append(self, part: RaggedJets) -> None: ...


@contextmanager
def writer(path: Path, attributes: dict[str, Any]) -> Iterator[JetWriter]:
    """A writer for the file's ending (.h5, .hdf5 or .parquet). Raises ConfigurationError for another one."""
    marked = {"format": FORMAT, "format_version": FORMAT_VERSION, **attributes}
    match suffix_of(path):
        case ".parquet":
            with parquet_writer(path, marked) as sink:
                yield sink
        case _:
            import h5py

            with h5py.File(path, "w") as file:
                for name, value in marked.items():
                    file.attrs[name] = value if isinstance(value, str | int) else json.dumps(value)
                yield _Hdf5Writer(file)


def suffix_of(path: Path) -> str:
    """The ending that says the format: ".h5" or ".parquet"."""
    suffix = path.with_suffix("").suffix if path.suffix == ".unfinished" else path.suffix
    if suffix in (".h5", ".hdf5"):
        return ".h5"
    if suffix == ".parquet":
        return suffix
    raise ConfigurationError("no format of jets has this ending", received=path.name, expected=".h5, .hdf5 or .parquet")


class _Hdf5Writer:
    def __init__(self, file: Any) -> None:
        self.file = file

    def append(self, part: RaggedJets) -> None:
        self._extend("momenta", part.momenta)
        self._extend("counts", part.counts)
        for name, array in part.scalars.items():
            self._extend(f"scalars/{name}", array)
        for name, array in part.values.items():
            self._extend(f"values/{name}", array)

    def _extend(self, name: str, rows: Any) -> None:
        if name not in self.file:
            shape = (0, *rows.shape[1:])
            block = (max(1, ROWS // max(1, int(np.prod(rows.shape[1:])))), *rows.shape[1:])
            self.file.create_dataset(
                name, shape, rows.dtype, maxshape=(None, *shape[1:]), chunks=block,
                compression="gzip", compression_opts=1, shuffle=True,
            )  # fmt: skip
        dataset = self.file[name]
        dataset.resize(len(dataset) + len(rows), axis=0)
        dataset[len(dataset) - len(rows) :] = rows


def read_ragged(path: str | Path, start: int = 0, stop: int | None = None) -> RaggedJets:
    """The jets start … stop - 1 of a file that `generate` wrote. Raises DataError if it is another file."""
    path = Path(path)
    if not path.is_file():
        raise DataError("no such file of jets", received=path, fix="intertwine generate jets FILE")
    if suffix_of(path) == ".parquet":
        _check(path, read_parquet_attributes(path))
        return read_parquet(path, start, stop)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _check(path, dict(file.attrs))
            counts = file["counts"][()]
            stop = len(counts) if stop is None else min(stop, len(counts))
            span = slice(int(counts[:start].sum()), int(counts[:stop].sum()))
            return RaggedJets(
                file["momenta"][span],
                counts[start:stop],
                {name: file["scalars"][name][span] for name in file["scalars"]},
                {name: file["values"][name][start:stop] for name in file["values"]},
            )
    except (OSError, KeyError) as error:
        raise DataError("not a file of jets", received=f"{path}: {error}") from error


def read_attributes(path: str | Path) -> dict[str, Any]:
    """What is written about the jets: settings, seeds, events drawn, versions."""
    path = Path(path)
    if suffix_of(path) == ".parquet":
        attributes = read_parquet_attributes(path)
    else:
        import h5py

        try:
            with h5py.File(path, "r") as file:
                attributes = dict(file.attrs)
        except OSError as error:
            raise DataError("not a file of jets", received=f"{path}: {error}") from error
    _check(path, attributes)
    structured = {"identity", "seeds", "events", "versions"}
    return {
        name: json.loads(value) if name in structured and isinstance(value, str) else value
        for name, value in attributes.items()
    }


def read_jets(path: str | Path, *, particles: int | None = None, start: int = 0, stop: int | None = None) -> Jets:
    """Jets start … stop - 1 of a file that `generate` wrote, each with its `particles` hardest (None: all).

    Labels: 1 top, 0 QCD, alternating. scalars: `pid`. targets: `jet`, `top`, `w` [n, 4], `quarks` [n, 3, 4]
    (b, q, q̄'), nan for QCD, and `pthat` [n].
    Raises DataError if it is no such file.
    """
    return read_ragged(path, start, stop).padded(particles)


def _check(path: Path, attributes: dict[str, Any]) -> None:
    if attributes.get("format") != FORMAT or int(attributes.get("format_version", 0)) > FORMAT_VERSION:
        received = f"{path}, format {attributes.get('format')!r} {attributes.get('format_version', '')}"
        raise DataError(
            "not a file that `generate` wrote", received=received, expected=f"{FORMAT} {FORMAT_VERSION}",
            fix="files of other projects have readers of their own: read_jetclass, read_pmu, read_top_tagging, …",
        )  # fmt: skip
