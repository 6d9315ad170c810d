"""Networks of points: one list of models, the same tests of symmetry, order, batches, forces, and what breaks them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import intertwine as tw
from intertwine.errors import ConfigurationError, DataError, RepresentationError
from intertwine.models.egnn import EGNN, EGNNConfig
from intertwine.models.lie_conv import LieConv, LieConvConfig, LiftedNetwork
from intertwine.models.lie_transformer import LieTransformer
from intertwine.models.point_perceptron import PointPerceptron
from intertwine.models.se3_transformer import SE3Transformer, SE3TransformerConfig
from intertwine.models.tensor_product_network import TensorProductNetwork, TensorProductNetworkConfig
from intertwine.nn.complete_graphs import complete_graph
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.lifting import lifting_elements
from intertwine.representations import Rep
from intertwine.testing import equivariance_error

TOLERANCE = 1e-10
POINTS = 4


class Case(NamedTuple):
    """A network as a function of node features and a graph, with what goes in and comes out of each node."""

    build: Callable[[], nn.Module]
    apply: Callable[[nn.Module, Tensor, GraphBatch], Tensor]
    rep_in: str
    rep_out: str
    group: str = "O(3)"
    vector: str = "1o"
    translations: bool = True
    origin_out: bool = False  # the output moves along with a translation

    def reps(self) -> tuple[Rep, Rep, Rep]:
        group = tw.group(self.group)
        return Rep(group, self.rep_in), Rep(group, self.vector), Rep(group, self.rep_out)


def plain(net: nn.Module, x: Tensor, graph: GraphBatch) -> Tensor:
    y: Tensor = net(x, graph)
    return y


def tensor_product(**options: object) -> Case:
    config = TensorProductNetworkConfig.model_validate({"channels": 8, "layers": 2, "neighbours": 3, **options})
    return Case(lambda: TensorProductNetwork(config), plain, config.rep_in, config.rep_out, config.group, config.vector)


def transformer(**options: object) -> Case:
    config = SE3TransformerConfig.model_validate({"layers": 2, **options})
    return Case(lambda: SE3Transformer(config), plain, config.rep_in, config.rep_out, config.group, config.vector)


def lifted(kind: type[LiftedNetwork], **options: object) -> Case:
    """All 24 elements of a crystal's group: exact."""
    config = LieConvConfig.model_validate(
        {"group": "Td", "vector": "T2", "rep_in": "A1 + T2", "rep_out": "A1 + T2", "lifts": 24, "width": 8,
         "layers": 1, "heads": 2, **options}
    )  # fmt: skip
    return Case(lambda: kind(config), plain, config.rep_in, config.rep_out, config.group, config.vector)


def of_config(config: TensorProductNetworkConfig) -> Case:
    return Case(lambda: TensorProductNetwork(config), plain, config.rep_in, config.rep_out, config.group, config.vector)


def egnn(**options: object) -> Case:
    config = EGNNConfig.model_validate({"scalars": 2, "width": 16, "layers": 2, **options})
    return Case(
        lambda: EGNN(config), lambda net, x, graph: net(x, graph)[1], " + ".join(["0e"] * 2), "1o", origin_out=True
    )


lorentz = EGNNConfig.lorentz_net(width=16, layers=2, pooling="none")
CASES = {
    "tfn": tensor_product(rep_in="2x0e + 1o", hidden="8x0e + 8x1o + 4x2e + 4x1e", rep_out="0e + 1o", cutoff=6.0),
    "tensor products, ends": tensor_product(
        rep_in="2x0e", hidden="8x0e + 8x1o + 8x0o + 4x1e + 4x2e", rep_out="0o + 2e", node_dependent=True, layers=3
    ),
    "lorentz group network": tensor_product(
        group="SO(1,3)", vector="(1/2,1/2)", rep_in="(0,0) + (1/2,1/2)", directions=False, normalise=True,
        hidden="8x(0,0) + 8x(1/2,1/2) + 4x(1,0)", rep_out="(0,0) + (1/2,1/2)",
    ),
    "five dimensions": tensor_product(
        group="O(5)", vector="5o", rep_in="2x1e", hidden="8x1e + 8x5o + 2x14e", rep_out="1e + 5o"
    ),
    "a crystal's group": tensor_product(
        group="Oh", vector="T1u", rep_in="2xA1g", hidden="8xA1g + 4xT1u + 4xEg", rep_out="Eg + A1g"
    ),
    "se3 transformer": transformer(
        rep_in="2x0e + 1o", hidden="8x0e + 8x1o + 4x2e", rep_out="0e + 1o", cutoff=6.0, channels=8, heads=2
    ),
    "graph transformer of the Lorentz group": transformer(
        group="SO(1,3)", vector="(1/2,1/2)", rep_in="(0,0) + (1/2,1/2)", directions=False, channels=4,
        hidden="8x(0,0) + 8x(1/2,1/2)", rep_out="(0,0) + (1/2,1/2)",
    ),
    "lieconv": lifted(LieConv),
    "lie transformer": lifted(LieTransformer),
    "schnet": of_config(TensorProductNetworkConfig.schnet(rep_in="2x0e", width=16, layers=2)),
    "egnn": egnn(),
    "egnn, attention": egnn(attention=True, activation="tanh"),
    "lorentznet": Case(
        lambda: EGNN(lorentz).eval(), lambda net, x, graph: net(x, graph)[0], "(0,0)", "2x(0,0)", "SO(1,3)",
        "(1/2,1/2)", translations=False,
    ),
}  # fmt: skip
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def made(case: Case) -> nn.Module:
    torch.manual_seed(0)
    return case.build().double()


def of_points(case: Case, net: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """A function of features and positions [points, ...] of one complete graph."""
    return lambda x, p: case.apply(net, x, complete_graph(p.unsqueeze(0)))


def points(case: Case, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    rep_in, rep_vector, _ = case.reps()
    x, p = (torch.randn(POINTS, rep.dim, dtype=torch.float64, generator=generator) for rep in (rep_in, rep_vector))
    return x, p


@each
def test_commutes_with_the_group_and_not_when_broken(case: Case) -> None:
    rep_in, rep_vector, rep_out = case.reps()
    f, inputs = of_points(case, made(case)), points(case)
    found = equivariance_error(f, [rep_in, rep_vector], rep_out, inputs=inputs)
    assert found.max < TOLERANCE
    broken = equivariance_error(
        lambda x, p: f(x, p * torch.linspace(1, 1.1, p.shape[1]).double()), [rep_in, rep_vector], rep_out, inputs=inputs
    )
    assert broken.max > 1e-6


@each
def test_translations(case: Case) -> None:
    f, (x, p) = of_points(case, made(case)), points(case)
    shift = torch.linspace(-1, 2, p.shape[1]).double()
    expected = f(x, p) + shift if case.origin_out else f(x, p)
    error = (f(x, p + shift) - expected).abs().max() / expected.abs().max()
    assert (error < TOLERANCE) == case.translations


@each
def test_order_and_batches_do_not_matter(case: Case) -> None:
    net, generator = made(case), torch.Generator().manual_seed(1)
    rep_in, rep_vector, _ = case.reps()
    p = torch.randn(3, 5, rep_vector.dim, dtype=torch.float64, generator=generator)
    x = torch.randn(3, 5, rep_in.dim, dtype=torch.float64, generator=generator)
    mask = torch.ones(3, 5, dtype=torch.bool)
    mask[0, 3:] = mask[2, 0] = False
    p[~mask], x[~mask] = float("nan"), float("nan")
    together = case.apply(net, x[mask], complete_graph(p, mask))
    alone = [case.apply(net, x[i][mask[i]], complete_graph(p[i][mask[i]].unsqueeze(0))) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=TOLERANCE, atol=TOLERANCE)
    order = torch.tensor([3, 0, 4, 2, 1])
    turned = case.apply(net, x[1][order], complete_graph(p[1][order].unsqueeze(0)))
    torch.testing.assert_close(turned, alone[1][order], rtol=TOLERANCE, atol=TOLERANCE)
    assert not torch.allclose(turned, alone[1], rtol=1e-3)


@each
def test_gradients_are_equivariant_and_have_gradients(case: Case) -> None:
    rep_in, rep_vector, rep_out = case.reps()
    f, (x, p) = of_points(case, made(case)), points(case)
    trivial = [where for block, where in zip(rep_out.blocks, rep_out.slices, strict=True) if block.irrep.is_trivial]

    def energy(x: Tensor, p: Tensor) -> Tensor:
        y = f(x, p)
        if trivial:
            return y[..., trivial[0]].sum()
        metric = torch.from_numpy(rep_out.metric)
        apart = y - y.mean(0)
        return (apart @ metric * apart).sum()

    def forces(x: Tensor, p: Tensor) -> Tensor:
        with torch.enable_grad():
            p = p.detach().requires_grad_()
            (g,) = torch.autograd.grad(energy(x, p), p)
        return g @ torch.from_numpy(rep_vector.metric)

    assert equivariance_error(forces, [rep_in, rep_vector], rep_vector, inputs=(x, p)).max < TOLERANCE
    p.requires_grad_()
    (g,) = torch.autograd.grad(energy(x, p), p, create_graph=True)
    (second,) = torch.autograd.grad(g.square().sum(), p)
    step = 1e-6 * torch.randn(p.shape, generator=torch.Generator().manual_seed(2)).double()
    ends = []
    for sign in (1, -1):
        q = (p.detach() + sign * step).requires_grad_()
        ends.append(float(torch.autograd.grad(energy(x, q), q)[0].square().sum().detach()))
    assert (ends[0] - ends[1]) / 2 == pytest.approx(float((second * step).sum()), rel=1e-5, abs=1e-12)


def test_a_wrong_parity_fails() -> None:
    case = tensor_product(rep_in="2x0e", hidden="8x0e + 8x1o + 4x1e", rep_out="1e")
    rep_in, rep_vector, _ = case.reps()
    wrong = equivariance_error(
        of_points(case, made(case)), [rep_in, rep_vector], Rep(rep_in.group, "1o"), inputs=points(case)
    )
    assert wrong.max > 0.1


def test_messages_end_smoothly_at_the_cutoff_and_not_when_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    case = tensor_product(rep_in="2x0e", hidden="8x0e + 8x1o", rep_out="0e", cutoff=2.0, pooling="sum", layers=1)
    net, x = made(case), torch.ones(2, 2, dtype=torch.float64)

    def jump(width: float) -> float:
        ends = [
            case.apply(net, x, complete_graph(torch.tensor([[[0.0, 0, 0], [0, r, 0]]]).double()))
            for r in (2 - width, 2 + width)
        ]
        return float((ends[0] - ends[1]).detach().abs())

    assert jump(1e-3) < 1e-6
    assert jump(1e-4) < 1e-9
    monkeypatch.setattr(net.encoding, "envelope", lambda vectors: torch.ones_like(vectors[..., 0]))
    assert jump(1e-3) > 1e-6 or jump(1e-4) > 1e-7


def test_pooled_outputs_are_sums_and_means_of_nodes() -> None:
    options = {"rep_in": "2x0e", "hidden": "8x0e + 8x1o", "rep_out": "0e + 1o"}
    x, p = torch.ones(8, 2).double(), torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0)).double()
    single = made(tensor_product(**options))(x, complete_graph(p)).unflatten(0, (2, 4))
    total = made(tensor_product(pooling="sum", **options))(x, complete_graph(p))
    mean = made(tensor_product(pooling="mean", **options))(x, complete_graph(p))
    torch.testing.assert_close(total, single.sum(1))
    torch.testing.assert_close(mean, single.mean(1))


def test_the_trivial_group_gives_a_graph_network_that_nothing_binds() -> None:
    case = tensor_product(group="C1", vector="3xA", rep_in="2xA", hidden="8xA", rep_out="3xA")
    net = made(case)
    x, p = torch.ones(4, 2).double(), torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(0)).double()
    turned = net(x, complete_graph(p @ torch.tensor([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]).double()))
    assert (turned - net(x, complete_graph(p))).abs().max() > 1e-3


@pytest.mark.parametrize("kind", [LieConv, LieTransformer])
def test_lifts_to_a_continuous_group_are_exact_where_they_move_along(kind: type[LiftedNetwork]) -> None:
    group = tw.group("O(3)")
    config = LieConvConfig(rep_in="0e + 1o", rep_out="0e + 1o", lifts=3, width=8, layers=2, heads=2)
    elements, g = lifting_elements(group, 3, seed=1), group.sample(np.random.default_rng(5))
    x, p = points(lifted(kind))
    found = []
    for chosen in (elements, [g @ h for h in elements]):
        torch.manual_seed(0)
        net = kind(config, elements=chosen).double()
        turn_in, turn = (torch.from_numpy(Rep(group, one).matrix(g)) for one in (config.rep_in, "1o"))
        moved = [(x, p), (x @ turn_in.T, p @ turn.T)]
        found.append([net(given[0], complete_graph(given[1].unsqueeze(0))) for given in moved])
    turn_out = torch.from_numpy(Rep(group, config.rep_out).matrix(g))
    torch.testing.assert_close(found[1][1], found[0][0] @ turn_out.T, rtol=TOLERANCE, atol=TOLERANCE)
    assert (found[0][1] - found[0][0] @ turn_out.T).abs().max() > 1e-3  # elements that stay where they were
    with pytest.raises(ConfigurationError, match="no average over a non-compact group"):
        kind(LieConvConfig(group="SO(1,3)", vector="(1/2,1/2)", rep_in="(0,0)", rep_out="(0,0)"))


def test_the_perceptron_knows_no_symmetry() -> None:
    torch.manual_seed(0)
    net, generator = PointPerceptron(4, 2, 3, 3, (16,)).double(), torch.Generator().manual_seed(0)
    x, p = torch.ones(8, 2).double(), torch.randn(2, 4, 3, dtype=torch.float64, generator=generator)
    y = net(x, complete_graph(p)).unflatten(0, (2, 4))
    assert y.shape == (2, 4, 3)
    assert (net(x, complete_graph(p.flip(1))).unflatten(0, (2, 4)) - y.flip(1)).abs().max() > 1e-3
    assert (net(x, complete_graph(p + 1)) - y.flatten(0, 1)).abs().max() > 1e-3
    with pytest.raises(DataError, match="graphs of another size"):
        net(x[:6], complete_graph(p[:, :3]))


def test_lorentz_net_has_the_published_inputs() -> None:
    torch.manual_seed(0)
    net = EGNN(EGNNConfig.lorentz_net(width=16, layers=2)).eval()
    assert net(torch.ones(5, 1), complete_graph(torch.randn(1, 5, 4)))[0].shape == (1, 2)
    # sgn(s) log(1 + |s|) of both invariants and the given scalars again
    assert net.layers[0].edge_in.weight.shape == (16, 2 * 16 + 2)
    assert net.layers[0].node[0].weight.shape == (16, 2 * 16 + 1)
    assert net.layers[-1].move is None


def test_errors_name_what_does_not_fit() -> None:
    net = made(egnn(edge_invariants=2))
    with pytest.raises(ConfigurationError, match=r"received 0 invariants an edge.*expected edge_invariants=2"):
        net(torch.ones(3, 2).double(), complete_graph(torch.randn(1, 3, 3).double()))
    with pytest.raises(RepresentationError, match="a vector without a metric"):
        EGNN(EGNNConfig(group="SL(3,R)", vector="3", scalars=1))
    with pytest.raises(RepresentationError, match="nothing leads to 0o in 2 layers"):
        made(tensor_product(rep_in="0e", hidden="4x0e + 4x1o + 4x1e + 4x0o", rep_out="0o"))
    with pytest.raises(RepresentationError, match="no length without a definite form"):
        made(tensor_product(
            group="SO(1,3)", vector="(1/2,1/2)", rep_in="(0,0)", hidden="8x(0,0)", rep_out="(0,0)", cutoff=1.0,
            directions=False,
        ))  # fmt: skip
    other = made(tensor_product(rep_in="0e", hidden="8x0e", rep_out="0e", edge_invariants=1))
    with pytest.raises(ConfigurationError, match="invariants of the edges; received 0 of them; expected 1"):
        other(torch.ones(3, 1).double(), complete_graph(torch.randn(1, 3, 3).double()))
