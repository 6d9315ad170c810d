"""The architectures of LieConv and the Lie transformer as plain, serialisable data."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveInt


class LieConvConfig(BaseModel):
    """Architecture of a :class:`~intertwine.models.lie_conv.LieConv` or a Lie transformer.

    Attributes
    ----------
    group, vector:
        The matrices that act on the points, beside the translations, and their representation on them.
    rep_in, rep_out:
        Features of the nodes, given and wanted.
    lifts, seed:
        Number of group elements at each point: all of a finite group that has no more, else drawn with the seed.
    width, layers:
        Channels of the functions on the group, and number of blocks.
    kernel_width, kernel_channels:
        LieConv: hidden layer of the kernel network, and number of its outputs (the intermediate channels of PointConv).
    heads:
        Lie transformer: attention patterns.
    pooling:
        "none": an output a node; "sum" or "mean": one a graph.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = "O(3)"
    vector: str = "1o"
    rep_in: str
    rep_out: str
    lifts: PositiveInt = 4
    seed: int = 0
    width: PositiveInt = 32
    layers: PositiveInt = 3
    kernel_width: PositiveInt = 32
    kernel_channels: PositiveInt = 8
    heads: PositiveInt = 4
    pooling: Literal["none", "sum", "mean"] = "none"
