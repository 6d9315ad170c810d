"""Clebsch–Gordan tables from disk are those that were computed; users' groups are never confused with named ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import intertwine as tw
from intertwine import cache
from intertwine.representations import table_cache

SCRIPT = """
import sys, numpy as np, intertwine as tw
from intertwine.representations.real_clebsch_gordan import _dense
G = tw.group("SU(3)")
eight = G.irrep("8")
table = tw.clebsch_gordan(eight, eight, G.irrep("27"))
pack = G.theory.derived["pack"]
print(pack.status, float(np.abs(table - _dense(eight, eight, G.irrep("27"))).max()))
pack.flush()
"""


def test_the_second_process_reads_the_first_ones_tables(tmp_path: Path) -> None:
    environment = {"INTERTWINE_CACHE": str(tmp_path), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    found = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert found == ["empty 0.0\n", "read 0.0\n"]


def test_large_tables_have_files_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTERTWINE_CACHE", str(tmp_path))
    monkeypatch.setattr(table_cache, "_WORTH_STORING", 0.0)
    G = tw.group("SU(3)")
    a, b = G.irrep("27"), G.irrep("64")
    first = tw.clebsch_gordan(a, a, b, sparse=True)
    if np.prod(first.shape[1:]) <= 200_000:
        a = b
        first = tw.clebsch_gordan(a, a, b, sparse=True)
    assert cache.listing()[0].files == 1
    second = tw.clebsch_gordan(a, a, b, sparse=True)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.indices, second.indices)
    assert first.shape == second.shape


def test_a_group_made_by_generators_is_not_cached() -> None:
    from intertwine.groups.finite_group import FiniteGroup

    cyclic = FiniteGroup.from_permutations([[1, 2, 0]], name="C4")  # of order 3, whatever it is called
    assert not table_cache.is_named(cyclic)
    assert table_cache.is_named(tw.group("C4"))
    assert table_cache.is_named(tw.group("SU(3)xU(1)"))


def test_the_engines_source_is_in_the_key() -> None:
    assert table_cache.engine_version().startswith(f"{table_cache.ALGORITHM}-")
    assert table_cache.engine_version() == table_cache.engine_version()
