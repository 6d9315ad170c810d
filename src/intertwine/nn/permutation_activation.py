"""PermutationActivation: a pointwise function of signals on a finite group or its cosets, by Fourier transform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from intertwine.errors import ConfigurationError, GroupError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_group import FiniteGroup, permutation_matrix
from intertwine.groups.group import Group
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features
from intertwine.nn.scalar_functions import ScalarFunction, Scaled
from intertwine.representations import Rep
from intertwine.representations.permutation_reps import on_cosets


class PermutationActivation(EquivariantModule):
    """x ↦ Q⁻¹ f(Q x): by Fourier transform to a basis that the group permutes, where any pointwise f is equivariant.

    The permutation representation is that of signals on the group (regular), on the cosets G/H (quotient), or on any
    set of points that the group permutes; Q is its change of basis to irreps (Cohen and Welling 1602.07576; Cesa, Lang
    and Weiler, ICLR 2022). It costs two products with a matrix [points, points] for each channel.

    Shape: [..., rep.dim] → [..., rep.dim], where rep_in = rep_out = rep holds every irrep of the permutation
    representation times `channels`. Each irrep is scaled to second moment 1 on standard normal features: the mean of f
    lands on the invariants alone.

    Parameters
    ----------
    group:
        A finite group.
    channels:
        Number of signals.
    function:
        f, by name or as a function of a tensor.
    points:
        "regular"; "points" for those that the group was given as permutations of; elements of the group that generate a
        subgroup H, for signals on G/H; or int [n_discrete, n], the images of the discrete generators as permutations.

    Raises
    ------
    GroupError
        For a group that is not finite, elements of another group, or more than 4096 points.
    RepresentationError, AccuracyError
        For permutations that are no action of the group.
    """

    def __init__(
        self,
        group: Group,
        channels: int,
        function: str | ScalarFunction = "relu",
        *,
        points: str | Sequence[GroupElement] | ArrayLike = "regular",
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        if not isinstance(group, FiniteGroup):
            raise GroupError(
                "a permutation basis needs a finite group", received=repr(group), fix="use Gate or NormActivation"
            )
        permutations = _permutations(group, points)
        matrices = np.array([permutation_matrix(p) for p in permutations])
        signals = Rep.from_matrices(group, discrete=matrices)
        rep = signals.by_irreps() * channels
        super().__init__(rep, rep)
        self.channels = channels
        self.signals = signals
        self.scaled = Scaled(function)
        self.to_points = Constant(signals.change_of_basis.to_basis, dtype=dtype, device=device)
        factors = _irrep_factors(signals, self.scaled)
        self.from_points = Constant(factors[:, None] * signals.change_of_basis.from_basis, dtype=dtype, device=device)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        parts = [
            # channel = copy × channels + signal, so that [d, copies] are rows of Q
            x[..., where].unflatten(-1, (-1, self.channels))
            for where in self.rep_in.slices
        ]
        signals = self.to_points() @ torch.cat(parts, dim=-2)
        y: Tensor = self.from_points() @ self.scaled(signals)
        return y.flatten(-2)

    def extra_repr(self) -> str:
        """The representation and the number of points."""
        return f"{super().extra_repr()}, {self.signals.dim} points"


def _permutations(
    group: FiniteGroup, points: str | Sequence[GroupElement] | ArrayLike
) -> NDArray[np.intp] | list[NDArray[np.intp]]:
    """[n_discrete, n]: where each generator takes each point."""
    if isinstance(points, str):
        if points == "points":
            return group.permutations
        if points != "regular":
            raise ConfigurationError("unknown points", received=repr(points), expected='"regular" or "points"')
        return on_cosets(group, [])
    if isinstance(points, Sequence) and len(points) and isinstance(points[0], GroupElement):
        return on_cosets(group, [group.element(h).index for h in points])
    given = np.asarray(points)
    if given.ndim != 2 or len(given) != group.n_discrete or given.dtype.kind not in "iu":
        raise ConfigurationError(
            "the action of a group on points",
            received=f"{given.dtype} {given.shape}",
            expected=f"int [{group.n_discrete}, n], a permutation for each discrete generator",
        )
    if not np.array_equal(np.sort(given, axis=1), np.tile(np.arange(given.shape[1]), (len(given), 1))):
        raise ConfigurationError(
            "an action that is no permutation", received=given.tolist(), expected="each of 0 … n − 1 once in a row"
        )
    return given.astype(np.intp)


def _irrep_factors(signals: Rep, scaled: Scaled) -> NDArray[np.float64]:
    """[points]: 1/√ of the second moment that each feature by irreps has after f, for standard normal features."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(160)
    with torch.no_grad():
        values = scaled(torch.from_numpy(nodes)).double().numpy()
    mean = float((weights * values).sum() / weights.sum())
    variance = max(1.0 - mean**2, 1e-6)
    found = []
    for block in signals.blocks:
        moment = variance
        if block.irrep.is_trivial:
            moment += mean**2 * signals.dim / block.multiplicity  # one trivial irrep an orbit
        found += [moment**-0.5] * block.dim
    return np.array(found)
