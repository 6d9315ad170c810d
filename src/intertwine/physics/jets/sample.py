"""A sample: what every reader returns, the jets and what is wrong with them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intertwine.physics.jets.examination import JetProblems, examine, without
from intertwine.physics.jets.padded import Jets


class Sample(NamedTuple):
    """jets, problems = read_…(path)."""

    jets: Jets
    problems: JetProblems


def sample_of(
    jets: Jets,
    drop: tuple[str, ...] | str,
    malformed: NDArray[np.bool_] | None = None,
    remarks: tuple[str, ...] = (),
) -> Sample:
    """Examine what a reader found; `problems` counts what was there before anything was dropped."""
    problems = examine(jets, malformed=malformed, remarks=remarks)
    return Sample(without(jets, problems, drop) if drop else jets, problems)
