"""`import intertwine` is cheap: nothing heavy loads before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "scipy", "torch", "numba", "matplotlib", "lightning", "optuna", "h5py", "pandas", "pyerrors", "pydantic", "typer",
    "rich", "jinja2",
)  # fmt: skip


LIST = "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_nothing_heavy_is_imported() -> None:
    loaded = run(
        "import sys, intertwine; print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    ).split()
    assert not set(loaded) & set(HEAVY), sorted(set(loaded) & set(HEAVY))
    assert "intertwine" in loaded


def test_naming_groups_and_irreps_needs_no_torch() -> None:
    code = (
        "import sys, intertwine as tw; G = tw.group('SU(3)'); G.irrep('8'); tw.group('O(3)xS4').irreps(3);"
        f"tw.Rep(G, '2x8'); tw.decompose('SU(3)', '8 x 8'); {LIST}"
    )
    loaded = set(run(code).split())
    assert not loaded & {"torch", "numba", "matplotlib", "optuna", "lightning"}


@pytest.mark.parametrize("attempts", [5])
def test_import_time(attempts: int) -> None:
    """At most 0.2 s above numpy: the best of a few attempts, so that a busy machine does not decide."""
    code = "import time, numpy; start = time.perf_counter(); import intertwine; print(time.perf_counter() - start)"
    assert min(float(run(code)) for _ in range(attempts)) < 0.2


def test_public_names() -> None:
    import intertwine as tw

    for name in (
        "group",
        "user_group",
        "Irrep",
        "Rep",
        "clebsch_gordan",
        "decompose",
        "branch",
        "intertwiners",
        "IntertwineError",
    ):
        assert callable(getattr(tw, name))
        assert name in dir(tw)
    with pytest.raises(AttributeError, match="no attribute"):
        _ = tw.no_such_name  # type: ignore[attr-defined]
    assert str(tw.decompose("SU(3)", "8 x 8")) == "1 + 2x8 + 10 + 10bar + 27"
