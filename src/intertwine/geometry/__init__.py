"""Where the data live: neighbour search (flat, periodic, Minkowski, curved spaces), graphs. Arrays in, arrays out."""

from __future__ import annotations

from intertwine.lazy_names import lazy_names

# public name -> module that defines it
_PUBLIC = {
    "CausalOrder": "causal_order",
    "Edges": "edges",
    "Euclidean": "spaces",
    "Graph": "graph",
    "Hyperbolic": "spaces",
    "Minkowski": "spaces",
    "NeighbourSearch": "neighbour_search",
    "QuadraticForm": "spaces",
    "Space": "spaces",
    "Sphere": "spaces",
    "Torus": "spaces",
    "batch_graphs": "graph_batching",
    "nearest_graph": "nearest_search",
    "pad_nodes": "graph_batching",
    "radius_graph": "radius_search",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
