"""Levenberg–Marquardt for any network: the Jacobian by differences, exact fits, and what is refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from intertwine.errors import ConfigurationError, DataError
from intertwine.training.module_least_squares import _Problem, finish_module


def student(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2)).double()


X = torch.linspace(-1, 1, 60, dtype=torch.float64).reshape(30, 2)


def test_the_jacobian_is_the_derivative() -> None:
    problem = _Problem(student(0), (X,), torch.zeros(30, 2, dtype=torch.float64), chunk=7)
    theta, h = problem.vector(), 1e-6
    J = problem.jacobian(theta)
    assert J.shape == (60, len(theta))
    for column in (0, 13, len(theta) - 1):
        step = torch.zeros_like(theta)
        step[column] = h
        found = (problem.residuals(theta + step) - problem.residuals(theta - step)) / (2 * h)
        torch.testing.assert_close(J[:, column], found, rtol=1e-7, atol=1e-9)
        assert not torch.allclose(J[:, column].roll(1), found, atol=1e-4)


def test_a_teacher_is_found_again_and_validation_never_gets_worse() -> None:
    with torch.no_grad():
        y = student(1)(X)
    net = student(2)

    def validate() -> float:
        with torch.no_grad():
            return float((net(X) - y).square().mean())

    before = validate()
    found = finish_module(net, (X,), y, validate, iterations=150)
    assert validate() < 1e-12 < before
    assert validate() == min(found.validation) == found.validation[found.best_iteration]
    assert all(later < earlier for earlier, later in zip(found.train, found.train[1:], strict=False))


def test_the_best_on_validation_is_kept() -> None:
    net = student(3)
    finish_module(net, (X,), torch.ones(30, 2, dtype=torch.float64), lambda: 1.0, iterations=3)
    for one, two in zip(net.parameters(), student(3).parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_what_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="float64"):
        finish_module(student(0).float(), (X,), X, lambda: 0.0)
    with pytest.raises(DataError, match="not finite"):
        finish_module(student(0), (X,), X * torch.nan, lambda: 0.0)
