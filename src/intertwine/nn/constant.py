"""Constant and Indices: exact numbers inside a layer that come through every cast and move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn


class Constant(nn.Module):
    """A float64 array that follows its layer's dtype and device and is no part of the state dict.

    A plain buffer that went to float32 and back has lost its digits for good; this one is cast from the exact numbers
    each time the layer is moved, out of the meta device too. A read-only float64 array is kept, any other copied.
    """

    value: Tensor

    def __init__(
        self, exact: ArrayLike, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__()
        given = np.asarray(exact, dtype=np.float64)
        self.exact: NDArray[np.float64] = given.copy() if given.flags.writeable else given
        kind = torch.get_default_dtype() if dtype is None else dtype
        self.register_buffer("value", torch.tensor(self.exact, dtype=kind, device=device), persistent=False)

    def forward(self) -> Tensor:
        return self.value

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Constant:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.value = torch.tensor(self.exact, dtype=self.value.dtype, device=self.value.device)
        return self

    def extra_repr(self) -> str:
        """The shape."""
        return "×".join(map(str, self.exact.shape)) or "number"


class Indices(nn.Module):
    """An array of whole numbers that follows its layer's device, out of meta too; no part of the state dict."""

    value: Tensor

    def __init__(self, exact: ArrayLike, *, device: torch.device | str | None = None) -> None:
        super().__init__()
        self.exact: NDArray[np.integer] = np.array(exact)
        self.register_buffer("value", torch.tensor(self.exact, device=device), persistent=False)

    def forward(self) -> Tensor:
        return self.value

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Indices:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.value = torch.tensor(self.exact, device=self.value.device)
        return self

    def extra_repr(self) -> str:
        """The shape."""
        return "×".join(map(str, self.exact.shape))
