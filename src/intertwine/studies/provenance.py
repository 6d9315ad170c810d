"""On what and with what a run was made: recorded each time that the run is started or resumed."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from intertwine.studies.store import read_json, write_json

FILE = "sessions.json"
_PACKAGES = ("intertwine", "torch", "numpy", "scipy", "numba", "optuna", "h5py", "matplotlib")


def record_session(out: Path, workers: int, threads: int) -> None:
    """Add this machine, its versions and the time to the folder's list of sessions."""
    path = out / FILE
    stored = read_json(path)["sessions"] if path.is_file() else []
    write_json(path, {"sessions": [*stored, {**describe_machine(), "workers": workers, "threads": threads}]})


def sessions(out: Path) -> list[dict[str, Any]]:
    """The sessions of a run, first to last."""
    path = out / FILE
    return list(read_json(path)["sessions"]) if path.is_file() else []


def describe_machine() -> dict[str, Any]:
    """Date, hardware class and versions; nothing that names a person, a host or a folder."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor_name(),
        "cores": os.cpu_count() or 1,
        "memory_gib": memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def processor_name() -> str:
    """The processor's model as the system names it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def memory_gib() -> int | None:
    """Installed memory, or None where the system does not say."""
    if sys.platform != "win32" and "SC_PHYS_PAGES" in os.sysconf_names:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
