"""The shape checks of the test run are on, and they can fail."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import TypeCheckError

from conftest import modules_with_shapes
from intertwine.training.augmentation import translate


def test_modules_are_found_and_kernels_left_out() -> None:
    modules = modules_with_shapes()
    assert "intertwine.training.augmentation" in modules
    assert not [module for module in modules if module.endswith("_kernels")]


def test_a_wrong_shape_or_type_is_caught() -> None:
    fields, shifts = torch.zeros(3, 2, 4, 4), torch.zeros(3, 2, dtype=torch.int64)
    assert translate(fields, shifts).shape == fields.shape
    with pytest.raises(TypeCheckError):
        translate(fields, shifts.double())
    with pytest.raises(TypeCheckError):
        translate(fields, shifts[:2])
