"""What a report says, before it has a form: headline numbers, paragraphs, figures and tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows under named columns. `name` is that of its file in ``data``, without ``.csv``."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Figure:
    """A plot.

    `draw` fills an empty matplotlib figure; `alt` says in words what there is to see; `data` holds every number that
    is drawn.
    """

    name: str
    title: str
    caption: str
    alt: str
    data: Table
    draw: Callable[[Canvas], None]
    size: tuple[float, float] = (8.0, 4.5)
    """Width and height in inches."""


@dataclass(frozen=True)
class Fact:
    """A headline number with what it is."""

    value: str
    label: str


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading."""

    title: str
    paragraphs: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Content:
    """The whole report, apart from what is the same for every study (configuration, versions, times)."""

    title: str
    source: str
    facts: Sequence[Fact]
    summary: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)

    @property
    def figures(self) -> list[Figure]:
        return [figure for section in self.sections for figure in section.figures]

    @property
    def tables(self) -> list[Table]:
        return [table for section in self.sections for table in section.tables]
