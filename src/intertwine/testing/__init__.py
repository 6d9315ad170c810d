"""The asserts that we ship: is a module equivariant, and how nearly."""

from intertwine.testing.assertion import TOLERANCE, assert_equivariant
from intertwine.testing.equivariance_error import EquivarianceError, EquivarianceTable, equivariance_error

__all__ = ["TOLERANCE", "EquivarianceError", "EquivarianceTable", "assert_equivariant", "equivariance_error"]
