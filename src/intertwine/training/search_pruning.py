"""When a search gives up on a trial: the median rule, made reproducible."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


class MedianRule:
    """Stop above the median of earlier trials at the same fraction of the budget.

    Earlier means a smaller index: then one worker, interrupted or not, always decides alike.
    """

    def __init__(self, finished: list[FrozenTrial], after: float, startup_trials: int) -> None:
        self.after, self.least = after, max(startup_trials, 1)
        self.curves = [{step / 1e6: value for step, value in trial.intermediate_values.items()} for trial in finished]

    def says_stop(self, fraction: float, loss: float) -> bool:
        """Whether a trial with this loss after this fraction of its steps should end."""
        if not self.after <= fraction < 1 or len(self.curves) < self.least:
            return False
        reached = []
        for curve in self.curves:
            past = [value for at, value in curve.items() if at <= fraction + 1e-9]
            if past and max(curve) >= fraction - 1e-9:
                reached.append(min(past))
        if len(reached) < self.least:
            return False
        reached.sort()
        middle = len(reached) // 2
        median = reached[middle] if len(reached) % 2 else 0.5 * (reached[middle - 1] + reached[middle])
        return not loss <= median
