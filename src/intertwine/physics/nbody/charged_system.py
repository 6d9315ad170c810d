"""ChargedSystem: the parameters of charged particles, with the defaults that were published."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt


class ChargedSystem(BaseModel):
    """Particles of mass 1 and charge ±1 with Coulomb forces F_i = strength · Σ_j q_i q_j (x_i − x_j)/|x_i − x_j|³.

    Units are the system's own: length, time and charge as the numbers below say.

    Attributes
    ----------
    bodies, dimension:
        Particles, and directions of space.
    position_scale:
        Standard deviation of each initial coordinate, for five bodies; it grows as (bodies/5)^(1/3).
    speed:
        Length of each initial velocity; directions are uniform.
    strength:
        Of the interaction; like charges repel.
    time_step, force_limit:
        Of the kick–drift steps. Each component of a force is cut off at ±force_limit, which is what softens close
        encounters.

    Source: the generator published with Satorras et al. 2102.09844 (data set "nbody_small"), after Kipf et al.
    1802.04687; its reflecting walls act on the initial positions only and are left out (|x| > 5 has p < 1e-6).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bodies: PositiveInt = 5
    dimension: PositiveInt = 3
    position_scale: PositiveFloat = 1.0
    speed: NonNegativeFloat = 0.5
    strength: float = 1.0
    time_step: PositiveFloat = 1e-3
    force_limit: PositiveFloat = 100.0
