"""Convolutional networks on periodic lattices: equivariant, strided and flattening (Bulusu et al., 2103.14686)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.models.lattice_cnn_config import ConvolutionLayer, LatticeCNNConfig
from intertwine.models.translation_symmetry import TranslationSymmetry
from intertwine.nn.global_pooling import Flatten, GlobalPooling
from intertwine.nn.lattice_convolution import LatticeConvolution
from intertwine.nn.lattice_pooling import LatticePooling
from intertwine.nn.lattice_sites import output_sites

__all__ = ["ConvolutionLayer", "LatticeCNN", "LatticeCNNConfig"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU, "gelu": nn.GELU, "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh,
    "softplus": nn.Softplus,
}  # fmt: skip


class LatticeCNN(nn.Module):
    """Invariant features of a periodic lattice field: [batch, in_channels, *sites] → [batch, out_features].

    Convolutions (each with activation and optional spatial pooling), then global pooling or flattening, then linear
    layers. Inputs and outputs pass through fixed affine maps, one number a channel (buffers, set by
    :meth:`set_standardisation`, identity by default); as constants over the lattice they respect every translation.

    Parameters
    ----------
    config:
        The architecture; ``model.config.model_dump_json()`` and ``LatticeCNNConfig.model_validate_json`` serialise it.
    generator:
        Source of the initial weights; torch's default one if None.
    """

    input_shift: Tensor
    input_scale: Tensor
    output_shift: Tensor
    output_scale: Tensor

    def __init__(
        self,
        config: LatticeCNNConfig,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        channels, sites, dimension = config.in_channels, config.sites, config.dimension
        activation = ACTIVATIONS[config.activation]
        body: list[nn.Module] = []
        for layer in config.layers:
            body.append(
                LatticeConvolution(
                    channels, layer.channels, layer.kernel, dimension=dimension, stride=layer.stride,
                    dilation=layer.dilation, bias=config.bias, device=device, dtype=dtype,
                )
            )  # fmt: skip
            body.append(activation())
            if layer.pool_window != 1 or layer.pool_stride not in (None, 1):
                body.append(
                    LatticePooling(
                        layer.pool_window, dimension=dimension, stride=layer.pool_stride, kind=layer.pool_kind
                    )
                )
            channels, sites = layer.channels, output_sites(sites, layer.step(dimension))
        head: list[nn.Module] = []
        if config.family == "FL":
            body.append(Flatten(sites))
            for extent in sites:
                channels *= extent
        else:
            body.append(GlobalPooling(config.global_pooling))
        for width in config.head:
            head += [nn.Linear(channels, width, bias=config.bias, device=device, dtype=dtype), activation()]
            channels = width
        head.append(nn.Linear(channels, config.out_features, device=device, dtype=dtype))
        self.body, self.head = nn.Sequential(*body), nn.Sequential(*head)
        for name, size in (("input", config.in_channels), ("output", config.out_features)):
            self.register_buffer(f"{name}_shift", torch.zeros(size, device=device, dtype=dtype))
            self.register_buffer(f"{name}_scale", torch.ones(size, device=device, dtype=dtype))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw every weight and bias anew, uniform in ±1/√(fan-in)."""
        for module in self.modules():
            if isinstance(module, LatticeConvolution):
                module.reset_parameters(generator)
            elif isinstance(module, nn.Linear):
                bound = module.in_features**-0.5
                with torch.no_grad():
                    for parameter in module.parameters(recurse=False):
                        parameter.uniform_(-bound, bound, generator=generator)

    @property
    def symmetry(self) -> TranslationSymmetry:
        """The translations that leave the output unchanged: all, multiples of the total stride, or none."""
        if self.config.family == "FL":
            return TranslationSymmetry(None)
        return TranslationSymmetry(self.config.step, self.config.total_stride)

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters())

    def set_standardisation(
        self,
        input_shift: Float[Tensor, " channels"],
        input_scale: Float[Tensor, " channels"],
        output_shift: Float[Tensor, " features"],
        output_scale: Float[Tensor, " features"],
    ) -> None:
        """Let the layers see (input - input_shift) / input_scale and return output_shift + output_scale · layers."""
        for name, value in (
            ("input_shift", input_shift), ("input_scale", input_scale),
            ("output_shift", output_shift), ("output_scale", output_scale),
        ):  # fmt: skip
            buffer = getattr(self, name)
            if value.shape != buffer.shape or (name.endswith("scale") and not bool((value > 0).all())):
                raise ConfigurationError(
                    f"{name} cannot be used",
                    received=value.tolist(),
                    expected=f"{buffer.numel()} numbers, scales positive",
                )
            buffer.copy_(value)

    def forward(self, field: Float[Tensor, "batch channels *sites"]) -> Float[Tensor, "batch features"]:
        # Channels-last view first: then these two elementwise operations already leave channels fastest in memory.
        field = ((field.movedim(1, -1) - self.input_shift) / self.input_scale).movedim(-1, 1)
        features: Tensor = self.head(self.body(field))
        return features * self.output_scale + self.output_shift
