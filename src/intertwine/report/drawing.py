"""A figure's description to files: SVG and PDF for papers, an SVG for the page, CSV for its data."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from intertwine.report.content import Figure, Table
from intertwine.report.style import INK, plot_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def write_figure(figure: Figure, folder: Path) -> str:
    """Write ``NAME.svg`` and ``NAME.pdf`` into `folder`; returns the SVG for the inside of a page.

    Both files are the same for the same data, byte for byte.
    """
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with plot_style(figure.name):
        canvas = Canvas(figsize=figure.size)
        figure.draw(canvas)
        svg = _print(FigureCanvasSVG(canvas), {"Date": None, "Title": figure.title, "Creator": "intertwine"})
        pdf = _print(FigureCanvasPdf(canvas), {"CreationDate": None, "Title": figure.title, "Creator": "intertwine"})
        bare = _print(FigureCanvasSVG(_transparent(canvas)), {"Date": None, "Title": figure.title})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{figure.name}.svg").write_bytes(svg)
    (folder / f"{figure.name}.pdf").write_bytes(pdf)
    return inline_svg(bare.decode(), figure)


def write_table(table: Table, folder: Path) -> Path:
    """Write ``NAME.csv`` into `folder`, floats with all their digits."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{table.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.columns)
        writer.writerows(["" if value is None else value for value in row] for row in table.rows)
    return path


def inline_svg(svg: str, figure: Figure) -> str:
    """The SVG element alone, in the page's text colour, with ids that no other figure has, and a description."""
    from html import escape

    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{figure.name}-\1"', body)
    body = re.sub(r'(xlink:href="#|url\(#)', rf"\1{figure.name}-", body)
    body = body.replace(INK, "currentColor")
    head, _, rest = body.partition(">")
    head = re.sub(r'\s(width|height|id)="[^"]*"', "", head)
    title = f'<title id="{figure.name}-title">{escape(figure.title)}</title>'
    description = f'<desc id="{figure.name}-desc">{escape(figure.alt)}</desc>'
    labels = f'role="img" aria-labelledby="{figure.name}-title" aria-describedby="{figure.name}-desc"'
    return f"{head} {labels}>{title}{description}{rest}"


def _transparent(canvas: Canvas) -> Canvas:
    canvas.patch.set_alpha(0.0)
    for axes in canvas.axes:
        axes.patch.set_alpha(0.0)
    return canvas


def _print(backend: object, metadata: dict[str, str | None]) -> bytes:
    stream = io.BytesIO()
    kind = "svg" if "SVG" in type(backend).__name__ else "pdf"
    getattr(backend, f"print_{kind}")(stream, metadata=metadata)
    return stream.getvalue()
