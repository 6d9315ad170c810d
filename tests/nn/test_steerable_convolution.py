"""Steerable and group convolutions: exact under the grid's own symmetries, and nearly so under the others."""

from __future__ import annotations

import copy
import pickle

import jaxtyping
import numpy as np
import pytest
import torch

import intertwine as tw
from intertwine import nn
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.evaluation import rotation_error
from intertwine.nn.group_convolution import GroupConvolution
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.testing import assert_field_equivariant, field_equivariance_error

CASES = [
    ("C4", "2xA + B", "regular", 2),
    ("C8", "regular", "regular", 2),
    ("C16", "A", "regular", 2),
    ("D4", "regular", "A1 + E", 2),
    ("D8", "A1 + E1", "2xA1 + E1 + E2", 2),
    ("SO(2)", "2x0 + 3x1", "4x0 + 2x1 + 2x2 + 3", 2),
    ("O(2)", "0e + 2x1", "2x0e + 0o + 1 + 2", 2),
    ("SO(2)", "0 + 1", "0 + 1 + 2", 3),
    ("SO(3)", "2x0 + 1", "0 + 2x1 + 2", 3),
    ("O(3)", "0e + 1o", "0e + 1o + 2e", 3),
    ("Oh", "A1g + T1u", "A1g + Eg + T2g + T1u", 3),
    ("O", "T1", "regular", 3),
    ("I", "A", "2xA + T1 + H", 3),
]


def fields(name: str, what: str) -> tw.Rep:
    return 2 * tw.regular(name) if what == "regular" else tw.Rep(name, what)


def layer(name: str, rep_in: str, rep_out: str, d: int, **options: object) -> nn.SteerableConvolution:
    torch.manual_seed(0)
    return nn.SteerableConvolution(
        fields(name, rep_in), fields(name, rep_out), 5 if d == 2 else 3, dimension=d, dtype=torch.float64, **options
    )


@pytest.mark.parametrize(("name", "rep_in", "rep_out", "d"), CASES)
def test_commutes_with_the_grid_to_rounding(name: str, rep_in: str, rep_out: str, d: int) -> None:
    conv = layer(name, rep_in, rep_out, d)
    sites = (9,) * d if d == 2 else (5,) * d
    assert_field_equivariant(conv, conv.rep_in, conv.rep_out, sites)
    if name != "SO(2)" or d == 2:
        strided = layer(name, rep_in, rep_out, d, stride=2)
        assert_field_equivariant(strided, conv.rep_in, conv.rep_out, sites)


@pytest.mark.parametrize(("name", "rep_in", "rep_out", "d"), CASES)
def test_a_broken_kernel_fails(name: str, rep_in: str, rep_out: str, d: int) -> None:
    conv = layer(name, rep_in, rep_out, d)
    basis = conv.kernel.bases[0]
    basis.exact = basis.exact.copy()
    basis.exact[basis.exact.shape[0] // 3] += 0.1
    basis.double()
    with pytest.raises(AssertionError, match="does not commute"):
        assert_field_equivariant(conv, conv.rep_in, conv.rep_out, (7,) * d if d == 2 else (5,) * d)


def test_rotations_off_the_grid_improve_with_resolution_and_degrade_with_the_band() -> None:
    G = tw.group("SO(2)")
    rep_in = tw.Rep(G, "0 + 1")
    quarter, turn = G.exp([np.pi / 2]), G.exp([np.radians(30)])
    errors = {}
    for degree in (1, 3):
        profile = RadialProfile((0.0, 1.0, 2.0, 3.0), (0.005, 0.6, 0.6, 0.4), (0, *(min(degree, 2),), degree, degree))
        rep_out = tw.Rep(G, f"0 + {degree}")
        torch.manual_seed(0)
        conv = nn.SteerableConvolution(rep_in, rep_out, 7, profile=profile, dtype=torch.float64)
        errors[degree] = [rotation_error(conv, rep_in, rep_out, turn, size=21, blob=blob) for blob in (0.7, 1.4, 2.8)]
        assert rotation_error(conv, rep_in, rep_out, quarter, size=21, blob=0.7) < 1e-13
    for falling in errors.values():
        assert falling[0] > falling[1] > falling[2] > 0
        assert falling[0] > 2 * falling[2]
    assert errors[3][1] > errors[1][1]
    # a plain convolution does not improve
    plain = torch.nn.Conv2d(rep_in.dim, rep_in.dim, 7, padding=3, dtype=torch.float64)
    assert rotation_error(plain, rep_in, rep_in, turn, size=21, blob=2.8) > 0.1


def test_group_convolution_is_the_textbook_sum() -> None:
    """p4m by its definition: (f ⋆ ψ)(x, g) = Σ f(y, h) ψ(g⁻¹ (y − x), g⁻¹ h), with ψ read off the output at g = 1."""
    G = tw.group("D4")
    conv = GroupConvolution(G, 2, 3, 3, bias=False, dtype=torch.float64)
    with torch.no_grad():
        weight = conv.kernel()[0].reshape(G.order, 3, G.order, 2, 3, 3).numpy()
    assert conv.kernel.weight.numel() == 3 * 2 * G.order * 9  # every point of every pair is free
    ψ = weight[0]
    for g in G.elements:
        R = np.rint(conv.vector.matrix(g)).astype(int)
        for h in G.elements:
            to = int(G.multiply(g.inverse().index, h.index))
            for y in np.ndindex(3, 3):
                back = R.T @ (np.array(y) - 1) + 1
                np.testing.assert_allclose(weight[g.index, :, h.index, :, *y], ψ[:, to, :, *back], atol=1e-12)


def test_group_convolution_lifts_and_commutes() -> None:
    net = torch.nn.Sequential(
        GroupConvolution("D4", 1, 2, 3, lifting=True, dtype=torch.float64),
        torch.nn.ReLU(),
        GroupConvolution("D4", 2, 2, 3, dtype=torch.float64),
    )
    rep_in, rep_out = tw.Rep("D4", "A1"), 2 * tw.regular("D4")
    assert_field_equivariant(net, rep_in, rep_out, (7, 7))
    net[1] = torch.nn.Tanhshrink()
    net.insert(1, torch.nn.ConstantPad2d((1, 0, 1, 0), 0.0))  # off centre
    assert field_equivariance_error(net, rep_in, rep_out, (7, 7)) > 1e-3
    assert GroupConvolution("C8", 1, 1, 3).kernel.weight.numel() < 8 * 9  # band-limited


def test_export_and_eval_are_the_same_function_and_follow_the_weights() -> None:
    conv = layer("C8", "regular", "regular", 2)
    x = torch.randn(2, conv.rep_in.dim, 9, 9, dtype=torch.float64)
    trained = conv(x)
    conv.eval()
    with torch.no_grad():
        first = conv(x)
        kept = conv.kernel.expanded()[0]
        assert conv.kernel.expanded()[0] is kept
        torch.testing.assert_close(conv.export()(x), first, rtol=0, atol=1e-12)
        torch.testing.assert_close(trained, first, rtol=0, atol=1e-12)
        conv.kernel.weight.mul_(2.0)
        torch.testing.assert_close(conv(x), 2 * first, rtol=0, atol=1e-12)
        conv.load_state_dict({k: 3 * v for k, v in conv.state_dict().items()})
        torch.testing.assert_close(conv(x), 6 * first, rtol=0, atol=1e-12)
    conv(x).sum().backward()
    assert conv.kernel.weight.grad is not None
    twin = pickle.loads(pickle.dumps(conv))
    torch.testing.assert_close(copy.deepcopy(conv)(x), twin(x), rtol=0, atol=0)
    assert conv.float()(x.float()).dtype == torch.float32


def test_autocast_rounds_the_whole_kernel_and_not_its_parts() -> None:
    rep = 2 * tw.regular("C8")
    layer = nn.SteerableConvolution(rep, rep, 5)
    x = torch.randn(2, rep.dim, 9, 9).bfloat16()
    with torch.no_grad():
        weight, bias = layer.kernel()
    assert bias is not None
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(x)
    expected = torch.nn.functional.conv2d(x, weight.bfloat16(), bias.bfloat16(), padding=2)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_compiles_to_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # shape checks are no part of a graph
    conv = nn.SteerableConvolution(tw.Rep("SO(2)", "2x0"), tw.Rep("SO(2)", "2x0 + 1"), 5)
    x = torch.randn(1, 2, 9, 9)
    compiled = torch.compile(conv, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x), conv(x))
    with torch.no_grad():
        torch.testing.assert_close(compiled.eval()(x), conv(x))


def test_keeps_second_moments() -> None:
    for name, rep_in, rep_out, d in CASES[:7]:
        x = torch.randn(64, fields(name, rep_in).dim, 9, 9, dtype=torch.float64)
        moments = []
        for seed in range(4):
            torch.manual_seed(seed)
            conv = layer(name, rep_in, rep_out, d)
            conv.kernel.reset_parameters(torch.Generator().manual_seed(seed))
            with torch.no_grad():
                moments.append(float(conv(x)[..., 4, 4].square().mean()))
        assert 0.5 < np.mean(moments) < 2.0, (name, moments)


def test_refusals() -> None:
    one = tw.Rep("SO(2)", "0")
    with pytest.raises(RepresentationError, match="no kernel reaches the irrep 9"):
        nn.SteerableConvolution(one, tw.Rep("SO(2)", "9"), 5)
    with pytest.raises(ConfigurationError, match="without a centre"):
        nn.SteerableConvolution(one, one, 4)
    with pytest.raises(ConfigurationError, match="padding of another kind"):
        nn.SteerableConvolution(one, one, 3, padding=-1)
    with pytest.raises(ConfigurationError, match="floating-point"):
        nn.SteerableConvolution(one, one, 3).check_field(torch.zeros(1, 1, 5, 5, dtype=torch.uint8))
    with pytest.raises(ConfigurationError, match="2 or 3 dimensions"):
        nn.SteerableConvolution(one, one, 3, dimension=4)
    with pytest.raises(ConfigurationError, match="does not fit"):
        nn.SteerableConvolution(one, one, 3)(torch.zeros(1, 2, 5, 5))
    with pytest.raises(ConfigurationError, match="has its degrees"):
        nn.SteerableConvolution(one, one, 3, max_degree=1, profile=RadialProfile.default(3, 2))
