"""What is wrong with jets: counted and reported; taken out only when asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.physics.jets.kinematics import mass_squared, transverse_momentum
from intertwine.physics.jets.padded import Jets
from intertwine.suggestions import choose

TOLERANCE = 1e-5
"""m² ≥ -TOLERANCE E² is rounding (of single precision), not a mistake."""
USUAL_ENERGIES = (1.0, 14_000.0)
"""GeV; a sample whose jets' median p_T lies outside is taken for one in other units."""


@dataclass(frozen=True)
class JetProblems:
    """Jets with each kind of problem, as boolean arrays [jets], and remarks on the whole sample.

    Attributes
    ----------
    kinds:
        "empty": no particle. "not finite": a momentum, scalar or weight is nan or infinite. "negative energy".
        "negative mass": a particle with m² < -1e-5 E². "padding inside": a particle at rest with no energy between
        others. "label": the class is negative. "weight": negative. "malformed": the reader could not read the row.
    remarks:
        On the sample: units that do not look like GeV, jets cut by the reader, …
    """

    kinds: dict[str, NDArray[np.bool_]]
    remarks: tuple[str, ...] = ()

    @property
    def any(self) -> NDArray[np.bool_]:
        """Jets with at least one problem."""
        return np.asarray(np.logical_or.reduce(list(self.kinds.values())), dtype=np.bool_)

    @property
    def counts(self) -> dict[str, int]:
        """Number of jets with each kind of problem; kinds that do not occur are left out."""
        return {name: int(found.sum()) for name, found in self.kinds.items() if found.any()}

    def __str__(self) -> str:
        total = len(self.any)
        lines = [f"{count} of {total} jets: {name}" for name, count in self.counts.items()] or [
            f"{total} jets, no problems"
        ]
        return "\n".join([*lines, *self.remarks])


def examine(jets: Jets, *, malformed: NDArray[np.bool_] | None = None, remarks: tuple[str, ...] = ()) -> JetProblems:
    """Every problem of every jet. malformed, remarks: what a reader has found already."""
    p, mask = jets.momenta, jets.mask
    finite = np.isfinite(p).all(-1)
    not_finite = (mask & ~finite).any(1) | ~np.isfinite(jets.weights)
    for array in jets.scalars.values():
        not_finite |= (mask & ~np.isfinite(array)).any(1)
    clean = np.where((mask & finite)[..., None], p, 0.0)
    energy = clean[..., 0]
    with np.errstate(over="ignore", invalid="ignore"):
        negative_mass = ((energy >= 0) & (mass_squared(clean) < -TOLERANCE * energy**2)).any(1)
    labels = jets.labels
    kinds = {
        "empty": ~mask.any(1),
        "not finite": not_finite,
        "negative energy": (energy < 0).any(1),
        "negative mass": negative_mass,
        "padding inside": (mask & finite & (clean == 0).all(-1)).any(1),
        "label": np.zeros(len(jets), dtype=np.bool_) if labels is None else labels < 0,
        "weight": jets.weights < 0,
        "malformed": np.zeros(len(jets), dtype=np.bool_) if malformed is None else malformed,
    }
    return JetProblems(kinds, (*remarks, *_units(clean)))


def _units(momenta: NDArray[np.float64]) -> tuple[str, ...]:
    with np.errstate(over="ignore", invalid="ignore"):
        pt = transverse_momentum(momenta.sum(1))
    pt = pt[np.isfinite(pt) & (pt > 0)]
    if len(pt) == 0:
        return ()
    middle = float(np.median(pt))
    low, high = USUAL_ENERGIES
    if low <= middle <= high:
        return ()
    guess = "MeV" if middle > high else "TeV"
    return (f'the jets\' median p_T is {middle:.4g}, outside of {low:g} to {high:g} GeV: {guess}? (unit="{guess}")',)


UNITS = {"eV": 1e-9, "keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}


def in_gev(unit: str) -> float:
    """How many GeV a unit is. Raises ConfigurationError that suggests the right name."""
    return UNITS[choose("unit of energy", unit, UNITS)]


def without(jets: Jets, problems: JetProblems, drop: tuple[str, ...] | str = "all") -> Jets:
    """The jets without those that have a problem named in drop ("all": any problem).

    Raises ConfigurationError for a kind of problem that does not exist.
    """
    if drop == "all":
        return jets[~problems.any]
    if isinstance(drop, str):
        drop = (drop,)
    unknown = [name for name in drop if name not in problems.kinds]
    if unknown:
        raise ConfigurationError("no such kind of problem", received=unknown, expected=list(problems.kinds))
    bad = np.zeros(len(jets), dtype=np.bool_)
    for name in drop:
        bad |= problems.kinds[name]
    return jets[~bad]
