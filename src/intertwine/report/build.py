"""The report of a run: figures, data and the page, from the results in its folder alone."""

from __future__ import annotations

from pathlib import Path

from intertwine.errors import ConfigurationError
from intertwine.report.content import Content
from intertwine.report.drawing import write_figure, write_table
from intertwine.report.markdown import render_markdown
from intertwine.report.page import render_page
from intertwine.report.record import Record, read_record
from intertwine.studies.manifest import load as load_manifest
from intertwine.studies.registry import load as load_study
from intertwine.studies.store import Store


def build_report(out: Path) -> Path:
    """Write ``report.html``, ``figures`` and ``data`` in a run's folder; returns the page's path.

    Raises DataError if `out` is not the folder of a run, ConfigurationError if the run is not finished.
    """
    content, record = read_run(out)
    pictures = {figure.name: write_figure(figure, out / "figures") for figure in content.figures}
    for table in [*(figure.data for figure in content.figures), *content.tables]:
        write_table(table, out / "data")
    path = out / "report.html"
    path.write_text(render_page(content, record, pictures), encoding="utf-8")
    return path


def build_markdown(out: Path, path: Path) -> None:
    """Write the results of a run as a Markdown page, its figures as SVG in a folder named after it."""
    content, record = read_run(out)
    images = path.parent / "images" / path.stem
    for figure in content.figures:
        write_figure(figure, images)
        (images / f"{figure.name}.pdf").unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_markdown(content, record, f"images/{path.stem}"), encoding="utf-8")


def read_run(out: Path) -> tuple[Content, Record]:
    """What the report of a finished run says."""
    manifest = load_manifest(out)
    study = load_study(manifest.study)
    configuration = study.configuration(manifest.configuration)
    store = Store(out)
    steps = study.steps(configuration, manifest.seed)
    missing = [step.name for step in steps if not store.done(step.name)]
    if missing:
        raise ConfigurationError(
            f"the run in {out} is not finished",
            received=f"{len(missing)} of {len(steps)} steps are missing, the first is {missing[0]}",
            fix=f"intertwine run {manifest.study} --preset {manifest.preset} --out {out}",
        )
    record = read_record(out, manifest, [step.name for step in steps], store)
    return study.content(configuration, store), record
