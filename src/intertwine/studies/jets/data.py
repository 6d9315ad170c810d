"""The jets of a study: generated chunk by chunk and kept in the cache, where every study of jets finds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from intertwine.studies.jets.configuration import JetsConfiguration
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import torch

    from intertwine.physics.jets.ragged import RaggedJets
    from intertwine.studies.store import Store

SECONDS_A_JET = 0.04
"""Of one core, for Pythia and FastJet."""


def data_step(number: int) -> str:
    """Name of the step with this chunk of jets."""
    return f"jets/{number:04d}"


def data_steps(configuration: JetsConfiguration) -> list[Step]:
    """One step a chunk."""
    expected = 0.1 if configuration.file else 2 * configuration.chunk * SECONDS_A_JET
    return [
        Step(data_step(number), make_jets(configuration, number), seconds=expected)
        for number in range(configuration.n_chunks)
    ]


def every_data_step(configuration: JetsConfiguration) -> tuple[str, ...]:
    """What each training needs."""
    return tuple(data_step(number) for number in range(configuration.n_chunks))


def make_jets(configuration: JetsConfiguration, number: int) -> Callable[[StepContext], StepResult]:
    """A step whose arrays are the momenta, labels and truth of a chunk of jets, classes alternating."""

    def run(context: StepContext) -> StepResult:
        if configuration.file is not None:
            from intertwine.errors import DataError
            from intertwine.physics.jets.jet_file import read_ragged

            first = 2 * configuration.chunk * number
            ragged = read_ragged(configuration.file, first, first + 2 * configuration.chunk)
            wanted = min(2 * configuration.chunk, configuration.n_jets - first)
            if len(ragged) < wanted:
                received = f"{first + len(ragged)} jets in {configuration.file}"
                raise DataError("too few jets for the study", received=received, expected=configuration.n_jets)
        else:
            ragged = _generated(configuration, number, context.folder)
        jets = ragged.padded(configuration.particles)
        labels = jets.labels
        arrays = {"momenta": jets.momenta, "mask": jets.mask, "weights": jets.weights}
        arrays |= {name: jets.targets[name] for name in ("w", "top", "jet")}
        if labels is not None:
            arrays["labels"] = labels
        return StepResult(arrays=arrays)

    return run


def _generated(configuration: JetsConfiguration, number: int, folder: Path) -> RaggedJets:
    import hashlib

    import numpy as np

    from intertwine.cache.folder import namespace_folder
    from intertwine.physics.jets.chunk import Chunk
    from intertwine.physics.jets.generation import identity_of, make_chunk
    from intertwine.physics.jets.jet_file import read_ragged
    from intertwine.physics.jets.ragged import RaggedJets
    from intertwine.physics.jets.settings import CLASSES, JetSettings

    settings = JetSettings.checked(towers=configuration.towers, minimal_pt=configuration.minimal_pt)
    words = (configuration.data_seed,)
    identity = json.dumps(identity_of(0, settings, words, configuration.chunk), sort_keys=True)
    shared = namespace_folder("jets")
    place = (shared or folder) / hashlib.sha256(identity.encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    parts = []
    for kind in CLASSES:
        chunk = Chunk(kind, number, configuration.chunk, words)
        if not (place / chunk.name).exists():
            make_chunk(place, chunk, settings)
        parts.append(read_ragged(place / chunk.name))
    n = configuration.chunk
    return RaggedJets.join(parts).rows(np.arange(2 * n).reshape(2, n).T.reshape(-1))


@dataclass(frozen=True)
class JetTensors:
    """Jets as networks read them; labels 1 for tops."""

    momenta: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor
    w: torch.Tensor
    jet: torch.Tensor

    def __len__(self) -> int:
        return len(self.momenta)

    def __getitem__(self, index: slice | torch.Tensor) -> JetTensors:
        return JetTensors(*(array[index] for array in (self.momenta, self.mask, self.labels, self.w, self.jet)))

    @property
    def tops(self) -> JetTensors:
        """The top jets alone."""
        return self[self.labels == 1]


def load_jets(configuration: JetsConfiguration, results: Store) -> tuple[JetTensors, JetTensors, JetTensors]:
    """Training, validation and test jets."""
    import numpy as np
    import torch

    chunks = [results.arrays(data_step(number)) for number in range(configuration.n_chunks)]
    columns = [
        torch.from_numpy(np.concatenate([chunk[name] for chunk in chunks])[: configuration.n_jets])
        for name in ("momenta", "mask", "labels", "w", "jet")
    ]
    everything = JetTensors(*columns)
    first, second = configuration.n_training, configuration.n_training + configuration.n_validation
    return everything[:first], everything[first:second], everything[second:]
