"""From the start of a process to its first forward and backward pass, with empty and with filled compiler caches.

    benchmarks/quiet python benchmarks/cold_start.py [--edges 1000] [--without-e3nn] [--terminal]

The channelwise product of channelwise_product.py, ours and e3nn's under torch.compile, each in a process of its own
whose time includes the interpreter's start, all imports, Clebsch–Gordan coefficients and compiling. Every cache (ours,
inductor's, triton's) is a fresh folder for "cold" and the same folder again for "warm". Required of ours: 10 s and 4 s.
--terminal gives our first process a terminal, to show the line that says what is being compiled.
"""

from __future__ import annotations

import argparse
import os
import pty
import subprocess
import sys
import tempfile
import time

REQUIRED = {"cold": 10.0, "warm": 4.0}
OURS = """
import torch, intertwine as tw
from intertwine.nn import ChannelwiseProduct
hidden, sphere = (tw.Rep("O(3)", " + ".join(f"{m}x{name}" for name in ("0e", "1o", "2e"))) for m in (64, 1))
product = ChannelwiseProduct(hidden, sphere, hidden, weights="per_sample", backend="fused")
sizes = hidden.dim, sphere.dim, product.weight_numel
"""
E3NN = """
import torch
from e3nn import o3
names = ("0e", "1o", "2e")
left, right = (o3.Irreps([(m, name) for name in names]) for m in (64, 1))
paths = [(i, j, k) for i in range(3) for j in range(3) for k in range(abs(i - j), min(i + j, 2) + 1, 2)]
instructions = [(*path, "uvu", True) for path in paths]
plain = o3.TensorProduct(left, right, left, instructions, shared_weights=False, internal_weights=False)
product = torch.compile(plain, fullgraph=True)
sizes = left.dim, right.dim, plain.weight_numel
"""
BOTH = """
x = [torch.randn(EDGES, size, requires_grad=True) for size in sizes]
out = product(*x)
torch.autograd.grad(out, x, torch.randn_like(out))
"""


def seconds(code: str, folder: str, *, terminal: bool = False) -> float:
    """Wall time of a process that runs the code with its caches in the folder."""
    places = {"INTERTWINE_CACHE": "ours", "TORCHINDUCTOR_CACHE_DIR": "inductor", "TRITON_CACHE_DIR": "triton"}
    environment = os.environ | {name: f"{folder}/{place}" for name, place in places.items()}
    command = [sys.executable, "-W", "ignore", "-c", code]
    start = time.perf_counter()
    if terminal:
        leader, follower = pty.openpty()
        process = subprocess.Popen(command, env=environment, stdout=follower, stderr=follower)
        os.close(follower)
        said = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            said += part
        code_of_exit = process.wait()
        print("on the terminal:", said.decode(errors="replace").strip() or "(nothing)")
    else:
        code_of_exit = subprocess.run(command, env=environment, check=False).returncode
    if code_of_exit:
        raise SystemExit("a process failed")
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=1000)
    parser.add_argument("--without-e3nn", action="store_true")
    parser.add_argument("--terminal", action="store_true")
    options = parser.parse_args()
    missed = 0
    sides = {"intertwine": OURS} if options.without_e3nn else {"intertwine": OURS, "e3nn compiled": E3NN}
    for name, code in sides.items():
        with tempfile.TemporaryDirectory() as folder:
            for kind, required in REQUIRED.items():
                whole = code + BOTH.replace("EDGES", str(options.edges))
                spent = seconds(whole, folder, terminal=options.terminal and name == "intertwine" and kind == "cold")
                print(f"{name:>14} {kind}: {spent:5.1f} s" + (f" (required {required:g} s)" if code is OURS else ""))
                missed |= code is OURS and spent > required
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
