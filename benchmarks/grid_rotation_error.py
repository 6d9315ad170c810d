"""Equivariance error off the grid: against the angle, the band limit of the kernels, and the resolution of the fields.

    python benchmarks/grid_rotation_error.py [--size 21] [--initialisations 5]

One 7×7 layer of SO(2), scalars in, irreps 0 … L out, float64. Fields are random Gaussian blobs of standard deviation b
points, sampled straight and turned (no interpolation), and compared at the centre of the grid; medians over
initialisations, as a Markdown table. 90° is a rotation of the grid: rounding.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

import intertwine as tw
from intertwine import nn
from intertwine.evaluation import rotation_error

BLOBS = (0.7, 1.0, 1.5, 2.0, 3.0, 4.0)
ANGLES = (15, 45, 90)
DEGREES = (1, 2, 3)


def errors(degree: int, size: int, initialisations: int) -> np.ndarray:
    """[angles, blobs]: medians over initialisations of the layer."""
    G = tw.group("SO(2)")
    rep_in, rep_out = tw.Rep(G, "0"), tw.Rep(G, " + ".join(map(str, range(degree + 1))))
    found = []
    for seed in range(initialisations):
        torch.manual_seed(seed)
        layer = nn.SteerableConvolution(rep_in, rep_out, 7, max_degree=degree, dtype=torch.float64)
        turns = [G.exp([np.radians(angle)]) for angle in ANGLES]
        found.append(
            [[rotation_error(layer, rep_in, rep_out, g, size=size, blob=b, seed=seed) for b in BLOBS] for g in turns]
        )
    return np.asarray(np.median(found, axis=0))


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=21)
    parser.add_argument("--initialisations", type=int, default=5)
    options = parser.parse_args()
    print("| highest harmonic | angle | " + " | ".join(f"b = {b:g}" for b in BLOBS) + " |")
    print("|---" * (2 + len(BLOBS)) + "|")
    for degree in DEGREES:
        table = errors(degree, options.size, options.initialisations)
        for angle, row in zip(ANGLES, table, strict=True):
            print(f"| {degree} | {angle}° | " + " | ".join(f"{error:.1e}" for error in row) + " |")


if __name__ == "__main__":
    main()
