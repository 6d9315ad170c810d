"""EquivariantPerceptron: Linear, tensor square and Gate, for any group; what a multilayer perceptron is for none."""

from __future__ import annotations

from itertools import combinations_with_replacement

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn import ElementwiseProduct, Gate, Linear
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.representations import Irrep, Rep
from intertwine.representations.tensor_product import product_irreps


class EquivariantPerceptron(EquivariantModule):
    """f(ρ_in(g) x) = ρ_out(g) f(x) for every g of the representations' group.

    A layer multiplies two Linear maps of its features, channel by channel and for every pair of irreps (bilinear layers
    as in Finzi et al. 2104.09459), mixes products and features by a third one, and passes the result through a Gate;
    the last map is Linear. For the trivial group this is a perceptron with products.

    Parameters
    ----------
    rep_in, rep_out:
        By irreps of one group.
    channels:
        Copies of each hidden irrep, and twice as many invariants. The hidden irreps are those of rep_in and rep_out,
        and `irreps`.
    layers:
        Number of hidden layers.

    Shape: [..., rep_in.dim] → [..., rep_out.dim].

    Raises
    ------
    ConfigurationError
        For no layer or no channel.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        *,
        channels: int = 16,
        layers: int = 2,
        irreps: tuple[Irrep, ...] = (),
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        if channels < 1 or layers < 1:
            raise ConfigurationError(
                "a perceptron needs layers and channels",
                received=f"{layers} layers, {channels} channels",
                expected="1 or more",
            )
        hidden = hidden_rep(rep_in, rep_out, channels, irreps)
        self.layers = nn.ModuleList(
            SquareLayer(one, hidden, channels=channels, dtype=dtype, device=device)
            for one in (rep_in, *[hidden] * (layers - 1))
        )
        self.readout = Linear(hidden, rep_out, dtype=dtype, device=device)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        for layer in self.layers:
            x = layer(x)
        y: Tensor = self.readout(x)
        return y


class SquareLayer(EquivariantModule):
    """Gate(A x + M (B x ∘ C x)): A, B, C, M linear; ∘ multiplies channels of every pair of irreps to those of rep_out.

    Bilinear in x, invariants times anything included. Raises RepresentationError for an irrep of rep_out that is
    neither in x nor in x ⊗ x.
    """

    def __init__(
        self,
        rep_in: Rep,
        rep_out: Rep,
        *,
        channels: int,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_in, rep_out)
        pairs = [
            pair
            for pair in combinations_with_replacement(sorted(set(rep_in.irreps)), 2)
            if not set(product_irreps(*pair)).isdisjoint(rep_out.irreps)
        ]
        left, right = (Rep(rep_in.group, [(channels, pair[side]) for pair in pairs]) for side in (0, 1))
        self.gate = Gate(rep_out)
        self.first = Linear(rep_in, left, bias=False, dtype=dtype, device=device)
        self.second = Linear(rep_in, right, bias=False, dtype=dtype, device=device)
        self.product = ElementwiseProduct(left, right, irreps=rep_out.irreps, dtype=dtype, device=device)
        self.mix = Linear(rep_in + self.product.rep_out, self.gate.rep_in, dtype=dtype, device=device)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch out"]:
        squares = self.product(self.first(x), self.second(x))
        y: Tensor = self.gate(self.mix(torch.cat([x, squares], dim=-1)))
        return y


def hidden_rep(rep_in: Rep, rep_out: Rep, channels: int, irreps: tuple[Irrep, ...] = ()) -> Rep:
    """2 · channels invariants, and channels of every other irrep of both sides and of `irreps`."""
    group = rep_in.group
    others = sorted({*rep_in.irreps, *rep_out.irreps, *irreps} - {group.trivial})
    return Rep(group, [(2 * channels, group.trivial), *((channels, irrep) for irrep in others)])
