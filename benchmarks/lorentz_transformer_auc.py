"""The Lorentz transformer beside L-GATr slim: the same jets in the same order, the same budget, AUC over test jets.

    benchmarks/quiet python benchmarks/lorentz_transformer_auc.py --file top-qcd-10k.h5 [--full]

Needs the `peers` extra (lgatr) and `jets`; the file is one of `intertwine generate jets`. Both networks have the same
number of parameters (± 10 %), read the jet in its rest frame in single precision, momenta over their mean energy there
and the three invariants of a particle as scalars; pooling is a mean, the head the same. Trained alike: binary cross
entropy, AdamW with warm-up and cosine decay, gradients clipped at 1; each of the learning rates, the one with the best
validation loss counts. Errors and the difference are from a paired bootstrap over test jets. `--full` adds L-GATr
itself, 4 blocks, with 0.5 M parameters, and ours of that size. Processor time of a training step is printed.
"""

from __future__ import annotations

import argparse
import copy
import math
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from intertwine.evaluation.resampling import bootstrap, paired_bootstrap
from intertwine.evaluation.roc_curve import roc
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.jet_tokens import tokens
from intertwine.models.lorentz_transformer import LorentzTransformer, LorentzTransformerConfig
from intertwine.physics.jets.jet_file import read_jets

try:
    from lgatr import LGATr, LGATrSlim, MLPConfig, SelfAttentionConfig
    from lgatr.interface import embed_vector
except ModuleNotFoundError:
    sys.exit("this benchmark measures lgatr beside us: pip install intertwine[peers]")

SLIM = LorentzTransformerConfig(scalars=34, vectors=16, two_forms=0, heads=4, widening=2, pair_width=0)


class Sample(NamedTuple):
    p: Tensor  # [jets, particles, 4], float64
    mask: Tensor  # [jets, particles]
    labels: Tensor  # [jets]

    def take(self, index: Tensor | slice) -> Sample:
        return Sample(self.p[index], self.mask[index], self.labels[index])


class Peer(JetNetwork):
    """A network of lgatr on our tokens: vectors [batch, n, 2, 4] and scalars [batch, n, 3] → scalars; mean; head."""

    def __init__(self, net: nn.Module, call: Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor], width: int) -> None:
        super().__init__(JetNetworkConfig())
        self.net, self.call = net, call
        self.head = nn.Sequential(nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))

    def read(self, jets: Jets) -> Tensor:
        invariants, vectors = tokens(jets, self._dtype).split([3, 8], dim=-1)
        vectors = vectors.unflatten(-1, (4, 2)).transpose(-1, -2)  # p and P
        weight = jets.mask.unsqueeze(-1).to(self._dtype)
        found = self.call(self.net, vectors, invariants, jets.mask[:, None, None, :]) * weight
        return self.head(found.sum(1) / weight.sum(1).clamp(min=1))


def slim_peer() -> Peer:
    net = LGATrSlim(
        num_blocks=4, in_v_channels=2, out_v_channels=0, hidden_v_channels=16, in_s_channels=3, out_s_channels=32,
        hidden_s_channels=32, num_heads=4,
    )  # fmt: skip
    return Peer(net, lambda net, v, s, mask: net(v, s, attn_mask=mask)[1], 32)


def full_peer() -> Peer:
    net = LGATr(
        num_blocks=4, in_mv_channels=2, out_mv_channels=1, hidden_mv_channels=16, in_s_channels=3, out_s_channels=32,
        hidden_s_channels=32, attention=SelfAttentionConfig(num_heads=8), mlp=MLPConfig(),
    )  # fmt: skip
    return Peer(net, lambda net, v, s, mask: net(embed_vector(v), scalars=s, attn_mask=mask)[1], 32)


PAIRS: dict[str, tuple[Callable[[], JetNetwork], Callable[[], JetNetwork]]] = {
    "slim": (lambda: LorentzTransformer(SLIM), slim_peer),
    "full": (lambda: LorentzTransformer(LorentzTransformerConfig()), full_peer),
}


def read(path: str, particles: int, parts: list[int], seed: int) -> list[Sample]:
    """Jets in one random order, cut into parts; hardest constituents only."""
    jets = read_jets(path, particles=particles)
    labels = torch.as_tensor(np.asarray(jets.labels), dtype=torch.float32)
    whole = Sample(torch.as_tensor(jets.momenta), torch.as_tensor(jets.mask), labels)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(labels)))
    if sum(parts) > len(order):
        sys.exit(f"{path} holds {len(order)} jets, {sum(parts)} are asked for")
    edges = np.cumsum([0, *parts]).tolist()
    return [whole.take(order[a:b]) for a, b in pairwise(edges)]


def scores(net: JetNetwork, sample: Sample) -> Tensor:
    net.eval()
    with torch.no_grad():
        parts = [net(*sample.take(slice(i, i + 200))[:2]) for i in range(0, len(sample.labels), 200)]
    return torch.cat(parts)


def train(
    net: JetNetwork, training: Sample, held: Sample, steps: int, batch: int, rate: float, seed: int
) -> tuple[float, JetNetwork, float]:
    """(best loss on the validation jets, the network with those weights, processor milliseconds a step)."""
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-2)
    warm = max(1, steps // 20)

    def factor(step: int) -> float:
        return min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * step / steps)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
    best, kept, spent = math.inf, copy.deepcopy(net.state_dict()), 0.0
    order = torch.empty(0, dtype=torch.long)
    for step in range(steps):
        if len(order) < batch:
            order = torch.randperm(len(training.labels), generator=generator)
        index, order = order[:batch], order[batch:]
        jets = training.take(index)
        net.train()
        start = time.process_time()
        optimiser.zero_grad()
        loss = binary_cross_entropy_with_logits(net(jets.p, jets.mask), jets.labels)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        spent += time.process_time() - start
        schedule.step()
        if (step + 1) % max(1, steps // 6) == 0 or step + 1 == steps:
            value = float(binary_cross_entropy_with_logits(scores(net, held), held.labels))
            print(f"    {step + 1:5d}  loss {loss.item():.3f}  validation {value:.4f}", flush=True)
            if value < best:
                best, kept = value, copy.deepcopy(net.state_dict())
    net.load_state_dict(kept)
    return best, net, spent / steps * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", required=True)
    parser.add_argument("--training", type=int, default=4000)
    parser.add_argument("--validation", type=int, default=1000)
    parser.add_argument("--test", type=int, default=4000)
    parser.add_argument("--particles", type=int, default=50)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rates", type=float, nargs="*", default=[1e-3, 3e-3])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keeps the scores of finished trainings, for a run that goes on")
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sizes = [arguments.training, arguments.validation, arguments.test]
    training, held, test = read(arguments.file, arguments.particles, sizes, arguments.seed)
    print(f"{sizes} jets, {arguments.steps} steps of {arguments.batch}, learning rates {arguments.rates}")
    for size in ["slim", "full"] if arguments.full else ["slim"]:
        found = {}
        for name, make in zip((f"ours, {size}", f"L-GATr {size}"), PAIRS[size], strict=True):
            runs = []
            for rate in arguments.rates:
                torch.manual_seed(arguments.seed)
                net = make()
                print(f"  {name}, {net.n_parameters} parameters, learning rate {rate:g}", flush=True)
                key = "-".join(str(v) for k, v in sorted(vars(arguments).items()) if isinstance(v, int))
                kept = arguments.folder / f"{name} {rate:g} {key}.npz" if arguments.folder else None
                if kept is None or not kept.exists():
                    loss, net, spent = train(
                        net, training, held, arguments.steps, arguments.batch, rate, arguments.seed
                    )
                    run = {"loss": loss, "rate": rate, "milliseconds": spent, "scores": scores(net, test).numpy()}
                    if kept is not None:
                        np.savez(kept, **run)
                else:
                    run = dict(np.load(kept))
                runs.append(run)
            best = min(runs, key=lambda one: float(one["loss"]))
            loss, rate, milliseconds = (float(best[key]) for key in ("loss", "rate", "milliseconds"))
            found[name] = best["scores"].astype(np.float64)
            value = roc(found[name], test.labels.numpy() > 0.5).auc
            print(
                f"{name}: AUC {value:.4f}, validation loss {loss:.4f} at learning rate {rate:g}, "
                f"{milliseconds:.0f} ms a step",
                flush=True,
            )
        compare(found, test.labels.numpy() > 0.5)


def compare(found: dict[str, np.ndarray], signal: np.ndarray) -> None:
    """Errors of the AUCs and of their difference over test jets."""
    (first, a), (second, b) = found.items()
    for name, one in found.items():
        print(f"{name}: ± {bootstrap(area, one, signal).error:.4f}")
    difference = paired_bootstrap(area, a, b, signal)
    print(
        f"AUC({first}) − AUC({second}) = {difference.value:+.4f} ± {difference.error:.4f}, "
        f"95 %: {difference.low:+.4f} … {difference.high:+.4f}",
        flush=True,
    )


def area(scores: np.ndarray, signal: np.ndarray, weights: np.ndarray) -> float:
    return roc(scores, signal, weights).auc


if __name__ == "__main__":
    main()
