"""PermutationLinear: every linear map between features of sets and graphs that does not care about the nodes' order."""

from __future__ import annotations

from math import sqrt
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features
from intertwine.nn.linear import Linear
from intertwine.representations import Rep

Order = Literal[0, 1, 2]


class PermutationLinear(EquivariantModule):
    """All linear maps of order k → l that commute with permutations of n nodes, k, l ≤ 2, and with the group.

    Order 0 is one feature vector, order 1 one a node, order 2 one an ordered pair of nodes (edges, adjacency). There
    are Bell(k + l) maps: 15 from pairs to pairs, 5 from pairs to nodes or back, 2 from pairs to one vector, 2 from
    nodes to nodes (deep sets). Maron et al. (1812.09902), theorem 1, where a weight is a number; here it is a Linear of
    the group.

    Each map is what it reads (the features, their transpose, diagonal, means over rows, columns, everything, the
    diagonal's mean) times where it writes (everywhere, rows, columns, diagonal). Means instead of sums make the layer
    independent of n.

    Shape: [..., n × k, rep_in.dim] → [..., n × l, rep_out.dim].

    Parameters
    ----------
    rep_in, rep_out:
        The representation of a single feature vector.
    order_in, order_out:
        k and l.

    Forward arguments
    -----------------
    x:
        The features.
    mask [..., n]:
        Which nodes are there; the others neither read nor write (their output is 0).
    n:
        Number of nodes, needed for order_in = 0 with order_out > 0 only.

    Raises
    ------
    ConfigurationError
        For other orders.
    RepresentationError
        Where a Linear rep_in → rep_out does not exist, or features do not fit.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        order_in: int = 1,
        order_out: int = 1,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        if order_in not in (0, 1, 2) or order_out not in (0, 1, 2):
            raise ConfigurationError(
                "permutation maps of other orders", received=f"{order_in} → {order_out}", expected="0, 1 or 2 each"
            )
        self.order_in, self.order_out = order_in, order_out
        # how many features of each order are read, and in which ways each order is written
        self.read = {0: (1, 0, 0), 1: (1, 1, 0), 2: (2, 3, 2)}[order_in]
        writes = {
            0: {0: ["all"]},
            1: {0: ["all"], 1: ["all"]},
            2: {0: ["all", "diagonal"], 1: ["rows", "columns", "diagonal"], 2: ["all"]},
        }[order_out]
        self.maps = nn.ModuleDict()
        for order, ways in writes.items():
            count = self.read[order]
            if not count:
                continue
            if order == 2:  # the features and their transpose: two maps of x, so that xᵀ is never written beside x
                count, ways = 1, ["all", "transposed"]
            together = Rep(rep_in.group, [])
            for _ in range(count):
                together = together + rep_in
            for way in ways:
                bias = order == 0  # a bias on invariants is a constant: everywhere, and on the diagonal
                self.maps[f"{order} {way}"] = Linear(together, rep_out, bias=bias, dtype=dtype, device=device)
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew, so that second moments of 1 stay 1, and set the biases to 0."""
        # what is written on the diagonal counts on few entries; features and their transpose are drawn as one map
        terms = sum(not name.endswith(("diagonal", "transposed")) for name in self.maps)
        for name, linear in self.maps.items():
            if isinstance(linear, Linear):
                linear.reset_parameters(generator)
                with torch.no_grad():
                    linear.weight.mul_(1 / sqrt(2 * terms if name[0] == "2" else terms))

    @property
    def n_maps(self) -> int:
        """The number of maps, each a Linear's worth of weights: Bell(order_in + order_out)."""
        return sum(1 if name[0] == "2" else self.read[int(name[0])] for name in self.maps)

    def forward(
        self,
        x: Float[Tensor, "*shape features"],
        mask: Bool[Tensor, "*batch nodes"] | None = None,
        n: int | None = None,
    ) -> Float[Tensor, "*out_shape out"]:
        check_features(x, self.rep_in)
        if x.ndim < 1 + self.order_in or (self.order_in == 2 and x.shape[-2] != x.shape[-3]):
            raise RepresentationError(
                "features of another order", received=tuple(x.shape), expected=f"[..., n × {self.order_in}, features]"
            )
        nodes = x.shape[-2] if self.order_in else n if n is not None else mask.shape[-1] if mask is not None else 0
        if not self.order_in and self.order_out and n is None and mask is None:
            raise RepresentationError("an unknown number of nodes", received="order 0 in", fix="give n or mask")
        features = self._read(x, mask)
        parts = {name: linear(features[int(name[0])]) for name, linear in self.maps.items()}
        y = self._write(parts, x, nodes)
        if mask is not None and self.order_out:
            y = y.masked_fill(~_valid(mask, self.order_out), 0.0)
        return y

    def _read(self, x: Tensor, mask: Tensor | None) -> list[Tensor]:
        """What is read of each order, side by side on the last axis; means over the nodes that are there."""
        if self.order_in == 0:
            return [x]
        if mask is not None:
            x = x.masked_fill(~_valid(mask, self.order_in), 0.0)
        count: Tensor | int = max(x.shape[-2], 1)
        if mask is not None:
            count = mask.sum(-1).clamp(min=1)[..., None].to(x.dtype)
        if self.order_in == 1:
            return [x.sum(-2) / count, x]
        by_node = count[..., None, :] if isinstance(count, Tensor) else count
        diagonal = torch.diagonal(x, dim1=-3, dim2=-2).transpose(-1, -2)
        rows, columns = x.sum(-2) / by_node, x.sum(-3) / by_node
        trace, total = diagonal.sum(-2) / count, rows.sum(-2) / count
        return [torch.cat([trace, total], dim=-1), torch.cat([diagonal, rows, columns], dim=-1), x]

    def _write(self, parts: dict[str, Tensor], x: Tensor, n: int) -> Tensor:
        """The sum of the features of each order, written in each way; no term but the two of pairs is [n, n] large."""
        if not parts:
            return x.new_zeros(())
        if self.order_out == 0:
            return parts["0 all"]
        if self.order_out == 1:
            constant = parts["0 all"].unsqueeze(-2)
            return constant + parts["1 all"] if "1 all" in parts else constant.expand(*constant.shape[:-2], n, -1)
        rows, diagonal = parts["0 all"].unsqueeze(-2), parts["0 diagonal"].unsqueeze(-2)
        if "1 rows" in parts:
            rows, diagonal = rows + parts["1 rows"], diagonal + parts["1 diagonal"]
        # in place: the gradient of a sum needs no value
        if "2 all" in parts:
            y = (parts["2 all"] + parts["2 transposed"].transpose(-2, -3)).add_(rows.unsqueeze(-2))
        else:
            y = rows.unsqueeze(-2).expand(*rows.shape[:-2], n, n, rows.shape[-1]).clone()
        if "1 columns" in parts:
            y = y.add_(parts["1 columns"].unsqueeze(-3))
        torch.diagonal(y, dim1=-3, dim2=-2).add_(diagonal.transpose(-1, -2))
        return y

    def extra_repr(self) -> str:
        """The representations, orders and number of maps."""
        return f"{super().extra_repr()}, order {self.order_in} → {self.order_out}, {self.n_maps} maps"


def _valid(mask: Tensor, order: int) -> Tensor:
    """[..., n × order, 1]: where all nodes are there."""
    return mask.unsqueeze(-1) if order == 1 else (mask.unsqueeze(-1) & mask.unsqueeze(-2)).unsqueeze(-1)
