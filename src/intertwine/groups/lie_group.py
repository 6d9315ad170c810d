"""Connected Lie groups by name, tori and real forms included, with their elements."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intertwine.errors import GroupError
from intertwine.groups import lie_catalogue
from intertwine.groups.group import Group
from intertwine.groups.lie_element import LieElement
from intertwine.groups.lie_spec import LieSpec

if TYPE_CHECKING:
    from intertwine.groups.defining import Defining
    from intertwine.groups.real_algebra import RealAlgebra


def lie_group(name: str) -> LieGroup | None:
    """The connected Lie group of a name ("SU(3)", "SO(1,3)", "E8"), or None if the name is not one of a connected
    Lie group.

    Raises GroupError for a name of this kind with impossible parameters.
    """
    spec = lie_catalogue.lookup(name)
    return None if spec is None or spec.components > 1 else _of_spec(spec)


@lru_cache(maxsize=512)
def _of_spec(spec: LieSpec) -> LieGroup:
    return LieGroup(spec)


class LieGroup(Group):
    """A connected Lie group.

    Attributes
    ----------
    spec:
        Real form, torus, and which weights belong to the group.
    """

    def __init__(self, spec: LieSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self.is_compact = spec.is_compact
        self.n_algebra = spec.dimension
        self.n_discrete = 0

    @cached_property
    def defining(self) -> Defining | None:
        """The explicit defining representation; None for F4, E6, E7, E8."""
        from intertwine.groups.defining import defining_representation

        return defining_representation(self.spec)

    @cached_property
    def algebra(self) -> RealAlgebra:
        """The basis X_a of the real Lie algebra, in Chevalley coordinates.

        SO(3): rotations about x, y, z (exp(θ X_z) turns x towards y). SO(1,3), Spin(1,3), SL(2,C): J_x, J_y, J_z,
        K_x, K_y, K_z (exp(ζ K_x)
        adds ζ to the rapidity along x). Other SO(p,q): X_ab, a < b, turning axis a towards b. SU(n): −iλ_a/2 with
        Gell-Mann's λ_a,
        SU(2): −iσ_a/2. Tori and U(n)'s centre: i·charge, last. All others: root vectors and Cartan generators with
        a factor ½.
        """
        from intertwine.groups.physical_algebra import physical_algebra

        return physical_algebra(self.spec, self.defining)

    @property
    def identity(self) -> LieElement:
        """The unit element."""
        return LieElement(self, ())

    def exp(self, coefficients: ArrayLike) -> LieElement:
        """exp(Σ_a c_a X_a), coefficients [n_algebra]. Raises GroupError for another number of them or non-finite
        ones."""
        c = np.array(coefficients, dtype=np.float64)
        if c.shape != (self.n_algebra,) or not np.isfinite(c).all():
            raise GroupError(
                f"Lie algebra coefficients of {self.name}",
                received=f"shape {c.shape}" if np.isfinite(c).all() else "values that are not finite",
                expected=f"{self.n_algebra} finite real numbers",
            )
        c.setflags(write=False)
        return LieElement(self, (c,))

    def sample(self, rng: np.random.Generator, scale: float = 1.0) -> LieElement:
        """Haar on the maximal compact subgroup, times a boost of norm ≤ scale where the group is not compact.

        Classical groups: QR decomposition of Gaussian matrices, exact. Exceptional ones: a word of Gaussian
        exponentials whose distance from Haar, in every irrep's matrix elements, is below 1e-12.
        """
        from intertwine.groups.haar import sample

        return sample(self, rng, scale)

    def element(self, matrix: ArrayLike) -> LieElement:
        """The element with this defining matrix [d, d] (for covers one of its preimages, continuous at the unit).

        Raises GroupError, with the condition that fails, for a matrix that is not in the group.
        """
        from intertwine.groups.lie_logarithm import element_of_matrix

        return element_of_matrix(self, np.asarray(matrix))

    def boost(self, rapidity: float, axis: ArrayLike = (0.0, 0.0, 1.0)) -> LieElement:
        """The Lorentz boost of this rapidity along a spatial axis, for SO(1,n), SO(n,1), their covers and SL(2,C).

        It takes the particle at rest to velocity tanh(rapidity) along the axis. Raises GroupError for other groups.
        """
        from intertwine.groups.physical_algebra import boost_coefficients

        return self.exp(boost_coefficients(self, float(rapidity), np.asarray(axis, dtype=np.float64)))

    def defining_matrix(self, element: LieElement) -> NDArray[Any]:
        """[d, d]: an element in the defining representation, real where that is a real matrix group."""
        from intertwine.groups.lie_logarithm import matrix_of_element

        return matrix_of_element(self, element)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LieGroup) and self.spec == other.spec

    def __hash__(self) -> int:
        return hash(self.name)
