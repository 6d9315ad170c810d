"""The architectures that studies of jets choose from, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from intertwine.studies.jets.configuration import NetworkChoice
from intertwine.suggestions import choose

if TYPE_CHECKING:
    from intertwine.models.jet_network import JetNetwork

# name -> module, network, its configuration
KINDS = {
    "efp": ("energy_flow_polynomials", "EnergyFlowPolynomials", "EnergyFlowPolynomialsConfig"),
    "fully-connected": ("fully_connected_jets", "FullyConnectedJets", "FullyConnectedConfig"),
    "lgn": ("lorentz_group_network", "LorentzGroupNetwork", "LorentzGroupNetworkConfig"),
    "lorentz-net": ("lorentz_net", "LorentzNet", "LorentzNetConfig"),
    "lorentz-transformer": ("lorentz_transformer", "LorentzTransformer", "LorentzTransformerConfig"),
    "particle-flow": ("particle_flow", "ParticleFlow", "FlowConfig"),
    "energy-flow": ("particle_flow", "EnergyFlow", "FlowConfig"),
    "particle-net": ("particle_net", "ParticleNet", "ParticleNetConfig"),
    "particle-transformer": ("particle_transformer", "ParticleTransformer", "ParticleTransformerConfig"),
    "pelican": ("pelican", "PELICAN", "PELICANConfig"),
    "vec-net": ("vec_net", "VecNet", "VecNetConfig"),
}


def build(choice: NetworkChoice, seed: int, **options: Any) -> JetNetwork:
    """A freshly initialised network; the same seed gives the same weights. options: beside those of the choice.

    Raises ConfigurationError for an unknown kind.
    """
    import torch

    module, network, config = KINDS[choose("kind of network", choice.kind, KINDS)]
    found = import_module(f"intertwine.models.{module}")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        architecture = getattr(found, config).model_validate({**choice.options, **options})
        built: JetNetwork = getattr(found, network)(architecture)
    return built
