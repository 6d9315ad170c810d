"""nn.Harmonics: tw.harmonics in torch, both backends, with derivatives; broken variants are found out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

import intertwine as tw
from intertwine.errors import RepresentationError
from intertwine.nn import Harmonics
from intertwine.nn.kernels.native import compiler
from intertwine.testing import assert_equivariant, equivariance_error

FLOAT = torch.float64
TOWERS = [("SO(3)", 6), ("O(3)", 4), ("SO(2)", 4), ("SO(4)", 4), ("SO(1,3)", 5), ("SO(1,2)", 3), ("O(5)", 3)]
OTHERS = [
    ("SU(3)", None, 3),
    ("SU(2)", None, 3),
    ("SO(3)", "2x1", 3),
    ("Sp(4,R)", None, 3),
    ("Oh", "T1u", 4),
    ("G2", None, 2),
]
BACKENDS = [None, "reference"] if compiler() is None else ["fused", "reference"]


def _layer(name: str, degree: int, **options: object) -> Harmonics:
    return Harmonics(tw.harmonics(name, 0).rep_in, degree, dtype=FLOAT, **options)  # type: ignore[arg-type]


def _points(layer: Harmonics, count: int = 7) -> torch.Tensor:
    return torch.randn(count, layer.rep_in.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("name", "degree"), TOWERS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_towers_are_the_engines_harmonics(name: str, degree: int, backend: str) -> None:
    layer = _layer(name, degree, backend=backend)
    known = tw.harmonics(name, degree)
    assert (layer.rep_out, layer.degrees) == (known.rep, known.degrees)
    for count in (1, 7, 8, 37):
        x = _points(layer, count)
        np.testing.assert_allclose(layer(x).numpy(), known(x.numpy()), rtol=1e-10, atol=1e-10)
    assert_equivariant(layer, layer.rep_in, layer.rep_out, tolerance=1e-11)
    x = _points(layer, 3).requires_grad_()
    assert torch.autograd.gradcheck(layer, (x,))
    assert torch.autograd.gradgradcheck(layer, (x,))


@pytest.mark.parametrize(("name", "vector", "degree"), OTHERS)
def test_any_group(name: str, vector: str | None, degree: int) -> None:
    known = tw.harmonics(name, degree, vector=vector)
    layer = Harmonics(known.rep_in, degree, dtype=FLOAT)
    x = _points(layer)
    np.testing.assert_allclose(layer(x).numpy(), known(x.numpy()), rtol=1e-10, atol=1e-10)
    assert_equivariant(layer, layer.rep_in, layer.rep_out, tolerance=1e-11)
    x = x[:2].requires_grad_()
    assert torch.autograd.gradcheck(layer, (x,))
    if layer.rep_in.dim < 6:
        assert torch.autograd.gradgradcheck(layer, (x,))


def test_representations_in_their_own_basis() -> None:
    vector = tw.Rep(tw.group("SO(3)"), "1")
    layer = Harmonics(vector @ vector, 2, dtype=FLOAT)
    assert_equivariant(layer, layer.rep_in, layer.rep_out, tolerance=1e-11)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("normalisation", ["component", "norm", "integral"])
def test_degrees_normalisations_and_unit_vectors(backend: str, normalisation: str) -> None:
    known = tw.harmonics("SO(3)", 6, degrees=[1, 4, 6], normalisation=normalisation)  # type: ignore[arg-type]
    options = {"degrees": [1, 4, 6], "normalisation": normalisation, "backend": backend}
    layer = _layer("SO(3)", 6, unit_vectors=True, **options)
    x = _points(layer)
    unit = x / x.norm(dim=-1, keepdim=True)
    np.testing.assert_allclose(layer(x).numpy(), known(unit.numpy()), atol=1e-12)
    np.testing.assert_allclose(_layer("SO(3)", 6, **options)(x).numpy(), known(x.numpy()), rtol=1e-10, atol=1e-10)
    assert torch.isfinite(layer(torch.zeros(1, 3, dtype=FLOAT))).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_shapes_strides_and_precisions(backend: str) -> None:
    layer = _layer("SO(3)", 4, backend=backend)
    x = _points(layer, 30)
    for rows in (x.T.contiguous().T, x.reshape(5, 6, 3)):
        torch.testing.assert_close(layer(rows).reshape(30, -1), layer(x))
    assert layer(x[:0]).shape == (0, 25)
    assert layer(x.reshape(2, 15, 3)[:, :0]).shape == (2, 0, 25)
    empty = x[:0].clone().requires_grad_()
    assert torch.autograd.grad(layer(empty).sum(), empty)[0].shape == (0, 3)
    single = layer(x.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), layer(x), rtol=1e-5, atol=1e-5)
    assert layer(x.bfloat16()).dtype == torch.bfloat16
    torch.testing.assert_close(torch.func.vmap(layer)(x.reshape(5, 6, 3)), layer(x.reshape(5, 6, 3)))
    jacobian = torch.func.vmap(torch.func.jacrev(layer))(x)
    expected = torch.autograd.functional.jacobian(lambda y: layer(y).sum(0), x).transpose(0, 1)
    torch.testing.assert_close(jacobian, expected)


def test_derivatives_are_harmonic_and_homogeneous() -> None:
    """Euler: x·∇Y = l Y. Laplace: ΔY = 0. Independent of how they are computed."""
    layer = _layer("SO(3)", 5)
    x = _points(layer, 4)
    jacobian = torch.func.vmap(torch.func.jacrev(layer))(x)
    degree = torch.tensor(
        [d for d, w in zip(layer.degrees, layer.rep_out.slices, strict=True) for _ in range(w.stop - w.start)]
    )
    torch.testing.assert_close(torch.einsum("nka,na->nk", jacobian, x), degree * layer(x))
    hessian = torch.stack(
        [
            torch.autograd.functional.hessian(lambda y, k=k: layer(y[None])[0, k], x[0])
            for k in range(0, layer.rep_out.dim, 5)
        ]
    )
    assert float(hessian.diagonal(dim1=1, dim2=2).sum(-1).abs().max()) < 1e-10


def test_broken_harmonics_are_found_out() -> None:
    layer = _layer("SO(3)", 3)
    layer._coefficients = layer._coefficients.clone() if layer.backend == "fused" else torch.zeros(0)
    if layer.backend == "fused":
        layer._coefficients[-1] *= 1.01
        assert equivariance_error(layer, layer.rep_in, layer.rep_out).max > 1e-4
    reference = _layer("SO(1,3)", 3, backend="reference")
    with torch.no_grad():
        reference.tables[1].value[0, 0] += 0.01
    reference.tables[1].exact[0, 0] += 0.01
    assert equivariance_error(reference, reference.rep_in, reference.rep_out).max > 1e-5


def test_refusals() -> None:
    with pytest.raises(RepresentationError, match="definite form"):
        _layer("SO(1,3)", 2, unit_vectors=True)
    with pytest.raises(RepresentationError, match="fused harmonics are those"):
        _layer("SU(3)", 2, backend="fused")
    with pytest.raises(RepresentationError, match="do not fit rep_in"):
        _layer("SO(3)", 2)(torch.zeros(2, 4))
    assert all(a < b for a, b in pairwise(_layer("SO(3)", 4).degrees))


def test_fused_directions_divide_like_torch_to_second_order() -> None:
    """Y(x / |x|) in one pass beside the reference, several groups of points and the origin included; vmap too."""
    if compiler() is None:
        pytest.skip("no C++ compiler here")
    rep = tw.Rep("SO(3)", "1")
    fused, reference = (
        Harmonics(rep, 4, unit_vectors=True, dtype=torch.float64, backend=backend)  # type: ignore[arg-type]
        for backend in ("fused", "reference")
    )
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(131, 3, dtype=torch.float64, generator=generator).requires_grad_()
    g, a = (torch.randn(131, n, dtype=torch.float64, generator=generator) for n in (25, 3))
    found = []
    for layer in (fused, reference):
        y = layer(x)
        plain = torch.autograd.grad(y, x, g, retain_graph=True)[0]
        first = torch.autograd.grad(y, x, g, create_graph=True)[0]
        found.append([y, plain, first, *torch.autograd.grad(first, x, a)])
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-11, atol=1e-11)
    assert (fused(2 * x) - fused(x)).abs().max() < 1e-12
    origin = torch.zeros(2, 3, dtype=torch.float64)
    torch.testing.assert_close(fused(origin), reference(origin))

    def energy(v: torch.Tensor) -> torch.Tensor:
        return fused(v).square()[..., 3].sum()

    batched = x.detach().reshape(1, 131, 3).expand(2, 131, 3)
    single = torch.autograd.grad(fused(x).square()[..., 3].sum(), x)[0]
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(energy))(batched)[1], single)
