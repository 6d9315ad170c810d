"""From which l the frame of the edge pays: backend "so2" beside "fused", products with harmonics of a vector.

    benchmarks/quiet python benchmarks/so2_crossover.py [--channels 64] [--weights per_sample] [--parities both]

channels x (0 + 1 + … + L) ⊗ (0 + … + L) → channels x (0 + … + L) in O(3), float32, one core, processor time; the
harmonics and their derivatives are part of both sides. Sides take turns; outputs, and gradients with respect to
features, vectors and weights, are compared. Medians in microseconds an edge.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import torch

import intertwine as tw
from intertwine.nn import ChannelwiseProduct, Harmonics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--weights", default="per_sample", choices=("per_sample", "shared"))
    parser.add_argument("--parities", default="natural", choices=("natural", "both"))
    parser.add_argument("--degrees", type=int, nargs="+", default=[2, 3, 4, 5, 6, 7, 8])
    parser.add_argument("--edges", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(
        f"{given.channels} channels, {given.weights} weights, {given.parities} parities, {given.edges} edges, one core"
    )
    print(f"{'L':>2} {'paths':>5} {'operations':>16} | {'forward':>22} | {'forward+backward':>22} | error")
    for degree in given.degrees:
        one_degree(degree, given)


def one_degree(degree: int, given: argparse.Namespace) -> None:
    group = tw.group("O(3)")
    letters = ["eo", "oe"][: 1 + (given.parities == "both")]
    hidden = tw.Rep(group, " + ".join(f"{given.channels}x{k}{p[k % 2]}" for k in range(degree + 1) for p in letters))
    harmonics = Harmonics(group.irrep("1o"), degree)
    layers = {
        name: ChannelwiseProduct(hidden, harmonics.rep_out, hidden, weights=given.weights, backend=name)
        for name in ("fused", "so2")
    }
    plans = [layers["fused"].plan, layers["so2"].in_frame.plan]
    x, r, g = torch.randn(given.edges, hidden.dim), torch.randn(given.edges, 3), torch.randn(given.edges, hidden.dim)
    shape = (given.edges,) * (given.weights == "per_sample")
    w = torch.randn(*shape, layers["so2"].weight_numel)
    for one in (x, r, w):
        one.requires_grad_()

    def run(name: str, backward: bool) -> list[torch.Tensor]:
        if given.weights == "shared":
            layers[name].weight = torch.nn.Parameter(w.detach())
            own, inside = None, layers[name].weight
        else:
            own = inside = w
        out = layers[name](x, harmonics(r), own)
        return [out, *(torch.autograd.grad(out, [x, r, inside], g) if backward else ())]

    both = [run(name, True) for name in layers]
    error = max(float((a - b).norm() / a.norm()) for a, b in zip(*both, strict=True))
    if error > 1e-5:
        raise SystemExit(f"results differ by {error:.1e}")
    cells = []
    for backward in (False, True):
        spent: dict[str, list[float]] = {name: [] for name in layers}
        for _ in range(given.rounds):
            for name, times in spent.items():
                start = time.process_time()
                run(name, backward)
                times.append(1e6 * (time.process_time() - start) / given.edges)
        fused, so2 = (median(times) for times in spent.values())
        cells.append(f"{fused:7.1f} {so2:7.1f} {fused / so2:5.2f}×")
    counts = f"{plans[0].operations / 1e6:7.3f} {plans[1].operations / 1e6:6.3f} M"
    print(
        f"{degree:>2} {len(plans[0].paths):>5} {counts:>16} | {cells[0]:>22} | {cells[1]:>22} | {error:.0e}", flush=True
    )


if __name__ == "__main__":
    main()
