"""ONNX: a network of reference backends as a file that other runtimes read."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from os import PathLike, fspath

import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, MissingDependencyError


def export_onnx(
    module: nn.Module, inputs: Sequence[Tensor], path: str | PathLike[str], *, dynamic_batch: bool = True
) -> None:
    """Write a network as ONNX, traced on the inputs given.

    Parameters
    ----------
    module:
        In the mode it is to run in, every product and harmonics layer with backend="reference": the fused kernels are
        C++ of our own, which no other runtime has.
    inputs:
        Its arguments, tensors [batch, …].
    dynamic_batch:
        Whether the first axis of all of them may have any size.

    Raises
    ------
    ConfigurationError
        For a layer with another backend; the message names it.
    MissingDependencyError
        Without onnx and onnxscript (`pip install intertwine[onnx]`).
    """
    for name, part in module.named_modules():
        backend = getattr(part, "backend", "reference")
        if backend != "reference":
            raise ConfigurationError(
                f"ONNX has no operator for the {backend} backend of layer {name or 'itself'!r}",
                received=f"{type(part).__name__}(backend={backend!r})",
                fix='build the network with backend="reference" and load the same checkpoint into it',
            )
    for library in ("onnx", "onnxscript"):
        if find_spec(library) is None:
            raise MissingDependencyError(
                f"ONNX export needs {library}", received="not installed", fix="pip install intertwine[onnx]"
            )
    shapes = None
    if dynamic_batch:
        batch = torch.export.Dim("batch", min=2)
        shapes = tuple({0: batch} for _ in inputs)
    with torch.no_grad():
        torch.onnx.export(module, tuple(inputs), fspath(path), dynamo=True, dynamic_shapes=shapes, verbose=False)
