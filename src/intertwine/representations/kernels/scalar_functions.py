"""ScalarFunctions: which functions kernels are made of, as a name for the cache and a way to make them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from intertwine.groups.theory import RealArray
from intertwine.representations.kernels.function_space import FunctionSpace
from intertwine.representations.kernels.harmonic_functions import harmonic_functions
from intertwine.representations.kernels.radial_profile import RadialProfile
from intertwine.representations.kernels.stencil_functions import stencil_functions, stencil_points
from intertwine.representations.rep import Rep


@dataclass(frozen=True)
class ScalarFunctions:
    """Functions on the points of a kernel that `vector`, the group's action on the coordinates, mixes.

    `key` tells them apart among those of one action; `build` makes them, which nobody needs whose bases are cached.
    """

    vector: Rep
    key: tuple[Hashable, ...]
    build: Callable[[], Sequence[FunctionSpace]] = field(compare=False)

    @classmethod
    def harmonics(cls, vector: Rep, kernel: tuple[int, ...], profile: RadialProfile) -> ScalarFunctions:
        """Rings times circular or spherical harmonics; see `harmonic_functions`."""

        def build() -> Sequence[FunctionSpace]:
            points: RealArray = stencil_points(kernel)
            return harmonic_functions(vector, points, profile)

        return cls(vector, ("harmonics", kernel, profile.radii, profile.widths, profile.max_degrees), build)

    @classmethod
    def stencil(cls, vector: Rep, kernel: tuple[int, ...]) -> ScalarFunctions:
        """Every point by itself; see `stencil_functions`, whose refusals come at once."""
        spaces = stencil_functions(vector, kernel)
        return cls(vector, ("stencil", kernel), lambda: spaces)
