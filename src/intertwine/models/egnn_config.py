"""The architecture of a scalar–vector network as plain, serialisable data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt


class EGNNConfig(BaseModel):
    """Architecture of an :class:`~intertwine.models.egnn.EGNN`; the defaults are the published one for E(n).

    Attributes
    ----------
    group, vector:
        The symmetry and the representation of the points; its invariant form is the network's metric. "O(3)", "1o" for
        positions in space; "SO(1,3)", "(1/2,1/2)" for four-momenta.
    scalars, edge_invariants, scalars_out:
        Invariants of each node, of each edge, and wanted; scalars_out=0: only the vectors are.
    width, layers:
        Size of the hidden layers and number of message-passing steps.
    psi:
        What is done to the invariants of an edge: "identity", or "signed_log": sgn(s) log(1 + |s|).
    inner_products:
        Whether ⟨x_i, x_j⟩ counts as well as ⟨x_i − x_j, x_i − x_j⟩. It depends on the origin: for momenta.
    velocity:
        Whether each layer moves points along a given velocity.
    attention:
        Whether messages are weighted by a sigmoid of themselves.
    steps_see:
        Whether φ_x, which moves the vectors, sees messages before or after that weighting. Before, in the paper's
        equation 4; after, in LorentzNet's released code.
    batch_norm:
        Whether the networks of edges and nodes have a batch normalisation after their first layer.
    scalars_again:
        Whether each layer sees the given scalars again.
    step:
        Factor of the vectors' updates.
    dropout, pooling:
        Of the readout of scalars: one a graph ("mean", "sum") or one a node ("none").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = "O(3)"
    vector: str = "1o"
    scalars: PositiveInt
    edge_invariants: NonNegativeInt = 0
    scalars_out: NonNegativeInt = 0
    width: PositiveInt = 64
    layers: PositiveInt = 4
    activation: Literal["silu", "relu", "gelu", "tanh", "softplus", "elu"] = "silu"
    psi: Literal["identity", "signed_log"] = "identity"
    inner_products: bool = False
    velocity: bool = False
    attention: bool = False
    steps_see: Literal["messages", "weighted messages"] = "messages"
    batch_norm: bool = False
    scalars_again: bool = False
    step: PositiveFloat = 1.0
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    pooling: Literal["none", "mean", "sum"] = "none"

    @staticmethod
    def lorentz_net(scalars: int = 1, **changes: Any) -> EGNNConfig:
        """LorentzNet for jets (Gong et al. 2201.08187, section 4): 6 layers of width 72, two logits a jet."""
        published: dict[str, Any] = {
            "group": "SO(1,3)", "vector": "(1/2,1/2)", "scalars": scalars, "scalars_out": 2, "width": 72, "layers": 6,
            "activation": "relu", "psi": "signed_log", "inner_products": True, "attention": True, "batch_norm": True,
            "scalars_again": True, "step": 1e-3, "dropout": 0.2, "pooling": "mean",
        }  # fmt: skip
        return EGNNConfig(**{**published, **changes})
