"""LengthEncoding: a radial basis of an edge's length, and the factor with which its message ends at the cut-off."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.radial_basis import BesselBasis
from intertwine.nn.radial_cutoff import PolynomialCutoff
from intertwine.representations import Rep


class LengthEncoding(EquivariantModule):
    """Bessel functions of |x| for vectors shorter than the cut-off (`envelope`: the factor of the messages).

    Shape: [..., rep_in.dim] → [..., size], all trivial.

    Raises
    ------
    RepresentationError
        Where the group keeps no length: indefinite forms.
    """

    def __init__(
        self,
        rep_in: Rep,
        cutoff: float,
        size: int = 8,
        *,
        learnable: bool = False,
        p: int = 6,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, Rep(rep_in.group, [(size, rep_in.group.trivial)]))
        if rep_in.metric is None or not np.allclose(rep_in.metric, np.eye(rep_in.dim)):
            raise RepresentationError("no length without a definite form", received=repr(rep_in), fix="cutoff=None")
        self.basis = BesselBasis(size, cutoff, learnable=learnable, dtype=dtype, device=device)
        self.cutoff = PolynomialCutoff(cutoff, p)

    def forward(self, x: Float[Tensor, "*batch vector"]) -> Float[Tensor, "*batch features"]:
        y: Tensor = self.basis(torch.linalg.vector_norm(x, dim=-1))
        return y

    @property
    def is_even(self) -> bool:
        """Whether x and −x give the same."""
        return True

    @property
    def is_radial(self) -> bool:
        """Whether vectors of the same length give the same."""
        return True

    def envelope(self, x: Float[Tensor, "*batch vector"]) -> Float[Tensor, "*batch"]:
        """1 for short vectors, falling to 0 at the cut-off."""
        y: Tensor = self.cutoff(torch.linalg.vector_norm(x, dim=-1))
        return y
