"""`intertwine studies`: what can be run."""

from __future__ import annotations

import typer

from intertwine.cli.console import output


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("studies")(studies)


def studies() -> None:
    """List the studies, their presets and about how long each takes here."""
    from intertwine.cli.table import print_table
    from intertwine.studies.registry import STUDIES, load
    from intertwine.studies.runner import available_cores
    from intertwine.studies.schedule import describe_seconds, expected_seconds

    cores = available_cores()
    rows = []
    for name in STUDIES:
        study = load(name)
        for preset in study.presets:
            if preset not in study.hidden_presets:
                seconds = expected_seconds(study.steps(study.preset(preset), 0), (), cores)
                rows.append({"study": name, "preset": preset, "time": f"about {describe_seconds(seconds)}"})
        output().print(f"[bold]{name}[/]: {study.title} ({study.source})", soft_wrap=True)
    print_table(output(), rows, title=f"Times with {cores} process{'es' if cores > 1 else ''}")
