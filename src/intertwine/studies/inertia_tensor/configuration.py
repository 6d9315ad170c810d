"""What the study `inertia-tensor` can be told, and its presets."""

from __future__ import annotations

from intertwine.studies.study import Configuration

NETWORKS = ("equivariant", "mlp", "mlp+augmentation")


class InertiaTensorConfiguration(Configuration):
    """Everything that the results depend on."""

    sizes: tuple[int, ...] = (10, 30, 100, 300)
    """Numbers of training samples, each with one tensor."""
    n_validation: int = 100
    n_test: int = 500
    instances: int = 3
    """Networks trained for each size, each on samples of its own."""
    points: tuple[int, int] = (3, 8)
    """Fewest and most point masses of a training sample."""
    tested_points: tuple[int, ...] = (2, 5, 8, 12, 16, 32)
    """Numbers of points of the test sets; perceptrons have room for `room`."""
    room: int = 16
    steps: int = 3000
    """Of Adam."""
    batch: int = 32
    learning_rate: float = 5e-3
    iterations: int = 800
    """Of Levenberg–Marquardt, for networks with at most `dense` parameters on fixed samples."""
    dense: int = 2000
    channels: int = 2
    radial_width: int = 16
    mlp_width: int = 128
    mlp_layers: int = 3


STANDARD = InertiaTensorConfiguration()
QUICK = STANDARD.model_copy(update={"sizes": (10, 30, 100), "instances": 2, "steps": 600, "n_test": 300})
PAPER = STANDARD.model_copy(
    update={"sizes": (10, 30, 100, 300, 1000, 3000), "instances": 10, "steps": 30_000, "iterations": 2000}
)
TINY = QUICK.model_copy(
    update={"sizes": (5, 20), "n_validation": 8, "n_test": 8, "steps": 4, "iterations": 3, "radial_width": 4,
            "mlp_width": 8, "tested_points": (2, 5, 20)}
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
