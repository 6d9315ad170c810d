"""The pieces of a generation in progress: one small HDF5 file a chunk, each with the chains' state at its end.

A piece is written under another name and renamed when it is whole, so that at any moment, whatever interrupts the
program, the pieces that are there are good and the last one says exactly how to go on.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.schedule import Schedule
from intertwine.physics.flux.updates import ClosedUpdate, OpenUpdate, Update

STATE = ("k", "l", "rng", "ends", "counts")


@dataclass(frozen=True)
class Part:
    """One chunk of one ensemble: each chain's records, the schedule, acceptances so far, the chains' state after it."""

    observables: list[NDArray[np.float64]]
    k: list[NDArray[np.int16]]
    l: list[NDArray[np.int16]]  # noqa: E741
    schedule: Schedule
    counts: NDArray[np.int64]
    chains: list[Chain]


def write_part(path: Path, part: Part, identity: str) -> None:
    """Write a piece whole or not at all."""
    import h5py

    temporary = path.with_suffix(".unfinished")
    with h5py.File(temporary, "w") as file:
        file.attrs["identity"] = identity
        file.attrs["schedule"] = schedule_to_json(part.schedule)
        file["counts"] = part.counts
        for index in range(len(part.chains)):
            group = file.create_group(f"records/{index:05d}")
            group["observables"] = part.observables[index]
            for name, fields in (("k", part.k[index]), ("l", part.l[index])):
                group.create_dataset(
                    name, data=fields, chunks=True, compression="gzip", shuffle=True, compression_opts=1
                )
        write_chains(file.create_group("chains"), part.chains)
    with temporary.open("rb+") as handle:
        os.fsync(handle.fileno())
    temporary.replace(path)


def read_part(path: Path, identity: str) -> Part:
    """Read a piece; raises DataError if it is damaged or belongs to another generation."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            found = file.attrs["identity"]
            records = [file["records"][name] for name in sorted(file["records"])]
            part = Part(
                [group["observables"][()] for group in records],
                [group["k"][()] for group in records],
                [group["l"][()] for group in records],
                schedule_from_json(file.attrs["schedule"]),
                file["counts"][()],
                read_chains(file["chains"]),
            )
    except (OSError, KeyError) as error:
        raise DataError(
            "a piece of an unfinished generation is damaged",
            received=f"{path}: {error}",
            fix=f"delete {path.name} and resume",
        ) from error
    if found != identity:
        raise DataError(
            "an unfinished generation with other parameters is in the way",
            received=f"{path.parent}, made for {found}",
            expected=identity,
            fix="give another path, or delete that folder",
        )
    return part


def write_chains(group: Any, chains: Sequence[Chain]) -> None:
    """The whole state of each chain."""
    for index, chain in enumerate(chains):
        for name in STATE:
            group[f"{index:05d}/{name}"] = getattr(chain, name)


def read_chains(group: Any) -> list[Chain]:
    """What `write_chains` wrote."""
    return [Chain(**{name: group[index][name][()] for name in STATE}) for index in sorted(group)]


def schedule_to_json(schedule: Schedule) -> str:
    """Every digit of a schedule."""
    update: dict[str, Any] = (
        {"attempts": schedule.update.attempts}
        if isinstance(schedule.update, ClosedUpdate)
        else {"steps": schedule.update.steps, "sectors": schedule.update.sectors}
    )
    tau = None if math.isnan(schedule.tau_int) else schedule.tau_int
    return json.dumps(
        {"update": update, "interval": schedule.interval, "thermalisation": schedule.thermalisation, "tau_int": tau}
    )


def schedule_from_json(text: str) -> Schedule:
    """What `schedule_to_json` wrote."""
    values = json.loads(text)
    update: Update = (
        ClosedUpdate(values["update"]["attempts"])
        if "attempts" in values["update"]
        else OpenUpdate(values["update"]["steps"], tuple(values["update"]["sectors"]))
    )
    tau = math.nan if values["tau_int"] is None else values["tau_int"]
    return Schedule(update, values["interval"], values["thermalisation"], tau)
