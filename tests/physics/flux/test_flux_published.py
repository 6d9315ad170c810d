"""Readers of published configurations: every layout of tensors, and a clear word about anything else."""

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from intertwine.errors import DataError
from intertwine.physics import flux

K = torch.arange(5 * 4 * 6 * 3).reshape(5, 4, 6, 3)
T = torch.arange(10.0).reshape(5, 2)
LAYOUTS = {
    "dict": {"x": K, "y": T},
    "dict-of-two": {"phi2": T[:, 1], "n": T[:, 0], "configs": K.float()},
    "tuple": (K, T),
    "list": [T, K],
    "dataset": TensorDataset(K, T),
    "channels-last": (K.permute(0, 2, 3, 1).contiguous(), T),
    "columns": (K, T[:, :1], T[:, 1:]),
    "nested": {"data": (K, T)},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name, tmp_path):
    path = tmp_path / "dataset-train-6-3.pt"
    torch.save(LAYOUTS[name], path)
    data = flux.read_published(path)
    np.testing.assert_array_equal(data.features, K.numpy())
    np.testing.assert_array_equal(data.targets, T.numpy())
    assert data.features.dtype == data.targets.dtype == np.float64


class Custom:
    """What weights-only loading refuses."""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": torch.zeros(3)}, r"a: float32 \[3\]"),
        ({"a": "text", "b": 4}, "a dict of a: str, b: int"),
        ({}, "a dict of nothing"),
        (17, "a int"),
        (K, "no targets.*tensor: int64"),
        ((K, torch.zeros(4, 2)), r"1: float32 \[4, 2\]"),
        ((K, T, K), "0: int64"),
        (Custom(), "it holds a .*Custom"),
    ],
)
def test_anything_else_is_listed(content, message, tmp_path):
    path = tmp_path / "dataset-val-6-3.pt"
    torch.save(content, path)
    with pytest.raises(DataError, match=message):
        flux.read_published(path)


def test_files_that_are_not_tensors(tmp_path):
    path = tmp_path / "dataset-test-6-3.pt"
    torch.save((K, T), path)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(DataError, match="400 bytes that start with b'PK"):
        flux.read_published(path)
    path.write_text("hello world")
    with pytest.raises(DataError, match="start with b'hello wo'"):
        flux.read_published(path)
    with pytest.raises(DataError, match="no such file"):
        flux.read_published(tmp_path / "absent.pt")
