"""A plan's terms sorted by what is computed: the lists that the Triton kernels walk."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

ROLES = ("g", "x1", "x2", "w")
# for each result: what a segment shares, and what its terms run over
_SHARED = {"g": "w", "x1": "w", "x2": "w", "w": "g"}
_INNER = {"g": ("x1",), "x1": ("g",), "x2": ("g", "x1"), "w": ("x1",)}


class Role(NamedTuple):
    """Slots of the result, each a run of segments (one offset into the shared argument), each a run of terms."""

    slot_out: Tensor
    slot_channels: Tensor
    slot_segment: Tensor
    segment_shared: Tensor
    segment_channels: Tensor
    segment_term: Tensor
    term_c: Tensor
    term_x2: Tensor
    term_inner: tuple[Tensor, ...]
    widest: int

    @property
    def slots(self) -> int:
        """Number of slots."""
        return self.slot_out.shape[0]


class _Terms(NamedTuple):
    """Every term of the plan: offsets into g, x1, x2 and w, channels and coefficient."""

    at: dict[str, np.ndarray]
    channels: np.ndarray
    c: np.ndarray


def roles_of(words: Tensor, coefficients: Tensor, device: torch.device, dtype: torch.dtype) -> dict[str, Role]:
    """The lists of the plan for each result, on the device, made once."""
    return _roles(words.cpu().numpy().tobytes(), coefficients.cpu().numpy().tobytes(), device, dtype)


@lru_cache(maxsize=256)
def _roles(words: bytes, coefficients: bytes, device: torch.device, dtype: torch.dtype) -> dict[str, Role]:
    terms = _terms(np.frombuffer(words, dtype=np.int32), np.frombuffer(coefficients, dtype=np.float64))
    return {role: _sorted(role, terms, device, dtype) for role in ROLES}


def _terms(words: np.ndarray, c: np.ndarray) -> _Terms:
    paths, rows, entries, terms = (int(n) for n in words[:4])
    sizes = (paths + 1, paths, paths, rows + 1, rows, entries + 1, entries, terms)
    parts = np.split(words[8:].astype(np.int64), np.cumsum(sizes)[:-1])
    path_row, path_weight, path_channels, row_entry, row_out, entry_term, entry_x1, term_x2 = parts
    entry = np.repeat(np.arange(entries), np.diff(entry_term))
    row = np.repeat(np.arange(rows), np.diff(row_entry))[entry]
    path = np.repeat(np.arange(paths), np.diff(path_row))[row]
    at = {"g": row_out[row], "x1": entry_x1[entry], "x2": term_x2, "w": path_weight[path]}
    return _Terms(at, path_channels[path], c)


def _sorted(role: str, terms: _Terms, device: torch.device, dtype: torch.dtype) -> Role:
    shared = _SHARED[role]
    inner = _INNER[role]
    slot_of = [terms.at[role]] if role == "x2" else [terms.at[role], terms.channels]
    keys = [*slot_of, terms.at[shared], terms.channels]
    order = np.lexsort([terms.at[inner[0]], *keys[::-1]])
    slots, segments = _starts([k[order] for k in slot_of]), _starts([k[order] for k in keys])

    def put(x: np.ndarray | Sequence[int], kind: torch.dtype = torch.int64) -> Tensor:
        return torch.tensor(np.asarray(x), dtype=kind, device=device)

    n = len(order)
    return Role(
        put(terms.at[role][order][slots]), put(terms.channels[order][slots]),
        put([*np.searchsorted(segments, slots), len(segments)]), put(terms.at[shared][order][segments]),
        put(terms.channels[order][segments]), put([*segments, n]), put(terms.c[order], dtype),
        put(terms.at["x2"][order]), tuple(put(terms.at[one][order]) for one in inner),
        int(terms.channels.max(initial=1)),
    )  # fmt: skip


def _starts(keys: list[np.ndarray]) -> np.ndarray:
    """Where a run of equal keys begins."""
    n = len(keys[0])
    if not n:
        return np.zeros(0, dtype=np.int64)
    change = np.zeros(n, dtype=bool)
    change[0] = True
    for key in keys:
        change[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(change)
