"""The fused product inside torch: operators, vmap, compile, export, autocast, copies, the meta device, compiling."""

from __future__ import annotations

import copy
import logging
import pickle
import subprocess
from pathlib import Path

import jaxtyping
import pytest
import torch
from torch.func import functional_call, grad, stack_module_state, vmap

import intertwine as tw
from intertwine.errors import ConfigurationError, MissingDependencyError
from intertwine.nn import ChannelwiseProduct
from intertwine.nn.kernels import native
from intertwine.nn.product_backend import check_fused_device

pytestmark = pytest.mark.skipif(native.compiler() is None, reason="no C++ compiler here")
G = tw.group("SO(3)")
REP_1, REP_2 = tw.Rep(G, "2x0 + 2x1"), tw.Rep(G, "0 + 1")


def layer(**options: object) -> ChannelwiseProduct:
    torch.manual_seed(0)
    return ChannelwiseProduct(REP_1, REP_2, REP_1, **{"backend": "fused", "dtype": torch.float64, **options})  # type: ignore[arg-type]


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


EDGES = (torch.tensor([0, 1, 1, 2]), torch.tensor([2, 0, 2, 2]))


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("graph", [False, True])
def test_operators_are_well_formed(shared: bool, graph: bool) -> None:
    from intertwine.nn.product_fused import channelwise, channelwise_backward, channelwise_double_backward

    plan = layer().plan
    constants = (torch.from_numpy(plan.words), torch.from_numpy(plan.coefficients))
    x1, x2, g = normal(4, REP_1.dim).requires_grad_(), normal(4, REP_2.dim).requires_grad_(), normal(4, REP_1.dim)
    weight = normal(*((4,) * (not shared)), plan.weight_numel).requires_grad_()
    edges = EDGES if graph else (None, None)
    torch.library.opcheck(channelwise, (x1, x2, weight, *edges, 4, *constants, REP_1.dim))
    g.requires_grad_()
    torch.library.opcheck(channelwise_backward, (g, x1, x2, weight, *edges, *constants, [True, True, True]))
    plain = [x.detach() for x in (g, x1, x2, weight)]
    wanted = [not graph, True, True, True]
    torch.library.opcheck(channelwise_double_backward, (*plain, *plain[1:], *edges, *constants, wanted))


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("axes", [(0, 0, 0), (1, None, 0), (None, 0, None), (0, 0, None)])
def test_vmap_equals_a_loop_to_second_order(axes: tuple[int | None, ...], shared: bool, graph: bool) -> None:
    from intertwine.nn.product_transforms import fused_product

    plan = layer().plan
    constants = (torch.from_numpy(plan.words), torch.from_numpy(plan.coefficients), REP_1.dim)
    edges = EDGES if graph else (None, None)
    shapes = [(4, REP_1.dim), (4, REP_2.dim), (plan.weight_numel,) if shared else (4, plan.weight_numel)]
    inputs = [
        normal(*shape) if axis is None else normal(3, *shape).movedim(0, axis).contiguous()
        for shape, axis in zip(shapes, axes, strict=True)
    ]
    cotangent, second = normal(4, REP_1.dim), [normal(*shape) for shape in shapes]

    def energy(*x: torch.Tensor) -> torch.Tensor:
        return (fused_product(*x, *edges, 4, *constants) * cotangent).sin().sum()

    def force_loss(*x: torch.Tensor) -> torch.Tensor:
        first = grad(energy, (0, 1, 2))(*x)
        return torch.stack([(a * b).sum() for a, b in zip(first, second, strict=True)]).sum()

    for f in (energy, grad(energy, (0, 1, 2)), grad(force_loss, (0, 1, 2))):
        ours = vmap(f, in_dims=axes)(*inputs)
        loop = [f(*(x if a is None else x.select(a, b) for x, a in zip(inputs, axes, strict=True))) for b in range(3)]
        if isinstance(ours, torch.Tensor):
            ours, loop = (ours,), [(one,) for one in loop]
        for i, found in enumerate(ours):
            torch.testing.assert_close(found, torch.stack([one[i] for one in loop]), rtol=1e-12, atol=1e-12)


def test_ensembles_train_as_one_batched_model() -> None:
    models = [layer() for _ in range(3)]
    for i, model in enumerate(models):
        model.reset_parameters(torch.Generator().manual_seed(i))
    parameters, _ = stack_module_state(models)  # type: ignore[arg-type]
    x1, x2 = normal(5, REP_1.dim), normal(5, REP_2.dim)

    def loss(own: dict[str, torch.Tensor]) -> torch.Tensor:
        return functional_call(models[0], own, (x1, x2)).square().sum()

    found = vmap(grad(loss))(parameters)["weight"]
    for model, ours in zip(models, found, strict=True):
        model(x1, x2).square().sum().backward()
        assert model.weight is not None
        torch.testing.assert_close(ours, model.weight.grad)


def test_compiles_in_one_graph_and_exports_with_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # shape checks are no part of a graph
    module, x1, x2 = layer(), normal(5, REP_1.dim), normal(5, REP_2.dim)
    x1.requires_grad_()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x1, x2), module(x1, x2))
    plain = torch.autograd.grad(module(x1, x2).sin().sum(), x1)
    torch.testing.assert_close(torch.autograd.grad(compiled(x1, x2).sin().sum(), x1), plain)
    batch = torch.export.Dim("batch")
    program = torch.export.export(module, (x1, x2), dynamic_shapes=({0: batch}, {0: batch}), strict=False)
    assert any("intertwine.channelwise" in str(node.target) for node in program.graph.nodes)
    torch.testing.assert_close(program.module()(normal(7, REP_1.dim), x := normal(7, REP_2.dim)),
                               module(normal(7, REP_1.dim), x))  # fmt: skip


@pytest.mark.parametrize("backend", ["reference", "fused"])
def test_autocast_leaves_products_in_float32(backend: str) -> None:
    module = layer(backend=backend, dtype=torch.float32)
    x1, x2 = normal(5, REP_1.dim).bfloat16(), normal(5, REP_2.dim).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = module(x1, x2)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, module(x1.float(), x2))


def test_copies_and_pickles_are_the_same_function() -> None:
    module, x1, x2 = layer(), normal(5, REP_1.dim), normal(5, REP_2.dim)
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(other(x1, x2), module(x1, x2))
    assert list(module.state_dict()) == ["weight"]


def test_meta_device_gives_shapes_and_is_filled_on_a_cpu() -> None:
    module = layer(device="meta", backend=None)
    assert module(normal(5, REP_1.dim).to("meta"), normal(5, REP_2.dim).to("meta")).shape == (5, REP_1.dim)
    module, other = module.to_empty(device="cpu"), layer()
    module.load_state_dict(other.state_dict())
    x1, x2 = normal(5, REP_1.dim), normal(5, REP_2.dim)
    assert torch.equal(module(x1, x2), other(x1, x2))


def test_wrong_devices_and_precisions_are_named() -> None:
    class Elsewhere:
        device = torch.device("cuda:0")

    with pytest.raises(ConfigurationError, match='device="cuda"'):
        check_fused_device(Elsewhere())  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="one precision"):
        layer()(normal(5, REP_1.dim).float(), normal(5, REP_2.dim))


def test_a_long_compilation_is_announced_and_a_failing_one_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = tmp_path / "kernel.so"
    monkeypatch.setattr(native, "PATIENCE", 0.05)
    with caplog.at_level(logging.INFO, logger=native.logger.name):
        native._compile(["sh", "-c", "sleep 0.3"], target, "compiling the kernels")
    assert "compiling the kernels" in caplog.text
    assert target.exists()
    with pytest.raises(MissingDependencyError, match="no such luck"):
        native._compile(["sh", "-c", "echo no such luck >&2; exit 1"], target, "compiling the kernels")
    assert subprocess.run(["ls", str(tmp_path)], capture_output=True, text=True, check=True).stdout == "kernel.so\n"
