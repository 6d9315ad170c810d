"""A batched ensemble (torch.func) beside Lightning training the same instances one after the other, on one core.

    benchmarks/quiet python benchmarks/training.py

Same architecture, batches, optimiser and number of steps; validation is off on both sides. Prints milliseconds a step
for all instances (the process's CPU time) and the ratio.
"""

from __future__ import annotations

import logging
import time
import warnings

import torch

from intertwine.models.lattice_cnn import LatticeCNN, LatticeCNNConfig
from intertwine.training import FitSettings, LatticeData, fit_ensemble
from intertwine.training.ensemble import generator_for
from intertwine.training.lattice_data import standardise

STEPS = 100
ARCHITECTURES = {
    "EQ 2×2, 1×1": ("EQ", [{"channels": 16, "kernel": 2}, {"channels": 16, "kernel": 1}]),
    "ST 2×2, 2×2/2": ("ST", [{"channels": 16, "kernel": 2}, {"channels": 16, "kernel": 2, "stride": 2}]),
    "FL 2×2, 2×2/2": ("FL", [{"channels": 8, "kernel": 2}, {"channels": 8, "kernel": 2, "stride": 2}]),
}


def data(n: int) -> LatticeData:
    generator = torch.Generator().manual_seed(0)
    fields = torch.randint(-2, 3, (n, 4, 60, 4), generator=generator).double()
    return LatticeData(fields, torch.stack([fields[:, 0].mean((1, 2)), fields.abs().mean((1, 2, 3))], 1))


def lightning_side(config: LatticeCNNConfig, instances: int, train: LatticeData, settings: FitSettings) -> float:
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self, index: int) -> None:
            super().__init__()
            model = LatticeCNN(config, generator=generator_for(0, 0, index), dtype=torch.float64)
            standardise(model, train)
            self.model = model.float()

        def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], _: int) -> torch.Tensor:
            features, targets = batch
            return ((self.model(features) - targets).square() * self.model.output_scale**-2).mean()

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.AdamW(
                self.parameters(), lr=settings.learning_rate, betas=settings.betas, weight_decay=0.0
            )

    dataset = torch.utils.data.TensorDataset(train.features.float(), train.targets.float())
    start = time.process_time()
    for index in range(instances):
        loader = torch.utils.data.DataLoader(dataset, batch_size=settings.batch_size, shuffle=True)
        trainer = lightning.Trainer(
            max_steps=settings.steps, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(Module(index), loader)
    return time.process_time() - start


def main() -> None:
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    train = data(1000)
    settings = FitSettings(steps=STEPS, batch_size=25, evaluate_every=STEPS)
    print("architecture     instances   ensemble    Lightning   ratio")
    for name, (family, layers) in ARCHITECTURES.items():
        config = LatticeCNNConfig(sites=(60, 4), in_channels=4, family=family, layers=layers)
        for instances in (1, 5):
            warm_up = settings.model_copy(update={"steps": 2})
            fit_ensemble(config, instances, train, train.subset(1), warm_up, 0)
            start = time.process_time()
            fit_ensemble(config, instances, train, train.subset(1), settings, 0)
            ours = time.process_time() - start
            peer = lightning_side(config, instances, train, settings)
            times = f"{1e3 * ours / STEPS:8.2f} ms {1e3 * peer / STEPS:9.2f} ms {peer / ours:7.2f}×"
            print(f"{name:16s} {instances:9d} {times}")


if __name__ == "__main__":
    main()
