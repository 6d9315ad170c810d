"""H ⊂ G with matrices: H's Lie algebra basis in G's, and H's discrete generators as elements of G.

Three built-in rules, in this order: H's factors among G's; H's defining matrices as a block of G's (SO(3) ⊂ SO(1,3),
point groups ⊂ SO(3), G2 ⊂ SO(7)); the weight projection of `branching`, lifted to root vectors
(SU(5) ⊃ SU(3)xSU(2)xU(1), E8 ⊃ E7xSU(2)).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from intertwine.errors import GroupError
from intertwine.groups.chevalley import root_vectors
from intertwine.groups.element import GroupElement
from intertwine.groups.extended_group import ExtendedGroup
from intertwine.groups.finite_group import FiniteGroup
from intertwine.groups.group import Group
from intertwine.groups.lie_group import LieGroup
from intertwine.groups.physical_algebra import algebra_matrices
from intertwine.groups.product import ProductGroup
from intertwine.groups.theory import ComplexArray, RealArray

EXACT = 1e-9


@dataclass(frozen=True)
class SubgroupEmbedding:
    """X^H_h = Σ_a algebra[h, a] X^G_a, and the images in G of H's discrete generators.

    Attributes
    ----------
    algebra: [subgroup.n_algebra, group.n_algebra].
    discrete: one element of the group for each discrete generator of the subgroup.
    """

    group: Group
    subgroup: Group
    algebra: RealArray
    discrete: tuple[GroupElement, ...]


def subgroup_embedding(group: Group, subgroup: Group) -> SubgroupEmbedding:
    """The built-in embedding; raises GroupError where there is none."""
    for rule in (_among_factors, _finite_in_finite, _block_of_defining, _lifted_projection):
        found = rule(group, subgroup)
        if found is not None:
            return found
    raise GroupError(
        f"no built-in embedding of {subgroup.name} in {group.name}",
        received=f"{group.name} ⊃ {subgroup.name}",
        fix="give embedding=[n_H, n_G], the subgroup's Lie algebra basis in the group's, and discrete=its elements",
    )


def _among_factors(group: Group, subgroup: Group) -> SubgroupEmbedding | None:
    """H's factors are some of G's, in order; G = H included."""
    ours = list(group.factors) if isinstance(group, ProductGroup) else [group]
    theirs = list(subgroup.factors) if isinstance(subgroup, ProductGroup) else [subgroup]
    places: list[int] = []
    for factor in theirs:
        place = next((i for i, other in enumerate(ours) if other == factor and i not in places), None)
        if place is None:
            return None
        places.append(place)
    starts = np.cumsum([0, *(factor.n_algebra for factor in ours)])
    rows = [np.arange(starts[i], starts[i + 1]) for i in places]
    chosen = np.concatenate(rows).astype(int)
    discrete: list[GroupElement] = []
    for i in places:
        for r in ours[i].discrete_elements:
            if isinstance(group, ProductGroup):
                parts = [r if j == i else other.identity for j, other in enumerate(ours)]
                discrete.append(group.element(*parts))
            else:
                discrete.append(r)
    return SubgroupEmbedding(group, subgroup, np.eye(group.n_algebra)[chosen], tuple(discrete))


def _finite_in_finite(group: Group, subgroup: Group) -> SubgroupEmbedding | None:
    if not isinstance(group, FiniteGroup) or not isinstance(subgroup, FiniteGroup):
        return None
    from intertwine.representations.branching.finite_embedding import finite_embedding

    found = finite_embedding(group, subgroup)
    return None if found is None else SubgroupEmbedding(group, subgroup, np.zeros((0, 0)), found)


def _block_of_defining(group: Group, subgroup: Group) -> SubgroupEmbedding | None:
    ours = defining_generators(group)
    theirs = defining_generators(subgroup)
    if ours is None or theirs is None or isinstance(group, FiniteGroup):
        return None
    n, d = ours.shape[1], theirs.shape[1]
    reflections = [np.asarray(r.matrix) for r in subgroup.discrete_elements]  # type: ignore[attr-defined]
    for place in _places(group, n, d):
        X = np.zeros((len(theirs), n, n), dtype=np.complex128)
        X[np.ix_(range(len(theirs)), place, place)] = theirs
        algebra = _coefficients(ours, X)
        if algebra is None:
            continue
        try:
            discrete = []
            for r in reflections:
                M = np.eye(n, dtype=r.dtype)
                M[np.ix_(place, place)] = r
                discrete.append(group.element(M))  # type: ignore[attr-defined]
        except GroupError:  # not an element of G with the block at this place
            continue
        return SubgroupEmbedding(group, subgroup, algebra, tuple(discrete))
    return None


def _places(group: Group, n: int, d: int) -> Iterator[list[int]]:
    """Where a block of size d may stand among n coordinates: the first ones; for SO(p,q) first the last ones."""
    if d > n:
        return
    first, last = list(range(d)), list(range(n - d, n))
    yield from ((first, last) if group.is_compact else (last, first))
    spec = getattr(getattr(group, "connected", group), "spec", None)
    if spec is not None and len(spec.parameters) == 2:
        p, q = spec.parameters
        for a in range(1, min(p, d) + 1):
            if d - a <= q:
                yield [*range(p - a, p), *range(p, p + d - a)]
        for a in range(1, min(q, d) + 1):  # the other sign of the metric
            if d - a <= p:
                yield [*range(p, p + a), *range(p - d + a, p)]


def defining_generators(group: Group) -> ComplexArray | None:
    """[n_algebra, d, d] in the group's defining coordinates, or None where nobody writes it by matrices."""
    if isinstance(group, FiniteGroup):
        size = np.asarray(group.identity.matrix).shape[0]
        return np.zeros((0, size, size), dtype=np.complex128)
    connected = group.connected if isinstance(group, ExtendedGroup) else group
    if not isinstance(connected, LieGroup) or connected.defining is None:
        return None
    if connected.spec.series in ("SO", "Spin") and connected.spec.torus_rank:
        return np.array([[[0, -1], [1, 0]]], dtype=np.complex128)
    return algebra_matrices(connected.spec, connected.defining, connected.algebra)


def _coefficients(basis: ComplexArray, X: ComplexArray) -> RealArray | None:
    """Real c with X_h = Σ_a c[h, a] basis_a, or None if X is not in the real span."""
    if not len(X):
        return np.zeros((0, len(basis)))
    flat = basis.reshape(len(basis), -1)
    target = X.reshape(len(X), -1)
    gram = (flat @ flat.conj().T).real
    if np.linalg.matrix_rank(gram) < len(basis):
        return None
    solved = np.linalg.solve(gram, (flat.conj() @ target.T).real).T
    c: RealArray = np.where(np.abs(solved) < 1e-13, 0.0, solved).astype(np.float64)
    error = np.abs(c @ flat - target).max()
    return c if error < EXACT * max(1.0, float(np.abs(target).max())) else None


def _lifted_projection(group: Group, subgroup: Group) -> SubgroupEmbedding | None:
    """H_i of H are combinations of G's by the projection; E_i are sums of root vectors of the restricted weight α_i."""
    from intertwine.representations.branching.branch import branch

    parts_of_h = subgroup.factors if isinstance(subgroup, ProductGroup) else (subgroup,)
    factors = [factor for factor in parts_of_h if isinstance(factor, LieGroup)]
    if not isinstance(group, LieGroup) or len(factors) < len(parts_of_h):
        return None
    trivial = group.spec.trivial
    try:
        embedding = branch(group, subgroup, group.theory.name(trivial)).embedding
    except GroupError:  # `branch` knows no embedding either; the caller says what can be done
        return None
    P = np.array([[float(x) for x in row] for row in embedding.projection])
    label = _faithful(group)
    from intertwine.representations.isotypic import chevalley_matrices

    basis = group.theory.algebra(label)
    E, _F, H, Q = chevalley_matrices(group, basis)
    system = group.spec.root_system
    raising = root_vectors(E, system)
    roots = [*system.positive_roots.tolist(), *(-system.positive_roots).tolist()]
    vectors = [*raising, *(x.conj().T for x in raising)]
    dynkin = np.array(roots) @ np.array(system.cartan)
    weights = np.concatenate([dynkin, np.zeros((len(roots), group.spec.torus_rank))], axis=1) @ P.T
    coroots = [np.array([np.trace((v @ v.conj().T - v.conj().T @ v) @ h).real for h in H]) for v in vectors]
    # coroot of β as Σ_j x_j H_j, through the trace form
    form = np.array([[np.trace(a @ b).real for b in H] for a in H])
    in_cartan = np.linalg.solve(form, np.array(coroots).T)  # [rank, roots]
    rows: list[ComplexArray] = []
    column = 0
    for factor in factors:
        spec = factor.spec
        r, t = spec.root_system.rank, spec.torus_rank
        simple = []
        for i in range(r):
            wanted = np.zeros(len(P))
            wanted[column : column + r] = np.array(spec.root_system.cartan)[i]
            candidates = np.flatnonzero(np.abs(weights - wanted).max(axis=1) < 1e-9)
            simple.append(_raising(in_cartan, candidates, P[column + i][: len(H)], vectors))
            if simple[-1] is None:
                return None
        lifted = root_vectors(simple, spec.root_system)
        lowered = [x.conj().T for x in lifted]
        cartan = [sum(c * X for c, X in zip(P[column + i], [*H, *Q], strict=True)) for i in range(r + t)]
        parts = np.array([*lifted, *lowered, *cartan])
        rows.append(np.tensordot(factor.algebra.coordinates, parts, axes=1))
        column += r + t
    X = np.concatenate(rows)
    algebra = _coefficients(basis, X)
    if algebra is None:
        return None
    return SubgroupEmbedding(group, subgroup, algebra, ())


def _raising(in_cartan: RealArray, candidates: np.ndarray, target: RealArray, vectors: Sequence[Any]) -> Any:
    """E = Σ_β c_β E_β over the candidates with Σ c_β² β^∨ = target, so that [E, E†] = H_i; None if there is none."""
    from scipy.optimize import nnls

    if not candidates.size:
        return None
    squares, residual = nnls(in_cartan[:, candidates], target)
    if residual > EXACT:
        return None
    return sum(np.sqrt(c) * vectors[k] for c, k in zip(squares, candidates, strict=True) if c > 0)


def _faithful(group: LieGroup) -> Any:
    """The label of a small irrep that is faithful on the Lie algebra."""
    if group.defining is not None:
        return group.spec.label(group.defining.dynkin, group.defining.charges)
    return next(label for label in group.theory.labels(248) if group.theory.dimension(label) > 1)
