"""The normalisation rule: second moments in [0.5, 2] after ten layers, for every kind of group."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import intertwine as tw
from groups_list import CASES, Case
from intertwine.errors import RepresentationError
from intertwine.nn import Attention, Gate, Linear, NormActivation, RMSNorm, Sequential
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.testing import assert_normalised

# One group of each kind here; every group of the list with `make test-exhaustive`.
SAMPLE = (
    "S4",
    "U(1)",
    "SU(2)",
    "SO(3)",
    "SU(3)",
    "G2",
    "SO(1,3)",
    "SU(2,1)",
    "Sp(4,R)",
    "SL(3,R)",
    "O(3)",
    "SO(1,3)xSU(2)",
)


def _features(case: Case, channels: int = 16) -> tw.Rep:
    irreps = [irrep for irrep in case.irreps if not irrep.is_trivial and irrep.real_dim <= 60][:4]
    return tw.Rep(case.group, [(channels, case.group.trivial), *((channels, irrep) for irrep in irreps)])


def _gated(rep: tw.Rep, depth: int) -> Sequential:
    gate = Gate(rep)
    return Sequential(*(layer for _ in range(depth) for layer in (Linear(rep, gate.rep_in), gate)))


def _normed(rep: tw.Rep, depth: int) -> Sequential:
    return Sequential(*(layer for _ in range(depth) for layer in (Linear(rep, rep), NormActivation(rep))))


def _check(case: Case) -> None:
    rep = _features(case)
    assert_normalised(lambda: _gated(rep, 10), initialisations=20, shape=(32,))
    assert_normalised(lambda: _normed(rep, 10), initialisations=10, shape=(32,))


@pytest.mark.parametrize("case", [case for case in CASES if case.name in SAMPLE], ids=str)
def test_ten_layers_keep_second_moments(case: Case) -> None:
    _check(case)


@pytest.mark.exhaustive
@pytest.mark.parametrize("case", [case for case in CASES if case.name not in SAMPLE], ids=str)
def test_ten_layers_keep_second_moments_for_every_group(case: Case) -> None:
    _check(case)


class _Scaled(EquivariantModule):
    """A layer whose author forgot a factor."""

    def __init__(self, rep: tw.Rep) -> None:
        super().__init__(rep, rep)
        self.linear = Linear(rep, rep)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = 1.1 * self.linear(x)
        return y


def test_a_forgotten_factor_is_found_out() -> None:
    rep = tw.Rep(tw.group("SO(3)"), "16x0 + 16x1")
    with pytest.raises(AssertionError, match=r"not normalised.*second moment"):
        assert_normalised(lambda: Sequential(*(_Scaled(rep) for _ in range(10))), initialisations=20)
    assert_normalised(lambda: Sequential(*(Linear(rep, rep) for _ in range(10))), initialisations=20)


def test_attention_and_norms() -> None:
    rep = tw.Rep(tw.group("SO(1,3)"), "8x(0,0) + 8x(1/2,1/2)")
    assert_normalised(lambda: RMSNorm(rep), initialisations=2)
    assert_normalised(lambda: Attention(rep, heads=2), shape=(64, 1), initialisations=20)


@pytest.mark.parametrize(("name", "irrep"), [("SO(1,3)", "(1/2,1/2)"), ("SO(1,2)", "1"), ("SU(2,1)", "3")])
def test_light_like_vectors_double_at_most_in_ten_layers(name: str, irrep: str) -> None:
    """No layer can tell a long light-like vector from a short one: what it does to them it does ten times."""
    rep = tw.Rep(tw.group(name), irrep)
    layer = NormActivation(rep, dtype=torch.float64)
    values, vectors = torch.linalg.eigh(torch.from_numpy(rep.metric))
    x = 100.0 * (vectors[:, 0] + vectors[:, -1] * (-values[0] / values[-1]).sqrt())
    growth = float((layer(x).norm() / x.norm()).detach()) ** 20
    assert 1.0 < growth <= 2.0 + 1e-9


def test_refusals() -> None:
    with pytest.raises(RepresentationError, match="declares no representation"):
        assert_normalised(lambda: nn.Linear(3, 3))
    rep = tw.Rep(tw.group("SO(3)"), "1")
    with pytest.raises(RepresentationError, match="of the output"):
        assert_normalised(lambda: nn.Linear(3, 3), rep)
    with pytest.raises(RepresentationError, match="does not fit rep_out"):
        assert_normalised(lambda: nn.Linear(3, 3), rep, rep * 2)
