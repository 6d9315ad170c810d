"""What a network is worth: metrics, bands over instances, equivariance errors."""

from __future__ import annotations

from intertwine.lazy_names import lazy_names

# public name -> module that defines it
_PUBLIC = {
    "Band": "band",
    "Bootstrap": "resampling",
    "NetworkCost": "cost",
    "ROC": "roc_curve",
    "RegressionMetrics": "regression",
    "accuracy": "roc_curve",
    "ant_factor": "power_to_weight",
    "bootstrap": "resampling",
    "count_flops": "cost",
    "count_parameters": "cost",
    "network_cost": "cost",
    "paired_bootstrap": "resampling",
    "regression_metrics": "regression",
    "rotation_error": "grid_rotation",
    "roc": "roc_curve",
    "translation_error": "lattice_equivariance",
}

__all__ = sorted(_PUBLIC)
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
