"""Jets from and to awkward arrays of four-momenta with the behaviour of `vector`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.jets.examination import in_gev
from intertwine.physics.jets.kinematics import from_collider
from intertwine.physics.jets.libraries import library
from intertwine.physics.jets.padded import Jets
from intertwine.physics.jets.ragged import RaggedJets

CARTESIAN = ("energy", "px", "py", "pz")
COLLIDER = ("pt", "eta", "phi", "mass")


def from_awkward(particles: Any, *, particles_kept: int | None = None, unit: str = "GeV") -> Jets:
    """Jets from an awkward array `jets * var * Momentum4D` (any coordinates that vector knows), no labels.

    Raises DataError if the array is not two deep, or its records are not four-momenta.
    """
    vector = library("vector")
    if particles.ndim != 2:
        raise DataError(
            "not lists of particles", received=f"{particles.ndim} dimensions", expected="jets * var * Momentum4D"
        )
    try:
        momenta = vector.Array(particles)
        columns = {name: getattr(momenta, name) for name in CARTESIAN}
    except (AttributeError, TypeError) as error:
        raise DataError(
            "not four-momenta", received=particles.fields, expected="(px, py, pz, energy), (pt, eta, phi, mass), …"
        ) from error
    ragged, malformed = from_lists(columns, unit=unit)
    if malformed.any():
        raise DataError("momenta whose components have different lengths", received=int(malformed.sum()), expected=0)
    return ragged.padded(particles_kept)


def to_awkward(jets: Jets) -> Any:
    """An awkward array `jets * var * Momentum4D[px, py, pz, energy, …scalars]` with the behaviour of vector."""
    ak, vector = library("awkward"), library("vector")
    counts = jets.mask.sum(1)
    flat = jets.momenta[jets.mask]
    fields = {name: flat[:, index] for index, name in enumerate(CARTESIAN)}
    fields |= {name: array[jets.mask] for name, array in jets.scalars.items()}
    vector.register_awkward()
    return ak.unflatten(ak.zip(fields, with_name="Momentum4D"), counts)


def from_lists(
    components: Mapping[str, Any],
    scalars: Mapping[str, Any] | None = None,
    values: Mapping[str, NDArray[Any]] | None = None,
    unit: str = "GeV",
) -> tuple[RaggedJets, NDArray[np.bool_]]:
    """Jets from lists of numbers, and which of them are malformed: components or scalars of different lengths.

    components: awkward arrays `jets * var * number` named energy, px, py, pz, or pt, eta, phi and perhaps mass
    (without: massless). scalars, values: further numbers a particle or a jet. Malformed jets come out empty.
    Raises DataError if the names are others.
    """
    ak = library("awkward")
    scalars, factor = dict(scalars or {}), in_gev(unit)
    names = set(components)
    if names not in ({*CARTESIAN}, {*COLLIDER}, {*COLLIDER[:3]}):
        raise DataError(
            "not the components of a momentum", received=sorted(names), expected=f"{CARTESIAN} or {COLLIDER}"
        )
    every = [*components.values(), *scalars.values()]
    lengths = [np.asarray(ak.num(array, axis=1), dtype=np.int64) for array in every]
    counts = lengths[0]
    malformed = np.zeros(len(counts), dtype=np.bool_)
    for other in lengths[1:]:
        malformed |= other != counts
    good = ~malformed

    def flat(array: Any) -> NDArray[np.float64]:
        return np.asarray(ak.to_numpy(ak.flatten(array[good], axis=1)), dtype=np.float64)

    columns = {name: flat(array) for name, array in components.items()}
    if "energy" in columns:
        momenta = np.stack([columns[name] for name in CARTESIAN], axis=-1) * factor
    else:
        mass = columns.get("mass", np.zeros(1)) * factor
        momenta = from_collider(columns["pt"] * factor, columns["eta"], columns["phi"], mass)
    ragged = RaggedJets(
        momenta,
        np.where(malformed, 0, counts),
        {name: flat(array) for name, array in scalars.items()},
        dict(values or {}),
    )
    return ragged, malformed
