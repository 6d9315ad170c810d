"""Every public layer of intertwine.nn goes through the harness, or says which test file asks the same of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from every_layer import Built, every_layer
from particular_layers import field_layers, particular_layers

from groups_list import CASES
from intertwine import nn

TESTS = Path(__file__).parents[1]
# What does not map features of one representation to features of another, and where it is tested.
ELSEWHERE = {
    # maps of numbers
    "BesselBasis": "nn/test_radial_functions.py",
    "CosineCutoff": "nn/test_radial_functions.py",
    "GaussianBasis": "nn/test_radial_functions.py",
    "PolynomialCutoff": "nn/test_radial_functions.py",
    "RadialNetwork": "nn/test_radial_functions.py",
    # matrices of irreps, not features
    "IrrepMatrices": "nn/test_wigner_matrices.py",
    "WignerMatrices": "nn/test_wigner_matrices.py",
    # lattices, whose group are the translations
    "GlobalPooling": "nn/test_lattice_pooling.py",
    "LatticeConvolution": "nn/test_lattice_convolution.py",
    "LatticePooling": "nn/test_lattice_pooling.py",
}
BASES = {"EquivariantModule", "FieldModule"}


def public_modules() -> set[str]:
    """Names of the classes of intertwine.nn that are torch modules."""
    found = {name: getattr(nn, name) for name in nn.__all__}
    return {name for name, one in found.items() if isinstance(one, type) and issubclass(one, torch.nn.Module)}


def declared(collections: Iterable[Iterable[Built]]) -> set[str]:
    """The layers of the harness; of its wrappers, which are no classes of ours, what they wrap."""
    names = set()
    for layers in collections:
        for built in layers:
            ours = type(built.layer).__module__.startswith("intertwine.")
            parts = [built.layer] if ours else list(built.layer.children())
            names |= {type(part).__name__ for part in parts}
    return names


def undeclared(public: set[str], harness: set[str]) -> set[str]:
    return public - harness - set(ELSEWHERE) - BASES


@pytest.fixture(scope="module")
def harness() -> set[str]:
    case = next(case for case in CASES if case.name == "SO(1,3)")
    return declared([every_layer(case), particular_layers(), field_layers()])


def test_every_public_layer_is_in_the_harness_or_tested_elsewhere(harness: set[str]) -> None:
    public = public_modules()
    assert not undeclared(public, harness), "declare them in every_layer.py or particular_layers.py"
    assert undeclared(public | {"Forgotten"}, harness) == {"Forgotten"}
    assert not harness & set(ELSEWHERE), "in the harness already"
    assert set(ELSEWHERE) | BASES <= public, "no such layers"


@pytest.mark.parametrize(("name", "file"), ELSEWHERE.items(), ids=ELSEWHERE)
def test_what_is_tested_elsewhere_is_named_there(name: str, file: str) -> None:
    assert name in (TESTS / file).read_text(), f"{file} does not test {name}"
