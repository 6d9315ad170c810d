"""Wigner matrices l = 0 … 6 from 100 000 sets of Euler angles and from rotation matrices, beside e3nn, float32.

    benchmarks/quiet python benchmarks/wigner_matrices.py [--samples 100000] [--threads 2]

Needs the `peers` extra (e3nn). The same angles are the same rotation in both (z-y-z here, y-x-y there, axes renamed):
results are compared up to a permutation at l = 1. Random cotangents, turns, medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

import torch
from e3nn import o3
from torch import Tensor

import intertwine as tw
from intertwine.nn import WignerMatrices
from intertwine.nn.rotations import rotation_from_angles

L = 6
clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter


def median_ms(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            start = clock()
            run()
            times[name].append(clock() - start)
    return {name: 1e3 * statistics.median(found[1:]) for name, found in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    G = tw.group("SO(3)")
    ours = WignerMatrices([G.irrep(str(degree)) for degree in range(L + 1)])
    angles = (torch.rand(3, options.samples) * 6 - 3).requires_grad_()
    R = rotation_from_angles(*angles).detach().requires_grad_()
    g = [torch.randn(options.samples, 2 * degree + 1, 2 * degree + 1) for degree in range(L + 1)]
    order = torch.tensor([1, 2, 0])  # our (x, y, z) to e3nn's order
    to_theirs = torch.tensor([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])  # its (x, y, z) are our (y, z, x)

    def theirs() -> list[Tensor]:
        return [o3.wigner_D(degree, *angles) for degree in range(L + 1)]

    def theirs_from_matrices() -> list[Tensor]:
        turned = o3.matrix_to_angles(to_theirs @ R @ to_theirs.T)
        return [o3.wigner_D(degree, *turned) for degree in range(L + 1)]

    for degree, (one, other) in enumerate(zip(ours.from_angles(*angles), theirs(), strict=True)):
        same = one[:, order][:, :, order] if degree == 1 else one
        torch.testing.assert_close(same, other, atol=1e-4, rtol=0)

    def backward(make: Callable[[], object], of: Tensor) -> Callable[[], object]:
        # l = 0 is the constant 1
        return lambda: torch.autograd.grad(list(make())[1:], of, g[1:])  # type: ignore[call-overload]

    cases = {
        "from angles": (lambda: ours.from_angles(*angles), theirs, angles),
        "from matrices": (lambda: ours.from_matrix(R), theirs_from_matrices, R),
    }
    for name, (mine, other, of) in cases.items():
        for kind in ("forward", "forward+backward"):
            pair = (mine, other) if kind == "forward" else (backward(mine, of), backward(other, of))
            found = median_ms({"intertwine": pair[0], "e3nn": pair[1]}, options.rounds)
            ratio = found["e3nn"] / found["intertwine"]
            print(
                f"{name:>14} {kind:>17}: {found['intertwine']:7.1f} ms, e3nn {found['e3nn']:7.1f} ms, ratio {ratio:.2f}"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
