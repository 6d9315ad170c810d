"""Equivariant torch layers, one idea a file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> file; loaded on first use, so that one layer does not pay for all
_PUBLIC = {
    "Activation": "activation",
    "ChannelwiseProduct": "channelwise_product",
    "EquivariantModule": "equivariant_module",
    "Gate": "gate",
    "GlobalPooling": "global_pooling",
    "Invariants": "invariants",
    "LatticeConvolution": "lattice_convolution",
    "LatticePooling": "lattice_pooling",
    "Linear": "linear",
    "NormActivation": "norm_activation",
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
