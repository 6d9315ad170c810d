"""Channelwise tensor product beside e3nn on its home ground: 64x(0+1+2) ⊗ (0+1+2) → 64x(0+1+2) in O(3), float32.

    benchmarks/quiet python benchmarks/channelwise_product.py [--edges 10000] [--threads 2] [--compiled]

Needs the `peers` extra (e3nn). The 11 parity-even paths, 704 weights an edge, random cotangents; forward, forward and
backward, and a gradient of gradients as in training on forces. Bases, layouts and path normalisations are converted
beforehand, outputs and gradients compared, and the candidates take turns. Medians; "cpu" is the process's processor
time, which other work on the machine disturbs less. e3nn runs in two modes: paths summed into three output blocks, and
every path in a block of its own (NequIP's way); --compiled adds torch.compile of the first. cuEquivariance, where it is
installed, runs its CPU path, paths separate, also compiled with --compiled.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import intertwine as tw
from e3nn_product import CHANNELS, NAMES, Border, apart, channelwise, path_factors, summed
from intertwine.nn import ChannelwiseProduct

REQUIRED = {"forward": 8.0, "forward+backward": 5.0, "double backward": 4.0}
Run = Callable[[], list[Tensor]]
ToOurs = Callable[[list[Tensor]], list[Tensor]]


class Candidate(NamedTuple):
    """The measured passes of one library, and its output and its gradients in our basis, layout and weights."""

    passes: dict[str, Run]
    output: ToOurs
    gradients: ToOurs


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


def clock() -> Callable[[], float]:
    """What bandwidths are told by: processor time of one thread, which others disturb less, or wall time of more."""
    return time.process_time if torch.get_num_threads() == 1 else time.perf_counter


def bandwidth() -> float:
    """GB/s of a large copy, read and written bytes, the best of several."""
    source = torch.randn(32_000_000)
    target, best, now = torch.empty_like(source), 0.0, clock()
    for _ in range(8):
        start = now()
        target.copy_(source)
        best = max(best, 2 * source.numel() * 4 / (now() - start) / 1e9)
    return best


def mixed_bandwidth() -> float:
    """GB/s of a large sum of two arrays into a third: two bytes read for each one written, about the product's mix."""
    one, two = torch.randn(16_000_000), torch.randn(16_000_000)
    target, best, now = torch.empty_like(one), 0.0, clock()
    for _ in range(8):
        start = now()
        torch.add(one, two, out=target)
        best = max(best, 3 * one.numel() * 4 / (now() - start) / 1e9)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--compiled", action="store_true", help="also the peers under torch.compile (minutes)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)

    group, n = tw.group("O(3)"), options.edges
    hidden, sphere = (tw.Rep(group, " + ".join(f"{m}x{name}" for name in NAMES)) for m in (CHANNELS, 1))
    ours = ChannelwiseProduct(hidden, sphere, hidden, weights="per_sample", backend="fused")
    x = [torch.randn(n, size) for size in (hidden.dim, sphere.dim, ours.weight_numel)]
    g, second = torch.randn(n, hidden.dim), [torch.randn_like(one) for one in x]
    candidates = {"intertwine": Candidate(passes(ours, _leaves(x), g, second), _same, _same)}
    candidates |= of_e3nn(ours, x, g, second, compiled=options.compiled)
    candidates |= of_cuequivariance(ours, x, g, second, compiled=options.compiled)
    check(candidates)
    measured = measure({name: one.passes for name, one in candidates.items()}, options.rounds)
    moved = 4 * n * np.array([1865, 1865 + 1865 + 1289, 1865 + 2 * (1865 + 1289) + 1289])
    return report(measured, candidates, moved, n)


def _same(found: list[Tensor]) -> list[Tensor]:
    return found


def _leaves(x: list[Tensor]) -> list[Tensor]:
    return [one.detach().clone().requires_grad_() for one in x]


def of_e3nn(
    ours: ChannelwiseProduct, x: list[Tensor], g: Tensor, second: list[Tensor], *, compiled: bool
) -> dict[str, Candidate]:
    """Paths summed into three blocks, paths separate, and the first compiled."""
    paths = [(path.block_1, path.block_2, path.block_out) for path in ours.plan.paths]
    into, left, right = [k for _, _, k in paths], Border(CHANNELS), Border(1)
    one, apiece = channelwise(paths, separate=False), channelwise(paths, separate=True)
    factors = path_factors(ours, one, left, right)

    def to_theirs(of: list[Tensor]) -> list[Tensor]:
        return [left.to_theirs(of[0]), right.to_theirs(of[1]), of[2] * factors]

    def gradients(found: list[Tensor]) -> list[Tensor]:
        return [left.to_ours(found[0]), right.to_ours(found[1]), found[2] * factors]

    def output(found: list[Tensor]) -> list[Tensor]:
        return [left.to_ours(found[0])]

    inputs, cotangent, seconds = _leaves(to_theirs(x)), left.to_theirs(g), to_theirs(second)
    found = {
        "e3nn summed": Candidate(passes(one, inputs, cotangent, seconds), output, gradients),
        "e3nn separate": Candidate(
            passes(apiece, inputs, apart(cotangent, into), seconds),
            lambda y: [left.to_ours(summed(y[0], into))], gradients,
        ),
    }  # fmt: skip
    if compiled:
        traced = passes(torch.compile(one, fullgraph=True), inputs, cotangent, seconds)
        found["e3nn compiled"] = Candidate(traced, output, gradients)
    return found


def of_cuequivariance(
    ours: ChannelwiseProduct, x: list[Tensor], g: Tensor, second: list[Tensor], *, compiled: bool
) -> dict[str, Candidate]:
    """Its CPU path, paths separate, and the same compiled; none where it is not installed."""
    if find_spec("cuequivariance_torch") is None:
        print("cuEquivariance is not installed and left out: pip install cuequivariance-torch")
        return {}
    from cuequivariance_product import Channelwise

    left, right = Border(CHANNELS, channels_last=True), Border(1, channels_last=True)
    theirs = Channelwise(ours, left, right)

    def to_theirs(of: list[Tensor]) -> list[Tensor]:
        return [left.to_theirs(of[0]), right.to_theirs(of[1]), theirs.weights_to_theirs(of[2])]

    def gradients(found: list[Tensor]) -> list[Tensor]:
        return [left.to_ours(found[0]), right.to_ours(found[1]), theirs.gradient_to_ours(found[2])]

    def output(found: list[Tensor]) -> list[Tensor]:
        return [left.to_ours(summed(found[0], theirs.into))]

    inputs, cotangent, seconds = _leaves(to_theirs(x)), apart(left.to_theirs(g), theirs.into), to_theirs(second)
    modules = {"cuEquivariance": theirs.module}
    if compiled:
        modules["cuEq. compiled"] = torch.compile(theirs.module)
    return {
        name: Candidate(passes(module, inputs, cotangent, seconds), output, gradients)
        for name, module in modules.items()
    }


def check(candidates: dict[str, Candidate]) -> None:
    """Every candidate computes the same function and derivatives; passes that one cannot do are dropped."""
    wanted = {kind: run() for kind, run in candidates["intertwine"].passes.items()}
    for name, one in candidates.items():
        for kind in list(one.passes):
            try:
                found = one.passes[kind]()
            except RuntimeError as error:
                print(f"{name}: no {kind}: {str(error).splitlines()[0]}")
                del one.passes[kind]
                continue
            found = one.output(found) if kind == "forward" else one.gradients(found)
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
    measured: dict[tuple[str, str], tuple[float, float]], candidates: dict[str, Candidate], moved: np.ndarray, n: int
) -> int:
    """Prints the tables; 1 where a required ratio to e3nn is missed."""
    speed, missed = bandwidth(), 0
    mixed = mixed_bandwidth()
    print(
        f"{n} edges, {torch.get_num_threads()} threads, torch {torch.__version__}, copy {speed:.1f} GB/s, two reads "
        f"and a write {mixed:.1f} GB/s"
    )
    print(f"{'pass':>17} {'candidate':>15} {'wall ms':>9} {'cpu ms':>9} {'wall':>7} {'cpu':>7} {'extra MB':>9}")
    for row, (kind, required) in enumerate(REQUIRED.items()):
        ours, ratios = measured["intertwine", kind], {}
        for name, one in candidates.items():
            if kind not in one.passes:
                continue
            theirs, extra = measured[name, kind], extra_memory(one.passes[kind])
            wall, cpu = (b / a for a, b in zip(ours, theirs, strict=True))
            print(f"{kind:>17} {name:>15} {theirs[0]:9.1f} {theirs[1]:9.1f} {wall:6.1f}× {cpu:6.1f}× {extra:9.1f}")
            ratios[name] = (wall, cpu)
        for peer in ("e3nn", "cuEq"):
            those = [pair for name, pair in ratios.items() if name.startswith(peer)]
            if those:
                wall, cpu = (min(one) for one in zip(*those, strict=True))
                target = f"; required {required:g}×" if peer == "e3nn" else ""
                missed |= peer == "e3nn" and wall < required
                print(f"{'':17} fastest of {peer}: {wall:.1f}× wall, {cpu:.1f}× cpu{target}")
        floor = f"{moved[row] / 1e6:.0f} MB at {speed:.1f} GB/s = {moved[row] / speed / 1e6:.1f} ms"
        rate = moved[row] / ours[clock() is time.process_time] / 1e6
        print(f"{'':17} floor by bytes {floor}; {rate:.1f} GB/s, {rate / mixed:.0%} of two reads and a write")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
