"""Sequential, Pooling, Attention, GRU: equivariance, masks, permutations, refusals; broken variants are found out."""

from __future__ import annotations

import pytest
import torch
from layer_cases import features, layer_groups, random_features

import intertwine as tw
from groups_list import Case
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import GRU, Attention, Gate, GRUCell, Linear, Pooling, RMSNorm, Sequential
from intertwine.testing import assert_equivariant, equivariance_error

FLOAT = torch.float64


@layer_groups()
def test_attention_commutes_with_the_group(case: Case) -> None:
    rep = features(case, largest=8)
    torch.manual_seed(0)
    layer = Attention(rep, heads=2, dtype=FLOAT)
    x = random_features(case, 2, 5, rep.dim)
    mask = torch.tensor([[True] * 5, [True, False, True, True, False]])
    bias = random_features(case, 2, 2, 5, 5)
    assert_equivariant(lambda y: layer(y, mask, bias), rep, rep, inputs=[x], tolerance=1e-11)


@layer_groups("SO(1,3)", "Sp(4,R)", "SU(2,1)")
def test_attention_with_euclidean_scores_is_found_out(case: Case) -> None:
    rep = features(case, largest=8)
    torch.manual_seed(0)
    layer = Attention(rep, heads=2, dtype=FLOAT)
    layer.forms.clear()
    assert equivariance_error(layer, rep, rep, inputs=[random_features(case, 2, 5, rep.dim)]).max > 1e-4


def test_irreps_and_their_duals_score_each_other() -> None:
    G = tw.group("SL(3,R)")
    rep = tw.Rep(G, "2x3 + 2x3bar")
    layer = Attention(rep, heads=1, dtype=FLOAT)
    x = torch.randn(2, 4, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    assert_equivariant(layer, rep, rep, inputs=[x])
    with pytest.raises(RepresentationError, match="nothing in rep_in gives"):
        Attention(tw.Rep(G, "2x3"))


@layer_groups("SO(3)", "SO(1,3)")
def test_attention_masks_permutations_and_context(case: Case) -> None:
    rep = features(case, largest=6)
    torch.manual_seed(1)
    layer = Attention(rep, heads=3, dtype=FLOAT)
    x = random_features(case, 2, 6, rep.dim)
    mask = torch.tensor([[True] * 4 + [False] * 2, [False] * 6])
    y = layer(x, mask)
    poisoned = x.clone()
    poisoned[~mask] = float("nan")
    torch.testing.assert_close(layer(x, mask, context=poisoned), y)  # what is masked has no influence, NaN neither
    torch.testing.assert_close(y[:1, :4], layer(x[:1, :4]))
    assert (y[1] == 0).all()  # nobody answers
    order = torch.randperm(6)
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order])
    assert layer(x, context=x[:, :3]).shape == x.shape
    assert layer(x[:, :0]).shape == (2, 0, rep.dim)
    assert layer(x[:0]).shape == (0, 6, rep.dim)


@layer_groups("SU(2)", "SO(1,3)")
def test_gradients_of_attention_and_gru(case: Case) -> None:
    rep = features(case, scalars=1, channels=1, largest=4)
    torch.manual_seed(0)
    x = random_features(case, 1, 2, rep.dim).requires_grad_()
    for layer in (Attention(rep, heads=1, dtype=FLOAT), GRU(rep, rep, dtype=FLOAT)):
        assert torch.autograd.gradcheck(layer, (x,))
        assert torch.autograd.gradgradcheck(layer, (x,))


@layer_groups()
def test_gru_commutes_with_the_group(case: Case) -> None:
    rep_in, rep_out = features(case, scalars=2), features(case, scalars=4, channels=3)
    torch.manual_seed(0)
    layer = GRU(rep_in, rep_out, dtype=FLOAT)
    x = random_features(case, 3, 6, rep_in.dim)
    assert_equivariant(layer, rep_in, rep_out, inputs=[x], tolerance=1e-11)
    mask = torch.ones(3, 6, dtype=torch.bool)
    mask[1, 3:] = False
    y = layer(x, mask)
    torch.testing.assert_close(y[1, 5], layer(x[1:2, :3])[0, 2])
    again = layer(x[:, 3:], memory=layer(x[:, :3])[:, -1])
    torch.testing.assert_close(again, layer(x)[:, 3:])
    assert layer(x[:, :0]).shape == (3, 0, rep_out.dim)


@layer_groups("SO(3)", "SU(3)", "SO(1,3)")
def test_a_gru_with_gates_by_component_is_found_out(case: Case) -> None:
    rep = features(case)
    cell = GRUCell(rep, rep, dtype=FLOAT)
    cell._over_components = lambda gates: gates.repeat(1, rep.dim)[..., : rep.dim]  # type: ignore[method-assign]
    inputs = [random_features(case, 4, rep.dim), random_features(case, 4, rep.dim)]
    broken = equivariance_error(cell, [rep, rep], rep, inputs=inputs).max
    assert broken > 1e-4


@layer_groups("SU(2)", "SO(3)", "Oh")
def test_memory_stays_bounded_for_compact_groups(case: Case) -> None:
    rep = features(case)
    torch.manual_seed(0)
    layer = GRU(rep, rep)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter *= 5
        y = layer(random_features(case, 2, 200, rep.dim, dtype=torch.float32) * 10)
    assert float(y[:, -1].square().mean()) < 2


@layer_groups()
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_pooling(case: Case, kind: str) -> None:
    rep = features(case)
    pool = Pooling(rep, kind)
    x = random_features(case, 3, 5, rep.dim)
    mask = torch.tensor([[True] * 5, [True, False, False, True, False], [False] * 5])
    assert_equivariant(lambda y: pool(y, mask), rep, rep, inputs=[x])
    y = pool(x.masked_fill(~mask.unsqueeze(-1), float("nan")), mask)
    torch.testing.assert_close(y[1], x[1, [0, 3]].sum(0) / (2 if kind == "mean" else 1))
    assert (y[2] == 0).all()
    torch.testing.assert_close(pool(x, torch.ones(3, 5, dtype=torch.bool)), pool(x))
    assert pool(x[:, :0]).tolist() == torch.zeros(3, rep.dim).tolist() or kind == "mean"


def test_the_maximum_is_for_invariants_only() -> None:
    G = tw.group("SO(3)")
    pool = Pooling(tw.Rep(G, "4x0"), "max")
    x = torch.arange(24.0).reshape(2, 3, 4)
    mask = torch.tensor([[True, True, False], [False] * 3])
    assert pool(x).tolist() == x[:, 2].tolist()
    assert pool(x, mask).tolist() == [x[0, 1].tolist(), [0.0] * 4]
    with pytest.raises(RepresentationError, match=r"maximum does not commute.*received 1.*Invariants"):
        Pooling(tw.Rep(G, "4x0 + 1"), "max")
    rep = tw.Rep(G, "2x1")
    inputs = [torch.randn(2, 5, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))]
    assert equivariance_error(lambda y: y.amax(-2), rep, rep, inputs=inputs).max > 1e-3


@layer_groups()
def test_sequential(case: Case) -> None:
    rep = features(case)
    torch.manual_seed(0)
    gate = Gate(rep)
    net = Sequential(
        Linear(rep, gate.rep_in, dtype=FLOAT), gate, RMSNorm(rep, dtype=FLOAT), Linear(rep, rep, dtype=FLOAT)
    )
    assert net.rep_in == rep == net.rep_out
    assert len(net) == 4
    assert_equivariant(net, rep, rep)
    with pytest.raises(RepresentationError, match=r"0 \(RMSNorm\) does not fit layer 1 \(Gate\); received rep_out"):
        Sequential(RMSNorm(rep), gate)


def test_refusals() -> None:
    G = tw.group("SO(3)")
    rep = tw.Rep(G, "4x0 + 2x1")
    with pytest.raises(RepresentationError, match="carries no representations"):
        Sequential(Linear(rep, rep), torch.nn.ReLU())
    with pytest.raises(RepresentationError, match="no layers"):
        Sequential()
    with pytest.raises(RepresentationError, match="nothing is ever written to"):
        GRU(rep, tw.Rep(G, "4x0 + 2"))
    with pytest.raises(ConfigurationError, match="heads"):
        Attention(rep, heads=0)
    with pytest.raises(RepresentationError, match="do not fit rep_in"):
        Pooling(rep)(torch.zeros(2, 3))
