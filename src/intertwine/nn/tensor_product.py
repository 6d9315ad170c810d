"""TensorProduct: one name for the products of two features, told apart by what is connected to what."""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.channelwise_product import ChannelwiseProduct
from intertwine.nn.elementwise_product import ElementwiseProduct
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.fully_connected_product import FullyConnectedProduct
from intertwine.nn.linear import Linear
from intertwine.nn.product_backend import Backend
from intertwine.nn.tensor_square import TensorSquare
from intertwine.representations import Rep

Connection = Literal["full", "channelwise", "elementwise", "square"]


class TensorProduct(EquivariantModule):
    """rep_1 ⊗ rep_2 → rep_out by Clebsch–Gordan maps, with learned weights.

    Parameters
    ----------
    rep_1, rep_2, rep_out:
        Representations of one group, by irreps. rep_2 is None for a square; rep_out may be None for an elementwise
        product, which then keeps every irrep of it.
    connection:
        "full": every pair of channels to every channel (`FullyConnectedProduct`; e3nn's "uvw").
        "channelwise": channel u of rep_1 with all of rep_2 to channel u of rep_out (`ChannelwiseProduct`; "uvu").
        "elementwise": channel u with channel u, every irrep to channels of its own (`ElementwiseProduct`; "uuu"), and
        where rep_out is given a Linear to it.
        "square": every pair of channels of rep_1 (`TensorSquare`).
    weights:
        "shared": the layer's own. "per_sample": an argument [..., weight_numel]; channelwise only.
    backend:
        As in `ChannelwiseProduct`, for "full" and "channelwise".

    Shape: [..., rep_1.dim], [..., rep_2.dim] → [..., rep_out.dim]; a square has one input.

    Raises
    ------
    ConfigurationError
        For an unknown connection, or options that the connection has no use for.
    RepresentationError
        Where representations do not match, or a part of rep_out is out of reach.
    """

    def __init__(
        self,
        rep_1: Rep,
        rep_2: Rep | None,
        rep_out: Rep | None = None,
        *,
        connection: Connection = "full",
        weights: Literal["shared", "per_sample"] = "shared",
        backend: Backend | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        if connection not in get_args(Connection):
            raise ConfigurationError(
                "unknown connection", received=repr(connection), expected=" or ".join(map(repr, get_args(Connection)))
            )
        if (rep_2 is None) != (connection == "square"):
            raise ConfigurationError(
                "a square has one factor, every other product two", received=f"rep_2={rep_2!r}, {connection=}"
            )
        if rep_out is None and connection != "elementwise":
            raise RepresentationError("no rep_out", received=repr(rep_out), fix="give the representation of the output")
        if weights != "shared" and connection != "channelwise":
            raise ConfigurationError(
                "only the channelwise product takes weights for every sample", received=f"{weights=}, {connection=}"
            )
        if backend is not None and connection in ("elementwise", "square"):
            raise ConfigurationError(f"the {connection} product has one backend", received=f"{backend=}")
        where: dict[str, Any] = {"dtype": dtype, "device": device}
        mix: nn.Module = nn.Identity()
        product: EquivariantModule
        if connection == "full":
            product = FullyConnectedProduct(rep_1, rep_2, rep_out, backend=backend, **where)
        elif connection == "channelwise":
            product = ChannelwiseProduct(rep_1, rep_2, rep_out, weights=weights, backend=backend, **where)
        elif connection == "square":
            product = TensorSquare(rep_1, rep_out, **where)
        else:
            product = ElementwiseProduct(rep_1, rep_2, irreps=None if rep_out is None else rep_out.irreps, **where)
            if rep_out is not None:
                mix = Linear(product.rep_out, rep_out, bias=False, **where)
        super().__init__(rep_1, product.rep_out if rep_out is None else rep_out)
        self.rep_1, self.rep_2 = rep_1, rep_2
        self.connection = connection
        self.product, self.mix = product, mix

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        """Those of both factors; one of a square."""
        return self.product.reps_in

    @property
    def weight_numel(self) -> int:
        """Number of weights: learned, or one sample's with weights="per_sample"."""
        own = sum(parameter.numel() for parameter in self.parameters())
        return own or getattr(self.product, "weight_numel", 0)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew."""
        for part in (self.product, self.mix):
            reset = getattr(part, "reset_parameters", None)
            if callable(reset):
                reset(generator)

    def forward(self, *inputs: Tensor) -> Tensor:
        """x1, x2 and, with weights="per_sample", the weights; x1 alone for a square."""
        y: Tensor = self.mix(self.product(*inputs))
        return y

    def extra_repr(self) -> str:
        """What is connected."""
        return f"{self.connection}"
