"""Compiled kernels that are kept on disk follow the constants of other files that they were compiled with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

OURS = "from intertwine.compilation import compiled"
NUMBAS = "import numba\ncompiled = lambda: numba.njit(cache=True)"


@pytest.mark.parametrize(("decorator", "second"), [(OURS, "7"), (NUMBAS, "3")])
def test_a_constant_of_another_file_changes(tmp_path: Path, decorator: str, second: str) -> None:
    """Numba's own cache would go on with the old one."""
    (tmp_path / "some_kernels.py").write_text(
        f"{decorator}\nfrom sizes import WIDTH\n\n@compiled()\ndef width():\n    return WIDTH\n"
    )
    for constant, expected in (("3", "3"), ("3", "3"), ("7", second)):
        (tmp_path / "sizes.py").write_text(f"WIDTH = {constant}\n")
        code = "import sys; sys.dont_write_bytecode = True; from some_kernels import width; print(width())"
        found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert found.stdout.strip() == expected
    kept = list((tmp_path / "__pycache__").glob("*.nbi"))
    assert len(kept) == 1  # something was kept at all
