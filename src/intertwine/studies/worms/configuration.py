"""Everything that the studies of open worms can be told, and their presets."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from intertwine.studies.study import Configuration

FAMILIES = ("EQ", "ST", "FL")
TRANSFERABLE = ("EQ", "ST")
"""Families that exist on every lattice; a flattening network is tied to one."""

Point = tuple[float, float]
"""(η, μ)."""


class WormSpace(BaseModel):
    """What the architectures of a family may be chosen from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: tuple[int, int] = (1, 3)
    channels: tuple[int, ...] = (8, 16, 32)
    first_kernels: tuple[int, ...] = (2, 3)
    later_kernels: tuple[int, ...] = (1, 2, 3)
    hidden_layers: int = 1
    heads: tuple[int, ...] = (8, 32)
    pooling: tuple[Literal["average", "sum", "max"], ...] = ("average", "sum", "max")
    biases: tuple[bool, ...] = (True, False)
    """Whether convolutions and hidden layers have biases."""
    activations: tuple[Literal["silu", "gelu", "relu", "leaky_relu"], ...] = ("silu", "gelu", "leaky_relu")


class WormsConfiguration(Configuration):
    """Parameters of both studies; the defaults are those of Bulusu et al. (2103.14686) where it gives them."""

    task: Literal["detection", "counting"]
    training_numbers: tuple[int, ...]
    """Numbers of open worms seen in training."""
    numbers: tuple[int, ...]
    """Those that are tested."""
    etas: tuple[float, ...] = (4.01, 4.04, 4.25)
    mus: tuple[float, ...] = (1.0, 1.25, 1.5)
    lam: float = 1.0
    training_points: tuple[Point, ...] = ((4.01, 1.5), (4.25, 1.0))
    extents: tuple[int, ...] = (8, 16, 32, 64)
    """Of squared lattices; training uses the first."""
    n_training: int = 1000
    """Configurations for each training point and number of worms."""
    n_validation: int = 250
    n_test: int = 100
    """Configurations for each (η, μ), lattice and number of worms."""
    surplus: int = 3
    """Detection: so many times the configurations are sampled from which open and closed ones are matched."""
    softness: float = 0.01
    """Detection: probability of the other class in the targets of the training, so that optimal logits are finite."""

    trials: int = 50
    repeats: int = 3
    search_steps: int = 500
    search_finisher: int = 60
    instances: int = 50
    steps: int = 500
    finisher_iterations: int = 200
    finisher_size: int = 2000
    finisher_patience: int = 150
    max_parameters: int = 100_000
    spaces: dict[str, WormSpace]

    @property
    def points(self) -> list[Point]:
        """Every (η, μ) that is tested."""
        return [(eta, mu) for eta in self.etas for mu in self.mus]

    @property
    def sites(self) -> tuple[int, int]:
        """The lattice that the networks are trained on."""
        return (self.extents[0], self.extents[0])


# A violation is a property of a site and its backward neighbours: one kernel of two sites a direction, and nothing
# after the pooling. Without biases a site where flux is conserved can contribute exactly zero; with them the training
# lattice cannot tell a constant a site from a constant of the sum, which only other lattices take apart. For the
# same reason an average is no candidate: it dilutes a worm with the size of the lattice.
_LOCAL = WormSpace(
    depth=(1, 1), channels=(6, 8, 12), first_kernels=(2,), hidden_layers=0, pooling=("sum", "max"), biases=(False,),
    activations=("silu", "gelu"),
)  # fmt: skip
_STRIDED = WormSpace(depth=(1, 2), channels=(8, 16), heads=(8, 16), pooling=("sum", "max"))
_FLATTENED = WormSpace(depth=(1, 2), channels=(4, 8), heads=(8, 16))

_SMALL = {
    "trials": 8, "repeats": 2, "search_steps": 200, "search_finisher": 60, "instances": 10, "steps": 200,
    "finisher_iterations": 150, "finisher_size": 1000, "finisher_patience": 100, "max_parameters": 5000,
    "n_training": 500, "n_validation": 125, "n_test": 50,
    "spaces": {"EQ": _LOCAL, "ST": _STRIDED, "FL": _FLATTENED},
}  # fmt: skip
_QUICK = {
    "trials": 2, "repeats": 1, "search_steps": 50, "search_finisher": 40, "instances": 3, "steps": 50,
    "finisher_iterations": 80, "finisher_size": 800, "finisher_patience": 60, "extents": (8, 16), "n_training": 200,
    "n_validation": 50, "n_test": 20, "max_parameters": 1500,
}  # fmt: skip
_TINY = {
    "extents": (4, 6), "etas": (4.25,), "mus": (1.0,), "training_points": ((4.25, 1.0),), "n_training": 12,
    "n_validation": 8, "n_test": 6, "trials": 2, "repeats": 1, "search_steps": 4, "search_finisher": 2,
    "instances": 2, "steps": 4, "finisher_iterations": 3, "finisher_size": 20, "max_parameters": 300,
}  # fmt: skip
_SPACES = {
    "EQ": _LOCAL.model_copy(update={"channels": (6, 8, 12, 16)}), "ST": WormSpace(), "FL": WormSpace(),
}  # fmt: skip

DETECTION_PAPER = WormsConfiguration(task="detection", training_numbers=(0, 1), numbers=(0, 1), spaces=_SPACES)
COUNTING_PAPER = WormsConfiguration(
    task="counting", training_numbers=(0, 5), numbers=tuple(range(11)), instances=20,
    spaces={family: space.model_copy(update={"pooling": ("sum",)}) for family, space in _SPACES.items()},
)  # fmt: skip
"""A count is extensive: networks that count pool by a sum."""


def presets(paper: WormsConfiguration) -> dict[str, WormsConfiguration]:
    """quick, standard, paper, and tiny for the tests: a whole study in seconds, with numbers that mean nothing."""
    standard = paper.model_copy(update=_SMALL)
    if paper.task == "counting":
        summed = {family: space.model_copy(update={"pooling": ("sum",)}) for family, space in standard.spaces.items()}
        standard = standard.model_copy(update={"spaces": summed, "n_test": 20})
    quick = standard.model_copy(update=_QUICK)
    tiny = quick.model_copy(update=_TINY)
    if paper.task == "counting":
        quick = quick.model_copy(update={"numbers": (0, 1, 5, 10)})
        tiny = tiny.model_copy(update={"training_numbers": (0, 2), "numbers": (0, 1, 2)})
    return {"quick": quick, "standard": standard, "paper": paper, "tiny": tiny}
