"""The engine beside emlp, lie-nn and e3nn in one run, one core: times, ratios, and whether both span the same maps.

The peers run in their own interpreter (`--peer-python`, or INTERTWINE_PEERS_PYTHON, else this one: `pip install
intertwine[peers]`), each task in a fresh process that stops after `--limit` seconds. Ours runs in fresh processes
too, with the disk cache off, imports apart; medians of `--runs`. Subspaces are compared by principal angles.

    OMP_NUM_THREADS=1 python benchmarks/engine_peers.py --peer-python peers/bin/python [TASK ...]

BENCH_CLOCK=cpu counts processor time on both sides.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from engine_must_hold import clock, preload

Maps = dict[str, np.ndarray]


def tensor_maps(rep: Any, power: int) -> Any:
    """Intertwiners of V^⊗power, [n, d^power, d^power]."""
    import intertwine as tw

    product = rep
    for _ in range(power - 1):
        product = product @ rep
    return tw.intertwiners(product, product)


def so13_t3() -> Any:
    import intertwine as tw

    return tensor_maps(tw.Rep(tw.group("SO(1,3)"), "(1/2,1/2)"), 3)


def su3_vv() -> Any:
    """Over ℂ as emlp: T T† for T : V_c → V ⊗ V."""
    import intertwine as tw

    G = tw.group("SU(3)")
    three = G.irrep("3")
    tables = [tw.clebsch_gordan(three, three, G.irrep(name), basis="weight") for name in tw.decompose("SU(3)", "3 x 3")]
    return np.array([a.reshape(9, -1) @ b.reshape(9, -1).conj().T for table in tables for a in table for b in table])


def permutation_rep(n: int) -> Any:
    import intertwine as tw

    G = tw.group(f"S{n}")
    return tw.Rep.from_matrices(G, discrete=[np.eye(n)[:, _images(G, g, n)] for g in G.generators])


def _images(group: Any, element: Any, n: int) -> np.ndarray:
    return np.asarray(element.permutation)[:n]


def s5_vv() -> Any:
    return tensor_maps(permutation_rep(5), 2)


def s5_t3() -> Any:
    return tensor_maps(permutation_rep(5), 3)


def sp4_vv() -> Any:
    import intertwine as tw

    return tensor_maps(tw.Rep(tw.group("Sp(4,R)"), "4"), 2)


def products(group: str, name: str) -> Maps:
    import intertwine as tw
    from intertwine.representations import product_irreps

    irrep = tw.group(group).irrep(name)
    return {c.name: tw.clebsch_gordan(irrep, irrep, c) for c in product_irreps(irrep, irrep)}


def su3_octets() -> Maps:
    return products("SU(3)", "8")


def su4_15() -> Maps:
    return products("SU(4)", "15")


def so13_22() -> Maps:
    return products("SO(1,3)", "(1,1)")


def so3_tables() -> Maps:
    import intertwine as tw

    G = tw.group("SO(3)")
    irreps = [G.irrep(str(spin)) for spin in range(12)]
    return {
        f"{a}_{b}_{c}": tw.clebsch_gordan(irreps[a], irreps[b], irreps[c])
        for a in range(12)
        for b in range(12)
        for c in range(abs(a - b), min(a + b, 11) + 1)
    }


def sine(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Sine of the largest principal angle between two spans of rows; 1 where the dimensions differ."""
    if len(ours) != len(theirs):
        return 1.0
    a = np.linalg.qr(ours.reshape(len(ours), -1).T)[0]
    b = np.linalg.qr(theirs.reshape(len(theirs), -1).T)[0]
    return float(np.linalg.norm(b - a @ (a.conj().T @ b), 2))


def same_maps(ours: np.ndarray, peer: Maps, _: int = 0) -> tuple[float, str]:
    n = ours.shape[1]
    theirs = peer["basis"].T.reshape(-1, n, n)
    return sine(ours, theirs), f"{len(ours)} maps, emlp {len(theirs)}"


def same_symplectic_maps(ours: np.ndarray, peer: Maps) -> tuple[float, str]:
    """emlp's symplectic form is Σ p_i ∧ q_i; ours is carried there by a Darboux basis first."""
    import intertwine as tw

    form = tw.Rep(tw.group("Sp(4,R)"), "4").metric
    if form is None:
        raise RuntimeError("Sp(4,R) has a symplectic form")
    basis = np.linalg.solve(_darboux(np.kron([[0, 1], [-1, 0]], np.eye(2))), np.eye(4))
    carry = _darboux(form) @ basis  # x_ours = carry x_theirs
    two = np.kron(carry, carry)
    return same_maps(np.array([np.linalg.solve(two, one @ two) for one in ours]), peer)


def _darboux(form: np.ndarray) -> np.ndarray:
    """D with Dᵀ form D = Σ e_2i ∧ e_2i+1, by symplectic Gram–Schmidt."""
    left = list(np.eye(len(form)))
    columns = []
    while left:
        u = left.pop(0)
        values = [abs(u @ form @ v) for v in left]
        v = left.pop(int(np.argmax(values)))
        v = v / (u @ form @ v)
        columns += [u, v]
        left = [w - (u @ form @ w) * v + (v @ form @ w) * u for w in left]
    return np.array(columns).T


def lie_nn_tables(ours: Maps, peer: Maps) -> tuple[float, str]:
    """lie-nn's tables that are equivariant under its own generators, against ours carried to its basis of the octet."""
    import intertwine as tw

    G = tw.group("SU(3)")
    fundamental = G.theory.algebra(G.theory.parse("3"))
    coordinates = np.linalg.lstsq(
        fundamental.reshape(len(fundamental), -1).T,
        peer["fundamental"].reshape(len(peer["fundamental"]), -1).T,
        rcond=None,
    )[0]  # their X_k = Σ_a coordinates[a, k] our X_a
    octet = np.einsum("ak,aij->kij", coordinates, G.irrep("8").generators.astype(complex))
    equations = np.concatenate(
        [np.kron(np.eye(8), x.T) - np.kron(y, np.eye(8)) for x, y in zip(octet, peer["generators"], strict=True)]
    )
    S = np.linalg.svd(equations)[2][-1].conj().reshape(8, 8)  # S x = y S, row-major
    S *= np.sqrt(8) / np.linalg.norm(S)
    worst, right, wrong = 0.0, 0, []
    index = 0
    X = peer["generators"]
    spans: dict[int, list[np.ndarray]] = {}
    while f"table{index}" in peer:
        table, Y = peer[f"table{index}"], peer[f"generators{index}"]
        index += 1
        left = np.einsum("zijk,aip->azpjk", table, X) + np.einsum("zijk,ajp->azipk", table, X)
        error = np.abs(left - np.einsum("zijl,akl->azijk", table, Y)).max() / np.abs(table).max()
        flat = table.transpose(0, 3, 1, 2).reshape(table.shape[0] * table.shape[3], -1)
        orthogonal = np.abs(flat @ flat.conj().T - np.eye(len(flat)) * (np.abs(flat[0]) ** 2).sum()).max()
        if error > 1e-6:
            wrong.append(f"{table.shape[3]} (equivariance {error:.0e}, orthogonality {orthogonal:.0e})")
        else:
            right += 1
            spans.setdefault(table.shape[3], []).append(flat)
    for dimension, parts in spans.items():
        mine = [table for name, table in ours.items() if name.rstrip("bar'") == str(dimension)]
        flat = np.concatenate([t.transpose(0, 3, 1, 2).reshape(-1, 8, 8) for t in mine])
        carried = np.einsum("nij,pi,qj->npq", flat.astype(complex), S.conj(), S.conj()).reshape(len(flat), -1)
        a, b = (np.linalg.svd(z, full_matrices=False) for z in (carried, np.concatenate(parts)))
        ranks = [int((z[1] > 1e-8 * z[1][0]).sum()) for z in (a, b)]
        worst = max(worst, sine(a[2][: ranks[0]], b[2][: ranks[1]]))
    return worst, f"{right} of its tables right" + (f"; wrong: {', '.join(wrong)}" if wrong else "")


def e3nn_tables(ours: Maps, peer: Maps) -> tuple[float, str]:
    """Tables agree up to the orthogonal map that takes one library's harmonics to the other's, and a sign
    each."""
    import intertwine as tw

    values = tw.harmonics("SO(3)", 11)
    mine = values(peer["points"])
    change = []
    for degree, where in zip(values.degrees, values.rep.slices, strict=True):
        S = np.linalg.lstsq(peer[f"y{degree}"], mine[:, where], rcond=None)[0]
        change.append(S * np.sqrt(len(S)) / np.linalg.norm(S))
    worst = 0.0
    for name, table in ours.items():
        a, b, c = (int(word) for word in name.split("_"))
        carried = np.einsum("ijk,ip,jq,kr->pqr", peer[name], change[a], change[b], change[c], optimize=True)
        carried *= np.sqrt(2 * c + 1)
        worst = max(worst, min(float(np.abs(table[0] - sign * carried).max()) for sign in (1, -1)))
    return worst, f"{len(ours)} tables up to a sign each"


Check = Callable[[Any, Maps], tuple[float, str]]
# task of the peer side: (title, ours, comparison, required ratio)
TASKS: dict[str, tuple[str, Callable[[], Any], Check | None, float]] = {
    "emlp-so13-t3": ("SO(1,3) T(3) -> T(3), emlp", so13_t3, same_maps, 100.0),
    "emlp-su3-vv": ("SU(3) VxV -> VxV, emlp", su3_vv, same_maps, 100.0),
    "emlp-s5-vv": ("S(5) VxV -> VxV, emlp", s5_vv, same_maps, 100.0),
    "emlp-sp4-vv": ("Sp(4,R) VxV -> VxV, emlp", sp4_vv, same_symplectic_maps, 100.0),
    "emlp-s5-t3": ("S(5) T(3) -> T(3), emlp", s5_t3, same_maps, 100.0),
    "lie-nn-su3-8": ("SU(3) 8x8 -> all, lie-nn", su3_octets, lie_nn_tables, 100.0),
    "lie-nn-su4-15": ("SU(4) 15x15 -> all, lie-nn", su4_15, None, 100.0),
    "lie-nn-so13-22": ("SO(1,3) (2,2)x(2,2) -> all, lie-nn", so13_22, None, 100.0),
    "e3nn-wigner-3j": ("SO(3) Wigner 3j to l = 11, e3nn", so3_tables, e3nn_tables, 3.0),
}


def run_ours(task: str, runs: int, folder: str) -> tuple[float, Any]:
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "INTERTWINE_CACHE": "off"}
    times = []
    path = Path(folder) / "ours.npz"
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, __file__, "--here", task, str(path)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        times.append(json.loads(done.stdout.splitlines()[-1]))
    with np.load(path) as data:
        result = {name: data[name] for name in data.files}
    return median(times), result.get("maps", result)


def run_peer(python: str, task: str, limit: float, folder: str) -> tuple[float | None, Any]:
    path = Path(folder) / "peer.npz"
    path.unlink(missing_ok=True)
    environment = {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", **os.environ}
    try:
        done = subprocess.run(
            [python, str(Path(__file__).with_name("engine_peer_side.py")), task, str(path)],
            env=environment, capture_output=True, text=True, check=False, timeout=limit,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None, f"none in {limit:.0f} s"
    if done.returncode:
        raised = [line for line in done.stderr.splitlines() if re.match(r"[\w.]+(Error|Exception)\b", line)]
        return None, f"raises {raised[-1][:110] if raised else 'an error'}"
    with np.load(path) as data:
        result = {name: data[name] for name in data.files}
    return float(result.pop("seconds")), result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help=f"of {', '.join(TASKS)}")
    parser.add_argument("--peer-python", default=os.environ.get("INTERTWINE_PEERS_PYTHON", sys.executable))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds after which a peer is stopped")
    parser.add_argument("--here", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        task, output = options.here
        preload()
        start = clock()
        found = TASKS[task][1]()
        print(clock() - start)
        np.savez(output, **(found if isinstance(found, dict) else {"maps": found}))
        return 0
    failed = 0
    for task in options.tasks or TASKS:
        title, _, compare, required = TASKS[task]
        with tempfile.TemporaryDirectory() as folder:
            ours, result = run_ours(task, options.runs, folder)
            theirs, peer = run_peer(options.peer_python, task, options.limit, folder)
        if theirs is None:
            print(f"{title:36} ours {ours * 1e3:8.1f} ms   peer: {peer}", flush=True)
            continue
        angle, note = compare(result, peer) if compare else (0.0, "not compared")
        ratio = theirs / ours
        holds = ratio >= required and angle < 1e-4
        failed += not holds
        print(
            f"{title:36} ours {ours * 1e3:8.1f} ms   peer {theirs * 1e3:9.1f} ms   ratio {ratio:7.1f} "
            f"(≥ {required:g})   "
            f"difference {angle:.1e} ({note})   {'PASS' if holds else 'FAIL'}",
            flush=True,
        )
    print("all hold" if not failed else f"{failed} of the lines above do not hold")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
