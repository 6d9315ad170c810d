"""The ant factor: performance per size of a network (Murnane, Thais, Wong, 2202.06941)."""

from __future__ import annotations

from intertwine.errors import DataError

SIGNAL_EFFICIENCY = 0.3
SCALE = 1e5


def ant_factor(rejection: float, parameters: int, scale: float = SCALE) -> float:
    """scale · (1/ε_B) / N: background rejection at ε_S = 0.3 divided by the number of trainable parameters.

    Without the scale it is `ant` in the validation metrics of github.com/murnanedaniel/Lorentz-Equivariant-GNN. An ant
    carries many times its own weight. With scale = 10⁵ the published LGN (1/ε_B = 435, 4.5 k parameters) has about
    9 700 and ParticleNet (1/ε_B = 1298, 498 k parameters) about 260.
    Raises DataError without parameters, where the ratio has no meaning.
    """
    if parameters < 1:
        raise DataError("the ant factor of a network without parameters", received=parameters, expected="at least 1")
    return scale * rejection / parameters
