"""The example of the README runs and prints what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
    assert len(blocks) == 1
    lines = [line for line in blocks[0].splitlines() if line.strip() and not line.startswith(("import", "from"))]
    assert len(lines) <= 10
    exec(compile(blocks[0], "README.md", "exec"), {})
    decomposition, error = capsys.readouterr().out.splitlines()
    assert f"# {decomposition}" in blocks[0]
    assert float(error) < 1e-13


def test_its_pictures_exist() -> None:
    text = README.read_text("utf-8")
    for place in re.findall(r"\]\(((?!http)[^)#]+)\)", text):
        assert (README.parent / place).exists(), place
