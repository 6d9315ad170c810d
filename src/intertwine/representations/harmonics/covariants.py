"""All equivariant polynomials of a vector, degree by degree: the module of covariants over the invariants.

Hom_G(Sym^l V, W) is spanned by the Clebsch–Gordan couplings of x with Hom_G(Sym^{l−1} V, W'). Modulo multiples of
invariants couplings with the *generators* of degree l − 1 are enough, because x ⊗ (q p) = q (x ⊗ p). Each degree is
checked to be complete: over all W, the number of independent maps times dim W / dim commutant must give the number of
monomials.

For SO(n) and SO(p,q) the generators are one irrep a degree, the spherical harmonics; for SU(n) on C^n the [p,0…0,q]
towers; for adjoint polynomials they start with the octet's d-coupling. (Kostant 1963; Sturmfels, Algorithms in
Invariant Theory, ch. 2.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from intertwine.errors import AccuracyError, ConfigurationError
from intertwine.representations.harmonics.monomials import couple, leading_sign, multiply, n_monomials
from intertwine.representations.harmonics.nodes import Couple, Node, RealArray, Scale
from intertwine.representations.irrep import Irrep
from intertwine.representations.tensor_product import product_irreps, product_maps

_ACCEPT = 1e-6  # residual of a unit vector that opens a new direction
_NOISE = 1e-9  # and below which it is rounding
_LIMIT = 6_000  # monomials of one degree; the module of a degree takes 8 n² bytes


@dataclass
class _Space:
    """The equivariant maps of one degree into one irrep that are known: nodes, and orthonormal vectors that span
    them."""

    nodes: list[Node] = field(default_factory=list)
    frame: list[RealArray] = field(default_factory=list)
    combinations: list[RealArray] = field(default_factory=list)  # frame_a = Σ_b combinations_a[b] nodes_b

    def residual(self, polynomial: RealArray) -> tuple[RealArray, RealArray]:
        """What is left of the map after projection on the known ones, and the projection's coefficients on the
        nodes."""
        rest = polynomial.copy()
        known = np.zeros(len(self.nodes))
        for _ in range(2):  # twice is enough
            for vector, combination in zip(self.frame, self.combinations, strict=True):
                overlap = float((vector * rest).sum())
                rest -= overlap * vector
                known[: len(combination)] += overlap * combination
        return rest, known

    def add(self, node: Node, rest: RealArray, known: RealArray) -> None:
        norm = float(np.linalg.norm(rest))
        self.nodes.append(node)
        self.frame.append(rest / norm)
        self.combinations.append(np.append(-known, 1.0) / norm)


class Covariants:
    """Equivariant polynomials of the vector of a list of irreps, up to a degree.

    Attributes
    ----------
    generators: generators[l] lists the maps of degree l that are not multiples of invariants, one an orbit of the
    commutant. invariants: the generators of the ring of invariants found, by degree.
    """

    def __init__(self, inputs: list[Irrep], max_degree: int) -> None:
        self.inputs = inputs
        self.n = sum(irrep.real_dim for irrep in inputs)
        if (count := n_monomials(self.n, max_degree)) > _LIMIT:
            raise ConfigurationError(
                "too many monomials for the module of covariants",
                received=f"degree {max_degree} in {self.n} variables: {count}",
                expected=f"at most {_LIMIT}",
                fix="ask for a lower degree",
            )
        trivial = inputs[0].group.trivial
        one = Node(trivial, 0, np.ones((1, 1)))
        self.generators: list[list[Node]] = [[one]]
        self.invariants: list[Node] = []
        self._trivial = trivial
        first = _Space()
        first.add(one, one.polynomial, np.zeros(0))
        self._spaces: list[dict[Irrep, _Space]] = [{trivial: first}]
        for degree in range(1, max_degree + 1):
            self._extend(degree)

    def complete(self, degree: int) -> dict[Irrep, list[Node]]:
        """A basis of Hom_G(Sym^l V, W) for every W that occurs, multiples of invariants and commutant images
        included."""
        return {irrep: space.nodes for irrep, space in sorted(self._spaces[degree].items())}

    def orbit_representatives(self, degree: int) -> list[Node]:
        """That basis without the images of others under the commutant."""
        return [node for nodes in self.complete(degree).values() for node in nodes if not node.is_image]

    def _extend(self, degree: int) -> None:
        candidates = self._candidates(degree)
        spaces: dict[Irrep, _Space] = {}
        self._spaces.append(spaces)
        self.generators.append([])
        # invariants first: a new one takes part in nothing else at its own degree
        order = sorted(
            set(candidates) | {w for lower in self._spaces[:-1] for w in lower}, key=lambda w: (not w.is_trivial, w)
        )
        for irrep in order:
            space = _Space()
            self._multiples(irrep, degree, space)
            for couples, polynomial in candidates.get(irrep, []):
                self._accept(irrep, degree, space, couples, polynomial)
            if space.nodes:
                spaces[irrep] = space
        count = sum(len(space.nodes) * w.real_dim // w.commutant_dim for w, space in spaces.items())
        if count != n_monomials(self.n, degree):
            raise AccuracyError(
                f"the equivariant polynomials of degree {degree} do not add up",
                received=count,
                expected=n_monomials(self.n, degree),
            )

    def _candidates(self, degree: int) -> dict[Irrep, list[tuple[tuple[Couple, ...], RealArray]]]:
        """Couplings of x with the generators one degree lower, by target irrep."""
        found: dict[Irrep, list[tuple[tuple[Couple, ...], RealArray]]] = {}
        for parent in self.generators[degree - 1]:
            start = 0
            for block in self.inputs:
                variables = slice(start, start + block.real_dim)
                start += block.real_dim
                for target in product_irreps(block, parent.irrep):
                    for table in product_maps(block, parent.irrep, target):
                        polynomial = couple(table, parent.polynomial, variables, self.n, degree - 1)
                        norm = float(np.linalg.norm(polynomial))
                        if norm > _NOISE * float(np.linalg.norm(parent.polynomial)):
                            term = Couple(variables, parent, table / norm)
                            found.setdefault(target, []).append(((term,), polynomial / norm))
        return found

    def _multiples(self, irrep: Irrep, degree: int, space: _Space) -> None:
        """Invariants times maps of lower degree."""
        for invariant in self.invariants:
            lower = self._spaces[degree - invariant.degree].get(irrep) if invariant.degree <= degree else None
            if lower is None or (irrep.is_trivial and invariant.degree == degree):
                continue
            for node in lower.nodes:
                polynomial = multiply(
                    invariant.polynomial[:, 0], invariant.degree, node.polynomial, node.degree, self.n
                )
                norm = float(np.linalg.norm(polynomial))
                rest, known = space.residual(polynomial / norm)
                if _is_new(rest):
                    scale = Scale(node, 1.0 / norm, invariant)
                    multiple = Node(irrep, degree, polynomial / norm, scales=(scale,), is_image=node.is_image)
                    space.add(multiple, rest, known)

    def _accept(
        self, irrep: Irrep, degree: int, space: _Space, couples: tuple[Couple, ...], polynomial: RealArray
    ) -> None:
        """Keep what a candidate adds: its part orthogonal to all that is known, of unit norm, with the sign of
        `leading_sign`."""
        rest, known = space.residual(polynomial)
        if not _is_new(rest):
            return
        scale = leading_sign(rest, self.n) / float(np.linalg.norm(rest))
        couples = tuple(Couple(term.variables, term.parent, term.table * scale) for term in couples)
        projection = tuple(
            Scale(node, -scale * float(c)) for node, c in zip(space.nodes, known, strict=True) if abs(c) > 1e-13
        )
        node = Node(irrep, degree, rest * scale, couples, projection)
        space.add(node, node.polynomial, np.zeros(len(space.nodes)))
        if irrep.is_trivial:
            self.invariants.append(node)
        else:
            self.generators[degree].append(node)
        for unit in irrep.commutant[1:]:
            image = node.polynomial @ unit.T
            rest, known = space.residual(image)
            if _is_new(rest):
                scales = (Scale(node, 1.0, commutant=unit),)
                space.add(Node(irrep, degree, image, scales=scales, is_image=True), rest, known)


def _is_new(rest: RealArray) -> bool:
    norm = float(np.linalg.norm(rest))
    if _NOISE < norm < _ACCEPT:
        raise AccuracyError(
            "cannot tell whether an equivariant polynomial is new", received=norm, expected=f"≤ {_NOISE} or ≥ {_ACCEPT}"
        )
    return norm >= _ACCEPT
