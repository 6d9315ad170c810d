"""What a network is worth: metrics, bands over instances, equivariance errors."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> module that defines it; loaded on first use
_PUBLIC = {
    "Band": "intertwine.evaluation.band",
    "Bootstrap": "intertwine.evaluation.resampling",
    "NetworkCost": "intertwine.evaluation.cost",
    "ROC": "intertwine.evaluation.roc_curve",
    "RegressionMetrics": "intertwine.evaluation.regression",
    "accuracy": "intertwine.evaluation.roc_curve",
    "ant_factor": "intertwine.evaluation.power_to_weight",
    "bootstrap": "intertwine.evaluation.resampling",
    "count_flops": "intertwine.evaluation.cost",
    "count_parameters": "intertwine.evaluation.cost",
    "network_cost": "intertwine.evaluation.cost",
    "paired_bootstrap": "intertwine.evaluation.resampling",
    "regression_metrics": "intertwine.evaluation.regression",
    "rotation_error": "intertwine.evaluation.grid_rotation",
    "roc": "intertwine.evaluation.roc_curve",
    "translation_error": "intertwine.evaluation.lattice_equivariance",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.evaluation' has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value
