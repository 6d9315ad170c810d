"""`sample`: configurations from several independent chains."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.ensemble import FluxEnsemble
from intertwine.physics.flux.local_kernels import L_ACCEPTED, L_STEPS, WORM_ACCEPTED, WORM_STEPS
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.schedule import (
    Mapper,
    Schedule,
    fixed_schedule,
    measure_schedule,
    threads_or_here,
    total_counts,
)
from intertwine.physics.flux.tables import divergence
from intertwine.physics.flux.updates import ClosedUpdate, OpenUpdate, Records, Update


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
    thermalisation: int | None = None,
    interval: int | None = None,
    workers: int | None = None,
) -> FluxEnsemble:
    """Configurations of the complex φ⁴ field with chemical potential, in its flux representation.

    shape: (N_t, N_1, …), any d ≥ 1; eta = 2d + m²; lam ≥ 0; mu in lattice units; n_configs: how many in all, shared
    among `chains` independent Markov chains; seed: an integer or several (study seed, trial number, …). The result
    depends on all of these, bit for bit, and not on `workers`, the number of threads (default: one a core, at most
    one a chain).

    open_worms = m leaves m worms open. Configurations then have the worm's own stationary weight
    Π 1/[(|k|+l)! l!] · e^{μ Σ k_t} · Π W(f), where f is odd at an endpoint, among all (k, l) whose divergence is +1 at
    exactly m sites, −1 at m others and zero elsewhere; see docs/physics/flux.md.

    start: an ensemble on the same lattice, at any couplings, from whose last configurations the chains start (default:
    k = l = 0). thermalisation, interval: sweeps before the first configuration and from one to the next; by default
    both follow from the measured autocorrelation time τ_int: the chains run until τ_int is known and then some, and the
    interval is ⌈2 τ_int⌉. Given both, nothing is measured.

    Raises ConfigurationError for parameters outside the theory, AccuracyError where the chains do not decorrelate.
    Sources: Gattringer & Kloiber (arXiv:1206.2954), Prokof'ev & Svistunov (cond-mat/0103146).
    """
    model = Model(shape, eta, lam, mu)
    if n_configs < 1 or not 1 <= chains <= n_configs:
        raise ConfigurationError(
            "cannot share the configurations among the chains",
            received=f"n_configs={n_configs}, chains={chains}",
            expected="1 ≤ chains ≤ n_configs",
        )
    words = seed_words(seed)
    begin = None if start is None else _last_configurations(start, model, open_worms)
    states = initial_chains(model, words, chains, open_worms, begin)
    lengths = share(n_configs, chains)
    with threads(chains, workers) as run:
        plan = schedule_for(model, states, open_worms, run, thermalisation, interval)
        before = total_counts(states)
        results = collect(model, states, plan, lengths, run)
    return assemble(model, plan, states, results, words, total_counts(states) - before)


def seed_words(seed: int | Sequence[int]) -> tuple[int, ...]:
    """A seed as a tuple of non-negative integers; raises ConfigurationError for anything else."""
    words = tuple(int(word) for word in ((seed,) if isinstance(seed, int | np.integer) else seed))
    if not words or min(words) < 0:
        raise ConfigurationError("not a seed", received=seed, expected="an integer ≥ 0 or several")
    return words


def initial_chains(
    model: Model, words: tuple[int, ...], chains: int, open_worms: int, start: Sequence[Chain] | None
) -> list[Chain]:
    """Cold chains, or chains at the configurations of `start` (reused in turn where there are fewer)."""
    if open_worms < 0 or 2 * open_worms > model.sites:
        raise ConfigurationError(
            "no room for so many pairs of distinct endpoints",
            received=f"open_worms={open_worms} on {model.sites} sites",
            expected=f"0 ≤ open_worms ≤ {model.sites // 2}",
        )
    streams = [np.random.SeedSequence(words, spawn_key=(index,)) for index in range(chains)]
    if start is None:
        return [Chain.cold(model, stream, open_worms) for stream in streams]
    return [start[index % len(start)].continued(stream, open_worms) for index, stream in enumerate(streams)]


def _last_configurations(start: FluxEnsemble, model: Model, open_worms: int) -> tuple[Chain, ...]:
    if start.shape != model.shape or start.open_worms not in (0, open_worms):
        raise ConfigurationError(
            "the chains cannot start from this ensemble",
            received=f"start= with shape {start.shape}, open_worms={start.open_worms}",
            expected=f"shape {model.shape}, open_worms 0" + (f" or {open_worms}" if open_worms else ""),
        )
    return start.final


def schedule_for(
    model: Model,
    chains: Sequence[Chain],
    open_worms: int,
    run: Mapper,
    thermalisation: int | None = None,
    interval: int | None = None,
) -> Schedule:
    """The schedule, measured where it is not given; the chains are thermalised afterwards."""
    first: Update = OpenUpdate.first(model, open_worms) if open_worms else ClosedUpdate(1)
    if (thermalisation is not None and thermalisation < 0) or (interval is not None and interval < 1):
        raise ConfigurationError(
            "not a schedule",
            received=f"thermalisation={thermalisation}, interval={interval}",
            expected="thermalisation ≥ 0, interval ≥ 1",
        )
    if thermalisation is not None and interval is not None:
        return fixed_schedule(model, chains, first, run, thermalisation, interval)
    plan = measure_schedule(model, chains, first, run)
    if thermalisation is not None and thermalisation > plan.thermalisation:
        extra = thermalisation - plan.thermalisation
        run(lambda chain: plan.update.run(chain, model, 1, extra, keep_fields=False), chains)
        plan = Schedule(plan.update, plan.interval, thermalisation, plan.tau_int)
    return Schedule(plan.update, interval or plan.interval, plan.thermalisation, plan.tau_int)


def collect(
    model: Model, chains: Sequence[Chain], plan: Schedule, lengths: Sequence[int], run: Mapper
) -> list[Records]:
    """The next `lengths[i]` configurations of each chain."""
    wanted = {id(chain): length for chain, length in zip(chains, lengths, strict=True)}
    return run(lambda chain: plan.update.run(chain, model, wanted[id(chain)], plan.interval, keep_fields=True), chains)


def assemble(
    model: Model,
    plan: Schedule,
    chains: Sequence[Chain],
    results: Sequence[Records],
    words: tuple[int, ...],
    counts: NDArray[np.int64],
) -> FluxEnsemble:
    """One ensemble out of the chains' records."""
    observables = np.concatenate([records.observables for records in results])
    shape = (-1, model.d, *model.shape)
    k = np.concatenate([records.k for records in results]).reshape(shape)
    return FluxEnsemble(
        shape=model.shape,
        eta=model.eta,
        lam=model.lam,
        mu=model.mu,
        open_worms=chains[0].ends.size // 2,
        k=k,
        l=np.concatenate([records.l for records in results]).reshape(shape),
        n=observables[:, 0].copy(),
        phi2=observables[:, 1].copy(),
        phi4=observables[:, 2].copy(),
        contact=observables[:, 3].copy(),
        violations=divergence(k),
        chain_lengths=tuple(len(records.observables) for records in results),
        schedule=plan,
        acceptance=acceptance(counts),
        seed=words,
        final=tuple(chains),
    )


def acceptance(counts: NDArray[np.int64]) -> dict[str, float]:
    """Accepted fractions of the proposals for k ("worm") and l."""
    return {
        "worm": float(counts[WORM_ACCEPTED] / counts[WORM_STEPS]),
        "l": float(counts[L_ACCEPTED] / counts[L_STEPS]),
    }


def share(n_configs: int, chains: int) -> list[int]:
    """As even a split as there is, the first chains taking one more."""
    return [n_configs // chains + (index < n_configs % chains) for index in range(chains)]


@contextmanager
def threads(chains: int, workers: int | None) -> Iterator[Mapper]:
    """A `map` over chains on min(chains, workers) threads; one a core by default."""
    if workers is not None and workers < 1:
        raise ConfigurationError("not a number of threads", received=f"workers={workers}", expected="workers ≥ 1")
    count = min(chains, workers if workers is not None else os.cpu_count() or 1)
    if count == 1:
        yield threads_or_here(None)
        return
    with ThreadPoolExecutor(count) as executor:
        yield threads_or_here(executor)
