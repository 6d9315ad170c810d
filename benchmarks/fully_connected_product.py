"""Fully connected product with shared weights beside e3nn: 64x(0+1+2) ⊗ (0+1+2) → 64x(0+1+2) in O(3), float32.

    benchmarks/quiet python benchmarks/fully_connected_product.py [--edges 10000] [--threads 2]

Needs the `peers` extra (e3nn). Same method as channelwise_product.py: converted bases, results and gradients compared,
random cotangents, turns, medians. Required: 3 times e3nn.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec

import torch
from e3nn import o3
from torch import Tensor
from torch.func import functional_call

import intertwine as tw
from channelwise_product import Run, ToOurs, extra_memory, measure, passes
from e3nn_product import CHANNELS, NAMES, Border
from intertwine.nn import FullyConnectedProduct
from intertwine.nn.product_reference import reference_product

REQUIRED = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    group, n = tw.group("O(3)"), options.edges
    hidden, sphere = (tw.Rep(group, " + ".join(f"{m}x{name}" for name in NAMES)) for m in (CHANNELS, 1))
    ours = FullyConnectedProduct(hidden, sphere, hidden, backend="fused")
    plan, left, right = ours.plan, Border(CHANNELS), Border(1)
    irreps, one = (o3.Irreps([(m, name) for name in NAMES]) for m in (CHANNELS, 1))
    order = [(path.block_1, path.block_2, path.block_out) for path in plan.paths]
    settings = {"irrep_normalization": "none", "path_normalization": "none", "internal_weights": False}
    theirs = o3.TensorProduct(
        irreps, one, irreps, [(*where, "uvw", True) for where in order], shared_weights=True, **settings
    )
    plain = o3.TensorProduct(
        irreps, one, [(CHANNELS, NAMES[k]) for _, _, k in order],
        [(i, j, p, "uvu", False) for p, (i, j, _) in enumerate(order)], shared_weights=True, **settings,
    )  # fmt: skip

    x = [torch.randn(n, hidden.dim), torch.randn(n, sphere.dim), ours.mix.weight.detach().clone()]
    g = torch.randn(n, hidden.dim)
    # The change of basis of a path is ± a factor: compared on one sample, without weights.
    separate = reference_product(plan, x[0][:1], x[1][:1], torch.ones(plan.weight_numel))
    unit = plain(left.to_theirs(x[0][:1]), right.to_theirs(x[1][:1]), torch.empty(0))
    units, factors = [], []
    for p, path in enumerate(plan.paths):
        d, k = path.maps.shape[2], path.block_out
        block = separate[:, plan.rep_out.slices[k]].unflatten(-1, (d, -1))
        a = torch.einsum("ij,nju->niu", left.Q[k], block[..., path.channel_out : path.channel_out + CHANNELS])
        b = unit[:, plain.irreps_out.slices()[p]].unflatten(-1, (-1, d)).transpose(1, 2)
        factors.append(float((a * b).sum() / (b * b).sum()))
        units.append(a.flatten(1))

    def stacked(weight: Tensor) -> Tensor:
        """[paths, 64, 64]: Linear divides by nothing of its own, its weights are the coefficients themselves."""
        rows = [
            weight[ours.mix.channels[path.block_out].weights].view(-1, CHANNELS)[path.channel_out :][:CHANNELS]
            for path in plan.paths
        ]
        return torch.stack(rows)

    scale = torch.tensor(factors)[:, None, None]
    their_x = [left.to_theirs(x[0]), right.to_theirs(x[1]), (stacked(x[2]) * scale).flatten()]
    for tensor in (*x, *their_x):
        tensor.requires_grad_()

    def product(x1: Tensor, x2: Tensor, weight: Tensor) -> Tensor:
        out: Tensor = functional_call(ours, {"mix.weight": weight}, (x1, x2))
        return out

    unused = [torch.empty(0)] * 3
    runs = {
        "intertwine": passes(product, x, g, unused),
        "e3nn": passes(theirs, their_x, left.to_theirs(g), unused),
    }
    to_ours: dict[str, ToOurs] = {
        "e3nn": lambda y: (
            [left.to_ours(y[0]), right.to_ours(y[1]), y[2].view(-1, CHANNELS, CHANNELS) * scale]
            if len(y) > 1
            else [left.to_ours(y[0])]
        )
    }
    if find_spec("cuequivariance_torch"):
        add_cuequivariance(runs, to_ours, units, x, stacked(x[2].detach()), g)
    else:
        print("cuEquivariance is not installed and left out: pip install cuequivariance-torch")
    for kind in ("forward", "forward+backward"):
        found = runs["intertwine"][kind]()
        if kind != "forward":
            found[2] = stacked(found[2])
        for name, convert in to_ours.items():
            for a, b in zip(found, convert(runs[name][kind]()), strict=True):
                assert float((a - b).norm() / b.norm()) < 1e-4, f"{name}, {kind}: results differ"
    for kinds in runs.values():
        del kinds["double backward"]
    measured, missed = measure(runs, options.rounds), 0
    print(f"{n} edges, {options.threads} threads, torch {torch.__version__}; outputs and gradients agree")
    for kind in ("forward", "forward+backward"):
        for name in runs:
            (wall, cpu), (their_wall, their_cpu) = measured["intertwine", kind], measured[name, kind]
            ratio = f" {their_wall / wall:5.1f}× wall {their_cpu / cpu:5.1f}× cpu" if name != "intertwine" else ""
            required = f" (required {REQUIRED:g}×)" if name == "e3nn" else ""
            extra = extra_memory(runs[name][kind])
            times = f"{their_wall:7.1f} ms wall {their_cpu:7.1f} cpu {extra:7.1f} MB extra"
            print(f"{kind:>17} {name:>15} {times}{ratio}{required}")
            missed |= name == "e3nn" and their_wall / wall < REQUIRED
    return int(missed)


def add_cuequivariance(
    runs: dict[str, dict[str, Run]], to_ours: dict[str, ToOurs], units: list[Tensor], x: list[Tensor], weight: Tensor,
    g: Tensor,
) -> None:  # fmt: skip
    """Its CPU path, on the same inputs."""
    from cuequivariance_product import FullyConnected

    left, right = Border(CHANNELS, channels_last=True), Border(1, channels_last=True)
    inputs = [left.to_theirs(x[0].detach()), right.to_theirs(x[1].detach())]
    theirs = FullyConnected(units, inputs[0][:1], inputs[1][:1])
    inputs.append(theirs.weights_to_theirs(weight))
    for tensor in inputs:
        tensor.requires_grad_()
    runs["cuEquivariance"] = passes(theirs.module, inputs, left.to_theirs(g), [torch.empty(0)] * 3)
    to_ours["cuEquivariance"] = lambda y: (
        [left.to_ours(y[0]), right.to_ours(y[1]), theirs.gradient_to_ours(y[2])] if len(y) > 1 else [left.to_ours(y[0])]
    )


if __name__ == "__main__":
    sys.exit(main())
