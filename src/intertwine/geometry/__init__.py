"""Where the data live: neighbour search (flat, periodic, Minkowski, curved spaces), graphs. Arrays in, arrays out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> file; loaded on first use
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


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.geometry' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.geometry.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
