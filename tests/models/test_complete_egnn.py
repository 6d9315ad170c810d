"""LorentzNet on complete sets beside the graph network with the same weights: values, gradients, running averages."""

from __future__ import annotations

import pytest
import torch
from jet_cases import jets, network

from intertwine.errors import ConfigurationError
from intertwine.models.complete_egnn import complete_egnn
from intertwine.models.egnn import EGNN, EGNNConfig
from intertwine.nn.pair_statistics import pair_statistics


@pytest.mark.parametrize("target", ["logits", "vectors"])
@pytest.mark.parametrize("training", [True, False])
def test_same_as_the_graph_network(training: bool, target: str) -> None:
    p, mask = jets(5)
    mask[1] = torch.tensor([True, False] * 5)  # holes in between
    p = p.masked_fill(p.isnan(), 1.0)
    found = []
    for backend in ("fused", "reference"):
        net = network("lorentz-net", target=target, dropout=0.0).train(training)
        net.backend = backend
        q = p.clone().requires_grad_()
        out = net(q, mask)
        weights = torch.randn(out.shape, dtype=out.dtype, generator=torch.Generator().manual_seed(2))
        (out * weights).sum().backward()
        gradients = [parameter.grad for parameter in net.parameters()]
        found.append((out.detach(), q.grad, *gradients, *(b for b in net.buffers())))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-9)


def test_statistics_of_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(3, 6, 4, dtype=torch.float64, generator=generator) + 5 for _ in range(2))
    u = torch.randn(3, 6, 6, 2, dtype=torch.float64, generator=generator) - 3
    w = torch.randn(2, 4, dtype=torch.float64, generator=generator)
    mask = torch.tensor([[True] * 6, [True, False] * 3, [True] + [False] * 5])
    pairs = (mask.unsqueeze(1) & mask.unsqueeze(2)) & ~torch.eye(6, dtype=torch.bool)
    rows = (a.unsqueeze(2) + b.unsqueeze(1) + u @ w)[pairs]
    mean, variance, count = pair_statistics(a, b, u, w, mask)
    assert int(count) == len(rows)
    torch.testing.assert_close(mean, rows.mean(0))
    torch.testing.assert_close(variance, rows.var(0, unbiased=False))
    assert not torch.allclose(variance, (a.unsqueeze(2) + b.unsqueeze(1) + u @ w).flatten(0, 2).var(0, unbiased=False))


def test_other_networks_are_refused() -> None:
    network_ = EGNN(EGNNConfig(scalars=2, scalars_out=1))
    with pytest.raises(ConfigurationError, match="LorentzNet"):
        complete_egnn(network_, torch.zeros(1, 3, 2), torch.zeros(1, 3, 3), torch.ones(1, 3, dtype=torch.bool))
