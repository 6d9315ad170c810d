"""Lattice convolution against torch's Conv2d and a slow oracle, its symmetry, and every transform it must survive."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
import torch
from torch.func import functional_call, jacrev, jvp, vmap

from intertwine.errors import ConfigurationError
from intertwine.nn.lattice_convolution import LatticeConvolution, lattice_convolution
from intertwine.nn.lattice_sites import translations

# torch builds its forward-mode rules with a function that it has itself deprecated
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")

CASES = [  # sites, kernel, stride, dilation
    ((5,), (3,), (1,), (1,)),
    ((7,), (2,), (2,), (3,)),
    ((6, 4), (2, 2), (1, 1), (1, 1)),
    ((6, 4), (3, 3), (1, 1), (1, 1)),
    ((6, 4), (1, 1), (1, 1), (1, 1)),
    ((6, 4), (1, 1), (2, 2), (1, 1)),
    ((6, 4), (3, 2), (2, 1), (1, 2)),
    ((3, 2), (5, 4), (1, 1), (1, 1)),  # kernel larger than the lattice
    ((9, 12), (3, 3), (1, 1), (1, 1)),  # nothing short enough to fold
    ((4, 3, 2), (2, 3, 2), (1, 1, 1), (1, 1, 1)),
    ((3, 4, 2, 3), (2, 2, 2, 2), (1, 1, 1, 1), (1, 1, 1, 1)),
    ((4, 2, 3, 4), (3, 1, 2, 3), (2, 1, 1, 2), (1, 1, 1, 1)),
]


def oracle(field, weight, bias, stride, dilation):
    """One site, one kernel element at a time, by torch.roll."""
    sites, kernel = field.shape[2:], weight.shape[2:]
    axes = tuple(range(2, field.ndim))
    total = torch.zeros(field.shape[0], weight.shape[0], *sites, dtype=field.dtype)
    for j in product(*(range(k) for k in kernel)):
        shifts = tuple(-(d * i - d * (k - 1) // 2) for d, i, k in zip(dilation, j, kernel, strict=True))
        moved = torch.roll(field, shifts, axes)
        total += torch.einsum("oc,bc...->bo...", weight[(slice(None), slice(None), *j)], moved)
    total = total + bias.reshape(-1, *([1] * len(sites)))
    return total[(slice(None), slice(None), *(slice(None, None, s) for s in stride))]


def layer_and_field(case, dtype=torch.float64, batch=2):
    sites, kernel, stride, dilation = case
    layer = LatticeConvolution(3, 2, kernel, dimension=len(sites), stride=stride, dilation=dilation, dtype=dtype)
    generator = torch.Generator().manual_seed(1)
    layer.reset_parameters(generator)
    return layer, torch.randn(batch, 3, *sites, dtype=dtype, generator=generator)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_the_oracle(case, dtype):
    layer, field = layer_and_field(case, dtype)
    expected = oracle(field, layer.weight, layer.bias, layer.stride, layer.dilation)
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    torch.testing.assert_close(layer(field), expected, rtol=tolerance, atol=tolerance)
    # the oracle can tell: a kernel moved by one site is another function
    if prod(case[1]) > 1:
        moved = oracle(torch.roll(field, 1, 2), layer.weight, layer.bias, layer.stride, layer.dilation)
        assert (moved - expected).abs().max() > 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kernel", [2, 3])
def test_agrees_with_torch_forward_and_backward(kernel, dtype):
    ours = LatticeConvolution(4, 5, kernel, dtype=dtype)
    peer = torch.nn.Conv2d(4, 5, kernel, padding="same", padding_mode="circular", dtype=dtype)
    peer.load_state_dict(ours.state_dict())
    generator = torch.Generator().manual_seed(0)
    field = torch.randn(3, 4, 10, 4, dtype=dtype, generator=generator)
    cotangent = torch.randn(3, 5, 10, 4, dtype=dtype, generator=generator)
    results = []
    for module in (ours, peer):
        x = field.clone().requires_grad_()
        out = module(x)
        results.append((out, *torch.autograd.grad(out, (x, *module.parameters()), cotangent)))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-10)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_derivatives_to_second_order_and_forward_mode(case):
    layer, field = layer_and_field(case, batch=1)

    def function(x, w, b):
        return lattice_convolution(x, w, b, stride=layer.stride, dilation=layer.dilation)

    inputs = (field.requires_grad_(), layer.weight, layer.bias)
    assert torch.autograd.gradcheck(function, inputs, check_forward_ad=True, fast_mode=True)
    assert torch.autograd.gradgradcheck(function, inputs, fast_mode=True)


@pytest.mark.parametrize("case", [CASES[3], CASES[6]], ids=str)
def test_single_precision_second_derivatives(case):
    # the padded path serves float32 only, so its double backward is compared with the folded one in float64
    layer, field = layer_and_field(case, torch.float32)
    penalties = []
    for dtype in (torch.float32, torch.float64):
        module, x = layer.to(dtype), field.to(dtype).requires_grad_()
        (slope,) = torch.autograd.grad(module(x).pow(3).sum(), x, create_graph=True)
        penalties.append(torch.autograd.grad(slope.square().sum(), module.weight)[0].double())
    torch.testing.assert_close(*penalties, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", [CASES[0], CASES[2], CASES[6], CASES[10]], ids=str)
def test_under_torch_func(case, dtype):
    layer, field = layer_and_field(case, dtype, batch=3)
    parameters = {name: value.detach() for name, value in layer.named_parameters()}
    other = {name: value.cos() for name, value in parameters.items()}
    stacked = {name: torch.stack([value, other[name]]) for name, value in parameters.items()}
    tolerance = {"rtol": 1e-4, "atol": 1e-4} if dtype == torch.float32 else {"rtol": 1e-11, "atol": 1e-11}

    batched = vmap(lambda p: functional_call(layer, p, (field,)))(stacked)
    torch.testing.assert_close(batched[0], functional_call(layer, parameters, (field,)), **tolerance)
    torch.testing.assert_close(batched[1], functional_call(layer, other, (field,)), **tolerance)

    def summed(p, x):
        return functional_call(layer, p, (x[None],)).pow(2).flatten(2).sum((0, 2))

    per_sample = vmap(jacrev(summed), in_dims=(None, 0))(parameters, field)
    for index in range(3):
        one = jacrev(summed)(parameters, field[index])
        for name, value in one.items():
            torch.testing.assert_close(per_sample[name][index], value, **tolerance)
    tangent = {name: value.sin() for name, value in parameters.items()}
    _, pushed = jvp(lambda p: functional_call(layer, p, (field,)), (parameters,), (tangent,))
    torch.testing.assert_close(pushed, functional_call(layer, tangent, (field,)), **tolerance)


def test_commutes_with_every_translation_at_stride_one_and_only_with_multiples_at_stride_two():
    for stride in (1, 2):
        layer, field = layer_and_field(((6, 4), (3, 2), (stride, stride), (1, 1)))
        broken = []
        for shift in translations((6, 4)):
            moved = layer(torch.roll(field, shift, (2, 3)))
            if all(s % stride == 0 for s in shift):
                expected = torch.roll(layer(field), tuple(s // stride for s in shift), (2, 3))
                torch.testing.assert_close(moved, expected, rtol=0, atol=1e-13)
            else:
                candidates = [torch.roll(layer(field), t, (2, 3)) for t in translations(tuple(moved.shape[2:]))]
                broken.append(min((moved - c).abs().max().item() for c in candidates))
        assert all(error > 1e-3 for error in broken)
        assert len(broken) == (0 if stride == 1 else 18)


def test_zero_size_batch_and_non_contiguous_input():
    layer, field = layer_and_field(CASES[3])
    assert layer(field[:0]).shape == (0, 2, 6, 4)
    torch.testing.assert_close(layer(field.transpose(2, 3).contiguous().transpose(2, 3)), layer(field))


@pytest.mark.parametrize(
    ("build", "word"),
    [
        (lambda: LatticeConvolution(1, 1, 3, dimension=5), "1, 2, 3 or 4"),
        (lambda: LatticeConvolution(1, 1, (3, 0)), "kernel"),
        (lambda: LatticeConvolution(1, 1, 3, stride=(1, 1, 1)), "stride"),
        (lambda: LatticeConvolution(0, 1, 3), "channels"),
        (lambda: LatticeConvolution(2, 1, 3)(torch.zeros(1, 3, 4, 4)), "fit"),
    ],
)
def test_errors_name_what_is_wrong(build, word):
    with pytest.raises(ConfigurationError, match=word):
        build()
