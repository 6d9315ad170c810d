"""Real forms of complex semisimple Lie algebras as painted diagrams (Vogan diagrams)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intertwine.errors import GroupError
from intertwine.groups.root_system import RootSystem


@dataclass(frozen=True)
class RealForm:
    """The real form fixed by the antilinear conjugation σ(E_i) = −s_i F_τi (Knapp, Beyond an introduction, VI.8).

    Parameters
    ----------
    root_system: the complex algebra.
    tau: node permutation (0-based), a diagram automorphism of order at most 2.
    signs: ±1 a node, equal on nodes that τ swaps, −1 (a painted, non-compact node) only on nodes that τ fixes.

    Raises GroupError when (τ, s) is not of this kind. Compact: τ = 1, s = +1.
    """

    root_system: RootSystem
    tau: tuple[int, ...]
    signs: tuple[int, ...]

    def __post_init__(self) -> None:
        rank, cartan = self.root_system.rank, self.root_system.cartan
        object.__setattr__(self, "tau", tuple(int(i) for i in self.tau))
        object.__setattr__(self, "signs", tuple(int(s) for s in self.signs))
        if sorted(self.tau) != list(range(rank)) or any(self.tau[self.tau[i]] != i for i in range(rank)):
            raise GroupError(
                "τ must be a permutation of the nodes of order at most 2", received=self.tau, expected=f"{rank} nodes"
            )
        if any(cartan[self.tau[i], self.tau[j]] != cartan[i, j] for i in range(rank) for j in range(rank)):
            raise GroupError(
                "τ must be an automorphism of the Dynkin diagram", received=f"{self.tau} for {self.root_system!r}"
            )
        if len(self.signs) != rank or any(s not in (1, -1) for s in self.signs):
            raise GroupError("a real form needs one sign ±1 a node", received=self.signs, expected=f"{rank} signs")
        painted_and_moved = [i for i in range(rank) if self.signs[i] == -1 and self.tau[i] != i]
        if painted_and_moved:
            raise GroupError(
                "only nodes that τ fixes may carry the sign -1",
                received=f"τ = {self.tau}, s = {self.signs}",
                fix=f"set s = +1 on nodes {painted_and_moved}",
            )

    @classmethod
    def compact(cls, root_system: RootSystem) -> RealForm:
        """The compact real form."""
        return cls(root_system, tuple(range(root_system.rank)), (1,) * root_system.rank)

    @classmethod
    def split(cls, root_system: RootSystem) -> RealForm:
        """The split real form: τ = −w0, every node that it fixes painted.

        Its Cartan involution is exp(iπρ^∨) times τ̂, the Chevalley involution up to conjugation; the phases of a swapped
        pair of nodes can be conjugated away, those of fixed nodes (−1 each) cannot.
        """
        tau = root_system.opposition
        return cls(root_system, tau, tuple(-1 if j == i else 1 for i, j in enumerate(tau)))

    @property
    def is_compact(self) -> bool:
        """Whether this is the compact form."""
        return self == RealForm.compact(self.root_system)

    @property
    def painted(self) -> tuple[int, ...]:
        """The nodes with s = −1."""
        return tuple(i for i, s in enumerate(self.signs) if s == -1)

    def conjugate(self, dynkin: Sequence[int]) -> tuple[int, ...]:
        """Highest weight −w0 τ λ of the complex-conjugate irrep."""
        moved = tuple(dynkin[i] for i in self.tau)
        return self.root_system.longest_element(moved)

    def indicator(self, dynkin: Sequence[int]) -> int:
        """+1 real, −1 quaternionic, 0 complex: the type of the irrep λ under this real form, exactly.

        The antilinear J of V_λ is J_c θ with J_c the compact form's and θ = τ̂ exp(iπh) the Cartan involution, h the sum
        of the painted nodes' fundamental coweights. J_c² = (−1)^⟨λ, 2ρ^∨⟩ (Bourbaki, ch. VIII, §7.5, prop. 12); J_c
        commutes with τ̂ and with the compact torus element exp(iπh). Hence, whenever λ̄ = λ,
        J² = (−1)^⟨λ, 2ρ^∨⟩ exp(2πi ⟨λ, h⟩).
        """
        if self.conjugate(dynkin) != tuple(dynkin):
            return 0
        coordinates = self.root_system.root_coordinates(dynkin)
        # exponent of −1: ⟨λ, 2ρ^∨⟩ + 2 ⟨λ, h⟩, where ⟨λ, ϖ_i^∨⟩ is the i-th coordinate of λ in simple roots
        exponent = 2 * sum(coordinates) + 2 * sum(coordinates[i] for i in self.painted)
        if exponent != int(exponent):
            raise GroupError(
                "a self-conjugate weight with a fractional sign exponent", received=f"{tuple(dynkin)} of {self!r}"
            )
        return -1 if int(exponent) % 2 else 1
