"""`invariant_twin`: the network that sees lengths only and is otherwise the same, with as many parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intertwine.models.tensor_product_network import TensorProductNetworkConfig

WIDEST = 1024


def invariant_twin(model: TensorProductNetworkConfig) -> TensorProductNetworkConfig:
    """Filters that are functions of the length, as in SchNet (Schütt et al. 1706.08566), and invariant channels only.

    Layers, radial network, cut-off and non-linearity are the model's; its channels are as many as bring the number of
    parameters nearest to the model's.
    """
    wanted = n_parameters(model)

    def twin(width: int) -> TensorProductNetworkConfig:
        return model.model_copy(update={"hidden": f"{width}x0e", "channels": width, "max_degree": 0})

    low, high = 1, WIDEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if n_parameters(twin(middle)) <= wanted else (low, middle)
    return min((twin(width) for width in (low, high)), key=lambda one: abs(n_parameters(one) - wanted))


def n_parameters(config: TensorProductNetworkConfig) -> int:
    """Of the network of that architecture; nothing is allocated."""
    from intertwine.models.tensor_product_network import TensorProductNetwork

    return sum(p.numel() for p in TensorProductNetwork(config, device="meta").parameters())
