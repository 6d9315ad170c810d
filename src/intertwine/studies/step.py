"""A step of a study: a named piece of work whose result is stored once and never computed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from intertwine.studies.store import Store


@dataclass(frozen=True)
class StepResult:
    """What a step found: plain values (JSON) and arrays (npz). Files it wrote into its folder are kept beside them."""

    values: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class StepContext:
    """What a step may use.

    `folder` survives an interruption: what a step finds there it has written itself before it was stopped, and what it
    leaves there is kept with the result. `progress` takes the finished fraction in [0, 1]. `storage` is the database of
    the hyper-parameter searches (None: a journal file in the folder of the search).
    """

    folder: Path
    results: Store
    device: str
    storage: str | None
    progress: Callable[[float], None]


@dataclass(frozen=True)
class Step:
    """One step.

    name:
        A path of words such as ``train/EQ/1000``; also its folder below ``steps``.
    run:
        The work. It must depend on nothing but the configuration and the results named in `needs`.
    needs:
        Names of the steps whose results it reads.
    seconds:
        Expected time on one core of an ordinary machine; only the estimate and the order of work depend on it.
    """

    name: str
    run: Callable[[StepContext], StepResult]
    needs: tuple[str, ...] = ()
    seconds: float = 1.0
