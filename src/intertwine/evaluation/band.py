"""Spread of a metric over the instances of one architecture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from intertwine.errors import DataError


@dataclass(frozen=True)
class Band:
    """Smallest, largest, mean and median over instances (Bulusu et al., 2103.14686, figure 2)."""

    lowest: float
    highest: float
    mean: float
    median: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Band:
        """Band of the values; raises DataError if there are none."""
        if len(values) == 0:
            raise DataError("A band needs values", received=0, expected="at least one instance")
        return cls(min(values), max(values), fmean(values), median(values))
