"""LayerNorm: RMSNorm, with the mean over channels taken out of the invariants first."""

from __future__ import annotations

from intertwine.nn.rms_norm import RMSNorm


class LayerNorm(RMSNorm):
    """As RMSNorm; invariants lose their mean over channels before, and have a bias (initially 0) after it.

    Ba, Kiros and Hinton (1607.06450) for the invariants; the other irreps have no constant to take away. A single
    trivial channel equals its own mean and becomes its bias.
    """

    subtracts_mean = True
