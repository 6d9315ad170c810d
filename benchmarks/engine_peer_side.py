"""What a peer library computes for `engine_peers.py`; runs in the peer's own interpreter and knows nothing of
intertwine.

    python engine_peer_side.py TASK OUTPUT.npz

Writes the peer's result and its time. Where a library does not import under current NumPy or JAX its package is
entered past the part that fails; what is done is said at the place.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
import types
import warnings

import numpy as np

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TQDM_DISABLE", "1")
warnings.filterwarnings("ignore")
clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter


def emlp():
    """emlp 1.0.3: its __init__ imports objax networks (broken with current JAX) and its submodules import each other
    in a circle.

    The package is made by hand without running its __init__, and `emlp.reps` is imported first.
    """
    spec = importlib.util.find_spec("emlp")
    if spec is None:
        raise ModuleNotFoundError("emlp is not installed here")
    package = types.ModuleType("emlp")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["emlp"] = package
    reps = importlib.import_module("emlp.reps")
    return importlib.import_module("emlp.groups"), reps


def emlp_basis(group_name: str, argument: int | None, power: int, contravariant: bool) -> dict[str, np.ndarray]:
    groups, reps = emlp()
    group = getattr(groups, group_name)(*(() if argument is None else (argument,)))
    warm = (reps.V >> reps.V)(groups.SO(2)).equivariant_basis()  # JAX start-up is not counted
    np.asarray(warm)
    tensor = reps.V**power if not contravariant else reps.T(power)
    start = clock()
    basis = np.asarray((tensor >> tensor)(group).equivariant_basis())
    return {"seconds": np.array(clock() - start), "basis": basis}


def lie_nn_products(kind: str, label: tuple[int, ...]) -> dict[str, np.ndarray]:
    import lie_nn

    make = getattr(lie_nn.irreps, kind)
    a = make(*label) if kind == "SO13" else make(label)
    start = clock()
    tables = [(c, lie_nn.clebsch_gordan(a, a, c)) for c in a * a]
    seconds = clock() - start
    found: dict[str, np.ndarray] = {"seconds": np.array(seconds), "generators": np.asarray(a.X)}
    if kind == "SU3":
        found["fundamental"] = np.asarray(make((1, 0, 0)).X)
    for index, (c, table) in enumerate(tables):
        found[f"table{index}"] = np.asarray(table)
        found[f"generators{index}"] = np.asarray(c.X)
    return found


def e3nn_wigner_3j(limit: int) -> dict[str, np.ndarray]:
    import torch
    from e3nn import o3

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    o3.wigner_3j(1, 1, 1)  # imports and compilation are not counted
    getattr(o3._wigner, "_so3_clebsch_gordan", o3.wigner_3j).__dict__.get("cache_clear", lambda: None)()
    start = clock()
    tables = {
        f"{a}_{b}_{c}": o3.wigner_3j(a, b, c).numpy()
        for a in range(limit + 1)
        for b in range(limit + 1)
        for c in range(abs(a - b), min(a + b, limit) + 1)
    }
    seconds = clock() - start
    points = np.random.default_rng(0).normal(size=(80, 3))
    harmonics = {
        f"y{degree}": o3.spherical_harmonics(degree, torch.tensor(points), normalize=False).numpy()
        for degree in range(limit + 1)
    }
    return {"seconds": np.array(seconds), "points": points, **tables, **harmonics}


TASKS = {
    "emlp-so13-t3": lambda: emlp_basis("SO13p", None, 3, True),
    "emlp-su3-vv": lambda: emlp_basis("SU", 3, 2, False),
    "emlp-s5-vv": lambda: emlp_basis("S", 5, 2, False),
    "emlp-sp4-vv": lambda: emlp_basis("Sp", 2, 2, False),
    "emlp-s5-t3": lambda: emlp_basis("S", 5, 3, True),
    "lie-nn-su3-8": lambda: lie_nn_products("SU3", (2, 1, 0)),
    "lie-nn-su4-15": lambda: lie_nn_products("SU4", (2, 1, 1, 0)),
    "lie-nn-so13-22": lambda: lie_nn_products("SO13", (2, 2)),
    "e3nn-wigner-3j": lambda: e3nn_wigner_3j(11),
}

if __name__ == "__main__":
    task, output = sys.argv[1:]
    np.savez(output, **TASKS[task]())
