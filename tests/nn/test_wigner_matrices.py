"""Wigner matrices agree with the engine's element by element, from every way in, with gradients everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import intertwine as tw
from groups_list import CASES
from intertwine.errors import RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.nn import IrrepMatrices, WignerMatrices
from intertwine.nn.rotations import (
    angles_from_rotation,
    quaternion_from_angles,
    quaternion_from_axis_angle,
    rotation_from_angles,
    rotation_from_axis_angle,
    rotation_from_quaternion,
)

FLOAT = torch.float64
SPINS = {
    "SO(3)": ["0", "1", "2", "3", "6", "12"],
    "O(3)": ["0e", "0o", "1o", "1e", "2e", "3e", "4o"],
    "SU(2)": ["0", "1/2", "1", "3/2", "2", "7/2"],
}


def angles(n: int = 4) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).uniform(-3, 3, (n, 3)))


def element(G: tw.groups.Group, abc: torch.Tensor) -> GroupElement:
    alpha, beta, gamma = abc.tolist()
    return G.exp([0, 0, alpha]) @ G.exp([0, beta, 0]) @ G.exp([0, 0, gamma])


def matrices(name: str) -> WignerMatrices:
    G = tw.group(name)
    return WignerMatrices([G.irrep(label) for label in SPINS[name]], dtype=FLOAT)


def largest(found: tuple[torch.Tensor, ...], expected: list[np.ndarray]) -> float:
    return max(float(np.abs(a.detach().numpy() - b).max()) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", SPINS)
def test_every_way_in_is_the_engines_matrix(name: str) -> None:
    layer, abc = matrices(name), angles()
    expected = [np.array([irrep.matrix(element(layer.group, one)) for one in abc]) for irrep in layer.irreps]
    assert largest(layer.from_angles(*abc.T), expected) < 1e-13
    assert largest(layer.from_quaternion(3.0 * quaternion_from_angles(*abc.T)), expected) < 1e-13
    if name != "SU(2)":
        assert largest(layer.from_matrix(rotation_from_angles(*abc.T)), expected) < 1e-13
    # a broken one, angles in the other order, is found out
    assert largest(layer.from_angles(*abc.T.flip(0)), expected) > 0.1


@pytest.mark.parametrize("name", SPINS)
def test_axes_and_angles(name: str) -> None:
    layer = matrices(name)
    axis = torch.tensor([[1.0, 2.0, -2.0], [0.0, 0.0, 5.0]], dtype=FLOAT)
    angle = torch.tensor([0.7, -5.0], dtype=FLOAT)
    unit = axis / axis.norm(dim=-1, keepdim=True)
    elements = [layer.group.exp((t * n).tolist()) for t, n in zip(angle, unit, strict=True)]
    expected = [np.array([irrep.matrix(g) for g in elements]) for irrep in layer.irreps]
    assert largest(layer.from_axis_angle(axis, angle), expected) < 1e-13


def test_reflections_and_covers() -> None:
    O3, SU2 = matrices("O(3)"), matrices("SU(2)")
    found = O3.from_matrix(-torch.eye(3, dtype=FLOAT))
    for irrep, D in zip(O3.irreps, found, strict=True):
        sign = 1.0 if irrep.name.endswith("e") else -1.0
        torch.testing.assert_close(D, sign * torch.eye(irrep.real_dim, dtype=FLOAT))
    q = quaternion_from_axis_angle(torch.tensor([0.3, -1.0, 0.2], dtype=FLOAT), torch.tensor(1.1, dtype=FLOAT))
    for irrep, plus, minus in zip(SU2.irreps, SU2.from_quaternion(q), SU2.from_quaternion(-q), strict=True):
        torch.testing.assert_close(plus, -minus if "/" in irrep.name else minus)
    with pytest.raises(RepresentationError, match="does not tell q from −q"):
        SU2.from_matrix(torch.eye(3))


def test_conversions_of_rotations() -> None:
    abc = angles(20)
    R = rotation_from_angles(*abc.T)
    torch.testing.assert_close(R @ R.mT, torch.eye(3, dtype=FLOAT).expand_as(R))
    torch.testing.assert_close(rotation_from_angles(*angles_from_rotation(R)), R)
    poles = rotation_from_angles(abc[:, 0], torch.tensor([0.0, torch.pi] * 10, dtype=FLOAT), abc[:, 2])
    torch.testing.assert_close(rotation_from_angles(*angles_from_rotation(poles)), poles)
    z = torch.tensor([0.0, 0.0, 2.0], dtype=FLOAT)
    x_to_y = rotation_from_axis_angle(z, torch.tensor(torch.pi / 2, dtype=FLOAT))
    torch.testing.assert_close(x_to_y @ torch.eye(3, dtype=FLOAT)[0], torch.eye(3, dtype=FLOAT)[1])
    torch.testing.assert_close(rotation_from_quaternion(2.0 * quaternion_from_angles(*abc.T)), R)


def test_gradients_exist_at_the_poles_too() -> None:
    G = tw.group("SO(3)")
    layer = WignerMatrices([G.irrep("2")], dtype=FLOAT)
    half = tw.group("SU(2)")
    spins = WignerMatrices([half.irrep("3/2")], dtype=FLOAT)
    R = torch.eye(3, dtype=FLOAT)[None].requires_grad_()
    q = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.1, -0.4, 0.3, 0.9]], dtype=FLOAT, requires_grad=True)
    abc = angles(2).requires_grad_()
    for f, x in (
        (layer.from_matrix, R),
        (layer.from_quaternion, q),
        (spins.from_quaternion, q),
        (lambda x: layer.from_angles(*x.T), abc),
        (lambda x: spins.from_angles(*x.T), abc),
    ):
        assert torch.autograd.gradcheck(f, (x,))
        assert torch.autograd.gradgradcheck(f, (x,))


@pytest.mark.parametrize(
    ("name", "vector"),
    [("SU(3)", "3"), ("SO(1,3)", "(1/2,1/2)"), ("SL(2,C)", "(1/2,0)"), ("Sp(4)", "4"), ("SU(2,1)", "3"), ("Oh", "T1u"),
     ("Q8", "2"), ("G2", "7"), ("SL(3,R)", "3")],
)  # fmt: skip
def test_matrices_of_any_group(name: str, vector: str) -> None:
    case = next((one for one in CASES if one.name == name), None)
    assert case is not None
    v, irreps = case.group.irrep(vector), case.irreps
    layer = IrrepMatrices(irreps, v, dtype=FLOAT)
    rng = np.random.default_rng(0)
    elements = [case.group.sample(rng) for _ in range(3)]
    found = layer(torch.from_numpy(np.array([v.matrix(g) for g in elements])))
    for irrep, D in zip(irreps, found, strict=True):
        expected = np.array([irrep.matrix(g) for g in elements])
        assert np.abs(D.numpy() - expected).max() < 1e-12 * np.abs(expected).max()


def test_features_are_rotated_by_blocks() -> None:
    rep = tw.Rep(tw.group("SO(3)"), "2x0 + 3x1 + 2x3")
    layer, abc = WignerMatrices(rep, dtype=FLOAT), angles(5)
    x = torch.randn(5, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    y = layer.apply_to(x, layer.from_angles(*abc.T))
    for one, turned, abc_i in zip(x, y, abc, strict=True):
        torch.testing.assert_close(turned, torch.from_numpy(rep.matrix(element(rep.group, abc_i))) @ one)
    mapped = torch.func.vmap(lambda x, a: layer.apply_to(x, layer.from_angles(*a)))(x, abc)
    torch.testing.assert_close(mapped, y)


def test_no_rotations_other_strides_and_functional_gradients() -> None:
    rep = tw.Rep(tw.group("SO(3)"), "2x0 + 3x1 + 2x2")
    layer, abc = WignerMatrices(rep, dtype=FLOAT), angles(4)
    R, q = rotation_from_angles(*abc.T), quaternion_from_angles(*abc.T)
    for f, x in ((layer.from_matrix, R), (layer.from_quaternion, q), (lambda x: layer.from_angles(*x.mT), abc)):
        whole = f(x)
        strided = torch.stack([x, x], dim=-1)[..., 0]
        assert not strided.is_contiguous()
        for D, same, empty in zip(whole, f(strided), f(x[:0]), strict=True):
            torch.testing.assert_close(same, D)
            assert empty.shape == (0, *D.shape[1:])

        def total(x: torch.Tensor, f: Callable[..., tuple[torch.Tensor, ...]] = f) -> torch.Tensor:
            return torch.stack([D.sin().sum() for D in f(x)]).sum()

        own = x.clone().requires_grad_()
        (expected,) = torch.autograd.grad(total(own), own)
        torch.testing.assert_close(torch.func.grad(total)(x), expected)
    with pytest.raises(AssertionError):  # turned by another rotation
        torch.testing.assert_close(layer.from_matrix(R)[1], layer.from_matrix(R.mT)[1])


def test_refusals() -> None:
    SO3, SU3 = tw.group("SO(3)"), tw.group("SU(3)")
    with pytest.raises(RepresentationError, match=r"those of SO\(3\), O\(3\) and SU\(2\).*IrrepMatrices"):
        WignerMatrices([SU3.irrep("3")])
    with pytest.raises(RepresentationError, match="of one group"):
        IrrepMatrices([SO3.irrep("1")], SU3.irrep("3"))
    with pytest.raises(RepresentationError, match="in no small tensor power"):
        IrrepMatrices([SU3.irrep("3")], SU3.irrep("8"))
    with pytest.raises(RepresentationError, match="not matrices of 1"):
        IrrepMatrices([SO3.irrep("2")], SO3.irrep("1"))(torch.eye(4))
    with pytest.raises(RepresentationError, match="do not fit the matrices"):
        matrices("SO(3)").apply_to(torch.zeros(3), ())
