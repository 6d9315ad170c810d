"""Small sets in the formats of the published ones, made from simple laws: point charges, springs, sums over pairs."""

from __future__ import annotations

from pathlib import Path
from string import ascii_lowercase

import numpy as np


def write_water(folder: Path, n: int = 24, seed: int = 0) -> None:
    """Both files of water: tensors of rank k are Σ c_k r⊗…⊗r over the hydrogens, r from the oxygen."""
    rng = np.random.default_rng(seed)
    places = np.array([[0.0, 0.0, 0.0], [0.96, 0.0, 0.0], [-0.24, 0.93, 0.0]])
    frames: dict[str, list[str]] = {"tensors": [], "gamma": []}
    for _ in range(n):
        positions = places + 0.1 * rng.normal(size=(3, 3)) + rng.normal(size=3)
        r = positions[1:] - positions[:1]
        found = {name: _power(r, k + 1) for k, name in enumerate(("mu", "alpha", "beta", "gamma"))}
        words = {name: f'{name}="{" ".join(f"{x:.12g}" for x in one.ravel())}"' for name, one in found.items()}
        atoms = "\n".join(
            f"{s} {x:.12f} {y:.12f} {z:.12f}" for s, (x, y, z) in zip("OHH", positions.tolist(), strict=True)
        )
        head = "3\nProperties=species:S:1:pos:R:3 "
        frames["tensors"].append(f"{head}potential=-76.3 {words['mu']} {words['alpha']} {words['beta']}\n{atoms}\n")
        frames["gamma"].append(f"{head}{words['gamma']}\n{atoms}\n")
    (folder / "molecules").mkdir(parents=True, exist_ok=True)
    for name, every in frames.items():
        (folder / "molecules" / f"water_monomer_{name}.xyz").write_text("".join(every))


def write_zundel(folder: Path, n: int = 14, seed: int = 0) -> None:
    """Springs of 1 eV/Å² between all pairs of atoms, at rest at their mean lengths."""
    rng = np.random.default_rng(seed)
    rest = np.array(
        [[-1.2, 0, 0], [1.2, 0, 0], [0, 0.1, 0], [-1.7, 0.8, 0.1], [-1.6, -0.8, 0], [1.7, 0, 0.8], [1.6, 0, -0.8]]
    )
    lengths = np.linalg.norm(rest[:, None] - rest, axis=-1)
    text, energies = [], []
    for _ in range(n):
        positions = rest + 0.1 * rng.normal(size=rest.shape)
        apart = positions[:, None] - positions
        d = np.linalg.norm(apart, axis=-1) + np.eye(7)
        stretch = (d - lengths - np.eye(7)) * (1 - np.eye(7))
        energies.append(0.25 * (stretch**2).sum())
        forces = -(stretch / d)[..., None] * apart
        rows = np.hstack([positions, forces.sum(axis=1)])
        lines = [" ".join((s, *(f"{x:.10f}" for x in row))) for s, row in zip("OOHHHHH", rows, strict=True)]
        text.append("7\nProperties=species:S:1:pos:R:3:forces:R:3\n" + "\n".join(lines) + "\n")
    (folder / "molecules").mkdir(parents=True, exist_ok=True)
    (folder / "molecules" / "zundel_dataset.xyz").write_text("".join(text))
    np.savetxt(folder / "molecules" / "zundel_energies.txt", energies)


def write_qm7(folder: Path, n: int = 32, seed: int = 0) -> None:
    """Energies of −50 an atom and −Σ 1/r."""
    rng = np.random.default_rng(seed)
    most = 6
    Z, R, N = np.zeros((n, most), dtype=np.int8), np.zeros((n, most, 3)), rng.integers(3, most + 1, size=n)
    E = np.zeros(n)
    grid = np.stack(np.meshgrid(*[[0.0, 1.3]] * 3), -1).reshape(8, 3)
    for k, count in enumerate(N):
        Z[k, :count] = rng.choice([1, 6, 8], size=count)
        R[k, :count] = grid[:count] + 0.1 * rng.normal(size=(count, 3))
        apart = np.linalg.norm(R[k, :count, None] - R[k, :count], axis=-1)
        E[k] = -50.0 * count - np.triu(1 / (apart + np.eye(count)), 1).sum()
    (folder / "molecules").mkdir(parents=True, exist_ok=True)
    np.savez(folder / "molecules" / "qm7.npz", Z=Z, R=R, N=N, E=np.stack([E, E], axis=1))


def _power(r: np.ndarray, rank: int) -> np.ndarray:
    letters = ascii_lowercase[1 : rank + 1]
    formula = ",".join(f"a{letter}" for letter in letters) + f"->{letters}"
    return np.einsum(formula, *[r] * rank)


class Silent:
    """An observer that says nothing."""

    def started(self, step: object) -> None: ...
    def progress(self, step: object, fraction: float) -> None: ...
    def finished(self, step: object, seconds: float) -> None: ...
