"""Messages between all points of a set, made in the processor's cache, with a backward pass written out."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from intertwine.errors import ConfigurationError
from intertwine.nn.kernels.native import PRECISIONS, library


class MessageWeights(NamedTuple):
    """Weights of φ_e's second layer, of the gate and of φ_x; the last three are None where nothing moves."""

    message: Tensor  # [C, C], [out, in]
    message_bias: Tensor  # [C]
    gate: Tensor  # [C]
    gate_bias: Tensor  # [1]
    move_in: Tensor | None = None  # [C, C]
    move_in_bias: Tensor | None = None  # [C]
    move_out: Tensor | None = None  # [C]


def complete_messages(
    receiver: Tensor, sender: Tensor, pairs: Tensor, pair_weight: Tensor, weights: MessageWeights, counts: Tensor
) -> tuple[Tensor, Tensor]:
    """Σ_{j ≠ i} σ(g·m_ij) m_ij and φ_x(m_ij) = v·relu(V m_ij), with m_ij = relu(M relu(a_i + b_j + W u_ij)).

    The first layer is made once a point; of a pair two activations are kept for the gradient. First derivatives, on a
    CPU with a C++ compiler.

    Parameters
    ----------
    receiver, sender [sets, points, C]:
        a and b.
    pairs [sets, points, points, features]:
        u.
    pair_weight [features, C]:
        W.
    weights:
        The layers behind.
    counts [sets], int64:
        How many points each set has; they come first.

    Returns
    -------
    [sets, points, C] and [sets, points, points]; 0 where there are no points, and moves 0 if nothing moves.

    Raises
    ------
    ConfigurationError
        On another device, or in another precision than float32 and float64.
    MissingDependencyError
        Without a C++ compiler.
    """
    given = [receiver, sender, pairs, pair_weight, *(one for one in weights if one is not None)]
    if (
        any(one.device.type != "cpu" or one.dtype != receiver.dtype for one in given)
        or receiver.dtype not in PRECISIONS
    ):
        raise ConfigurationError(
            "the fused messages are made on CPUs in one precision",
            received=[f"{one.dtype} on {one.device.type}" for one in given],
            expected="float32 or float64",
            fix='use backend="reference"',
        )
    # channels in whole cache lines; the padding is 0 in every layer
    more = -receiver.shape[-1] % (64 // receiver.element_size())
    pad = torch.nn.functional.pad
    square, row = (0, more, 0, more), (0, more)
    padded = MessageWeights(
        pad(weights.message, square), pad(weights.message_bias, row), pad(weights.gate, row), weights.gate_bias,
        *(
            None if one is None else pad(one, square if one.ndim == 2 else row)
            for one in (weights.move_in, weights.move_in_bias, weights.move_out)
        ),
    )  # fmt: skip
    sums, moves = _CompleteMessages.apply(  # type: ignore[no-untyped-call]
        counts, pad(receiver, row), pad(sender, row), pairs, pad(pair_weight, row), *padded
    )
    return sums[..., : receiver.shape[-1]], moves


class _CompleteMessages(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, counts: Tensor, *given: Tensor | None) -> tuple[Tensor, Tensor]:
        given = tuple(None if one is None else one.detach().contiguous() for one in given)
        receiver, _, pairs = given[:3]
        if receiver is None or pairs is None:
            raise ConfigurationError("messages of nothing")
        starts = (counts**2).cumsum(0) - counts**2
        channels, moving = receiver.shape[-1], given[-1] is not None
        total = int((counts**2).sum()) if any(ctx.needs_input_grad) else 0
        kept = [receiver.new_empty(total, channels) if wanted else None for wanted in (total > 0, total > 0 and moving)]
        sums, moves, gates = torch.zeros_like(receiver), *(pairs.new_zeros(pairs.shape[:3]) for _ in range(2))
        _call("forward", counts, starts, pairs.shape[3], _inputs(given), [sums, moves, gates, *kept])
        ctx.save_for_backward(counts, starts, gates, *kept, *given)
        return sums, moves

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_sums: Tensor, d_moves: Tensor) -> tuple[Any, ...]:
        counts, starts, gates, messages, inners, *given = ctx.saved_tensors
        receiver, sender, pairs = given[:3]
        c, features = receiver.shape[-1], pairs.shape[3]
        found = [torch.zeros_like(one) for one in (receiver, sender, pairs)]
        flat = receiver.new_zeros(2 * c * c + (5 + features) * c)
        cotangents = [gates, messages, inners, d_sums.contiguous(), d_moves.contiguous()]
        _call("backward", counts, starts, features, [*_inputs(given), *cotangents], [*found, flat])
        message, move, gate, message_bias, move_bias, move_out, gate_bias, pair = flat.split(
            [c * c, c * c, c, c, c, c, c, features * c]
        )
        moved = (move.view(c, c), move_bias, move_out) if given[-1] is not None else (None,) * 3
        return None, *found, pair.view(features, c), message.view(c, c), message_bias, gate, gate_bias[:1], *moved


def _inputs(given: Any) -> list[Tensor | None]:
    """As the kernels read them: matrices and their transposes."""
    receiver, sender, pairs, pair_weight, message, message_bias, gate, gate_bias, move, move_bias, move_out = given
    turned = None if move is None else move.T.contiguous()
    return [
        receiver, sender, pairs, pair_weight, message, message.T.contiguous(), message_bias, gate, gate_bias, move,
        turned, move_bias, move_out,
    ]  # fmt: skip


def _call(
    name: str, counts: Tensor, starts: Tensor, features: int, inputs: list[Tensor | None], out: list[Tensor | None]
) -> None:
    first = inputs[0]
    if first is None:
        raise ConfigurationError("messages of nothing")
    kernel = getattr(library("complete_messages"), f"complete_messages_{name}_{PRECISIONS[first.dtype]}")
    kernel.restype = None
    sets, points, channels = first.shape
    kernel(
        *(ctypes.c_int64(size) for size in (sets, points, channels, features)), ctypes.c_int(torch.get_num_threads()),
        ctypes.c_void_p(counts.data_ptr()), ctypes.c_void_p(starts.data_ptr()), _pointers(inputs), _pointers(out),
    )  # fmt: skip


def _pointers(arrays: list[Tensor | None]) -> Any:
    """An array of addresses; null for what is not there or empty."""
    places = [None if one is None or not one.numel() else one.data_ptr() for one in arrays]
    return (ctypes.c_void_p * len(places))(*places)
