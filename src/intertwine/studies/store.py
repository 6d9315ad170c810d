"""The results of steps on disk: each appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intertwine.errors import ConfigurationError, DataError
from intertwine.studies.step import StepResult

if TYPE_CHECKING:
    import numpy as np

PARTIAL = ".partial"


class Store:
    """The folder ``steps`` of a run.

    A step works in ``steps/<name>.partial``, which is kept when it is stopped, and which is renamed to ``steps/<name>``
    when its result is complete and written to disk. A rename is atomic, so that after any interruption, a power cut
    included, a result is there or it is not.
    """

    def __init__(self, out: Path) -> None:
        self.folder = Path(out) / "steps"

    def done(self, name: str) -> bool:
        return (self.folder / name / "result.json").is_file()

    def path(self, name: str) -> Path:
        """The folder of a finished step."""
        if not self.done(name):
            raise ConfigurationError(
                f"step {name!r} has no result in {self.folder}", fix="run the study on this folder again; it resumes"
            )
        return self.folder / name

    def begin(self, name: str) -> Path:
        """The folder in which a step works, with whatever an interrupted attempt left there."""
        folder = self.folder / (name + PARTIAL)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def finish(self, name: str, result: StepResult, **about: Any) -> None:
        """Write the result and make it visible. `about` (times, versions) is stored beside it, in ``about.json``."""
        from intertwine.cache.files import write_npz

        working, final = self.begin(name), self.folder / name
        if result.arrays:
            with (working / "arrays.npz").open("wb") as stream:
                write_npz(stream, result.arrays)
                _flush(stream)
        write_json(working / "about.json", about)
        write_json(working / "result.json", dict(result.values))
        if final.exists():  # a folder without a result: not ours to keep, its content would hide the new one
            shutil.rmtree(final)
        final.parent.mkdir(parents=True, exist_ok=True)
        working.rename(final)

    def values(self, name: str) -> dict[str, Any]:
        return read_json(self.path(name) / "result.json")

    def about(self, name: str) -> dict[str, Any]:
        return read_json(self.path(name) / "about.json")

    def arrays(self, name: str) -> dict[str, np.ndarray[Any, Any]]:
        import numpy as np

        path = self.path(name) / "arrays.npz"
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                return {key: stored[key] for key in stored.files}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise _damaged(path, error) from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` so that `path` is always either the old file or the whole new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1, allow_nan=True)
        stream.write("\n")
        _flush(stream)
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict):
        raise _damaged(path, f"a {type(content).__name__}")
    return content


def _flush(stream: Any) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _damaged(path: Path, found: object) -> DataError:
    return DataError(
        f"{path} cannot be read", received=found, expected="a file that this study wrote",
        fix=f"delete the folder {path.parent} and run the study again: only that step is done anew",
    )  # fmt: skip
