"""The channelwise product: equivariant, equal on both backends to second order, normalised; a broken one is found."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import ChannelwiseProduct
from intertwine.nn.kernels.native import compiler
from intertwine.nn.product_backend import choose_backend
from intertwine.nn.product_plan import channelwise_plan
from intertwine.nn.product_reference import reference_product
from intertwine.testing import assert_equivariant, equivariance_error

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler here")
CASES = [
    ("SO(3)", "17x0 + 17x1 + 17x2", "0 + 1 + 2", "17x0 + 17x1 + 17x2"),
    ("O(3)", "3x0e + 3x1o", "0e + 1o + 2e", "3x0e + 3x1o + 3x1e"),
    ("SU(3)", "5x8 + 3x3", "1 + 8 + 2x3", "5x8 + 3x3 + 5x1"),
    ("SU(2)", "2x1/2", "1/2 + 1", "2x1/2 + 2x1"),
    ("SO(1,3)", "4x(1/2,1/2) + 4x(1,0)", "(1/2,1/2)", "4x(0,0) + 4x(1/2,1/2) + 4x(1,0)"),
    ("S4", "4x(3,1) + 4x(2,2)", "(3,1) + (2,2)", "4x(3,1) + 4x(2,2) + 4x(4)"),
]
BACKENDS = ["reference", pytest.param("fused", marks=needs_compiler)]


def reps(name: str, *blocks: str) -> list[tw.Rep]:
    group = tw.group(name)
    return [tw.Rep(group, one) for one in blocks]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_product_is_equivariant(case: tuple[str, ...], backend: str) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    torch.manual_seed(0)
    layer = ChannelwiseProduct(rep_1, rep_2, rep_out, backend=backend)
    assert_equivariant(layer, [rep_1, rep_2], rep_out)
    assert_equivariant(layer, [rep_1, rep_2], rep_out, dtype=torch.float32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_broken_coefficient_is_found_out(case: tuple[str, ...]) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    layer = ChannelwiseProduct(rep_1, rep_2, rep_out, backend="reference")
    path = max(layer.plan.paths, key=lambda one: one.maps.size)
    maps = path.maps.copy()
    maps[-1, -1, 0] += 0.1
    layer.plan.paths = tuple(one._replace(maps=maps) if one is path else one for one in layer.plan.paths)
    assert equivariance_error(layer, [rep_1, rep_2], rep_out).max > 1e-4


@needs_compiler
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_fused_equals_reference_to_second_order(case: tuple[str, ...], shared: bool) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    plan = channelwise_plan(rep_1, rep_2, rep_out)
    layer = ChannelwiseProduct(rep_1, rep_2, rep_out, weights="per_sample", backend="fused", dtype=torch.float64)
    draw = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=draw)

    inputs = [normal(3, rep_1.dim), normal(3, rep_2.dim), normal(*((3,) * (not shared)), plan.weight_numel)]
    for x in inputs:
        x.requires_grad_()
    if shared:
        layer.weight = torch.nn.Parameter(inputs[2])
    cotangent = normal(3, rep_out.dim)
    second = [normal(*x.shape) for x in inputs]

    def derivatives(out: torch.Tensor, weight: torch.Tensor) -> list[torch.Tensor]:
        wanted = (inputs[0], inputs[1], weight)
        first = torch.autograd.grad(out, wanted, cotangent, create_graph=True)
        total = torch.stack([(a * b).sum() for a, b in zip(first, second, strict=True)]).sum()
        return [out, *first, *torch.autograd.grad(total, wanted)]

    ours = derivatives(
        layer(inputs[0], inputs[1], None if shared else inputs[2]), layer.weight if shared else inputs[2]
    )
    theirs = derivatives(reference_product(plan, *inputs), inputs[2])
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a, b, rtol=1e-12, atol=1e-12)


@needs_compiler
def test_gradients_of_gradients_by_finite_differences() -> None:
    rep_1, rep_2, rep_out = reps("SO(3)", "2x0 + 2x1", "1", "2x0 + 2x1")
    layer = ChannelwiseProduct(rep_1, rep_2, rep_out, weights="per_sample", backend="fused")
    draw = torch.Generator().manual_seed(0)
    inputs = tuple(
        torch.randn(2, n, dtype=torch.float64, generator=draw, requires_grad=True)
        for n in (rep_1.dim, rep_2.dim, layer.weight_numel)
    )
    assert torch.autograd.gradcheck(layer, inputs)
    assert torch.autograd.gradgradcheck(layer, inputs)


@pytest.mark.parametrize("backend", BACKENDS)
def test_zero_size_and_strided_inputs(backend: str) -> None:
    rep_1, rep_2, rep_out = reps("SO(3)", "4x0 + 4x1", "0 + 1", "4x0 + 4x1")
    layer = ChannelwiseProduct(rep_1, rep_2, rep_out, backend=backend)
    assert layer(torch.zeros(0, rep_1.dim), torch.zeros(0, rep_2.dim)).shape == (0, rep_out.dim)
    x1, x2 = torch.randn(rep_1.dim, 2, 3).permute(1, 2, 0), torch.randn(2, 3, rep_2.dim)
    assert torch.equal(layer(x1, x2), layer(x1.contiguous(), x2))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_components_keep_their_second_moment(case: tuple[str, ...]) -> None:
    rep_1, rep_2, rep_out = reps(*case)
    draw = torch.Generator().manual_seed(0)
    layer = ChannelwiseProduct(rep_1, rep_2, rep_out, weights="per_sample", backend="reference")
    x1, x2, w = (torch.randn(4000, n, generator=draw) for n in (rep_1.dim, rep_2.dim, layer.weight_numel))
    y = layer(x1, x2, w)
    for where in rep_out.slices:
        assert 0.5 < float(y[:, where].square().mean()) < 2


def test_mismatches_are_errors_when_built() -> None:
    (rep_1, rep_2, rep_out) = reps("SO(3)", "4x0", "1", "4x2")
    with pytest.raises(RepresentationError, match="no path reaches 4x2"):
        ChannelwiseProduct(rep_1, rep_2, rep_out)
    with pytest.raises(ConfigurationError, match="unknown backend"):
        choose_backend("magic", None)  # type: ignore[arg-type]
    layer = ChannelwiseProduct(rep_1, rep_2, tw.Rep(rep_1.group, "4x1"), weights="per_sample")
    with pytest.raises(ConfigurationError, match="weights for every sample"):
        layer(torch.zeros(2, 4), torch.zeros(2, 3))
    with pytest.raises(RepresentationError, match="do not fit"):
        layer(torch.zeros(2, 4), torch.zeros(2, 4))
