"""EquivariantModule: the base of every layer that carries its representations with it."""

from __future__ import annotations

from torch import nn

from intertwine.errors import RepresentationError
from intertwine.representations import Rep


class EquivariantModule(nn.Module):
    """A torch module f with f(ρ_in(g) x) = ρ_out(g) f(x) for features x of shape [..., rep_in.dim].

    Attributes
    ----------
    rep_in, rep_out:
        The representations of the last axis of the input and of the output, of one group.
    architecture_version:
        Raised by a class whose parameters come to mean something else; checkpoints hold it.

    Raises
    ------
    RepresentationError
        When something else than two representations of one group is given.
    """

    architecture_version = 1

    def __init__(self, rep_in: Rep, rep_out: Rep) -> None:
        super().__init__()
        for side, rep in (("rep_in", rep_in), ("rep_out", rep_out)):
            if not isinstance(rep, Rep):
                raise RepresentationError(
                    f"{side} is not a representation", received=repr(rep), fix='make one with Rep(group, "16x1 + 8x8")'
                )
        if rep_in.group != rep_out.group:
            raise RepresentationError(
                "the two sides of a layer belong to different groups",
                received=repr(rep_out),
                expected=repr(rep_in.group),
            )
        self.rep_in = rep_in
        self.rep_out = rep_out

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        """The representations of all inputs that are features, in the order of `forward`; products have two."""
        return (self.rep_in,)

    def extra_repr(self) -> str:
        """The representations, as they are printed inside a network."""
        return f"{self.rep_in.group.name}: {self.rep_in} → {self.rep_out}"
