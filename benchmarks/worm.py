"""Time to a given error of n on 60×4 at μ = 1.05: our worm (Numba) beside the same moves in plain C++, compiled here.

The peer (worm.cpp) is built in four ways (-O3 with and without -march=native, with and without branches on
acceptance) and the fastest counts. It must give the exact n on a small lattice and exceed 4·10⁷ elementary steps a
second, or the script fails. Both sides make the same number of worms a sweep and measure n and |φ|² after each sweep;
the time to reach an error ε of n is 2 τ_int var(n) t_sweep / ε², in process CPU time. Then: throughput in chains over
cores, in wall time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np

from intertwine.physics.flux import estimates
from intertwine.physics.flux.chain import Chain
from intertwine.physics.flux.local_kernels import L_STEPS, WORM_STEPS
from intertwine.physics.flux.model import Model
from intertwine.physics.flux.updates import ClosedUpdate

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "physics" / "flux"))
from flux_oracle import Oracle  # noqa: E402

SHAPE, ETA, LAM, MU = (60, 4), 4.01, 1.0, 1.05
ERROR = 1e-3
FLAGS = [(*native, *branch) for native in ((), ("-march=native",)) for branch in ((), ("-DBRANCHING",))]


def build(folder, flags):
    program = Path(folder) / ("worm" + "".join(flags))
    subprocess.run(["g++", "-O3", "-std=c++17", *flags, str(HERE / "worm.cpp"), "-o", str(program)], check=True)
    return program


def peer(program, shape, eta, lam, mu, worms, sweeps, seed):
    """n after each sweep, elementary steps, CPU seconds, mean |φ|²."""
    output = program.with_suffix(".out")
    arguments = [*shape, eta, lam, mu, worms, sweeps, seed, output]
    text = subprocess.run([str(program), *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    steps, seconds, phi2 = text.split()
    return np.fromfile(output), int(steps), float(seconds), float(phi2)


def ours(model, update, sweeps, seed):
    chain = Chain.cold(model, np.random.SeedSequence(seed))
    update.run(chain, model, 10, 1, keep_fields=False)
    before = chain.counts.copy()
    start = time.process_time()
    records = update.run(chain, model, sweeps, 1, keep_fields=False)
    seconds = time.process_time() - start
    steps = chain.counts - before
    return records.observables[:, 0], int(steps[WORM_STEPS] + steps[L_STEPS]), seconds


def check_exact(program):
    shape, eta, lam, mu = (3, 2), 5.0, 1.0, 1.05
    exact = Oracle(shape, eta, lam, mu, tolerance=1e-4).means()
    series, _, _, phi2 = peer(program, shape, eta, lam, mu, 20, 200_000, 7)
    found = estimates.estimate([series[1000:]])
    print(f"C++ on 3×2, η = 5, μ = 1.05: n = {found}, exact {exact[0]:.6f}; |φ|² = {phi2:.6f}, exact {exact[1]:.6f}")
    if abs(found.value - exact[0]) > 4 * found.error or abs(phi2 - exact[1]) > 0.005:
        raise SystemExit("FAILED: the C++ worm does not give the exact n")


def scaling(model, update, sweeps, cores):
    def one(seed):
        return ours(model, update, sweeps, seed)

    start = time.perf_counter()
    one(0)
    single = time.perf_counter() - start
    with ThreadPoolExecutor(cores) as executor:
        start = time.perf_counter()
        list(executor.map(one, range(cores)))
        many = time.perf_counter() - start
    return cores * single / many


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweeps", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    model = Model(SHAPE, ETA, LAM, MU)
    update = ClosedUpdate(12)
    ours(model, update, 100, 0)
    with tempfile.TemporaryDirectory() as folder:
        programs = {flags: build(folder, flags) for flags in FLAGS}
        for program in programs.values():
            check_exact(program)
        rate = {flags: [] for flags in FLAGS}
        our_rate, our_series, peer_series, ratios = [], [], [], []
        for repeat in range(options.repeats):
            for flags, program in programs.items():
                series, steps, seconds, _ = peer(
                    program, SHAPE, ETA, LAM, MU, update.attempts, options.sweeps, 100 + repeat
                )
                rate[flags].append((steps / seconds, seconds))
                if flags == FLAGS[0]:
                    peer_series.append(series[2000:])
            series, steps, seconds = ours(model, update, options.sweeps, 100 + repeat)
            our_series.append(series[2000:])
            our_rate.append((steps / seconds, seconds))
            ratios.append(max(runs[-1][0] for runs in rate.values()) / our_rate[-1][0])
    for flags, runs in rate.items():
        print(f"C++ {' '.join(('-O3', *flags)):32s} {median(r for r, _ in runs) / 1e6:6.1f} M steps/s")
    best = max(FLAGS, key=lambda flags: median(r for r, _ in rate[flags]))
    peer_speed, our_speed = median(r for r, _ in rate[best]), median(r for r, _ in our_rate)
    print(f"ours {'Numba':35s} {our_speed / 1e6:6.1f} M steps/s")
    a, b = estimates.estimate(our_series), estimates.estimate(peer_series)
    apart = abs(a.value - b.value) / np.hypot(a.error, b.error)
    print(
        f"n: ours {a} (τ_int {a.tau_int:.1f} ± {a.tau_error:.1f} sweeps), "
        f"C++ {b} (τ_int {b.tau_int:.1f} ± {b.tau_error:.1f}), {apart:.1f} σ apart"
    )
    times = [
        median(s for _, s in runs) / options.sweeps * 2 * found.tau_int * np.var(np.concatenate(series)) / ERROR**2
        for runs, found, series in ((our_rate, a, our_series), (rate[best], b, peer_series))
    ]
    print(
        f"CPU time to an error of {ERROR:g} in n: ours {times[0]:.2f} s, C++ {times[1]:.2f} s, "
        f"ratio C++/ours {times[1] / times[0]:.2f}"
    )
    print(
        f"the same from steps a second alone: {our_speed / peer_speed:.2f} "
        f"(runs: {', '.join(f'{1 / r:.2f}' for r in ratios)})"
    )
    cores = os.cpu_count() or 1
    gain = median(scaling(model, update, options.sweeps, cores) for _ in range(3))
    print(
        f"{cores} chains on {cores} cores: {gain:.2f} × the throughput of one (load average {os.getloadavg()[0]:.1f})"
    )
    if peer_speed < 4e7:
        raise SystemExit("FAILED: the C++ worm makes fewer than 4·10⁷ elementary steps a second; no fair peer")
    if apart > 4:
        raise SystemExit("FAILED: the two do not agree on n")
    if our_speed / peer_speed < 0.8:
        raise SystemExit("FAILED: less than 0.8 of C++")


if __name__ == "__main__":
    main()
