"""Which backend runs a tensor product, chosen once when the layer is built."""

from __future__ import annotations

import logging
from typing import Literal

import torch
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.kernels.native import compiler, library

logger = logging.getLogger(__name__)

Backend = Literal["reference", "fused"]
ChannelwiseBackend = Literal["reference", "fused", "triton", "so2"]
"""Of channelwise products and message passing. so2: products with harmonics of one direction only, never a default."""
_DEVICES = ("cpu", "meta")  # a layer on the meta device is to be filled on a CPU


def choose_backend(asked: Backend | None, device: torch.device | str | None, kernels: str = "channelwise") -> Backend:
    """The backend by name, or with None the fastest that can run on the device; kernels: those that "fused" compiles.

    Raises
    ------
    ConfigurationError
        For an unknown name, and for "fused" on another device than a CPU.
    MissingDependencyError
        For "fused" where no C++ compiler is found, or it fails.
    """
    if asked not in (None, "reference", "fused"):
        raise ConfigurationError("unknown backend", received=repr(asked), expected='"reference", "fused" or None')
    where = torch.device(device if device is not None else torch.get_default_device()).type
    if asked == "fused":
        if where not in _DEVICES:
            raise ConfigurationError("the fused product runs on CPUs", received=where, fix='use backend="reference"')
        library(kernels, "float64" if torch.get_default_dtype() == torch.float64 else "float32")
        return "fused"
    if asked is None and where in _DEVICES and compiler() is not None:
        logger.info("tensor products run on the fused backend")
        return "fused"
    return "reference"


def choose_channelwise_backend(asked: str | None, device: torch.device | str | None) -> ChannelwiseBackend:
    """As `choose_backend`, with "triton" on CUDA devices: the default there where triton can be imported.

    Raises
    ------
    ConfigurationError
        For an unknown name, and for a backend that does not run on the device.
    MissingDependencyError
        For "triton" without triton, "fused" without a C++ compiler.
    """
    from intertwine.nn.product_triton import has_triton, require_triton

    where = torch.device(device if device is not None else torch.get_default_device()).type
    if asked == "triton":
        if where != "cuda":
            raise ConfigurationError(
                "the triton product runs on CUDA devices",
                received=where,
                fix='build the layer with device="cuda", or use another backend',
            )
        require_triton()
        return "triton"
    if asked is None and where == "cuda" and has_triton():
        logger.info("tensor products run on the triton backend")
        return "triton"
    if asked not in (None, "reference", "fused"):
        raise ConfigurationError(
            "unknown backend", received=repr(asked), expected='"reference", "fused", "triton", "so2" or None'
        )
    return choose_backend(asked, device)  # type: ignore[arg-type]


def check_device(x: Tensor, backend: str) -> None:
    """A layer keeps the backend that it was built with.

    Raises
    ------
    ConfigurationError
        For features on another device than that of the backend's kernels.
    """
    if backend == "triton" and x.device.type not in ("cuda", "meta"):
        raise ConfigurationError(
            "the triton product runs on CUDA devices",
            received=f"features on {x.device}",
            fix=f'build the layer with device="{x.device.type}" or backend="reference"',
        )
    if backend == "fused":
        check_fused_device(x)


def check_fused_device(x: Tensor) -> None:
    """A layer keeps the backend that it was built with.

    Raises
    ------
    ConfigurationError
        For features on another device than a CPU.
    """
    if x.device.type not in _DEVICES:
        raise ConfigurationError(
            "the fused product runs on CPUs",
            received=f"features on {x.device}",
            fix=f'build the layer with device="{x.device.type}" or backend="reference"',
        )
