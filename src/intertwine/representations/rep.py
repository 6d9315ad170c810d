"""Rep: a real representation as a list of irreps with multiplicities; what a network's features are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.group import Group
from intertwine.groups.names import group as named_group
from intertwine.groups.theory import RealArray
from intertwine.representations.irrep import Irrep
from intertwine.representations.rep_syntax import parse_blocks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Block(NamedTuple):
    """`multiplicity` copies of one irrep, stored as [irrep.real_dim, multiplicity], channels fastest."""

    multiplicity: int
    irrep: Irrep

    @property
    def dim(self) -> int:
        """Number of real features."""
        return self.multiplicity * self.irrep.real_dim


class ChangeOfBasis(NamedTuple):
    """x = to_basis y, y = from_basis x, with y the features by irreps and x the features as given."""

    to_basis: RealArray
    from_basis: RealArray


class Rep:
    """A real representation of a group, ρ(g) = Q (⊕_blocks ρ_irrep(g) ⊗ 1_multiplicity) Q⁻¹.

    Q is 1 for a Rep given by irreps. Tensor products, powers, restrictions and users' matrices keep the coordinates
    they are given in and carry the change of basis Q to irreps, which is computed when first needed.

    Parameters
    ----------
    group:
        The group, or its name.
    blocks:
        "16x1 + 8x8", an Irrep, or a list of (multiplicity, irrep) with irreps given as Irrep or by name.
    change_of_basis:
        Q [dim, dim] from features by irreps to the features as given, or a function that returns (Q, Q⁻¹).

    Raises
    ------
    RepresentationError
        For names that are no irreps, irreps of another group, negative multiplicities, a singular Q.
    """

    layout = "ir_mul"  # [irrep.real_dim, multiplicity] in every block: channels fastest

    def __init__(
        self,
        group: Group | str,
        blocks: str | Irrep | Iterable[tuple[int, Irrep | str]],
        change_of_basis: ArrayLike | Callable[[], ChangeOfBasis] | None = None,
    ) -> None:
        group = named_group(group)
        self.group = group
        parsed: Iterable[tuple[int, Irrep | str]]
        if isinstance(blocks, str):
            parsed = parse_blocks(group, blocks) if blocks.strip() else []
        elif isinstance(blocks, Irrep):
            parsed = [(1, blocks)]
        else:
            parsed = blocks
        self.blocks: tuple[Block, ...] = tuple(
            Block(_multiplicity(m), Irrep.parse(group, irrep)) for m, irrep in parsed if _multiplicity(m)
        )
        self._change: Callable[[], ChangeOfBasis] | None
        if change_of_basis is None or callable(change_of_basis):
            self._change = change_of_basis
        else:
            change = _checked(np.asarray(change_of_basis, dtype=np.float64), self.dim)
            self._change = lambda: change
        self._units: tuple[tuple[int, Rep], ...] | None = None

    @cached_property
    def dim(self) -> int:
        """Number of real features."""
        return sum(block.dim for block in self.blocks)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Where each block lies among the features by irreps."""
        ends = np.cumsum([0, *(block.dim for block in self.blocks)]).tolist()
        return tuple(slice(start, stop) for start, stop in itertools.pairwise(ends))

    @property
    def irreps(self) -> list[Irrep]:
        """The different irreps, in order."""
        return sorted({block.irrep for block in self.blocks})

    def multiplicity(self, irrep: Irrep | str) -> int:
        """How many copies of an irrep the representation holds."""
        return sum(m for m, one in self.blocks if one == Irrep.parse(self.group, irrep))

    @property
    def units(self) -> tuple[tuple[int, Rep], ...]:
        """(copies, unit): the features are [unit.dim, copies], channels fastest, one unit after the other.

        Blocks by irreps with one multiplicity are one unit; `16 * regular(G)` is 16 copies of the unit `regular(G)`.
        """
        from intertwine.representations.units import units_of

        return units_of(self)

    @property
    def is_by_irreps(self) -> bool:
        """Whether the features already are by irreps (Q = 1)."""
        return self._change is None

    @cached_property
    def change_of_basis(self) -> ChangeOfBasis:
        """(Q, Q⁻¹), each [dim, dim]."""
        if self._change is None:
            one = np.eye(self.dim)
            return ChangeOfBasis(one, one)
        return self._change()

    def by_irreps(self) -> Rep:
        """The same representation with features by irreps (Q = 1)."""
        return Rep(self.group, self.blocks)

    def simplify(self) -> Rep:
        """The sorted sum of all copies by irreps: equal irreps merged, Q dropped."""
        return Rep(self.group, [(self.multiplicity(irrep), irrep) for irrep in self.irreps])

    def matrix(self, element: GroupElement) -> RealArray:
        """ρ(g), [dim, dim]. Raises RepresentationError for an element of another group."""
        return np.asarray(self._assemble(lambda irrep: irrep.matrix(element)[None], 1)[0])

    @cached_property
    def generators(self) -> RealArray:
        """[n_algebra, dim, dim]: the real Lie algebra basis of the group."""
        return self._assemble(lambda irrep: irrep.generators, self.group.n_algebra)

    @cached_property
    def discrete_generators(self) -> RealArray:
        """[n_discrete, dim, dim]: the group's discrete generators."""
        return self._assemble(lambda irrep: irrep.discrete_generators, self.group.n_discrete)

    def _assemble(self, of_irrep: Callable[[Irrep], RealArray], n: int) -> RealArray:
        full = np.zeros((n, self.dim, self.dim))
        for block, where in zip(self.blocks, self.slices, strict=True):
            d, m = block.irrep.real_dim, block.multiplicity
            view = full[:, where, where].reshape(n, d, m, d, m)
            part = of_irrep(block.irrep)
            for channel in range(m):
                view[:, :, channel, :, channel] = part
            full[:, where, where] = view.reshape(n, d * m, d * m)
        if self._change is not None:
            to_basis, from_basis = self.change_of_basis
            full = to_basis @ full @ from_basis
        return full

    @cached_property
    def metric(self) -> RealArray | None:
        """An invariant bilinear form M [dim, dim], ρ(g)ᵀ M ρ(g) = M, or None where an irrep has none.

        Symmetric (indefinite for non-compact groups; +,−,−,− for four-vectors) where there is such a form, else
        antisymmetric. The identity for orthogonal representations of compact groups.
        """
        from intertwine.representations.metric import invariant_form

        full = np.zeros((self.dim, self.dim))
        for block, where in zip(self.blocks, self.slices, strict=True):
            form = invariant_form(block.irrep)
            if form is None:
                return None
            full[where, where] = np.kron(form, np.eye(block.multiplicity))
        if self._change is not None:
            from_basis = self.change_of_basis.from_basis
            full = from_basis.T @ full @ from_basis
        return full

    def __add__(self, other: Rep) -> Rep:
        """The direct sum, features one after the other."""
        from intertwine.representations.units import direct_sum

        self._same_group(other)
        return direct_sum(self, other)

    def __mul__(self, copies: int) -> Rep:
        """`copies` channels of every feature, channels fastest: [dim, copies]."""
        from intertwine.representations.units import multiply

        return multiply(self, _multiplicity(copies))

    __rmul__ = __mul__

    def __matmul__(self, other: Rep) -> Rep:
        """The tensor product in the Kronecker basis, x ⊗ y = np.kron(x, y), decomposed into irreps."""
        self._same_group(other)
        from intertwine.representations.tensor_product import tensor_product

        return tensor_product(self, other)

    def symmetric_power(self, n: int) -> Rep:
        """Sym^n, on the orthonormal symmetrised monomials of the features, decomposed into irreps."""
        from intertwine.representations.tensor_powers import tensor_power

        return tensor_power(self, n, symmetric=True)

    def antisymmetric_power(self, n: int) -> Rep:
        """Λ^n, on the orthonormal antisymmetrised products x_i ∧ x_j ∧ … with i < j < …, decomposed into irreps."""
        from intertwine.representations.tensor_powers import tensor_power

        return tensor_power(self, n, symmetric=False)

    def restrict(self, subgroup: Group | str, embedding: Any = None) -> Rep:
        """The same features under a subgroup, decomposed into its irreps; see `restriction.restrict`."""
        from intertwine.representations.branching.restriction import restrict

        return restrict(self, subgroup, embedding)

    @classmethod
    def from_matrices(cls, group: Group, generators: Any = None, discrete: Any = None) -> Rep:
        """A user's own representation, decomposed; see `user_representation.from_matrices`."""
        from intertwine.representations.user_representation import from_matrices

        return from_matrices(group, generators, discrete)

    @classmethod
    def from_tensor(cls, formula: str, vector: Rep) -> Rep:
        """Cartesian tensors over a vector, "ij=ji" for instance; see `cartesian_tensor.tensor_rep`."""
        from intertwine.representations import cartesian_tensor

        return cartesian_tensor.tensor_rep(formula, vector)

    def _same_group(self, other: Rep) -> None:
        if not isinstance(other, Rep) or other.group != self.group:
            raise RepresentationError(
                "representations of different groups do not combine",
                received=repr(other),
                expected=f"a Rep of {self.group.name}",
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rep) or self.group != other.group or self.blocks != other.blocks:
            return False
        if self.is_by_irreps and other.is_by_irreps:
            return True
        return np.array_equal(self.change_of_basis.to_basis, other.change_of_basis.to_basis)

    def __hash__(self) -> int:
        return hash((self.group.name, self.blocks))

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (
            self.group,
            [*map(tuple, self.blocks)],
            None if self.is_by_irreps else self.change_of_basis.to_basis,
        )
        return Rep, arguments, {"_units": self._units}

    def __len__(self) -> int:
        return len(self.blocks)

    def __str__(self) -> str:
        return " + ".join(
            f"{block.multiplicity}x{block.irrep.name}" if block.multiplicity > 1 else block.irrep.name
            for block in self.blocks
        )

    def __repr__(self) -> str:
        kept = "" if self.is_by_irreps else ", in its own basis"
        return f'Rep("{self.group.name}", "{self}"{kept})'


def _multiplicity(m: object) -> int:
    if isinstance(m, bool) or not isinstance(m, int | np.integer) or m < 0:
        raise RepresentationError("a multiplicity is a whole number", received=repr(m), expected="0, 1, 2, …")
    return int(m)


def _checked(Q: RealArray, dim: int) -> ChangeOfBasis:
    if Q.shape != (dim, dim):
        raise RepresentationError("a change of basis of the wrong shape", received=Q.shape, expected=(dim, dim))
    if np.linalg.cond(Q) > 1e10:
        raise RepresentationError("a singular change of basis", received=f"condition number {np.linalg.cond(Q):.1e}")
    return ChangeOfBasis(Q, np.linalg.inv(Q).astype(np.float64))
