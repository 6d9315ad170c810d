"""The architecture of a tensor-product network as plain, serialisable data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, PositiveInt


class TensorProductNetworkConfig(BaseModel):
    """Architecture of a :class:`~intertwine.models.tensor_product_network.TensorProductNetwork`.

    Representations are written as in ``Rep(group, "16x0e + 8x1o")``, in the names of the group's own irreps.

    Attributes
    ----------
    group, vector:
        The symmetry, and how the difference of two points transforms ("1o" of O(3), "(1/2,1/2)" of SO(1,3), "3xA"
        of the trivial group C1).
    rep_in, hidden, rep_out:
        Features of the nodes: given, in between, and wanted.
    channels:
        Copies of each irrep that take part in a message.
    layers:
        Message-passing steps.
    max_degree:
        Of the harmonics of the edges.
    directions:
        Harmonics of x/|x|; needs a definite form. Otherwise of x itself.
    edge_invariants:
        Number of further invariants that come with each edge.
    radial_width, radial_depth:
        Hidden layers of the radial network.
    node_dependent:
        Whether the radial network sees the invariants of both ends (their trivial channels, and ⟨x, x⟩ of each other
        channel) as well as those of the edge; the node's own Linear sees them too.
    cutoff, basis:
        Length at which messages vanish smoothly, and number of radial functions below it. Without a cut-off the
        radial network sees asinh(I/σ) of the vector's invariants I at `basis` scales σ, squared lengths from
        `smallest` to `largest`.
    neighbours:
        Mean number of neighbours; messages are divided by its root.
    normalise:
        Whether each step sees its input through an RMSNorm: for features without a bound, as harmonics of momenta have.
    residual:
        Whether a step adds to its input, where representations agree.
    pooling:
        "none": an output a node; "sum" or "mean": one a graph.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = "O(3)"
    vector: str = "1o"
    rep_in: str
    hidden: str
    rep_out: str
    channels: PositiveInt = 32
    layers: PositiveInt = 3
    max_degree: NonNegativeInt = 2
    directions: bool = True
    edge_invariants: NonNegativeInt = 0
    radial_width: PositiveInt = 64
    radial_depth: PositiveInt = 2
    node_dependent: bool = False
    cutoff: PositiveFloat | None = None
    basis: PositiveInt = 8
    smallest: PositiveFloat = 0.1
    largest: PositiveFloat = 10.0
    neighbours: PositiveFloat = 1.0
    normalise: bool = False
    residual: bool = False
    activation: str = "silu"
    pooling: Literal["none", "sum", "mean"] = "none"

    @staticmethod
    def schnet(
        rep_in: str, rep_out: str = "0e", width: int = 64, layers: int = 3, **changes: Any
    ) -> TensorProductNetworkConfig:
        """Invariants only, filters that are functions of the length (Schütt et al. 1706.08566): no directions."""
        given: dict[str, Any] = {
            "rep_in": rep_in, "hidden": f"{width}x0e", "rep_out": rep_out, "channels": width, "layers": layers,
            "max_degree": 0, "residual": True, "activation": "softplus",
        }  # fmt: skip
        return TensorProductNetworkConfig(**{**given, **changes})

    @staticmethod
    def graph_network(
        features: int, outputs: int, dimension: int = 3, width: int = 64, layers: int = 3, **changes: Any
    ) -> TensorProductNetworkConfig:
        """The trivial group: a graph network with filters of the edge's coordinates, which no symmetry binds."""
        given: dict[str, Any] = {
            "group": "C1", "vector": f"{dimension}xA", "rep_in": f"{features}xA", "hidden": f"{width}xA",
            "rep_out": f"{outputs}xA", "channels": width, "layers": layers, "max_degree": 0, "node_dependent": True,
            "residual": True,
        }  # fmt: skip
        return TensorProductNetworkConfig(**{**given, **changes})
