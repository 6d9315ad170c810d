"""Equivariant torch layers, one idea a file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> file; loaded on first use, so that one layer does not pay for all
_PUBLIC = {
    "Activation": "activation",
    "Attention": "attention",
    "ChannelDropout": "channel_dropout",
    "ChannelwiseProduct": "channelwise_product",
    "ElementwiseProduct": "elementwise_product",
    "EquivariantModule": "equivariant_module",
    "FullyConnectedProduct": "fully_connected_product",
    "GRU": "gated_recurrent_unit",
    "GRUCell": "gated_recurrent_unit",
    "Gate": "gate",
    "GlobalPooling": "global_pooling",
    "Harmonics": "harmonics",
    "Invariants": "invariants",
    "LatticeConvolution": "lattice_convolution",
    "LatticePooling": "lattice_pooling",
    "LayerNorm": "layer_norm",
    "Linear": "linear",
    "MessagePassing": "message_passing",
    "NormActivation": "norm_activation",
    "PermutationActivation": "permutation_activation",
    "PermutationLinear": "permutation_linear",
    "Pooling": "pooling",
    "RMSNorm": "rms_norm",
    "Sequential": "sequential",
    "SymmetricContraction": "symmetric_contraction",
    "TensorProduct": "tensor_product",
    "TensorSquare": "tensor_square",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.nn' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.nn.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
