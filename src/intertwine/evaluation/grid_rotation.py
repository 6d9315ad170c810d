"""How far a map of fields on a grid is from equivariance under rotations that are none of the grid's own.

Nothing is interpolated: a smooth function is sampled on the grid as it is and turned, and the outputs are compared at
the grid's centre, the one point that every rotation keeps.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from intertwine.errors import ConfigurationError
from intertwine.groups.element import GroupElement
from intertwine.groups.theory import RealArray
from intertwine.representations import Rep
from intertwine.representations.kernels.space_action import space_action
from intertwine.representations.kernels.stencil_functions import stencil_points


def rotation_error(
    module: nn.Module,
    rep_in: Rep,
    rep_out: Rep,
    element: GroupElement,
    *,
    size: int,
    blob: float,
    dimension: int = 2,
    vector: Rep | None = None,
    n: int = 32,
    seed: int = 0,
) -> float:
    """‖f(g x)(0) − ρ_out(g) f(x)(0)‖ / ‖f(x)(0)‖ over n random smooth fields.

    A field is a sum of Gaussian blobs of standard deviation `blob` (in points of the grid: the resolution) with random
    features, on a grid of `size` points a side; its turned copy is sampled from the turned blobs. Computed in float64;
    the module must be float64 and keep the centre (odd sizes, stride 1). Raises ConfigurationError for an even size.
    """
    if size % 2 == 0:
        raise ConfigurationError("a grid without a central point", received=size, expected="an odd size")
    R = space_action(rep_in.group, dimension, vector).matrix(element)
    rho_in, rho_out = rep_in.matrix(element), rep_out.matrix(element)
    rng = np.random.default_rng(seed)
    points = stencil_points((size,) * dimension)
    centres = rng.uniform(-size / 3, size / 3, (n, 12, dimension))
    features = rng.standard_normal((n, 12, rep_in.dim))
    straight = _sample(points, centres, features, blob)
    turned = _sample(points, centres @ R.T, features @ rho_in.T, blob)
    centre = (slice(None), slice(None), *(size // 2 for _ in range(dimension)))
    with torch.no_grad():
        outputs = [
            module(torch.from_numpy(x.reshape(n, rep_in.dim, *(size,) * dimension)))[centre].numpy()
            for x in (straight, turned)
        ]
    difference = outputs[1] - outputs[0] @ rho_out.T
    return float(np.linalg.norm(difference) / np.linalg.norm(outputs[0]))


def _sample(points: RealArray, centres: RealArray, features: RealArray, blob: float) -> RealArray:
    """[n, features, points]."""
    distances = ((points[None, None] - centres[:, :, None]) ** 2).sum(-1)
    values: RealArray = np.einsum("nbp,nbf->nfp", np.exp(-distances / (2 * blob**2)), features)
    return values
