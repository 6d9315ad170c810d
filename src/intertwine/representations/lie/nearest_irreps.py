"""The error for an irrep that does not exist, naming the nearest that do."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from intertwine.errors import RepresentationError
from intertwine.groups.lie_spec import LieSpec
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie.dimension_names import irreps_of_dimension
from intertwine.representations.lie.irrep_enumeration import irreps_by_dimension
from intertwine.representations.lie.weights import Weight


def no_such_dimension(
    spec: LieSpec, root_system: RootSystem, dimension: int, text: str, same: Mapping[str, Weight]
) -> RepresentationError:
    """SU(3), "9": no irrep of dimension 9; nearest: 8, 10. SU(3), "8bar": no irrep "8bar"; of this dimension: 8."""
    if same:
        listed = ", ".join(same)
        return RepresentationError(f'{spec.name} has no irrep "{text}"; of dimension {dimension} it has: {listed}')
    nearest = [
        n
        for d in nearest_dimensions(spec, root_system, dimension)
        for n in list(irreps_of_dimension(root_system, d))[:1]
    ]
    return RepresentationError(f"{spec.name} has no irrep of dimension {dimension}; nearest: {', '.join(nearest)}")


def nearest_dimensions(spec: LieSpec, root_system: RootSystem, dimension: int) -> list[int]:
    """The next dimensions below and above that the group has (irreps of the cover only are left out)."""
    whole = root_system == spec.root_system and not spec.torus_rank

    def has(labels: tuple[Weight, ...]) -> bool:
        none: tuple[Fraction, ...] = ()
        return not whole or any(spec.allows((label, none)) for label in labels)

    bound = max(64, 2 * dimension)
    while True:
        known = [d for d, labels in irreps_by_dimension(root_system, bound).items() if has(labels)]
        above = [d for d in known if d > dimension][:1]
        if above:
            return [d for d in known if d < dimension][-1:] + above
        bound *= 4
