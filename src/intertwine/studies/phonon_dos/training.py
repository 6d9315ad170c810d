"""The steps: every network on every fold, tested on crystals as they are given and on turned ones."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import TYPE_CHECKING

from intertwine.studies.phonon_dos.configuration import PhononDosConfiguration
from intertwine.studies.phonon_dos.crystals import CRYSTALS, expected_crystals, stored
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from intertwine.studies.phonon_dos.data import CrystalGraphs


def train_step(network: str, share: float, fold: int) -> str:
    """Name of a step."""
    return f"train/{network}/{share:g}/{fold}"


def folds_of(configuration: PhononDosConfiguration, share: float) -> range:
    """The folds that are trained with a share of the training crystals."""
    c = configuration
    return range(min(c.folds, c.trained_folds if share == 1 else min(c.curve_folds, c.trained_folds)))


def training_steps(configuration: PhononDosConfiguration, seed: int) -> list[Step]:
    """One for each network, share and fold."""
    c = configuration
    per_fold = expected_crystals(c) * (1 - 1 / c.folds)
    return [
        Step(
            train_step(name, share, fold), train(c, name, share, fold, seed), (CRYSTALS,),
            3 + 1.1 * c.epochs * share * per_fold / c.batch * choice.seconds_a_step,
        )
        for name, choice in c.networks.items()
        for share in c.shares
        for fold in folds_of(c, share)
    ]  # fmt: skip


def split(crystals: int, folds: int, fold: int, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of training and test crystals; folds are disjoint and cover all, smaller shares lie in larger ones."""
    import numpy as np

    parts = np.array_split(np.random.default_rng(seed_of(seed, "folds")).permutation(crystals), folds)
    rest = np.concatenate([part for index, part in enumerate(parts) if index != fold])
    rest = np.random.default_rng(seed_of(seed, "shares", fold)).permutation(rest)
    return rest[: max(1, round(share * len(rest)))], np.sort(parts[fold])


def train(
    configuration: PhononDosConfiguration, network: str, share: float, fold: int, seed: int
) -> Callable[[StepContext], StepResult]:
    """A step with arrays `test` (indices), `predicted` and `turned`, the spectra [test, bins] of both test sets.

    Values: numbers of parameters and of training crystals, mean squared error on these, processor seconds.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.studies.phonon_dos.data import CrystalGraphs
        from intertwine.studies.phonon_dos.networks import make_network
        from intertwine.studies.random_rotations import random_rotations

        c = configuration
        structures = stored(context.results)
        data = CrystalGraphs.of(structures, c.cutoff)
        dos = torch.from_numpy(np.stack([one.targets["dos"] for one in structures])).float()
        chosen, test = split(len(data), c.folds, fold, share, seed)
        net = make_network(
            c,
            c.networks[network],
            dos.shape[1],
            data.neighbours(chosen),
            seed_of(seed, "weights", network, share, fold),
        )
        began = process_time()
        # Batches are the same for every network.
        batches = seed_of(seed, "batches", share, fold)
        error = fit(c, net, data, dos, chosen, batches, context, c.networks[network].augmented)
        seconds = process_time() - began
        turns = torch.from_numpy(random_rotations(len(test), seed_of(seed, "turns", fold))).float()
        with torch.no_grad():
            found = [net(*data.batch(test, turn)).numpy() for turn in (None, turns)]
        parameters = sum(p.numel() for p in net.parameters())
        return StepResult(
            {"parameters": parameters, "crystals": len(chosen), "training_error": error, "seconds": seconds},
            {"test": test, "predicted": found[0], "turned": found[1]},
        )

    return run


def fit(
    c: PhononDosConfiguration, net: nn.Module, data: CrystalGraphs, dos: Tensor, chosen: NDArray[np.int64], seed: int,
    context: StepContext, augmented: bool = False,
) -> float:  # fmt: skip
    """Train on the chosen crystals; the mean squared error on them at the end.

    There are too few crystals to set some aside: the number of steps is fixed, and of the weights' running averages the
    one with the least error on the training crystals is kept, which is one of the last.
    """
    import torch

    from intertwine.studies.random_rotations import random_rotations
    from intertwine.training import FitSettings, fit_module

    turns = torch.from_numpy(random_rotations(2048, seed)).float() if augmented else None

    def loss(index: Tensor) -> Tensor:
        batch = chosen[index.numpy()]
        turn = None if turns is None else turns[torch.randint(len(turns), (len(batch),))]
        squared: Tensor = (net(*data.batch(batch, turn)) - dos[batch]).square().mean()
        return squared

    def validate() -> float:
        parts = [chosen[start : start + 64] for start in range(0, len(chosen), 64)]
        return sum(float((net(*data.batch(one)) - dos[one]).square().sum()) for one in parts) / dos[chosen].numel()

    steps = max(1, c.epochs * len(chosen) // c.batch)
    settings = FitSettings(
        steps=steps, batch_size=c.batch, learning_rate=c.learning_rate, weight_decay=c.weight_decay,
        warmup=min(20, steps // 2), betas=(0.9, 0.999), gradient_clip=1.0, evaluate_every=max(1, steps // 8),
    )  # fmt: skip
    checkpoint = context.folder / "fit.checkpoint"
    found = fit_module(
        net, loss, len(chosen), validate, settings, seed, averaging=c.averaging, checkpoint=checkpoint,
        on_progress=lambda state: context.progress(state.step / state.steps),
    )  # fmt: skip
    checkpoint.unlink(missing_ok=True)
    return float(found.validation_loss)
