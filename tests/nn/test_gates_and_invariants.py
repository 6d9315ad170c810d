"""Invariants, Gate, NormActivation, Activation: equivariant over every kind of group; broken variants are found out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from layer_cases import NON_COMPACT, features, layer_groups, random_features

import intertwine as tw
from groups_list import Case
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import Activation, Gate, Invariants, NormActivation
from intertwine.nn.invariant_forms import invariant_forms
from intertwine.testing import assert_equivariant, equivariance_error

FLOAT = torch.float64


def _disturbed(layer: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.5 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
    return layer


@layer_groups()
@pytest.mark.parametrize("pairs", ["all", "same"])
def test_invariants_are_invariant(case: Case, pairs: str) -> None:
    rep = features(case)
    layer = Invariants(rep, pairs=pairs, dtype=FLOAT)
    assert_equivariant(layer, rep, layer.rep_out)
    assert layer(random_features(case, 5, rep.dim)).shape == (5, layer.rep_out.dim)


@layer_groups()
def test_invariants_are_all_of_degree_two(case: Case) -> None:
    """Their number is that of the invariants in Sym² of the non-trivial irreps, and they are independent."""
    irreps = [irrep for irrep in case.irreps if not irrep.is_trivial and irrep.real_dim <= 6][:2]
    rep = tw.Rep(case.group, [(2, irrep) for irrep in irreps])
    layer = Invariants(rep, dtype=FLOAT)
    assert layer.rep_out.dim == rep.symmetric_power(2).multiplicity(case.group.trivial)
    values = layer(random_features(case, 60, rep.dim))
    assert torch.linalg.matrix_rank(values) == layer.rep_out.dim


@layer_groups()
def test_invariants_have_second_moment_one(case: Case) -> None:
    rep = features(case)
    values = Invariants(rep, dtype=FLOAT)(random_features(case, 20000, rep.dim))
    moments = values.square().mean(0)
    assert ((moments > 0.8) & (moments < 1.25)).all()


def test_invariants_take_the_indefinite_form() -> None:
    """A Euclidean dot product in the place of Minkowski's is no invariant; the engine's form is."""
    G = tw.group("SO(1,3)")
    rep = tw.Rep(G, "(1/2,1/2)")
    x = torch.tensor([[2.0, 1.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]], dtype=FLOAT)
    values = Invariants(rep, dtype=FLOAT)(x)[:, 0]
    assert values[0] > 0 > values[1]
    assert abs(values[2]) < 1e-14
    wrong = equivariance_error(lambda y: y.square().sum(-1, keepdim=True), rep, tw.Rep(G, "(0,0)")).max
    assert wrong > 1e-3
    assert Invariants(tw.Rep(G, "(1,0)")).rep_out.dim == 2  # F·F and F·*F


def test_irreps_without_a_symmetric_form() -> None:
    symplectic = tw.Rep(tw.group("Sp(4,R)"), "4")
    assert Invariants(symplectic).rep_out.dim == 0
    assert Invariants(symplectic * 3).rep_out.dim == 3  # ω(x_u, x_v), u < v
    assert Invariants(symplectic * 3, pairs="same").rep_out.dim == 0
    assert Invariants(tw.Rep(tw.group("SL(3,R)"), "4x3")).rep_out.dim == 0
    assert Invariants(tw.Rep(tw.group("SL(3,R)"), "4x3 + 2x3bar")).rep_out.dim == 8  # a vector on a covector
    x = torch.randn(4, 12, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    assert torch.equal(NormActivation(symplectic * 3)(x), x)


def test_forms_are_those_of_the_engine() -> None:
    for name, irrep in (("SO(1,3)", "(1/2,1/2)"), ("SU(3)", "3"), ("SU(2)", "1/2"), ("Sp(4,R)", "4"), ("SL(3,R)", "3")):
        one = tw.group(name).irrep(irrep)
        forms = invariant_forms(one)
        metric = tw.Rep(tw.group(name), one).metric
        if metric is None:
            assert not len(forms.all)
        else:
            np.testing.assert_allclose(forms.all[0], metric, atol=1e-12)
        for X in one.generators:
            for M in forms.all:
                np.testing.assert_allclose(X.T @ M + M @ X, 0, atol=1e-12)


@layer_groups()
def test_gate_and_norm_activation_commute_with_the_group(case: Case) -> None:
    rep = features(case)
    gate = Gate(rep, activation="tanh")
    assert_equivariant(gate, gate.rep_in, rep)
    assert gate.rep_in.dim == rep.dim + gate.n_gates
    norm = _disturbed(NormActivation(rep, dtype=FLOAT))
    assert_equivariant(norm, rep, rep)


@layer_groups()
def test_broken_gates_are_found_out(case: Case) -> None:
    rep = features(case)
    gate = Gate(rep)

    def uneven(x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = gate(x)
        factors = torch.linspace(0.5, 1.5, rep.dim, dtype=x.dtype)
        return y * factors

    def gate_of_another_irrep(x: torch.Tensor) -> torch.Tensor:
        """Gates that are components of a non-trivial irrep."""
        gates = x[..., rep.dim - gate.n_gates : rep.dim] if rep.dim > 2 * gate.n_gates else x[..., 2:3]
        return gate(torch.cat([x[..., : rep.dim], gates.expand(*x.shape[:-1], gate.n_gates)], dim=-1))

    if any(block.irrep.real_dim > 1 for block in rep.blocks):
        assert equivariance_error(uneven, gate.rep_in, rep, n_elements=20).max > 1e-3
    assert equivariance_error(gate_of_another_irrep, gate.rep_in, rep, n_elements=20).max > 1e-3


@layer_groups(*NON_COMPACT)
def test_a_euclidean_norm_is_found_out(case: Case) -> None:
    rep = features(case)

    def broken(x: torch.Tensor) -> torch.Tensor:
        parts = []
        for block, where in zip(rep.blocks, rep.slices, strict=True):
            y = x[..., where].unflatten(-1, (block.irrep.real_dim, block.multiplicity))
            parts.append((y * torch.sigmoid(y.square().sum(-2, keepdim=True))).flatten(-2))
        return torch.cat(parts, -1)

    assert equivariance_error(broken, rep, rep).max > 1e-4


@layer_groups()
def test_second_moments_stay_one(case: Case) -> None:
    rep = features(case)
    x = random_features(case, 20000, rep.dim)
    for layer in (NormActivation(rep, dtype=FLOAT), NormActivation(rep, function="tanh", dtype=FLOAT)):
        for where in rep.slices:
            assert 0.9 < float(layer(x)[:, where].detach().square().mean()) < 1.1
    gate = Gate(rep)
    y = gate(random_features(case, 20000, gate.rep_in.dim))
    for where in rep.slices:
        assert 0.9 < float(y[:, where].square().mean()) < 1.1


@layer_groups("SU(2)", "SO(1,3)", "Sp(4,R)")
def test_gradients(case: Case) -> None:
    rep = features(case, scalars=1, largest=4)
    gate = Gate(rep)
    for layer in (Invariants(rep, dtype=FLOAT), _disturbed(NormActivation(rep, dtype=FLOAT)), gate):
        x = random_features(case, 2, layer.rep_in.dim).requires_grad_()
        assert torch.autograd.gradcheck(layer, (x,))
        assert torch.autograd.gradgradcheck(layer, (x,))


@layer_groups("SU(3)", "SO(1,3)")
def test_zero_size_strided_and_half_precision(case: Case) -> None:
    rep = features(case)
    for layer in (Invariants(rep), NormActivation(rep), Gate(rep)):
        n = layer.rep_in.dim
        assert layer(torch.zeros(0, 3, n)).shape == (0, 3, layer.rep_out.dim)
        x = random_features(case, n, 5, dtype=torch.float32)
        torch.testing.assert_close(layer(x.T), layer(x.T.contiguous()))
        assert layer(x.T.bfloat16()).dtype == torch.bfloat16
    invariants = Invariants(rep)
    x = random_features(case, 5, rep.dim, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(invariants(x), invariants(x))
        inside = invariants(x)
    torch.testing.assert_close(inside, invariants(x))  # Minkowski products do not lose their digits


def test_constants_keep_their_digits_through_half_precision() -> None:
    rep = tw.Rep(tw.group("SU(2,1)"), "2x8")
    layer = Invariants(rep).to(torch.float16).to(FLOAT)
    assert_equivariant(layer, rep, layer.rep_out)
    assert not layer.state_dict()
    on_meta = Invariants(rep, device="meta").to_empty(device="cpu").to(FLOAT)
    x = torch.ones(1, rep.dim, dtype=FLOAT)
    torch.testing.assert_close(on_meta(x), layer(x))


def test_refusals() -> None:
    G = tw.group("SU(3)")
    with pytest.raises(RepresentationError, match=r"non-trivial irreps; received 8.*Gate or NormActivation"):
        Activation(tw.Rep(G, "2x1 + 8"))
    with pytest.raises(RepresentationError, match="do not fit rep_in"):
        Gate(tw.Rep(G, "2x1 + 8"))(torch.zeros(3, 10))
    with pytest.raises(RepresentationError, match="by irreps"):
        Gate(tw.Rep(G, "8") @ tw.Rep(G, "8"))
    with pytest.raises(ConfigurationError, match=r"did you mean 'silu'"):
        Activation(tw.Rep(G, "2x1"), "sillu")
    with pytest.raises(ConfigurationError, match="second moment"):
        Activation(tw.Rep(G, "2x1"), torch.zeros_like)
    scalars = tw.Rep(G, "4x1")
    assert_equivariant(Activation(scalars, "gelu"), scalars, scalars)
