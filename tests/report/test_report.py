"""The report: self-contained, complete, and the same for the same results."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from counting_study import NAME
from test_runner import Recorder

from intertwine.errors import ConfigurationError, DataError
from intertwine.report.build import build_markdown, build_report
from intertwine.report.page import show
from intertwine.studies.runner import Run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "run"
    Run(NAME, "quick", out=out, seed=3, workers=1).execute(Recorder())
    build_report(out)
    return out


def test_the_page_needs_nothing_from_elsewhere(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    loads = re.findall(r'(?:src|xlink:href|href)\s*=\s*"([^"]*)"', page) + re.findall(r"url\(([^)]*)\)", page)
    outside = [place for place in loads if not place.startswith(("#", "data:", "figures/", "data/"))]
    assert outside == []
    assert "@import" not in page
    assert "<script" not in page


def test_the_page_is_well_formed_and_escapes_what_it_shows(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    assert "Counting &amp; more" in page
    assert "Some &lt;numbers&gt;." in page
    assert "A line &lt;that&gt; goes up." in page
    open_tags = Balance()
    open_tags.feed(page)
    assert open_tags.stack == []


def test_the_page_says_how_it_was_made(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    for words in (f"intertwine run {NAME} --preset quick --seed 3", "&#34;numbers&#34;", "torch", "numpy", "Seed 3"):
        assert words in page
    assert str(finished) not in page


def test_every_picture_has_a_description_and_ids_of_its_own(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    assert page.count('role="img"') == 1
    assert '<desc id="line-desc">' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    uses = re.findall(r'xlink:href="#([^"]+)"', page)
    assert uses
    assert set(uses) <= set(ids)


def test_files_of_figures_and_data(finished: Path) -> None:
    assert (finished / "figures" / "line.pdf").read_bytes().startswith(b"%PDF")
    assert "<svg" in (finished / "figures" / "line.svg").read_text()
    with (finished / "data" / "line.csv").open() as stream:
        assert list(csv.reader(stream)) == [["x", "y"], ["1.0", "2.0"], ["2.0", "4.0"]]
    with (finished / "data" / "numbers.csv").open() as stream:
        assert list(csv.reader(stream))[1:] == [["a|b", "1.5e-10"], ["c", ""], ["d", "12345"]]


def test_the_same_results_give_the_same_bytes(finished: Path) -> None:
    paths = [finished / "report.html", finished / "figures" / "line.pdf", finished / "figures" / "line.svg"]
    before = [path.read_bytes() for path in paths]
    build_report(finished)
    assert [path.read_bytes() for path in paths] == before


def test_markdown(finished: Path, tmp_path: Path) -> None:
    page = tmp_path / "results" / "counting.md"
    build_markdown(finished, page)
    text = page.read_text()
    assert text.startswith("# Counting & more\n")
    assert f"intertwine run {NAME} --preset quick --seed 3" in text
    assert r"| a\|b | 1.5e-10 |" in text
    image = re.search(r"!\[.*\]\((.*)\)", text)
    assert image is not None
    assert (page.parent / image[1]).is_file()
    assert str(finished) not in text


def test_an_unfinished_run_has_no_report(tmp_path: Path) -> None:
    run = Run(NAME, "slow", out=tmp_path, workers=1)
    with pytest.raises(KeyboardInterrupt):
        run.execute(Recorder(stop="then/second"))
    with pytest.raises(ConfigurationError, match=r"not finished.*the first is then/second.*intertwine run"):
        build_report(tmp_path)


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not the folder of a study"):
        build_report(tmp_path)
    (tmp_path / "run.json").write_text('{"study": "flux-regression"}')
    with pytest.raises(DataError, match=r"run\.json is damaged"):
        build_report(tmp_path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (1234567, "1\u202f234\u202f567"), (0.5, "0.5"), (0.0, "0"), (123.456, "123"),
        (1268.3, "1\u202f268"),
        (1.5e-10, "1.5\u202f·\u202f10<sup>−10</sup>"), (2e7, "2.0\u202f·\u202f10<sup>7</sup>"), ("<b>", "&lt;b&gt;"),
    ],
)  # fmt: skip
def test_numbers(value: float | str | None, text: str) -> None:
    assert str(show(value)) == text


class Balance(HTMLParser):
    """The tags that are still open; void elements and self-closing ones do not count."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass
