"""Means, errors and integrated autocorrelation times by the Γ-method (U. Wolff, hep-lat/0306017), through pyerrors."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError

RealArray = NDArray[np.float64]
_NAME = "flux"


@dataclass(frozen=True)
class Estimate:
    """value ± error; tau_int ± tau_error in units of the series' spacing (0.5 means independent).

    A series that never changes has error 0 and tau_int 0.5: nothing was seen to fluctuate.
    """

    value: float
    error: float
    tau_int: float
    tau_error: float

    def __str__(self) -> str:
        return f"{self.value:.8g} ± {self.error:.2g}"


def estimate(replicas: Sequence[RealArray]) -> Estimate:
    """The mean of a Markov chain's series, given as one array [n_i] for each independent chain.

    Raises DataError where a chain has fewer than five entries, too few for the Γ-method.
    """
    derived = observable(replicas)
    return _summary(derived, replicas)


def variance(replicas: Sequence[RealArray], factor: float, contact: Sequence[RealArray] | None = None) -> Estimate:
    """factor·(⟨x²⟩ − ⟨x⟩²) + ⟨contact⟩ with the errors propagated: a susceptibility."""
    x = observable(replicas)
    squares = observable([series**2 for series in replicas])
    result = factor * (squares - x * x)
    if contact is not None:
        result = result + observable(contact)
    return _summary(result, replicas)


def observable(replicas: Sequence[RealArray]) -> Any:
    """The series as one pyerrors.Obs with a replicum a chain, for propagating errors into any function of means."""
    short = min(len(series) for series in replicas)
    if short < 5:
        raise DataError(
            "too few configurations for an error by the Γ-method",
            received=f"{short} in one chain",
            expected="at least 5 a chain",
            fix="take more configurations or fewer chains",
        )
    names = [f"{_NAME}|r{index:05d}" for index in range(len(replicas))]
    return _pyerrors().Obs([np.asarray(series, dtype=np.float64) for series in replicas], names)


def tau_int(replicas: Sequence[RealArray]) -> float:
    """The integrated autocorrelation time of a series, in units of its spacing."""
    return estimate(replicas).tau_int


def _summary(obs: Any, replicas: Sequence[RealArray]) -> Estimate:
    if all(bool(np.all(series == replicas[0][0])) for series in replicas) and not np.any(obs.deltas[obs.names[0]]):
        return Estimate(float(obs.value), 0.0, 0.5, 0.0)
    obs.gamma_method()
    tau, tau_error = float(obs.e_tauint[_NAME]), float(obs.e_dtauint[_NAME])
    if not (math.isfinite(tau) and math.isfinite(obs.dvalue)):
        raise DataError("the Γ-method gave no finite error", received=f"a series of {sum(map(len, replicas))} entries")
    return Estimate(float(obs.value), float(obs.dvalue), tau, tau_error)


def _pyerrors() -> Any:
    """pyerrors; it imports scipy.odr, whose deprecation notice is no concern of ours."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*scipy\.odr.*", category=DeprecationWarning)
        import pyerrors
    return pyerrors
