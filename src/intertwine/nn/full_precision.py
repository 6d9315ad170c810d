"""Half precision and autocast: sums of cancelling terms, products and invariants, are computed in float32 at least."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def widened(x: Tensor) -> Tensor:
    """x in at least float32: a Minkowski product is a difference of large squares, which half precision loses."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def without_autocast(x: Tensor) -> AbstractContextManager[object]:
    """Autocast off where x lies; devices such as meta have none."""
    device = x.device.type
    return torch.autocast(device, enabled=False) if torch.amp.is_autocast_available(device) else nullcontext()


def in_full_precision(f: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """f(*tensors) outside autocast, half precision cast to float32; where autocast is off, f(*tensors) as it is."""
    device = tensors[0].device.type
    if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
        return f(*tensors)
    with torch.autocast(device, enabled=False):
        return f(*(widened(x) for x in tensors))
