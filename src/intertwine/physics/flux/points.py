"""Which ensembles to generate: lattices, couplings, numbers of configurations."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# The lattices and chemical potentials of Bulusu et al. (arXiv:2103.14686): η = 4.01, λ = 1.
SILVER_BLAZE_SHAPES = ((50, 2), (60, 4), (100, 5), (125, 8), (200, 10))
SILVER_BLAZE_MU = tuple(round(0.91 + 0.005 * step, 3) for step in range(29))


class FluxPoint(BaseModel):
    """One ensemble: shape (N_t, N_1, …), η = 2d + m², λ, μ in lattice units, how many configurations, open worms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)
    eta: float
    lam: Annotated[float, Field(ge=0)]
    mu: float
    n_configs: Annotated[int, Field(ge=1)]
    open_worms: Annotated[int, Field(ge=0)] = 0

    def follows(self, previous: FluxPoint) -> bool:
        """Whether chains may start from the configurations of `previous`: the same lattice and open worms."""
        return self.shape == previous.shape and previous.open_worms in (0, self.open_worms)


def grid(
    shapes: Iterable[Sequence[int]],
    etas: Iterable[float],
    lams: Iterable[float],
    mus: Iterable[float],
    n_configs: int,
    open_worms: Iterable[int] = (0,),
) -> list[FluxPoint]:
    """Every combination, μ running fastest so that each point starts from its neighbour in μ."""
    return [
        FluxPoint(shape=tuple(shape), eta=eta, lam=lam, mu=mu, n_configs=n_configs, open_worms=worms)
        for shape, worms, eta, lam, mu in itertools.product(shapes, open_worms, etas, lams, mus)
    ]


def silver_blaze(n_configs: int = 100) -> list[FluxPoint]:
    """The 29 μ × 5 lattices on which the Silver Blaze transition is seen (Bulusu et al., arXiv:2103.14686, fig. 3)."""
    return grid(SILVER_BLAZE_SHAPES, (4.01,), (1.0,), SILVER_BLAZE_MU, n_configs)
