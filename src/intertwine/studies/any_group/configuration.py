"""What the study `any-group` can be told, and its presets."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from intertwine.studies.study import Configuration

TASKS = ("cubic", "product", "teacher")
NETWORKS = ("equivariant", "mlp", "mlp+augmentation")
TASK_WORDS = {
    "cubic": "a cubic invariant",
    "product": "a product of vectors",
    "teacher": "a random equivariant teacher",
}


class GroupCase(BaseModel):
    """A group, what goes in, and the irrep of the equivariant tasks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    inputs: str
    target: str


class AnyGroupConfiguration(Configuration):
    """Everything that the results depend on."""

    groups: tuple[GroupCase, ...] = (
        GroupCase(group="O(5)", inputs="2x5o + 10e", target="5o"),
        GroupCase(group="Sp(4)", inputs="2x4 + 5", target="5"),
        GroupCase(group="SU(3)", inputs="2x8", target="8"),
        GroupCase(group="G2", inputs="3x7", target="7"),
        GroupCase(group="F4", inputs="2x26", target="26"),
        GroupCase(group="SO(1,3)", inputs="2x(1/2,1/2) + (1,0)", target="(1/2,1/2)"),
        GroupCase(group="S5", inputs="3x(4,1)", target="(4,1)"),
    )
    tasks: tuple[str, ...] = TASKS
    sizes: tuple[int, ...] = (50, 200, 800, 3200)
    """Numbers of training samples."""
    n_validation: int = 500
    n_test: int = 1000
    instances: int = 3
    """Networks trained for each size, each on samples of its own."""
    learning_rates: tuple[float, ...] = (0.003, 0.01)
    """Of Adam; the validation error chooses, for each instance."""
    steps: int = 1500
    batch: int = 64
    elements: int = 512
    """Group elements of the augmentation, a new one of them for each sample of a batch; of the test, others."""
    rapidity: float = 1.0
    """Largest boost of non-compact groups' elements."""
    channels: int = 16
    layers: int = 2
    mlp_width: int = 128
    mlp_layers: int = 3


_QUICK = {
    "sizes": (50, 200, 800), "n_test": 500, "instances": 2, "learning_rates": (0.005,), "steps": 300, "channels": 8,
}  # fmt: skip
_STANDARD = {"instances": 2, "steps": 600, "channels": 12}
_TINY = {
    "groups": (GroupCase(group="G2", inputs="3x7", target="7"), GroupCase(group="SO(1,3)", inputs="2x(1/2,1/2) + (1,0)",
               target="(1/2,1/2)")),
    "tasks": ("product",), "sizes": (20, 40), "n_validation": 20, "n_test": 20, "instances": 2, "steps": 6,
    "learning_rates": (0.003, 0.01), "batch": 8, "elements": 5, "channels": 2, "layers": 1, "mlp_width": 8,
}  # fmt: skip
PAPER = AnyGroupConfiguration(
    sizes=(50, 200, 800, 3200, 12800), instances=5, learning_rates=(0.001, 0.003, 0.01), steps=10000, n_test=5000
)
STANDARD = AnyGroupConfiguration().model_copy(update=_STANDARD)
QUICK = STANDARD.model_copy(update=_QUICK)
PRESETS = {"quick": QUICK, "standard": STANDARD, "paper": PAPER, "tiny": QUICK.model_copy(update=_TINY)}
