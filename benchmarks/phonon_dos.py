"""Phonon densities of states beside the same network in e3nn: training speed and 10-fold cross-validation.

    benchmarks/quiet python benchmarks/phonon_dos.py [--folds 10] [--epochs 100] [--their-rate 0.01] [--steps-only]

Needs the `peers` extra (e3nn), the `atoms` extra, and the 103 crystals of the sample data (INTERTWINE_DATA). The
network is that of the study `phonon-dos` (Chen et al., arXiv:2009.05163): O(3) features to degree 1, 32 channels, three
convolutions, cut-off 5 Å. The peer side is the same function written with e3nn's modules (phonon_dos_peer_side.py),
compiled as e3nn does by default, with as many parameters. First, spectra and gradients are compared for equal weights.
Then steps take turns on the same batch. Ours makes radial weights once for each length that occurs in a crystal
(`GraphBatch.in_shells`, done when the graphs are built); "e3nn, shells" does so too, by hand. Then ours and e3nn are
trained on the same folds with the same batches, from random weights of their own, and tested on the same crystals: the
paired difference of the errors, with its standard error. e3nn keeps weights of size 1 and divides by the root of the
fan-in, ours have that size, and Adam's steps mean something else: each side has the learning rate that is good for it
(--our-rate, --their-rate). One thread; processor time (BENCH_CLOCK=wall: the clock). Required: training 3 times as
fast.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.models.spectrum_network import SpectrumNetwork
from intertwine.physics.crystals import read_phonon_json
from intertwine.studies.phonon_dos.configuration import STANDARD, PhononDosConfiguration
from intertwine.studies.phonon_dos.data import CrystalGraphs
from intertwine.studies.phonon_dos.networks import make_network
from intertwine.studies.phonon_dos.training import fit, split
from intertwine.studies.step import StepContext
from intertwine.studies.store import Store
from phonon_dos_peer_side import PeerSpectrum

REQUIRED = 3.0
CLOCK = time.perf_counter if os.environ.get("BENCH_CLOCK") == "wall" else time.process_time


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=STANDARD.folds, help="so many of the ten")
    parser.add_argument("--epochs", type=int, default=STANDARD.epochs)
    parser.add_argument("--our-rate", type=float, default=STANDARD.learning_rate)
    parser.add_argument("--their-rate", type=float, default=1e-2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps-only", action="store_true", help="no cross-validation")
    parser.add_argument("--out", type=Path, help="file for what each fold found, .json; folds in it are not done again")
    options = parser.parse_args()
    torch.set_num_threads(1)
    structures = list(read_phonon_json(Path(os.environ["INTERTWINE_DATA"]) / "phonon/phonondb103_dos51.json"))
    data = CrystalGraphs.of(structures, STANDARD.cutoff)
    dos = torch.from_numpy(np.stack([one.targets["dos"] for one in structures])).float()
    print(f"{len(data)} crystals, one thread, torch {torch.__version__}")
    ours = network(data, dos, 0)
    nets = {"ours": ours, "e3nn": PeerSpectrum(ours), "e3nn, shells": PeerSpectrum(ours, shells=True)}
    compare(nets, data, dos)
    ratios = [steps(nets, data, dos, batch, options.rounds) for batch in (1, 4, STANDARD.batch, 64)]
    good = ratios[2] >= REQUIRED
    if not options.steps_only:
        good = cross_validation(data, dos, options) >= REQUIRED
    print(f"required {REQUIRED:.0f}×: {'held' if good else 'missed'}")
    return 0 if good else 1


def network(data: CrystalGraphs, dos: Tensor, seed: int) -> SpectrumNetwork:
    choice = STANDARD.networks[STANDARD.reference]
    return make_network(STANDARD, choice, dos.shape[1], data.neighbours(range(len(data))), seed).spectrum


def compare(nets: dict[str, nn.Module], data: CrystalGraphs, dos: Tensor) -> None:
    """Parameters, spectra and the gradient of the loss for the embedding; exits where they differ."""
    counts = [sum(p.numel() for p in net.parameters()) for net in nets.values()]
    x, graph = data.batch(range(16))
    spectra, gradients = [], []
    for net in nets.values():
        spectra.append(net(x, graph))
        gradients += torch.autograd.grad((spectra[-1] - dos[:16]).square().mean(), [net.embedding.weight])
    errors = [
        max(float((found[0] - one).detach().norm() / one.detach().norm()) for one in found[1:])
        for found in (spectra, gradients)
    ]
    print(
        f"{counts[0]} parameters here, {counts[1]} there; spectra differ by {errors[0]:.1e}, gradients {errors[1]:.1e}"
    )
    if len(set(counts)) > 1 or max(errors) > 1e-3:
        sys.exit("the two sides are different functions")


def steps(nets: dict[str, nn.Module], data: CrystalGraphs, dos: Tensor, batch: int, rounds: int) -> float:
    """Time of a training step of each, taking turns on the same batch; e3nn's over ours."""
    x, graph = data.batch(range(batch))
    spent: dict[str, list[float]] = {name: [] for name in nets}
    optimisers = {name: torch.optim.AdamW(net.parameters(), fused=True, lr=1e-6) for name, net in nets.items()}
    for turn in range(rounds + 3):
        for name, net in nets.items():
            began = CLOCK()
            optimisers[name].zero_grad(set_to_none=True)
            (net(x, graph) - dos[:batch]).square().mean().backward()
            optimisers[name].step()
            if turn >= 3:
                spent[name].append(1e3 * (CLOCK() - began))
    ms = {name: median(times) for name, times in spent.items()}
    print(
        f"batch of {batch:2d} ({len(graph.senders):5d} edges): "
        + ", ".join(f"{name} {one:6.1f} ms ({one / ms['ours']:.2f}×)" for name, one in ms.items())
    )
    return ms["e3nn"] / ms["ours"]


def cross_validation(data: CrystalGraphs, dos: Tensor, options: argparse.Namespace) -> float:
    """Paired differences of test errors; the ratio of training times."""
    rates = {"ours": options.our_rate, "e3nn": options.their_rate}
    settings = {"rates": rates, "epochs": options.epochs, "seed": options.seed}
    done: dict[str, Any] = {"settings": settings, "folds": {}}
    if options.out and options.out.exists():
        done = json.loads(options.out.read_text())
        if done["settings"] != settings:
            sys.exit(f"{options.out} has folds of other settings: {done['settings']}")
    for fold in range(options.folds):
        if str(fold) not in done["folds"]:
            done["folds"][str(fold)] = one_fold(data, dos, options, rates, fold)
            if options.out:
                options.out.write_text(json.dumps(done))
        found = done["folds"][str(fold)]
        print(
            f"fold {fold}: "
            + ", ".join(
                f"{name} {np.mean(one['errors']):.4f} in {one['seconds']:.1f} s" for name, one in found.items()
            ),
            flush=True,
        )
    every = [done["folds"][str(fold)] for fold in range(options.folds)]
    mine, peer = (np.concatenate([one[name]["errors"] for one in every]) for name in rates)
    seconds = {name: sum(one[name]["seconds"] for one in every) for name in rates}
    difference = mine - peer
    spread = difference.std(ddof=1) / np.sqrt(len(difference))
    print(
        f"mean squared errors: ours {mine.mean():.4f}, e3nn {peer.mean():.4f} "
        f"(medians {np.median(mine):.4f}, {np.median(peer):.4f})"
    )
    print(f"ours − e3nn on the same {len(mine)} crystals: {difference.mean():+.4f} ± {spread:.4f}")
    ratio = seconds["e3nn"] / seconds["ours"]
    print(f"training: ours {seconds['ours']:.0f} s, e3nn {seconds['e3nn']:.0f} s: {ratio:.2f}×")
    return ratio


def one_fold(
    data: CrystalGraphs, dos: Tensor, options: argparse.Namespace, rates: dict[str, float], fold: int
) -> dict[str, Any]:
    """Errors of the test crystals and seconds of the training, of both sides; who goes first alternates."""
    chosen, test = split(len(data), STANDARD.folds, fold, 1.0, options.seed)
    found: dict[str, Any] = {}
    for name in list(rates) if fold % 2 == 0 else list(rates)[::-1]:
        c = STANDARD.model_copy(update={"epochs": options.epochs, "learning_rate": rates[name]})
        fresh = network(data, dos, 1000 * options.seed + 10 * fold + (name == "e3nn"))
        net = fresh if name == "ours" else PeerSpectrum(fresh)
        seconds = trained(c, net, data, dos, chosen, options.seed + fold)
        with torch.no_grad():
            errors = (net(*data.batch(test)) - dos[test]).square().mean(dim=1).tolist()
        found[name] = {"errors": errors, "seconds": seconds}
    return {name: found[name] for name in rates}


def trained(
    c: PhononDosConfiguration, net: nn.Module, data: CrystalGraphs, dos: Tensor, chosen: np.ndarray, seed: int
) -> float:
    """Train as the study does; seconds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        context = StepContext(folder, Store(folder), "cpu", None, lambda fraction: None)
        began = CLOCK()
        fit(c, net, data, dos, chosen, seed, context)
        return CLOCK() - began


if __name__ == "__main__":
    sys.exit(main())
