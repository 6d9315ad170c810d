"""Spatial and global pooling, flattening."""

from __future__ import annotations

import pytest
import torch

from intertwine.errors import ConfigurationError
from intertwine.nn.global_pooling import Flatten, GlobalPooling
from intertwine.nn.lattice_pooling import LatticePooling


@pytest.mark.parametrize("kind", ["average", "max"])
@pytest.mark.parametrize(("window", "stride"), [(2, 1), (2, 2), ((3, 2), (1, 2)), (1, 2)])
def test_pooling_against_rolled_copies(kind, window, stride):
    field = torch.randn(2, 3, 6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    pool = LatticePooling(window, stride=stride, kind=kind)
    copies = torch.stack(
        [torch.roll(field, (-i, -j), (2, 3)) for i in range(pool.window[0]) for j in range(pool.window[1])]
    )
    expected = copies.mean(0) if kind == "average" else copies.amax(0)
    expected = expected[:, :, :: pool.stride[0], :: pool.stride[1]]
    torch.testing.assert_close(pool(field), expected)
    if pool.window != (1, 1):
        assert (pool(field) - field[:, :, :: pool.stride[0], :: pool.stride[1]]).abs().max() > 1e-3
    assert torch.autograd.gradcheck(pool, field.requires_grad_(), fast_mode=True)


@pytest.mark.parametrize(("kind", "reduce"), [("average", torch.mean), ("sum", torch.sum), ("max", torch.amax)])
def test_global_pooling(kind, reduce):
    field = torch.randn(2, 3, 6, 4, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(GlobalPooling(kind)(field), reduce(field, dim=(2, 3, 4)))


def test_flatten_keeps_every_number_and_refuses_other_lattices():
    field = torch.arange(24.0).reshape(1, 2, 3, 4)
    assert sorted(Flatten((3, 4))(field)[0].tolist()) == list(range(24))
    with pytest.raises(ConfigurationError, match="one lattice only"):
        Flatten((3, 4))(torch.zeros(1, 2, 4, 3))


def test_a_field_of_another_dimension_is_refused():
    with pytest.raises(ConfigurationError, match="does not fit"):
        LatticePooling(2, dimension=3)(torch.zeros(1, 2, 3, 4))
