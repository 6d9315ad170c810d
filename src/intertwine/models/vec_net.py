"""VecNet: a semi-equivariant network of jets with any ratio of Lorentz-equivariant to unconstrained channels."""

from __future__ import annotations

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.models.jet_features import laboratory_features
from intertwine.models.jet_network import JetNetwork, JetNetworkConfig, Jets
from intertwine.models.jet_tokens import pair_invariants, point_invariants, rest_frame_momenta, signed_log


class VecNetConfig(JetNetworkConfig):
    """Architecture of a :class:`VecNet`.

    Attributes
    ----------
    equivariant, unconstrained:
        Channels of a particle that respect the Lorentz group, and that do not; either may be 0, not both.
    layers:
        Message-passing steps.
    step:
        Factor of the updates of the vectors.
    head:
        Width of the hidden layer after pooling.
    dropout:
        Behind it.
    """

    equivariant: NonNegativeInt = 16
    unconstrained: NonNegativeInt = 16
    layers: PositiveInt = 3
    step: PositiveFloat = 1e-2
    head: PositiveInt = 32
    dropout: NonNegativeFloat = Field(default=0.0, lt=1.0)

    @model_validator(mode="after")
    def _some_channels(self) -> VecNetConfig:
        if not self.equivariant + self.unconstrained:
            raise ConfigurationError(
                "a network without channels", received="equivariant=0, unconstrained=0", expected="1 or more"
            )
        return self


class VecNet(JetNetwork):
    """Two message-passing networks side by side that meet in the last layers (Murnane et al. 2202.06941).

    The equivariant one has scalars and a four-vector a particle: messages of both ends' scalars and of ⟨x_i, x_j⟩,
    ⟨x_i − x_j, x_i − x_j⟩ move scalars and vectors. The unconstrained one sees a particle's kinematics in the
    laboratory instead, and the differences of its neighbours'. With unconstrained=0 logits are Lorentz invariant.
    """

    def __init__(
        self, config: VecNetConfig, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> None:
        self.reads_references = config.equivariant > 0
        super().__init__(config)
        self.config = config
        self.symmetry = None if config.unconstrained else "O(1,3)"
        halves: list[nn.Module] = [EquivariantHalf(config)] if config.equivariant else []
        self.halves = nn.ModuleList([*halves, UnconstrainedHalf(config)] if config.unconstrained else halves)
        self.head = nn.Sequential(
            nn.Linear(2 * (config.equivariant + config.unconstrained), config.head), nn.GELU(),
            nn.Dropout(config.dropout), nn.Linear(config.head, config.out_features),
        )  # fmt: skip
        self.to(device=device, dtype=dtype)

    def read(self, jets: Jets) -> Tensor:
        parts = []
        for half in self.halves:
            h = half(jets)
            parts += _pool(h, jets.mask[:, : h.shape[1]])
        result: Tensor = self.head(torch.cat(parts, dim=-1))
        return result


class EquivariantHalf(nn.Module):
    """Invariant scalars of all points, which vectors in the jet's rest frame help to make."""

    def __init__(self, config: VecNetConfig) -> None:
        super().__init__()
        n, last = config.equivariant, config.layers - 1
        self.step = config.step
        self.scalars = nn.Linear(3 + config.n_labels, n)
        self.steps = nn.ModuleList(PairMessages(n, 3, moves=index < last) for index in range(config.layers))

    def forward(self, jets: Jets) -> Tensor:
        dtype = self.scalars.weight.dtype
        h: Tensor = self.scalars(torch.cat([point_invariants(jets, dtype), jets.scalars], dim=-1))
        x, _ = rest_frame_momenta(jets, dtype)
        exact = pair_invariants(jets, dtype)
        metric = x.new_tensor([1.0, -1.0, -1.0, -1.0])
        for step in self.steps:
            products = (x * metric) @ x.transpose(-1, -2)
            squares = products.diagonal(dim1=-2, dim2=-1)
            apart = squares.unsqueeze(-1) + squares.unsqueeze(-2) - 2 * products
            h, moves = step(h, torch.cat([exact, signed_log(torch.stack([products, apart], -1))], dim=-1), jets.mask)
            if moves is not None:  # Σ_j w_ij (x_i − x_j)
                x = x + self.step * (moves.sum(-1, keepdim=True) * x - moves @ x)
        return h


class UnconstrainedHalf(nn.Module):
    """Features of the particles in the laboratory."""

    def __init__(self, config: VecNetConfig) -> None:
        super().__init__()
        self.n_scalars = config.n_scalars
        self.kinematics = nn.Linear(7 + config.n_scalars, config.unconstrained)
        self.steps = nn.ModuleList(PairMessages(config.unconstrained, 2) for _ in range(config.layers))

    def forward(self, jets: Jets) -> Tensor:
        n, dtype = jets.particles, self.kinematics.weight.dtype
        mask = jets.mask[:, :n]
        features = laboratory_features(jets.p[:, :n], mask).to(dtype)
        u: Tensor = self.kinematics(torch.cat([features, jets.scalars[:, :n, : self.n_scalars]], dim=-1))
        place = features[..., :2]
        apart = place.unsqueeze(2) - place.unsqueeze(1)
        for step in self.steps:
            u, _ = step(u, apart, mask)
        return u


class PairMessages(nn.Module):
    """h_i ← h_i + φ_h(h_i, mean_j m_ij), m_ij = φ_e(h_i, h_j, e_ij), and the numbers w_ij that move vectors."""

    def __init__(self, channels: int, edge: int, moves: bool = False) -> None:
        super().__init__()
        self.receiver = nn.Linear(channels, channels)
        self.sender = nn.Linear(channels, channels, bias=False)
        self.edge = nn.Linear(edge, channels, bias=False)
        self.message = nn.Linear(channels, channels)
        self.move = nn.Linear(channels, 1) if moves else None
        self.node = nn.Sequential(
            nn.LayerNorm(2 * channels), nn.Linear(2 * channels, channels), nn.GELU(), nn.Linear(channels, channels)
        )

    def forward(self, h: Tensor, edges: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        first = self.edge(edges) + self.receiver(h).unsqueeze(2) + self.sender(h).unsqueeze(1)
        m = nn.functional.gelu(self.message(nn.functional.gelu(first)))
        m = m.masked_fill(~mask[:, None, :, None], 0.0)
        count = mask.sum(1).clamp(min=1).to(h.dtype)[:, None, None]
        moves = None if self.move is None else self.move(m).squeeze(-1) * mask.unsqueeze(1) / count
        h = h + self.node(torch.cat([h, m.sum(2) / count], dim=-1))
        return h, moves


def _pool(h: Tensor, mask: Tensor) -> list[Tensor]:
    """Mean and maximum over the points that are there."""
    kept = mask.unsqueeze(-1)
    mean = h.masked_fill(~kept, 0.0).sum(1) / kept.sum(1).clamp(min=1)
    largest = h.masked_fill(~kept, float("-inf")).amax(1).masked_fill(~mask.any(1, keepdim=True), 0.0)
    return [mean, largest]
