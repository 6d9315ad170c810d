"""Tables that pandas wrote to HDF5, read with h5py alone: the "fixed" and the "table" layout."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError


def read_pandas_table(path: Path, key: str, start: int = 0, stop: int | None = None) -> dict[str, NDArray[Any]]:
    """Rows start … stop - 1 of every column, by name. Raises DataError, also where a compression is not there."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if key not in file:
                raise DataError(f"no table {key!r}", received=f"{path} with {sorted(file)}", fix="key=…")
            group = file[key]
            return _table(group, start, stop) if "table" in group else _fixed(group, start, stop)
    except (OSError, KeyError, pickle.UnpicklingError) as error:
        raise DataError(
            "not a table of pandas that h5py can read", received=f"{path}: {error}",
            fix="for Blosc compression: import hdf5plugin first; else write it anew with pandas' to_hdf",
        ) from error  # fmt: skip


def _fixed(group: Any, start: int, stop: int | None) -> dict[str, NDArray[Any]]:
    """block<i>_items names the columns of block<i>_values [rows, columns]."""
    found = {}
    number = 0
    while f"block{number}_values" in group:
        values = group[f"block{number}_values"][start:stop]
        for index, name in enumerate(group[f"block{number}_items"][()]):
            found[name.decode() if isinstance(name, bytes) else str(name)] = values[:, index]
        number += 1
    if not found:
        raise KeyError("block0_values")
    return found


def _table(group: Any, start: int, stop: int | None) -> dict[str, NDArray[Any]]:
    """Records whose fields are blocks of columns; an attribute names each block's columns, or the field does."""
    dataset = group["table"]
    rows = dataset[start:stop]
    found = {}
    for name in rows.dtype.names:
        if name == "index":
            continue
        values = rows[name].reshape(len(rows), -1)
        names = _names(dataset.attrs.get(f"{name}_kind"), name, values.shape[1])
        found.update({column: values[:, index] for index, column in enumerate(names)})
    return found


class _NamesOnly(pickle.Unpickler):
    """Lists of strings and nothing else: a pickle that names any class is refused."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"column names ask for {module}.{name}")


def _names(pickled: Any, field: str, width: int) -> list[str]:
    if pickled is None:
        return [field]
    raw = pickled.tobytes() if isinstance(pickled, np.ndarray | np.void) else pickled
    names = _NamesOnly(io.BytesIO(raw if isinstance(raw, bytes) else str(raw).encode("latin-1"))).load()
    if not isinstance(names, list) or len(names) != width or not all(isinstance(name, str) for name in names):
        raise pickle.UnpicklingError(f"{field} has {width} columns and not the names for them")
    return names
