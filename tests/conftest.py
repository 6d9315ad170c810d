"""Shared test set-up: shape checks on, one thread, a cache of one's own, sample data by environment variable only."""

from __future__ import annotations

import os

# Before anything imports numpy or torch: the workers of pytest-xdist share the cores, and sums must not depend on them.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("MPLBACKEND", "agg")

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

CACHE_VARIABLE = "INTERTWINE_CACHE"
DATA_VARIABLE = "INTERTWINE_DATA"


def modules_with_shapes() -> list[str]:
    """The modules whose signatures state shapes; Numba kernels cannot be wrapped in Python."""
    spec = find_spec("intertwine")
    if spec is None or spec.origin is None:
        raise RuntimeError("intertwine is not installed: run `make install`")
    root = Path(spec.origin).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        words = path.relative_to(root).with_suffix("").parts
        if words[-1] != "__init__" and not words[-1].endswith("_kernels") and "jaxtyping" in path.read_text("utf-8"):
            found.append(".".join(("intertwine", *words)))
    return found


install_import_hook(modules_with_shapes(), "beartype.beartype")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tests neither read nor fill the user's cache; the processes of a parallel test run have one each."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get(CACHE_VARIABLE)
    os.environ[CACHE_VARIABLE] = str(folder)
    yield folder
    if before is None:
        del os.environ[CACHE_VARIABLE]
    else:
        os.environ[CACHE_VARIABLE] = before


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of sample data; skips where there is none."""
    name = os.environ.get(DATA_VARIABLE)
    if not name:
        pytest.skip(f"{DATA_VARIABLE} is not set: no sample data here")
    folder = Path(name)
    if not folder.is_dir():
        pytest.skip(f"{DATA_VARIABLE} names {name}, which is not a folder")
    return folder
