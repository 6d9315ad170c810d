"""Activations of sampled signals: exact on finite groups, elsewhere an error that falls with resolution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, GroupError
from intertwine.nn import SampledActivation, group_signals, sphere_signals
from intertwine.nn.signals import Signals
from intertwine.testing import assert_equivariant, equivariance_error

FLOAT = torch.float64
# signals, a coarse and a fine resolution, and the error allowed at the fine one with SiLU
CASES: dict[str, tuple[Callable[[int], Signals], int, int, float]] = {
    "S2 of SO(3)": (lambda r: sphere_signals("SO(3)", 3, resolution=r), 5, 14, 1e-5),
    "S2 of O(3)": (lambda r: sphere_signals("O(3)", 2, resolution=r), 5, 14, 1e-6),
    "S3 of SO(4)": (lambda r: sphere_signals("SO(4)", 2, resolution=r), 4, 10, 1e-4),
    "SO(3)": (lambda r: group_signals("SO(3)", ["0", "1", "2"], resolution=r), 4, 10, 1e-4),
    "SU(2)": (lambda r: group_signals("SU(2)", ["0", "1/2", "1"], resolution=r), 3, 8, 1e-7),
}


@pytest.mark.parametrize("name", CASES)
def test_the_error_falls_with_resolution(name: str) -> None:
    make, coarse, fine, allowed = CASES[name]
    errors = []
    for resolution in (coarse, fine):
        layer = SampledActivation(make(resolution), 2, "silu", dtype=FLOAT)
        errors.append(equivariance_error(layer, layer.rep_in, layer.rep_out).max)
    assert errors[1] < allowed
    assert errors[1] < errors[0] / 30
    rep = layer.rep_in
    assert equivariance_error(torch.nn.functional.silu, rep, rep, n_elements=12).max > 1e-2  # not by points


@pytest.mark.parametrize("name", CASES)
def test_signals_in_the_band_are_exact(name: str) -> None:
    """Coefficients come back; quadratic functions of signals up to half the band commute with the group exactly."""
    make, _, fine, _ = CASES[name]
    signals = make(fine)
    identity = SampledActivation(signals, 3, lambda x: x, dtype=FLOAT)
    x = torch.randn(4, identity.rep_in.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(identity(x), x)
    np.testing.assert_allclose(signals.values.T * signals.weights @ signals.values * signals.rep.dim,
                               np.eye(signals.rep.dim), atol=1e-12)  # fmt: skip
    square = SampledActivation(signals, 2, torch.square, dtype=FLOAT)
    assert_equivariant(square, square.rep_in, square.rep_out)  # 3 L ≤ 2 r − 1
    broken = signals._replace(values=signals.values * (1 + 0.1 * signals.weights[:, None] * len(signals.weights)))
    uneven = SampledActivation(broken, 2, torch.square, dtype=FLOAT)
    assert equivariance_error(uneven, uneven.rep_in, uneven.rep_out).max > 1e-4


def test_a_vector_is_the_signal_n_dot_x() -> None:
    """e3nn's S2Activation in words: the mean over the sphere of f(√(3/4)…) Y(n)."""
    layer = SampledActivation(sphere_signals("SO(3)", 1, resolution=20), 1, torch.tanh, dtype=FLOAT)
    x = torch.tensor([0.3, 0.0, 0.0, 1.2], dtype=FLOAT)
    z, w = np.polynomial.legendre.leggauss(50)
    # the signal is (x_0 + √3 n_z x_z)/2: dim of the band is 4
    values = layer.scaled.factor * np.tanh((0.3 + np.sqrt(3) * 1.2 * z) / 2)
    expected = np.array([(w * values).sum() / 2, 0, 0, (w * np.sqrt(3) * z * values).sum() / 2]) * 2
    factors = layer.from_points.exact @ layer.to_points.exact  # of each irrep
    np.testing.assert_allclose(layer(x).numpy(), factors @ expected, atol=1e-10)


@pytest.mark.parametrize("name", ["S4", "Q8", "D4"])
def test_finite_groups_are_exact(name: str) -> None:
    G = tw.group(name)
    signals = group_signals(G, G.irreps(4))
    assert signals.rep.dim == G.order  # the whole of L²(G)
    layer = SampledActivation(signals, 2, "relu", dtype=FLOAT)
    assert_equivariant(layer, layer.rep_in, layer.rep_out)
    partial = SampledActivation(group_signals(G, G.irreps(4)[-1:]), 2, "relu")
    assert_equivariant(partial, partial.rep_in, partial.rep_out)  # a band of one irrep


def test_random_points_of_other_groups() -> None:
    """The error falls with the root of the number; nothing better is claimed."""
    errors = []
    for points in (60, 960):
        signals = group_signals("SU(3)", ["1", "3"], points=points)
        layer = SampledActivation(signals, 2, "silu", dtype=FLOAT)
        errors.append(equivariance_error(layer, layer.rep_in, layer.rep_out).max)
    assert errors[1] < errors[0] / 2.5
    assert errors[1] < 0.2


@pytest.mark.parametrize("name", CASES)
def test_second_moments_by_irrep(name: str) -> None:
    make, _, fine, _ = CASES[name]
    layer = SampledActivation(make(fine), 2, "relu")
    y = layer(torch.randn(400, layer.rep_in.dim, generator=torch.Generator().manual_seed(0)))
    for where in layer.rep_out.slices:
        assert 0.7 < float(y[:, where].square().mean()) < 1.4


def test_gradients_zero_size_and_strides() -> None:
    layer = SampledActivation(sphere_signals("O(3)", 1), 2, "silu", dtype=FLOAT)
    x = torch.randn(2, layer.rep_in.dim, dtype=FLOAT, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))
    assert layer(torch.zeros(0, layer.rep_in.dim, dtype=FLOAT)).shape == (0, layer.rep_in.dim)
    wide = torch.randn(layer.rep_in.dim, 3, dtype=FLOAT)
    torch.testing.assert_close(layer(wide.T), layer(wide.T.contiguous()))


def test_refusals() -> None:
    with pytest.raises(GroupError, match="sphere of vectors"):
        sphere_signals("SU(3)", 2)
    with pytest.raises(GroupError, match="compact group"):
        group_signals("SO(1,3)", ["(0,0)"])
    with pytest.raises(ConfigurationError, match="harmonics apart"):
        sphere_signals("SO(3)", 4, resolution=4)
    with pytest.raises(ConfigurationError, match="spins apart"):
        group_signals("SO(3)", ["4"], resolution=4)
    with pytest.raises(ConfigurationError, match="not sampled that way"):
        group_signals("S4", ["(4)"], points=100)
    with pytest.raises(ConfigurationError, match="too few points"):
        group_signals("SU(3)", ["8"], points=100)
    with pytest.raises(ConfigurationError, match="too many points"):
        sphere_signals("SO(7)", 3, resolution=30)
    with pytest.raises(ConfigurationError, match="number of channels"):
        SampledActivation(sphere_signals("SO(3)", 1), 0)
