"""Non-linearities, norms and pooling of fields, against the grid's own rotations and against the group alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import intertwine as tw
from intertwine import nn
from intertwine.errors import AccuracyError, ConfigurationError, RepresentationError
from intertwine.nn.fourier_activation import _values, sampled_elements
from intertwine.representations import restrict_fields
from intertwine.testing import assert_field_equivariant, field_equivariance_error

IRREPS = (
    ("SO(2)", "3x0 + 2x1 + 2x2"),
    ("O(2)", "2x0e + 0o + 2x1"),
    ("D4", "A1 + 2xE + B1"),
    ("SO(2)", "2x0 + 2x1 + 2x2"),
)


def _check(layer: torch.nn.Module, rep_in: tw.Rep, rep_out: tw.Rep, sites: tuple[int, ...] = (6, 6)) -> None:
    for p in layer.parameters():
        with torch.no_grad():
            p.add_(0.3 * torch.randn(p.shape))
    assert_field_equivariant(layer, rep_in, rep_out, sites)


@pytest.mark.parametrize(("name", "irreps"), IRREPS)
def test_layers_of_irreps(name: str, irreps: str) -> None:
    rep = tw.Rep(name, irreps)
    for layer in (nn.FieldBatchNorm(rep), nn.FieldNormActivation(rep), nn.FieldGate(rep), nn.FieldInvariants(rep)):
        _check(layer, layer.rep_in, layer.rep_out)
    with pytest.raises(RepresentationError, match="does not commute"):
        nn.FieldActivation(rep)
    broken = torch.nn.Sequential(nn.FieldBatchNorm(rep), torch.nn.ReLU())
    assert field_equivariance_error(broken, rep, rep, (6, 6)) > 1e-2


@pytest.mark.parametrize("name", ["C4", "D4"])
def test_layers_of_regular_fields(name: str) -> None:
    rep = 3 * tw.regular(name)
    for layer in (nn.FieldBatchNorm(rep), nn.FieldActivation(rep), nn.GroupPooling(rep), nn.GroupPooling(rep, "mean")):
        _check(layer, layer.rep_in, layer.rep_out)
    order = tw.group(name).order
    broken = torch.nn.BatchNorm2d(rep.dim)
    with torch.no_grad():
        broken.weight.copy_(torch.randn(rep.dim))
    assert field_equivariance_error(broken, rep, rep, (6, 6)) > 1e-2
    x = torch.randn(4, rep.dim, 5, 5)
    ours = nn.FieldBatchNorm(rep)
    torch_norm = torch.nn.BatchNorm3d(3)
    as_volume = x.unflatten(1, (order, 3)).transpose(1, 2)
    torch.testing.assert_close(
        ours(x).unflatten(1, (order, 3)).transpose(1, 2),
        torch_norm(as_volume.flatten(3)[..., None]).flatten(3).view(as_volume.shape),
    )
    torch.testing.assert_close(ours.running_variance, torch_norm.running_var, rtol=1e-2, atol=0)
    torch.testing.assert_close(
        ours.eval()(x).unflatten(1, (order, 3)).transpose(1, 2).flatten(3)[..., None],
        torch_norm.eval()(as_volume.flatten(3)[..., None]),
        rtol=1e-2,
        atol=1e-2,
    )


def test_batch_norm_brings_every_irrep_to_size_one() -> None:
    rep = tw.Rep("SO(2)", "2x0 + 3x1")
    x = 5 * torch.randn(64, rep.dim, 6, 6) + 3
    y = nn.FieldBatchNorm(rep)(x).detach()
    torch.testing.assert_close(y[:, :2].mean((0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        y[:, 2:].unflatten(1, (2, 3)).square().mean((0, 1, 3, 4)), torch.ones(3), atol=1e-4, rtol=0
    )
    assert float(y[:, 2:].mean()) > 0.3  # no mean of a vector is subtracted


@pytest.mark.parametrize(
    ("name", "irreps"),
    [
        ("SO(2)", "0 + 1 + 2"),
        ("O(2)", "0e + 0o + 2x1"),
        ("C4", "A + E + B"),
        ("SO(3)", "0 + 3x1"),
        ("SO(3)", "0 + 1 + 2"),
    ],
)
def test_fourier_activation(name: str, irreps: str) -> None:
    try:
        signal = tw.Rep(name, irreps)
    except RepresentationError:
        signal = tw.regular(name).by_irreps()
    layer = nn.FourierActivation(signal, 2)
    d = 3 if name == "SO(3)" else 2
    error = field_equivariance_error(layer, layer.rep_in, layer.rep_out, (4,) * d)
    assert error < (5e-2 if d == 3 else 1e-12)
    identity = nn.FourierActivation(signal, 2, lambda x: x).double()
    x = torch.randn(2, layer.rep_in.dim, 3, dtype=torch.float64)
    torch.testing.assert_close(identity(x), x)
    errors = []
    if name == "SO(2)":  # off the samples: aliasing, less with more samples
        G = tw.group(name)
        rho = torch.from_numpy(layer.rep_in.matrix(G.exp([0.3]))).float()
        z = torch.randn(16, layer.rep_in.dim, 1)
        for n in (6, 12, 24):
            f = nn.FourierActivation(signal, 2, samples=n)
            errors.append(
                float((f(torch.einsum("ij,bjs->bis", rho, z)) - torch.einsum("ij,bjs->bis", rho, f(z))).norm())
            )
        assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_samples_that_no_signal_tells_apart_are_taken_once() -> None:
    rep = tw.Rep("SO(3)", "0 + 1")
    every = np.array([_values(rep, g) for g in sampled_elements(rep)])
    uneven = [sampled_elements(rep)[k] for k in (0, 0, 0, 1, 2, 3, 5, 8, 13, 21, 34)]
    for elements, table in ((None, every), (uneven, np.array([_values(rep, g) for g in uneven]))):
        layer = nn.FourierActivation(rep, 1, "relu", samples=elements, dtype=torch.float64)
        assert len(layer.to_samples.exact) < len(table)
        x = torch.randn(2, 4, 5, dtype=torch.float64)
        T = torch.from_numpy(table)
        torch.testing.assert_close(layer(x), torch.linalg.pinv(T) @ torch.relu(T @ x))


@pytest.mark.parametrize("n", [7, 8, 9, 28, 29])
def test_antialiased_pooling(n: int) -> None:
    rep = tw.Rep("D4", "A1 + E")
    layer = nn.AntialiasedPooling(rep)
    _check(layer, rep, rep, (n, n))
    x = torch.ones(1, 3, n, n)
    y = layer(x)
    assert y.shape[-1] == -(-n // 2)
    middle = y.shape[-1] // 2
    torch.testing.assert_close(y[0, 0, middle, middle], torch.tensor(1.0))
    assert field_equivariance_error(torch.nn.MaxPool2d(2, ceil_mode=True), rep, rep, (n, n)) > 1e-2
    with pytest.raises(ConfigurationError, match="no coarser grid"):
        nn.AntialiasedPooling(rep, 3)(torch.ones(1, 3, 8, 8))


def test_restriction_with_depth() -> None:
    G = tw.group("C8")
    first = nn.SteerableConvolution(tw.Rep(G, "A"), 2 * tw.regular(G), 5, dtype=torch.float64)
    restricted = restrict_fields(first.rep_out, "C4")
    assert [(m, u.dim) for m, u in restricted.units] == [(2, 8)]
    vector = first.vector.restrict("C4")
    second = nn.SteerableConvolution(restricted, tw.regular("C4"), 5, vector=vector, dtype=torch.float64)
    net = torch.nn.Sequential(first, nn.FieldActivation(restricted), second)
    rep_in = tw.Rep("C4", "A")
    assert field_equivariance_error(net, rep_in, second.rep_out, (7, 7), vector=vector) < 1e-12
    O2, SO2 = tw.group("O(2)"), tw.group("SO(2)")
    fields = restrict_fields(tw.Rep(O2, "2x0e + 2x0o + 2x1"), SO2)
    conv = nn.SteerableConvolution(fields, tw.Rep(SO2, "2x0 + 1"), 5, dtype=torch.float64)
    assert_field_equivariant(conv, fields, conv.rep_out, (7, 7))


def test_refusals() -> None:
    with pytest.raises(AccuracyError, match="too few samples"):
        nn.FourierActivation(tw.Rep("SO(2)", "0 + 1 + 2"), 1, samples=4)
    with pytest.raises(ConfigurationError, match="occurs more often"):
        nn.FourierActivation(tw.Rep("SO(2)", "0 + 2x1"), 1)
    with pytest.raises(RepresentationError, match="by irreps"):
        nn.FieldGate(tw.regular("C4"))
    with pytest.raises(RepresentationError, match="does not commute"):
        nn.GroupPooling(tw.Rep("SO(2)", "1"))
    assert np.isfinite(nn.AntialiasedPooling(tw.Rep("C4", "A")).sigma)
