"""How far a network on a periodic lattice is from invariance under translations."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.lattice_sites import translations


def translation_error(
    network: Callable[[Tensor], Tensor],
    fields: Float[Tensor, "n channels *sites"],
    *,
    max_translations: int = 64,
    step: tuple[int, ...] | None = None,
) -> float:
    """max over translations of ‖f(x shifted) - f(x)‖ / ‖f(x)‖, the equivariance error of an invariant network.

    Parameters
    ----------
    network:
        [n, channels, *sites] → [n, features].
    max_translations:
        At most so many, evenly spread over all (the identity left out).
    step:
        Only translations by multiples of it, one integer a direction; all if None.

    Raises
    ------
    ConfigurationError
        If no translation but the identity is left to test.
    """
    sites = tuple(fields.shape[2:])
    wanted = step or (1,) * len(sites)
    shifts = [s for s in translations(sites)[1:] if all(a % b == 0 for a, b in zip(s, wanted, strict=True))]
    if not shifts or max_translations < 1:
        raise ConfigurationError(
            "No translation to test", received=f"extents {sites}, step {wanted}, at most {max_translations}",
            expected="a step below some extent, and at least one translation",
        )  # fmt: skip
    stride = max(1, -(-len(shifts) // max_translations))
    with torch.no_grad():
        before = network(fields)
        norm = before.norm()
        axes = tuple(range(2, fields.ndim))
        return max(float((network(torch.roll(fields, s, axes)) - before).norm() / norm) for s in shifts[::stride])
