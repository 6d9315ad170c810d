"""Complex Clebsch–Gordan maps: equivariance under every generator, orthonormality, stability at high spin."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from intertwine.errors import AccuracyError
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.highest_weight import highest_weight_module
from intertwine.representations.lie.product_weights import ProductWeights
from intertwine.representations.lie.racah_speiser import tensor_product
from intertwine.representations.lie.spin_clebsch_gordan import spin_maps
from intertwine.representations.lie.weight_clebsch_gordan import WeightMaps, weight_clebsch_gordan
from intertwine.representations.lie.weight_module import WeightModule

PRODUCTS = [
    ("A1", (3,), (2,)),
    ("A2", (1, 1), (1, 1)),
    ("A2", (2, 0), (1, 2)),
    ("B2", (1, 1), (0, 1)),
    ("C3", (1, 0, 0), (0, 1, 0)),
    ("G2", (1, 0), (0, 1)),
    ("D4", (0, 1, 0, 0), (1, 0, 0, 0)),
    ("A1xA1", (1, 1), (1, 1)),
    ("F4", (0, 0, 0, 1), (0, 0, 0, 1)),
]


def errors(a: WeightModule, b: WeightModule, c: WeightModule, maps: WeightMaps) -> tuple[float, float]:
    """Largest violation of T F = (F ⊗ 1 + 1 ⊗ F) T and of the same for E; and of orthonormality."""
    T = maps.dense()
    worst = 0.0
    for x, y, z in zip(a.lowering, b.lowering, c.lowering, strict=True):
        for one, two, three in ((x, y, z), (x.T, y.T, z.T)):
            left = np.einsum("ip,mpjk->mijk", one.toarray(), T) + np.einsum("jp,mipk->mijk", two.toarray(), T)
            worst = max(worst, float(np.abs(left - T @ three.toarray()).max()))
    gram = np.einsum("mijk,nijl->mknl", T, T).reshape(len(T) * c.dimension, -1)
    return worst, float(np.abs(gram - np.eye(len(gram))).max())


@pytest.mark.parametrize(("kind", "a", "b"), PRODUCTS)
def test_maps_commute_with_every_generator(kind: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    system = RootSystem.from_type(kind)
    first, second = highest_weight_module(system, a), highest_weight_module(system, b)
    product = ProductWeights(first, second)
    total = 0
    for c, count in tensor_product(system, a, b).items():
        third = highest_weight_module(system, c)
        maps = weight_clebsch_gordan(product, third, count)
        assert max(errors(first, second, third, maps)) < 1e-12
        total += count * third.dimension
    assert total == first.dimension * second.dimension


def test_one_wrong_coefficient_is_seen() -> None:
    system = RootSystem.from_type("A2")
    octet = highest_weight_module(system, (1, 1))
    maps = weight_clebsch_gordan(ProductWeights(octet, octet), octet, 2)
    maps.blocks[2][1, 0, 0] += 1e-6
    assert max(errors(octet, octet, octet, maps)) > 1e-7


@pytest.mark.parametrize("count", [1, 3])
def test_a_wrong_multiplicity_is_refused(count: int) -> None:
    system = RootSystem.from_type("A2")
    octet = highest_weight_module(system, (1, 1))
    with pytest.raises(AccuracyError, match="multiplicity"):
        weight_clebsch_gordan(ProductWeights(octet, octet), octet, count)


def test_symmetric_maps_come_first() -> None:
    system = RootSystem.from_type("A2")
    octet = highest_weight_module(system, (1, 1))
    d, f = weight_clebsch_gordan(ProductWeights(octet, octet), octet, 2).dense()
    assert np.abs(d - d.transpose(1, 0, 2)).max() < 1e-13
    assert np.abs(f + f.transpose(1, 0, 2)).max() < 1e-13


@pytest.mark.parametrize("spin", [20, 50])
def test_high_spin(spin: int) -> None:
    """l ⊗ l → l: lowering and raising together keep 1e-12 where lowering alone loses every digit."""
    system = RootSystem.from_type("A1")
    module = highest_weight_module(system, (2 * spin,))
    maps = weight_clebsch_gordan(ProductWeights(module, module), module, 1)
    T = maps.dense()[0]
    F = module.lowering[0].toarray()
    for operator in (F, F.T):
        left = np.tensordot(operator, T, axes=1) + np.einsum("jp,ipk->ijk", operator, T)
        assert np.abs(left - T @ operator).max() / np.abs(operator).max() < 1e-12
    assert np.abs(np.einsum("ijk,ijl->kl", T, T) - np.eye(2 * spin + 1)).max() < 1e-12


def test_lowering_alone_would_be_seen() -> None:
    """The mutation: the same maps by lowering only are wrong by far more than the tolerance at l = 20."""
    system = RootSystem.from_type("A1")
    module = highest_weight_module(system, (40,))
    maps = weight_clebsch_gordan(ProductWeights(module, module), module, 1)
    F = module.lowering[0].toarray()
    column = maps.dense()[0][:, :, 0]
    worst = 0.0
    for k in range(40):
        column = (F @ column + column @ F.T) / F[k + 1, k]
        worst = max(worst, abs(float(np.sum(column**2)) - 1))
    assert worst > 1e-3


def test_exact_value_of_a_high_spin_coefficient() -> None:
    """⟨50 50 50 −50 | 50 0⟩ = (−1)^0 50! ... by Racah's formula in exact integers."""
    from math import factorial as f

    j = 50
    # ⟨j j j −j | J 0⟩² = (2J+1) (2j)!² / ((2j−J)! (2j+J+1)!)
    square = Fraction((2 * j + 1) * f(2 * j) ** 2, f(2 * j - j) * f(2 * j + j + 1))
    system = RootSystem.from_type("A1")
    module = highest_weight_module(system, (2 * j,))
    T = weight_clebsch_gordan(ProductWeights(module, module), module, 1).dense()[0]
    assert abs(T[0, 2 * j, j]) == pytest.approx(float(square) ** 0.5, rel=1e-9, abs=1e-15)


def test_all_spins_at_once_agree_with_one_at_a_time() -> None:
    system = RootSystem.from_type("A1")
    for a in range(7):
        for b in range(7):
            first, second = highest_weight_module(system, (a,)), highest_weight_module(system, (b,))
            product = ProductWeights(first, second)
            for J, maps in spin_maps(a, b).items():
                general = weight_clebsch_gordan(product, highest_weight_module(system, (J,)), 1)
                assert np.abs(general.dense() - maps.dense()).max() < 1e-13


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 1), (2, 2), (3, 2), (4, 3)])
def test_condon_shortley_phases(a: int, b: int) -> None:
    from sympy import Rational
    from sympy.physics.quantum.cg import CG

    for J, maps in spin_maps(a, b).items():
        C = maps.dense()[0]
        for i, j in np.ndindex(a + 1, b + 1):
            m1, m2 = a - 2 * i, b - 2 * j
            k = (J - m1 - m2) // 2
            if 0 <= k <= J:
                exact = CG(*(Rational(x, 2) for x in (a, m1, b, m2, J, m1 + m2))).doit()
                assert C[i, j, k] == pytest.approx(float(exact), abs=1e-14)


def test_sparse_and_dense_agree() -> None:
    system = RootSystem.from_type("A2")
    octet, ten = highest_weight_module(system, (1, 1)), highest_weight_module(system, (3, 0))
    maps = weight_clebsch_gordan(ProductWeights(octet, octet), ten, 1)
    assert np.abs(maps.sparse()[0].toarray() - maps.dense()[0].reshape(64, 10)).max() < 1e-15


@pytest.mark.slow
def test_e8() -> None:
    system = RootSystem.from_type("E8")
    adjoint = highest_weight_module(system, (0,) * 7 + (1,))
    maps = weight_clebsch_gordan(ProductWeights(adjoint, adjoint), adjoint, 1).sparse()[0]
    from scipy.sparse import eye_array, kron

    one = eye_array(248)
    for f in adjoint.lowering:
        for x in (f, f.T):
            left = (kron(x, one) + kron(one, x)) @ maps - maps @ x
            assert abs(left).max() < 1e-12
