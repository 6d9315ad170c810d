"""Lattice convolution beside torch's Conv2d with circular padding, and 4-D beside unfold-and-matmul, on one core.

    benchmarks/quiet python benchmarks/lattice_convolution.py

Forward and backward with random cotangents, results and gradients checked equal. Both sides alternate; times are the
process's own CPU time, so that other work on the machine does not count. Exits with 1 if a claim does not hold: 1.3
times torch at 60×4 (batch 100, 16 channels; kernels 2 and 3, float32 and float64), 3 times unfold-and-matmul in 4-D.
"""

from __future__ import annotations

import sys
import time
from itertools import product
from statistics import median

import torch

from intertwine.nn.lattice_convolution import LatticeConvolution


class UnfoldMatmul(torch.nn.Module):
    """The reference in four dimensions: circular padding by concatenation, Tensor.unfold, one matrix product."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self.weight, self.bias = torch.nn.Parameter(weight.clone()), torch.nn.Parameter(bias.clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, sites = self.weight.shape[2:], x.shape[2:]
        for axis, k in enumerate(kernel, start=2):
            left, right = (k - 1) // 2, k - 1 - (k - 1) // 2
            parts = [x.narrow(axis, x.shape[axis] - left, left), x, x.narrow(axis, 0, right)]
            x = torch.cat(parts, axis)
        for axis, k in enumerate(kernel, start=2):
            x = x.unfold(axis, k, 1)  # windows are appended as last axes
        d = len(kernel)
        columns = x.permute(0, *range(2, 2 + d), 1, *range(2 + d, 2 + 2 * d)).reshape(-1, self.weight[0].numel())
        out = columns @ self.weight.flatten(1).T + self.bias
        return out.reshape(x.shape[0], *sites, -1).movedim(-1, 1)


def compare(
    ours: torch.nn.Module, peer: torch.nn.Module, x: torch.Tensor, cotangent: torch.Tensor, rounds: int
) -> float:
    """Ratio of the peer's median time to ours, after checking that both are the same function."""

    def run(module: torch.nn.Module) -> list[torch.Tensor]:
        field = x.detach().requires_grad_()
        out = module(field)
        return [out, *torch.autograd.grad(out, [field, *module.parameters()], cotangent)]

    tolerance = 2e-3 if x.dtype == torch.float32 else 1e-9
    for a, b in zip(run(ours), run(peer), strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)
    times: dict[torch.nn.Module, list[float]] = {ours: [], peer: []}
    for _ in range(3):
        run(ours), run(peer)
    for _ in range(rounds):
        for module, spent in times.items():
            start = time.process_time()
            run(module)
            spent.append(time.process_time() - start)
    a, b = median(times[ours]), median(times[peer])
    print(f"{1e3 * a:9.2f} ms  {1e3 * b:9.2f} ms  {b / a:6.2f}×", end="")
    return b / a


def main() -> int:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    failed = 0
    print("case                                     ours         peer   ratio")
    for dtype, kernel, layout in product((torch.float32, torch.float64), (2, 3), ("channels last", "torch's layout")):
        peer = torch.nn.Conv2d(16, 16, kernel, padding="same", padding_mode="circular", dtype=dtype)
        ours = LatticeConvolution(16, 16, kernel, dtype=dtype)
        ours.load_state_dict(peer.state_dict())
        x, cotangent = torch.randn(2, 100, 16, 60, 4, dtype=dtype)
        if layout == "channels last":  # what one of our layers hands to the next; torch sees it so as well
            x, cotangent = (t.contiguous(memory_format=torch.channels_last) for t in (x, cotangent))
        print(f"60×4 {str(dtype)[6:]}, {kernel}×{kernel}, {layout:15s}", end=" ")
        good = compare(ours, peer, x, cotangent, 40) >= 1.3
        print("" if good else "  below 1.3")
        failed += not good
    for dtype, sites, kernel in product((torch.float32, torch.float64), ((8, 4, 4, 4), (6, 6, 6, 6)), (2, 3)):
        ours = LatticeConvolution(16, 16, kernel, dimension=4, dtype=dtype)
        peer = UnfoldMatmul(ours.weight.detach(), ours.bias.detach())
        x, cotangent = torch.randn(2, 4, 16, *sites, dtype=dtype)
        print(f"{'×'.join(map(str, sites))} {str(dtype)[6:]}, {kernel}⁴          ", end=" ")
        good = compare(ours, peer, x, cotangent, 5) >= 3
        print("" if good else "  below 3")
        failed += not good
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
