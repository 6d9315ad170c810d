"""`Generation`: a file of samples that is made chunk by chunk on all cores, and resumed where it was interrupted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from intertwine.errors import ConfigurationError
from intertwine.physics.chunks import claim, make_chunks, progress_bar


class GenerationChunk(Protocol):
    """What a chunk tells of itself."""

    @property
    def name(self) -> str:
        """Name of the file that keeps it."""

    @property
    def size(self) -> int:
        """Number of samples."""


Chunk = TypeVar("Chunk", bound=GenerationChunk)


@dataclass(frozen=True)
class Generation(Generic[Chunk]):
    """A file of samples to be made chunk by chunk.

    Attributes
    ----------
    path:
        The file.
    what:
        The samples' name, for messages.
    identity:
        Everything that the samples depend on, as JSON keeps it.
    chunks:
        The parts, in any order.
    make:
        (folder, chunk) → number of samples; writes `folder / chunk.name` whole or not at all. Picklable.
    assemble:
        (folder) → None; writes `path` from the parts, whole or not at all.
    """

    path: Path
    what: str
    identity: dict[str, Any]
    chunks: Sequence[Chunk]
    make: Callable[[Path, Chunk], int]
    assemble: Callable[[Path], None]

    def is_there(self, found: Callable[[Path], Any]) -> bool:
        """Whether the file is there already; found(path): its identity.

        Raises ConfigurationError for one with other parameters.
        """
        if not self.path.exists():
            return False
        if (there := found(self.path)) != self.identity:
            raise ConfigurationError(
                f"the file holds {self.what} made with other parameters", received=there, expected=self.identity,
                fix="give another path",
            )  # fmt: skip
        return True

    def run(self, workers: int | None, progress: bool) -> None:
        """Make the chunks that are missing in `<path>.parts`, then the file; the parts go.

        workers: processes (default: one a core; 1 runs here). Raises ConfigurationError where the parts are another
        generation's.
        """
        folder = self.path.with_name(self.path.name + ".parts")
        claim(folder, self.identity)
        missing = [one for one in self.chunks if not (folder / one.name).exists()]
        total, to_do = (sum(one.size for one in some) for some in (self.chunks, missing))
        with progress_bar(progress, self.what, total, total - to_do) as advance:
            make_chunks(partial(self.make, folder), missing, workers or os.cpu_count() or 1, advance)
        self.assemble(folder)
        shutil.rmtree(folder)


def seed_words(seed: int | Sequence[int], workers: int | None, **counts: int) -> tuple[int, ...]:
    """The seed as a tuple. Raises ConfigurationError for a negative word, for counts or workers below 1."""
    words = tuple(int(word) for word in ([seed] if isinstance(seed, int) else seed))
    if min(counts.values()) < 1 or min(words, default=-1) < 0 or (workers is not None and workers < 1):
        received = ", ".join(f"{name}={value}" for name, value in counts.items())
        raise ConfigurationError(
            "nothing to generate", received=f"{received}, seed={words}, workers={workers}",
            expected="positive numbers, and seeds of at least 0",
        )  # fmt: skip
    return words
