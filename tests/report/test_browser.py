"""The report in a real browser, without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from counting_study import NAME
from test_runner import Recorder

from intertwine.report.build import build_report
from intertwine.studies.runner import Run

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    return found


def chromium(browser: str, profile: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
        "--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={profile}", "--virtual-time-budget=2000",
        "--proxy-server=127.0.0.1:9", *options,
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(profile.parent)}
    return subprocess.run(command, capture_output=True, timeout=120, check=False, env=environment)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("browser") / "run"
    Run(NAME, "quick", out=out, workers=1).execute(Recorder())
    return build_report(out)


def test_the_page_renders(browser: str, page: Path, tmp_path: Path) -> None:
    result = chromium(browser, tmp_path / "profile", "--dump-dom", page.as_uri())
    dom = result.stdout.decode()
    assert "Counting &amp; more" in dom, result.stderr.decode()[-2000:]
    assert "<svg" in dom
    assert "</html>" in dom


def test_the_page_is_not_blank(browser: str, page: Path, tmp_path: Path) -> None:
    from matplotlib.image import imread

    picture = tmp_path / "page.png"
    chromium(browser, tmp_path / "profile", f"--screenshot={picture}", "--window-size=1000,1600", page.as_uri())
    pixels = imread(picture)[..., :3]
    assert pixels.shape[1] == 1000
    assert pixels.std() > 0.02  # text and lines on paper, not one colour
    blank = tmp_path / "blank.html"
    blank.write_text("<html><body></body></html>")
    chromium(browser, tmp_path / "profile", f"--screenshot={picture}", "--window-size=1000,1600", blank.as_uri())
    assert imread(picture)[..., :3].std() < 0.02
