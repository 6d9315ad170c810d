"""A transformer of scalars, four-vectors and two-forms, equivariant under Lorentz transformations (class of L-GATr)."""

from __future__ import annotations

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from intertwine.groups import group
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.jet_tokens import pair_invariants, tokens
from intertwine.nn.attention import Attention
from intertwine.nn.channel_dropout import ChannelDropout
from intertwine.nn.elementwise_product import ElementwiseProduct
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.gate import Gate
from intertwine.nn.linear import Linear, by_block, side_by_side
from intertwine.nn.pooling import Pooling
from intertwine.nn.rms_norm import RMSNorm
from intertwine.representations import Rep


class LorentzTransformerConfig(JetNetworkConfig):
    """Architecture of a :class:`LorentzTransformer`.

    Attributes
    ----------
    scalars, vectors, two_forms:
        Channels of a token. Scalars carry most of the parameters, as a vector costs as much as four of them. Without
        two-forms the network is of the class of L-GATr-slim.
    blocks, heads:
        Of attention and multilayer perceptron.
    widening:
        Hidden scalars of the perceptron, in units of `scalars`.
    pair_width:
        Width of the network that turns invariants of two particles into a bias of the scores; 0: no bias.
    dropout:
        Of whole channels, after attention and perceptron.
    """

    scalars: PositiveInt = 96
    vectors: PositiveInt = 16
    two_forms: NonNegativeInt = 8
    blocks: PositiveInt = 4
    heads: PositiveInt = 8
    widening: PositiveInt = 4
    pair_width: int = Field(default=16, ge=0)
    dropout: NonNegativeFloat = Field(default=0.0, lt=1.0)


class LorentzTransformer(JetNetwork):
    """Tokens are particles; everything between them is a product of representations of SO⁺(1,3).

    As in L-GATr (Spinner et al. 2405.14806) features are multivectors, here by irreps: scalars, four-vectors and
    two-forms. Attention weighs by the sum of the invariant forms (equation 7 there); the perceptron multiplies channel
    by channel v·w, v ∧ w, F·v and *F·v, what the geometric product is made of, with gates of scalars (equations 5, 6).
    Scores have a bias that is a function of log p_i·p_j, as in the particle transformer (Qu et al. 2202.03772).
    It works in the jet's rest frame, so that single precision suffices at any boost.
    """

    symmetry = "SO(1,3)"
    can_give_vectors = reads_references = True

    def __init__(
        self,
        config: LorentzTransformerConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(config)
        self.config = config
        lorentz = group("SO(1,3)")
        self.rep_in = Rep(lorentz, f"{3 + config.n_labels}x(0,0) + 2x(1/2,1/2)")
        rep = Rep(lorentz, channels(config.scalars, config.vectors, config.two_forms))
        # momenta alone make no two-form: the first ones are p ∧ P
        self.embedding = Embedding(self.rep_in, rep)
        self.bias = PairBias(config.pair_width, config.heads) if config.pair_width else None
        self.blocks = nn.ModuleList([TransformerBlock(rep, config) for _ in range(config.blocks)])
        last = Rep(lorentz, f"{config.scalars}x(0,0)")
        self.invariants = nn.Sequential(RMSNorm(rep), Linear(rep, last))
        self.pooling = Pooling(last, "mean")
        self.head = nn.Sequential(
            nn.GELU(), nn.Linear(config.scalars, config.scalars), nn.GELU(),
            nn.Linear(config.scalars, config.out_features),
        )  # fmt: skip
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        x = self.embedding(tokens(jets, self._dtype))
        bias = None if self.bias is None else self.bias(pair_invariants(jets, self._dtype))
        for block in self.blocks:
            x = block(x, jets.mask, bias)
        x = self.invariants(x)
        if self.config.target == "logits":
            x = self.pooling(x, jets.mask)
        result: Tensor = self.head(x)
        return result


def channels(scalars: int, vectors: int, two_forms: int) -> str:
    """A representation by its multiplicities, those of 0 left out."""
    blocks = {"(0,0)": scalars, "(1/2,1/2)": vectors, "(1,0)": two_forms}
    return " + ".join(f"{count}x{irrep}" for irrep, count in blocks.items() if count)


class Embedding(EquivariantModule):
    """Scalars and momenta to all irreps: linear maps of them and of products of linear maps of the momenta."""

    def __init__(self, rep_in: Rep, rep_out: Rep) -> None:
        super().__init__(rep_in, rep_out)
        lorentz = rep_in.group
        # without two-forms the products are scalars
        count = rep_out.multiplicity(lorentz.irrep("(1,0)"))
        product = lorentz.irrep("(1,0)") if count else lorentz.trivial
        vectors = Rep(lorentz, f"{max(1, count)}x(1/2,1/2)")
        self.left, self.right = Linear(rep_in, vectors), Linear(rep_in, vectors)
        self.product = ElementwiseProduct(vectors, vectors, irreps=[product])
        self.out = Linear(rep_in + self.product.rep_out, rep_out)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.out(torch.cat([x, self.product(self.left(x), self.right(x))], dim=-1))
        return result


class PairBias(nn.Module):
    """Invariants of pairs [batch, n, n, 1] → a bias of each head's scores [batch, heads, n, n]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1, width), nn.GELU(), nn.Linear(width, heads))

    def forward(self, invariants: Tensor) -> Tensor:
        bias: Tensor = self.layers(invariants).permute(0, 3, 1, 2)
        return bias.contiguous()


class TransformerBlock(nn.Module):
    """x += attention(norm(x)), x += perceptron(norm(x))."""

    def __init__(self, rep: Rep, config: LorentzTransformerConfig) -> None:
        super().__init__()
        self.attention_norm, self.perceptron_norm = RMSNorm(rep), RMSNorm(rep)
        self.attention = Attention(rep, heads=config.heads)
        self.perceptron = Perceptron(rep, config)
        self.dropout = ChannelDropout(rep, config.dropout)

    def forward(self, x: Tensor, mask: Tensor, bias: Tensor | None) -> Tensor:
        x = x + self.dropout(self.attention(self.attention_norm(x), mask, bias))
        result: Tensor = x + self.dropout(self.perceptron(self.perceptron_norm(x)))
        return result


class Perceptron(EquivariantModule):
    """Hidden scalars, and gated products v·w, v ∧ w, F·v, *F·v of hidden channels; back to rep."""

    def __init__(self, rep: Rep, config: LorentzTransformerConfig) -> None:
        super().__init__(rep, rep)
        lorentz = rep.group
        v, f = config.vectors, config.two_forms
        left = Rep(lorentz, channels(0, v, f))
        right = Rep(lorentz, [(block.multiplicity, lorentz.irrep("(1/2,1/2)")) for block in left.blocks])
        self.product = ElementwiseProduct(left, right, irreps=rep.irreps)
        scalars = Rep(lorentz, f"{config.widening * config.scalars}x(0,0)")
        self.gate = Gate(scalars + left + self.product.rep_out, activation="gelu")
        gates = Rep(lorentz, f"{self.gate.n_gates}x(0,0)")
        self.expand = Linear(rep, scalars + left + right + gates)
        self.n_blocks = len(left.blocks)
        self.contract = Linear(self.gate.rep_out, rep)

    def forward(self, x: Tensor) -> Tensor:
        # block by block: the hidden scalars are most of the bytes, and are not copied
        n = self.n_blocks
        scalars, *vectors, gates = self.expand.mix(by_block(x, self.rep_in), x)
        left, right = vectors[:n], vectors[n:]
        product = by_block(self.product(side_by_side(left, x), side_by_side(right, x)), self.product.rep_out)
        opened = self.gate.open([scalars, *left, *product], gates.flatten(-2))
        return side_by_side(self.contract.mix(opened, x), x)
