"""Everything that the study of volumes can be told, and its presets."""

from __future__ import annotations

from typing import Any, Literal

from intertwine.studies.study import Configuration

Stages = tuple[tuple[int, int, bool], ...]


class VolumesConfiguration(Configuration):
    """Parameters.

    networks: name → options of `ImageNetworkConfig`, with stages as (channels, kernel, pooled); group "C1" is a plain
    network.
    """

    networks: dict[str, dict[str, Any]]
    size: int = 16
    n_train: int = 2000
    n_test: int = 1000
    steps: int = 500
    batch: int = 32
    learning_rate: float = 1e-2
    precision: Literal["float32", "bfloat16"] = "bfloat16"


def _networks(w: int) -> dict[str, dict[str, Any]]:
    def stages(c: int) -> Stages:
        return ((c, 3, True), (2 * c, 3, True), (2 * c, 3, False))

    common = {"dimension": 3, "n_classes": 6, "head": (32,)}
    return {
        "CNN": {"group": "C1", "stages": stages(4 * w), **common},
        "O": {"group": "O", "kernels": "stencil", "stages": stages(max(1, w // 4)), **common},
        "SO(3)": {"group": "SO(3)", "fields": "0 + 1", "stages": stages(w), **common},
    }


STANDARD = VolumesConfiguration(networks=_networks(8))
QUICK = STANDARD.model_copy(
    update={"networks": _networks(4), "size": 12, "n_train": 300, "n_test": 200, "steps": 120, "batch": 16}
)
PAPER = STANDARD.model_copy(update={"networks": _networks(16), "size": 32, "n_train": 10_000, "steps": 10_000})
TINY = QUICK.model_copy(update={"networks": _networks(1), "size": 8, "n_train": 20, "n_test": 10, "steps": 2})
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
