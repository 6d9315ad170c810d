"""Propagators applied over and over: how far energy, momentum and angular momentum drift."""

from __future__ import annotations

from collections.abc import Callable

from intertwine.studies.n_body.configuration import NBodyConfiguration, NetworkChoice
from intertwine.studies.n_body.training import TIME_STEP, propagator_step
from intertwine.studies.seeds import seed_of
from intertwine.studies.step import Step, StepContext, StepResult

QUANTITIES = ("energy", "momentum", "angular_momentum")


def rollout_step(name: str) -> str:
    """Name of the step that rolls a propagator out."""
    return propagator_step(name).replace("propagate/", "rollout/")


def rollout_steps(configuration: NBodyConfiguration, seed: int) -> list[Step]:
    """One step a propagator; all start from the same states."""
    c = configuration
    return [
        Step(
            rollout_step(name), _roll(c, name, choice, seed_of(seed, "rollout")), (propagator_step(name),),
            5 + c.rolled / c.stride * 0.05,
        )
        for name, choice in c.propagators.items()
    ]  # fmt: skip


def _roll(c: NBodyConfiguration, name: str, choice: NetworkChoice, seed: int) -> Callable[[StepContext], StepResult]:
    """A step with, at every stride, |change| of each quantity (arrays [strides + 1, trajectories]) and the error.

    The same of the simulator itself, under ``true_…``: its own integrator has a drift. A propagator that leaves all
    reason (beyond 10^6) gives infinity from there on.
    """

    def run(context: StepContext) -> StepResult:
        import numpy as np
        import torch

        from intertwine.physics.nbody import ChargedSystem, evolve, generate, invariants
        from intertwine.studies.n_body.build import build

        system = ChargedSystem()
        start = generate(system, c.n_rolled, 1, c.burn_in, seed)
        scale = tuple(context.results.values(propagator_step(name))["scale"])
        net = build(choice, system.bodies, 2, TIME_STEP * c.stride, scale, 0)
        net.load_state_dict(torch.load(context.results.path(propagator_step(name)) / "network.pt", weights_only=True))
        net.eval()
        frames = c.rolled // c.stride
        true = evolve(system, start.positions[:, 0], start.velocities[:, 0], start.charges, frames, c.stride)
        x, v, q = (torch.from_numpy(a).float() for a in (start.positions[:, 0], start.velocities[:, 0], start.charges))
        states = [torch.stack([x, v], dim=2)]
        with torch.no_grad():
            for frame in range(frames):
                states.append(net(states[-1][:, :, 0], states[-1][:, :, 1], q).clamp(-1e6, 1e6).nan_to_num(1e6))
                context.progress((frame + 1) / frames)
        rolled = torch.stack(states).double().numpy()
        sound = (np.abs(rolled) < 1e6).all(axis=(2, 3, 4))
        found = {"error": np.sqrt(((rolled[1:, :, :, 0] - true.positions.swapaxes(0, 1)) ** 2).mean((2, 3)))}
        truth = np.concatenate([start.positions, true.positions], axis=1).swapaxes(0, 1)
        speeds = np.concatenate([start.velocities, true.velocities], axis=1).swapaxes(0, 1)
        for kind, (positions, velocities) in {
            "": (rolled[:, :, :, 0], rolled[:, :, :, 1]), "true_": (truth, speeds),
        }.items():  # fmt: skip
            values = invariants(system, positions, velocities, start.charges)
            for quantity, value in zip(QUANTITIES, values, strict=True):
                change = value - value[0]
                size = np.abs(change) if change.ndim == 2 else np.linalg.norm(change, axis=-1)
                found[kind + quantity] = size if kind else np.where(sound, size, np.inf)
        last = {quantity: float(np.median(found[quantity][-1])) for quantity in QUANTITIES}
        return StepResult({"median_drift": last}, found)

    return run
