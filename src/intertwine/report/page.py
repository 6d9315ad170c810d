"""The HTML page: one file with everything inside it, readable without a network, in light and dark."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from intertwine.report.content import Content, Value
from intertwine.report.record import Record


def render_page(content: Content, record: Record, pictures: dict[str, str]) -> str:
    """The page. `pictures` maps the names of figures to their SVG elements."""
    from jinja2 import Environment, StrictUndefined

    folder = files("intertwine.report").joinpath("templates")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["value"] = show
    template = environment.from_string(folder.joinpath("report.html.jinja").read_text(encoding="utf-8"))
    style = folder.joinpath("report.css").read_text(encoding="utf-8")
    return template.render(content=content, record=record, pictures=pictures, style=style)


def show(value: Value) -> Any:
    """A number with three or more digits, powers of ten as a physicist writes them; anything else as it is."""
    from markupsafe import Markup, escape

    if value is None:
        return "–"
    if not isinstance(value, float):
        return escape(f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else value)
    if 1e3 <= abs(value) < 1e5:
        return f"{value:,.0f}".replace(",", "\u202f")
    if value == 0 or 1e-3 <= abs(value) < 1e3:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return Markup("{}\u202f·\u202f10<sup>{}</sup>").format(mantissa, str(int(exponent)).replace("-", "−"))
