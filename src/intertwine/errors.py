"""The one error family of the package: what was received, what was expected, how to fix it."""

from __future__ import annotations


class IntertwineError(Exception):
    """Base of every error that intertwine raises on purpose.

    Parameters
    ----------
    problem:
        One sentence that says what went wrong.
    received, expected, fix:
        The value that was given, what would have been accepted, and what to do about it. Each is
        printed on the same line as the problem, so that the last line of a traceback is enough.
    """

    def __init__(
        self, problem: str, *, received: object = None, expected: object = None, fix: str | None = None
    ) -> None:
        self.problem = problem
        self.received = received
        self.expected = expected
        self.fix = fix
        parts = [problem.rstrip(".")]
        if received is not None:
            parts.append(f"received {received}")
        if expected is not None:
            parts.append(f"expected {expected}")
        if fix is not None:
            parts.append(f"fix: {fix}")
        super().__init__("; ".join(parts))


class GroupError(IntertwineError):
    """A group, a group element or a set of generators that is not what it claims to be."""


class RepresentationError(IntertwineError):
    """An irrep, representation or intertwiner that does not exist or does not match."""


class AccuracyError(IntertwineError):
    """A numerical check failed; nothing inexact is ever returned in its place."""


class DataError(IntertwineError):
    """A file or an array that cannot be read as what it should hold."""


class CheckpointError(IntertwineError):
    """A checkpoint that does not fit the network, or whose weights would mean something else in it."""


class ConfigurationError(IntertwineError):
    """A parameter, preset or option outside what is accepted."""


class MissingDependencyError(IntertwineError, ImportError):
    """An optional library is not installed; the message names the extra that brings it."""
