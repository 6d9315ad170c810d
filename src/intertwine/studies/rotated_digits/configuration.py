"""Everything that the study of rotated digits can be told, and its presets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt

from intertwine.studies.study import Configuration

# Stages as (channels, kernel, pooled, padding).
Stages = tuple[tuple[int, int, bool, int], ...]
# processor minutes of the trainings on the largest set that the comparison rests on
MINUTES = {"augmented CNN": 25.0, "H-Net": 25.0, "C8": 5.0, "augmented SO(2)": 25.0}
# processor time of a training step of 64 digits at width 8 in bfloat16, one thread of an x86 cloud VM (AVX-512)
MILLISECONDS = {
    "CNN": 45, "augmented CNN": 45, "p4": 35, "p4m": 45, "H-Net": 250, "C8": 77, "C16": 135, "D8": 130,
    "SO(2)": 83, "augmented SO(2)": 83,
}  # fmt: skip


class Entry(BaseModel):
    """One network of the comparison, and how long it trains.

    `steps` are those on the largest set. Smaller ones train for `smaller_steps` (or `steps`) times the square root of
    their share of it, upright digits for `upright_steps` (or `steps`). `precision` is that of the training,
    `milliseconds` what a step is expected to take.
    `options` go to `ImageNetworkConfig` (or `HNetConfig`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Literal["steerable", "plain", "h-net"]
    stages: Stages = ()
    options: dict[str, Any] = {}
    steps: PositiveInt
    smaller_steps: PositiveInt | None = None
    upright_steps: PositiveInt | None = None
    learning_rate: float = 1e-2
    weight_decay: float = 1e-4
    rotate: bool = False
    shift: float = 0.0
    scale: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"
    milliseconds: float = 100.0


class RotatedDigitsConfiguration(Configuration):
    """Parameters of the study.

    sizes: training sets, nested; the last one is the whole. n_test, n_smaller_test: digits tested on after training on
    the largest set and on smaller ones. upright: the networks that are
    also trained on upright digits and tested against the angle. angles: those, in degrees. raced: networks that are
    also trained on the largest set for each of `minutes` of processor time, as `Entry.milliseconds` foresees them.
    """

    networks: dict[str, Entry]
    sizes: tuple[int, ...]
    n_test: int
    n_smaller_test: int
    batch: int = 64
    upright: tuple[str, ...] = ()
    upright_size: int
    n_upright_test: int
    angles: tuple[float, ...] = tuple(range(0, 361, 15))
    raced: tuple[str, ...] = ()
    minutes: tuple[float, ...] = ()


def _networks(width: int, minutes: dict[str, float], other: float, smaller: float, upright: float) -> dict[str, Entry]:
    """Width 8 gives the H-Net of the paper and less than 50 000 parameters everywhere but in the plain networks.

    The last four are processor minutes, of the machine that `MILLISECONDS` was measured on: on the largest set for the
    networks named, for the others, for the largest of the smaller sets (taken to be a quarter of it), and on upright
    digits.
    """
    w = width
    plain, steerable = (3.5 * w, 5.75 * w, 8 * w, 12 * w), (0.75 * w, 1.25 * w, 1.75 * w, 3.0 * w)
    head = {"head": (64,), "dropout": 0.1}
    cnn = {"model": "plain", "stages": _stages(plain), "options": {"group": "C1", **head}}
    so2 = {"stages": _stages(steerable), "options": {"group": "SO(2)", "fields": "0 + 1 + 2 + 3", **head}}
    entries: dict[str, dict[str, Any]] = {
        "CNN": cnn,
        "augmented CNN": {**cnn, "rotate": True},
        "p4": {"stages": _stages(steerable, 0.9), "options": {"group": "C4", "kernels": "stencil", **head}},
        "p4m": {"stages": _stages(steerable, 0.65), "options": {"group": "D4", "kernels": "stencil", **head}},
        "H-Net": {"model": "h-net", "options": {"channels": (w, 2 * w, 4 * w + 3)}},
        "C8": {"stages": _stages(steerable), "options": {"group": "C8", **head}},
        "C16": {"stages": _stages(steerable, 0.67), "options": {"group": "C16", **head}},
        "D8": {"stages": _stages(steerable, 0.67), "options": {"group": "D8", **head}},
        "SO(2)": so2,
        "augmented SO(2)": {**so2, "rotate": True},
    }  # fmt: skip
    found = {}
    for name, entry in entries.items():
        milliseconds = MILLISECONDS[name] * (w / 8) ** 2
        per_minute = 60e3 / milliseconds
        found[name] = Entry(
            **{"model": "steerable", **entry}, steps=round(minutes.get(name, other) * per_minute) or 1,
            smaller_steps=round(2 * smaller * per_minute) or 1, upright_steps=round(upright * per_minute) or 1,
            learning_rate=5e-3 if "CNN" in name else 1e-2, weight_decay=0.05, shift=0.5, scale=0.05,
            precision="bfloat16", milliseconds=milliseconds,
        )  # fmt: skip
    return found


def _stages(widths: tuple[float, ...], factor: float = 1.0) -> Stages:
    """7×7 without the outermost points (28 → 24), then 5×5, pooled after the first two: 24, 12, 6.

    The last one is not padded: on 2 × 2 points it can have more channels, which the head sees, at less cost.
    """
    c1, c2, c3, c4 = (max(1, round(factor * c)) for c in widths)
    return (c1, 7, True, 1), (c2, 5, True, 2), (c3, 5, False, 2), (c4, 5, False, 0)


STANDARD = RotatedDigitsConfiguration(
    networks=_networks(8, MINUTES, 1.0, 0.35, 0.4), sizes=(100, 300, 1000, 3000, 12_000), n_test=50_000,
    n_smaller_test=5000, upright=("CNN", "augmented CNN", "p4", "H-Net", "C8", "C16", "SO(2)"),
    upright_size=12_000, n_upright_test=1000,
    angles=tuple(11.25 * k for k in range(17)), raced=("augmented CNN", "augmented SO(2)"), minutes=(1.0, 5.0),
)  # fmt: skip
_SHORT = {
    name: entry for name, entry in _networks(2, {}, 0.5, 0.25, 0.5).items()
    if name in ("CNN", "augmented CNN", "p4", "C8", "H-Net")
}  # fmt: skip
QUICK = STANDARD.model_copy(
    update={
        "networks": _SHORT, "sizes": (300, 1000), "n_test": 2000, "n_smaller_test": 2000, "upright": ("CNN", "C8"),
        "upright_size": 1000, "n_upright_test": 200, "angles": tuple(range(0, 181, 45)), "raced": (), "minutes": (),
    }
)  # fmt: skip
PAPER = STANDARD.model_copy(update={"networks": _networks(16, {}, 300.0, 150.0, 100.0)})
TINY = QUICK.model_copy(
    update={
        "networks": {
            name: entry.model_copy(update={"steps": 2, "smaller_steps": 2, "upright_steps": 2})
            for name, entry in _networks(2, {}, 1e-6, 1e-6, 1e-6).items() if name in ("CNN", "C8", "H-Net")
        },
        "sizes": (40,), "n_test": 50, "n_smaller_test": 50, "upright_size": 40, "n_upright_test": 20,
        "angles": (0.0, 90.0), "raced": ("CNN", "C8"), "minutes": (1e-6, 2e-6),
    }
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
