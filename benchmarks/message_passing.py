"""Fused message passing beside gather, product and scatter one after the other: 10 000 edges, 1000 nodes, O(3).

    benchmarks/quiet python benchmarks/message_passing.py

Both sides use the fused product; they take turns on one core, in processor time, results and gradients compared.
"""

from __future__ import annotations

import time
from statistics import median

import torch

import intertwine as tw
from intertwine.nn import MessagePassing


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    group, edges, nodes = tw.group("O(3)"), 10_000, 1000
    hidden, sphere = tw.Rep(group, "64x0e + 64x1o + 64x2e"), tw.Rep(group, "0e + 1o + 2e")
    layer = MessagePassing(hidden, sphere, hidden, backend="fused")
    x = [torch.randn(nodes, hidden.dim), torch.randn(edges, sphere.dim), torch.randn(edges, layer.weight_numel)]
    sender, receiver = torch.randint(0, nodes, (2, edges))
    g = torch.randn(nodes, hidden.dim)
    for one in x:
        one.requires_grad_()

    def fused() -> torch.Tensor:
        out: torch.Tensor = layer(x[0], x[1], sender, receiver, x[2])
        return out

    def apart() -> torch.Tensor:
        messages = layer.product(x[0][sender], x[1], x[2])
        return torch.zeros(nodes, hidden.dim).index_add(0, receiver, messages)

    for a, b in zip(
        (fused(), *torch.autograd.grad(fused(), x, g)), (apart(), *torch.autograd.grad(apart(), x, g)), strict=False
    ):
        assert float((a - b).detach().norm() / b.detach().norm()) < 1e-5, "results differ"
    for kind in ("forward", "forward+backward"):
        spent: dict[str, list[float]] = {}
        for _ in range(11):
            for f in (fused, apart):
                start = time.process_time()
                out = f()
                if kind != "forward":
                    torch.autograd.grad(out, x, g)
                spent.setdefault(f.__name__, []).append(1e3 * (time.process_time() - start))
        a, b = median(spent["fused"]), median(spent["apart"])
        print(f"{kind:>17}: fused {a:.1f} ms, one after the other {b:.1f} ms: {b / a:.2f}×")


if __name__ == "__main__":
    main()
