"""What the study `phonon-dos` can be told, and its presets."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt

from intertwine.studies.study import Configuration

TURNED = "+turns"
"""End of the name of a network that is trained on turned crystals."""


class NetworkChoice(BaseModel):
    """What differs between the networks. coordinates: whether messages also see each edge's coordinates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = "O(3)"
    vector: str = "1o"
    scalar: str = "0e"
    hidden: str
    channels: PositiveInt = 32
    max_degree: int = 0
    coordinates: bool = False
    augmented: bool = False
    """Every crystal of every batch turned at random."""
    seconds_a_step: PositiveFloat = 0.014
    """Expected, on one core; only the estimate depends on it."""


_FREE = NetworkChoice(group="C1", vector="3xA", scalar="A", hidden="64xA", channels=64, coordinates=True)
NETWORKS = {
    "equivariant": NetworkChoice(hidden="32x0e + 32x1o + 32x1e", max_degree=1),
    "invariant": NetworkChoice(hidden="64x0e", channels=64),
    "free": _FREE,
    f"free{TURNED}": _FREE.model_copy(update={"augmented": True}),
}
"""The published one, and what the symmetry is compared with: lengths only, and no symmetry at all."""


class PhononDosConfiguration(Configuration):
    """Everything that the results depend on. The architecture is that of Chen et al., arXiv:2009.05163."""

    source: str = "auto"
    """A file (.csv as published, or .json), "generated", or "auto": what the folder of sample data has,
    or generated."""
    generated: PositiveInt = 300
    """Number of crystals that are generated where none are read."""
    limit: PositiveInt | None = None
    """So many of the crystals, drawn at random (None: all)."""
    folds: PositiveInt = 10
    trained_folds: PositiveInt = 10
    """Of which so many are trained and tested."""
    shares: tuple[float, ...] = (1.0,)
    """Learning curve: shares of the training crystals, the last one 1."""
    curve_folds: PositiveInt = 3
    """Folds of the shares below 1."""
    networks: dict[str, NetworkChoice] = NETWORKS
    reference: str = "equivariant"
    """Whose spectra and heat capacities are shown."""
    epochs: PositiveInt = 100
    batch: PositiveInt = 16
    learning_rate: PositiveFloat = 1e-2
    weight_decay: float = 0.05
    averaging: float = 0.99
    cutoff: PositiveFloat = 5.0
    """Å."""
    embedding: PositiveInt = 64
    layers: PositiveInt = 3
    """Two gated convolutions and the last one."""
    basis: PositiveInt = 10
    radial_width: PositiveInt = 100
    radial_depth: PositiveInt = 1
    temperature: PositiveFloat = 300.0
    """K, at which errors of heat capacities are compared."""


STANDARD = PhononDosConfiguration(shares=(0.25, 0.5, 1.0))
QUICK = STANDARD.model_copy(update={"trained_folds": 2, "curve_folds": 1, "epochs": 60, "generated": 60, "limit": 300})
PAPER = STANDARD.model_copy(
    update={
        "epochs": 64,
        "batch": 1,
        "learning_rate": 5e-3,
        "generated": 1500,
        "curve_folds": 10,
        "shares": (0.125, 0.25, 0.5, 1.0),
    }
)
TINY = QUICK.model_copy(
    update={"generated": 4, "limit": 4, "folds": 2, "trained_folds": 2, "curve_folds": 1, "epochs": 1, "batch": 2,
            "shares": (0.5, 1.0), "radial_width": 4,
            "networks": {name: NETWORKS[name] for name in ("equivariant", "free")}}
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
