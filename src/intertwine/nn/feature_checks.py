"""What every layer asks of the representations it is built with and of the features it is given."""

from __future__ import annotations

from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.representations import Rep


def require_by_irreps(rep: Rep, layer: str) -> None:
    """Raise RepresentationError unless the features are by irreps."""
    if isinstance(rep, Rep) and not rep.is_by_irreps:
        raise RepresentationError(
            f"{layer} needs features by irreps", received=repr(rep), fix="use rep.by_irreps(); a Linear gets there"
        )


def check_features(x: Tensor, rep: Rep, side: str = "rep_in") -> None:
    """Raise RepresentationError unless the last axis is rep.dim long."""
    if x.ndim == 0 or x.shape[-1] != rep.dim:
        raise RepresentationError(
            f"the features do not fit {side}",
            received=f"shape {tuple(x.shape)}",
            expected=f"[..., {rep.dim}] for {rep}",
        )
