"""Fully connected and elementwise products: equivariant, complete, equal on both backends; broken ones are found."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import ElementwiseProduct, FullyConnectedProduct
from intertwine.nn.blockwise import blockwise
from intertwine.nn.constant import Constant
from intertwine.nn.kernels.native import compiler
from intertwine.testing import assert_equivariant, equivariance_error

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler here")
CASES = [
    ("SO(3)", "3x0 + 2x1", "2x0 + 3x1", "2x0 + 3x1 + 1x2"),
    ("SU(3)", "2x8 + 3x3", "1 + 2x8", "2x8 + 3 + 2x1"),
    ("SU(2)", "2x1/2 + 1", "2x1/2", "2x1 + 3x1/2"),
    ("SO(1,3)", "2x(1/2,1/2) + (1,0)", "2x(1/2,1/2)", "(0,0) + 2x(1/2,1/2) + 2x(1,0)"),
    ("S4", "2x(3,1) + (2,2)", "2x(3,1) + (2,2)", "2x(3,1) + (2,2) + (4)"),
]
BACKENDS = ["reference", pytest.param("fused", marks=needs_compiler)]


def reps(name: str, *blocks: str) -> list[tw.Rep]:
    group = tw.group(name)
    return [tw.Rep(group, one) for one in blocks]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_fully_connected_is_equivariant(case: tuple[str, ...], backend: str) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    torch.manual_seed(0)
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, backend=backend)
    assert_equivariant(layer, [rep_1, rep_2], rep_out)
    assert_equivariant(layer, [rep_1, rep_2], rep_out, dtype=torch.float32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_broken_path_is_found_out(case: tuple[str, ...]) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, backend="reference")
    path = max(layer.plan.paths, key=lambda one: one.maps.size)
    maps = path.maps.copy()
    maps[-1, -1, 0] += 0.1
    layer.plan.paths = tuple(one._replace(maps=maps) if one is path else one for one in layer.plan.paths)
    assert equivariance_error(layer, [rep_1, rep_2], rep_out).max > 1e-4


@pytest.mark.parametrize("case", CASES[:3] + CASES[4:], ids=lambda case: case[0])
def test_every_bilinear_map_is_reached(case: tuple[str, ...]) -> None:
    """As many independent weights as there are intertwiners rep_1 ⊗ rep_2 → rep_out."""
    rep_1, rep_2, rep_out = reps(*case)
    torch.manual_seed(0)
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, backend="reference", dtype=torch.float64)
    x1, x2 = normal(200, rep_1.dim), normal(200, rep_2.dim, seed=1)

    def out(weight: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, {"mix.weight": weight}, (x1, x2)).flatten()

    weight = layer.mix.weight.detach()
    columns = torch.stack([out(row) for row in torch.eye(len(weight), dtype=weight.dtype)])
    count = len(tw.intertwiners((rep_1 @ rep_2).by_irreps(), rep_out))
    assert torch.linalg.matrix_rank(columns) == len(weight) == count


@needs_compiler
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_fused_equals_reference_to_second_order(case: tuple[str, ...]) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    layers = [
        FullyConnectedProduct(rep_1, rep_2, rep_out, backend=backend, dtype=torch.float64)  # type: ignore[arg-type]
        for backend in ("fused", "reference")
    ]
    layers[1].load_state_dict(layers[0].state_dict())
    x1, x2 = normal(83, rep_1.dim).requires_grad_(), normal(83, rep_2.dim, seed=1).requires_grad_()
    cotangent = normal(83, rep_out.dim, seed=2)
    results = []
    for layer in layers:
        inputs = [x1, x2, layer.mix.weight]
        out = layer(x1, x2)
        plain = torch.autograd.grad(out, inputs, cotangent, retain_graph=True)
        first = torch.autograd.grad(out, inputs, cotangent, create_graph=True)
        total = torch.stack([(a * normal(*a.shape, seed=i)).sum() for i, a in enumerate(first)]).sum()
        results.append([out, *plain, *first, *torch.autograd.grad(total, inputs)])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)


def test_blocks_are_differentiated_like_the_whole() -> None:
    x, w = normal(5, 3).requires_grad_(), normal(3, 2).requires_grad_()

    def f(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return blockwise(lambda x, w: (x @ w).sin(), (x,), (w,), 2)

    assert torch.autograd.gradcheck(f, (x, w))
    assert torch.autograd.gradgradcheck(f, (x, w))


@needs_compiler
def test_fully_connected_compiles_and_is_batched(monkeypatch: pytest.MonkeyPatch) -> None:
    import jaxtyping

    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    rep_1, rep_2, rep_out = reps(*CASES[0])
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, dtype=torch.float64, backend="fused")
    x1, x2 = normal(4, 3, rep_1.dim), normal(4, 3, rep_2.dim)
    torch.testing.assert_close(torch.compile(layer, fullgraph=True, backend="aot_eager")(x1, x2), layer(x1, x2))
    torch.testing.assert_close(torch.func.vmap(layer)(x1, x2), layer(x1, x2))


@pytest.mark.parametrize("backend", BACKENDS)
def test_zero_size_strided_and_normalised(backend: str) -> None:
    rep_1, rep_2, rep_out = reps(*CASES[0])
    torch.manual_seed(0)
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, backend=backend)
    assert layer(torch.zeros(0, rep_1.dim), torch.zeros(0, rep_2.dim)).shape == (0, rep_out.dim)
    x1, x2 = torch.randn(rep_1.dim, 2, 3).permute(1, 2, 0), torch.randn(2, 3, rep_2.dim)
    torch.testing.assert_close(layer(x1, x2), layer(x1.contiguous(), x2))
    moments = []
    for _ in range(20):
        layer.reset_parameters()
        y = layer(torch.randn(200, rep_1.dim), torch.randn(200, rep_2.dim)).detach()
        moments.append([float(y[:, where].square().mean()) for where in rep_out.slices])
    assert all(0.5 < m < 2 for m in torch.tensor(moments).mean(0).tolist())


@pytest.mark.parametrize(
    "case",
    [("SO(3)", "3x0 + 2x1", "3x1 + 2x2"), ("SU(3)", "2x8 + 3", "2x8 + 3"), ("SU(2)", "2x1/2", "2x1/2"),
     ("SO(1,3)", "2x(1/2,1/2)", "2x(1/2,1/2)"), ("S4", "2x(3,1)", "2x(2,2)")],
    ids=lambda case: case[0],
)  # fmt: skip
def test_elementwise_is_equivariant_and_isometric(case: tuple[str, ...]) -> None:
    rep_1, rep_2 = reps(*case)
    layer = ElementwiseProduct(rep_1, rep_2)
    assert_equivariant(layer, [rep_1, rep_2], layer.rep_out)
    layer.coefficients[-1] += 0.1  # what the kernel reads
    exact = layer.maps[-1].exact.copy()
    exact[-1, -1] += 0.1  # what the torch formula reads
    layer.maps[-1] = Constant(exact)
    assert equivariance_error(layer, [rep_1, rep_2], layer.rep_out).max > 1e-4


def test_elementwise_by_hand_and_its_errors() -> None:
    rep_1, rep_2 = reps("SO(3)", "2x1", "2x1")
    group = rep_1.group
    layer = ElementwiseProduct(rep_1, rep_2, irreps=[group.irrep("0")], dtype=torch.float64)
    x1, x2 = normal(5, 6), normal(5, 6, seed=1)
    dot = prod((x1, x2)).unflatten(-1, (3, 2)).sum(-2) / 3**0.5
    torch.testing.assert_close(layer(x1, x2).abs(), dot.abs())
    with pytest.raises(RepresentationError, match="do not pair up"):
        ElementwiseProduct(rep_1, tw.Rep(group, "3x1"))
    with pytest.raises(RepresentationError, match="nothing is left"):
        ElementwiseProduct(rep_1, rep_2, irreps=[group.irrep("5")])
    with pytest.raises(RepresentationError, match="no path reaches"):
        FullyConnectedProduct(rep_1, rep_2, tw.Rep(group, "5"))
    with pytest.raises(RepresentationError, match="do not fit"):
        layer(x1, x2[:, :4])


@needs_compiler
@pytest.mark.parametrize("samples", [0, 1, 5])
def test_instances_have_weights_of_their_own(samples: int) -> None:
    """vmap over weights: each instance is the layer with its weights, to second order."""
    rep_1, rep_2, rep_out = reps(*CASES[1])
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, dtype=torch.float64, backend="fused")
    x1, x2 = normal(samples, rep_1.dim), normal(samples, rep_2.dim, seed=1)
    weights = normal(3, layer.mix.weight.numel(), seed=2)

    def out(weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = torch.func.functional_call(layer, {"mix.weight": weight}, (x, x2))
        return found

    def force(weight: torch.Tensor) -> torch.Tensor:
        return torch.func.grad(lambda x: out(weight, x).square().sum())(x1).square().sum()

    def each(f: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        return torch.stack([f(weight) for weight in weights])

    torch.testing.assert_close(torch.func.vmap(lambda w: out(w, x1))(weights), each(lambda w: out(w, x1)))
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(force))(weights), each(torch.func.grad(force)))


@needs_compiler
def test_the_fused_product_passes_torchs_own_checks() -> None:
    rep_1, rep_2, rep_out = reps(*CASES[2])
    layer = FullyConnectedProduct(rep_1, rep_2, rep_out, dtype=torch.float64, backend="fused")
    inputs = (normal(3, rep_1.dim).requires_grad_(), normal(3, rep_2.dim, seed=1).requires_grad_())
    assert torch.autograd.gradcheck(layer, inputs)
    assert torch.autograd.gradgradcheck(layer, inputs)
    with pytest.raises(ConfigurationError, match="one precision"):
        layer(inputs[0].float(), inputs[1].float())
