"""emlp on the tasks of the study any-group: the same samples, steps, batches, learning rates and choice by validation.

    intertwine run any-group --preset quick --out RUN
    JAX_PLATFORMS=cpu python benchmarks/any_group_emlp.py RUN [--groups "O(5)" "SO(1,3)" S5 G2] [--channels 128]

Needs emlp (Finzi, Welling & Wilson, arXiv:2104.09459), jax and optax. O(5), SO(1,3) and S5 are emlp's own groups; G2
is none of them, but emlp takes generators from whoever has them, here ours in the 7. Its representations are tensors of
one vector V: a bivector goes in as V ⊗ V, the irrep (4,1) of S5 as a vector of sum 0, and what comes out is projected.
Results are kept in RUN/emlp.json, task by task; the same command goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from math import pi
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

import intertwine as tw
from intertwine.groups.finite_group import permutation_matrix
from intertwine.studies.any_group import AnyGroupConfiguration
from intertwine.studies.any_group.configuration import GroupCase
from intertwine.studies.any_group.sampling import instance_rows, sample_step
from intertwine.studies.any_group.targets import representations
from intertwine.studies.any_group.training import load
from intertwine.studies.seeds import seed_of
from intertwine.studies.store import Store

try:
    import emlp.nn as enn
    import objax
    import optax
    from emlp.groups import Group, O, S, SO13p
    from emlp.reps import Scalar, V
except ModuleNotFoundError:
    sys.exit("this script measures emlp beside us: pip install emlp optax")


class Given(Group):
    """A group by the generators of its vectors."""

    def __init__(self, name: str, generators: np.ndarray) -> None:
        self.lie_algebra, self.given = np.asarray(generators), name
        super().__init__()

    def __repr__(self) -> str:
        return self.given

    def __hash__(self) -> int:
        return hash(self.given)

    def __eq__(self, other: object) -> bool:
        return repr(self) == repr(other)


def emlp_group(name: str) -> tuple[Any, np.ndarray | None]:
    """The group, and for S5 the isometry [5, 4] of (4,1) into its vectors."""
    if name == "S5":
        group = tw.group(name)
        irrep, rng = group.irrep("(4,1)"), np.random.default_rng(0)
        equations = []
        for g in (group.sample(rng) for _ in range(4)):
            P = permutation_matrix(g.permutation)
            equations.append(np.kron(P, np.eye(4)) - np.kron(np.eye(5), irrep.matrix(g).T))
        *_, rows = np.linalg.svd(np.concatenate(equations))
        return S(5), rows[-1].reshape(5, 4) * 2  # columns of length 1
    if name == "G2":
        return Given(name, tw.group(name).irrep("7").generators), None
    return {"O(5)": O(5), "SO(1,3)": SO13p()}[name], None


class Border:
    """Features from our layout to emlp's tensors, and what comes out back to our layout."""

    def __init__(self, case: GroupCase, task: str) -> None:
        self.rep_in, self.rep_out = representations(case, task)
        self.group, self.isometry = emlp_group(case.group)
        self.embeddings, kinds = [], []
        vector = tw.Rep(self.rep_in.group, [(1, self.rep_in.blocks[0].irrep)])
        for block in self.rep_in.blocks:
            one = tw.Rep(self.rep_in.group, [(1, block.irrep)])
            if block.irrep == vector.blocks[0].irrep:
                E, kind = np.eye(block.irrep.real_dim) if self.isometry is None else self.isometry, V
            else:
                E, kind = tw.intertwiners(one, vector @ vector)[0], V * V
            self.embeddings.append(E)
            kinds += [kind] * block.multiplicity
        self.kind_in = sum(kinds[1:], kinds[0])
        self.kind_out = Scalar if task == "cubic" else V

    def into(self, x: np.ndarray) -> np.ndarray:
        parts = [
            np.einsum("ij,nju->nui", E, x[:, where].reshape(len(x), block.irrep.real_dim, -1)).reshape(len(x), -1)
            for E, block, where in zip(self.embeddings, self.rep_in.blocks, self.rep_in.slices, strict=True)
        ]
        return np.concatenate(parts, axis=1).astype(np.float32)

    def back(self, y: jax.Array) -> jax.Array:
        """What the network gives, [n, emlp's dimension] → [n, rep_out.dim]."""
        return y if self.isometry is None or y.shape[1] == 1 else y @ jnp.asarray(self.isometry)


class Network:
    """One EMLP; its parameters are drawn anew for each fit, so that it is solved and compiled once."""

    def __init__(self, border: Border, channels: int, layers: int) -> None:
        start = time.process_time()
        self.border = border
        self.model = enn.EMLP(border.kind_in, border.kind_out, border.group, ch=channels, num_layers=layers)
        self.names, self.variables = zip(*self.model.vars().items(), strict=True)
        self.set_up = time.process_time() - start
        self.parameters = sum(v.value.size for v in self.variables)

    def draw(self, seed: int) -> list[jax.Array]:
        """As emlp's layers do: orthogonal matrices, standard normal bilinear weights, uniform biases."""
        generator, found = objax.random.Generator(seed), []
        for name, v in zip(self.names, self.variables, strict=True):
            shape = v.value.shape
            if len(shape) == 2:
                found.append(objax.nn.init.orthogonal(shape))
            elif name.endswith(".b"):
                found.append(objax.random.uniform(shape, generator=generator) / jnp.sqrt(shape[0]))
            else:
                found.append(objax.random.normal(shape, generator=generator))
        return found

    def __call__(self, parameters: list[jax.Array], x: jax.Array) -> jax.Array:
        for variable, value in zip(self.variables, parameters, strict=True):
            variable._value = value
        return self.border.back(self.model(x).reshape(len(x), -1))


def run_task(c: AnyGroupConfiguration, store: Store, case: GroupCase, task: str, options: Any, seed: int) -> dict:
    """Test errors [size, instance] with the learning rate of the lower validation error; parameters and times."""
    border = Border(case, task)
    network = Network(border, options.channels, options.layers)
    arrays = store.arrays(sample_step(case, task))
    roles = ("training", "validation", "test")
    x = {role: border.into(arrays[f"x_{role}"]) for role in roles}
    y = {role: arrays[f"y_{role}"].astype(np.float32) for role in roles}

    def loss(parameters: list[jax.Array], one: jax.Array, two: jax.Array) -> jax.Array:
        return jnp.square(network(parameters, one) - two).mean()

    @jax.jit
    def error(parameters: list[jax.Array], one: jax.Array, two: jax.Array) -> jax.Array:
        return jnp.square(network(parameters, one) - two).sum() / jnp.square(two).sum()

    every, spent = max(c.steps // 20, 1), []
    found = np.full((len(c.learning_rates), len(c.sizes), c.instances, 2), np.inf)

    @jax.jit
    def step(parameters: Any, state: Any, one: jax.Array, two: jax.Array, rate: jax.Array) -> Any:
        gradients = jax.grad(loss)(parameters, one, two)
        updates, state = adam.update(gradients, state)
        return jax.tree.map(lambda p, u: p - rate * u, parameters, updates), state

    adam = optax.scale_by_adam(b1=0.9, b2=0.99, eps=1e-8)
    for r, rate in enumerate(c.learning_rates):
        for s, size in enumerate(c.sizes):
            for i in range(c.instances):
                rows = np.array(instance_rows(c, i, size))
                parameters = network.draw(seed_of(seed, "weights", i) % 2**31)
                state, draw, best = adam.init(parameters), np.random.default_rng([seed, i, s]), np.inf
                for t in range(c.steps):
                    chosen = draw.choice(rows, c.batch)
                    now = rate * (1 + np.cos(pi * t / c.steps)) / 2
                    start = time.process_time()
                    parameters, state = step(
                        parameters, state, x["training"][chosen], y["training"][chosen], np.float32(now)
                    )
                    jax.block_until_ready(parameters)
                    spent.append(time.process_time() - start)
                    if (t + 1) % every == 0 or t + 1 == c.steps:
                        validation = float(error(parameters, x["validation"], y["validation"]))
                        if validation < best:
                            best = validation
                            found[r, s, i] = best, float(error(parameters, x["test"], y["test"]))
    chosen_rate = found[..., 0].argmin(0)
    test = np.take_along_axis(found[..., 1], chosen_rate[None], axis=0)[0]
    return {
        "group": case.group, "task": task, "error": test.tolist(), "parameters": int(network.parameters),
        "set_up_seconds": network.set_up, "step_ms": 1e3 * float(np.median(spent)),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--groups", nargs="+", default=["O(5)", "SO(1,3)", "S5", "G2"])
    parser.add_argument("--tasks", nargs="+", default=["product", "teacher", "cubic"])
    parser.add_argument("--channels", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2, help="hidden layers; the study's networks have as many")
    options = parser.parse_args()
    torch.set_num_threads(1)
    about = json.loads((options.run / "run.json").read_text())
    c, store, seed = AnyGroupConfiguration(**about["configuration"]), Store(options.run), int(about["seed"])
    kept = options.run / "emlp.json"
    done = json.loads(kept.read_text()) if kept.is_file() else []
    names = ("group", "task", "samples", "emlp", "ours", "mlp+augm.")
    print(" ".join(f"{name:>9}" for name in names), "  parameters emlp, ours   ms a step emlp, ours")
    for case in c.groups:
        if case.group not in options.groups:
            continue
        for task in options.tasks:
            one = next((d for d in done if (d["group"], d["task"]) == (case.group, task)), None)
            if one is None:
                one = run_task(c, store, case, task, options, seed_of(seed, case.group, task, "emlp") % 2**31)
                done.append({**one, "channels": options.channels, "layers": options.layers})
                kept.write_text(json.dumps(done, indent=1))
            (values, ours), (_, mlp) = (load(store, case, task, name) for name in ("equivariant", "mlp+augmentation"))
            for s, size in enumerate(c.sizes):
                medians = [np.median(e[s]) for e in (np.array(one["error"]), ours["error"], mlp["error"])]
                print(
                    f"{case.group:>9} {task:>9} {size:>9} {medians[0]:9.2e} {medians[1]:9.2e} {medians[2]:9.2e}   "
                    f"{one['parameters']:>10} {int(values['parameters']):>10}   "
                    f"{one['step_ms']:.1f}, {1e3 * values['training_seconds']:.1f}", flush=True,
                )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
