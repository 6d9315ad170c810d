"""Fitting: ensembles of instances as one batched model, a second-order finisher, hyper-parameter search."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> module that defines it; loaded on first use
_PUBLIC = {
    "FitResult": "intertwine.training.fit_result",
    "FitSettings": "intertwine.training.fit_settings",
    "LatticeData": "intertwine.training.lattice_data",
    "LevenbergMarquardtSettings": "intertwine.training.levenberg_marquardt",
    "ModuleFit": "intertwine.training.module_fit",
    "Progress": "intertwine.training.ensemble_fit",
    "SearchResult": "intertwine.training.search_result",
    "SearchSettings": "intertwine.training.hyperparameter_search",
    "finish_levenberg_marquardt": "intertwine.training.levenberg_marquardt",
    "fit_ensemble": "intertwine.training.ensemble_fit",
    "fit_module": "intertwine.training.module_fit",
    "predict_ensemble": "intertwine.training.ensemble",
    "search": "intertwine.training.hyperparameter_search",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.training' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
