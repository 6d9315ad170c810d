"""Everything that the study of rotated digits can be told, and its presets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from intertwine.studies.study import Configuration

# Stages as (channels, kernel, pooled).
Stages = tuple[tuple[int, int, bool], ...]


class Entry(BaseModel):
    """One network of the comparison, and how long it trains.

    `steps` are those on the largest set; smaller ones train for fewer, in proportion to the square root of their size.
    `options` go to `ImageNetworkConfig` (or `HNetConfig`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Literal["steerable", "plain", "h-net"]
    stages: Stages = ()
    options: dict[str, Any] = {}
    steps: PositiveInt
    learning_rate: float = 1e-2
    rotate: bool = False
    shift: float = 0.0
    scale: float = 0.0


class RotatedDigitsConfiguration(Configuration):
    """Parameters of the study.

    sizes: training sets, nested; the last one is the whole. n_test: digits tested on. upright: the networks that are
    also trained on upright digits and tested against the angle. angles: those, in degrees.
    """

    networks: dict[str, Entry]
    sizes: tuple[int, ...]
    n_test: int
    batch: int = 64
    upright: tuple[str, ...] = ()
    upright_size: int
    n_upright_test: int
    angles: tuple[float, ...] = tuple(range(0, 361, 15))


def _networks(width: int, steps: int) -> dict[str, Entry]:
    """The steerable networks cost about the same a step; the plain ones, cheaper, get three times the steps.

    Width 8 gives the H-Net of the paper and less than 50 000 parameters everywhere but in the plain networks.
    """
    w = width
    eight: Stages = ((w, 7, True), (w + 2, 5, False), (w + 4, 5, True), (w + 6, 5, False))
    half: Stages = tuple((max(1, c // 2), k, p) for c, k, p in eight)
    mirrored: Stages = tuple((max(1, round(0.7 * c)), k, p) for c, k, p in eight)
    plain: Stages = tuple((4 * c, k, p) for c, k, p in eight)
    head = {"head": (64,), "dropout": 0.2}
    moved: dict[str, Any] = {"shift": 1.0, "scale": 0.1}
    return {
        "CNN": Entry(model="plain", stages=plain, options={"group": "C1", **head}, steps=3 * steps, **moved,
                     learning_rate=5e-3),
        "augmented CNN": Entry(model="plain", stages=plain, options={"group": "C1", **head}, steps=3 * steps,
                               rotate=True, **moved, learning_rate=5e-3),
        "p4": Entry(model="steerable", stages=eight, options={"group": "C4", "kernels": "stencil", **head},
                    steps=steps, **moved),
        "p4m": Entry(model="steerable", stages=mirrored, options={"group": "D4", "kernels": "stencil", **head},
                     steps=steps, **moved),
        "H-Net": Entry(model="h-net", options={"channels": (w, 2 * w, 4 * w + 3)}, steps=steps, **moved),
        "C8": Entry(model="steerable", stages=eight, options={"group": "C8", **head}, steps=steps, **moved),
        "C16": Entry(model="steerable", stages=half, options={"group": "C16", **head}, steps=steps, **moved),
        "D8": Entry(model="steerable", stages=half, options={"group": "D8", **head}, steps=steps, **moved),
        "SO(2)": Entry(model="steerable", stages=eight, options={"group": "SO(2)", "fields": "0 + 1 + 2", **head},
                       steps=steps, **moved),
    }  # fmt: skip


STANDARD = RotatedDigitsConfiguration(
    networks=_networks(8, 12_000), sizes=(100, 300, 1000, 3000, 12_000), n_test=50_000,
    upright=("CNN", "augmented CNN", "p4", "H-Net", "C8", "C16", "SO(2)"), upright_size=12_000, n_upright_test=2000,
)  # fmt: skip
_SHORT = {
    "networks": {k: v for k, v in _networks(2, 300).items() if k in ("CNN", "augmented CNN", "p4", "C8", "H-Net")}
}
QUICK = STANDARD.model_copy(
    update=_SHORT | {"sizes": (300, 1000), "n_test": 2000, "upright": ("CNN", "C8"), "upright_size": 1000,
                     "n_upright_test": 200, "angles": tuple(range(0, 181, 45))}
)  # fmt: skip
PAPER = STANDARD.model_copy(update={"networks": _networks(16, 60_000)})
TINY = QUICK.model_copy(
    update={
        "networks": {
            name: entry.model_copy(update={"steps": 2})
            for name, entry in _networks(2, 2).items() if name in ("CNN", "C8", "H-Net")
        },
        "sizes": (40,), "n_test": 50, "upright_size": 40, "n_upright_test": 20, "angles": (0.0, 90.0),
    }
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
