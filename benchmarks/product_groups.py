"""The channelwise product of other groups beside that of O(3): time per arithmetic operation.

    benchmarks/quiet python benchmarks/product_groups.py [--samples 4000] [--threads 1]

Ours only: no other library has these groups. 64 channels, weights for each sample, float32, random cotangents, the
cases taking turns. Operations are the multiplications and additions of the sparse plan's forward pass on channels, the
same count that the kernels' inner loops make. The time of a case is also that of moving its features and weights: bytes
per operation stand beside it. Required: each group within 1.5 times O(3)'s time per operation.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median
from time import process_time

import torch

import intertwine as tw
from channelwise_product import passes
from intertwine.nn import ChannelwiseProduct

CASES = {  # group: hidden irreps, irreps of the second factor
    "O(3)": ("0e 1o 2e", "0e 1o 2e"),
    "SU(3)": ("1 8", "8"),
    "SO(1,3)": ("(0,0) (1/2,1/2) (1,0)", "(0,0) (1/2,1/2) (1,0)"),
    "S5": ("(5) (4,1) (3,2)", "(5) (4,1) (3,2)"),
}
REQUIRED = 1.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    runs, facts = {}, {}
    for name, (hidden, second) in CASES.items():
        rep_1 = tw.Rep(name, " + ".join(f"{options.channels}x{irrep}" for irrep in hidden.split()))
        rep_2 = tw.Rep(name, " + ".join(second.split()))
        product = ChannelwiseProduct(rep_1, rep_2, rep_1, weights="per_sample", backend="fused")
        sizes = rep_1.dim, rep_2.dim, product.weight_numel
        x = [torch.randn(options.samples, size, requires_grad=True) for size in sizes]
        g = torch.randn(options.samples, rep_1.dim)
        runs[name] = passes(product, x, g, [torch.randn_like(one) for one in x])
        facts[name] = (len(product.plan.paths), product.plan.operations, 4 * (sum(sizes) + rep_1.dim))
    missed = 0
    print(
        f"{options.samples} samples, {options.channels} channels, {options.threads} threads, torch {torch.__version__}"
    )
    for kind in ("forward", "forward+backward", "double backward"):
        spent: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(options.rounds + 2):
            for name, kinds in runs.items():
                start = process_time()
                kinds[kind]()
                if turn >= 2:
                    spent[name].append(process_time() - start)
        home = median(spent["O(3)"]) / facts["O(3)"][1]
        for name, times in spent.items():
            paths, operations, moved = facts[name]
            each = median(times) / operations
            missed |= each > REQUIRED * home
            rate = options.samples * operations / median(times) / 1e9
            print(
                f"{kind:>17} {name:>8}: {paths:3d} paths, {operations / options.channels:6.0f} operations a channel, "
                f"{moved / operations:.2f} bytes an operation, {1e3 * median(times):6.2f} ms cpu, {rate:5.1f} forward "
                f"GFLOP/s, {each / home:.2f} of O(3)'s time per operation"
            )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
