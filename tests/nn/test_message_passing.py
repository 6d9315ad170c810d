"""Message passing: the fused pass equals gather, product and scatter to second order, for any graph and group."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import MessagePassing
from intertwine.nn.kernels.native import compiler
from intertwine.testing import assert_equivariant, equivariance_error

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler here")
CASES = [
    ("SO(3)", "17x0 + 17x1", "0 + 1 + 2", "17x0 + 17x1 + 17x2"),
    ("SU(3)", "3x8 + 2x3", "1 + 8", "3x8 + 2x3 + 3x1"),
    ("SO(1,3)", "4x(1/2,1/2)", "(1/2,1/2)", "4x(0,0) + 4x(1,0)"),
    ("S4", "4x(3,1)", "(3,1) + (2,2)", "4x(3,1) + 4x(4)"),
]
BACKENDS = ["reference", pytest.param("fused", marks=needs_compiler)]
NODES, SENDERS, RECEIVERS = 5, torch.tensor([0, 3, 3, 1, 0, 2, 0]), torch.tensor([1, 2, 1, 1, 4, 0, 0])


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def build(case: tuple[str, ...], **options: object) -> MessagePassing:
    group = tw.group(case[0])
    torch.manual_seed(0)
    return MessagePassing(*(tw.Rep(group, one) for one in case[1:]), **options)  # type: ignore[arg-type]


class OnOneGraph(torch.nn.Module):
    """The layer on a ring, with as many edges as nodes: a function of features alone."""

    def __init__(self, layer: MessagePassing, wrong: bool = False) -> None:
        super().__init__()
        self.layer, self.wrong = layer, wrong

    def forward(self, x: torch.Tensor, edge: torch.Tensor) -> torch.Tensor:
        ring = torch.arange(len(x))
        out: torch.Tensor = self.layer(x, edge, ring, ring.roll(1))
        return out + x.sum() if self.wrong else out


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_messages_are_equivariant_and_a_broken_layer_is_not(case: tuple[str, ...], backend: str) -> None:
    layer = build(case, weights="shared", backend=backend)
    assert_equivariant(OnOneGraph(layer), [layer.rep_1, layer.rep_2], layer.rep_out)
    assert_equivariant(OnOneGraph(layer), [layer.rep_1, layer.rep_2], layer.rep_out, dtype=torch.float32)
    assert equivariance_error(OnOneGraph(layer, wrong=True), [layer.rep_1, layer.rep_2], layer.rep_out).max > 1e-4


@needs_compiler
@pytest.mark.parametrize("receivers", [None, 9])
@pytest.mark.parametrize("weights", ["shared", "per_sample"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_fused_equals_reference_to_second_order(case: tuple[str, ...], weights: str, receivers: int | None) -> None:
    layers = [build(case, weights=weights, backend=one, dtype=torch.float64) for one in ("fused", "reference")]
    edges, rows = len(SENDERS), receivers or NODES
    x, y = normal(NODES, layers[0].rep_1.dim).requires_grad_(), normal(edges, layers[0].rep_2.dim).requires_grad_()
    given = normal(edges, layers[0].weight_numel).requires_grad_() if weights == "per_sample" else None
    g = normal(rows, layers[0].rep_out.dim, seed=3).requires_grad_()
    results = []
    for layer in layers:
        own = given if given is not None else layer.product.weight
        assert own is not None
        out = layer(x, y, SENDERS, RECEIVERS, given, receivers=receivers)
        first = torch.autograd.grad(out, (x, y, own), g, create_graph=True)
        found = [out, *first]
        for chosen in ((0,), (1,), (2,), (0, 1, 2)):  # absent cotangents have a way of their own through the kernels
            total = torch.stack([(first[i] * normal(*first[i].shape, seed=i)).sum() for i in chosen]).sum()
            second = torch.autograd.grad(total, (x, y, own, g), retain_graph=True, allow_unused=True)
            found += [torch.zeros(1).double() if one is None or not one.any() else one for one in second]
        results.append(found)
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("share", [2, 3, 6])
@pytest.mark.parametrize("graphs", [1, 20])  # many are worked on graph by graph, few of them pass by pass
def test_consecutive_edges_may_share_their_weights(graphs: int, share: int, backend: str) -> None:
    layer = build(CASES[0], backend=backend)
    first_node = NODES * torch.arange(graphs).repeat_interleave(6)
    sender, receiver = (ends[:6].repeat(graphs) + first_node for ends in (SENDERS, RECEIVERS))
    edges, nodes = 6 * graphs, NODES * graphs
    x, y = normal(nodes, layer.rep_1.dim).requires_grad_(), normal(edges, layer.rep_2.dim).requires_grad_()
    few = normal(edges // share, layer.weight_numel).requires_grad_()
    g = normal(nodes, layer.rep_out.dim, seed=1)
    results = []
    for weight in (few, few.repeat_interleave(share, dim=0)):
        out = layer(x, y, sender, receiver, weight)
        first = torch.autograd.grad(out, (x, y, few), g, create_graph=True)
        second = torch.autograd.grad(sum(one.square().sum() for one in first), (x, y, few))
        results.append([out, *first, *second])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)
    with pytest.raises(ConfigurationError, match="the product needs weights for every sample"):
        layer(x, y, sender, receiver, normal(edges - 1, layer.weight_numel))


@needs_compiler
def test_gradients_of_gradients_by_finite_differences() -> None:
    layer = build(("SO(3)", "2x0 + 2x1", "1", "2x0 + 2x1"), backend="fused")
    inputs = (normal(3, layer.rep_1.dim), normal(4, layer.rep_2.dim), normal(4, layer.weight_numel))
    for one in inputs:
        one.requires_grad_()
    sender, receiver = torch.tensor([0, 1, 1, 2]), torch.tensor([2, 2, 0, 0])

    def f(x: torch.Tensor, y: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = layer(x, y, sender, receiver, w)
        return out

    assert torch.autograd.gradcheck(f, inputs)
    assert torch.autograd.gradgradcheck(f, inputs)


@needs_compiler
def test_compiles_in_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    import jaxtyping

    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    layer = build(CASES[0], weights="shared", backend="fused", dtype=torch.float64)
    arguments = (normal(NODES, layer.rep_1.dim), normal(7, layer.rep_2.dim), SENDERS, RECEIVERS)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(*arguments), layer(*arguments))


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_edges_and_lonely_nodes(backend: str) -> None:
    layer = build(CASES[0], weights="shared", backend=backend)
    none = torch.zeros(0, dtype=torch.int64)
    out = layer(torch.randn(NODES, layer.rep_1.dim), torch.zeros(0, layer.rep_2.dim), none, none)
    assert torch.equal(out, torch.zeros(NODES, layer.rep_out.dim))


@needs_compiler
def test_errors_name_what_is_wrong() -> None:
    layer = build(CASES[0], weights="shared", backend="fused")
    x, y = torch.randn(NODES, layer.rep_1.dim), torch.randn(7, layer.rep_2.dim)
    with pytest.raises(ConfigurationError, match="out of the graph"):
        layer(x, y, SENDERS + 3, RECEIVERS)
    with pytest.raises(ConfigurationError, match="out of the graph"):
        layer(x, y, SENDERS, RECEIVERS - 1)
    with pytest.raises(ConfigurationError, match="as many of each"):
        layer(x, y, SENDERS[:-1], RECEIVERS[:-1])
    with pytest.raises(RepresentationError, match="do not fit"):
        layer(x, y[:, :-1], SENDERS, RECEIVERS)
