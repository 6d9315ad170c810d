"""The list of studies. A new study is one file and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from intertwine.studies.study import Study
from intertwine.suggestions import choose

# name -> module:class
STUDIES = {
    "flux-regression": "intertwine.studies.flux_regression:FluxRegression",
}


def load(name: str) -> Study[Any]:
    """The study of that name. Raises ConfigurationError that suggests the right name."""
    module, _, attribute = STUDIES[choose("study", name, STUDIES)].partition(":")
    study: Study[Any] = getattr(import_module(module), attribute)()
    return study
