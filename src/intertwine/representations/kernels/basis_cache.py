"""Kernel bases: kernels between irreps are made once in a process and, where that takes long, kept on disk."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from intertwine.cache import cached, folder
from intertwine.groups.theory import RealArray
from intertwine.representations.kernels.irrep_kernels import irrep_kernels
from intertwine.representations.kernels.kernel_basis import KernelBasis, Pair, assembled, pairs_of_irreps
from intertwine.representations.kernels.scalar_functions import ScalarFunctions
from intertwine.representations.rep import Rep
from intertwine.representations.table_cache import engine_version, is_named

NAMESPACE = "kernel-bases"
WORTH_STORING = 0.05  # seconds; a file costs some milliseconds, with the check that the engine is the same
_CHEAP = 2  # dimensions of irreps up to which kernels cost less than that: all those of the plane


def kernel_bases(functions: ScalarFunctions, pairs: Sequence[tuple[Rep, Rep]]) -> list[KernelBasis]:
    """The basis of kernels of every (unit in, unit out).

    Kernels between irreps are kept, those of one layer in one file of the cache folder. The key names the group, its
    action, the irreps, the functions and the engine's source; kernels of groups without a name are not on disk.
    """
    parts = _parts(functions, pairs_of_irreps(pairs))
    return [assembled(parts, unit_in, unit_out) for unit_in, unit_out in pairs]


@lru_cache(maxsize=64)
def _parts(functions: ScalarFunctions, pairs: tuple[Pair, ...]) -> Mapping[Pair, RealArray]:
    def build() -> dict[str, NDArray[np.generic]]:
        return _packed(irrep_kernels(functions.build(), pairs))

    group = functions.vector.group
    largest = max((irrep.real_dim for pair in pairs for irrep in pair), default=0)
    if largest <= _CHEAP or folder() is None or not is_named(group):
        return irrep_kernels(functions.build(), pairs)
    labels = tuple((repr(one.label), repr(other.label)) for one, other in pairs)
    key = (group.name, _name(functions.vector), labels, functions.key)
    return _unpacked(cached(NAMESPACE, engine_version, key, build, min_seconds=WORTH_STORING), pairs)


def _packed(parts: Mapping[Pair, RealArray]) -> dict[str, NDArray[np.generic]]:
    """In two arrays: every array of a file costs a third of a millisecond to read."""
    return {
        "kernels": np.concatenate([np.zeros(0), *(part.ravel() for part in parts.values())]),
        "shapes": np.array([part.shape for part in parts.values()], dtype=np.int64).reshape(-1, 4),
    }


def _unpacked(arrays: Mapping[str, NDArray[np.generic]], pairs: Sequence[Pair]) -> dict[Pair, RealArray]:
    shapes = arrays["shapes"]
    flat = np.split(arrays["kernels"].astype(np.float64, copy=False), np.cumsum(shapes.prod(1))[:-1])
    return {pair: part.reshape(shape) for pair, part, shape in zip(pairs, flat, shapes.tolist(), strict=True)}


def _name(rep: Rep) -> tuple[Hashable, ...]:
    """Irreps, and a digest of the basis where that is not theirs."""
    irreps = tuple((block.multiplicity, repr(block.irrep.label)) for block in rep.blocks)
    if rep.is_by_irreps:
        return irreps
    return irreps, blake2b(rep.change_of_basis.to_basis.tobytes(), digest_size=8).hexdigest()
