"""Fields on the links of a lattice as fields on its sites, exactly: what leaves a site in each of its 2d directions.

A reflection R of axis ν takes the link from x to x + ν̂ to the one from Rx to Rx − ν̂, which is stored at Rx − ν̂ and
points the other way: k_ν(x) ↦ −k_ν(Rx − ν̂). That is no action on the features of a site. The flux that leaves a site,
f_{+ν}(x) = k_ν(x) and f_{−ν}(x) = −k_ν(x − ν̂), only has its directions permuted.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.field_module import FieldModule
from intertwine.representations import Rep


def directions(vector: Rep, charge: Rep | None = None) -> Rep:
    """The representation on the signed axes +0 … +(d−1), −0 … −(d−1), which the group permutes.

    Parameters
    ----------
    vector:
        The group's action on the coordinates, by signed permutations.
    charge:
        A one-dimensional representation by signs that multiplies the field (charge conjugation); none if trivial.

    Raises RepresentationError for a group that does not permute the axes, or a charge of another dimension.
    """
    R = np.rint(vector.discrete_generators)
    if vector.group.n_algebra or np.abs(R - vector.discrete_generators).max(initial=0.0) > 1e-9:
        raise RepresentationError("a group that does not permute the axes", received=repr(vector.group))
    if charge is not None and (charge.dim != 1 or charge.group != vector.group):
        raise RepresentationError(
            "a charge is one sign for each element", received=repr(charge), expected=f"one of {vector.group.name}"
        )
    plus, minus = np.maximum(R, 0.0), np.maximum(-R, 0.0)
    permuted = np.concatenate([np.concatenate([plus, minus], 2), np.concatenate([minus, plus], 2)], 1)
    signs = np.ones(len(R)) if charge is None else charge.discrete_generators[:, 0, 0]
    return Rep.from_matrices(vector.group, discrete=permuted * signs[:, None, None])


class LinksToSites(FieldModule):
    """Link fields [batch, d · copies, *sites] → what leaves each site [batch, 2d · copies, *sites], copies fastest.

    rep_out is `copies * directions(vector, charge)`. An oriented field (a flux k_ν, a current) changes sign with the
    direction of its link, an unoriented one (l_ν, an energy) does not. rep_in only counts channels: see the module.

    Raises RepresentationError as `directions` does, ConfigurationError for fields of another shape.
    """

    def __init__(self, vector: Rep, copies: int = 1, *, oriented: bool = True, charge: Rep | None = None) -> None:
        super().__init__(copies * vector, copies * directions(vector, charge))
        self.dimension, self.copies = vector.dim, copies
        self.sign = -1.0 if oriented else 1.0

    def forward(self, links: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(links, self.dimension)
        parts = links.split(self.copies, dim=1)
        back = [self.sign * part.roll(1, 2 + axis) for axis, part in enumerate(parts)]
        return torch.cat([links, *back], dim=1)


class SitesToLinks(FieldModule):
    """The adjoint of `LinksToSites`, halved: k_ν(x) = (f_{+ν}(x) ∓ f_{−ν}(x + ν̂))/2; it undoes LinksToSites.

    Shape: [batch, 2d · copies, *sites] → [batch, d · copies, *sites].
    """

    def __init__(self, vector: Rep, copies: int = 1, *, oriented: bool = True, charge: Rep | None = None) -> None:
        super().__init__(copies * directions(vector, charge), copies * vector)
        self.dimension, self.copies = vector.dim, copies
        self.sign = -1.0 if oriented else 1.0

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch out *sites"]:
        self.check_field(field, self.dimension)
        parts = field.split(self.copies, dim=1)
        d = self.dimension
        links = [0.5 * (parts[axis] + self.sign * parts[d + axis].roll(-1, 2 + axis)) for axis in range(d)]
        return torch.cat(links, dim=1)


def turn_links(links: Tensor, vector: np.ndarray, *, oriented: bool = True, charge: float = 1.0) -> Tensor:
    """A link field [batch, d, *sites] moved by the signed permutation `vector` [d, d] about site 0, link by link.

    Raises ConfigurationError for another matrix or a field with other channels.
    """
    d = links.ndim - 2
    R = np.rint(np.asarray(vector)).astype(int)
    if R.shape != (d, d) or not np.array_equal(np.abs(R).sum(0), np.ones(d)) or links.shape[1] != d:
        raise ConfigurationError("links turn by a signed permutation of their axes", received=f"{R.tolist()}, {d} axes")
    sites = np.array(links.shape[2:])
    x = np.stack(np.meshgrid(*map(np.arange, sites), indexing="ij"), -1).reshape(-1, d)
    extents = np.abs(R) @ sites  # of the turned lattice
    out = torch.zeros(links.shape[0], d, *extents.tolist(), dtype=links.dtype, device=links.device)
    for axis in range(d):
        to = int(np.abs(R[:, axis]).argmax())
        backwards = R[to, axis] < 0
        y = x @ R.T - (np.eye(d, dtype=int)[to] if backwards else 0)
        sign = charge * (-1.0 if backwards and oriented else 1.0)
        out[(slice(None), to, *(y % extents).T)] = sign * links[:, axis].flatten(1)
    return out
