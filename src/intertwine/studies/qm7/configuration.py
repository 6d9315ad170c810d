"""What the study `qm7` can be told, and its presets."""

from __future__ import annotations

from intertwine.studies.study import Configuration

NETWORKS = ("equivariant", "invariant")
KERNELS = ("spectrum, Gaussian", "sorted matrix, Laplacian")
"""Of Coulomb matrices: as Rupp et al. 2012 had it, and what Hansen et al. 2013 found to be better."""
FOLDS = 5


class QM7Configuration(Configuration):
    """Everything that the results depend on."""

    sizes: tuple[int, ...] = (300, 1000, 3000, 5680)
    """Numbers of training molecules; a tenth of them chooses the weights or the kernel's width."""
    folds: tuple[int, ...] = (0,)
    """Which of the five folds are tested on, each by methods trained on the others."""
    hidden: str = "24x0e + 16x1o + 8x2e"
    channels: int = 16
    layers: int = 3
    max_degree: int = 2
    radial_width: int = 32
    cutoff: float = 4.0
    """Å. The invariant network has the same, and as many parameters."""
    steps: int = 6000
    """At the largest number of molecules; fewer at others, by the root of the number of molecules."""
    batch: int = 32
    learning_rate: float = 5e-3
    kernel_choice: int = 2000
    """Most molecules on which the width of a kernel and its ridge are chosen."""


STANDARD = QM7Configuration()
QUICK = STANDARD.model_copy(update={"sizes": (300, 1000), "steps": 500})
PAPER = STANDARD.model_copy(
    update={
        "folds": tuple(range(FOLDS)),
        "steps": 200_000,
        "hidden": "64x0e + 32x1o + 16x2e",
        "channels": 32,
        "cutoff": 5.0,
    }
)
TINY = QUICK.model_copy(
    update={"sizes": (12, 20), "steps": 4, "batch": 4, "hidden": "4x0e + 2x1o", "channels": 2, "layers": 2,
            "radial_width": 4, "max_degree": 1}
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
