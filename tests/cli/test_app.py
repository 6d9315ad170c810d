"""The command line's frame: version, errors, suggestions, and that starting it is cheap."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from intertwine import __version__
from intertwine.cli import main
from intertwine.cli.app import COMMAND_MODULES, EXIT_ERROR
from intertwine.errors import ConfigurationError


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"intertwine {__version__}"


def test_every_command_is_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in COMMAND_MODULES:
        assert name in listed
        assert main([name, "--help"]) == 0
        assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (["run", "flux-regresion"], "did you mean 'flux-regression'?"),
        (["run", "flux-regression", "--preset", "standart"], "did you mean 'standard'?"),
        (["run", "flux-regression", "--device", "cud"], "did you mean 'cuda'?"),
        (["run", "zzz"], "choose one of ant-factor, "),
        (["report", "nowhere"], "give the --out of `intertwine run`"),
    ],
)
def test_a_wrong_name_suggests_the_right_one(words: list[str], fix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == EXIT_ERROR
    printed = capsys.readouterr()
    assert printed.err.startswith("error: ")
    assert fix in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


def test_a_wrong_command_suggests_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reprot"]) == EXIT_ERROR
    assert "Did you mean 'report'?" in capsys.readouterr().err


def test_the_hidden_preset_is_not_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "flux-regression", "--preset", "tinny"]) == EXIT_ERROR
    assert "tiny" not in capsys.readouterr().err.replace("'tinny'", "")


@pytest.mark.parametrize("where", [0, 3])
def test_debug_shows_the_traceback(where: int) -> None:
    words = ["run", "flux-regression", "--preset=fast"]
    words.insert(where, "--debug")
    with pytest.raises(ConfigurationError, match="unknown preset"):
        main(words)


def test_no_such_device_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "flux-regression", "--device", "cuda:99"]) == EXIT_ERROR
    assert "no device 'cuda:99' here" in capsys.readouterr().err
    assert main(["run", "flux-regression", "--device", "cuda:x"]) == EXIT_ERROR
    assert "not the number of a device" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["studies"], ["run", "--help"]])
def test_starting_imports_neither_torch_nor_scipy(words: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom intertwine.cli import main\n"
        f"assert main({words!r}) == 0\n"
        "heavy = {'torch', 'scipy', 'numba', 'matplotlib', 'optuna'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode == 0, result.stderr


def test_studies_are_listed_with_times(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["studies"]) == 0
    printed = capsys.readouterr().out
    for word in ("flux-regression", "quick", "standard", "paper", "about"):
        assert word in printed
    assert "tiny" not in printed
