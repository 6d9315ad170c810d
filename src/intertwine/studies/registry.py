"""The list of studies. A new study is one file and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from intertwine.errors import ConfigurationError
from intertwine.studies.study import Study
from intertwine.suggestions import choose

# name -> module:class
STUDIES = {
    "ant-factor": "intertwine.studies.jets.ant_factor:AntFactor",
    "boosts": "intertwine.studies.jets.boosts:Boosts",
    "flux-regression": "intertwine.studies.flux_regression:FluxRegression",
    "jet-mass": "intertwine.studies.jets.jet_mass:JetMass",
    "n-body": "intertwine.studies.n_body:NBody",
    "open-worm": "intertwine.studies.worms:OpenWorm",
    "top-tagging": "intertwine.studies.jets.top_tagging:TopTagging",
    "worm-counting": "intertwine.studies.worms:WormCounting",
    "flux-point-group": "intertwine.studies.flux_point_group:FluxPointGroup",
    "volumes": "intertwine.studies.volumes:Volumes",
    "rotated-digits": "intertwine.studies.rotated_digits:RotatedDigitsStudy",
    "any-group": "intertwine.studies.any_group:AnyGroup",
    "inertia-tensor": "intertwine.studies.inertia_tensor:InertiaTensor",
    "phonon-dos": "intertwine.studies.phonon_dos:PhononDos",
    "water-tensors": "intertwine.studies.water_tensors:WaterTensors",
    "zundel-forces": "intertwine.studies.zundel_forces:ZundelForces",
    "qm7": "intertwine.studies.qm7:QM7",
}


def load(name: str) -> Study[Any]:
    """The study of that name, or the one at ``module:class`` for a study that lives outside of the package.

    Raises ConfigurationError that suggests the right name, or says what is wrong with the module or class.
    """
    place = name if ":" in name else STUDIES[choose("study", name, STUDIES)]
    module, _, attribute = place.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ConfigurationError(f"no study at {place}", received=error, expected="module:class") from error
    if not (isinstance(found, type) and issubclass(found, Study)):
        raise ConfigurationError(f"{place} is not a study", expected="a subclass of intertwine.studies.study.Study")
    return found()
