"""Products of boosted momenta and rest frames, beside exact rational arithmetic; the plain formulas must fail."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.nn.four_momenta import minkowski_products, minkowski_squares, require_double
from intertwine.nn.rest_frame import RestFrame

METRIC = torch.diag(torch.tensor([1.0, -1.0, -1.0, -1.0], dtype=torch.float64))


def boost(rapidity: float, axis: tuple[float, float, float]) -> Tensor:
    n = torch.tensor(axis, dtype=torch.float64) / np.linalg.norm(axis)
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[0, 0] = np.cosh(rapidity)
    matrix[0, 1:] = matrix[1:, 0] = np.sinh(rapidity) * n
    matrix[1:, 1:] += (np.cosh(rapidity) - 1) * torch.outer(n, n)
    return matrix


def particles(n: int = 12, seed: int = 0, mass: float = 0.0, rapidity: float = 2.0) -> Tensor:
    rng = np.random.default_rng(seed)
    momentum = rng.normal(size=(n, 3)) * rng.exponential(5.0, size=(n, 1))
    energy = np.sqrt((momentum**2).sum(1) + mass**2)
    p = torch.from_numpy(np.concatenate([energy[:, None], momentum], axis=1)) @ boost(rapidity, (1.0, 0.2, 0.1))
    if mass == 0:
        p[:, 0] = p[:, 1:].norm(dim=-1)
    return p


def plain(p: Tensor) -> Tensor:
    return p @ METRIC @ p.T


def exact(p: Tensor) -> np.ndarray:
    """Products of the very numbers that are given, in rational arithmetic."""
    rows = [[Fraction(float(x)) for x in row] for row in p]
    return np.array(
        [[float(a[0] * b[0] - sum(x * y for x, y in zip(a[1:], b[1:], strict=True))) for b in rows] for a in rows]
    )


def error(p: Tensor, reference: Tensor) -> float:
    return float((p - reference).abs().max() / reference.abs().max())


@pytest.mark.parametrize("axis", [(1.0, 0.0, 0.0), (0.3, -0.4, 0.9)])
def test_products_of_massless_particles_keep_their_digits(axis: tuple[float, float, float]) -> None:
    p = particles()
    reference = minkowski_products(p)
    np.testing.assert_allclose(reference, exact(p), atol=1e-9)
    boosted = p @ boost(7.6, axis)
    assert error(minkowski_products(boosted), reference) < 1e-11
    assert error(plain(boosted), reference) > 1e-9  # what the plain formula loses
    assert (minkowski_products(boosted).diagonal() == 0).all()


def test_a_mass_is_known_only_as_well_as_the_input_is() -> None:
    """Rounding E and p to 53 bits moves m² by ε E²: exact arithmetic on the rounded numbers does no better."""
    p = particles(mass=0.14)
    reference, boosted = minkowski_products(p), p @ boost(7.6, (0.3, -0.4, 0.9))
    ours, best = error(minkowski_products(boosted), reference), error(torch.from_numpy(exact(boosted)), reference)
    assert ours < 1e-7
    assert ours < 2 * best


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 3, st.floats(0, 10)), min_size=1, max_size=4))
def test_products_are_those_of_the_numbers(rows: list[tuple[float, float, float, float]]) -> None:
    momentum = torch.tensor([row[:3] for row in rows], dtype=torch.float64)
    mass = torch.tensor([row[3] for row in rows], dtype=torch.float64)
    energy = (momentum.square().sum(-1) + mass.square()).sqrt()
    p = torch.cat([energy.unsqueeze(-1), momentum], dim=-1)
    scale = float(energy.max()) ** 2 + 1e-300
    assert np.abs(minkowski_products(p).numpy() - exact(p)).max() <= 4e-15 * scale
    assert (minkowski_squares(p) - minkowski_products(p).diagonal()).abs().max() <= 4e-15 * scale


def test_gradients_are_those_of_the_form() -> None:
    p = particles(4, mass=0.5, rapidity=0.3).requires_grad_()
    q = particles(3, seed=1, rapidity=0.3).requires_grad_()
    assert torch.autograd.gradcheck(minkowski_products, (p, q), eps=1e-6)
    assert torch.autograd.gradgradcheck(minkowski_products, (p, q), eps=1e-6)
    light = particles(5).requires_grad_()
    weights = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    (found,) = torch.autograd.grad((weights * minkowski_products(light)).sum(), light)
    (expected,) = torch.autograd.grad((weights * (light @ METRIC @ light.T)).sum(), light)
    torch.testing.assert_close(found, expected)


def test_products_refuse_other_input() -> None:
    with pytest.raises(ConfigurationError, match="float64"):
        minkowski_products(torch.zeros(3, 4))
    with pytest.raises(ConfigurationError, match="four-momenta"):
        require_double(torch.zeros(3, 3, dtype=torch.float64))
    with pytest.raises(ConfigurationError, match="q does not hold"):
        minkowski_products(torch.zeros(3, 4, dtype=torch.float64), torch.zeros(3, 4))


@pytest.mark.parametrize("axis", [(1.0, 0.0, 0.0), (0.3, -0.4, 0.9)])
@pytest.mark.parametrize("rapidity", [0.0, 2.0, 7.6])
def test_rest_frame(rapidity: float, axis: tuple[float, float, float]) -> None:
    p = particles() @ boost(rapidity, axis)
    frame = RestFrame(p)
    at_rest = frame.to_rest(p)
    total = at_rest.sum(0)
    assert total[1:].abs().max() < 1e-10 * frame.mass
    assert abs(total[0] / frame.mass - 1) < 1e-12
    # the same energies and products wherever the jet is seen from: only turned
    reference = RestFrame(particles()).to_rest(particles())
    assert (at_rest[:, 0] - reference[:, 0]).abs().max() < 1e-10 * frame.mass
    assert error(plain(at_rest), plain(reference)) < 1e-10
    assert ((frame.to_laboratory(at_rest) - p).abs() <= 1e-11 * p[:, :1]).all()


def test_the_matrix_of_the_boost_loses_more() -> None:
    p = particles() @ boost(7.6, (0.3, -0.4, 0.9))
    total = p.sum(0)
    length, mass = total[1:].norm(), plain(total.unsqueeze(0)).sqrt().squeeze()
    matrix = boost(-float(torch.atanh(length / total[0])), tuple((total[1:] / length).tolist()))
    residual = (p @ matrix).sum(0)[1:].abs().max() / mass
    ours = RestFrame(p).to_rest(p).sum(0)[1:].abs().max() / mass
    assert residual > 1e2 * ours


def test_rest_frame_is_a_boost() -> None:
    p = particles(6, mass=0.3)
    frame = RestFrame(p)
    vectors = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    moved = frame.to_rest(vectors)
    torch.testing.assert_close(plain(moved), plain(vectors))
    torch.testing.assert_close(frame.to_laboratory(moved), vectors)
    total = p.sum(0)
    speed = total[1:].norm()
    matrix = boost(-float(torch.atanh(speed / total[0])), tuple((total[1:] / speed).tolist()))
    torch.testing.assert_close(moved, vectors @ matrix)


def test_resting_and_lightlike_jets() -> None:
    jets = torch.tensor(
        [
            [[5.0, 0, 0, 5], [5, 0, 0, -5]],  # at rest: nothing moves
            [[5.0, 3, 4, 0], [0, 0, 0, 0]],  # one massless particle: no frame, everything goes to 0
            [[5.0, 3, 4, 0], [10, 6, 8, 0]],
            [[0.0, 0, 0, 0], [0, 0, 0, 0]],
            [[1.0, 3, 4, 0], [2.0, 0, 4, 3]],  # spacelike
        ],
        dtype=torch.float64,
    ).requires_grad_()
    frame = RestFrame(jets)
    assert frame.exists.tolist() == [True, False, False, False, False]
    moved = frame.to_rest(jets)
    torch.testing.assert_close(moved[0], jets[0])
    assert (moved[1:] == 0).all()
    assert (frame.to_laboratory(moved)[1:] == 0).all()
    assert torch.autograd.grad(moved.sum(), jets)[0].isfinite().all()
    # the rule is the limit of jets of small mass
    for angle in (1e-3, 1e-6):
        narrow = torch.tensor([[5.0, 5 * np.cos(angle), 5 * np.sin(angle), 0], [5, 5, 0, 0]], dtype=torch.float64)
        narrow[:, 0] = narrow[:, 1:].norm(dim=-1)
        assert 0 < RestFrame(narrow).to_rest(narrow).abs().max() < 6 * angle


def test_what_is_masked_is_not_looked_at() -> None:
    p = particles(5)
    padded = torch.cat([p, torch.full((2, 4), float("nan"), dtype=torch.float64)])
    mask = torch.tensor([True] * 5 + [False] * 2)
    torch.testing.assert_close(RestFrame(padded, mask).to_rest(p), RestFrame(p).to_rest(p))


@pytest.mark.parametrize("rapidity", [0.0, 1e-13, 0.05, 0.100335347, 0.1003353478, 0.5])
def test_derivatives_at_rest_and_where_the_formulas_meet(rapidity: float) -> None:
    """A jet at rest has no axis, yet a derivative; tanh 0.1003353477 = 0.1 is where the other formula takes over."""
    p = particles(4, mass=0.5, rapidity=0.0)
    frame = RestFrame(p)
    p = frame.to_rest(p)
    p = torch.cat([p[:, :1], p[:, 1:] - p[:, 1:].mean(0)], dim=1) @ boost(rapidity, (0.3, -0.4, 0.9))

    def through(p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        frame = RestFrame(p)
        return frame.to_rest(p), frame.to_laboratory(p), frame.mass

    assert torch.autograd.gradcheck(through, p.requires_grad_(), eps=1e-7, atol=1e-5)
    assert RestFrame(p).slow == (rapidity < 0.1003353477)
    with_axis = RestFrame(p)
    with_axis.slow = torch.tensor(not with_axis.slow)
    torch.testing.assert_close(with_axis.to_rest(p), RestFrame(p).to_rest(p), rtol=0, atol=1e-12)
    if rapidity == 0.0:  # the axis of a jet at rest is no function of its momenta
        jacobian, wrong = (
            torch.autograd.functional.jacobian(f, p.detach())
            for f in (lambda p: RestFrame(p).to_rest(p), lambda p: along_an_axis(p))
        )
        assert (jacobian - wrong).abs().max() > 0.1


def along_an_axis(p: Tensor) -> Tensor:
    frame = RestFrame(p)
    frame.slow = torch.zeros_like(frame.slow)
    return frame.to_rest(p)
