"""Fitting: ensembles of instances as one batched model, a second-order finisher, hyper-parameter search."""

from __future__ import annotations

from intertwine.lazy_names import lazy_names

# public name -> module that defines it
_PUBLIC = {
    "FitResult": "fit_result",
    "FitSettings": "fit_settings",
    "LatticeData": "lattice_data",
    "LevenbergMarquardtSettings": "levenberg_marquardt",
    "ModuleFit": "module_fit",
    "Progress": "ensemble_fit",
    "SearchResult": "search_result",
    "SearchSettings": "hyperparameter_search",
    "finish_levenberg_marquardt": "levenberg_marquardt",
    "fit_ensemble": "ensemble_fit",
    "fit_module": "module_fit",
    "predict_ensemble": "ensemble",
    "search": "hyperparameter_search",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
