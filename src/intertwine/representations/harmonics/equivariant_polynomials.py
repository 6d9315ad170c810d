"""`harmonics`: the equivariant polynomials of a vector as a function on arrays, with the Rep of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import gamma, pi
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.groups.group import Group
from intertwine.representations.harmonics.closed_form import Tower, has_closed_form, tower
from intertwine.representations.harmonics.covariants import Covariants
from intertwine.representations.harmonics.default_vector import default_vector
from intertwine.representations.harmonics.monomials import sphere_mean_square
from intertwine.representations.harmonics.nodes import Node, Plan
from intertwine.representations.irrep import Irrep
from intertwine.representations.rep import Rep

RealArray = NDArray[np.float64]
Normalisation = Literal["component", "norm", "integral"]
Method = Literal["closed", "recursion"]
_NORMALISATIONS = ("component", "norm", "integral")


class Harmonics:
    """Equivariant polynomials y(ρ_in(g) x) = ρ(g) y(x); made by `harmonics`.

    Attributes
    ----------
    rep_in: the vector x, [..., rep_in.dim].
    rep: the values, [..., rep.dim]; block b of the Rep has degree `degrees[b]` in x.
    degrees: the polynomial degree of each block of `rep`.
    normalisation: "component", "norm" or "integral".
    method: "closed" (three-term recursion) or "recursion" (y_{l+1} = CG(x ⊗ y_l)).
    polynomials: for "recursion", block by block the coefficients [n_monomials, block.dim] in the monomials of
        `monomials`, of the variables v = variables @ x; for other programs that evaluate them. Empty for "closed".
    """

    def __init__(
        self,
        rep_in: Rep,
        blocks: Sequence[tuple[int, int, Irrep]],
        evaluate: Callable[[RealArray], RealArray],
        normalisation: Normalisation,
        method: Method,
        polynomials: Sequence[RealArray] = (),
        variables: RealArray | None = None,
    ) -> None:
        self.rep_in = rep_in
        self.rep = Rep(rep_in.group, [(multiplicity, irrep) for _, multiplicity, irrep in blocks])
        self.degrees = tuple(degree for degree, _, _ in blocks)
        self.normalisation: Normalisation = normalisation
        self.method: Method = method
        self.polynomials = tuple(polynomials)
        self.variables = np.eye(rep_in.dim) if variables is None else variables
        self._evaluate = evaluate

    def __call__(self, x: ArrayLike) -> RealArray:
        """The values [..., rep.dim] at x [..., rep_in.dim].

        Raises RepresentationError for an array whose last axis is not rep_in.dim.
        """
        points = np.asarray(x, dtype=np.float64)
        if points.ndim == 0 or points.shape[-1] != self.rep_in.dim:
            raise RepresentationError(
                "harmonics of vectors of another size", received=points.shape, expected=f"[..., {self.rep_in.dim}]"
            )
        flat = points.reshape(-1, self.rep_in.dim)
        return self._evaluate(flat).reshape(*points.shape[:-1], self.rep.dim)

    def __repr__(self) -> str:
        terms = " + ".join(
            f"[{degree}] {multiplicity}x{irrep.name}" if multiplicity > 1 else f"[{degree}] {irrep.name}"
            for degree, (multiplicity, irrep) in zip(self.degrees, self.rep.blocks, strict=True)
        )
        return f'harmonics("{self.rep_in.group.name}", "{self.rep_in}" → {terms}, {self.normalisation}, {self.method})'


def harmonics(
    group: Group | str | Rep | Irrep,
    max_degree: int,
    *,
    vector: Rep | Irrep | str | None = None,
    degrees: Iterable[int] | None = None,
    irreps: Iterable[Irrep | str] | None = None,
    modulo_invariants: bool = True,
    normalisation: Normalisation = "component",
    method: Method | None = None,
) -> Harmonics:
    """Equivariant polynomials of a vector up to a degree, for any group.

    Every polynomial map V → W that commutes with the group is a sum of these, times polynomials in the invariants.
    For SO(n) and O(n) they are the spherical harmonics (n = 2: circular harmonics), for SO(1,n) the Minkowski
    polynomials, irreps (l/2, l/2) of SO(1,3); for SU(n) on C^n the towers [p,0…0,q].

    Parameters
    ----------
    group:
        A group, its name, or directly the Rep or Irrep of the vector.
    max_degree:
        Highest polynomial degree.
    vector:
        V; by default the defining representation of the group.
    degrees, irreps:
        Keep these degrees (default 0 … max_degree) and these irreps W (default all).
    modulo_invariants:
        True: generators of the module over the invariants, one an orbit of the commutant. False: all of
        Hom_G(Sym^l V, W), multiples of invariants such as |x|² x included, still one an orbit of the commutant.
    normalisation:
        The mean of |y|² over the unit sphere of V (of the compact form, for non-compact groups), for every irrep of
        values: "component" dim W, "norm" 1, "integral" dim W / area of the sphere (scipy's spherical harmonics).
    method:
        "closed" or "recursion"; by default closed where there is one.

    Raises
    ------
    RepresentationError
        A vector or irreps of another group, no default vector.
    ConfigurationError
        A degree or option outside what is accepted, more than 6000 monomials, no closed form where one is asked for.

    The sign of each map makes its leading coefficient positive (high powers of the last variable first, then components
    of W; with two variables the first variable first): SO(3)'s harmonics have Y_l0 > 0 on the z axis. For O(3) the
    values change sign with parity (−1)^l, so they are in the irreps 0e, 1o, 2e, …
    """
    rep_in = _vector(group, vector)
    if isinstance(max_degree, bool) or not isinstance(max_degree, int | np.integer) or max_degree < 0:
        raise ConfigurationError("a degree is a whole number", received=repr(max_degree), expected="0, 1, 2, …")
    if normalisation not in _NORMALISATIONS:
        raise ConfigurationError(
            "unknown normalisation", received=repr(normalisation), expected=", ".join(_NORMALISATIONS)
        )
    if method not in (None, "closed", "recursion"):
        raise ConfigurationError("unknown method", received=repr(method), expected='"closed" or "recursion"')
    wanted_degrees = range(max_degree + 1) if degrees is None else sorted(set(degrees))
    if any(degree not in range(max_degree + 1) for degree in wanted_degrees):
        raise ConfigurationError(
            "degrees beyond max_degree", received=list(wanted_degrees), expected=f"0 … {max_degree}"
        )
    wanted = None if irreps is None else {Irrep.parse(rep_in.group, irrep) for irrep in irreps}
    single = rep_in.is_by_irreps and len(rep_in.blocks) == 1 and rep_in.blocks[0].multiplicity == 1
    closed = single and modulo_invariants and has_closed_form(rep_in.blocks[0].irrep)
    if method == "closed" and not closed:
        raise ConfigurationError(
            "no closed form for these harmonics", received=repr(rep_in), fix='use method="recursion"'
        )
    if closed and method != "recursion":
        return _closed(rep_in, int(max_degree), wanted_degrees, wanted, normalisation)
    return _recursion(rep_in, int(max_degree), wanted_degrees, wanted, modulo_invariants, normalisation)


def _vector(group: Group | str | Rep | Irrep, vector: Rep | Irrep | str | None) -> Rep:
    if isinstance(group, Rep | Irrep):
        if vector is not None:
            raise ConfigurationError("two vectors", received=f"{group!r} and {vector!r}", expected="one of them")
        return group if isinstance(group, Rep) else Rep(group.group, group)
    from intertwine.groups.names import group as parse_group

    G = parse_group(group)
    if vector is None:
        return Rep(G, default_vector(G))
    if isinstance(vector, str):
        return Rep(G, vector)
    if vector.group != G:
        raise RepresentationError(
            "a vector of another group", received=repr(vector), expected=f"a representation of {G.name}"
        )
    return vector if isinstance(vector, Rep) else Rep(G, vector)


def _factor(irrep: Irrep, n: int, normalisation: Normalisation) -> float:
    """What a map with mean square dim W is multiplied by."""
    if normalisation == "component":
        return 1.0
    if normalisation == "norm":
        return float(1.0 / np.sqrt(irrep.real_dim))
    return float(np.sqrt(gamma(n / 2) / (2 * pi ** (n / 2))))


def _closed(
    rep_in: Rep, max_degree: int, degrees: Sequence[int], wanted: set[Irrep] | None, normalisation: Normalisation
) -> Harmonics:
    table: Tower = tower(rep_in.blocks[0].irrep, max_degree)
    kept = [degree for degree in degrees if wanted is None or table.irreps[degree] in wanted]
    factors = {degree: _factor(table.irreps[degree], rep_in.dim, normalisation) for degree in kept}

    def evaluate(x: RealArray) -> RealArray:
        values = table(x, max(kept, default=0))
        return np.concatenate([np.zeros((len(x), 0)), *(values[degree] * factors[degree] for degree in kept)], axis=1)

    return Harmonics(rep_in, [(degree, 1, table.irreps[degree]) for degree in kept], evaluate, normalisation, "closed")


def _recursion(
    rep_in: Rep,
    max_degree: int,
    degrees: Sequence[int],
    wanted: set[Irrep] | None,
    modulo_invariants: bool,
    normalisation: Normalisation,
) -> Harmonics:
    inputs = [block.irrep for block in rep_in.blocks for _ in range(block.multiplicity)]
    if not inputs:
        raise RepresentationError("harmonics of an empty representation", received=repr(rep_in))
    module = Covariants(inputs, max_degree)
    chosen: list[tuple[int, Irrep, list[Node]]] = []
    for degree in degrees:
        by_irrep: dict[Irrep, list[Node]] = {}
        for node in module.generators[degree] if modulo_invariants else module.orbit_representatives(degree):
            if wanted is None or node.irrep in wanted:
                by_irrep.setdefault(node.irrep, []).append(node)
        chosen += [(degree, irrep, by_irrep[irrep]) for irrep in sorted(by_irrep)]
    n = rep_in.dim
    scales = [
        _factor(node.irrep, n, normalisation)
        * np.sqrt(node.irrep.real_dim / sphere_mean_square(node.polynomial, degree, n))
        for degree, _, nodes in chosen
        for node in nodes
    ]
    plan = Plan([node for _, _, nodes in chosen for node in nodes])
    columns = _copies_first(rep_in)
    change = None if rep_in.is_by_irreps else rep_in.change_of_basis.from_basis

    def evaluate(x: RealArray) -> RealArray:
        by_irreps = x if change is None else x @ change.T
        values = iter([value * scale for value, scale in zip(plan(by_irreps[:, columns]), scales, strict=True)])
        blocks = [
            np.stack([next(values) for _ in nodes], axis=-1).reshape(len(x), -1)  # [d, m], channels fastest
            for _, _, nodes in chosen
        ]
        return np.concatenate([np.zeros((len(x), 0)), *blocks], axis=1)

    flat = iter([node.polynomial * scale for node, scale in zip(plan.outputs, scales, strict=True)])
    polynomials = [np.stack([next(flat) for _ in nodes], axis=-1) for _, _, nodes in chosen]
    return Harmonics(
        rep_in,
        [(degree, len(nodes), irrep) for degree, irrep, nodes in chosen],
        evaluate,
        normalisation,
        "recursion",
        [one.reshape(len(one), -1) for one in polynomials],
        (np.eye(n) if change is None else change)[columns],
    )


def _copies_first(rep: Rep) -> NDArray[np.intp]:
    """Which feature of a Rep ([d, m] blocks) is which component of its irreps one after the other."""
    order = [
        np.arange(where.start, where.stop).reshape(block.irrep.real_dim, block.multiplicity).T.reshape(-1)
        for block, where in zip(rep.blocks, rep.slices, strict=True)
    ]
    return np.concatenate(order)
