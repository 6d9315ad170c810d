"""SymmetricContraction: every equivariant polynomial of a channel up to an order, the many-body features of MACE."""

from __future__ import annotations

from math import prod, sqrt

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.blockwise import blockwise
from intertwine.nn.constant import Constant, Indices
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features, require_by_irreps
from intertwine.nn.full_precision import in_full_precision
from intertwine.representations import Rep
from intertwine.representations.harmonics import harmonics
from intertwine.representations.harmonics.monomials import last_step

_CACHED = 1 << 24  # bytes of the monomials of one block of samples


class SymmetricContraction(EquivariantModule):
    """out[k, u] = Σ_ν Σ_η w[η, u] P_η(x_u, …, x_u)[k]: x_u ⊗ … ⊗ x_u (ν ≤ order factors) of each channel by itself.

    x_u ∈ V holds channel u of every block, and the P_η are a basis of Hom_G(Sym^ν V, W) for every irrep W of rep_out
    and ν = 1 … order: symmetric powers, not tensor powers, so that none is there twice; their number is checked
    against the number of monomials, and maps that differ by a unit of W's commutant are kept once (a Linear behind
    supplies the rest). For O(3) it is the product basis of MACE (Batatia et al. 2206.07697, eq. 10 and 11), of the
    atomic cluster expansion (Drautz 2019), here for any group. It is evaluated as polynomials: monomials of x_u, each
    one product from another, times the weighted coefficients.

    Parameters
    ----------
    rep_in:
        By irreps, every block with the same number m of channels.
    rep_out:
        By irreps, every block with m channels.
    order:
        The largest number of factors ν ≥ 1.
    types:
        Number of kinds of samples (chemical elements) that have weights of their own; None for one set of weights.

    Shape: [..., rep_in.dim] → [..., rep_out.dim]; with `types` an int64 tensor [...] of kinds is the second argument.
    Standard normal features come out with second moment 1. Under autocast it is made in float32: its sums cancel.

    Raises
    ------
    RepresentationError
        For unequal channels, different groups, or an irrep of rep_out that no polynomial up to the order reaches.
    ConfigurationError
        For an order or number of types below 1, more than 6000 monomials, kinds given or missing against `types`.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        order: int,
        *,
        types: int | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        require_by_irreps(rep_in, "SymmetricContraction")
        require_by_irreps(rep_out, "SymmetricContraction")
        if order < 1 or (types is not None and types < 1):
            raise ConfigurationError("order and types are numbers from 1 on", received=f"order={order}, types={types}")
        self.order, self.types, self.n_channels = order, types, _channels(rep_in, rep_out)
        vector = Rep(rep_in.group, [(1, block.irrep) for block in rep_in.blocks])
        known = harmonics(
            vector,
            order,
            degrees=range(1, order + 1),
            irreps=rep_out.irreps,
            modulo_invariants=False,
            method="recursion",
        )
        # E|P|² = d over standard normal x, from the mean over the unit sphere
        scale = [1 / sqrt(prod(vector.dim + 2 * i for i in range(degree))) for degree in known.degrees]
        self.bases = nn.ModuleList()  # for every block of rep_out and every ν [monomials, d, paths]
        self.places: list[tuple[int, int]] = []  # that block and that ν
        self.n_paths = 0
        for index, block in enumerate(rep_out.blocks):
            mine = [i for i, one in enumerate(known.rep.blocks) if one.irrep == block.irrep]
            total = sum(known.rep.blocks[i].multiplicity for i in mine)
            if not total:
                raise RepresentationError(
                    f"no polynomial up to order {order} reaches the irrep {block.irrep} of rep_out",
                    received=f"{rep_in}",
                    fix="drop it from rep_out, raise the order, or add irreps to rep_in",
                )
            for i in mine:
                table = known.polynomials[i].reshape(-1, block.irrep.real_dim, known.rep.blocks[i].multiplicity)
                self.bases.append(Constant(scale[i] / sqrt(total) * table, dtype=dtype, device=device))
                self.places.append((index, known.degrees[i]))
            self.n_paths += total
        self.factors, self.axes, self.parents = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for degree in range(2, order + 1):
            axis, parent, factor = last_step(vector.dim, degree)
            self.axes.append(Indices(axis, device=device))
            self.parents.append(Indices(parent, device=device))
            self.factors.append(Constant(factor[:, None, None], dtype=dtype, device=device))
        shape = (self.n_paths, self.n_channels) if types is None else (types, self.n_paths, self.n_channels)
        self.weight = nn.Parameter(torch.empty(shape, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights from a standard normal: the basis carries the normalisation."""
        with torch.no_grad():
            self.weight.normal_(generator=generator)

    def forward(
        self, x: Float[Tensor, "*batch features"], kinds: Int[Tensor, "*kinds"] | None = None
    ) -> Float[Tensor, "*batch out"]:
        check_features(x, self.rep_in)
        if (kinds is None) != (self.types is None) or (kinds is not None and kinds.shape != x.shape[:-1]):
            raise ConfigurationError(
                "the kinds of the samples do not fit the layer",
                received=None if kinds is None else f"shape {tuple(kinds.shape)}",
                expected="none" if self.types is None else f"shape {tuple(x.shape[:-1])}, 0 … {self.types - 1}",
            )
        return in_full_precision(lambda x, w: self._contract(x, kinds, w), x, self.weight)

    def _contract(self, x: Tensor, kinds: Tensor | None, weight: Tensor) -> Tensor:
        flat = x.reshape(-1, self.rep_in.dim)
        tables = self._weighted(weight)
        rows = sum(len(table) for table in tables) * self.n_channels
        y = blockwise(self._polynomials, (flat,), tables, max(_CACHED // (rows * x.element_size()), 16))
        if kinds is not None and self.types is not None:
            y = y.unflatten(-1, (self.types, -1))
            where = kinds.reshape(-1, 1, 1).expand(-1, 1, y.shape[-1])
            y = y.gather(1, where).squeeze(1)
        # [n, components, m], the layout of blocks [d, m] one after the other
        return y.reshape(*x.shape[:-1], self.rep_out.dim)

    def _weighted(self, weight: Tensor) -> list[Tensor]:
        """For every order Σ_η w[η, u] P_η, [monomials, m, types × components of rep_out]."""
        w = weight if weight.ndim == 3 else weight.unsqueeze(0)
        parts = iter(w.split([basis().shape[2] for basis in self.bases], dim=1))
        found: dict[tuple[int, int], Tensor] = {}
        for place, basis in zip(self.places, self.bases, strict=True):
            found[place] = torch.einsum("adp,tpu->autd", basis().to(w), next(parts))
        tables = []
        for degree in range(1, self.order + 1):
            rows = next((t.shape[0] for (_, other), t in found.items() if other == degree), 0)
            blocks = [
                found.get((i, degree), w.new_zeros(rows, self.n_channels, w.shape[0], block.irrep.real_dim))
                for i, block in enumerate(self.rep_out.blocks)
            ]
            tables.append(torch.cat(blocks, dim=-1).flatten(-2))
        return tables

    def _polynomials(self, x: Tensor, *tables: Tensor) -> Tensor:
        """[n, rep_in.dim] → [n, types × rep_out.dim]."""
        m = self.n_channels
        variables = x.unflatten(-1, (-1, m)).permute(1, 2, 0)  # [dim V, m, n]: rows that are gathered lie together
        monomials = variables
        total: Tensor | None = None
        for degree, table in enumerate(tables, start=1):
            if degree > 1:
                axis, parent = self.axes[degree - 2](), self.parents[degree - 2]()
                monomials = monomials[parent] * (variables[axis] * self.factors[degree - 2]().to(x.dtype))
            if len(table):
                # [m, components, monomials] @ [m, monomials, n]
                term = table.permute(1, 2, 0) @ monomials.transpose(0, 1)
                total = term if total is None else total + term
        if total is None:
            return x.new_zeros(len(x), (self.types or 1) * self.rep_out.dim)
        return total.permute(2, 1, 0).flatten(1)

    def extra_repr(self) -> str:
        """The representations, the order and the number of paths."""
        kinds = "" if self.types is None else f", {self.types} types"
        return f"{super().extra_repr()}, order {self.order}, {self.n_paths} paths{kinds}"


def _channels(rep_in: Rep, rep_out: Rep) -> int:
    counts: set[int] = {block.multiplicity for block in (*rep_in.blocks, *rep_out.blocks)}
    if len(counts) != 1 or not rep_in.blocks or not rep_out.blocks or 0 in counts:
        raise RepresentationError(
            "a symmetric contraction keeps channels apart: every block needs as many",
            received=f"{rep_in} → {rep_out}",
            expected="equal multiplicities everywhere",
            fix="bring the features to equal multiplicities with a Linear",
        )
    (channels,) = counts
    return channels
