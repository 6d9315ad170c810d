"""The architecture of an SE(3)-transformer as plain, serialisable data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, PositiveInt


class SE3TransformerConfig(BaseModel):
    """Architecture of an :class:`~intertwine.models.se3_transformer.SE3Transformer`.

    Fields of the same name mean what they mean in
    :class:`~intertwine.models.tensor_product_network_config.TensorProductNetworkConfig`.

    Attributes
    ----------
    heads:
        Attention patterns; each has ⌊channels/heads⌋ channels of every irrep.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = "O(3)"
    vector: str = "1o"
    rep_in: str
    hidden: str
    rep_out: str
    channels: PositiveInt = 16
    heads: PositiveInt = 4
    layers: PositiveInt = 3
    max_degree: NonNegativeInt = 2
    directions: bool = True
    edge_invariants: NonNegativeInt = 0
    radial_width: PositiveInt = 32
    cutoff: PositiveFloat | None = None
    basis: PositiveInt = 8
    smallest: PositiveFloat = 0.1
    largest: PositiveFloat = 10.0
    activation: str = "silu"
    pooling: Literal["none", "sum", "mean"] = "none"
