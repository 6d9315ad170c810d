"""The channelwise product on a GPU: the triton backend beside the reference.

    python benchmarks/product_gpu.py [--edges 100000] [--channels 64] [--dtype float32]

64x(0+1+2) ⊗ (0+1+2) → 64x(0+1+2) in O(3), 11 paths, 704 weights an edge: forward, forward+backward, and a double
backward of force type; then message passing with a tenth as many nodes. Outputs and gradients are compared in one run;
medians in ms by CUDA events, the ratio, the bytes that have to move and the bandwidth reached, beside a copy's. The
device is printed first. Without a CUDA device or triton the script says so and stops.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from statistics import median

import torch

import intertwine as tw
from intertwine.nn import ChannelwiseProduct, MessagePassing

Run = Callable[[], list[torch.Tensor]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--dtype", default="float32", choices=("float32", "float64"))
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("no CUDA device here: nothing is measured")
    import triton

    torch.manual_seed(0)
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, triton {triton.__version__}")
    dtype = getattr(torch, given.dtype)
    big = torch.empty(1 << 28, dtype=torch.float32, device="cuda")
    bandwidth = 2 * big.nbytes / milliseconds(lambda: [big.clone()], given.rounds) / 1e6
    print(f"copy: {bandwidth:.0f} GB/s; {given.edges} edges, {given.channels} channels, {given.dtype}")
    del big
    for messages in (False, True):
        measure(given, dtype, bandwidth, messages=messages)


def measure(given: argparse.Namespace, dtype: torch.dtype, bandwidth: float, *, messages: bool) -> None:
    group, edges = tw.group("O(3)"), given.edges
    hidden = tw.Rep(group, " + ".join(f"{given.channels}x{one}" for one in ("0e", "1o", "2e")))
    sphere = tw.Rep(group, "0e + 1o + 2e")
    kind = MessagePassing if messages else ChannelwiseProduct
    layers = {
        name: kind(hidden, sphere, hidden, weights="per_sample", backend=name, device="cuda")
        for name in ("triton", "reference")
    }
    rows = edges // 10 if messages else edges
    new = {"dtype": dtype, "device": "cuda", "requires_grad": True}
    x = [torch.randn(rows, hidden.dim, **new), torch.randn(edges, sphere.dim, **new)]
    x.append(torch.randn(edges, layers["triton"].weight_numel, **new))
    g = torch.randn(rows, hidden.dim, **new)
    second = [torch.randn_like(one) for one in x]
    graph = list(torch.randint(rows, (2, edges), device="cuda")) if messages else []

    def forward(name: str) -> list[torch.Tensor]:
        return [layers[name](x[0], x[1], *graph, x[2])]

    def backward(name: str) -> list[torch.Tensor]:
        return list(torch.autograd.grad(forward(name), x, g))

    def double(name: str) -> list[torch.Tensor]:
        first = torch.autograd.grad(forward(name), x, g, create_graph=True)
        return list(torch.autograd.grad(first, [*x, g], second))

    size = sum(one.nbytes for one in x) + g.nbytes  # read or written once
    moved = {"forward": size, "forward+backward": 3 * size - g.nbytes, "double backward": 6 * size}
    print("message passing" if messages else "channelwise product")
    for (label, count), run in zip(moved.items(), (forward, backward, double), strict=True):
        for ours, theirs in zip(run("triton"), run("reference"), strict=True):
            error = float((ours - theirs).norm() / theirs.norm())
            if error > (1e-5 if dtype == torch.float32 else 1e-12):
                raise SystemExit(f"results differ by {error:.1e} in {label}")
        a, b = (milliseconds(partial(run, name), given.rounds) for name in layers)
        reached = count / a / 1e6
        print(
            f"{label:>17}: triton {a:.3f} ms, reference {b:.3f} ms, {b / a:.1f}×; at least {count / 1e6:.0f} MB, "
            f"{reached:.0f} GB/s, {reached / bandwidth:.0%} of the copy"
        )


def milliseconds(run: Run, rounds: int) -> float:
    """The median by CUDA events, after three warm-up calls."""
    for _ in range(3):
        run()
    spent = []
    for _ in range(rounds):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        run()
        stop.record()
        torch.cuda.synchronize()
        spent.append(start.elapsed_time(stop))
    return median(spent)


if __name__ == "__main__":
    main()
