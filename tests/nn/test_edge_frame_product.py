"""The so2 backend: equal to the reference to second order everywhere, poles included; refuses what is no harmonics."""

from __future__ import annotations

import jaxtyping
import numpy as np
import pytest
import torch
from scipy.linalg import expm

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import ChannelwiseProduct, Harmonics, MessagePassing
from intertwine.nn import edge_frame_product as frame
from intertwine.nn.edge_rotation import EdgeRotation
from intertwine.nn.kernels.native import compiler
from intertwine.nn.product_backend import choose_backend
from intertwine.testing import assert_equivariant, equivariance_error

CASES = [
    ("SO(3)", "3x0 + 3x2 + 3x4", 4, "3x0 + 3x1 + 3x4"),
    ("O(3)", "5x0e + 5x1o + 5x1e + 5x5o", 5, "5x0o + 5x1o + 5x4e + 5x5e"),
    ("O(3)", "2x6e", 6, "2x0e + 2x3o + 2x6e"),
]
INNER = ["reference", pytest.param("fused", marks=pytest.mark.skipif(compiler() is None, reason="no C++ compiler"))]
# both poles, next to them, the seam between the two charts, and anywhere
VECTORS = torch.tensor(
    [[0, 0, 1], [0, 0, -2], [1e-9, 0, 1], [1e-7, -1e-8, -1], [1, 0, 0], [0.6, 0.8, 0], [0.3, -0.5, 0.7], [-1, 2, -0.5]],
    dtype=torch.float64,
)


class OfDirection(torch.nn.Module):
    """(x1, r) → product of x1 and the harmonics of r, with weights of its own."""

    def __init__(self, case: tuple[str, str, int, str], backend: str, weights: str = "shared") -> None:
        super().__init__()
        group = tw.group(case[0])
        vector = group.irrep("1o" if case[0] == "O(3)" else "1")
        self.harmonics = Harmonics(vector, case[2])
        rep_1, rep_out = tw.Rep(group, case[1]), tw.Rep(group, case[3])
        torch.manual_seed(0)
        self.product = ChannelwiseProduct(
            rep_1, self.harmonics.rep_out, rep_out, weights=weights, backend=backend, dtype=torch.float64
        )
        self.reps_in, self.rep_out = [rep_1, tw.Rep(group, vector)], rep_out

    def forward(self, x1: torch.Tensor, r: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
        out: torch.Tensor = self.product(x1, self.harmonics(r), weight)
        return out


@pytest.fixture(params=INNER)
def inner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the so2 backend uses within."""
    monkeypatch.setattr(frame, "choose_channelwise_backend", lambda *_: request.param)
    return str(request.param)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("sparse", [False, pytest.param(True, marks=INNER[1].marks)])
def test_rotations_are_those_of_the_generators(sparse: bool) -> None:
    irreps = [tw.group("SO(3)").irrep(str(degree)) for degree in (0, 1, 2, 3, 7)]
    n = torch.nn.functional.normalize(VECTORS, dim=-1)
    rows = EdgeRotation(irreps, sparse=sparse)(n)
    for irrep, D in zip(irreps, rows.split([i.real_dim**2 for i in irreps], dim=1), strict=True):
        for (x, y, z), found in zip(n.tolist(), D.reshape(-1, irrep.real_dim, irrep.real_dim).numpy(), strict=True):
            down = z < 0
            if down:
                y, z = -y, -z
            sine = np.hypot(x, y)
            u = np.arctan2(sine, z) / sine if sine else 0.0
            turn = expm(u * (x * irrep.generators[1] - y * irrep.generators[0]))
            expected = expm(np.pi * irrep.generators[0]) @ turn if down else turn
            assert np.abs(found - expected).max() < 1e-12


@pytest.mark.parametrize("case", CASES, ids=str)
def test_equal_to_the_reference_to_second_order(case: tuple[str, str, int, str], inner: str) -> None:
    results = []
    for backend in ("so2", "reference"):
        net = OfDirection(case, backend, "per_sample")
        n = len(VECTORS)
        inputs = [normal(n, net.product.rep_1.dim), VECTORS.clone(), normal(n, net.product.weight_numel, seed=1)]
        for x in inputs:
            x.requires_grad_()
        out = net(*inputs)
        g = normal(*out.shape, seed=2).requires_grad_()
        first = torch.autograd.grad(out, inputs, g, create_graph=True)
        total = torch.stack([(a * normal(*a.shape, seed=3)).sum() for a in first]).sum()
        results.append([out, *first, *torch.autograd.grad(total, [*inputs, g])])
    for a, b in zip(*results, strict=True):
        assert (a - b).abs().max() < 1e-11 * (1 + b.abs().max())


def test_another_coefficient_is_found_out(inner: str) -> None:
    ours, theirs = OfDirection(CASES[0], "so2"), OfDirection(CASES[0], "reference")
    assert ours.product.in_frame is not None
    x1, r = normal(8, ours.product.rep_1.dim), VECTORS
    assert torch.allclose(ours(x1, r), theirs(x1, r), atol=1e-12)
    ours.product.in_frame._coefficients[-1] += 0.1
    ours.product.in_frame.plan.paths[-1].maps[-1, -1, -1] += 0.1
    assert not torch.allclose(ours(x1, r), theirs(x1, r), atol=1e-3)


def test_equivariant_and_a_fixed_direction_is_not(inner: str) -> None:
    net = OfDirection(CASES[1], "so2")
    assert_equivariant(net, net.reps_in, net.rep_out)
    assert_equivariant(net, net.reps_in, net.rep_out, dtype=torch.float32)
    net.harmonics.register_forward_hook(lambda _, __, y: y.roll(1, 0))
    assert equivariance_error(net, net.reps_in, net.rep_out).max < 1e-12  # other directions, still directions
    axis = net.harmonics(VECTORS[-1:])
    net.harmonics.register_forward_hook(lambda _, __, y: axis.expand_as(y))
    assert equivariance_error(net, net.reps_in, net.rep_out).max > 1e-3


def test_gradients_by_finite_differences() -> None:
    net = OfDirection(("SO(3)", "1 + 2", 2, "1 + 2"), "so2", "per_sample")
    inputs = (normal(2, 8), VECTORS[[1, 6]], normal(2, net.product.weight_numel, seed=1))
    for x in inputs:
        x.requires_grad_()
    assert torch.autograd.gradcheck(net, inputs)
    assert torch.autograd.gradgradcheck(net, inputs)


@pytest.mark.parametrize("weights", ["shared", "per_sample"])
def test_messages_equal_the_reference(weights: str, inner: str) -> None:
    group = tw.group("O(3)")
    edge = Harmonics(group.irrep("1o"), 4)
    hidden = tw.Rep(group, "3x0e + 3x1o + 3x4e")
    sender, receiver = torch.tensor([0, 3, 3, 1, 0, 2, 0, 4]), torch.tensor([1, 2, 1, 1, 4, 0, 0, 4])
    results = []
    for backend in ("so2", "reference"):
        torch.manual_seed(0)
        layer = MessagePassing(hidden, edge.rep_out, hidden, weights=weights, backend=backend, dtype=torch.float64)
        assert layer.backend == backend
        x, r = normal(5, hidden.dim).requires_grad_(), VECTORS.clone().requires_grad_()
        given = normal(8, layer.weight_numel) if weights == "per_sample" else None
        out = layer(x, edge(r), sender, receiver, given, receivers=6)
        first = torch.autograd.grad(out, (x, r), normal(*out.shape, seed=3), create_graph=True)
        results.append([out, *first, *torch.autograd.grad(first[1].square().sum(), (x, r))])
    for a, b in zip(*results, strict=True):
        assert (a - b).abs().max() < 1e-11 * (1 + b.abs().max())


def test_no_vector_and_lengths_of_their_own(inner: str) -> None:
    """Several channels of harmonics of one direction, each with a factor; an edge of length 0 has scalars only."""
    group = tw.group("SO(3)")
    rep_1, rep_2 = tw.Rep(group, "2x1 + 2x3"), tw.Rep(group, "0 + 3x1 + 2x4")
    ours = ChannelwiseProduct(rep_1, rep_2, rep_1, backend="so2", dtype=torch.float64)
    theirs = ChannelwiseProduct(rep_1, rep_2, rep_1, backend="reference", dtype=torch.float64)
    theirs.load_state_dict(ours.state_dict())
    y = Harmonics(group.irrep("1"), 4)(VECTORS)
    x2 = torch.cat(
        [y[:, :1], (y[:, 1:4, None] * normal(8, 1, 3)).flatten(1), (y[:, 16:, None] * normal(8, 1, 2)).flatten(1)], 1
    )
    x2[3, 1:] = 0
    x1 = normal(8, rep_1.dim)
    assert torch.allclose(ours(x1, x2), theirs(x1, x2), atol=1e-12)
    x2.requires_grad_()
    assert torch.autograd.grad(ours(x1, x2).sum(), x2)[0].isfinite().all()
    assert ours(x1[:0], x2[:0]).shape == (0, rep_1.dim)


def test_what_the_backend_cannot_do_is_said() -> None:
    group = tw.group("SO(3)")
    rep = tw.Rep(group, "2x0 + 2x1")
    with pytest.raises(RepresentationError, match=r"l = 1 among them; received SO\(3\), rep_2 = 0 \+ 2"):
        ChannelwiseProduct(rep, tw.Rep(group, "0 + 2"), rep, backend="so2")
    eight = tw.Rep(tw.group("SU(3)"), "2x8")
    with pytest.raises(RepresentationError, match=r"SO\(3\) or O\(3\).*received SU\(3\)"):
        ChannelwiseProduct(eight, tw.Rep(eight.group, "8"), eight, backend="so2")
    layer = ChannelwiseProduct(rep, tw.Rep(group, "0 + 1 + 2"), rep, backend="so2")
    with pytest.raises(ConfigurationError, match=r"harmonics of one direction a sample; received .*off the harmonics"):
        layer(torch.randn(4, rep.dim), torch.randn(4, 9))
    with pytest.raises(ConfigurationError, match="unknown backend"):
        choose_backend("so2", None)  # type: ignore[arg-type]  # as products without harmonics call it


def test_transforms_and_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # shape checks are no part of a graph
    net = OfDirection(("SO(3)", "2x0 + 2x1", 2, "2x1 + 2x2"), "so2")
    x1, r = normal(3, 4, net.product.rep_1.dim), normal(3, 4, 3, seed=1)
    assert torch.allclose(torch.func.vmap(net)(x1, r), net(x1, r))
    force = torch.func.vmap(torch.func.grad(lambda one, at: net(one, at).sum(), argnums=1))(x1, r)
    at = r.clone().requires_grad_()
    assert torch.allclose(force, torch.autograd.grad(net(x1, at).sum(), at)[0])
    compiled = torch.compile(net, fullgraph=True, backend="aot_eager")
    found = torch.autograd.grad(compiled(x1, at).sum(), at)[0]
    assert torch.allclose(found, force)

    y = net.harmonics(r)
    y[0, 1] = normal(9)  # no harmonics: no number comes out where none can be looked at
    assert torch.func.vmap(net.product)(x1, y).isnan().any(dim=-1).sum() == 1
