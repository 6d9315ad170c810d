"""Channelwise tensor product beside e3nn on its home ground: 64x(0+1+2) ⊗ (0+1+2) → 64x(0+1+2) in O(3), float32.

    benchmarks/quiet python benchmarks/channelwise_product.py [--edges 10000] [--threads 2] [--compiled]

Needs the `peers` extra (e3nn). The 11 parity-even paths, 704 weights an edge, random cotangents; forward, forward and
backward, and a gradient of gradients as in training on forces. Bases, layouts and path normalisations are converted
beforehand, outputs and gradients compared, and the candidates take turns. Medians; "cpu" is the process's processor
time, which other work on the machine disturbs less. e3nn runs in two modes: paths summed into three output blocks, and
every path in a block of its own (NequIP's way); --compiled adds torch.compile of the first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

import intertwine as tw
from intertwine.nn import ChannelwiseProduct

try:
    from e3nn import o3
except ModuleNotFoundError:
    sys.exit("this benchmark measures e3nn beside us: pip install intertwine[peers]")

CHANNELS, DEGREES = 64, (0, 1, 2)
NAMES = ("0e", "1o", "2e")
WIDTHS = [2 * degree + 1 for degree in DEGREES]
REQUIRED = {"forward": 8.0, "forward+backward": 5.0, "double backward": 4.0}
Run = Callable[[], list[Tensor]]


def bases() -> list[Tensor]:
    """Orthogonal Q_l with Q_l ρ_ours(g) = D_e3nn(g) Q_l, from the representation matrices alone."""
    group, rng, found = tw.group("O(3)"), np.random.default_rng(0), []
    elements = [group.sample(rng) for _ in range(4)]
    for name, width in zip(NAMES, WIDTHS, strict=True):
        equations = []
        for g in elements:
            rotation = torch.from_numpy(group.irrep("1o").matrix(g))
            ours = group.irrep(name).matrix(g)
            theirs = o3.Irrep(name).D_from_matrix(rotation).numpy()
            equations.append(np.kron(theirs, np.eye(width)) - np.kron(np.eye(width), ours.T))
        _, singular, rows = np.linalg.svd(np.concatenate(equations))
        assert singular[-1] < 1e-6, "no change of basis"
        assert width == 1 or singular[-2] > 1e-2, "more than one change of basis"
        found.append(torch.from_numpy(rows[-1].reshape(width, width) * np.sqrt(width)).float())
    return found


class Border:
    """Features from our basis and layout [d, m] to theirs, [m, d], and back."""

    def __init__(self, channels: int) -> None:
        self.Q, self.channels = bases(), channels

    def to_theirs(self, x: Tensor) -> Tensor:
        parts = x.split([self.channels * d for d in WIDTHS], dim=-1)
        turned = [
            torch.einsum("ij,...ju->...ui", Q, p.unflatten(-1, (d, -1)))
            for Q, p, d in zip(self.Q, parts, WIDTHS, strict=False)
        ]
        return torch.cat([p.flatten(-2) for p in turned], dim=-1).contiguous()

    def to_ours(self, x: Tensor) -> Tensor:
        parts = x.split([self.channels * d for d in WIDTHS], dim=-1)
        turned = [
            torch.einsum("ij,...ui->...ju", Q, p.unflatten(-1, (-1, d)))
            for Q, p, d in zip(self.Q, parts, WIDTHS, strict=False)
        ]
        return torch.cat([p.flatten(-2) for p in turned], dim=-1).contiguous()


def their_product(paths: list[tuple[int, int, int]], *, separate: bool) -> o3.TensorProduct:
    """e3nn's product of the same paths; separate: each into an output block of its own."""
    left = o3.Irreps([(CHANNELS, name) for name in NAMES])
    out = [(CHANNELS, NAMES[k]) for _, _, k in paths] if separate else left
    instructions = [(i, j, p if separate else k, "uvu", True) for p, (i, j, k) in enumerate(paths)]
    return o3.TensorProduct(
        left, o3.Irreps([(1, name) for name in NAMES]), o3.Irreps(out), instructions, shared_weights=False,
        internal_weights=False, irrep_normalization="none", path_normalization="none",
    )  # fmt: skip


def path_factors(ours: ChannelwiseProduct, theirs: o3.TensorProduct, left: Border, right: Border) -> Tensor:
    """[weights]: our weight = factor · theirs, path by path (signs and normalisation of the coefficients)."""
    draw = torch.Generator().manual_seed(1)
    x1, x2 = torch.randn(1, ours.rep_1.dim, generator=draw), torch.randn(1, ours.rep_2.dim, generator=draw)
    factors = torch.empty(ours.weight_numel)
    for path in ours.plan.paths:
        weight = torch.zeros(1, ours.weight_numel)
        weight[:, path.weights] = 1.0
        one, two = left.to_theirs(ours(x1, x2, weight)), theirs(left.to_theirs(x1), right.to_theirs(x2), weight)
        factors[path.weights] = (one * two).sum() / (two * two).sum()
    return factors


def passes(product: Callable[..., Tensor], x: list[Tensor], g: Tensor, second: list[Tensor]) -> dict[str, Run]:
    """The three measured passes. x: x1, x2, weights, all requiring gradients; second: cotangents of their gradients."""

    def forward() -> list[Tensor]:
        with torch.no_grad():
            return [product(*x)]

    def backward() -> list[Tensor]:
        return list(torch.autograd.grad(product(*x), x, g))

    def double() -> list[Tensor]:
        first = torch.autograd.grad(product(*x), x, g, create_graph=True)
        return list(torch.autograd.grad(first, x, second))

    return {"forward": forward, "forward+backward": backward, "double backward": double}


def extra_memory(run: Run) -> float:
    """MB at the peak beyond what was there before and what is handed back."""
    run()
    with torch.profiler.profile(profile_memory=True, record_shapes=False) as profile:
        results = run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    level, peak = 0, 0
    for event in sorted((e for e in events if e.get("name") == "[memory]"), key=lambda e: e["ts"]):
        level += event["args"]["Bytes"]
        peak = max(peak, level)
    return (peak - sum(x.numel() * x.element_size() for x in results)) / 1e6


def bandwidth() -> float:
    """GB/s of a large copy, read and written bytes, the best of several."""
    source = torch.randn(32_000_000)
    target, best = torch.empty_like(source), 0.0
    for _ in range(8):
        start = time.perf_counter()
        target.copy_(source)
        best = max(best, 2 * source.numel() * 4 / (time.perf_counter() - start) / 1e9)
    return best


def mixed_bandwidth() -> float:
    """GB/s of a large sum of two arrays into a third: two bytes read for each one written, about the product's mix."""
    one, two = torch.randn(16_000_000), torch.randn(16_000_000)
    target, best = torch.empty_like(one), 0.0
    for _ in range(8):
        start = time.perf_counter()
        torch.add(one, two, out=target)
        best = max(best, 3 * one.numel() * 4 / (time.perf_counter() - start) / 1e9)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--compiled", action="store_true", help="also e3nn under torch.compile (half a minute)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    group, n = tw.group("O(3)"), options.edges
    hidden, sphere = (tw.Rep(group, " + ".join(f"{m}x{name}" for name in NAMES)) for m in (CHANNELS, 1))
    ours = ChannelwiseProduct(hidden, sphere, hidden, weights="per_sample", backend="fused")
    paths = [(path.block_1, path.block_2, path.block_out) for path in ours.plan.paths]
    summed, separate = their_product(paths, separate=False), their_product(paths, separate=True)
    left, right = Border(CHANNELS), Border(1)
    factors = path_factors(ours, summed, left, right)

    x = [torch.randn(n, size) for size in (hidden.dim, sphere.dim, ours.weight_numel)]
    g, second = torch.randn(n, hidden.dim), [torch.randn_like(one) for one in x]
    their_x = [left.to_theirs(x[0]), right.to_theirs(x[1]), x[2] * factors]
    their_second = [left.to_theirs(second[0]), right.to_theirs(second[1]), second[2] * factors]
    their_g = left.to_theirs(g)
    blocks = their_g.split([CHANNELS * d for d in WIDTHS], dim=-1)
    apart_g = torch.cat([blocks[k] for _, _, k in paths], dim=-1)
    for one in (*x, *their_x):
        one.requires_grad_()

    candidates = {
        "intertwine": passes(ours, x, g, second),
        "e3nn summed": passes(summed, their_x, their_g, their_second),
        "e3nn separate": passes(separate, their_x, apart_g, their_second),
    }
    if options.compiled:
        compiled = torch.compile(summed, fullgraph=True)
        candidates["e3nn compiled"] = passes(compiled, their_x, their_g, their_second)

    check(candidates, left, right, factors, [k for _, _, k in paths])
    measured = measure(candidates, options.rounds)
    moved = 4 * n * np.array([1865, 1865 + 1865 + 1289, 1865 + 2 * (1865 + 1289) + 1289])
    return report(measured, candidates, moved, n)


def check(candidates: dict[str, dict[str, Run]], left: Border, right: Border, factors: Tensor, into: list[int]) -> None:
    """Every candidate computes the same function and derivatives; those that cannot are dropped."""
    wanted = {kind: run() for kind, run in candidates["intertwine"].items()}
    for name, kinds in candidates.items():
        for kind in list(kinds):
            try:
                found = kinds[kind]()
            except RuntimeError as error:
                print(f"{name}: no {kind}: {str(error).splitlines()[0]}")
                del kinds[kind]
                continue
            if name == "intertwine":
                continue
            if kind == "forward":
                if name == "e3nn separate":
                    blocks = found[0].split([CHANNELS * WIDTHS[k] for k in into], dim=-1)
                    found = [
                        torch.cat(
                            [sum(b for b, k in zip(blocks, into, strict=False) if k == out) for out in range(3)], dim=-1
                        )
                    ]
                found = [left.to_ours(found[0])]
            else:
                found = [left.to_ours(found[0]), right.to_ours(found[1]), found[2] * factors]
            for a, b in zip(wanted[kind], found, strict=True):
                error = float((a - b).norm() / a.norm())
                assert error < 1e-5, f"{name}, {kind}: results differ by {error:.1e}"
    print("outputs, gradients and gradients of gradients agree to 1e-5")


def measure(candidates: dict[str, dict[str, Run]], rounds: int) -> dict[tuple[str, str], tuple[float, float]]:
    """Median wall and processor time in ms; the candidates take turns."""
    spent: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for kind in REQUIRED:
        for turn in range(rounds + 2):
            for name, kinds in candidates.items():
                if kind not in kinds:
                    continue
                wall, cpu = time.perf_counter(), time.process_time()
                kinds[kind]()
                times = (1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu))
                if turn >= 2:
                    spent.setdefault((name, kind), []).append(times)
    return {key: (median(w for w, _ in one), median(c for _, c in one)) for key, one in spent.items()}


def report(
    measured: dict[tuple[str, str], tuple[float, float]],
    candidates: dict[str, dict[str, Run]],
    moved: np.ndarray,
    n: int,
) -> int:
    """Prints the tables; 1 where a required ratio is missed."""
    speed, missed = bandwidth(), 0
    mixed = mixed_bandwidth()
    print(
        f"{n} edges, {torch.get_num_threads()} threads, torch {torch.__version__}, copy {speed:.1f} GB/s, two reads "
        f"and a write {mixed:.1f} GB/s"
    )
    print(f"{'pass':>17} {'candidate':>15} {'wall ms':>9} {'cpu ms':>9} {'wall':>7} {'cpu':>7} {'extra MB':>9}")
    for row, (kind, required) in enumerate(REQUIRED.items()):
        ours, peers = measured["intertwine", kind], []
        for name, kinds in candidates.items():
            if kind not in kinds:
                continue
            theirs, extra = measured[name, kind], extra_memory(kinds[kind])
            wall, cpu = (b / a for a, b in zip(ours, theirs, strict=True))
            print(f"{kind:>17} {name:>15} {theirs[0]:9.1f} {theirs[1]:9.1f} {wall:6.1f}× {cpu:6.1f}× {extra:9.1f}")
            if name != "intertwine":
                peers.append((wall, cpu))
        wall, cpu = (min(ratios) for ratios in zip(*peers, strict=True))
        missed |= wall < required
        floor = f"{moved[row] / 1e6:.0f} MB at {speed:.1f} GB/s = {moved[row] / speed / 1e6:.1f} ms"
        reached = moved[row] / ours[0] / 1e6 / mixed
        print(f"{'':17} fastest peer: {wall:.1f}× wall, {cpu:.1f}× cpu; required {required:g}×; floor by bytes {floor}")
        print(f"{'':17} {moved[row] / ours[0] / 1e6:.1f} GB/s reached, {reached:.0%} of two reads and a write")
    return missed


if __name__ == "__main__":
    sys.exit(main())
