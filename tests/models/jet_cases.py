"""Networks of jets, small, and jets to try them on; a new network gets the whole harness by one line here."""

from __future__ import annotations

from collections.abc import Callable
from math import cosh, sinh

import numpy as np
import torch
from torch import Tensor

from intertwine.models.energy_flow_polynomials import EnergyFlowPolynomials, EnergyFlowPolynomialsConfig
from intertwine.models.fully_connected_jets import FullyConnectedConfig, FullyConnectedJets
from intertwine.models.jet_network import JetNetwork
from intertwine.models.lorentz_group_network import LorentzGroupNetwork, LorentzGroupNetworkConfig
from intertwine.models.lorentz_net import LorentzNet, LorentzNetConfig
from intertwine.models.lorentz_transformer import LorentzTransformer, LorentzTransformerConfig
from intertwine.models.particle_flow import EnergyFlow, FlowConfig, ParticleFlow
from intertwine.models.particle_net import ParticleNet, ParticleNetConfig
from intertwine.models.particle_transformer import ParticleTransformer, ParticleTransformerConfig
from intertwine.models.pelican import PELICAN, PELICANConfig
from intertwine.models.vec_net import VecNet, VecNetConfig

CASES: dict[str, tuple[type[JetNetwork], type, dict]] = {
    "pelican": (PELICAN, PELICANConfig, {"channels": 6, "blocks": 2, "embedding": 4, "head": (8,)}),
    "lorentz-net": (LorentzNet, LorentzNetConfig, {"width": 8, "layers": 2}),
    "lorentz-transformer": (
        LorentzTransformer, LorentzTransformerConfig,
        {"scalars": 8, "vectors": 4, "two_forms": 2, "blocks": 2, "heads": 2, "pair_width": 4},
    ),
    "lorentz-group-network": (
        LorentzGroupNetwork, LorentzGroupNetworkConfig,
        {"hidden": "4x(0,0) + 4x(1/2,1/2) + 2x(1,0)", "channels": 2, "layers": 2, "width": 8},
    ),
    "vec-net-equivariant": (VecNet, VecNetConfig, {"equivariant": 6, "unconstrained": 0, "layers": 2}),
    "energy-flow-invariant": (EnergyFlowPolynomials, EnergyFlowPolynomialsConfig, {"measure": "invariant"}),
    "vec-net": (VecNet, VecNetConfig, {"equivariant": 4, "unconstrained": 4, "layers": 2}),
    "vec-net-unconstrained": (VecNet, VecNetConfig, {"equivariant": 0, "unconstrained": 6, "layers": 2}),
    "energy-flow-polynomials": (EnergyFlowPolynomials, EnergyFlowPolynomialsConfig, {"degree": 3}),
    "particle-flow": (ParticleFlow, FlowConfig, {"widths": (8, 8), "head": (8,)}),
    "particle-flow-mixing": (ParticleFlow, FlowConfig, {"widths": (8, 8), "head": (8,), "mixing": 1}),
    "energy-flow": (EnergyFlow, FlowConfig, {"widths": (8, 8), "head": (8,)}),
    "energy-flow-mixing": (EnergyFlow, FlowConfig, {"widths": (8, 8), "head": (8,), "mixing": 2}),
    "particle-transformer": (
        ParticleTransformer, ParticleTransformerConfig,
        {"width": 8, "heads": 2, "blocks": 2, "class_blocks": 1, "pair_width": 4},
    ),
    "particle-net": (ParticleNet, ParticleNetConfig, {"neighbours": 3, "blocks": ((8, 8), (8, 8)), "head": 8}),
    "fully-connected": (FullyConnectedJets, FullyConnectedConfig, {"particles": 12, "widths": (16, 8)}),
    "fully-connected-rest": (
        FullyConnectedJets, FullyConnectedConfig, {"particles": 12, "widths": (16, 8), "frame": "rest"},
    ),
}  # fmt: skip
INVARIANT = [
    "pelican",
    "lorentz-net",
    "lorentz-transformer",
    "lorentz-group-network",
    "vec-net-equivariant",
    "energy-flow-invariant",
]


def network(name: str, dtype: torch.dtype = torch.float64, seed: int = 0, **changes: object) -> JetNetwork:
    """A case's network in evaluation mode, its batch norms having seen something."""
    model, config, settings = CASES[name]
    torch.manual_seed(seed)
    made = model(config(**{**settings, **changes}), dtype=dtype)
    with torch.no_grad():
        for buffer_name, buffer in made.named_buffers():
            if buffer_name.endswith(("running_variance", "running_var")):
                buffer.uniform_(0.5, 2.0)
    return made.eval()


def jets(
    n: int = 4, particles: int = 10, seed: int = 0, rapidity: float = 2.0, mass: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Jets of particles of one mass that fly apart in all directions, boosted; padded with NaN."""
    generator = torch.Generator().manual_seed(seed)
    k = torch.empty(n, particles, dtype=torch.float64).exponential_(0.2, generator=generator)
    direction = torch.randn(n, particles, 3, dtype=torch.float64, generator=generator)
    momentum = k.unsqueeze(-1) * direction / direction.norm(dim=-1, keepdim=True)
    energy = (momentum.square().sum(-1) + mass**2).sqrt()
    p = torch.cat([energy.unsqueeze(-1), momentum], dim=-1) @ boost(rapidity, (1.0, 0.3, 0.4))
    if mass == 0.0:
        p[..., 0] = p[..., 1:].norm(dim=-1)
    counts = torch.randint(3, particles + 1, (n,), generator=generator)
    counts[0] = particles
    mask = torch.arange(particles) < counts.unsqueeze(-1)
    return p.masked_fill(~mask.unsqueeze(-1), float("nan")), mask


def boost(rapidity: float, axis: tuple[float, float, float]) -> Tensor:
    """The matrix [4, 4] of a boost along an axis; symmetric."""
    n = torch.tensor(axis, dtype=torch.float64)
    n = n / n.norm()
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[0, 0] = cosh(rapidity)
    matrix[0, 1:] = matrix[1:, 0] = sinh(rapidity) * n
    matrix[1:, 1:] += (cosh(rapidity) - 1) * torch.outer(n, n)
    return matrix


def boosted(p: Tensor, rapidity: float, axis: tuple[float, float, float]) -> Tensor:
    """p [..., 4] boosted in extended precision and rounded once: a product in float64 makes masses of ε γ² E."""
    y, q = np.longdouble(rapidity), p.numpy().astype(np.longdouble)
    n = np.array(axis, dtype=np.longdouble) / np.sqrt(np.sum(np.square(np.array(axis, dtype=np.longdouble))))
    along, energy = q[..., 1:] @ n, q[..., 0]
    vector = q[..., 1:] + ((np.cosh(y) - 1) * along + np.sinh(y) * energy)[..., None] * n
    found = np.concatenate([(np.cosh(y) * energy + np.sinh(y) * along)[..., None], vector], -1)
    return torch.from_numpy(found.astype(np.float64))


def rotation(seed: int = 0) -> Tensor:
    """A random rotation of space as a matrix [4, 4]."""
    generator = torch.Generator().manual_seed(seed)
    q, r = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64, generator=generator))
    q = q * r.diagonal().sign()
    q[:, 0] *= torch.linalg.det(q).sign()
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[1:, 1:] = q
    return matrix


def scalars(p: Tensor, n: int, seed: int = 0) -> Tensor | None:
    """Random numbers for every particle."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*p.shape[:2], n, dtype=torch.float64, generator=generator) if n else None


Transform = Callable[[Tensor], Tensor]
