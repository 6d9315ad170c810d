"""Many small tables in one file, read at once: what one file each would make slow.

A pack is read whole on its first look-up and keeps tables sparse until one is asked for, so that the several hundred
Clebsch–Gordan tables of SO(3) up to l = 11 cost milliseconds. New tables are merged into the file under a lock, so that
processes that fill one pack at the same time lose nothing.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.cache.files import Arrays, DamagedEntryError, file_name, holds_entries, key_text, logger, read, write
from intertwine.cache.folder import namespace_folder
from intertwine.errors import ConfigurationError

_SPARSE = 0.3  # a table with fewer non-zeros than this fraction is stored as positions and values
_FLUSH_SECONDS = 0.5  # tables that took longer than this together are written at once
_EXIT_SECONDS = 0.05  # and at exit those that took longer than this: the others cost less than the file
_LOCK_SECONDS = 20.0


@dataclass(frozen=True)
class _Stored:
    """One table: shape, whether complex, values, and the flat positions of the values where sparse."""

    shape: tuple[int, ...]
    is_complex: bool
    values: NDArray[Any]
    positions: NDArray[np.uint32] | None

    @classmethod
    def of(cls, table: NDArray[Any]) -> _Stored:
        is_complex = np.iscomplexobj(table)
        flat = np.ascontiguousarray(table).reshape(-1)
        if is_complex and not flat.imag.any():
            flat = flat.real
        positions = np.flatnonzero(flat)
        if flat.size >= 2**32 or positions.size > _SPARSE * flat.size:
            return cls(table.shape, is_complex, flat.copy(), None)
        return cls(table.shape, is_complex, flat[positions], positions.astype(np.uint32))

    def dense(self) -> NDArray[Any]:
        kind = np.complex128 if self.is_complex else np.float64
        if self.positions is None:
            return self.values.astype(kind).reshape(self.shape)
        flat = np.zeros(prod(self.shape), kind)
        flat[self.positions] = self.values
        return flat.reshape(self.shape)


class _Pending(dict[str, _Stored]):
    """New tables, and how long they took."""

    seconds = 0.0

    def drop(self) -> None:
        self.clear()
        self.seconds = 0.0


class Pack:
    """float64 or complex128 tables under text keys, in one file of the cache.

    Parameters
    ----------
    namespace, version, name:
        As for `cached`; `name` names the pack inside its namespace (the group, say).

    Attributes
    ----------
    status: "unread", "read", "empty", "rebuilt" (the file was damaged: reported, dropped, written anew) or "off".
    """

    def __init__(self, namespace: str, version: object, name: str) -> None:
        self._place = namespace_folder(namespace)
        self._key = cache(lambda: key_text(version, ("pack", name)))
        self._title = f"{namespace}/{name}"
        self._tables: dict[str, _Stored] = {}
        self._pending = _Pending()
        self.status = "unread" if self._place is not None else "off"
        self._finalizer = weakref.finalize(self, _at_exit, self._place, self._key, self._title, self._pending)

    def get(self, key: str, build: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """The table of the key, from memory, from the file, or built and stored. A fresh dense array at each call.

        Raises ConfigurationError for a table that is neither float64 nor complex128.
        """
        if self.status == "unread":
            self._load()
        stored = self._tables.get(key)
        if stored is None:
            start = perf_counter()
            table = build()
            if table.dtype not in (np.float64, np.complex128):
                raise ConfigurationError(
                    "a pack holds float64 or complex128 tables",
                    received=str(table.dtype),
                    expected="float64 or complex128",
                )
            stored = self._tables[key] = _Stored.of(table)
            if self._place is not None:
                self._pending[key] = stored
                self._pending.seconds += perf_counter() - start
                if self._pending.seconds > _FLUSH_SECONDS:
                    self.flush()
            return table.copy()
        return stored.dense()

    def flush(self) -> bool:
        """Merge what is new into the file; False (and a log line) where the disk refuses. Called by itself at exit."""
        saved = _merge(self._place, self._key, self._title, self._pending)
        self._pending.drop()
        return saved

    def __contains__(self, key: str) -> bool:
        if self.status == "unread":
            self._load()
        return key in self._tables

    def __len__(self) -> int:
        if self.status == "unread":
            self._load()
        return len(self._tables)

    def _load(self) -> None:
        tables, damaged = _read_tables(self._place, self._key, self._title)
        self.status = "rebuilt" if damaged else "read" if tables else "empty"
        self._tables = {**tables, **self._tables}


def _read_tables(place: Path | None, key: Callable[[], str], title: str) -> tuple[dict[str, _Stored], bool]:
    """The file's tables (none if there is no file) and whether the file was damaged."""
    if place is None or not holds_entries(place):
        return {}, False
    try:
        arrays = read(place / file_name(key()), key())
        return ({} if arrays is None else _unpack(arrays)), False
    except DamagedEntryError as damage:
        logger.warning("damaged cache pack %s (%s): rebuilding it", title, damage)
        return {}, True


def _at_exit(place: Path | None, key: Callable[[], str], title: str, pending: _Pending) -> None:
    if pending.seconds > _EXIT_SECONDS:
        _merge(place, key, title, pending)


def _merge(place: Path | None, key: Callable[[], str], title: str, pending: dict[str, _Stored]) -> bool:
    if place is None or not pending:
        return True
    from filelock import FileLock, Timeout

    path = place / file_name(key())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
            tables, _ = _read_tables(place, key, title)
            return write(path, key(), _packed({**tables, **pending}))
    except (Timeout, OSError) as error:
        logger.warning("cache pack %s not saved: %s", title, error)
        return False


def _packed(tables: dict[str, _Stored]) -> Arrays:
    """Few long arrays instead of many short ones."""
    names = sorted(tables)
    stored = [tables[name] for name in names]
    index = [
        [
            name,
            list(table.shape),
            table.is_complex,
            len(table.values),
            table.positions is not None,
            np.iscomplexobj(table.values),
        ]
        for name, table in zip(names, stored, strict=True)
    ]
    none = np.zeros(0)
    return {
        "index": np.frombuffer(json.dumps(index).encode(), np.uint8),
        "real": np.concatenate([none, *(t.values for t in stored if not np.iscomplexobj(t.values))]),
        "complex": np.concatenate([none.astype(complex), *(t.values for t in stored if np.iscomplexobj(t.values))]),
        "positions": np.concatenate(
            [none.astype(np.uint32), *(t.positions for t in stored if t.positions is not None)], dtype=np.uint32
        ),
    }


def _unpack(arrays: Arrays) -> dict[str, _Stored]:
    tables = {}
    at = {"real": 0, "complex": 0, "positions": 0}
    real, complex_, positions = arrays["real"], arrays["complex"], arrays["positions"]
    for name, shape, is_complex, size, sparse, complex_values in json.loads(arrays["index"].tobytes()):
        kind, source = ("complex", complex_) if complex_values else ("real", real)
        start = at[kind]
        at[kind] = start + size
        where = None
        if sparse:
            where = positions[at["positions"] : at["positions"] + size]
            at["positions"] += size
        tables[name] = _Stored(tuple(shape), is_complex, source[start : start + size], where)
    return tables
