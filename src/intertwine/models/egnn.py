"""EGNN: messages of invariants move scalars and vectors, by any metric; LorentzNet is the same with Minkowski's."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.groups.group import Group
from intertwine.models.egnn_config import EGNNConfig
from intertwine.nn.constant import Constant
from intertwine.nn.graph_batch import GraphBatch
from intertwine.nn.scalar_functions import ScalarFunction, scalar_function
from intertwine.representations import Rep

__all__ = ["EGNN", "EGNNConfig"]


class EGNN(nn.Module):
    """m_ij = φ_e(h_i, h_j, ψ⟨x_ij, x_ij⟩, …), x_i += c mean_j x_ij φ_x(m_ij), h_i += φ_h(h_i, Σ_j m_ij).

    x_ij = x_i − x_j. With the Euclidean metric the E(n) equivariant graph network (Satorras et al. 2102.09844,
    equations 3–7), its velocities included; with Minkowski's, inner products, ψ(s) = sgn(s) log(1 + |s|) and attention,
    LorentzNet (Gong et al. 2201.08187, equations 3–5; `EGNNConfig.lorentz_net`). Scalars are invariant, vectors
    equivariant under the group; without inner products vectors move along with a translation and scalars stay.

    Parameters
    ----------
    config:
        The architecture.
    group:
        Instead of the one that config names, for groups that have no name.

    Raises
    ------
    RepresentationError
        For a vector without a symmetric invariant form.
    """

    def __init__(
        self,
        config: EGNNConfig,
        *,
        group: Group | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        G = tw.group(config.group) if group is None else group
        self.config, self.rep_vector = config, Rep(G, config.vector)
        metric = self.rep_vector.metric
        if metric is None or not (metric == metric.T).all():
            raise RepresentationError("a vector without a metric", received=repr(self.rep_vector))
        self.metric = Constant(metric, dtype=dtype, device=device)
        self.embedding = nn.Linear(config.scalars, config.width, dtype=dtype, device=device)
        # Where only scalars are wanted, the last layer's vectors are not.
        moves = [True] * (config.layers - 1) + [config.scalars_out == 0]
        self.layers = nn.ModuleList(EGNNLayer(config, one, dtype=dtype, device=device) for one in moves)
        self.readout = nn.Sequential()
        if config.scalars_out:
            self.readout = nn.Sequential(
                nn.Linear(config.width, config.width, dtype=dtype, device=device),
                _Pointwise(scalar_function(config.activation)),
                nn.Dropout(config.dropout),
                nn.Linear(config.width, config.scalars_out, dtype=dtype, device=device),
            )

    def forward(
        self,
        scalars: Float[Tensor, "nodes scalars"],
        graph: GraphBatch,
        *,
        edge_invariants: Float[Tensor, "edges more"] | None = None,
        velocity: Float[Tensor, "nodes vector"] | None = None,
    ) -> tuple[Float[Tensor, "rows out"], Float[Tensor, "nodes vector"]]:
        """Scalars [nodes, scalars] → scalars [nodes or graphs, scalars_out or width], vectors [nodes, rep_vector.dim].

        Vectors start at graph.positions. Raises ConfigurationError where edge_invariants or velocity do not fit config.
        """
        given = 0 if edge_invariants is None else edge_invariants.shape[-1]
        if given != self.config.edge_invariants or (velocity is not None) != self.config.velocity:
            raise ConfigurationError(
                "inputs that the network was not built for",
                received=f"{given} invariants an edge, velocity {'' if velocity is not None else 'not '}given",
                expected=f"edge_invariants={self.config.edge_invariants}, velocity={self.config.velocity}",
            )
        h, x, metric = self.embedding(scalars), graph.positions, self.metric()
        again = scalars if self.config.scalars_again else None
        for layer in self.layers:
            h, x = layer(h, x, graph, metric, edge_invariants, velocity, again)
        h = self.readout(h if self.config.pooling == "none" else graph.pool(h, self.config.pooling))
        return h, x


class EGNNLayer(nn.Module):
    """One step: messages, then vectors, then scalars."""

    def __init__(
        self, config: EGNNConfig, moves: bool, *, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> None:
        super().__init__()
        self.config, width = config, config.width
        act = scalar_function(config.activation)
        seen = 1 + config.inner_products + config.edge_invariants
        again = config.scalars if config.scalars_again else 0
        self.edge_in = nn.Linear(2 * width + seen, width, bias=not config.batch_norm, dtype=dtype, device=device)
        self.edge_out = nn.Sequential(
            _norm(config, dtype, device), _Pointwise(act), nn.Linear(width, width, dtype=dtype, device=device),
            _Pointwise(act),
        )  # fmt: skip
        self.node = nn.Sequential(
            nn.Linear(2 * width + again, width, dtype=dtype, device=device), _norm(config, dtype, device),
            _Pointwise(act), nn.Linear(width, width, dtype=dtype, device=device),
        )  # fmt: skip
        self.attention = nn.Linear(width, 1, dtype=dtype, device=device) if config.attention else None
        self.move = _to_number(width, act, False, dtype, device) if moves else None
        self.drift = _to_number(width, act, True, dtype, device) if moves and config.velocity else None
        if self.move is not None:
            nn.init.xavier_uniform_(self.move.get_parameter("2.weight"), gain=1e-3)

    def forward(
        self,
        h: Tensor,
        x: Tensor,
        graph: GraphBatch,
        metric: Tensor,
        edge: Tensor | None,
        velocity: Tensor | None,
        again: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        apart = -graph.with_positions(x).vectors()  # x_i − x_j, i the receiver
        invariants = [_psi(self.config.psi, ((apart @ metric) * apart).sum(-1, keepdim=True))]
        if self.config.inner_products:
            products = (x @ metric).index_select(0, graph.receivers) * x.index_select(0, graph.senders)
            invariants.append(_psi(self.config.psi, products.sum(-1, keepdim=True)))
        if edge is not None:
            invariants.append(edge)
        m = self._messages(h, torch.cat(invariants, dim=-1), graph)
        weighted = m if self.attention is None else m * torch.sigmoid(self.attention(m))
        nodes = len(h)
        if self.move is not None:
            # The limit is the published code's: it keeps a bad start from blowing up.
            seen_by_steps = weighted if self.config.steps_see == "weighted messages" else m
            steps = (apart * self.move(seen_by_steps)).clamp(-100, 100)
            total = x.new_zeros(x.shape).index_add(0, graph.receivers, steps)
            neighbours = torch.bincount(graph.receivers, minlength=nodes).clamp(min=1).to(x.dtype)
            x = x + self.config.step * total / neighbours.unsqueeze(-1)
            if self.drift is not None and velocity is not None:
                x = x + self.drift(h) * velocity
        summed = m.new_zeros(nodes, m.shape[-1]).index_add(0, graph.receivers, weighted)
        seen = [h, summed] if again is None else [h, summed, again]
        return h + self.node(torch.cat(seen, dim=-1)), x

    def _messages(self, h: Tensor, invariants: Tensor, graph: GraphBatch) -> Tensor:
        """φ_e; the first layer's share of each end is made once a node."""
        width = self.config.width
        receiver, sender, edge = self.edge_in.weight.split([width, width, invariants.shape[-1]], dim=1)
        first = nn.functional.linear(invariants, edge, self.edge_in.bias)
        first = first + (h @ receiver.T).index_select(0, graph.receivers)
        m: Tensor = self.edge_out(first + (h @ sender.T).index_select(0, graph.senders))
        return m


class _Pointwise(nn.Module):
    def __init__(self, function: ScalarFunction) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def _norm(config: EGNNConfig, dtype: torch.dtype | None, device: torch.device | str | None) -> nn.Module:
    return nn.BatchNorm1d(config.width, dtype=dtype, device=device) if config.batch_norm else nn.Identity()


def _to_number(
    width: int, act: ScalarFunction, bias: bool, dtype: torch.dtype | None, device: torch.device | str | None
) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, width, dtype=dtype, device=device), _Pointwise(act),
        nn.Linear(width, 1, bias=bias, dtype=dtype, device=device),
    )  # fmt: skip


def _psi(name: str, s: Tensor) -> Tensor:
    return s if name == "identity" else s.sign() * s.abs().log1p()
