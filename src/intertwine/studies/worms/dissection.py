"""Where a network looks: what every site contributes to the output before the global pooling."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from intertwine.studies.step import Step, StepContext, StepResult
from intertwine.studies.worms.configuration import TRANSFERABLE, WormsConfiguration
from intertwine.studies.worms.sampling import sample_step
from intertwine.studies.worms.training import load_fit, train_step

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from intertwine.models.lattice_cnn import LatticeCNN

    Array = np.ndarray[Any, Any]

DISSECT = "dissect"


def dissection_steps(configuration: WormsConfiguration) -> list[Step]:
    """One step, for an open configuration on the smallest lattice with little flux."""
    needs = (sample_step("test", configuration.extents[0], 1), *(train_step(family) for family in TRANSFERABLE))
    return [Step(DISSECT, dissect(configuration), needs=needs, seconds=2.0)]


def dissect(configuration: WormsConfiguration) -> Callable[[StepContext], StepResult]:
    """A step that stores ``k`` [2, N, N], ``violations`` [N, N], ``path`` [length, 2], and ``EQ``, ``ST`` maps."""

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        point = configuration.points.index((max(configuration.etas), min(configuration.mus)))
        features = context.results.arrays(sample_step("test", configuration.extents[0], 1))["features"][point]
        k = features[:, :2].astype(int)
        paths = [worm(field) for field in k]
        # the longest worm that goes straight through the lattice without becoming a tangle
        chosen = max(range(len(paths)), key=lambda index: (min(len(paths[index]), 6), -np.abs(k[index]).sum()))
        field = torch.from_numpy(features[chosen : chosen + 1].astype(np.float64))
        maps = {}
        for family in TRANSFERABLE:
            fit = load_fit(context.results, family, "finisher")
            model = fit.instance(int(fit.validation_loss.argmin()))
            maps[family] = contributions(model, field.to(fit.dtype))[0].numpy()
        return StepResult(
            {"length": len(paths[chosen]) - 1},
            {"k": k[chosen], "violations": divergence(k[chosen]), "path": paths[chosen], **maps},
        )

    return run


def contributions(model: LatticeCNN, field: Tensor) -> Tensor:
    """[batch, *sites]: gradient of the output with respect to the pooled features, times the features of each site.

    For a network whose sum or average is followed by one linear layer these add up to the output, up to a constant.
    """
    import torch

    shape = (-1, *([1] * (field.ndim - 2)))
    field = (field - model.input_shift.reshape(shape)) / model.input_scale.reshape(shape)
    with torch.enable_grad():
        features = model.body[:-1](field).detach().requires_grad_()
        output = model.head(model.body[-1](features)).sum()
        (slope,) = torch.autograd.grad(output, features)
    summed: Tensor = (slope * features.detach()).sum(1)
    return summed


def divergence(k: Array) -> Array:
    """Σ_ν (k_{x,ν} - k_{x-ν̂,ν}) of one configuration [d, *sites]."""
    import numpy as np

    return np.asarray(sum(k[axis] - np.roll(k[axis], 1, axis) for axis in range(len(k))))


def worm(k: Array) -> Array:
    """A shortest path along the flux from the source to the sink of an open worm: sites [length, d].

    Flux is conserved everywhere else, so that some of what starts at the source ends in the sink.
    """
    import numpy as np

    charge = divergence(k)
    start, end = (tuple(np.argwhere(charge == sign)[0].tolist()) for sign in (1, -1))
    before: dict[tuple[int, ...], tuple[int, ...]] = {start: start}
    front = [start]
    while front and end not in before:
        reached = []
        for site in front:
            for axis in range(len(k)):
                for step in (1, -1):
                    other = list(site)
                    other[axis] = (other[axis] + step) % k.shape[1 + axis]
                    flux = k[(axis, *site)] if step == 1 else -k[(axis, *other)]
                    if flux > 0 and tuple(other) not in before:
                        before[tuple(other)] = site
                        reached.append(tuple(other))
        front = reached
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    return np.array(path[::-1])
