"""Energy flow polynomials, one a multigraph, and the linear model of them (Komiske et al., 1712.07124)."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import torch
from jaxtyping import Float
from pydantic import Field, PositiveFloat, PositiveInt
from torch import Tensor, nn

from intertwine.models.jet_features import relative_coordinates, transverse_momentum
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.masked_batch_norm import MaskedBatchNorm
from intertwine.models.multigraphs import Multigraph, connected_multigraphs, multigraphs
from intertwine.nn.four_momenta import minkowski_products

LETTERS = "acdefghijklmnopqrstuvwxyz"  # b is the batch


class EnergyFlowPolynomialsConfig(JetNetworkConfig):
    """Of an :class:`EnergyFlowPolynomials` model.

    Attributes
    ----------
    degree:
        Largest number of edges; 1, 4, 12, 35, 101, 313 polynomials up to degree 1 … 6. From degree 6 on there are
        graphs (the tetrahedron) that take n⁴ operations instead of n³.
    measure:
        "hadronic": w_i = pT_i / Σ pT, θ_ij = ΔR_ij^β; "invariant": w = 1, θ_ij = p_i · p_j / M², which is Lorentz
        invariant but not safe against collinear splittings.
    beta:
        β of the hadronic measure.
    """

    degree: PositiveInt = Field(default=4, le=7)
    measure: Literal["hadronic", "invariant"] = "hadronic"
    beta: PositiveFloat = 1.0


class EnergyFlowPolynomials(JetNetwork):
    """A linear function of all energy flow polynomials up to a degree, brought to mean 0 and variance 1."""

    def __init__(
        self,
        config: EnergyFlowPolynomialsConfig,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(config)
        self.config = config
        self.symmetry = "O(1,3)" if config.measure == "invariant" else None
        self.graphs = multigraphs(config.degree)
        self.prime = [graph for edges in range(1, config.degree + 1) for graph in connected_multigraphs(edges)]
        width = len(self.graphs) + config.n_scalars
        self.norm = MaskedBatchNorm(width)
        self.linear = nn.Linear(width, config.out_features)
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        n = jets.particles
        p, mask = jets.p[:, :n], jets.mask[:, :n]
        measure = (
            hadronic_measure(p, mask, self.config.beta) if self.config.measure == "hadronic" else invariants(p, mask)
        )
        values = {graph: polynomial(graph, *measure) for graph in self.prime}
        products = [torch.stack([values[part] for part in parts]).prod(0) for parts in self.graphs]
        found = torch.stack(products, dim=-1).to(self._dtype)
        given = jets.scalars[:, :n, : self.config.n_scalars].sum(1)
        features = torch.cat([found, given], dim=-1)
        result: Tensor = self.linear(self.norm(features, mask.new_ones(len(p))))
        return result


def hadronic_measure(p: Tensor, mask: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """w [batch, n] and θ [batch, n, n]: shares of the transverse momentum, and ΔR^β."""
    transverse = transverse_momentum(p).masked_fill(~mask, 0.0)
    total = transverse.sum(1, keepdim=True)
    place = relative_coordinates(p, mask)
    squared = (place.unsqueeze(2) - place.unsqueeze(1)).square().sum(-1)
    apart = squared > 0
    angles = torch.where(apart, squared, 1.0).pow(beta / 2) * apart
    return transverse / torch.where(total > 0, total, 1.0), angles


def invariants(p: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """w [batch, n] = 1 and θ [batch, n, n] = p_i · p_j / M²; 0 where there is no mass."""
    products = minkowski_products(p)
    squared = products.sum((-2, -1), keepdim=True)
    massive = squared > 1e-12
    return mask.to(p.dtype), products / torch.where(massive, squared, 1.0) * massive


def polynomial(
    graph: Multigraph, weights: Float[Tensor, "batch n"], angles: Float[Tensor, "batch n n"]
) -> Float[Tensor, " batch"]:
    """Σ over i_1 … i_N of Π_k w_{i_k} Π_{(k, l) in graph} θ_{i_k i_l}; vertices with few neighbours first."""
    vertices = sorted({vertex for edge in graph for vertex in edge})
    terms: list[tuple[tuple[int, ...], Tensor]] = [((v,), weights) for v in vertices]
    terms += [(edge, angles**times) for edge, times in Counter(graph).items()]
    while vertices:
        around = {v: {w for names, _ in terms if v in names for w in names} for v in vertices}
        chosen = min(vertices, key=lambda v: (len(around[v]), v))
        kept = tuple(sorted(around[chosen] - {chosen}))
        own = [term for term in terms if chosen in term[0]]
        subscripts = ",".join("b" + "".join(LETTERS[v] for v in names) for names, _ in own)
        summed = torch.einsum(f"{subscripts}->b{''.join(LETTERS[v] for v in kept)}", *(value for _, value in own))
        terms = [term for term in terms if chosen not in term[0]] + [(kept, summed)]
        vertices.remove(chosen)
    result = terms[0][1]
    for _, value in terms[1:]:
        result = result * value
    return result
