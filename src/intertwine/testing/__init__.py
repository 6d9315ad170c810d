"""The asserts that we ship: is a module equivariant, normalised, compilable, exportable."""

from intertwine.testing.assertion import TOLERANCE, assert_equivariant
from intertwine.testing.compilation import assert_compiles, assert_exports
from intertwine.testing.equivariance_error import EquivarianceError, EquivarianceTable, equivariance_error
from intertwine.testing.field_equivariance import assert_field_equivariant, field_equivariance_error, turn_field
from intertwine.testing.normalisation import BOUNDS, SecondMoment, assert_normalised, second_moments

__all__ = [
    "BOUNDS",
    "TOLERANCE",
    "EquivarianceError",
    "EquivarianceTable",
    "SecondMoment",
    "assert_compiles",
    "assert_equivariant",
    "assert_exports",
    "assert_field_equivariant",
    "assert_normalised",
    "equivariance_error",
    "field_equivariance_error",
    "second_moments",
    "turn_field",
]
