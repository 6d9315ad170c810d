"""Steerable convolutions beside escnn and beside a plain Conv2d of the same width, float32.

    benchmarks/quiet python benchmarks/steerable_convolution.py [--threads 2] [--rounds 3] [--only layer,build,...]

Needs escnn. Parts: `spaces` (principal angles between the two libraries' kernel spaces), `build` (a layer from cold,
each in a process of its own, imports not counted), `layer` (C8 regular × 16 and SO(2) irreps 0 … 3 × 16, 5×5, 64×64,
batch 32; eval forward, training forward and backward), `norm` (batch norm and non-linearity at that size), `network` (a
training step at 28×28, batch 64), `compile` (torch.compile(fullgraph=True)). Candidates take turns; medians of wall
time (BENCH_CLOCK=cpu: processor time). Random cotangents. What limits a layer is the arithmetic of the convolution,
what limits norms and non-linearities is memory traffic.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from scipy.spatial.transform import Rotation

import intertwine as tw
from intertwine import nn

CLOCK = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter
COLD = {
    "C8 regular 16→16, 5×5": (
        "nn.SteerableConvolution(16 * tw.regular('C8'), 16 * tw.regular('C8'), 5)",
        "g = gspaces.rot2dOnR2(8); t = enn.FieldType(g, 16 * [g.regular_repr]); enn.R2Conv(t, t, 5)",
    ),
    "SO(2) irreps 0…3 ×16, 5×5": (
        "nn.SteerableConvolution(r := tw.Rep('SO(2)', '16x0+16x1+16x2+16x3'), r, 5)",
        "g = gspaces.rot2dOnR2(-1, maximum_frequency=3); "
        "t = enn.FieldType(g, [g.irrep(k) for k in range(4) for _ in range(16)]); enn.R2Conv(t, t, 5)",
    ),
    "SO(3) irreps 0…2 ×8, 5³": (
        "nn.SteerableConvolution(r := tw.Rep('SO(3)', '8x0+8x1+8x2'), r, 5, dimension=3)",
        "g = gspaces.rot3dOnR3(maximum_frequency=4); "
        "t = enn.FieldType(g, [g.irrep(k) for k in range(3) for _ in range(8)]); enn.R3Conv(t, t, 5)",
    ),
    "icosahedral irreps of dimension 1, 3, 5 ×4, 5³": (
        "nn.SteerableConvolution(r := tw.Rep('I', '4xA+4xT1+4xH'), r, 5, dimension=3)",
        "g = gspaces.icoOnR3(); t = enn.FieldType(g, [g.irrep(k) for k in (0, 1, 2) for _ in range(4)]); "
        "enn.R3Conv(t, t, 5)",
    ),
}


def measured(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each, in turns, after one call to warm up."""
    for run in runs.values():
        run()
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = CLOCK()
            run()
            found[name].append(CLOCK() - start)
    return {name: median(times) for name, times in found.items()}


def show(title: str, times: dict[str, float], base: str) -> None:
    """A line a candidate, with its ratio to the base."""
    print(f"\n{title}")
    for name, seconds in times.items():
        print(f"  {name:34s} {1e3 * seconds:9.2f} ms   {seconds / times[base]:6.3f} × {base}")


def peers() -> tuple[Any, Any]:
    """escnn's two modules."""
    try:
        from escnn import gspaces
        from escnn import nn as enn
    except ImportError as error:
        sys.exit(f"this benchmark measures escnn beside us: {error}")
    return gspaces, enn


def fields(kind: str) -> tuple[tw.Rep, Any]:
    """Ours and theirs: 16 regular fields of C8, or 16 of each irrep 0 … 3 of SO(2)."""
    gspaces, enn = peers()
    if kind == "C8":
        space = gspaces.rot2dOnR2(8)
        return 16 * tw.regular("C8"), enn.FieldType(space, 16 * [space.regular_repr])
    space = gspaces.rot2dOnR2(-1, maximum_frequency=3)
    theirs = enn.FieldType(space, [space.irrep(k) for k in range(4) for _ in range(16)])
    return tw.Rep("SO(2)", "16x0 + 16x1 + 16x2 + 16x3"), theirs


def trained(
    run: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, parameters: list[Any]
) -> Callable[[], object]:
    """Forward and backward with a fixed random cotangent."""
    cotangent = torch.randn_like(run(x))

    def step() -> None:
        for p in [x, *parameters]:
            p.grad = None
        run(x).backward(cotangent)

    return step


def layer(rounds: int) -> None:
    """One layer of each kind against a plain convolution."""
    for kind in ("C8", "SO(2)"):
        _layer(kind, rounds)


def _layer(kind: str, rounds: int) -> None:
    _, enn = peers()
    rep, theirs = fields(kind)
    ours, peer = nn.SteerableConvolution(rep, rep, 5), enn.R2Conv(theirs, theirs, 5, padding=2)
    plain = torch.nn.Conv2d(rep.dim, rep.dim, 5, padding=2)
    x = torch.randn(32, rep.dim, 64, 64)
    assert torch.allclose(ours.export()(x[:1]), ours(x[:1]), atol=1e-4)
    modules = (ours.eval(), peer.eval(), plain.eval())
    wrapped = enn.GeometricTensor(x, theirs)
    runs: dict[str, Callable[[], object]]
    with torch.no_grad():
        runs = {"Conv2d": lambda: plain(x), "ours": lambda: ours(x), "escnn": lambda: peer(wrapped)}
        show(f"{kind}, {rep.dim} channels, eval forward", measured(runs, rounds), "Conv2d")
    for module in modules:
        module.train()
    x.requires_grad_()
    runs = {
        "Conv2d": trained(plain, x, list(plain.parameters())),
        "ours": trained(ours, x, list(ours.parameters())),
        "escnn": trained(lambda y: peer(enn.GeometricTensor(y, theirs)).tensor, x, list(peer.parameters())),
    }
    show(f"{kind}, {rep.dim} channels, training step", measured(runs, rounds), "Conv2d")


def norm(rounds: int) -> None:
    """Batch norm and non-linearity: regular fields with ELU, irreps with gates."""
    _, enn = peers()
    rep, theirs = fields("C8")
    ours = nn.FusedFieldNorm(nn.FieldBatchNorm(rep), nn.FieldActivation(rep, "elu"))
    peer = enn.SequentialModule(enn.InnerBatchNorm(theirs), enn.ELU(theirs, inplace=False))
    x = torch.randn(32, rep.dim, 64, 64)
    # the same function: their channels are [field, group], ours [group, field]
    turned = x.unflatten(1, (8, 16)).transpose(1, 2).flatten(1, 2)
    y = (
        peer(enn.GeometricTensor(turned.contiguous(), theirs))
        .tensor.unflatten(1, (16, 8))
        .transpose(1, 2)
        .flatten(1, 2)
    )
    assert torch.allclose(ours(x), y, atol=1e-3), "not the same function"
    _norm_times("C8 regular, batch norm + ELU", ours, peer, x, theirs, enn, rounds)
    rep, theirs = fields("SO(2)")
    space = theirs.gspace
    ours = nn.FusedFieldNorm(nn.FieldBatchNorm(nn.FieldGate(rep).rep_in), nn.FieldGate(rep))
    gates = enn.FieldType(space, 48 * [space.trivial_repr])
    vectors = enn.FieldType(space, [space.irrep(k) for k in (1, 2, 3) for _ in range(16)])
    scalars = enn.FieldType(space, 16 * [space.trivial_repr])
    both = gates + vectors
    peer = enn.SequentialModule(
        enn.IIDBatchNorm2d(scalars + both),
        enn.MultipleModule(
            scalars + both,
            ["elu"] * 16 + ["gate"] * 96,
            [(enn.ELU(scalars, inplace=False), "elu"), (enn.GatedNonLinearity1(both), "gate")],
        ),
    )
    x = torch.randn(32, ours.rep_in.dim, 64, 64)
    _norm_times("SO(2) irreps, batch norm + gate", ours, peer, x, scalars + both, enn, rounds)


def _norm_times(title: str, ours: Any, peer: Any, x: torch.Tensor, kind: Any, enn: Any, rounds: int) -> None:
    x = x.clone().requires_grad_()
    with torch.no_grad():
        runs = {"escnn": lambda: peer(enn.GeometricTensor(x, kind)), "ours": lambda: ours(x)}
        show(f"{title}, training forward, {x.shape[1]} channels", measured(runs, 2 * rounds), "ours")
    runs = {
        "escnn": trained(lambda y: peer(enn.GeometricTensor(y, kind)).tensor, x, list(peer.parameters())),
        "ours": trained(ours, x, list(ours.parameters())),
    }
    show(f"{title}, forward and backward", measured(runs, 2 * rounds), "ours")


def network(rounds: int) -> None:
    """The same widths: 8, 12 and 16 regular fields of C8, kernels 7, 5, 5, pooling after each."""
    gspaces, enn = peers()
    from intertwine.models.image_network_config import ImageNetworkConfig, Stage
    from intertwine.models.steerable_cnn import SteerableCNN

    widths, kernels = (4, 6, 8), (7, 5, 5)
    stages = tuple(Stage(channels=c, kernel=k, pool=True) for c, k in zip(widths, kernels, strict=True))
    ours = SteerableCNN(ImageNetworkConfig(group="C8", stages=stages, head=(64,)))
    space = gspaces.rot2dOnR2(8)
    kind = first = enn.FieldType(space, [space.trivial_repr])
    layers = []
    for c, k in zip(widths, kernels, strict=True):
        out = enn.FieldType(space, c * [space.regular_repr])
        layers += [
            enn.R2Conv(kind, out, k, padding=k // 2, bias=False), enn.InnerBatchNorm(out), enn.ELU(out, inplace=True),
            enn.PointwiseAvgPoolAntialiased(out, sigma=0.66, stride=2),
        ]  # fmt: skip
        kind = out
    body = enn.SequentialModule(*layers, enn.GroupPooling(kind))
    head = torch.nn.Sequential(
        torch.nn.Linear(widths[-1], 64, bias=False), torch.nn.BatchNorm1d(64), torch.nn.ELU(), torch.nn.Linear(64, 10)
    )
    x, labels = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))

    def step(run: Callable[[], torch.Tensor], parameters: list[Any]) -> Callable[[], None]:
        optimiser = torch.optim.Adam(parameters, lr=1e-3)

        def one() -> None:
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(run(), labels).backward()
            optimiser.step()

        return one

    runs = {
        "escnn": step(
            lambda: head(body(enn.GeometricTensor(x, first)).tensor.flatten(2).amax(2)),
            [*body.parameters(), *head.parameters()],
        ),
        "ours": step(lambda: ours(x), list(ours.parameters())),
    }
    show("whole network, C8, 28×28, batch 64, training step", measured(runs, 3 * rounds), "ours")


def build(rounds: int) -> None:
    """A layer in a new process: with an empty cache folder, with the user's (which one call fills), and theirs."""
    # our modules load on first use, theirs on import: load all of both beforehand
    ours_head = (
        "import importlib, pkgutil, time, torch, intertwine as tw; from intertwine import groups, nn, representations; "
        "[importlib.import_module(m.name) for p in (groups, representations, nn) "
        "for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.') if 'triton' not in m.name]; "
        "nn.SteerableConvolution; tw.regular"
    )
    # newer scikit-learn refuses the np.matrix that escnn gives it; its own disk cache of irreps is left out, as ours is
    their_head = (
        "import time, numpy, torch; from escnn import gspaces, nn as enn; import escnn.group._numerical as _n; "
        "import escnn.group.groups.ico as _i; _svd = _n.randomized_svd; "
        "_n.randomized_svd = lambda A, **k: _svd(numpy.asarray(A), **k); "
        "_i._build_ico_irrep_picklable = _i._build_ico_irrep_picklable.func"
    )
    for title, (ours, theirs) in COLD.items():
        times = {}
        candidates = (
            ("ours", ours_head, ours), ("ours, bases cached", ours_head, ours), ("escnn", their_head, theirs)
        )  # fmt: skip
        for name, head, body in candidates:
            clock = f"time.{CLOCK.__name__}()"
            code = f"{head}; torch.set_num_threads(1); s = {clock}; {body}; print({clock} - s)"
            found = []
            for _ in range(1 + max(1, rounds // 2)):
                with tempfile.TemporaryDirectory() as folder:
                    where = {} if name.endswith("cached") else {"INTERTWINE_CACHE": folder}
                    done = subprocess.run(
                        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False,
                        env={**os.environ, **where},
                    )  # fmt: skip
                if done.returncode:
                    print(f"{title}: {name} failed: {done.stderr.strip().splitlines()[-1][:200]}")
                    break
                found.append(float(done.stdout.split()[-1]))
            else:
                times[name] = median(found[1:] if name.endswith("cached") else found)
        if "ours" in times:
            show(f"build, cold: {title}", times, "ours")


def spaces(_: int) -> None:
    """Principal angles between the spaces of kernels."""
    gspaces, enn = peers()
    print("\nkernel spaces: dimensions, largest principal angle")
    space = gspaces.rot2dOnR2(8)
    kinds = {
        "trivial": enn.FieldType(space, [space.trivial_repr]),
        "regular": enn.FieldType(space, [space.regular_repr]),
    }
    G = tw.group("C8")
    mine = {"trivial": tw.Rep(G, "A"), "regular": tw.regular(G)}
    for a, b in (("trivial", "regular"), ("regular", "regular")):
        ours = nn.SteerableConvolution(mine[a], mine[b], 5, bias=False, dtype=torch.float64)
        _angle(f"C8 {a} → {b}", _ours(ours), _theirs(enn.R2Conv(kinds[a], kinds[b], 5, bias=False)))
    space = gspaces.rot2dOnR2(-1, maximum_frequency=3)
    kind = enn.FieldType(space, [space.irrep(k) for k in range(4)])
    rep = tw.Rep("SO(2)", "0 + 1 + 2 + 3")
    ours = nn.SteerableConvolution(rep, rep, 5, bias=False, dtype=torch.float64)
    _angle("SO(2) 0…3 → 0…3", _ours(ours), _theirs(enn.R2Conv(kind, kind, 5, bias=False)))
    space = gspaces.rot3dOnR3(maximum_frequency=3)
    kind = enn.FieldType(space, [space.irrep(k) for k in range(3)])
    rep = tw.Rep("SO(3)", "0 + 1 + 2")
    ours = nn.SteerableConvolution(rep, rep, 3, dimension=3, bias=False, dtype=torch.float64)
    basis = _so3_basis(space)
    turned = np.einsum("ai,nijx,bj->nabx", basis, _ours(ours).reshape(-1, 9, 9, 27), basis)
    _angle("SO(3) 0…2 → 0…2", turned.reshape(len(turned), -1), _theirs(enn.R3Conv(kind, kind, 3, bias=False)))


def _so3_basis(space: Any) -> np.ndarray:
    """[9, 9], orthogonal, from our irreps 0, 1, 2 to theirs. Where ours has coordinates (x, y, z) on the axes of a
    volume, theirs has (−z, y, x)."""
    P = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    G = tw.group("SO(3)")
    generators = G.irrep("1").generators.reshape(3, -1).T
    pairs = []
    for _ in range(3):
        element = space.fibergroup.sample()
        x, y, z = Rotation.from_matrix(P.T @ space.basespace_action(element) @ P).as_rotvec()
        cross = np.array([0, -z, y, z, 0, -x, -y, x, 0])
        pairs.append((element, G.exp(np.linalg.lstsq(generators, cross, rcond=None)[0])))
    full = np.eye(9)
    for degree, where in ((1, slice(1, 4)), (2, slice(4, 9))):
        d = 2 * degree + 1
        rows = [
            np.kron(space.irrep(degree)(element), np.eye(d)) - np.kron(np.eye(d), G.irrep(str(degree)).matrix(g).T)
            for element, g in pairs
        ]
        full[where, where] = np.linalg.svd(np.concatenate(rows))[2][-1].reshape(d, d) * np.sqrt(d)
    return full


def _ours(layer: nn.SteerableConvolution) -> np.ndarray:
    def kernel() -> np.ndarray:
        return np.asarray(layer.kernel()[0].numpy())

    return _span(layer.kernel.weight, kernel)


def _theirs(layer: Any) -> np.ndarray:
    layer = layer.double()
    return _span(layer.weights, lambda: layer.expand_parameters()[0].numpy())


def _span(weights: torch.Tensor, kernel: Callable[[], np.ndarray]) -> np.ndarray:
    rows = []
    with torch.no_grad():
        for k in range(weights.numel()):
            weights.zero_()
            weights[k] = 1.0
            rows.append(kernel().reshape(-1))
    _, singular, vectors = np.linalg.svd(np.array(rows), full_matrices=False)
    return np.asarray(vectors[: int((singular > 1e-6 * singular[0]).sum())])


def _angle(title: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    cosine = np.linalg.svd(ours @ theirs.T, compute_uv=False).min()
    angle = float(np.arccos(min(1.0, cosine))) if len(ours) == len(theirs) else np.pi / 2
    print(f"  {title:24s} {len(ours)} and {len(theirs)}, {angle:.1e}")


def compiled(rounds: int) -> None:
    """Whether one graph comes out, and the time of a training step with it."""
    _, enn = peers()
    rep = tw.Rep("SO(2)", "8x0 + 8x1")
    layer = nn.SteerableConvolution(rep, rep, 5)
    x = torch.randn(8, rep.dim, 28, 28)
    fast = torch.compile(layer, fullgraph=True)
    assert torch.allclose(fast(x), layer(x), atol=1e-4)
    print("\ncompile(fullgraph=True): ours runs, same values")
    space = peers()[0].rot2dOnR2(-1, maximum_frequency=1)
    theirs = enn.FieldType(space, 8 * [space.irrep(0)] + 8 * [space.irrep(1)])
    peer = enn.R2Conv(theirs, theirs, 5, padding=2)
    try:
        torch.compile(peer, fullgraph=True)(enn.GeometricTensor(x, theirs))
        print("compile(fullgraph=True): escnn runs")
    except Exception as error:  # noqa: BLE001
        print(f"compile(fullgraph=True): escnn fails with {type(error).__name__}")


PARTS = {
    "spaces": spaces, "build": build, "layer": layer, "norm": norm, "network": network, "compile": compiled,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {options.threads} threads, clock {CLOCK.__name__}")
    for name in options.only.split(","):
        PARTS[name](options.rounds)


if __name__ == "__main__":
    main()
