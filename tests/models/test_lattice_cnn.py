"""The three families: what their symmetry claims holds, and what it denies fails."""

from __future__ import annotations

import pytest
import torch

from intertwine.errors import ConfigurationError
from intertwine.models.lattice_cnn import LatticeCNN, LatticeCNNConfig
from intertwine.nn.lattice_sites import translations

SITES = (8, 4)
NETWORKS = {
    "EQ": {"family": "EQ", "layers": [{"channels": 5, "kernel": 2}, {"channels": 4, "kernel": 3, "dilation": 2}]},
    "EQ pooled": {"family": "EQ", "layers": [{"channels": 5, "kernel": 2, "pool_window": 2, "pool_stride": 1}]},
    "EQ max": {"family": "EQ", "global_pooling": "max", "head": [3], "layers": [{"channels": 5}]},
    "ST": {"family": "ST", "layers": [{"channels": 5, "kernel": 3, "stride": 2}, {"channels": 4, "kernel": 2}]},
    "ST one direction": {"family": "ST", "layers": [{"channels": 5, "kernel": 3, "stride": [4, 1]}]},
    "ST pooled": {"family": "ST", "layers": [{"channels": 5, "kernel": 2, "pool_window": 2, "pool_kind": "max"}]},
    "ST twice": {
        "family": "ST",
        "layers": [
            {"channels": 5, "kernel": 2, "stride": 2},
            {"channels": 4, "kernel": 3, "pool_window": [2, 1], "pool_kind": "max"},
        ],
    },
    "ST undone": {  # the average of averages is the average
        "family": "ST",
        "layers": [{"channels": 5, "kernel": 2, "stride": [2, 1]}, {"channels": 4, "kernel": 3, "pool_window": 2}],
    },
    "FL": {"family": "FL", "layers": [{"channels": 3, "kernel": 2}], "head": [4]},
    "FL strided": {"family": "FL", "layers": [{"channels": 3, "kernel": 2, "stride": 2}]},
}
STEPS = {
    "EQ": (1, 1), "EQ pooled": (1, 1), "EQ max": (1, 1), "ST": (2, 2), "ST one direction": (4, 1), "ST pooled": (2, 2),
    "ST twice": (4, 2), "ST undone": (2, 1), "FL": None, "FL strided": None,
}  # fmt: skip


def network(name, sites=SITES, dtype=torch.float64):
    config = LatticeCNNConfig(sites=sites, in_channels=3, **NETWORKS[name])
    return LatticeCNN(config, generator=torch.Generator().manual_seed(3), dtype=dtype)


def changes(model, sites):
    """Translation → largest change of the output."""
    field = torch.randn(4, 3, *sites, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    before = model(field)
    axes = tuple(range(2, 2 + len(sites)))
    return {s: (model(torch.roll(field, s, axes)) - before).abs().max().item() for s in translations(sites)}


@pytest.mark.parametrize("name", NETWORKS)
def test_symmetry_holds_where_claimed_and_fails_where_denied(name):
    model = network(name)
    assert model.symmetry.steps == STEPS[name]
    for shift, change in changes(model, SITES).items():
        if model.symmetry.commutes(shift, SITES):
            assert change < 1e-12, shift
        else:
            assert change > 1e-7, shift


@pytest.mark.parametrize("sites", [(6, 5), (7, 4), (12, 8)])
def test_claims_on_lattices_that_strides_do_not_divide(sites):
    for name in ("EQ", "ST", "ST one direction", "ST undone"):
        model = network(name)
        for shift, change in changes(model, sites).items():
            claimed = model.symmetry.commutes(shift, sites)
            assert (change < 1e-12) if claimed else (change > 1e-7), (name, shift)


def test_other_dimensions():
    for sites in ((6,), (4, 3, 2), (3, 2, 2, 2)):
        config = LatticeCNNConfig(family="EQ", sites=sites, in_channels=3, layers=[{"channels": 4, "kernel": 2}])
        model = LatticeCNN(config, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        assert max(changes(model, sites).values()) < 1e-12


def test_a_network_that_sees_its_position_is_caught():
    class Broken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = network("EQ")

        def forward(self, field):
            field = field.clone()
            field[:, :, 0] *= 1.01
            return self.model(field)

    assert max(changes(Broken(), SITES).values()) > 1e-7


def test_global_pooling_networks_take_any_lattice_and_flattening_ones_do_not():
    assert network("EQ")(torch.zeros(2, 3, 5, 9, dtype=torch.float64)).shape == (2, 2)
    with pytest.raises(ConfigurationError, match="one lattice only"):
        network("FL")(torch.zeros(2, 3, 5, 9, dtype=torch.float64))


def test_config_round_trip_and_count():
    config = LatticeCNNConfig(
        family="EQ", sites=(60, 4), in_channels=4, layers=[{"channels": 16, "kernel": 2}, {"channels": 16, "kernel": 1}]
    )
    assert LatticeCNNConfig.model_validate_json(config.model_dump_json()) == config
    assert LatticeCNN(config).n_parameters == 578


def test_standardisation_is_an_affine_map():
    model = network("EQ")
    field = torch.randn(2, 3, *SITES, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    plain = model(field)
    shift, scale = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([2.0, 0.5, 1.0]).double()
    model.set_standardisation(shift, scale, torch.tensor([5.0, 6.0]).double(), torch.tensor([2.0, 3.0]).double())
    moved = field * scale[:, None, None] + shift[:, None, None]
    torch.testing.assert_close(model(moved), plain * torch.tensor([2.0, 3.0]) + torch.tensor([5.0, 6.0]))
    with pytest.raises(ConfigurationError, match="positive"):
        model.set_standardisation(shift, -scale, shift[:2], scale[:2])


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"family": "EQ", "layers": [{"channels": 2, "stride": 2}]}, "stride 1 everywhere"),
        ({"family": "EQ", "layers": [{"channels": 2, "pool_window": 2}]}, "stride 1 everywhere"),
        ({"family": "ST", "layers": [{"channels": 2}]}, "above 1 somewhere"),
        ({"family": "ST", "layers": [{"channels": 2, "pool_window": 2}]}, "breaks nothing"),
        ({"family": "EQ", "layers": [{"channels": 2, "kernel": (3, 3, 3)}]}, "does not fit"),
        ({"family": "EQ", "sites": (2,) * 5, "layers": [{"channels": 2}]}, "1 to 4"),
    ],
)
def test_broken_architectures_are_refused(changed, word):
    with pytest.raises(ConfigurationError, match=word):
        LatticeCNNConfig(**({"sites": SITES, "in_channels": 3} | changed))
