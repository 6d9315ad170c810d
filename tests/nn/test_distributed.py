"""Two gloo processes with DistributedDataParallel learn what one process learns from all the samples."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

import intertwine as tw
from intertwine.nn import ChannelwiseProduct, Gate, Linear, NormActivation, RMSNorm, Sequential
from intertwine.nn.equivariant_module import EquivariantModule

FLOAT = torch.float64


class Example(EquivariantModule):
    def __init__(self) -> None:
        rep = tw.Rep(tw.group("SO(1,3)"), "4x(0,0) + 4x(1/2,1/2)")
        super().__init__(rep, rep)
        gate = Gate(rep)
        self.product = ChannelwiseProduct(rep, tw.Rep(rep.group, "(1/2,1/2)"), rep, backend="reference", dtype=FLOAT)
        self.rest = Sequential(
            Linear(rep, gate.rep_in, dtype=FLOAT), gate, RMSNorm(rep, dtype=FLOAT), NormActivation(rep, dtype=FLOAT)
        )

    def forward(self, x: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.rest(self.product(x, v))
        return y


def samples() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(8, d, dtype=FLOAT, generator=generator) for d in (20, 4))  # type: ignore[return-value]


def two_steps(net: torch.nn.Module, x: torch.Tensor, v: torch.Tensor) -> None:
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        optimiser.zero_grad()
        net(x, v).square().mean().backward()
        optimiser.step()


def train(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.manual_seed(rank)  # another start in each process: DDP takes the first one's
    net = torch.nn.parallel.DistributedDataParallel(Example())
    if rank == 0:
        torch.save(net.module.state_dict(), f"{folder}/start.pt")
    x, v = samples()
    two_steps(net, x[rank::2], v[rank::2])
    torch.save(net.module.state_dict(), f"{folder}/end_{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.skipif(not dist.is_available() or not dist.is_gloo_available(), reason="torch without gloo")
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    mp.spawn(train, args=(str(tmp_path),), nprocs=2)  # type: ignore[no-untyped-call]
    alone = Example()
    alone.load_state_dict(torch.load(tmp_path / "start.pt", weights_only=True))
    two_steps(alone, *samples())
    ends = [torch.load(tmp_path / f"end_{rank}.pt", weights_only=True) for rank in range(2)]
    start = torch.load(tmp_path / "start.pt", weights_only=True)
    for name, parameter in alone.state_dict().items():
        for end in ends:
            torch.testing.assert_close(end[name], parameter, rtol=1e-12, atol=1e-12)
        if name != "rest.layers.0.bias":
            assert (parameter != start[name]).any(), name
