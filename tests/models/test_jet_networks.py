"""Every network of jets: padding, order, Lorentz invariance up to γ = 1000, gradients, special jets, bad input."""

from __future__ import annotations

from math import cos, hypot, sin

import pytest
import torch
from jet_cases import CASES, INVARIANT, boost, boosted, jets, network, rotation, scalars
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.models import vec_net

NAMES = list(CASES)
RAPIDITIES = [0.5, 3.0, 7.6]
AXES = [(1.0, 0.0, 0.0), (0.2, -0.5, 0.8)]


def spread(values: torch.Tensor) -> float:
    """How far results of different jets are apart: a network that ignores its input would pass everything."""
    return float((values - values.mean(0)).abs().max().detach())


@pytest.mark.parametrize("n_scalars", [0, 2])
@pytest.mark.parametrize("name", NAMES)
def test_padding_and_order_do_not_matter(name: str, n_scalars: int) -> None:
    net = network(name, n_scalars=n_scalars)
    p, mask = jets()
    s = scalars(p, n_scalars)
    expected = net(p, mask, s)
    assert spread(expected) > 1e-4
    order = torch.randperm(p.shape[1], generator=torch.Generator().manual_seed(1))
    shuffled = net(p[:, order], mask[:, order], None if s is None else s[:, order])
    torch.testing.assert_close(shuffled, expected, rtol=0, atol=1e-10)
    more = torch.full((len(p), 3, 4), float("inf"), dtype=torch.float64)
    padded = torch.cat([p, more], dim=1)
    wider = torch.cat([mask, mask.new_zeros(len(p), 3)], dim=1)
    s = None if s is None else torch.cat([s, s.new_full((len(p), 3, n_scalars), float("nan"))], dim=1)
    torch.testing.assert_close(net(padded, wider, s), expected, rtol=0, atol=1e-10)
    # every jet alone, without padding
    for index in range(len(p)):
        kept = mask[index]
        alone = net(
            p[index : index + 1, kept],
            mask[index : index + 1, kept],
            None if s is None else s[index : index + 1, : len(kept)][:, kept],
        )
        torch.testing.assert_close(alone[0], expected[index], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_there_matters(name: str) -> None:
    net = network(name, n_scalars=1)
    p, mask = jets()
    s = scalars(p, 1)
    other = mask.clone()
    other[0, -1] = False
    assert (net(p, other, s) - net(p, mask, s))[0].abs() > 1e-7
    assert (net(p, mask, s + 1.0) - net(p, mask, s)).abs().min() > 1e-7


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.float32, 1e-4)])
@pytest.mark.parametrize("name", INVARIANT)
def test_lorentz_invariance(name: str, dtype: torch.dtype, tolerance: float) -> None:
    net = network(name, dtype)
    assert net.is_lorentz_invariant
    p, mask = jets(8)
    expected = net(p, mask)
    assert spread(expected) > 1e-3
    for rapidity in RAPIDITIES:
        for axis in AXES:
            matrix = rotation(1) @ boost(rapidity, axis) @ rotation(2)
            error = (net(p @ matrix.T, mask) - expected).abs().max()
            assert error <= tolerance, (rapidity, axis, float(error))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in INVARIANT])
def test_the_others_are_not_invariant(name: str) -> None:
    net = network(name)
    p, mask = jets()
    assert not net.is_lorentz_invariant
    matrix = rotation(1) @ boost(1.0, (1.0, 0.0, 0.0)) @ rotation(2)
    assert (net(p @ matrix.T, mask) - net(p, mask)).abs().max() > 1e-4


@pytest.mark.parametrize("name", INVARIANT)
def test_gradients_transform_as_vectors(name: str) -> None:
    net = network(name)
    p, mask = jets(3)
    p = p.masked_fill(~mask.unsqueeze(-1), 0.0)
    matrix = boost(7.6, (0.2, -0.5, 0.8))
    found = []
    for momenta in (p, p @ matrix.T):
        momenta = momenta.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(net(momenta, mask).sum(), momenta)
        found.append(gradient)
    # f(Λp) = f(p): ∂f/∂p = Λᵀ ∂f/∂p'
    expected = found[0] @ torch.linalg.inv(matrix)
    assert found[0].abs().max() > 1e-6
    assert (found[1] - expected).abs().max() <= 1e-6 * expected.abs().max()
    single = network(name, torch.float32)
    again = (p @ matrix.T).requires_grad_()
    (gradient,) = torch.autograd.grad(single(again, mask).sum(), again)
    at_rest = p.clone().requires_grad_()
    (reference,) = torch.autograd.grad(single(at_rest, mask).sum(), at_rest)
    expected = reference @ torch.linalg.inv(matrix)
    assert (gradient - expected).abs().max() <= 1e-4 * expected.abs().max()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.float32, 1e-4)])
@pytest.mark.parametrize("name", INVARIANT)
def test_special_jets_are_invariant_with_their_gradients(name: str, dtype: torch.dtype, tolerance: float) -> None:
    """At rest, lightlike, and just off the light cone; a gradient is a covector, jet by jet."""
    net = network(name, dtype)
    p, mask = special_jets()
    axis = (0.6, 0.8, 0.1)
    found = []
    for momenta in (p, boosted(p, 7.6, axis)):
        momenta = momenta.clone().requires_grad_()
        result = net(momenta, mask)
        found.append((result.detach(), torch.autograd.grad(result.sum(), momenta)[0]))
    assert (found[1][0] - found[0][0]).abs().max() <= tolerance
    expected = found[0][1] @ boost(-7.6, axis)
    scale = expected.abs().amax((1, 2)).clamp(min=1e-3)
    assert ((found[1][1] - expected).abs().amax((1, 2)) <= tolerance * scale)[:-1].all()


def test_a_frame_of_the_laboratory_is_found_out_by_special_jets(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network("vec-net-equivariant")
    p, mask = special_jets()
    matrix = rotation(3) @ boost(7.6, (0.6, 0.8, 0.1))
    monkeypatch.setattr(vec_net, "rest_frame_momenta", lambda jets, dtype: ((jets.p * jets.p.abs()).to(dtype), None))
    assert (net(p @ matrix.T, mask) - net(p, mask)).abs().max() > 1e-3


def special_jets() -> tuple[Tensor, Tensor]:
    """[7, 3, 4] and their mask.

    A jet at rest, one massless particle, collinear ones, particles at rest, none at all, nearly collinear ones, and two
    back to back, which have nothing to tell them apart: there a maximum over particles has no derivative.
    """
    angle = 0.1
    rows = [
        [[4, 4, 0, 0], [2.5, -1.5, 2, 0], [hypot(2.5, 2), -2.5, -2, 0]],
        [[5, 3, 4, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[5, 3, 4, 0], [10, 6, 8, 0], [2.5, 1.5, 2, 0]],
        [[1, 0, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0]],
        [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[5, 0, 0, 5], [7, 7 * sin(angle), 0, 7 * cos(angle)], [2, 0, 2 * sin(angle), 2 * cos(angle)]],
        [[5, 0, 0, 5], [5, 0, 0, -5], [0, 0, 0, 0]],
    ]
    p = torch.tensor(rows, dtype=torch.float64)
    return p, p[..., 0] > 0


@pytest.mark.parametrize("name", NAMES)
def test_special_jets(name: str) -> None:
    """At rest, one massless particle, collinear ones, none at all: finite results and gradients, invariant ones."""
    net = network(name)
    p, mask = special_jets()
    matrix = rotation(3) @ boost(7.6, (0.6, 0.8, 0.1))
    results = []
    for momenta in (p, p @ matrix.T):
        momenta = momenta.clone().requires_grad_()
        result = net(momenta, mask)
        (gradient,) = torch.autograd.grad(result.sum(), momenta)
        assert result.isfinite().all()
        assert gradient.isfinite().all()
        results.append(result.detach())
    if net.is_lorentz_invariant:
        torch.testing.assert_close(results[1], results[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", [name for name in INVARIANT if network(name).reads_references])
def test_references_break_the_symmetry_and_restore_it_when_boosted_along(name: str) -> None:
    net = network(name, references=("time", "beam"))
    assert not net.is_lorentz_invariant
    p, mask = jets(rapidity=0.5)
    matrix = boost(1.0, (1.0, 0.0, 0.0))
    expected = net(p, mask)
    assert (net(p @ matrix.T, mask) - expected).abs().max() > 1e-4
    vectors = torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, -1]], dtype=torch.float64)
    torch.testing.assert_close(net(p, mask, references=vectors), expected)
    torch.testing.assert_close(net(p @ matrix.T, mask, references=vectors @ matrix.T), expected, rtol=0, atol=1e-8)
    each = (vectors @ matrix.T).expand(len(p), 3, 4)
    torch.testing.assert_close(net(p @ matrix.T, mask, references=each), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_training_step_and_classes(name: str) -> None:
    net = network(name, torch.float32, out_features=3).train()
    p, mask = jets()
    result = net(p, mask)
    assert result.shape == (len(p), 3)
    assert result.dtype == torch.float32
    result.square().sum().backward()
    for parameter_name, parameter in net.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
    assert network(name, out_features=1)(p, mask).shape == (len(p),)


@pytest.mark.parametrize("name", NAMES)
def test_bad_input_is_refused(name: str) -> None:
    net = network(name, n_scalars=1)
    p, mask = jets()
    s = scalars(p, 1)
    for arguments, message in [
        ((p.float(), mask, s), "float64"),
        ((p, mask[:, 1:], s), "do not fit"),
        ((p, mask), "scalars"),
        ((p, mask, scalars(p, 2)), "scalars"),
        ((p, mask, s, torch.zeros(2, 4, dtype=torch.float64)), "reference"),
    ]:
        with pytest.raises(ConfigurationError, match=message):
            net(*arguments)
