"""Which study a folder holds: its exact configuration, so that a resumed run cannot mix two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from intertwine import __version__
from intertwine.errors import ConfigurationError, DataError
from intertwine.studies.store import read_json, write_json

FILE = "run.json"
_MISSING = "(nothing)"


class Manifest(BaseModel):
    """Everything that the results depend on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str
    preset: str
    seed: int
    device: str
    configuration: dict[str, Any]
    version: str = __version__


def bind(out: Path, manifest: Manifest) -> None:
    """Claim `out` for this manifest, or check that it was claimed for the same one.

    Raises ConfigurationError that lists every difference.
    """
    path = out / FILE
    wanted = manifest.model_dump(mode="json")
    if not path.is_file():
        if (out / "steps").is_dir():
            raise ConfigurationError(f"{out} holds results but no {FILE}", fix="choose another --out")
        write_json(path, wanted)
        return
    stored = read_json(path)
    changes = differences(stored, wanted)
    if changes:
        raise ConfigurationError(
            f"{out} holds a run with another configuration",
            received="; ".join(f"{key}: {new}" for key, _, new in changes),
            expected="; ".join(f"{key}: {old}" for key, old, _ in changes),
            fix="repeat the options of that run to resume it, or choose another --out",
        )


def load(out: Path) -> Manifest:
    """The manifest of a run's folder. Raises DataError if it holds none."""
    from pydantic import ValidationError

    path = Path(out) / FILE
    if not path.is_file():
        raise DataError(
            f"{out} is not the folder of a study",
            expected=f"a folder with {FILE}",
            fix="give the --out of `intertwine run`",
        )
    try:
        return Manifest.model_validate(read_json(path))
    except ValidationError as error:
        raise DataError(
            f"{path} is damaged", received=error.errors()[0]["msg"], fix="start the study in another folder"
        ) from error


def differences(old: Any, new: Any, prefix: str = "") -> list[tuple[str, Any, Any]]:
    """Every leaf at which two nested dictionaries differ: (dotted key, old, new)."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            change
            for key in sorted({*old, *new})
            for change in differences(
                old.get(key, _MISSING), new.get(key, _MISSING), f"{prefix}.{key}" if prefix else key
            )
        ]
    return [] if old == new else [(prefix, old, new)]
