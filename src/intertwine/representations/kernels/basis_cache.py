"""Kernel bases on disk: those of one layer in one file, made once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from intertwine.cache import cached, folder
from intertwine.representations.kernels.kernel_basis import KernelBasis, kernel_basis
from intertwine.representations.kernels.scalar_functions import ScalarFunctions
from intertwine.representations.rep import Rep
from intertwine.representations.table_cache import engine_version, is_named

NAMESPACE = "kernel-bases"
MAX_MATRIX = 2**11  # unit_in.dim × unit_out.dim of a basis that is stored; Oh's regular field, 48², has 170 MB in 3³


def kernel_bases(functions: ScalarFunctions, pairs: Sequence[tuple[Rep, Rep]]) -> list[KernelBasis]:
    """The basis of kernels of every (unit in, unit out), from the cache folder or made and put there.

    The key names the group, its action, both representations with their bases, the functions and the engine's source.
    Bases of groups without a name, and very large ones, are made anew.
    """

    def build() -> dict[str, NDArray[np.generic]]:
        spaces = functions.build()
        return _packed([kernel_basis(spaces, unit_in, unit_out) for unit_in, unit_out in pairs])

    vector = functions.vector
    largest = max((unit_in.dim * unit_out.dim for unit_in, unit_out in pairs), default=0)
    if folder() is None or not is_named(vector.group) or largest > MAX_MATRIX:
        arrays = build()
    else:
        units = tuple((_name(unit_in), _name(unit_out)) for unit_in, unit_out in pairs)
        key = (vector.group.name, _name(vector), units, functions.key)
        arrays = cached(NAMESPACE, engine_version(), key, build)
    return _unpacked(arrays)


def _packed(bases: Sequence[KernelBasis]) -> dict[str, NDArray[np.generic]]:
    """In three arrays: every array of a file costs a third of a millisecond to read."""
    return {
        "kernels": np.concatenate([basis.kernels.ravel() for basis in bases]),
        "blocks": np.concatenate([basis.block for basis in bases]),
        "shapes": np.array([basis.kernels.shape for basis in bases]),
    }


def _unpacked(arrays: Mapping[str, NDArray[np.generic]]) -> list[KernelBasis]:
    shapes = arrays["shapes"]
    sizes, counts = np.cumsum(shapes.prod(1))[:-1], np.cumsum(shapes[:, 0])[:-1]
    parts = zip(np.split(arrays["kernels"], sizes), np.split(arrays["blocks"], counts), shapes, strict=True)
    return [KernelBasis(kernels.reshape(shape), block) for kernels, block, shape in parts]


def _name(rep: Rep) -> tuple[Hashable, ...]:
    """Irreps, and a digest of the basis where that is not theirs."""
    irreps = tuple((block.multiplicity, repr(block.irrep.label)) for block in rep.blocks)
    if rep.is_by_irreps:
        return irreps
    return irreps, blake2b(rep.change_of_basis.to_basis.tobytes(), digest_size=8).hexdigest()
