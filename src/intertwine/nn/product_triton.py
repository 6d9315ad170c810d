"""The channelwise product on CUDA devices through Triton: forward, backward and double backward, roles swapped.

These are further implementations of the operators in `product_fused`, whose fake, autograd and vmap rules hold for
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

import torch
from torch import Tensor

from intertwine.errors import ConfigurationError, MissingDependencyError
from intertwine.nn import product_fused as _operators  # noqa: F401  the operators must exist first
from intertwine.nn.product_roles import roles_of

_ROWS, _BLOCK, _CHUNK = 4, 64, 64  # rows and channels of a program; samples of one partial sum of shared weights


def has_triton() -> bool:
    """Whether triton can be imported."""
    return find_spec("triton") is not None


def require_triton() -> None:
    """Raise MissingDependencyError without triton."""
    if not has_triton():
        raise MissingDependencyError("the triton product needs triton", fix="pip install intertwine[gpu]")


class _Graph(NamedTuple):
    """Which row of each argument a sample uses, int64 [n], and how many rows there are."""

    rows: dict[str, Tensor]
    counts: dict[str, int]


@torch.library.register_kernel("intertwine::channelwise", "cuda")  # type: ignore[untyped-decorator]
def forward(
    x1: Tensor, x2: Tensor, weight: Tensor, sender: Tensor | None, receiver: Tensor | None, rows: int, words: Tensor,
    coefficients: Tensor, dim_out: int,
) -> Tensor:  # fmt: skip
    """As `product_fused.channelwise`."""
    _check(x1, x2, weight)
    graph = _graph(x1, x2, weight, sender, receiver, rows)
    out = x1.new_zeros(rows, dim_out)
    _add("g", out, {"x1": x1, "x2": x2, "w": weight}, graph, words, coefficients)
    return out


@torch.library.register_kernel("intertwine::channelwise_backward", "cuda")  # type: ignore[untyped-decorator]
def backward(
    g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, sender: Tensor | None, receiver: Tensor | None, words: Tensor,
    coefficients: Tensor, wanted: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """As `product_fused.channelwise_backward`."""
    _check(g, x1, x2, weight)
    graph = _graph(x1, x2, weight, sender, receiver, g.shape[0])
    given = {"g": g, "x1": x1, "x2": x2, "w": weight}
    outputs = []
    for yes, role in zip(wanted, ("x1", "x2", "w"), strict=True):
        outputs.append(torch.zeros_like(given[role]) if yes else g.new_empty(0))
        if yes:
            others = {name: x for name, x in given.items() if name != role}
            _add(role, outputs[-1], others, graph, words, coefficients)
    return outputs[0], outputs[1], outputs[2]


@torch.library.register_kernel("intertwine::channelwise_double_backward", "cuda")  # type: ignore[untyped-decorator]
def double_backward(
    g: Tensor, x1: Tensor, x2: Tensor, weight: Tensor, a1: Tensor | None, a2: Tensor | None, aw: Tensor | None,
    sender: Tensor | None, receiver: Tensor | None, words: Tensor, coefficients: Tensor, wanted: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """As `product_fused.channelwise_double_backward`: F(g, a1, x2, w) + F(g, x1, a2, w) + F(g, x1, x2, aw) by each."""
    _check(g, x1, x2, weight, a1, a2, aw)
    graph = _graph(x1, x2, weight, sender, receiver, g.shape[0])
    given = {"g": g, "x1": x1, "x2": x2, "w": weight}
    outputs = []
    for yes, role in zip(wanted, ("g", "x1", "x2", "w"), strict=True):
        outputs.append(torch.zeros_like(given[role]) if yes else g.new_empty(0))
        for name, cotangent in (("x1", a1), ("x2", a2), ("w", aw)):
            if yes and cotangent is not None and name != role:
                others = {**given, name: cotangent}
                del others[role]
                _add(role, outputs[-1], others, graph, words, coefficients)
    return outputs[0], outputs[1], outputs[2], outputs[3]


def _check(*tensors: Tensor | None) -> None:
    types = {x.dtype for x in tensors if x is not None}
    if len(types) > 1 or not types <= {torch.float32, torch.float64}:
        raise ConfigurationError(
            "the triton product works in one precision",
            received=sorted(map(str, types)),
            expected="float32 or float64, the same for features and weights",
            fix='cast them, or use backend="reference"',
        )


def _graph(x1: Tensor, x2: Tensor, weight: Tensor, sender: Tensor | None, receiver: Tensor | None, rows: int) -> _Graph:
    n, groups = x2.shape[0], 1 if weight.ndim == 1 else weight.shape[0]
    own = torch.arange(n, device=x2.device)
    for x, size in ((sender, x1.shape[0]), (receiver, rows)):
        if x is not None and n:
            inside = ((x >= 0) & (x < size)).all()
            torch._assert_async(inside, f"an edge leads out of the graph: expected indices in 0 … {size - 1}")
    places = {
        "x1": own if sender is None else sender.long().contiguous(),
        "g": own if receiver is None else receiver.long().contiguous(),
        "x2": own,
        "w": own if groups == n else own // max(n // max(groups, 1), 1),
    }
    return _Graph(places, {"x1": x1.shape[0], "g": rows, "x2": n, "w": groups})


def _add(role: str, out: Tensor, given: dict[str, Tensor], graph: _Graph, words: Tensor, coefficients: Tensor) -> None:
    """Add to `out` the derivative of F with respect to `role` at the arguments given."""
    from intertwine.nn.kernels.channelwise_triton import add_channels, add_numbers

    lists = roles_of(words, coefficients, out.device, out.dtype)[role]
    x = {name: one.contiguous() for name, one in given.items()}
    n = graph.counts["x2"]
    if not n or not lists.slots or not out.numel():
        return
    if role == "x2":
        add_numbers[(_blocks(n, _ROWS),)](
            out, x["g"], x["w"], x["x1"], graph.rows["g"], graph.rows["w"], graph.rows["x1"],
            lists.slot_out, lists.slot_segment, lists.segment_shared, lists.segment_channels, lists.segment_term,
            lists.term_c, *lists.term_inner, n, out.shape[-1], x["g"].shape[-1], x["w"].shape[-1], x["x1"].shape[-1],
            lists.slots, lists.widest, BLOCK_ROWS=_ROWS, BLOCK=_BLOCK,
        )  # fmt: skip
        return
    shared, inner = ("g", "x1") if role == "w" else ("w", "g" if role == "x1" else "x1")
    target, start, order = _target(role, out, graph)
    rows = start.shape[0] - 1
    add_channels[(_blocks(rows, _ROWS), _blocks(lists.widest, _BLOCK))](
        target, x["x2"], x[inner], x[shared], start, order, graph.rows[inner], graph.rows[shared],
        lists.slot_out, lists.slot_channels, lists.slot_segment, lists.segment_shared, lists.segment_term,
        lists.term_c, lists.term_x2, lists.term_inner[0], rows, target.shape[-1], x["x2"].shape[-1],
        x[inner].shape[-1], x[shared].shape[-1], lists.slots, BLOCK_ROWS=_ROWS, BLOCK=_BLOCK,
    )  # fmt: skip
    if target is not out:
        groups = graph.counts["w"]
        out += target.reshape(groups, rows // groups, -1).sum(dim=1).reshape(out.shape)


def _target(role: str, out: Tensor, graph: _Graph) -> tuple[Tensor, Tensor, Tensor]:
    """Where a kernel adds, and the samples of each of its rows: start [rows + 1], order [n].

    Weights that many samples share are summed in chunks first, so that more than one program has work.
    """
    n, rows = graph.counts["x2"], graph.counts[role]
    own = graph.rows["x2"]
    if role == "w" and rows != n:
        size = n // rows
        chunks = _blocks(size, _CHUNK)
        inside = torch.arange(chunks, device=out.device) * _CHUNK
        start = (torch.arange(rows, device=out.device)[:, None] * size + inside).reshape(-1)
        return out.new_zeros(rows * chunks, out.shape[-1]), torch.cat([start, start.new_tensor([n])]), own
    if graph.rows[role] is own:
        return out, torch.arange(rows + 1, device=out.device), own
    ordered, order = torch.sort(graph.rows[role], stable=True)
    return out, torch.searchsorted(ordered, torch.arange(rows + 1, device=out.device)), order


def _blocks(n: int, size: int) -> int:
    return -(-n // size)
