"""The asserts that we ship can fail, and say where."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.nn import Linear
from intertwine.testing import assert_equivariant, equivariance_error


def square(x: torch.Tensor) -> torch.Tensor:
    return (x**2).sum(-1, keepdim=True)


def test_an_invariant_is_equivariant() -> None:
    G = tw.group("SO(3)")
    table = assert_equivariant(square, tw.Rep(G, "1"), tw.Rep(G, "0"))
    assert len(table.rows) == 10
    assert table.by_irrep().keys() == {"0"}


def test_the_euclidean_norm_is_no_lorentz_invariant() -> None:
    G = tw.group("SO(1,3)")
    with pytest.raises(AssertionError, match=r"square is not equivariant under SO\(1,3\): error .* irrep"):
        assert_equivariant(square, tw.Rep(G, "(1/2,1/2)"), tw.Rep(G, "(0,0)"))

    def interval(x: torch.Tensor) -> torch.Tensor:
        return 2 * x[..., :1] ** 2 - square(x)

    assert_equivariant(interval, tw.Rep(G, "(1/2,1/2)"), tw.Rep(G, "(0,0)"))


def test_two_inputs_and_parity() -> None:
    """A cross product is an axial vector: the polar claim must fail on the reflection."""
    G = tw.group("O(3)")
    v = tw.Rep(G, "1o")

    def cross(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.linalg.cross(x, y)

    assert_equivariant(cross, [v, v], tw.Rep(G, "1e"))
    assert equivariance_error(cross, [v, v], v).max > 0.1


def test_the_table_is_by_irrep_and_size_of_the_element() -> None:
    rep = tw.Rep(tw.group("SO(1,3)"), "(0,0) + (1/2,1/2)")
    layer = Linear(rep, rep)
    table = assert_equivariant(layer, scale=2.5)  # representations are the module's
    found = table.by_size((1.0, 3.0))
    assert found.keys() == {"(0,0)", "(1/2,1/2)"}
    assert found["(0,0)"][1:] == [None, None]  # invariants do not grow
    assert found["(1/2,1/2)"][2] is not None
    for row in table.rows:
        column = found[row.irrep][(row.size > 1.0 + 1e-8) + (row.size > 3.0)]
        assert column is not None
        assert column >= row.error
    assert "‖ρ‖ ≤ 10" in str(table)
    assert str(table).count("\n") == 2
    with pytest.raises(RepresentationError, match="declares no representation"):
        equivariance_error(square)


def test_nan_is_an_infinite_error() -> None:
    G = tw.group("SO(3)")
    with pytest.raises(AssertionError):
        assert_equivariant(lambda x: x * float("nan"), tw.Rep(G, "1"), tw.Rep(G, "1"))


def test_what_does_not_fit_is_refused() -> None:
    G = tw.group("SO(3)")
    with pytest.raises(RepresentationError, match="does not fit rep_out"):
        equivariance_error(lambda x: x, tw.Rep(G, "1"), tw.Rep(G, "2"))
    with pytest.raises(RepresentationError, match="different groups"):
        equivariance_error(lambda x: x, tw.Rep(tw.group("SU(2)"), "1"), tw.Rep(G, "1"))
