"""`generate`: a set of ensembles, streamed to disk in chunks, resumed where it was interrupted."""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from intertwine.errors import ConfigurationError
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.ensemble_file import FORMAT, FORMAT_VERSION, EnsembleFile, parts_folder
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.part_file import Part, read_part, schedule_to_json, write_chains, write_part
from intertwine.physics.flux.points import FluxPoint
from intertwine.physics.flux.sampling import (
    acceptance,
    collect,
    initial_chains,
    schedule_for,
    seed_words,
    share,
    threads,
)
from intertwine.physics.flux.schedule import Mapper, Schedule, total_counts

# Raised whenever the same parameters would give other numbers.
ALGORITHM_VERSION = 2


def generate(
    path: str | Path,
    points: Sequence[FluxPoint],
    *,
    chains: int = 2,
    seed: int | Sequence[int] = 0,
    chunk: int = 1000,
    workers: int | None = None,
    progress: bool = False,
) -> Path:
    """Sample every point's ensemble into one HDF5 file (see `EnsembleFile`), and return its path.

    A point on the same lattice as the one before starts from that one's last configurations, so list neighbouring μ in
    turn. chunk: configurations held in memory at a time. While it runs, pieces lie in `<path>.parts`; after any
    interruption the same call goes on from the last whole piece and ends with the same file, bit for bit. Where the
    file is there already nothing is done. workers: threads, without influence on the result. progress: show a bar.

    Raises ConfigurationError for parameters out of range or a file made with other ones, DataError for damaged pieces.
    """
    path, points = Path(path), list(points)
    if not points or chunk < chains or any(point.n_configs < chains for point in points):
        raise ConfigurationError(
            "nothing to share among the chains",
            received=f"{len(points)} points, chains={chains}, chunk={chunk}",
            expected="at least one point, and at least one configuration a chain in each chunk and point",
        )
    words = seed_words(seed)
    identity = identity_json(points, chains, words, chunk)
    if path.exists():
        found = EnsembleFile(path).identity
        if found != json.loads(identity):
            raise ConfigurationError(
                "the file holds ensembles made with other parameters",
                received=found,
                expected=identity,
                fix="give another path",
            )
        return path
    pieces = parts_folder(path)
    pieces.mkdir(parents=True, exist_ok=True)
    with threads(chains, workers) as run, _bar(progress, sum(point.n_configs for point in points)) as advance:
        before: Part | None = None
        for index, point in enumerate(points):
            follows = before is not None and point.follows(points[index - 1])
            start = before.chains if before is not None and follows else None
            before = _point(pieces, index, point, start, chains, words, chunk, identity, run, advance)
    _assemble(path, pieces, points, chains, words, chunk, identity)
    shutil.rmtree(pieces)
    return path


def identity_json(points: Sequence[FluxPoint], chains: int, words: Sequence[int], chunk: int) -> str:
    """Everything that the numbers depend on."""
    return json.dumps(
        {
            "algorithm": ALGORITHM_VERSION,
            "intertwine": version("intertwine"),
            "seed": list(words),
            "chains": chains,
            "chunk": chunk,
            "points": [point.model_dump(mode="json") for point in points],
        }
    )


def _rounds(point: FluxPoint, chains: int, chunk: int) -> list[list[int]]:
    """Configurations of each chain in each chunk."""
    left, rounds = share(point.n_configs, chains), []
    while any(left):
        rounds.append([min(chunk // chains, remaining) for remaining in left])
        left = [remaining - taken for remaining, taken in zip(left, rounds[-1], strict=True)]
    return rounds


def _piece(pieces: Path, index: int, number: int) -> Path:
    return pieces / f"point-{index:05d}-chunk-{number:05d}.h5"


def _point(
    pieces: Path,
    index: int,
    point: FluxPoint,
    start: Sequence[Chain] | None,
    chains: int,
    words: tuple[int, ...],
    chunk: int,
    identity: str,
    run: Mapper,
    advance: Any,
) -> Part:
    """Sample what is missing of one point; the last piece, which is all that the next point needs."""
    model = Model(point.shape, point.eta, point.lam, point.mu)
    part: Part | None = None
    rounds = _rounds(point, chains, chunk)
    for number, lengths in enumerate(rounds):
        file = _piece(pieces, index, number)
        if file.exists():
            if number == len(rounds) - 1 or not _piece(pieces, index, number + 1).exists():
                part = read_part(file, identity)
        else:
            if part is None:
                states = initial_chains(model, (*words, index), chains, point.open_worms, start)
                schedule = schedule_for(model, states, point.open_worms, run)
                counts = np.zeros(8, dtype=np.int64)
            else:
                states, schedule, counts = part.chains, part.schedule, part.counts
            part = _next_part(model, states, schedule, counts, lengths, run)
            write_part(file, part, identity)
        advance(sum(lengths), f"{'×'.join(map(str, point.shape))} μ = {point.mu:g}")
    if part is None:
        raise ConfigurationError("a point without configurations", received=point)
    return part


def _next_part(
    model: Model, states: list[Chain], schedule: Schedule, counts: Any, lengths: Sequence[int], run: Mapper
) -> Part:
    before = total_counts(states)
    records = collect(model, states, schedule, lengths, run)
    return Part(
        [one.observables for one in records],
        [one.k for one in records],
        [one.l for one in records],
        schedule,
        counts + total_counts(states) - before,
        states,
    )


def _assemble(
    path: Path,
    pieces: Path,
    points: Sequence[FluxPoint],
    chains: int,
    words: tuple[int, ...],
    chunk: int,
    identity: str,
) -> None:
    """All pieces into one file, which appears when it is whole; chain after chain within a point."""
    import h5py

    temporary = path.with_name(path.name + ".unfinished")
    with h5py.File(temporary, "w") as file:
        file.attrs["format"], file.attrs["format_version"] = FORMAT, FORMAT_VERSION
        file.attrs["identity"] = identity
        libraries = {name: version(name) for name in ("intertwine", "numpy", "numba", "h5py")}
        file.attrs["versions"] = json.dumps({"python": platform.python_version(), **libraries})
        for index, point in enumerate(points):
            group = file.create_group(f"points/{index:05d}")
            fields = (point.n_configs, len(point.shape), *point.shape)
            block = (max(1, min(point.n_configs, 2**18 // math.prod(fields[1:]))), *fields[1:])
            for name in ("k", "l"):
                group.create_dataset(
                    name, fields, "int16", chunks=block, compression="gzip", shuffle=True, compression_opts=1
                )
            group.create_dataset("observables", (point.n_configs, 4), "float64")
            lengths = share(point.n_configs, chains)
            offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            for number in range(len(_rounds(point, chains, chunk))):
                part = read_part(_piece(pieces, index, number), identity)
                for chain in range(chains):
                    rows = len(part.observables[chain])
                    span = slice(int(offsets[chain]), int(offsets[chain]) + rows)
                    group["observables"][span] = part.observables[chain]
                    group["k"][span] = part.k[chain].reshape(rows, *fields[1:])
                    group["l"][span] = part.l[chain].reshape(rows, *fields[1:])
                    offsets[chain] += rows
            for name, value in point.model_dump(exclude={"n_configs"}).items():
                group.attrs[name] = value
            group.attrs["seed"] = (*words, index)
            group.attrs["chain_lengths"] = lengths
            group.attrs["schedule"] = schedule_to_json(part.schedule)
            group.attrs["acceptance"] = json.dumps(acceptance(part.counts))
            write_chains(group.create_group("final"), part.chains)
    with temporary.open("rb+") as handle:
        os.fsync(handle.fileno())
    temporary.replace(path)


@contextmanager
def _bar(shown: bool, total: int) -> Iterator[Any]:
    """advance(configurations, what): a progress bar, or nothing."""
    if not shown:
        yield lambda count, what: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("flux configurations", total=total)
        yield lambda count, what: progress.update(task, advance=count, description=what)
