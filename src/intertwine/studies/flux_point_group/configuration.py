"""Everything that the study of reflections in the flux regression can be told, and its presets."""

from __future__ import annotations

from intertwine.studies.study import Configuration


class FluxPointGroupConfiguration(Configuration):
    """Parameters; lattice and couplings are those of the flux regression (2103.14686).

    channels: signals on the point group after every convolution. The networks without reflections have the same width
    (channels × order of the group), or as many parameters (channels × its square root, rounded up).
    learning_rate: peak of the cycle, one for all. Adam moves each number by about that, whatever it multiplies; one of
    the first family stands for all of its images under the group and is larger to begin with, so that a low rate
    leaves that family behind the others.
    sizes: training sets, nested. mus: those of the test; the first one is that of the training.
    """

    shape: tuple[int, ...] = (60, 4)
    eta: float = 4.01
    lam: float = 1.0
    mus: tuple[float, ...] = (1.05, 1.0, 1.1)
    sizes: tuple[int, ...] = (30, 100, 300, 1000)
    n_test: int = 1000
    channels: tuple[int, ...] = (8, 8)
    kernel: int = 3
    steps: int = 1500
    batch: int = 50
    learning_rate: float = 8e-2
    instances: int = 3


STANDARD = FluxPointGroupConfiguration()
QUICK = STANDARD.model_copy(
    update={
        "sizes": (30, 100, 300),
        "n_test": 200,
        "steps": 400,
        "instances": 2,
        "mus": (1.05, 1.0),
    }
)
PAPER = STANDARD.model_copy(update={"sizes": (30, 100, 300, 1000, 4000, 20_000), "steps": 20_000, "instances": 10})
TINY = QUICK.model_copy(
    update={"shape": (6, 4), "sizes": (10, 20), "n_test": 20, "steps": 3, "channels": (2,), "instances": 1, "batch": 5}
)
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
