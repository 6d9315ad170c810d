"""An EGNN on complete sets, all points with all others: the same weights and result, several times faster."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.models.egnn import EGNN, EGNNLayer
from intertwine.models.jet_tokens import signed_log
from intertwine.nn.complete_messages import MessageWeights, complete_messages
from intertwine.nn.pair_statistics import pair_statistics


def complete_egnn(
    network: EGNN,
    scalars: Float[Tensor, "sets points scalars"],
    positions: Float[Tensor, "sets points vector"],
    mask: Bool[Tensor, "sets points"],
) -> tuple[Float[Tensor, "rows out"], Float[Tensor, "sets points vector"]]:
    """What network(scalars, graph) gives for graphs with all edges; points that are there come first in each set.

    For LorentzNet's kind of EGNN: relu, signed_log, inner products, attention, batch norms. Scalars out are those of
    sets, or of points [points that are there, out] without pooling.

    Raises
    ------
    ConfigurationError
        For another kind.
    """
    config = network.config
    if (
        (config.activation, config.psi) != ("relu", "signed_log")
        or not (config.inner_products and config.attention and config.batch_norm)
        or config.velocity
        or config.edge_invariants
        or config.steps_see != "messages"
    ):
        raise ConfigurationError(
            "complete sets are made for LorentzNet's kind of EGNN", received=config, expected="EGNNConfig.lorentz_net"
        )
    counts = mask.sum(1)
    kept = mask.unsqueeze(-1)
    h, x, metric = network.embedding(scalars), positions.masked_fill(~kept, 0.0), network.metric()
    for layer in network.layers:
        h, x = _step(layer, h, x, metric, scalars, mask, counts)  # type: ignore[arg-type]
    if config.pooling == "none":
        return network.readout(h[mask]), x
    total = h.masked_fill(~kept, 0.0).sum(1)
    return network.readout(total / kept.sum(1).clamp(min=1) if config.pooling == "mean" else total), x


def _step(
    layer: EGNNLayer, h: Tensor, x: Tensor, metric: Tensor, scalars: Tensor, mask: Tensor, counts: Tensor
) -> tuple[Tensor, Tensor]:
    products = (x @ metric) @ x.transpose(-1, -2)
    squares = products.diagonal(dim1=-2, dim2=-1)
    apart = squares.unsqueeze(-1) + squares.unsqueeze(-2) - 2 * products
    pairs = signed_log(torch.stack([apart, products], dim=-1))
    width = layer.config.width
    to_receiver, to_sender, to_edge = layer.edge_in.weight.split([width, width, pairs.shape[-1]], dim=1)
    receiver, sender, edge = h @ to_receiver.T, h @ to_sender.T, to_edge.T
    scale, shift = _batch_norm(layer.edge_out[0], receiver, sender, pairs, edge, mask)  # type: ignore[arg-type]
    sums, moves = complete_messages(
        receiver * scale + shift, sender * scale, pairs, edge * scale, _weights(layer), counts
    )
    if layer.move is not None:
        steps = ((x.unsqueeze(2) - x.unsqueeze(1)) * moves.unsqueeze(-1)).clamp(-100, 100).sum(2)
        neighbours = (mask.sum(1) - 1).clamp(min=1).to(x.dtype)[:, None, None]
        x = x + layer.config.step * steps / neighbours
    seen = [h, sums, scalars] if layer.config.scalars_again else [h, sums]
    update = layer.node(torch.cat(seen, dim=-1)[mask])
    return h + torch.zeros_like(h).masked_scatter(mask.unsqueeze(-1), update), x


def _weights(layer: EGNNLayer) -> MessageWeights:
    message, gate = layer.edge_out, layer.attention
    if gate is None:
        raise ConfigurationError("messages without attention", received="attention=False", expected="attention=True")
    found: list[Tensor] = [message.get_parameter("2.weight"), message.get_parameter("2.bias")]
    found += [gate.weight.squeeze(0), gate.bias]
    if layer.move is not None:
        names = ("0.weight", "0.bias", "2.weight")
        found += [layer.move.get_parameter(name) for name in names]
        found[-1] = found[-1].squeeze(0)
    return MessageWeights(*found)


def _batch_norm(
    norm: nn.BatchNorm1d, receiver: Tensor, sender: Tensor, pairs: Tensor, edge: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Factor and shift [C] of the batch norm of a_i + b_j + W u_ij over all pairs; keeps its running averages."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None or norm.momentum is None:
        raise ConfigurationError("a batch norm without running averages", received=norm)
    if norm.training:
        kept_mean, kept_variance = mean, variance
        mean, variance, count = pair_statistics(receiver, sender, pairs, edge, mask)
        with torch.no_grad():
            kept_mean.lerp_(mean, norm.momentum)
            kept_variance.lerp_(variance * count / (count - 1).clamp(min=1), norm.momentum)
            if norm.num_batches_tracked is not None:
                norm.num_batches_tracked += 1
    scale = norm.weight * (variance + norm.eps).rsqrt()
    return scale, norm.bias - mean * scale
