"""Columns of a ROOT tree or a Parquet file as awkward arrays."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.jets.libraries import library


def column_names(path: Path, tree: str | None = None) -> list[str]:
    """Names of the columns. Raises DataError for a file that is neither, or a tree that is not there."""
    if path.suffix == ".parquet":
        return list(_parquet(path).schema_arrow.names)
    with _open(path) as file:
        return [str(name) for name in _tree(path, file, tree).keys(recursive=True)]


def read_columns(
    path: Path, names: Sequence[str], tree: str | None = None, start: int = 0, stop: int | None = None
) -> dict[str, Any]:
    """Rows start … stop - 1 of the named columns. Raises DataError, also for a column that is not there."""
    if not path.is_file():
        raise DataError("no such file", received=path)
    there = column_names(path, tree)
    full = {name: _full_name(path, name, there) for name in names}
    if path.suffix == ".parquet":
        ak = library("awkward")
        table = _parquet(path).read(columns=list(full.values()))
        stop = len(table) if stop is None else min(stop, len(table))
        found = ak.from_arrow(table.slice(start, max(0, stop - start)))
        return {name: found[column] for name, column in full.items()}
    with _open(path) as file:
        arrays = _tree(path, file, tree).arrays(list(full.values()), entry_start=start, entry_stop=stop)
        return {name: arrays[column] for name, column in full.items()}


def _full_name(path: Path, name: str, there: Sequence[str]) -> str:
    """The column of that name, or the only one whose last part has it (Jet.PT for Jet/Jet.PT)."""
    if name in there:
        return name
    last = [full for full in there if full.split("/")[-1] == name]
    if len(last) == 1:
        return last[0]
    nearest = get_close_matches(name, [*there, *(full.split("/")[-1] for full in there)], n=1)
    fix = f"did you mean {nearest[0]!r}?" if nearest else None
    raise ConfigurationError(f"no column {name!r}", received=f"{path.name} with {len(there)} columns", fix=fix)


def _parquet(path: Path) -> Any:
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    try:
        return parquet.ParquetFile(path)
    except (OSError, arrow.ArrowInvalid) as error:
        raise DataError("not a Parquet file", received=f"{path}: {error}") from error


def _open(path: Path) -> Any:
    uproot = library("uproot")
    try:
        return uproot.open(path)
    except (OSError, ValueError, IndexError) as error:
        raise DataError("not a ROOT file", received=f"{path}: {error}") from error


def _tree(path: Path, file: Any, name: str | None) -> Any:
    trees = sorted({key.split(";")[0] for key, kind in file.classnames().items() if kind in ("TTree", "ROOT::RNTuple")})
    if name is None and len(trees) == 1:
        name = trees[0]
    if name not in trees:
        raise DataError(f"which tree of {path.name}", received=name, expected=trees, fix="tree=…")
    return file[name]
