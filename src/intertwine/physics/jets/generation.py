"""`generate`: top and QCD jets, chunk by chunk on all cores, resumed where it was interrupted."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from intertwine.errors import DataError
from intertwine.physics.generation import Generation, seed_words
from intertwine.physics.jets.chunk import Chunk
from intertwine.physics.jets.jet_file import read_attributes, read_ragged, suffix_of, writer
from intertwine.physics.jets.libraries import library
from intertwine.physics.jets.ragged import RaggedJets
from intertwine.physics.jets.settings import CLASSES, JetSettings

# Raised whenever the same parameters would give other numbers.
ALGORITHM_VERSION = 1


def generate(
    path: str | Path,
    jets: int,
    settings: JetSettings | None = None,
    *,
    seed: int | Sequence[int] = 0,
    chunk: int = 250,
    workers: int | None = None,
    progress: bool = False,
) -> Path:
    """Make `jets` top jets and as many QCD jets, alternating in one file (.h5 or .parquet), and return its path.

    chunk: jets of one class that share a seed of Pythia and are made at one go. workers: processes (default: one a
    core; 1 runs here), without influence on the jets. While it runs, finished chunks lie in `<path>.parts`; after any
    interruption the same call goes on from them. Where the file is there already nothing is done. Read it with
    `read_jets`. progress: show a bar.

    Raises ConfigurationError for parameters out of range or a file made with other ones, DataError for damaged parts,
    MissingDependencyError without Pythia and FastJet.
    """
    path, settings = Path(path), settings or JetSettings.checked()
    words = seed_words(seed, workers, jets=jets, chunk=chunk)
    suffix_of(path)
    for name in ("pythia8mc", "fastjet"):
        library(name)
    identity = identity_of(jets, settings, words, chunk)
    lengths = [min(chunk, jets - first) for first in range(0, jets, chunk)]
    chunks = [Chunk(kind, number, length, words) for number, length in enumerate(lengths) for kind in CLASSES]
    generation = Generation(
        path, "jets", identity, chunks, partial(make_chunk, settings=settings),
        partial(_assemble, path, chunks, identity),
    )  # fmt: skip
    if not generation.is_there(lambda file: read_attributes(file)["identity"]):
        generation.run(workers, progress)
    return path


def identity_of(jets: int, settings: JetSettings, words: Sequence[int], chunk: int) -> dict[str, Any]:
    """Everything that the jets depend on."""
    return {
        "algorithm": ALGORITHM_VERSION,
        "versions": {name: version(name) for name in ("pythia8mc", "fastjet")},
        "seed": list(words),
        "jets": jets,
        "chunk": chunk,
        "settings": json.loads(settings.model_dump_json()),
    }


def make_chunk(folder: Path, chunk: Chunk, settings: JetSettings) -> int:
    """Make a chunk and write it whole or not at all; the number of its jets."""
    made, events = chunk.make(settings)
    temporary = folder / (chunk.name + ".unfinished")
    with writer(temporary, {"seed": chunk.seed, "events": events}) as sink:
        sink.append(made)
    temporary.replace(folder / chunk.name)
    return chunk.size


def _assemble(path: Path, chunks: Sequence[Chunk], identity: dict[str, Any], folder: Path) -> None:
    """All chunks into one file, which appears when it is whole; classes alternate jet by jet."""
    events = dict.fromkeys(CLASSES, 0)
    for chunk in chunks:
        try:
            events[chunk.kind] += int(read_attributes(folder / chunk.name)["events"])
        except DataError as error:
            fix = f"delete {chunk.name} and resume"
            raise DataError(
                "a part of an unfinished generation is damaged", received=error.received, fix=fix
            ) from error
    libraries = {name: version(name) for name in ("intertwine", "numpy", "h5py", "pythia8mc", "fastjet")}
    attributes = {
        "identity": json.dumps(identity),
        "seeds": json.dumps({chunk.name.removesuffix(".h5"): chunk.seed for chunk in chunks}),
        "events": json.dumps(events),
        "versions": json.dumps({"python": platform.python_version(), **libraries}),
    }
    temporary = path.with_name(path.name + ".unfinished")
    with writer(temporary, attributes) as sink:
        for number in sorted({chunk.number for chunk in chunks}):
            parts = [read_ragged(folder / chunk.name) for chunk in chunks if chunk.number == number]
            n = len(parts[0])
            sink.append(RaggedJets.join(parts).rows(np.arange(len(parts) * n).reshape(len(parts), n).T.reshape(-1)))
    temporary.replace(path)
