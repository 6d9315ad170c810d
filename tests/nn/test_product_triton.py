"""The Triton kernels, on a GPU or in Triton's interpreter: equal to the reference to second order, for any graph."""

from __future__ import annotations

import os
from importlib.util import find_spec
from types import ModuleType

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, MissingDependencyError
from intertwine.nn import ChannelwiseProduct, FullyConnectedProduct, MessagePassing, product_backend, product_triton
from intertwine.nn.product_plan import ProductPlan, channelwise_plan
from intertwine.nn.product_reference import reference_product
from intertwine.nn.product_roles import roles_of

SMALL = ("SO(3)", "2x0 + 2x1", "0 + 1", "2x0 + 2x1")  # the interpreter takes a millisecond an operation
CASES = [
    (SMALL, False, "shared"),
    (SMALL, True, "per_sample"),
    (SMALL, True, "groups"),
    (("SU(3)", "2x3", "3", "2x3"), False, "per_sample"),
    (("S3", "70x(2,1)", "(2,1)", "70x(3) + 70x(2,1)"), True, "shared"),  # more channels than a program's
]
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
if DEVICE == "cpu":
    os.environ.setdefault("TRITON_INTERPRET", "1")  # read when triton is imported
SENDER, RECEIVER = (torch.tensor(x, device=DEVICE) for x in ([0, 3, 3, 1, 0], [1, 2, 1, 1, 5]))
NODES, ROWS = 4, 6


@pytest.fixture
def kernels() -> ModuleType:
    """product_triton, its kernels interpreted where there is no GPU."""
    if find_spec("triton") is None:
        pytest.skip("triton is not installed")
    import triton.language as tl

    from intertwine.nn.kernels.channelwise_triton import add_channels

    if DEVICE == "cpu" and not all("Interpreted" in type(one).__name__ for one in (tl.zeros, add_channels)):
        pytest.skip("triton was imported before its interpreter was asked for, or has none")
    return product_triton


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def plan_of(case: tuple[str, ...]) -> ProductPlan:
    group = tw.group(case[0])
    return channelwise_plan(*(tw.Rep(group, one) for one in case[1:]))


def constants(plan: ProductPlan) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(plan.words), torch.from_numpy(plan.coefficients)


@pytest.mark.parametrize(("case", "edges", "weights"), CASES, ids=str)
def test_all_passes_equal_the_reference(case: tuple[str, ...], edges: bool, weights: str, kernels: ModuleType) -> None:
    plan = plan_of(case)
    n = 6 if weights == "groups" else 5
    sender, receiver = (torch.cat([x, x[: n - 5]]) if edges else None for x in (SENDER, RECEIVER))
    rows = ROWS if edges else n
    shape = {"shared": (), "per_sample": (n,), "groups": (3,)}[weights]
    x = [normal(NODES if edges else n, plan.rep_1.dim), normal(n, plan.rep_2.dim), normal(*shape, plan.weight_numel)]
    g = normal(rows, plan.rep_out.dim, seed=1)
    a = [normal(*one.shape, seed=2) for one in x]
    for one in (*x, g):
        one.requires_grad_()
    w = x[2].repeat_interleave(2, dim=0) if weights == "groups" else x[2]
    out = reference_product(plan, x[0] if sender is None else x[0][sender], x[1], w)
    if receiver is not None:
        out = out.new_zeros(rows, out.shape[1]).index_add(0, receiver, out)
    first = torch.autograd.grad(out, x, g, create_graph=True)
    plain = [one.detach() for one in x]
    common = (sender, receiver)

    found = kernels.forward(*plain, *common, rows, *constants(plan), plan.rep_out.dim)
    torch.testing.assert_close(found, out.detach(), rtol=1e-12, atol=1e-12)
    gradients = kernels.backward(g.detach(), *plain, *common, *constants(plan), [True] * 3)
    for ours, theirs in zip(gradients, first, strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)
    assert kernels.backward(g.detach(), *plain, *common, *constants(plan), [False, True, False])[0].numel() == 0
    for chosen in ((0, 1, 2), (1,)):
        total = torch.stack([(first[i] * a[i]).sum() for i in chosen]).sum()
        second = torch.autograd.grad(total, (g, *x), retain_graph=True, allow_unused=True)
        cotangents = [a[i] if i in chosen else None for i in range(3)]
        ours = kernels.double_backward(g.detach(), *plain, *cotangents, *common, *constants(plan), [True] * 4)
        for one, two in zip(ours, second, strict=True):
            expected = torch.zeros_like(one) if two is None else two
            torch.testing.assert_close(one, expected, rtol=1e-11, atol=1e-11)


def test_another_coefficient_is_found_out(kernels: ModuleType) -> None:
    plan = plan_of(SMALL)
    x = [normal(3, plan.rep_1.dim), normal(3, plan.rep_2.dim), normal(plan.weight_numel)]
    words, coefficients = constants(plan)
    wrong = coefficients.clone()
    wrong[-1] += 0.1
    found = kernels.forward(*x, None, None, 3, words, wrong, plan.rep_out.dim)
    assert not torch.allclose(found, reference_product(plan, *x), atol=1e-3)


def test_single_precision_zero_size_and_strides(kernels: ModuleType) -> None:
    plan = plan_of(SMALL)
    x = [normal(plan.rep_1.dim, 3).T.float(), normal(3, plan.rep_2.dim).float(), normal(plan.weight_numel).float()]
    rest = (*constants(plan), plan.rep_out.dim)
    found = kernels.forward(*x, None, None, 3, *rest)
    torch.testing.assert_close(found, reference_product(plan, *x), rtol=1e-5, atol=1e-5)
    assert kernels.forward(x[0][:0], x[1][:0], x[2], None, None, 0, *rest).shape == (0, plan.rep_out.dim)
    nothing = kernels.forward(x[0], x[1][:0], x[2], SENDER[:0], RECEIVER[:0], 4, *rest)
    assert not nothing.any()
    with pytest.raises(ConfigurationError, match="one precision"):
        kernels.forward(x[0].double(), *x[1:], None, None, 3, *rest)


def test_many_samples_share_weights(kernels: ModuleType) -> None:
    """More samples than one partial sum takes."""
    plan = plan_of(("S3", "1x(2,1)", "(2,1)", "1x(3)"))
    x = [normal(150, plan.rep_1.dim), normal(150, plan.rep_2.dim), normal(plan.weight_numel).requires_grad_()]
    g = normal(150, plan.rep_out.dim, seed=1)
    expected = torch.autograd.grad(reference_product(plan, *x), x[2], g)[0]
    found = kernels.backward(g, *x[:2], x[2].detach(), None, None, *constants(plan), [False, False, True])[2]
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_every_term_is_in_every_role_once() -> None:
    plan = plan_of(("SU(3)", "2x8 + 1x3", "1 + 2x3", "2x8 + 1x3 + 1"))
    for role, lists in roles_of(*constants(plan), torch.device("cpu"), torch.float64).items():
        assert lists.term_c.sort().values.tolist() == sorted(plan.coefficients.tolist())
        assert lists.slot_segment[-1] == len(lists.segment_shared), role
        assert lists.segment_term[-1] == len(lists.term_c)
        assert (
            len({*zip(lists.slot_out.tolist(), lists.slot_channels.tolist(), strict=True)}) == lists.slots
            or role == "x2"
        )


def test_the_backend_by_name_and_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    group = tw.group("SO(3)")
    rep, sphere = tw.Rep(group, "2x0 + 2x1"), tw.Rep(group, "0 + 1")
    for layer in (ChannelwiseProduct, MessagePassing):
        with pytest.raises(ConfigurationError, match="triton product runs on CUDA devices; received cpu"):
            layer(rep, sphere, rep, backend="triton", device="cpu")
    monkeypatch.setattr(product_triton, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match=r"intertwine\[gpu\]"):
        product_backend.choose_channelwise_backend("triton", "cuda")
    assert product_backend.choose_channelwise_backend(None, "cuda") == "reference"
    monkeypatch.setattr(product_triton, "find_spec", lambda _: object())
    assert product_backend.choose_channelwise_backend(None, "cuda") == "triton"
    assert product_backend.choose_channelwise_backend("reference", "cuda") == "reference"
    with pytest.raises(ConfigurationError, match="unknown backend"):
        product_backend.choose_backend("triton", "cuda")  # type: ignore[arg-type]
    assert FullyConnectedProduct(rep, rep, rep, device="meta").backend in ("fused", "reference")
    with pytest.raises(ConfigurationError, match=r"CUDA.*features on cpu"):
        product_backend.check_device(torch.zeros(1), "triton")
