"""The data that Bulusu et al. published with arXiv:2103.14686 (Zenodo, doi:10.5281/zenodo.4644550)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError

_EXPECTED = "a dict, tuple, list or TensorDataset with configurations [n, 4, N_t, N_x] and targets [n, 2]"
_OTHER_LAYOUT = "files are named dataset-{train,val,test}-Nt-Nx.pt; pass one of those"


@dataclass(frozen=True, eq=False)
class PublishedData:
    """features: float64 [n, 4, N_t, N_x], channels k_t, k_x, l_t, l_x; targets: float64 [n, 2], n and |φ|²."""

    features: NDArray[np.float64]
    targets: NDArray[np.float64]


def read_published(path: str | Path) -> PublishedData:
    """Read one `dataset-{train,val,test}-Nt-Nx.pt`: a dict, tuple, list or TensorDataset of tensors.

    Loaded weights-only, so that nothing in the file is executed. The configurations are the tensor of shape
    [n, 4, N_t, N_x] ([n, N_t, N_x, 4] is accepted), the targets the one of shape [n, 2], or two of shape [n] or
    [n, 1] in the order n, |φ|² (a name with "phi" in it is |φ|²). Raises DataError that lists what was found for
    anything else.
    """
    path = Path(path)
    loaded = _load(path)
    named = _tensors(loaded)
    found = ", ".join(f"{name}: {value.dtype} {list(value.shape)}" for name, value in named.items()) or _describe(
        loaded
    )
    fields = [value for value in named.values() if value.ndim == 4 and 4 in (value.shape[1], value.shape[3])]
    if len(fields) != 1:
        raise DataError(
            "no such flux configurations", received=f"{path.name} with {found}", expected=_EXPECTED, fix=_OTHER_LAYOUT
        )
    features = fields[0] if fields[0].shape[1] == 4 else np.moveaxis(fields[0], 3, 1)
    count = features.shape[0]
    pairs = [value for value in named.values() if value.shape == (count, 2)]
    by_meaning = sorted(named.items(), key=lambda item: "phi" in item[0].lower())
    single = [value.reshape(count) for _, value in by_meaning if value.shape in ((count,), (count, 1))]
    if len(pairs) == 1:
        targets = pairs[0]
    elif not pairs and len(single) == 2:
        targets = np.stack(single, axis=1)
    else:
        raise DataError(
            "no targets n and |φ|²", received=f"{path.name} with {found}", expected=_EXPECTED, fix=_OTHER_LAYOUT
        )
    return PublishedData(
        np.ascontiguousarray(features, dtype=np.float64), np.ascontiguousarray(targets, dtype=np.float64)
    )


def _load(path: Path) -> Any:
    import torch
    from torch.utils.data import TensorDataset

    if not path.is_file():
        raise DataError("no such file", received=path, expected=_EXPECTED)
    try:
        with torch.serialization.safe_globals([TensorDataset]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        with path.open("rb") as handle:
            start = handle.read(8)
        refused = re.search(r"GLOBAL (\S+)|Unsupported \w+ (\S+)", str(error))
        reason = f"it holds a {next(filter(None, refused.groups()))}" if refused else type(error).__name__
        raise DataError(
            "cannot be read as tensors without running code",
            received=f"{path.name}, {path.stat().st_size} bytes that start with {start!r}: {reason}",
            expected=_EXPECTED,
            fix=_OTHER_LAYOUT,
        ) from error


def _tensors(loaded: Any) -> dict[str, NDArray[Any]]:
    """Every tensor in the container, by name or position; a nested pair (features, targets) is flattened."""
    import torch
    from torch.utils.data import TensorDataset

    if isinstance(loaded, torch.Tensor):
        return {"tensor": loaded.numpy()}
    if isinstance(loaded, TensorDataset):
        loaded = loaded.tensors
    if isinstance(loaded, Mapping):
        items = [(str(key), value) for key, value in loaded.items()]
    elif isinstance(loaded, tuple | list):
        items = [(str(position), value) for position, value in enumerate(loaded)]
    else:
        return {}
    tensors: dict[str, NDArray[Any]] = {}
    for name, value in items:
        tensors.update(
            {f"{name}.{inner}" if inner != "tensor" else name: array for inner, array in _tensors(value).items()}
        )
    return tensors


def _describe(loaded: Any) -> str:
    if isinstance(loaded, Mapping):
        return "a dict of " + (
            ", ".join(f"{key}: {type(value).__name__}" for key, value in loaded.items()) or "nothing"
        )
    if isinstance(loaded, tuple | list):
        return f"a {type(loaded).__name__} of " + (", ".join(type(value).__name__ for value in loaded) or "nothing")
    return f"a {type(loaded).__name__}"
