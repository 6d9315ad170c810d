"""Many tables in one file: exact round trips, damage, several processes, cost of an entry."""

from __future__ import annotations

import logging
import multiprocessing as mp
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import pytest
from numpy.typing import NDArray

from intertwine import cache
from intertwine.errors import ConfigurationError


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERTWINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tables() -> dict[str, NDArray[np.float64] | NDArray[np.complex128]]:
    rng = np.random.default_rng(0)
    sparse = np.where(rng.random((1, 7, 7, 9)) < 0.1, rng.normal(size=(1, 7, 7, 9)), 0.0)
    return {
        "dense": rng.normal(size=(2, 3, 4)),
        "sparse": sparse,
        "complex": sparse * (1 + 2j),
        "complex but real": sparse.astype(complex),
        "none": np.zeros((0, 3, 3)),
        "zero": np.zeros((1, 20)),
    }


def test_round_trip_is_exact() -> None:
    first = cache.Pack("packs", 1, "SU(3)")
    for name, table in tables().items():
        np.testing.assert_array_equal(first.get(name, lambda table=table: table), table)  # type: ignore[misc]
    assert first.status == "empty"
    assert first.flush()
    second = cache.Pack("packs", 1, "SU(3)")
    for name, table in tables().items():
        read = second.get(name, pytest.fail)
        np.testing.assert_array_equal(read, table)
        assert read.dtype == table.dtype
    assert second.status == "read"
    assert "dense" in second
    assert "other" not in second


def test_version_and_name_separate_packs() -> None:
    first = cache.Pack("packs", 1, "SU(3)")
    first.get("a", lambda: np.ones(2))
    first.flush()
    assert len(cache.Pack("packs", 2, "SU(3)")) == 0
    assert len(cache.Pack("packs", 1, "SU(2)")) == 0
    assert len(cache.Pack("packs", 1, "SU(3)")) == 1


def test_callers_cannot_change_the_stored_table() -> None:
    pack = cache.Pack("packs", 1, "x")
    for key in ("dense", "sparse"):
        table = tables()[key]
        pack.get(key, lambda table=table: table)[...] = 7.0  # type: ignore[misc]
        np.testing.assert_array_equal(pack.get(key, pytest.fail), tables()[key])


def test_damage_is_reported_and_rebuilt(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = cache.Pack("packs", 1, "x")
    first.get("a", lambda: np.arange(1.0, 5.0))
    first.flush()
    (path,) = place.glob("packs/*.npz")
    path.write_bytes(path.read_bytes()[:-30])
    with caplog.at_level(logging.WARNING, "intertwine.cache"):
        second = cache.Pack("packs", 1, "x")
        np.testing.assert_array_equal(second.get("a", lambda: np.arange(1.0, 5.0)), np.arange(1.0, 5.0))
    assert second.status == "rebuilt"
    assert "damaged cache pack" in caplog.text
    second.flush()
    assert "a" in cache.Pack("packs", 1, "x")


def test_only_float64_and_complex128() -> None:
    with pytest.raises(ConfigurationError, match="float32"):
        cache.Pack("packs", 1, "x").get("a", lambda: np.zeros(3, np.float32))


def _fill(worker: int) -> None:
    pack = cache.Pack("busy", 1, "shared")
    for index in range(20):
        pack.get(f"{worker}/{index}", lambda index=index: np.full(50, worker + index / 100))  # type: ignore[misc]
        pack.flush()


def test_processes_that_fill_one_pack_lose_nothing() -> None:
    context = mp.get_context("spawn")
    workers = [context.Process(target=_fill, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    pack = cache.Pack("busy", 1, "shared")
    assert len(pack) == 80
    for worker in range(4):
        assert (pack.get(f"{worker}/19", pytest.fail) == worker + 0.19).all()


def test_a_pack_is_written_when_it_is_dropped(place: Path) -> None:
    pack = cache.Pack("packs", 1, "x")
    pack.get("cheap", lambda: np.ones(3))
    del pack
    assert not list(place.glob("packs/*.npz"))  # cheaper than the file
    pack = cache.Pack("packs", 1, "x")
    pack.get("costly", lambda: (sleep(0.06), np.ones(3))[1])
    assert not list(place.glob("packs/*.npz"))
    del pack
    assert "costly" in cache.Pack("packs", 1, "x")


def test_an_entry_costs_tens_of_microseconds() -> None:
    """≤ 60 µs an entry here (30 on a quiet machine), reading the file included."""
    rng = np.random.default_rng(0)
    pack = cache.Pack("packs", 1, "x")
    for index in range(800):
        table = np.zeros((9, 9, 9))
        table[rng.integers(9, size=20), rng.integers(9, size=20), rng.integers(9, size=20)] = 1.0
        pack.get(str(index), lambda table=table: table)  # type: ignore[misc]
    pack.flush()
    best = np.inf
    for _ in range(5):
        start = perf_counter()
        fresh = cache.Pack("packs", 1, "x")
        for index in range(800):
            fresh.get(str(index), pytest.fail)
        best = min(best, perf_counter() - start)
    assert best / 800 < 60e-6
