"""`sample`: configurations from several independent chains."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

from intertwine.errors import ConfigurationError
from intertwine.physics.flux import schedule as scheduling
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.ensemble import FluxEnsemble
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.schedule import Schedule
from intertwine.physics.flux.worm_kernels import L_ACCEPTED, L_STEPS, WORM_ACCEPTED, WORM_STEPS


def sample(
    shape: Sequence[int],
    eta: float,
    lam: float,
    mu: float,
    n_configs: int,
    *,
    chains: int = 2,
    seed: int | Sequence[int] = 0,
    open_worms: int = 0,
    start: FluxEnsemble | None = None,
    interval: int | None = None,
    workers: int | None = None,
) -> FluxEnsemble:
    """Configurations of the complex φ⁴ field with chemical potential, in its flux representation.

    shape: (N_t, N_1, …), any d ≥ 1; eta = 2d + m²; lam ≥ 0; mu in lattice units; n_configs: how many in all, shared
    among `chains` independent Markov chains. seed: an integer or several (study seed, trial number, …). The result depends on
    all of these and on nothing else: not on `workers`, the number of threads (default: as many as there are cores, at most
    one a chain). start: an ensemble on the same lattice, at any couplings, whose last configurations the chains start from
    (default: k = l = 0). interval: sweeps between configurations (default: twice the measured autocorrelation time).

    Raises ConfigurationError for parameters outside the theory, AccuracyError where the chains do not decorrelate.
    """
    model = Model(shape, eta, lam, mu)
    if n_configs < 1 or not 1 <= chains <= n_configs:
        raise ConfigurationError(
            "cannot share the configurations among the chains",
            received=f"n_configs={n_configs}, chains={chains}",
            expected="1 ≤ chains ≤ n_configs",
        )
    if open_worms:
        raise ConfigurationError("open worms are not available yet", received=open_worms, expected=0)
    words = tuple(int(word) for word in ((seed,) if isinstance(seed, int) else seed))
    streams = [np.random.SeedSequence(words, spawn_key=(index,)) for index in range(chains)]
    states = initial_chains(model, streams, start)
    threads = min(chains, workers if workers is not None else os.cpu_count() or 1)
    lengths = [n_configs // chains + (index < n_configs % chains) for index in range(chains)]
    with ExitStack() as stack:
        run = scheduling.mapper(stack.enter_context(ThreadPoolExecutor(threads)) if threads > 1 else None)
        plan = scheduling.measure_schedule(model, states, run)
        if interval is not None:
            plan = Schedule(plan.attempts, interval, plan.thermalisation, plan.tau_int)
        before = sum((chain.counts for chain in states), start=np.zeros(8, np.int64))
        wanted = {id(chain): length for chain, length in zip(states, lengths, strict=True)}
        results = run(
            lambda chain: chain.run(model, wanted[id(chain)], plan.interval, plan.attempts, keep_fields=True), states
        )
    counts = sum((chain.counts for chain in states), start=np.zeros(8, np.int64)) - before
    observables = np.concatenate([result[0] for result in results])
    k, l = (np.concatenate([r[i] for r in results]).reshape(-1, model.d, *model.shape) for i in (1, 2))  # noqa: E741
    return FluxEnsemble(
        shape=model.shape, eta=model.eta, lam=model.lam, mu=model.mu, open_worms=open_worms, k=k, l=l,
        n=observables[:, 0].copy(), phi2=observables[:, 1].copy(), phi4=observables[:, 2].copy(),
        contact=observables[:, 3].copy(), violations=divergence(k), chain_lengths=tuple(lengths), schedule=plan,
        acceptance={
            "worm": float(counts[WORM_ACCEPTED] / counts[WORM_STEPS]),
            "l": float(counts[L_ACCEPTED] / counts[L_STEPS]),
        },
        seed=words, final=tuple(states),
    )  # fmt: skip


def initial_chains(model: Model, streams: Sequence[np.random.SeedSequence], start: FluxEnsemble | None) -> list[Chain]:
    """Cold chains, or chains at the last configurations of `start` (reused in turn where it had fewer chains)."""
    if start is None:
        return [Chain.cold(model, stream) for stream in streams]
    if start.shape != model.shape:
        raise ConfigurationError("start= is on another lattice", received=start.shape, expected=model.shape)
    return [start.final[index % len(start.final)].continued(stream) for index, stream in enumerate(streams)]


def divergence(k: np.ndarray) -> np.ndarray:
    """[n, *shape] int8: Σ_ν (k_{x,ν} − k_{x−ν̂,ν}) of k [n, d, *shape]."""
    total = np.zeros((k.shape[0], *k.shape[2:]), dtype=np.int32)
    for axis in range(k.shape[1]):
        total += k[:, axis]
        total -= np.roll(k[:, axis], 1, axis=1 + axis)
    return total.astype(np.int8)
