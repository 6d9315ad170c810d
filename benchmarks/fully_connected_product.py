"""Fully connected product with shared weights beside e3nn: 64x(0+1+2) ⊗ (0+1+2) → 64x(0+1+2) in O(3), float32.

    benchmarks/quiet python benchmarks/fully_connected_product.py [--edges 10000] [--threads 2]

Needs the `peers` extra (e3nn). Same method as channelwise_product.py: converted bases, results and gradients compared,
random cotangents, turns, medians. Required: 3 times e3nn.
"""

from __future__ import annotations

import argparse
import sys

import torch
from e3nn import o3
from torch import Tensor
from torch.func import functional_call

import intertwine as tw
from channelwise_product import CHANNELS, NAMES, Border, extra_memory, measure, passes
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
    factors = []
    for p, path in enumerate(plan.paths):
        d, k = path.maps.shape[2], path.block_out
        block = separate[:, plan.rep_out.slices[k]].unflatten(-1, (d, -1))
        a = torch.einsum("ij,nju->nui", left.Q[k], block[..., path.channel_out : path.channel_out + CHANNELS])
        b = unit[:, plain.irreps_out.slices()[p]].unflatten(-1, (-1, d))
        factors.append(float((a * b).sum() / (b * b).sum()))

    def weights_to_theirs(weight: Tensor, *, gradient: bool = False) -> Tensor:
        parts = []
        for factor, path in zip(factors, plan.paths, strict=True):
            rows = weight[ours.mix.channels[path.block_out].weights].view(-1, CHANNELS)
            rows = rows[path.channel_out : path.channel_out + CHANNELS].flatten()
            parts.append(rows / factor if gradient else rows * factor)
        return torch.cat(parts)

    # Linear divides by nothing of its own: its weights are the coefficients themselves.
    their_x = [left.to_theirs(x[0]), right.to_theirs(x[1]), weights_to_theirs(x[2])]
    for tensor in (*x, *their_x):
        tensor.requires_grad_()

    def product(x1: Tensor, x2: Tensor, weight: Tensor) -> Tensor:
        out: Tensor = functional_call(ours, {"mix.weight": weight}, (x1, x2))
        return out

    runs = {
        "intertwine": passes(product, x, g, [torch.randn_like(one) for one in x]),
        "e3nn": passes(theirs, their_x, left.to_theirs(g), [torch.randn_like(one) for one in their_x]),
    }
    for kind in ("forward", "forward+backward"):
        found, expected = (runs[name][kind]() for name in ("intertwine", "e3nn"))
        if kind == "forward":
            expected = [left.to_ours(expected[0])]
        else:
            expected = [left.to_ours(expected[0]), right.to_ours(expected[1]), expected[2]]
            found[2] = weights_to_theirs(found[2], gradient=True)
        for a, b in zip(found, expected, strict=True):
            assert float((a - b).norm() / b.norm()) < 1e-4, f"{kind}: results differ"
    for kinds in runs.values():
        del kinds["double backward"]
    measured, missed = measure(runs, options.rounds), 0
    print(f"{n} edges, {options.threads} threads, torch {torch.__version__}; outputs and gradients agree")
    for kind in ("forward", "forward+backward"):
        (wall, cpu), (their_wall, their_cpu) = measured["intertwine", kind], measured["e3nn", kind]
        memory = [extra_memory(runs[name][kind]) for name in ("intertwine", "e3nn")]
        missed |= their_wall / wall < REQUIRED
        print(
            f"{kind:>17}  ours {wall:.1f} ms wall {cpu:.1f} cpu, e3nn {their_wall:.1f} wall {their_cpu:.1f} cpu: "
            f"{their_wall / wall:.1f}× wall, {their_cpu / cpu:.1f}× cpu (required {REQUIRED:g}×); "
            f"extra memory {memory[0]:.1f} and {memory[1]:.1f} MB"
        )
    return missed


if __name__ == "__main__":
    sys.exit(main())
