"""A training step of an interatomic potential beside e3nn: l ≤ 2, 64 channels, 3 layers, energies and forces.

    benchmarks/quiet python benchmarks/interatomic_step.py [--atoms 200] [--neighbours 20] [--threads 2] [--rounds 7]

Needs the `peers` extra (e3nn). A NequIP-like network (Batzner et al. 2101.03164): embedded species, 8 Bessel functions,
a radial network 8 → 64 → 64 → weights, 64x0e + 64x1o + 64x2e, gates, energy as a sum over atoms; forces are minus its
gradient, the loss is of both, and its gradient goes through the forces (double backward). The peer side is the same
function written with e3nn's Linear, TensorProduct (paths of an irrep summed), FullyConnectedNet and Gate
(interatomic_peer_side.py), compiled by e3nn as it does by default. Ours makes the radial weights of both directions of
an edge once (`GraphBatch.in_pairs`, done when the graph is built); without that it is the line "directions apart".
Energies and forces are compared for equal weights first; then the candidates take turns. Required: a step 4 times as
fast, with a third of the memory.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn

from channelwise_product import extra_memory
from interatomic_peer_side import PeerNetwork
from intertwine.geometry import Graph, radius_graph
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.graph_batch import GraphBatch

REQUIRED_SPEED, REQUIRED_MEMORY = 4.0, 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atoms", type=int, default=200)
    parser.add_argument("--neighbours", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    apart, cutoff = atoms(options.atoms, options.neighbours)
    graph = apart.in_pairs()
    ours = TensorProductNetwork(
        TensorProductNetworkConfig(
            rep_in="64x0e", hidden="64x0e + 64x1o + 64x2e", rep_out="0e", channels=64, layers=3, max_degree=2,
            radial_width=64, radial_depth=2, cutoff=cutoff, basis=8, neighbours=options.neighbours, pooling="sum",
        )
    )  # fmt: skip
    theirs = PeerNetwork(ours)
    species = torch.randn(4, 64)[torch.randint(4, (options.atoms,))]
    target = torch.randn(options.atoms, 3)
    print(f"{options.atoms} atoms, {len(graph.senders)} edges, {options.threads} threads, torch {torch.__version__}")
    compare(ours, theirs, species, graph)

    runs = {
        name: lambda net=net, on=on: step(net, species, on, target)
        for name, net, on in (("ours", ours, graph), ("ours, directions apart", ours, apart), ("e3nn", theirs, apart))
    }
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for turn in range(options.rounds + 2):
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            if turn >= 2:
                spent[name].append((1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)))
    memory = {name: extra_memory(run) for name, run in runs.items()}
    times = {name: [median(column) for column in zip(*rows, strict=True)] for name, rows in spent.items()}
    for name in runs:
        print(f"{name:>22}: {times[name][0]:8.1f} ms wall, {times[name][1]:8.1f} ms cpu, {memory[name]:8.1f} MB")
    speed, cpu = (times["e3nn"][i] / times["ours"][i] for i in (0, 1))
    smaller = memory["e3nn"] / memory["ours"]
    print(f"{speed:.2f}× on the clock, {cpu:.2f}× in processor time, memory 1/{smaller:.2f}")
    good = speed >= REQUIRED_SPEED and smaller >= REQUIRED_MEMORY
    print(f"required {REQUIRED_SPEED:.0f}× and 1/{REQUIRED_MEMORY:.0f}: {'held' if good else 'missed'}")
    limits(ours, graph)
    return 0 if good else 1


def atoms(n: int, neighbours: int) -> tuple[GraphBatch, float]:
    """n atoms at random in a periodic cube of density 0.1, and the radius with about so many neighbours."""
    rng, side = np.random.default_rng(0), (n / 0.1) ** (1 / 3)
    cutoff = (neighbours / 0.1 / (4 / 3 * np.pi)) ** (1 / 3)
    positions, cell = rng.random((n, 3)) * side, np.eye(3) * side
    return GraphBatch.of([Graph(positions, radius_graph(positions, cutoff, cell), cell)]), float(cutoff)


def energy_and_forces(net: nn.Module, species: Tensor, graph: GraphBatch, train: bool) -> tuple[Tensor, Tensor]:
    """[1, 1] and [atoms, 3]."""
    positions = graph.positions.clone().requires_grad_()
    energy = net(species, graph.with_positions(positions))
    (gradient,) = torch.autograd.grad(energy.sum(), positions, create_graph=train)
    return energy, -gradient


def step(net: nn.Module, species: Tensor, graph: GraphBatch, target: Tensor) -> list[Tensor]:
    """Gradients of a loss of energies and forces with respect to every parameter."""
    energy, forces = energy_and_forces(net, species, graph, train=True)
    loss = energy.square().mean() / len(species) + (forces - target).square().mean()
    parameters = [p for p in net.parameters() if p.requires_grad]
    return [g for g in torch.autograd.grad(loss, parameters, allow_unused=True) if g is not None]


def compare(ours: nn.Module, theirs: nn.Module, species: Tensor, graph: GraphBatch) -> None:
    """Energies and forces of both, in relative norm; exits where they differ."""
    found = [energy_and_forces(net, species, graph, train=False) for net in (ours, theirs)]
    for name, a, b in zip(("energies", "forces"), *found, strict=True):
        error = float((a - b).detach().norm() / b.detach().norm())
        print(f"{name} differ by {error:.1e}")
        if error > 1e-4:
            sys.exit("the two sides are different functions")


def limits(net: TensorProductNetwork, graph: GraphBatch) -> None:
    """Multiplications and additions of our forward pass, by what makes them; two directions share radial weights."""
    edges = len(graph.senders)
    radial = sum(edges * p.numel() for layer in net.layers for p in layer.weights.parameters() if p.ndim == 2)
    product = sum(edges * layer.messages.product.plan.operations for layer in net.layers)
    linear = sum(
        2 * len(graph.positions) * pair.rows * pair.columns * pair.irrep.real_dim
        for layer in net.layers
        for one in (layer.up, layer.mix)
        for pair in one.channels
    )
    parts = {"radial networks": radial, "products": product, "Linear": linear}
    print("one forward pass:", ", ".join(f"{name} {count / 1e6:.0f} MFLOP" for name, count in parts.items()))


if __name__ == "__main__":
    sys.exit(main())
