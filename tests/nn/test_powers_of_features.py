"""SymmetricContraction and TensorSquare: every polynomial once, equivariant, normalised, differentiable twice."""

from __future__ import annotations

import pytest
import torch
from layer_cases import features, layer_groups, random_features

import intertwine as tw
from groups_list import Case
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import FullyConnectedProduct, SymmetricContraction, TensorSquare
from intertwine.representations import Rep
from intertwine.testing import assert_equivariant, assert_normalised, equivariance_error

FLOAT = torch.float64


def small(case: Case, channels: int = 2) -> Rep:
    rep = features(case, channels=channels, scalars=channels, largest=8)
    return Rep(rep.group, rep.blocks[:3])


def alone(rep: Rep) -> Rep:
    return Rep(rep.group, [(1, block.irrep) for block in rep.blocks])


@layer_groups()
def test_both_commute_with_the_group_and_broken_ones_do_not(case: Case) -> None:
    rep = small(case)
    for layer in (SymmetricContraction(rep, rep, 3), TensorSquare(rep, rep)):
        assert_equivariant(layer, rep, rep)
        assert_equivariant(layer, rep, rep, dtype=torch.float32)

    def broken(x: torch.Tensor) -> torch.Tensor:
        return layer(x + 0.01)  # type: ignore[no-any-return]

    layer = SymmetricContraction(rep, rep, 3, dtype=FLOAT)
    assert equivariance_error(broken, rep, rep, n_elements=20).max > 1e-4
    with torch.no_grad():
        table = layer.bases[-1]
        table.value[0] += 0.1  # one monomial too much, in every component
    if case.group.trivial not in (layer.rep_out.blocks[-1].irrep,):
        assert equivariance_error(lambda x: layer(x), rep, rep, n_elements=20).max > 1e-5


@layer_groups()
def test_paths_are_counted_by_symmetric_powers(case: Case) -> None:
    rep = small(case)
    layer = SymmetricContraction(rep, rep, 3)
    powers = [alone(rep).symmetric_power(n) for n in (1, 2, 3)]
    assert layer.n_paths == sum(power.multiplicity(block.irrep) for power in powers for block in rep.blocks)
    square = TensorSquare(rep, rep)
    whole = rep.symmetric_power(2)
    for block in square.rep_pairs.blocks:
        assert block.multiplicity == whole.multiplicity(block.irrep)


@layer_groups("SO(3)", "SU(2)", "SU(3)", "SO(1,3)", "Oh")
def test_paths_are_independent_functions(case: Case) -> None:
    """A path that is a combination of others would lower the rank of their values at random points."""
    rep = alone(small(case, 1))
    for block in rep.blocks:
        target = Rep(rep.group, [(1, block.irrep)])
        layer = SymmetricContraction(rep, target, 3, dtype=FLOAT)
        x = random_features(case, 4 * layer.n_paths, rep.dim)
        values = []
        for path in range(layer.n_paths):
            with torch.no_grad():
                layer.weight.zero_()
                layer.weight[path] = 1.0
                values.append(layer(x).flatten())
        singular = torch.linalg.svdvals(torch.stack(values))
        assert float(singular[-1] / singular[0]) > 1e-4


@layer_groups("SO(3)", "SU(2)", "SU(3)", "SO(1,3)", "Q8")
def test_a_square_is_every_product_of_a_feature_with_itself(case: Case) -> None:
    """FullyConnectedProduct(x, x) with any weights is a TensorSquare with some weights."""
    rep = small(case)
    full, square = FullyConnectedProduct(rep, rep, rep, backend="reference", dtype=FLOAT), TensorSquare(rep, rep)
    square.to(FLOAT)
    x = random_features(case, 40, rep.dim)
    weight = square.mix.weight

    def of_weights(w: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(square, {"mix.weight": w}, (x,))

    columns = torch.func.jacrev(of_weights)(weight.detach()).reshape(-1, weight.numel())
    target = full(x, x).detach().reshape(-1)
    solution = torch.linalg.lstsq(columns, target[:, None], driver="gelsd").solution
    assert float((columns @ solution - target[:, None]).norm() / target.norm()) < 1e-10
    assert weight.numel() < 0.75 * sum(p.numel() for p in full.parameters())


def test_the_square_of_a_vector_is_what_it_is_known_to_be() -> None:
    vector = tw.Rep(tw.group("SO(3)"), "1")
    assert [str(b.irrep) for b in TensorSquare(vector, tw.Rep(vector.group, "0 + 2")).rep_pairs.blocks] == ["0", "2"]
    with pytest.raises(RepresentationError, match="no path reaches the irrep 1"):
        TensorSquare(vector, vector)  # x × x = 0
    assert SymmetricContraction(vector, vector, 3).n_paths == 2  # x and |x|² x
    layer = SymmetricContraction(vector, tw.Rep(vector.group, "0"), 2, dtype=FLOAT)
    x = torch.randn(5, 3, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(layer(x) / layer.weight, x.square().sum(-1, keepdim=True) / 15**0.5)


def test_mace_counts_for_o3() -> None:
    """Hom_{O(3)}(Sym^ν(0e+1o+2e+3o), 0e) for ν = 1, 2, 3, by the characters' generating function."""
    rep = tw.Rep(tw.group("O(3)"), "4x0e + 4x1o + 4x2e + 4x3o")
    counts = [SymmetricContraction(rep, tw.Rep(rep.group, "4x0e"), n).n_paths for n in (1, 2, 3)]
    assert counts == [1, 1 + 4, 1 + 4 + _invariants_of_degree_3()]


def _invariants_of_degree_3() -> int:
    """By the Weyl integration formula: mean of h_3(χ) over the rotations and the reflections."""
    import numpy as np

    angles = 2 * np.pi * np.arange(64) / 64
    haar = (1 - np.cos(angles)) / 64

    def character(theta: np.ndarray, sign: int) -> np.ndarray:
        ells = ((0, 1), (1, sign), (2, 1), (3, sign))
        return sum(s * sum(np.cos(m * theta) for m in range(-n, n + 1)) for n, s in ells)  # type: ignore[return-value]

    total = 0.0
    for sign in (1, -1):
        p1, p2, p3 = character(angles, sign), character(2 * angles, 1), character(3 * angles, sign)
        total += float((haar * (p1**3 + 3 * p1 * p2 + 2 * p3) / 6).sum()) / 2
    return round(total)


@layer_groups("SO(3)", "SU(3)", "SO(1,3)", "S4", "Sp(4,R)")
def test_second_moments(case: Case) -> None:
    rep = small(case, 16)
    assert_normalised(lambda: SymmetricContraction(rep, rep, 2), initialisations=5, shape=(200,))
    assert_normalised(lambda: TensorSquare(rep, rep), initialisations=5, shape=(64,))


@layer_groups("SU(2)", "SO(1,3)", "S4")
def test_gradients_zero_size_strides_and_blocks(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    rep = small(case)
    contraction, square = SymmetricContraction(rep, rep, 3, dtype=FLOAT), TensorSquare(rep, rep, dtype=FLOAT)
    big = random_features(case, 40, rep.dim).requires_grad_()
    layer: SymmetricContraction | TensorSquare
    for layer, module in ((contraction, "symmetric_contraction"), (square, "tensor_square")):
        x = random_features(case, 2, rep.dim).requires_grad_()
        assert torch.autograd.gradcheck(layer, (x,))
        assert torch.autograd.gradgradcheck(layer, (x,))
        assert layer(torch.zeros(0, 3, rep.dim, dtype=FLOAT)).shape == (0, 3, rep.dim)
        wide = random_features(case, rep.dim, 4)
        torch.testing.assert_close(layer(wide.T), layer(wide.T.contiguous()))
        whole = _forces(layer, big)
        monkeypatch.setattr(f"intertwine.nn.{module}._CACHED", 1)  # 16 samples at a time
        for one, other in zip(_forces(layer, big), whole, strict=True):
            torch.testing.assert_close(one, other)


def _forces(layer: torch.nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """The output, its gradients, and gradients of a gradient."""
    y = layer(x)
    (force,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    again = torch.autograd.grad(force.square().sum(), [x, *layer.parameters()])
    return [y.detach(), force.detach(), *again]


def test_kinds_have_weights_of_their_own() -> None:
    rep = tw.Rep(tw.group("O(3)"), "3x0e + 3x1o")
    layer = SymmetricContraction(rep, rep, 3, types=4, dtype=FLOAT)
    x = torch.randn(6, 5, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    kinds = torch.arange(30).reshape(6, 5) % 4
    y = layer(x, kinds)
    for kind in range(4):
        single = SymmetricContraction(rep, rep, 3, dtype=FLOAT)
        with torch.no_grad():
            single.weight.copy_(layer.weight[kind])
        torch.testing.assert_close(y[kinds == kind], single(x[kinds == kind]))
    for given, module in ((None, layer), (kinds[0], layer), (kinds, SymmetricContraction(rep, rep, 2).to(FLOAT))):
        with pytest.raises(ConfigurationError, match="kinds of the samples"):
            module(x, given)


def test_refusals() -> None:
    rep = tw.Rep(tw.group("O(3)"), "3x0e + 3x1o")
    with pytest.raises(RepresentationError, match=r"every block needs as many.*fix"):
        SymmetricContraction(rep, tw.Rep(rep.group, "2x0e"), 2)
    with pytest.raises(RepresentationError, match="no polynomial up to order 2 reaches the irrep 3o"):
        SymmetricContraction(rep, tw.Rep(rep.group, "3x3o"), 2)
    with pytest.raises(ConfigurationError, match="from 1 on"):
        SymmetricContraction(rep, rep, 0)
    with pytest.raises(ConfigurationError, match="too many monomials"):
        SymmetricContraction(tw.Rep(tw.group("SU(5)"), "2x24"), tw.Rep(tw.group("SU(5)"), "2x1"), 4)
    with pytest.raises(RepresentationError, match="do not fit rep_in"):
        TensorSquare(rep, rep)(torch.zeros(2, 3))
