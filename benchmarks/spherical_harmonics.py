"""Spherical harmonics to l = 6 beside sphericart and e3nn: 100 000 vectors, float32.

    benchmarks/quiet python benchmarks/spherical_harmonics.py [--vectors 100000] [--degree 6] [--threads 2] [--compiled]

Needs sphericart-torch and e3nn. Two functions: of directions (x is divided by its length; gradients go through that)
and, beside sphericart only, solid harmonics |x|^l Y_l. Changes of basis are fitted degree by degree and must be
orthogonal up to one factor; values and gradients are then compared. Random cotangents, candidates take turns, medians.
Required: level with sphericart forward, twice as fast forward+backward.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

import torch
from torch import Tensor

import intertwine as tw
from intertwine.nn import Harmonics

try:
    import sphericart.torch
    from e3nn import o3
except ModuleNotFoundError:
    sys.exit("this benchmark measures sphericart and e3nn beside us: pip install sphericart-torch e3nn")

Function = Callable[[Tensor], Tensor]
REQUIRED = {"forward": 1.0, "forward+backward": 2.0}


def change_of_basis(ours: Function, theirs: Function, degree: int) -> Tensor:
    """Q [dim, dim] with ours = theirs Q; block by block a multiple of an orthogonal matrix."""
    x = torch.nn.functional.normalize(torch.randn(400, 3, dtype=torch.float64), dim=-1)
    one, two = ours(x.float()).double(), theirs(x.float()).double()
    Q = torch.zeros(one.shape[1], one.shape[1], dtype=torch.float64)
    for d in range(degree + 1):
        block = slice(d * d, (d + 1) ** 2)
        Q[block, block] = torch.linalg.lstsq(two[:, block], one[:, block]).solution
        square = Q[block, block].T @ Q[block, block]
        unit = torch.eye(2 * d + 1, dtype=torch.float64) * square[0, 0]
        assert (square - unit).abs().max() < 1e-4 * square[0, 0], f"degree {d}: not the same harmonics"
    return Q.float()


def passes(function: Function, x: Tensor, g: Tensor) -> dict[str, Callable[[], Tensor]]:
    """The two measured passes."""

    def forward() -> Tensor:
        with torch.no_grad():
            return function(x)

    return {"forward": forward, "forward+backward": lambda: torch.autograd.grad(function(x), x, g)[0]}


def compare(title: str, candidates: dict[str, Function], n: int, degree: int, rounds: int) -> int:
    """Checks that all are one function, measures and prints; 1 where a required ratio is missed."""
    x = torch.randn(n, 3).requires_grad_()
    g = torch.randn(n, (degree + 1) ** 2)
    runs, ours = {}, candidates["intertwine"]
    for name, function in candidates.items():
        if name == "intertwine":
            runs[name] = passes(function, x, g)
            continue
        Q = change_of_basis(ours, function, degree)
        runs[name] = passes(function, x, g @ Q.T)
        for kind in REQUIRED:
            a, b = runs["intertwine"][kind](), runs[name][kind]()
            error = float((a - (b @ Q if kind == "forward" else b)).norm() / a.norm())
            assert error < 1e-4, f"{name}, {kind}: results differ by {error:.1e}"
    print(f"{title}: {n} vectors to l = {degree}, values and gradients agree")
    missed = 0
    for kind, required in REQUIRED.items():
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for turn in range(rounds + 3):
            for name, kinds in runs.items():
                kinds[kind]()  # nobody pays for cache lines that another left to be written
                wall, cpu = perf_counter(), process_time()
                kinds[kind]()
                times = 1e3 * (perf_counter() - wall), 1e3 * (process_time() - cpu)
                if turn >= 3:
                    spent[name].append(times)
        medians = {name: [median(one) for one in zip(*times, strict=True)] for name, times in spent.items()}
        for name, (wall, cpu) in medians.items():
            ratios = [b / a for a, b in zip(medians["intertwine"], (wall, cpu), strict=True)]
            print(f"{kind:>17} {name:>15} {wall:8.2f} ms wall {cpu:8.2f} cpu {ratios[0]:6.2f}× {ratios[1]:6.2f}×")
        missed |= medians["sphericart"][0] / medians["intertwine"][0] < required
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--degree", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--compiled", action="store_true", help="also e3nn under torch.compile")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    n, degree = options.vectors, options.degree
    vector = tw.Rep("SO(3)", "1")

    def e3nn(x: Tensor) -> Tensor:
        found: Tensor = o3.spherical_harmonics(list(range(degree + 1)), x, normalize=True)
        return found

    directions: dict[str, Function] = {
        "intertwine": Harmonics(vector, degree, unit_vectors=True, backend="fused"),
        "sphericart": sphericart.torch.SphericalHarmonics(degree),
        "e3nn": e3nn,
    }
    if options.compiled:
        directions["e3nn compiled"] = torch.compile(e3nn, fullgraph=True)
    solid: dict[str, Function] = {
        "intertwine": Harmonics(vector, degree, backend="fused"),
        "sphericart": sphericart.torch.SolidHarmonics(degree),
    }
    written = 4 * n * (degree + 1) ** 2 / 1e6
    print(f"{options.threads} threads, torch {torch.__version__}; the result is {written:.1f} MB")
    missed = compare("directions", directions, n, degree, options.rounds)
    return compare("solid harmonics", solid, n, degree, options.rounds) | missed


if __name__ == "__main__":
    sys.exit(main())
