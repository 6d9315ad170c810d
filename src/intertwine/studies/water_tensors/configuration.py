"""What the study `water-tensors` can be told, and its presets."""

from __future__ import annotations

from intertwine.studies.study import Configuration

TENSORS = {
    "dipole": ("mu", "i"),
    "polarisability": ("alpha", "ij=ji"),
    "hyperpolarisability": ("beta", "ijk=jik=ikj"),
    "second hyperpolarisability": ("gamma", "ijkl=jikl=ikjl=ijlk"),
}
"""Name → target of the reader, and index formula: all are symmetric under every permutation of indices."""

SYMBOLS = dict(zip(TENSORS, "μαβγ", strict=True))

JOINT = "all at once"
"""The network of the first three tensors together."""

METHODS = ("equivariant", "mlp", "mlp+augmentation")


class WaterTensorsConfiguration(Configuration):
    """Everything that the results depend on."""

    tensors: tuple[str, ...] = tuple(TENSORS)
    joint: tuple[str, ...] = ("dipole", "polarisability", "hyperpolarisability")
    sizes: tuple[int, ...] = (25, 50, 100, 200, 500)
    """Numbers of training molecules; a tenth of them chooses the best weights."""
    n_test: int = 300
    instances: int = 1
    """Trainings for each size, on the same test molecules but other training molecules."""
    hidden: str = "6x0e + 4x1o + 4x2e + 2x3o"
    channels: int = 4
    layers: int = 3
    max_degree: int = 3
    basis: int = 4
    radial_width: int = 8
    cutoff: float = 3.0
    """Å: beyond every distance in these water molecules."""
    steps: int = 300
    """Of Adam, before Levenberg–Marquardt."""
    batch: int = 32
    learning_rate: float = 2e-2
    iterations: int = 50
    """Of Levenberg–Marquardt, which the perceptrons with their thousands of parameters do without."""
    mlp_width: int = 128
    mlp_layers: int = 3
    mlp_steps: int = 6000
    mlp_learning_rate: float = 3e-3


STANDARD = WaterTensorsConfiguration()
QUICK = STANDARD.model_copy(update={"sizes": (50, 200), "iterations": 20, "mlp_steps": 1500})
PAPER = STANDARD.model_copy(
    update={"sizes": (25, 50, 100, 200, 500, 700), "instances": 5, "iterations": 300, "mlp_steps": 40_000}
)
TINY = QUICK.model_copy(
    update={"sizes": (6, 12), "n_test": 8, "steps": 2, "iterations": 1, "mlp_steps": 2, "layers": 2, "mlp_width": 8,
            "hidden": "2x0e + 1o + 2e + 3o",
            "channels": 1, "radial_width": 4}
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
