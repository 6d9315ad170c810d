"""What a network costs: parameters, arithmetic, time, memory."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from intertwine.errors import ConfigurationError


@dataclass(frozen=True)
class NetworkCost:
    """Costs of a network on one batch.

    Attributes
    ----------
    parameters:
        Trainable numbers.
    flops:
        Floating point operations of a forward pass per sample, as torch counts them: matrix products, convolutions and
        attention, two for a multiplication and addition. What runs in kernels of our own is not seen.
    latency:
        Seconds of a forward pass on a single sample, median.
    throughput:
        Samples a second on the whole batch.
    activations:
        Bytes that the forward pass keeps for the backward pass, per sample.
    """

    parameters: int
    flops: float
    latency: float
    throughput: float
    activations: float


def count_parameters(network: nn.Module) -> int:
    """Numbers that training changes; shared ones count once."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def count_flops(network: nn.Module, *inputs: Any) -> int:
    """Floating point operations of one forward pass, by torch.utils.flop_counter; our own kernels are not seen."""
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        network(*inputs)
    return int(counter.get_total_flops())


def kept_bytes(network: nn.Module, *inputs: Any) -> int:
    """Bytes that one forward pass keeps for its backward pass: every storage once, parameters left out."""
    own = {parameter.untyped_storage().data_ptr() for parameter in [*network.parameters(), *network.buffers()]}
    given = {one.untyped_storage().data_ptr() for one in inputs if isinstance(one, Tensor)}
    kept: dict[int, int] = {}
    alive: list[Tensor] = []  # no address is used twice while it counts

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own | given:
            kept[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network(*inputs)
    return sum(kept.values())


def median_seconds(
    work: Callable[[], object], repeats: int = 5, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Median duration of a piece of work, after one run that does not count."""
    if repeats < 1:
        raise ConfigurationError("nothing to time", received=repeats, expected="at least one repeat")
    work()
    durations = []
    for _ in range(repeats):
        start = clock()
        work()
        durations.append(clock() - start)
    return statistics.median(durations)


def network_cost(
    network: nn.Module, *inputs: Tensor, repeats: int = 5, clock: Callable[[], float] = time.perf_counter
) -> NetworkCost:
    """Measure a network on a batch: tensors with the batch first. clock: time.process_time on a busy machine."""
    batch, single = len(inputs[0]), tuple(one[:1] for one in inputs)
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            latency = median_seconds(lambda: network(*single), repeats, clock)
            whole = median_seconds(lambda: network(*inputs), repeats, clock)
        flops, kept = count_flops(network, *inputs), kept_bytes(network, *inputs)
    finally:
        network.train(training)
    return NetworkCost(count_parameters(network), flops / batch, latency, batch / max(whole, 1e-12), kept / batch)
