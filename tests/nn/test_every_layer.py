"""One harness for all layers: equivariance over the list of groups, gradients, shapes, transforms, copies."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from every_layer import Built, every_layer
from particular_layers import field_layers, particular_layers
from torch import Tensor

from groups_list import CASES, Case, rng_for
from intertwine.groups import Group
from intertwine.groups.element import GroupElement
from intertwine.nn.constant import Constant
from intertwine.representations import Irrep
from intertwine.testing import TOLERANCE, equivariance_error

FLOAT = torch.float64
# One of each kind; the rest of the list, minutes of it, with `make test-exhaustive`.
SAMPLE = ("S4", "Q8", "SU(2)", "SO(3)", "O(3)", "SU(3)", "SO(1,3)", "Sp(4,R)", "SL(3,R)")
# One group of forms of both signs, of complex and quaternionic irreps, of reflections: for what is not about groups.
COLLECTIONS: dict[str, Callable[[], Iterator[Built]]] = {
    case.name: partial(every_layer, case) for case in CASES if case.name in ("SO(1,3)", "SU(2)", "S4")
} | {"particular": particular_layers, "fields": field_layers}
few = pytest.mark.parametrize("layers", COLLECTIONS.values(), ids=COLLECTIONS)


@pytest.fixture
def _one_matrix_an_element(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each irrep's matrix of each element is made once, not once a layer: E8 took minutes."""
    known: dict[tuple[Irrep, int], tuple[GroupElement, np.ndarray]] = {}
    plain = Irrep.matrix

    def matrix(irrep: Irrep, element: GroupElement) -> np.ndarray:
        key = (irrep, id(element))
        if key not in known:
            known[key] = (element, plain(irrep, element))  # with the element, so that nothing else gets its id
        return known[key][1]

    monkeypatch.setattr(Irrep, "matrix", matrix)


def check_group(case: Case) -> None:
    check_equivariance(every_layer(case), elements_of(case.group, rng_for(case)))


def elements_of(group: Group, rng: np.random.Generator) -> list[GroupElement]:
    discrete = list(group.discrete_elements)
    return discrete + [group.sample(rng) for _ in range(max(10 - len(discrete), 1))]


def check_equivariance(layers: Iterable[Built], elements: Sequence[GroupElement] | None = None) -> None:
    for built in layers:
        for dtype in (torch.float64, torch.float32):
            x = built.inputs(dtype)
            error = equivariance_error(built.layer, elements=elements, inputs=x, dtype=dtype)
            assert error.max <= TOLERANCE[dtype], f"{built.name}, {dtype}\n{error}"
        if sees_only_invariants(built):
            continue  # every map of invariants to invariants is right
        shifted = equivariance_error(
            lambda *x, f=built.layer: f(*(one + 0.1 for one in x)), built.layer.reps_in, built.layer.rep_out,
            elements=elements, inputs=built.inputs(),
        )  # fmt: skip
        assert shifted.max > 1e-6, f"a shift of components in front of {built.name} is not found out"


def sees_only_invariants(built: Built) -> bool:
    """Whether nothing but singlets reaches the output, as where an elementwise product finds no other path."""
    inputs = built.inputs()
    moved = [one.clone() for one in inputs]
    for rep, one in zip(built.layer.reps_in, moved, strict=True):
        for block, where in zip(rep.blocks, rep.slices, strict=True):
            if not block.irrep.is_trivial:
                one[..., where] += 0.3
    return torch.equal(built.layer.eval()(*inputs), built.layer(*moved))


@pytest.mark.usefixtures("_one_matrix_an_element")
@pytest.mark.parametrize("case", [case for case in CASES if case.name in SAMPLE], ids=str)
def test_every_layer_commutes_with_the_group_and_broken_ones_do_not(case: Case) -> None:
    check_group(case)


@pytest.mark.exhaustive
@pytest.mark.usefixtures("_one_matrix_an_element")
@pytest.mark.parametrize("case", [case for case in CASES if case.name not in SAMPLE], ids=str)
def test_every_layer_commutes_with_every_group_of_the_list(case: Case) -> None:
    check_group(case)


@pytest.mark.usefixtures("_one_matrix_an_element")
def test_layers_of_particular_groups_commute_with_them_and_broken_ones_do_not() -> None:
    check_equivariance(particular_layers())


@few
def test_gradients_of_first_and_second_order(layers: Callable[[], Iterator[Built]]) -> None:
    for built in layers():
        x = [one.requires_grad_() for one in built.inputs()]
        assert torch.autograd.gradcheck(built.layer, tuple(x), fast_mode=True), built.name
        assert torch.autograd.gradgradcheck(built.layer, tuple(x), fast_mode=True), built.name


@few
def test_no_samples_and_other_strides(layers: Callable[[], Iterator[Built]]) -> None:
    for built in layers():
        x = built.inputs()
        whole = built.layer(*x)
        strided = [torch.stack([one, one], dim=-1)[..., 0] for one in x]
        assert not strided[0].is_contiguous()
        torch.testing.assert_close(built.layer(*strided), whole, msg=built.name)
        empty = built.layer(*built.inputs(batch=0))
        assert empty.shape == (0, *whole.shape[1:]), built.name


@few
def test_vmap_and_functional_gradients(layers: Callable[[], Iterator[Built]]) -> None:
    for built in layers():
        x = built.inputs()
        twice = [torch.stack([one, 2 * one]) for one in x]
        mapped = torch.func.vmap(built.layer)(*twice)
        torch.testing.assert_close(mapped[1], built.layer(*(2 * one for one in x)), msg=built.name)

        def energy(one: Tensor, *rest: Tensor, built: Built = built) -> Tensor:
            return built.layer(one, *rest).sin().sum()

        variable = x[0].clone().requires_grad_()
        (expected,) = torch.autograd.grad(energy(variable, *x[1:]), variable)
        torch.testing.assert_close(torch.func.grad(energy)(*x), expected, msg=built.name)


@few
def test_copies_pickles_and_states(layers: Callable[[], Iterator[Built]]) -> None:
    for built in layers():
        x = built.inputs()
        expected = built.layer(*x)
        for copy in (deepcopy(built.layer), pickle.loads(pickle.dumps(built.layer))):
            torch.testing.assert_close(copy(*x), expected, msg=built.name)
            assert copy.rep_in == built.layer.rep_in
            assert copy.rep_out == built.layer.rep_out
        state = built.layer.state_dict()
        learned = {name for name in state if "running_" not in name}  # what a batch norm has seen is no constant either
        assert learned == {name for name, _ in built.layer.named_parameters()}, built.name
        there_and_back = deepcopy(built.layer).float().double()
        constants = [part for part in there_and_back.modules() if isinstance(part, Constant)]
        for constant in constants:  # no digits are lost on the way
            assert (constant.value == torch.from_numpy(constant.exact)).all(), built.name


@few
def test_autocast_keeps_products_and_invariants_in_float32(layers: Callable[[], Iterator[Built]]) -> None:
    """Nothing that comes out is further from float32's result than half precision of the linear parts allows."""
    for built in layers():
        built.layer.float()
        x = built.inputs(torch.float32)
        expected = built.layer(*x).detach()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = built.layer(*x).detach()
        assert torch.isfinite(found).all(), built.name
        scale = float(expected.abs().max()) or 1.0
        assert float((found.float() - expected).abs().max()) / scale < 0.1, built.name
        if built.name in ("ChannelwiseProduct", "ElementwiseProduct", "SymmetricContraction", "OnAGraph", "Harmonics",
                          "Invariants", "RMSNorm", "NormActivation"):  # fmt: skip
            torch.testing.assert_close(found.float(), expected, msg=built.name)


@few
def test_the_meta_device_gives_shapes(layers: Callable[[], Iterator[Built]]) -> None:
    for built in layers():
        expected = built.layer(*built.inputs())
        there = deepcopy(built.layer).to("meta")
        found = there(*(one.to("meta") for one in built.inputs()))
        assert found.device.type == "meta"
        assert found.shape == expected.shape, built.name
        back = there.to_empty(device="cpu")
        back.load_state_dict(built.layer.state_dict())
        torch.testing.assert_close(back(*built.inputs()), expected, msg=built.name)
