"""What fixes a Lie group's label-level theory: its real form, its torus, and which weights belong to the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from intertwine.errors import RepresentationError
from intertwine.groups.real_form import RealForm
from intertwine.groups.root_system import RootSystem

LieLabel = tuple[tuple[int, ...], tuple[Fraction, ...]]  # (Dynkin labels, U(1) charges)


@dataclass(frozen=True)
class Congruence:
    """Σ_i a_i λ_i + Σ_k b_k q_k ≡ 0 (mod m): which weights of the covering group belong to the group.

    With modulus 1 and one charge coefficient 1 the charge must be an integer. `hint` says what to do about a violation.
    """

    dynkin: tuple[int, ...]
    charges: tuple[int, ...]
    modulus: int
    hint: str

    def holds(self, label: LieLabel) -> bool:
        """Whether the label satisfies the congruence."""
        total = sum((Fraction(a * x) for a, x in zip(self.dynkin, label[0], strict=True)), Fraction(0))
        total += sum((b * q for b, q in zip(self.charges, label[1], strict=True)), Fraction(0))
        return total % self.modulus == 0


@dataclass(frozen=True)
class LieSpec:
    """A Lie group by name: its complex algebra with real form, compact torus, lattice of weights, and components.

    Attributes
    ----------
    name: canonical name, "SO(1,3)".
    series, parameters: how the name reads, ("SO", (1, 3)).
    real_form: the semisimple part (rank 0 for a torus).
    torus_rank: number of compact U(1) factors; their charges are exact fractions.
    congruences: all must hold for a label of this group; none means that the group is the (algebraic) cover.
    naming: "spin" (A1), "pair" (A1×A1), "dimension" (simple), "tuple" (several simple parts), "charge" (torus only),
        "dimension and charge" (U(n)).
    connected: for O(n), O(p,q): the name of the identity component, whose theory is extended; else None.
    components: number of connected components.
    """

    name: str
    series: str
    parameters: tuple[int, ...]
    real_form: RealForm
    torus_rank: int = 0
    congruences: tuple[Congruence, ...] = ()
    naming: str = "dimension"
    connected: str | None = None
    components: int = 1

    @property
    def root_system(self) -> RootSystem:
        """The complex semisimple part."""
        return self.real_form.root_system

    @property
    def is_compact(self) -> bool:
        """Whether the group is compact."""
        return self.real_form.is_compact

    @property
    def dimension(self) -> int:
        """Dimension of the real Lie algebra."""
        return self.root_system.rank + 2 * len(self.root_system.positive_roots) + self.torus_rank

    @property
    def trivial(self) -> LieLabel:
        """The label of the trivial irrep."""
        return (0,) * self.root_system.rank, (Fraction(0),) * self.torus_rank

    def label(self, dynkin: Sequence[int], charges: Sequence[Fraction | int | str] = ()) -> LieLabel:
        """A checked label; raises RepresentationError for a weight that is not dominant or not one of this group."""
        labels = tuple(int(x) for x in dynkin)
        exact = tuple(Fraction(q) for q in charges)
        if labels != tuple(dynkin) or not self.root_system.is_dominant(labels) or len(exact) != self.torus_rank:
            charged = f" and {self.torus_rank} U(1) charge(s)" if self.torus_rank else ""
            raise RepresentationError(
                f"not the highest weight of an irrep of {self.name}",
                received=f"Dynkin labels {tuple(dynkin)}, charges {tuple(str(q) for q in exact)}",
                expected=f"{self.root_system.rank} non-negative integers{charged}",
            )
        self.check((labels, exact))
        return labels, exact

    def allows(self, label: LieLabel) -> bool:
        """Whether a weight of the covering group is one of this group."""
        return all(c.holds(label) for c in self.congruences)

    def check(self, label: LieLabel) -> None:
        """Raises RepresentationError, with the way out, for a weight of the covering group only."""
        for congruence in self.congruences:
            if not congruence.holds(label):
                shown = f"Dynkin labels {label[0]}" + (f", charges {tuple(map(str, label[1]))}" if label[1] else "")
                raise RepresentationError(f"not an irrep of {self.name}", received=shown, fix=congruence.hint)

    def conjugate(self, label: LieLabel) -> LieLabel:
        """The label of the complex-conjugate irrep: −w0 τ λ, charges negated."""
        return self.real_form.conjugate(label[0]), tuple(-q for q in label[1])

    def dual(self, label: LieLabel) -> LieLabel:
        """The label of the dual irrep: −w0 λ, charges negated. For compact groups the same as the conjugate."""
        return self.root_system.longest_element(label[0]), tuple(-q for q in label[1])

    def indicator(self, label: LieLabel) -> int:
        """+1 real, −1 quaternionic, 0 complex type under the group's own real form."""
        return 0 if any(label[1]) else self.real_form.indicator(label[0])
