"""What a fit of several instances of one architecture returns."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from intertwine.errors import DataError
from intertwine.models.lattice_cnn import LatticeCNN, LatticeCNNConfig

FORMAT = 1


@dataclass(frozen=True)
class FitResult:
    """Trained instances, stacked along a first axis, at their best step on validation.

    Attributes
    ----------
    config:
        The architecture, the same for all.
    parameters, buffers:
        name → tensor [n_instances, …], as in ``LatticeCNN.state_dict()``.
    train_loss, validation_loss:
        [n_instances] float64, mean over configurations and targets of the settings' loss: squared errors are in the
        targets' own units.
    seconds:
        Wall time spent, over all interruptions.
    best_step:
        [n_instances], the step the parameters come from.
    history:
        Column → list over evaluations: "step" (integers), "train" and "validation" (a list of n_instances losses each);
        after a Levenberg–Marquardt finish also "damping".
    """

    config: LatticeCNNConfig
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    train_loss: Tensor
    validation_loss: Tensor
    seconds: float
    best_step: list[int]
    history: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def n_instances(self) -> int:
        """How many instances were trained."""
        return len(self.best_step)

    @property
    def n_parameters(self) -> int:
        """Trainable parameters of one instance."""
        return sum(parameter[0].numel() for parameter in self.parameters.values())

    @property
    def dtype(self) -> torch.dtype:
        """Of the parameters."""
        return next(iter(self.parameters.values())).dtype

    def instance(self, index: int) -> LatticeCNN:
        """One instance as an ordinary module, in evaluation mode."""
        model = LatticeCNN(self.config, dtype=self.dtype)
        model.load_state_dict({name: value[index] for name, value in (self.parameters | self.buffers).items()})
        return model.eval()

    def to(self, dtype: torch.dtype) -> FitResult:
        """The same networks in another dtype."""
        return replace(
            self,
            parameters={name: value.to(dtype) for name, value in self.parameters.items()},
            buffers={name: value.to(dtype) for name, value in self.buffers.items()},
        )

    def save(self, path: Path) -> None:
        """Write to one file, atomically."""
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        content |= {"config": self.config.model_dump_json(), "format": FORMAT}
        write_atomically(content, path)

    @classmethod
    def load(cls, path: Path) -> FitResult:
        """Read what :meth:`save` wrote; raises DataError on anything else."""
        content = read_checked(path, FORMAT)
        return cls(**(content | {"config": LatticeCNNConfig.model_validate_json(content["config"])}))


def write_atomically(content: dict[str, Any], path: Path) -> None:
    """torch.save to a neighbouring file, then rename, so that an interruption never leaves half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    torch.save(content, partial)
    partial.replace(path)


def read_checked(path: Path, version: int) -> dict[str, Any]:
    """Weights-only read of what :func:`write_atomically` wrote; raises DataError if it is not of this version."""
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, EOFError, ValueError, LookupError, pickle.UnpicklingError) as error:
        raise DataError("Cannot read the file", received=str(path), expected="a file written by intertwine") from error
    if not isinstance(content, dict) or content.get("format") != version:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise DataError(f"{path} has another format", received=found, expected=version, fix="delete it and train again")
    return {name: value for name, value in content.items() if name != "format"}
