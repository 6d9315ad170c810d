"""The architecture of a lattice CNN as plain, serialisable data."""

from __future__ import annotations

from math import prod
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from intertwine.errors import ConfigurationError

Size = PositiveInt | tuple[PositiveInt, ...]


def spread(value: Size, dimension: int) -> tuple[int, ...]:
    """One entry a direction."""
    return (value,) * dimension if isinstance(value, int) else tuple(value)


def _product(factors: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(prod(column) for column in zip(*factors, strict=True))


class ConvolutionLayer(BaseModel):
    """One convolution, its activation, and an optional spatial pooling (``pool_window`` above 1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: PositiveInt
    kernel: Size = 3
    stride: Size = 1
    dilation: Size = 1
    pool_window: Size = 1
    pool_stride: Size | None = None
    pool_kind: Literal["average", "max"] = "average"

    def step(self, dimension: int) -> tuple[int, ...]:
        """Stride of convolution and pooling together, one entry a direction."""

        return _product([spread(self.stride, dimension), spread(self.pooling_stride, dimension)])

    @property
    def pooling_stride(self) -> Size:
        """Stride of the spatial pooling: its window unless given."""
        return self.pool_window if self.pool_stride is None else self.pool_stride


class LatticeCNNConfig(BaseModel):
    """Architecture of a :class:`~intertwine.models.lattice_cnn.LatticeCNN`.

    Attributes
    ----------
    family:
        ``"EQ"`` (every stride 1, global pooling), ``"ST"`` (some stride above 1, global pooling) or ``"FL"``
        (flattening); Bulusu et al., 2103.14686, section 2.
    sites:
        Lattice extents (N_t, N_1, …). FL networks work on these only, the others on any lattice of this dimension.
    layers:
        The convolutional part, in order. In EQ networks pooling must be given ``pool_stride=1``.
    head:
        Widths of the hidden linear layers after global pooling or flattening.

    Raises
    ------
    ConfigurationError
        If the family's rule on strides is broken, or the lattice has no dimension from 1 to 4.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Literal["EQ", "ST", "FL"]
    sites: tuple[PositiveInt, ...]
    in_channels: PositiveInt
    out_features: PositiveInt = 2
    layers: tuple[ConvolutionLayer, ...] = Field(min_length=1)
    activation: Literal["silu", "gelu", "relu", "leaky_relu", "tanh", "softplus"] = "silu"
    global_pooling: Literal["average", "sum", "max"] = "average"
    head: tuple[PositiveInt, ...] = ()
    bias: bool = True

    @property
    def dimension(self) -> int:
        """Number of lattice directions."""
        return len(self.sites)

    @property
    def total_stride(self) -> tuple[int, ...]:
        """Product of all strides, one entry a direction."""
        return _product([layer.step(self.dimension) for layer in self.layers])

    @property
    def step(self) -> tuple[int, ...]:
        """Total stride as far as it breaks symmetry, one entry a direction.

        A last spatial pooling whose windows cover every site equally often is undone by a global pooling of the same
        kind: the average of averages is the average. Its stride does not count.
        """
        last = self.layers[-1]
        window, stride = (spread(size, self.dimension) for size in (last.pool_window, last.pooling_stride))
        if last.pool_kind == "average":
            pairs = zip(window, stride, strict=True)
            even = self.global_pooling in ("average", "sum") and all(w % s == 0 for w, s in pairs)
        else:
            even = self.global_pooling == "max" and all(w >= s for w, s in zip(window, stride, strict=True))
        counted = [layer.step(self.dimension) for layer in self.layers[:-1]]
        counted.append(spread(last.stride, self.dimension) if even else last.step(self.dimension))
        return _product(counted)

    @model_validator(mode="after")
    def _family_rules(self) -> LatticeCNNConfig:
        if not 1 <= self.dimension <= 4:
            raise ConfigurationError("No lattice CNN in this dimension", received=self.sites, expected="1 to 4 extents")
        for layer in self.layers:
            sizes = (layer.kernel, layer.stride, layer.dilation, layer.pool_window, layer.pool_stride)
            if any(isinstance(size, tuple) and len(size) != self.dimension for size in sizes):
                raise ConfigurationError(
                    "A layer does not fit the lattice",
                    received=layer,
                    expected=f"integers, or {self.dimension} of them (one a direction)",
                )
        if self.family == "EQ" and any(s > 1 for s in self.total_stride):
            raise ConfigurationError(
                "An EQ network has stride 1 everywhere",
                received=f"total stride {self.total_stride}",
                expected="1 in each direction",
                fix="give stride=1 and pool_stride=1, or family='ST'",
            )
        if self.family == "ST" and all(s == 1 for s in self.step):
            raise ConfigurationError(
                "An ST network has a stride above 1 somewhere",
                received=f"total stride {self.step}",
                expected="a convolution or pooling with stride above 1 that the global pooling does not undo",
                fix="give a stride, or family='EQ'; a last average pooling before the global average breaks nothing",
            )
        return self
