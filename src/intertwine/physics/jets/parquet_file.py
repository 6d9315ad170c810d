"""Files of jets in Parquet, with the column names of JetClass for what JetClass has (Qu, Li, Qian, 2202.03772)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.jets.libraries import library
from intertwine.physics.jets.ragged import RaggedJets

COMPONENTS = ("part_energy", "part_px", "part_py", "part_pz")
_KEY = b"intertwine"


class ParquetWriter:
    """One row group a part."""

    def __init__(self, path: Path, attributes: dict[str, Any]) -> None:
        self.path, self.attributes = path, attributes
        self.sink: Any = None

    def append(self, part: RaggedJets) -> None:
        arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
        offsets = np.concatenate([[0], np.cumsum(part.counts)]).astype(np.int32)

        def lists(array: NDArray[Any]) -> Any:
            return arrow.ListArray.from_arrays(offsets, arrow.array(array))

        columns = {name: lists(part.momenta[:, index]) for index, name in enumerate(COMPONENTS)}
        columns |= {f"part_{name}": lists(array) for name, array in part.scalars.items()}
        shapes = {}
        for name, array in part.values.items():
            shapes[name] = list(array.shape[1:])
            flat = arrow.array(np.ascontiguousarray(array).reshape(-1))
            width = int(np.prod(array.shape[1:]))
            columns[f"jet_{name}"] = arrow.FixedSizeListArray.from_arrays(flat, width) if array.ndim > 1 else flat
        table = arrow.table(columns)
        if self.sink is None:
            text = json.dumps({**self.attributes, "shapes": shapes})
            schema = table.schema.with_metadata({_KEY: text.encode()})
            self.sink = parquet.ParquetWriter(self.path, schema)
        self.sink.write_table(table.replace_schema_metadata(self.sink.schema.metadata))


@contextmanager
def parquet_writer(path: Path, attributes: dict[str, Any]) -> Iterator[ParquetWriter]:
    """A writer, closed at the end."""
    writer = ParquetWriter(path, attributes)
    try:
        yield writer
    finally:
        if writer.sink is not None:
            writer.sink.close()


def read_parquet_attributes(path: Path) -> dict[str, Any]:
    """What the writer was told about the jets; empty if it is another's file. Raises DataError if it is no Parquet."""
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    try:
        metadata = parquet.read_schema(path).metadata or {}
    except (OSError, arrow.ArrowInvalid) as error:
        raise DataError("not a Parquet file", received=f"{path}: {error}") from error
    found: dict[str, Any] = json.loads(metadata.get(_KEY, b"{}"))
    return found


def read_parquet(path: Path, start: int = 0, stop: int | None = None) -> RaggedJets:
    """Jets start … stop - 1."""
    parquet = library("pyarrow.parquet")
    shapes = read_parquet_attributes(path)["shapes"]
    table = parquet.read_table(path)
    stop = len(table) if stop is None else min(stop, len(table))
    table = table.slice(start, max(0, stop - start)).combine_chunks()

    def column(name: str) -> Any:
        chunks = table.column(name)
        return chunks.combine_chunks() if chunks.num_chunks != 1 else chunks.chunk(0)

    energies = column(COMPONENTS[0])
    counts = np.asarray(energies.value_lengths(), dtype=np.int64)
    momenta = np.stack([np.asarray(column(name).flatten()) for name in COMPONENTS], axis=1)
    scalars = {
        name.removeprefix("part_"): np.asarray(column(name).flatten())
        for name in table.column_names
        if name.startswith("part_") and name not in COMPONENTS
    }
    values = {
        name: np.asarray(column(f"jet_{name}").flatten() if shape else column(f"jet_{name}")).reshape(-1, *shape)
        for name, shape in shapes.items()
    }
    return RaggedJets(momenta, counts, scalars, values)
