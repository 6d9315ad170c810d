"""One result, one file: keys, damage, atomic writes under many processes."""

from __future__ import annotations

import io
import logging
import multiprocessing as mp
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from intertwine import cache
from intertwine.cache.files import DamagedEntryError, file_name, key_text, read, write_npz
from intertwine.errors import ConfigurationError


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERTWINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def build() -> dict[str, NDArray[np.float64]]:
    return {"a": np.arange(6.0).reshape(2, 3), "empty": np.zeros((0, 4))}


def test_second_call_reads_what_the_first_built() -> None:
    first = cache.fetch("demo", 1, ("SU(3)", (1, 1)), build)
    second = cache.fetch("demo", 1, ("SU(3)", (1, 1)), pytest.fail)
    assert (first.status, second.status) == ("built", "read")
    for name in ("a", "empty"):
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name])
        assert first.arrays[name].shape == second.arrays[name].shape


@pytest.mark.parametrize(
    ("version", "parts"), [(2, ("x", 1)), (1, ("x", "1")), (1, ("x", 1.0)), (1, ("x", Fraction(1))), (1, ("x", 1, 1))]
)
def test_every_input_and_the_version_are_in_the_key(version: int, parts: tuple[object, ...]) -> None:
    cache.fetch("demo", 1, ("x", 1), build)
    assert cache.fetch("demo", version, parts, build).status == "built"


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text", "foreign", "pickled"])
def test_a_damaged_entry_is_rebuilt_and_reported(damage: str, place: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache.fetch("demo", 1, ("x",), build)
    path = place / "demo" / file_name(key_text(1, ("x",)))
    raw = bytearray(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(raw[: len(raw) // 2])
    elif damage == "flipped":
        raw[raw.index(np.float64(3.0).tobytes()) + 6] ^= 1  # one bit of one number
        path.write_bytes(raw)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "text":
        path.write_text("not a cache file")
    elif damage == "pickled":
        np.savez(path, a=np.array([{}], dtype=object))
    else:
        cache.fetch("demo", 1, ("y",), lambda: {"a": np.ones(3)})
        path.write_bytes((place / "demo" / file_name(key_text(1, ("y",)))).read_bytes())
    with caplog.at_level(logging.WARNING, "intertwine.cache"):
        again = cache.fetch("demo", 1, ("x",), build)
    assert again.status == "rebuilt"
    np.testing.assert_array_equal(again.arrays["a"], build()["a"])
    assert "damaged cache entry" in caplog.text
    assert cache.fetch("demo", 1, ("x",), pytest.fail).status == "read"


def test_the_checksum_alone_catches_a_consistent_alteration(place: Path) -> None:
    """An npz rewritten with one changed number has valid zip checksums; only the entry's own digest sees it."""
    cache.fetch("demo", 1, ("x",), build)
    key = key_text(1, ("x",))
    path = place / "demo" / file_name(key)
    with np.load(path) as data:
        arrays = {name: data[name] for name in data.files}
    arrays["a"][0, 0] = 1e-300
    np.savez(path, **arrays)
    with pytest.raises(DamagedEntryError, match="checksum"):
        read(path, key)


def test_cheap_results_are_not_stored(place: Path) -> None:
    assert cache.fetch("demo", 1, ("x",), build, min_seconds=10.0).status == "unsaved"
    assert not place.exists()


def test_off_and_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("INTERTWINE_CACHE", str(blocked))  # a file where a folder is needed
    with caplog.at_level(logging.WARNING, "intertwine.cache"):
        entry = cache.fetch("demo", 1, ("x",), build)
    assert entry.status == "unsaved"
    assert "not saved" in caplog.text
    monkeypatch.setenv("INTERTWINE_CACHE", "off")
    assert cache.folder() is None
    assert cache.fetch("demo", 1, ("x",), build).status == "unsaved"
    assert cache.listing() == []
    assert cache.clear() == 0


def test_listing_and_clearing() -> None:
    for index in range(3):
        cache.cached("one", 1, (index,), build)
    cache.cached("two", 1, (0,), build)
    usage = cache.listing()
    assert [(use.namespace, use.files) for use in usage] == [("one", 3), ("two", 1)]
    assert cache.clear("one") == usage[0].size > 0
    assert [use.namespace for use in cache.listing()] == ["two"]
    with pytest.raises(ConfigurationError, match=r"no such namespace.*'three'.*two"):
        cache.clear("three")
    assert cache.clear() > 0
    assert cache.listing() == []


def test_namespaces_cannot_leave_the_folder() -> None:
    for name in ("../up", "", "A", "a/b"):
        with pytest.raises(ConfigurationError, match="not a cache namespace"):
            cache.cached(name, 1, (), build)


def _write_many(seed: int, rounds: int, failures: mp.Queue[str]) -> None:
    for step in range(rounds):
        value = np.full(20_000, float(step % 4))
        entry = cache.fetch("busy", 1, (step % 4,), lambda value=value: {"a": value})  # type: ignore[misc]
        if entry.status == "rebuilt" or not (entry.arrays["a"] == step % 4).all():
            failures.put(f"process {seed}, step {step}: {entry.status}")
        if step % 7 == seed % 7:
            cache.clear()


def test_many_processes_write_at_once(place: Path) -> None:
    context = mp.get_context("spawn")
    failures = context.Queue()
    workers = [context.Process(target=_write_many, args=(seed, 60, failures)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert failures.empty(), failures.get()
    assert not list(place.glob("*/.*.tmp"))


def test_a_file_holds_the_arrays_and_nothing_else() -> None:
    """numpy before 2.1 stored an option of its `savez` as one more array, and no checksum ever matched."""
    arrays = {"a": np.arange(6).reshape(2, 3), "empty": np.zeros((0, 4)), "f": np.asfortranarray(np.eye(3)[:2])}
    stream = io.BytesIO()
    write_npz(stream, arrays)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as stored:
        assert sorted(stored.files) == sorted(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(stored[name], array)
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        write_npz(io.BytesIO(), {"pickled": np.array([{}], dtype=object)})
