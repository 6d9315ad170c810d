"""Is a map of fields on a grid equivariant under the rotations and reflections that take the grid to itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.groups.element import GroupElement
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.group import Group
from intertwine.representations import Rep
from intertwine.representations.kernels.space_action import space_action

About = Literal["centre", "site"]


def turn_field(
    field: Tensor, rep: Rep, element: GroupElement, *, vector: Rep | None = None, about: About = "centre"
) -> Tensor:
    """(g x)(r) = ρ(g) x(g⁻¹ r) for an element that permutes the points of the grid.

    Parameters
    ----------
    field:
        [batch, rep.dim, *sites].
    vector:
        The action on the coordinates, one a site axis; see `space_action` for the default.
    about:
        "centre" of the grid, or "site" 0 of a periodic lattice.

    Raises ConfigurationError for an element that takes the grid to other points.
    """
    d = field.ndim - 2
    R = space_action(rep.group, d, vector).matrix(element)
    exact = np.rint(R)
    if np.abs(R - exact).max() > 1e-9:
        raise ConfigurationError(
            "a rotation that takes the grid to other points", received=np.array2string(R, precision=3)
        )
    turned = torch.einsum("ij,bj...->bi...", torch.from_numpy(rep.matrix(element)).to(field), field)
    goes_to = [int(np.abs(exact[:, axis]).argmax()) for axis in range(d)]
    turned = turned.permute(0, 1, *(2 + int(axis) for axis in np.argsort(goes_to)))
    reversed_axes = [2 + goes_to[axis] for axis in range(d) if exact[goes_to[axis], axis] < 0]
    turned = turned.flip(reversed_axes)
    if about == "site" and reversed_axes:  # x → −x about site 0 is a reversal and a step
        turned = turned.roll([1] * len(reversed_axes), reversed_axes)
    return turned


def grid_elements(group: Group, vector: Rep, limit: int = 64) -> list[GroupElement]:
    """Elements that permute the points of a square or cubic grid: of a finite group all such (at most `limit`, evenly
    spread), of a Lie group the quarter turns of its algebra and its discrete generators."""
    if isinstance(group, FiniteGroup):
        found: list[GroupElement] = [g for g in group.elements if _is_signed_permutation(vector.matrix(g))]
        return found[:: max(1, -(-len(found) // limit))]
    turns = [group.exp(0.5 * np.pi * row) for row in np.eye(group.n_algebra)]
    return [g for g in [*group.discrete_elements, *turns] if _is_signed_permutation(vector.matrix(g))]


def field_equivariance_error(
    module: nn.Module,
    rep_in: Rep,
    rep_out: Rep,
    sites: Sequence[int],
    *,
    vector: Rep | None = None,
    elements: Sequence[GroupElement] | None = None,
    about: About = "centre",
    dtype: torch.dtype = torch.float64,
    turn_in: Callable[[Tensor, GroupElement], Tensor] | None = None,
    seed: int = 0,
) -> float:
    """max over elements of ‖f(g x) − g f(x)‖ / ‖f(x)‖ for standard normal fields on a grid of the given extents.

    The module is copied, cast to dtype and put into eval mode. An output without site axes, [batch, rep_out.dim],
    only turns its features. `turn_in` replaces `turn_field` for the input (link fields).
    Raises ConfigurationError where no element of the group takes the grid to itself.
    """
    action = space_action(rep_in.group, len(sites), vector)
    chosen = grid_elements(rep_in.group, action) if elements is None else list(elements)
    if not chosen:
        raise ConfigurationError("no element takes the grid to itself", received=repr(rep_in.group))
    f = deepcopy(module).to(dtype).eval()
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, rep_in.dim, *sites, dtype=dtype, generator=generator)
    worst = 0.0
    with torch.no_grad():
        y = f(x)
        for g in chosen:
            moved = turn_field(x, rep_in, g, vector=action, about=about) if turn_in is None else turn_in(x, g)
            if y.ndim == 2:
                expected = y @ torch.from_numpy(rep_out.matrix(g)).to(y).T
            else:
                expected = turn_field(y, rep_out, g, vector=action, about=about)
            worst = max(worst, float((f(moved) - expected).norm() / y.norm()))
    return worst


def assert_field_equivariant(
    module: nn.Module,
    rep_in: Rep,
    rep_out: Rep,
    sites: Sequence[int],
    *,
    tolerance: float = 1e-12,
    vector: Rep | None = None,
    elements: Sequence[GroupElement] | None = None,
    about: About = "centre",
) -> float:
    """Assert that `field_equivariance_error` is at most `tolerance`, and return it."""
    error = field_equivariance_error(module, rep_in, rep_out, sites, vector=vector, elements=elements, about=about)
    if not error <= tolerance:
        raise AssertionError(
            f"{type(module).__name__} does not commute with {rep_in.group.name} on a grid of {tuple(sites)}: "
            f"error {error:.1e}, allowed {tolerance:.0e}"
        )
    return error


def _is_signed_permutation(R: np.ndarray) -> bool:
    return bool(np.abs(R - np.rint(R)).max() < 1e-9)
