"""Everything that the flux-regression study can be told, and its presets."""

from __future__ import annotations

from math import sqrt

from pydantic import BaseModel, ConfigDict, Field

from intertwine.studies.study import Configuration
from intertwine.training.fit_settings import FitSettings

Lattice = tuple[int, ...]

FAMILIES = ("EQ", "ST", "FL")
AUGMENTED = ("ST", "FL")
"""The families that data augmentation can help: EQ networks commute with every translation already."""


class LargeFlattening(BaseModel):
    """The network of Zhou et al. (1810.12879): flattening, some 10⁷ parameters, its own lattice and two values of μ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lattice: Lattice = (200, 10)
    mus: tuple[float, ...] = (0.91, 1.05)
    n_training: int = 10_000
    n_validation: int = 1_000
    n_test: int = 1_000
    channels: int = 32
    width: int = 620
    fit: FitSettings = FitSettings(steps=100_000, batch_size=64, learning_rate=1e-3, evaluate_every=1000)


class FamilySpace(BaseModel):
    """What the architectures of a family may be chosen from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: tuple[int, int] = (1, 4)
    """Fewest and most convolutions."""
    channels: tuple[int, ...] = (4, 8, 16, 32, 64, 128)
    first_kernels: tuple[int, ...] = (2, 3)
    """Sizes of the first convolution's kernel, which must see a site's neighbours."""
    later_kernels: tuple[int, ...] = (1, 2, 3)
    hidden_layers: int = 2
    """Most linear layers between pooling or flattening and the output."""
    heads: tuple[int, ...] = (8, 32, 128, 512)
    """Their widths."""


class FluxRegressionConfiguration(Configuration):
    """Parameters of the study; the defaults are those of Bulusu et al. (2103.14686)."""

    eta: float = 4.01
    lam: float = 1.0
    lattice: Lattice = (60, 4)
    mu: float = 1.05
    sizes: tuple[int, ...] = (50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000)
    """Numbers of training configurations."""
    n_validation: int = 2000
    test_lattices: tuple[Lattice, ...] = ((50, 2), (60, 4), (100, 5), (125, 8), (200, 10))
    test_mus: tuple[float, ...] = tuple(round(0.91 + 0.005 * i, 3) for i in range(29))
    n_test: int = 100
    """Test configurations for each lattice and chemical potential."""
    chains: int = 4

    trials: int = 50
    repeats: int = 3
    """How often each setting is trained in the search."""
    search_size: int = 1000
    search_steps: int = 4000
    spaces: dict[str, FamilySpace] = Field(default_factory=lambda: {family: FamilySpace() for family in FAMILIES})
    max_parameters: int = 10_000_000
    instances: int = 10
    steps: int = 20_000
    """Steps of AdamW for an instance of the winner."""
    finisher_iterations: dict[str, int] = Field(default_factory=lambda: dict.fromkeys(FAMILIES, 400))
    """Most iterations of the finisher. One of EQ costs a third of the others', which see no equal patches: where
    the budget is short, these numbers give every family the same time."""
    finisher_size: int = 2000
    """The finisher sees at most so many configurations, augmented ones included."""
    finisher_patience: int | None = 100
    large_flattening: LargeFlattening | None = LargeFlattening()

    @property
    def size_factor(self) -> float:
        """How much longer than with 10³ parameters a step takes; for the estimate of time only."""
        return max(1.0, sqrt(self.max_parameters / 100_000))


PAPER = FluxRegressionConfiguration()

# The observables are averages of a density that involves a site and its backward neighbours. The equivariant family
# takes that as it is: one kernel of two sites a direction, then 1×1 convolutions, and nothing after the average.
_DENSITY = FamilySpace(
    depth=(2, 3), channels=(16, 24), first_kernels=(2,), later_kernels=(1,), hidden_layers=0, heads=(8,)
)
_SMALL = FamilySpace(depth=(2, 3), channels=(8, 16, 24), hidden_layers=1, heads=(8, 16, 32))

STANDARD = PAPER.model_copy(
    update={
        "sizes": (100, 1000, 5000), "n_validation": 1000, "chains": 2, "trials": 12, "repeats": 2, "search_steps": 500,
        "spaces": {"EQ": _DENSITY, "ST": _SMALL, "FL": _SMALL}, "max_parameters": 3000, "instances": 5,
        "steps": 3000, "finisher_iterations": {"EQ": 60, "ST": 25, "FL": 25}, "finisher_size": 1000,
        "finisher_patience": 20, "large_flattening": None,
    }
)  # fmt: skip

_SMALLEST = {"depth": (2, 2), "hidden_layers": 0}

QUICK = STANDARD.model_copy(
    update={
        "sizes": (100, 1000), "n_validation": 500, "test_mus": tuple(round(0.91 + 0.02 * i, 3) for i in range(8)),
        "n_test": 40, "trials": 4, "repeats": 1, "search_size": 500, "search_steps": 200, "instances": 2,
        "spaces": {family: space.model_copy(update=_SMALLEST) for family, space in STANDARD.spaces.items()},
        "max_parameters": 2000, "steps": 600, "finisher_iterations": dict.fromkeys(FAMILIES, 45),
    }
)  # fmt: skip

# For the tests: the whole study in seconds, with numbers that mean nothing.
TINY = QUICK.model_copy(
    update={
        "lattice": (8, 4), "sizes": (10, 20), "n_validation": 10, "test_lattices": ((6, 2), (8, 4)),
        "test_mus": (1.0, 1.05), "n_test": 10, "trials": 2, "search_size": 20, "search_steps": 20,
        "max_parameters": 1000, "steps": 20, "finisher_iterations": dict.fromkeys(FAMILIES, 3), "finisher_size": 20,
    }
)  # fmt: skip

PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}


def arms(configuration: FluxRegressionConfiguration) -> list[tuple[str, bool]]:
    """(family, with augmentation) of every learning curve."""
    return [(family, False) for family in FAMILIES] + [(family, True) for family in AUGMENTED]


def arm_name(family: str, augmented: bool) -> str:
    return f"{family}+augmentation" if augmented else family


def lattice_name(lattice: Lattice) -> str:
    return "x".join(map(str, lattice))
