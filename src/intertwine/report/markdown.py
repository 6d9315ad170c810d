"""The results of a run as a Markdown page, for a repository or a documentation site."""

from __future__ import annotations

from intertwine.report.content import Content, Table, Value
from intertwine.report.record import Record


def render_markdown(content: Content, record: Record, images: str) -> str:
    """The page; figures are linked as ``images/NAME.svg``."""
    lines = [f"# {content.title}", "", content.source, "", "```", record.command, "```", ""]
    lines += [
        f"Made on {record.date} with intertwine {record.manifest.version}, seed {record.manifest.seed}, "
        f"on {record.hardware}; {record.total} of computing time in all.",
        "",
        *render_table(Table("", "", ("", "result"), [(fact.label, fact.value) for fact in content.facts])),
        "",
    ]
    for paragraph in content.summary:
        lines += [paragraph, ""]
    for section in content.sections:
        lines += [f"## {section.title}", ""]
        for paragraph in section.paragraphs:
            lines += [paragraph, ""]
        for figure in section.figures:
            lines += [f"![{figure.alt}]({images}/{figure.name}.svg)", "", f"*{figure.caption}*", ""]
        for table in section.tables:
            lines += [*render_table(table), "", *([f"*{table.caption}*", ""] if table.caption else [])]
    lines += ["## How it was made", "", *render_times(record), ""]
    lines += ["```json", record.configuration_json, "```", ""]
    return "\n".join(lines)


def render_table(table: Table) -> list[str]:
    """A table in Markdown: the first column left, the others right."""
    head = "| " + " | ".join(table.columns) + " |"
    rule = "|---|" + "---:|" * (len(table.columns) - 1)
    return [head, rule, *("| " + " | ".join(_show(value) for value in row) + " |" for row in table.rows)]


def render_times(record: Record) -> list[str]:
    return render_table(Table("", "", ("work", "steps", "time"), record.groups()))


def _show(value: Value) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("|", r"\|")
