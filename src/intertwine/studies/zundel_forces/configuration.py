"""What the study `zundel-forces` can be told, and its presets."""

from __future__ import annotations

from intertwine.studies.study import Configuration

NETWORKS = ("equivariant", "invariant")


class ZundelForcesConfiguration(Configuration):
    """Everything that the results depend on."""

    sizes: tuple[int, ...] = (50, 100, 200, 400, 800)
    """Numbers of training frames; a tenth of them chooses the best weights."""
    n_test: int = 200
    hidden: str = "16x0e + 16x1o + 8x2e"
    channels: int = 16
    layers: int = 3
    max_degree: int = 2
    radial_width: int = 32
    cutoff: float = 5.0
    """Å: beyond every distance in these frames. The invariant network has the same, and as many parameters."""
    steps: int = 2500
    batch: int = 8
    learning_rate: float = 5e-3
    energy_weight: float = 0.1
    """Of the energies' squared error beside that of the forces, each over its variance."""

    temperature: float = 300.0
    """K, of the velocities with which the dynamics start."""
    timesteps: tuple[float, ...] = (0.5, 1.0)
    """fs, of velocity Verlet; the first is that of the trajectories that are shown and turned."""
    duration: float = 2000.0
    """fs, for each time step."""
    turned_duration: float = 100.0
    """fs, of the trajectory from a turned start."""


STANDARD = ZundelForcesConfiguration()
QUICK = STANDARD.model_copy(update={"sizes": (50, 200), "steps": 500, "duration": 200.0, "turned_duration": 50.0})
PAPER = STANDARD.model_copy(
    update={"hidden": "64x0e + 32x1o + 32x2e", "channels": 32, "steps": 50_000, "duration": 20_000.0}
)
TINY = QUICK.model_copy(
    update={"sizes": (4, 8), "n_test": 4, "steps": 4, "batch": 2, "hidden": "4x0e + 2x1o", "channels": 2, "layers": 2,
            "radial_width": 4, "max_degree": 1, "duration": 4.0, "turned_duration": 2.0}
)  # fmt: skip
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": TINY}
