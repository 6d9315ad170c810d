"""Networks of jets beside L-GATr, pelican-lite and the formulas of LorentzNet and LGN written plainly: time and memory.

    benchmarks/quiet python benchmarks/jet_networks.py [--only pelican] [--jets 32] [--particles 50] [--repeats 7]

Needs the `peers` extra (lgatr, pelican-lite). A training step is forward and backward with random cotangents, float32,
the same jets on both sides, candidates taking turns. Where both sides are the same function (pelican, lorentz-net, lgn)
weights are carried over and results and gradients compared first. The transformers are not: there the parameters are
printed. Memory is the largest amount of live memory of a step beyond what was live before, as torch's profiler records
it. Medians; BENCH_CLOCK=cpu measures processor time, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from intertwine.models.jet_network import Jets
from intertwine.models.jet_tokens import rest_frame_momenta
from intertwine.models.lorentz_group_network import LorentzGroupNetwork, LorentzGroupNetworkConfig
from intertwine.models.lorentz_net import LorentzNet, LorentzNetConfig
from intertwine.models.lorentz_transformer import LorentzTransformer, LorentzTransformerConfig
from intertwine.models.pelican import PELICAN, PELICANConfig
from intertwine.nn.four_momenta import minkowski_products
from jet_networks_plain import PlainLGN, PlainLorentzNet

try:
    from lgatr import LGATr, LGATrSlim, MLPConfig, SelfAttentionConfig
    from lgatr.interface import embed_vector
    from pelican import nets as pelican_lite
    from pelican.utils import get_edge_index_from_shape
except ModuleNotFoundError:
    sys.exit("this benchmark measures lgatr and pelican-lite beside us: pip install intertwine[peers]")

Clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter
Candidate = tuple[nn.Module, Callable[[], Tensor]]


def momenta(jets: int, particles: int) -> Tensor:
    """Massless particles in all directions, a few GeV each, boosted along x."""
    generator = torch.Generator().manual_seed(0)
    q = torch.randn(jets, particles, 3, dtype=torch.float64, generator=generator) * 3
    energy = q.norm(dim=-1)
    along = 3.8 * q[..., 0] + 3.6 * energy
    q = torch.stack([along, q[..., 1], q[..., 2]], dim=-1)
    return torch.cat([q.norm(dim=-1, keepdim=True), q], dim=-1)


def pelican(p: Tensor, mask: Tensor) -> dict[str, Candidate]:
    """The same function: pelican-lite's coefficients from our weights, one embedding and one head."""
    ours = PELICAN(PELICANConfig(head=()))
    with torch.no_grad():
        for parameter in ours.nodes.parameters():  # the number of particles is nothing that pelican-lite sees
            parameter.zero_()
    n, config = p.shape[1], ours.config
    theirs = pelican_lite.PELICAN(
        in_channels_rank2=config.embedding, in_channels_rank1=0, in_channels_rank0=0, out_rank=0,
        out_channels=config.channels, num_blocks=config.blocks, hidden_channels=config.channels, map_multipliers=False,
    )  # fmt: skip
    with torch.no_grad():
        carry(ours.pairs, theirs.in_aggregator_rank2, n)
        for block, other in zip(ours.blocks, theirs.blocks, strict=True):
            other.mlp[0].load_state_dict(block.message.state_dict())
            carry(block.mix, other.aggregator, n)
        total = ours.collect.maps["0 all"].weight.view(2, config.channels, config.channels)  # trace, total
        flat = torch.stack([total[1].T, total[0].T * n], dim=-1)
        theirs.out_aggregator.coeffs_direct.copy_(flat.reshape(theirs.out_aggregator.coeffs_direct.shape))
    edges, batch = get_edge_index_from_shape((*p.shape[:2], 4), remove_self_loops=False)
    whole = nn.ModuleList([theirs, ours.embedding, ours.head])

    def call() -> Tensor:
        features = ours.embedding(minkowski_products(p)).flatten(0, 2)
        return ours.head(theirs(edges, batch, in_rank2=features, num_graphs=len(p))).squeeze(-1)

    return {"ours": (ours, lambda: ours(p, mask)), "pelican-lite": (whole, call)}


def carry(ours: nn.Module, theirs: nn.Module, n: int) -> None:
    """Weights of our maps as their 15 coefficients, in the order of pelican.primitives.aggregate_2to2."""
    c = ours.rep_in.dim
    maps = {name: linear.weight.view(-1, c, ours.rep_out.dim) for name, linear in ours.maps.items()}
    rows, columns, diagonal = maps["1 rows"], maps["1 columns"], maps["1 diagonal"]  # of diagonal, rows, columns
    everywhere, constant = maps["0 all"], maps["0 diagonal"]  # of trace, total
    order = [
        maps["2 all"][0], maps["2 transposed"][0], diagonal[0], rows[0], columns[0], diagonal[2], diagonal[1], rows[2],
        columns[2], rows[1], columns[1], everywhere[0] * n, constant[0] * n, everywhere[1], constant[1],
    ]  # fmt: skip
    flat = torch.stack([one.T for one in order], dim=-1)  # [out, in, 15]
    theirs.coeffs_direct.copy_(flat.reshape(theirs.coeffs_direct.shape))


def lorentz_net(p: Tensor, mask: Tensor) -> dict[str, Candidate]:
    """The same function and weights: all pairs jet by jet, and the formulas on lists of edges."""
    ours = LorentzNet(LorentzNetConfig(dropout=0.0))
    theirs = PlainLorentzNet(LorentzNet(LorentzNetConfig(dropout=0.0)), p, mask)
    theirs.load_state_dict(ours.network.state_dict())
    return {"ours": (ours, lambda: ours(p, mask)), "plain": (theirs, theirs)}


def lgn(p: Tensor, mask: Tensor) -> dict[str, Candidate]:
    """The same function and weights: fused, and messages of all edges as einsums."""
    ours, model = (LorentzGroupNetwork(LorentzGroupNetworkConfig()) for _ in range(2))
    model.load_state_dict(ours.state_dict())
    theirs = PlainLGN(model, p, mask)
    return {"ours": (ours, lambda: ours(p, mask)), "plain": (theirs, theirs)}


def transformer(p: Tensor, mask: Tensor) -> dict[str, Candidate]:
    """Not the same function: L-GATr and its slim variant beside ours of their sizes, and a plain encoder."""
    ours = LorentzTransformer(LorentzTransformerConfig())
    small = LorentzTransformer(
        LorentzTransformerConfig(scalars=34, vectors=16, two_forms=0, heads=4, widening=2, pair_width=0)
    )
    jets = Jets(p, mask, torch.zeros(*mask.shape, 0), p.shape[1])
    at_rest = rest_frame_momenta(jets, torch.float32)[0] / 10
    scalars = torch.randn(*mask.shape, 3)
    big = LGATr(
        num_blocks=4, in_mv_channels=1, out_mv_channels=1, hidden_mv_channels=16, in_s_channels=3, out_s_channels=1,
        hidden_s_channels=32, attention=SelfAttentionConfig(num_heads=8), mlp=MLPConfig(),
    )  # fmt: skip
    slim = LGATrSlim(
        num_blocks=4, in_v_channels=1, out_v_channels=1, hidden_v_channels=16, in_s_channels=3, out_s_channels=1,
        hidden_s_channels=32, num_heads=4,
    )  # fmt: skip
    layer = nn.TransformerEncoderLayer(104, 8, 416, dropout=0.0, batch_first=True)
    encoder = nn.Sequential(
        nn.Linear(7, 104), nn.TransformerEncoder(layer, 4, enable_nested_tensor=False), nn.Linear(104, 1)
    )
    multivectors = embed_vector(at_rest).unsqueeze(-2)
    seven = torch.cat([at_rest, scalars], dim=-1)
    return {
        "ours": (ours, lambda: ours(p, mask)),
        "ours, slim": (small, lambda: small(p, mask)),
        "plain encoder": (encoder, lambda: encoder(seven).mean((1, 2))),
        "L-GATr": (big, lambda: big(multivectors, scalars=scalars)[1].mean((1, 2))),
        "L-GATr slim": (slim, lambda: slim(at_rest.unsqueeze(-2), scalars)[1].mean((1, 2))),
    }


CASES = {"pelican": pelican, "lorentz-net": lorentz_net, "lgn": lgn, "transformer": transformer}
SAME = ("pelican", "lorentz-net", "lgn")


def step(candidate: Candidate, cotangents: Tensor) -> None:
    candidate[0].zero_grad()
    (candidate[1]() * cotangents).sum().backward()


def peak(candidate: Candidate, cotangents: Tensor) -> float:
    """MiB."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        step(candidate, cotangents)
    events = [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    live = largest = 0
    for event in sorted(events, key=lambda one: one.start_ns()):
        live += event.nbytes()
        largest = max(largest, live)
    return largest / 2**20


def compare(name: str, candidates: dict[str, Candidate], cotangents: Tensor) -> str:
    """How far the results and, where parameters are the same ones, the whole gradients of the two sides are apart."""
    (ours, theirs), found = candidates.values(), []
    for candidate in (ours, theirs):
        step(candidate, cotangents)
        gradients = [one.grad.flatten() for one in candidate[0].parameters() if one.grad is not None]
        found.append((candidate[1]().detach(), torch.cat(gradients)))
    result = float((found[0][0] - found[1][0]).norm() / found[1][0].norm())
    gradient = float((found[0][1] - found[1][1]).norm() / found[1][1].norm()) if name != "pelican" else 0.0
    if result > 1e-3 or gradient > 1e-2:
        sys.exit(f"{name}: the two sides are different functions ({result:.1e}, gradients {gradient:.1e})")
    return f"same function: results agree to {result:.0e}" + (f", gradients to {gradient:.0e}" if gradient else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=list(CASES), nargs="*", default=list(CASES))
    parser.add_argument("--jets", type=int, default=32)
    parser.add_argument("--particles", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    p = momenta(arguments.jets, arguments.particles)
    mask = torch.ones(p.shape[:2], dtype=torch.bool)
    cotangents = torch.randn(arguments.jets)
    print(f"{arguments.jets} jets × {arguments.particles} particles, {arguments.threads} threads, float32")
    for name in arguments.only:
        candidates = CASES[name](p, mask)
        print(f"\n{name}: {compare(name, candidates, cotangents) if name in SAME else 'other functions'}")
        times: dict[str, list[tuple[float, float]]] = {label: [] for label in candidates}
        for candidate in candidates.values():
            step(candidate, cotangents)
        for _ in range(arguments.repeats):
            for label, candidate in candidates.items():
                start = Clock()
                with torch.no_grad():
                    candidate[1]()
                middle = Clock()
                step(candidate, cotangents)
                times[label].append((middle - start, Clock() - middle))
        memory = {label: peak(candidate, cotangents) for label, candidate in candidates.items()}
        mine = [median(column) for column in zip(*times["ours"], strict=True)]
        for label, (module, _) in candidates.items():
            forward, both = (median(column) for column in zip(*times[label], strict=True))
            n = sum(parameter.numel() for parameter in module.parameters())
            print(
                f"  {label:14s} {n:8d} parameters  forward {forward * 1e3:7.1f} ms  step {both * 1e3:7.1f} ms  "
                f"{memory[label]:7.1f} MiB  ×{both / mine[1]:5.2f} time  ×{memory[label] / memory['ours']:5.2f} memory"
            )


if __name__ == "__main__":
    main()
