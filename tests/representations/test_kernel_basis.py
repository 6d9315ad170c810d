"""Kernel bases against an oracle that knows no Clebsch–Gordan map: averages over the group, and characters."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.representations.kernels.harmonic_functions import harmonic_functions, harmonic_reps
from intertwine.representations.kernels.kernel_basis import kernel_basis
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.representations.kernels.space_action import space_action
from intertwine.representations.kernels.stencil_functions import stencil_functions, stencil_points


def _fields(name: str, what: str) -> tw.Rep:
    return tw.regular(name) if what == "regular" else tw.Rep(tw.group(name), what)


def _angular(points: np.ndarray, degree: int) -> np.ndarray:
    """All monomials of total degree `degree` restricted to the sphere, and those two, four, … below."""
    d = points.shape[1]
    exponents = [e for e in np.ndindex(*(degree + 1,) * d) if sum(e) in range(degree % 2, degree + 1, 2)]
    return np.array([np.prod(points ** np.array(e), axis=1) for e in exponents])


CASES = [
    ("C4", "A", "regular", 2),
    ("C8", "regular", "regular", 2),
    ("D4", "E", "regular", 2),
    ("D8", "A1 + E1", "E1 + E2 + B1", 2),
    ("SO(2)", "0 + 1", "1 + 2", 2),
    ("O(2)", "0e + 1", "0o + 1 + 2", 2),
    ("SO(3)", "0 + 1", "1 + 2", 3),
    ("O(3)", "0e + 1o", "1e + 2e", 3),
    ("O", "T1", "E + T2", 3),
    ("I", "A + T1", "T2 + H", 3),
]


@pytest.mark.parametrize(("name", "rep_in", "rep_out", "d"), CASES)
def test_spans_what_averaging_over_the_group_gives(name: str, rep_in: str, rep_out: str, d: int) -> None:
    ρ_in, ρ_out = _fields(name, rep_in), _fields(name, rep_out)
    G = ρ_in.group
    vector = space_action(G, d)
    rng = np.random.default_rng(1)
    points = rng.standard_normal((40 if d == 2 else 60, d))  # no grid: every kernel is independent there
    r = np.linalg.norm(points, axis=1)
    degree = 3 if d == 2 else 2
    profile = RadialProfile((1.0,), (0.6,), (degree,))
    basis = kernel_basis(harmonic_functions(vector, points, profile), ρ_in, ρ_out).kernels.transpose(3, 0, 1, 2)
    flat = basis.reshape(len(basis), -1)
    # oracle: random kernels of that angular degree, averaged over the group
    quadrature = _quadrature(G, d) if G.n_algebra else list(G.elements)
    found = []
    shapes = [_angular(points / r[:, None], degree), _angular(points / r[:, None], degree - 1)]
    n_shapes = sum(map(len, shapes))
    for _ in range(len(basis) + 4):
        weights = rng.standard_normal((n_shapes, ρ_out.dim, ρ_in.dim))
        total = np.zeros((ρ_out.dim, ρ_in.dim, len(points)))
        for g in quadrature:
            moved = points @ vector.matrix(g) / r[:, None]  # g⁻¹ x
            values = np.concatenate([_angular(moved, degree), _angular(moved, degree - 1)])
            K = np.einsum("soi,sx->oix", weights, values)
            total += np.einsum("po,oix,ij->pjx", ρ_out.matrix(g), K, np.linalg.inv(ρ_in.matrix(g)))
        found.append((total * np.exp(-0.5 * ((r - 1) / 0.6) ** 2)).reshape(-1) / len(quadrature))
    oracle = np.array(found)
    ours, theirs = np.linalg.svd(flat)[2][: len(basis)], oracle
    residual = np.linalg.norm(theirs - theirs @ ours.T @ ours) / np.linalg.norm(theirs)
    assert residual < 1e-9
    assert np.linalg.matrix_rank(flat, tol=1e-8) == len(basis)
    assert np.linalg.matrix_rank(oracle / np.linalg.norm(oracle), tol=1e-8) == len(basis)


def _quadrature(G: Any, d: int) -> list[Any]:
    """Elements whose average is exact for products of low degree (up to 5 in three dimensions)."""
    components = [G.identity, *G.discrete_elements]
    if d == 2:
        return [c @ G.exp([2 * np.pi * k / 24]) for c in components for k in range(24)]
    basis = space_action(G, 3).generators.reshape(3, -1).T
    turns = []
    for g in tw.group("I").elements:
        x, y, z = Rotation.from_matrix(np.asarray(g.matrix, dtype=float)).as_rotvec()
        cross = np.array([0, -z, y, z, 0, -x, -y, x, 0])
        turns.append(G.exp(np.linalg.lstsq(basis, cross, rcond=None)[0]))
    return [c @ g for c in components for g in turns]


@pytest.mark.parametrize("name", ["C4", "D4", "O", "Oh", "Hyperoctahedral(4)"])
def test_stencil_spans_all_equivariant_kernels(name: str) -> None:
    G = tw.group(name)
    d = 4 if name.startswith("H") else 3 if name.startswith("O") else 2
    vector = space_action(G, d)
    rep = vector + tw.Rep(G, [(1, G.trivial)])
    kernels = kernel_basis(stencil_functions(vector, (3,) * d), vector, rep).kernels.transpose(3, 0, 1, 2)
    points = stencil_points((3,) * d)
    order = {tuple(p): i for i, p in enumerate(points.astype(int).tolist())}
    count = 0.0
    for g in G.elements:  # dimension of the invariants = mean of the characters
        R = np.rint(vector.matrix(g))
        fixed = float((np.abs(points @ R.T - points).max(1) < 1e-9).sum())
        count += fixed * np.trace(vector.matrix(g)) * np.trace(rep.matrix(g)) / G.order
    assert len(kernels) == round(count)
    for g in G.discrete_elements:
        moved = [order[tuple(p)] for p in np.rint(points @ vector.matrix(g).T).astype(int).tolist()]
        turned = np.einsum("po,noix,ji->npjx", rep.matrix(g), kernels, vector.matrix(g))
        np.testing.assert_allclose(kernels[..., moved], turned, atol=1e-12)


def test_harmonics_under_a_subgroup_decompose_as_known() -> None:
    G = tw.group("Oh")
    assert str(harmonic_reps(space_action(G, 3), 3)[2].simplify()) == "Eg + T2g"
    assert str(harmonic_reps(space_action(G, 3), 3)[3].simplify()) == "A2u + T1u + T2u"


def test_refusals() -> None:
    with pytest.raises(ConfigurationError, match="no action on 2 coordinates"):
        space_action(tw.group("SU(3)"), 2)
    with pytest.raises(ConfigurationError, match="does not take the lattice to itself"):
        stencil_functions(space_action(tw.group("C8"), 2), (3, 3))
    with pytest.raises(ConfigurationError, match="takes the stencil out of itself"):
        stencil_functions(space_action(tw.group("C4"), 2), (3, 5))
    with pytest.raises(ConfigurationError, match="no centre"):
        stencil_functions(space_action(tw.group("C4"), 2), (4, 4))
    with pytest.raises(RepresentationError, match="changes lengths"):
        space_action(tw.group("SO(1,3)"), 4, tw.Rep("SO(1,3)", "(1/2,1/2)"))
    with pytest.raises(ConfigurationError, match="a radius, a width and a degree"):
        RadialProfile((0.0, 1.0), (0.5,), (0, 1))
    G = tw.group("Ih")
    profile = RadialProfile((1.0,), (0.6,), (1,))
    functions = harmonic_functions(space_action(G, 3), stencil_points((5, 5, 5)), profile)
    with pytest.raises(ConfigurationError, match="too large to hold"):
        kernel_basis(functions, tw.regular(G), tw.regular(G))


def test_units_of_sums_and_multiples() -> None:
    R = tw.regular("C4")
    total = 3 * R + tw.Rep("C4", "2xA") + R
    assert [(m, u.dim) for m, u in total.units] == [(3, 4), (2, 1), (1, 4)]
    g = tw.group("C4").element(1)
    expected = np.kron(R.matrix(g), np.eye(3))
    np.testing.assert_allclose(total.matrix(g)[:12, :12], expected, atol=1e-12)
    assert [(m, u.dim) for m, u in pickle.loads(pickle.dumps(total)).units] == [(3, 4), (2, 1), (1, 4)]
    assert [(m, str(u)) for m, u in tw.Rep("SO(3)", "2x0 + 2x1 + 2").units] == [(2, "0 + 1"), (1, "2")]
