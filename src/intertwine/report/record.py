"""How a run was made: the part of a report that is the same for every study."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intertwine.studies.manifest import Manifest
from intertwine.studies.provenance import sessions
from intertwine.studies.schedule import describe_seconds
from intertwine.studies.store import Store


@dataclass(frozen=True)
class Record:
    """Command, configuration, machine and times of a run."""

    command: str
    manifest: Manifest
    sessions: Sequence[dict[str, Any]]
    seconds: dict[str, float]
    """Time of each step in its process."""

    @property
    def configuration_json(self) -> str:
        return json.dumps(self.manifest.configuration, indent=2)

    @property
    def date(self) -> str:
        return str(self.sessions[-1]["started"])[:10] if self.sessions else "unknown"

    @property
    def hardware(self) -> str:
        if not self.sessions:
            return "unknown"
        last = self.sessions[-1]
        memory = f", {last['memory_gib']} GiB" if last["memory_gib"] else ""
        return f"{last['processor']}, {last['cores']} cores{memory}, {last['system']}"

    @property
    def total(self) -> str:
        return describe_seconds(sum(self.seconds.values()))

    def groups(self) -> list[tuple[str, int, str]]:
        """Steps by the first two words of their names, numbers left out: (words, number of steps, time together)."""
        grouped: dict[str, list[float]] = {}
        for name, seconds in self.seconds.items():
            words = [word for word in name.split("/")[:2] if not word.isdecimal()]
            grouped.setdefault(" / ".join(words), []).append(seconds)
        return [(words, len(times), describe_seconds(sum(times))) for words, times in grouped.items()]


def read_record(out: Path, manifest: Manifest, names: Sequence[str], store: Store) -> Record:
    """The record of the finished run in `out`."""
    words = ["intertwine run", manifest.study, "--preset", manifest.preset]
    if manifest.seed:
        words += ["--seed", str(manifest.seed)]
    if manifest.device != "cpu":
        words += ["--device", manifest.device]
    seconds = {name: float(store.about(name)["seconds"]) for name in names}
    return Record(" ".join(words), manifest, sessions(out), seconds)
