"""How much logits of jet networks change when the jet is boosted: a table over rapidity, in float64 and float32.

    python benchmarks/jet_invariance.py [--jets 16] [--mass 0.0]

Networks of default size with random weights (standard deviation of the logits over jets: last column), jets of 30
particles flying apart isotropically, then boosted to rapidity 2.5 as jets at a collider are, then along x and along
random directions. Errors are the largest over jets and directions, of logits (absolute) and of their gradients with
respect to the momenta (relative to the largest component), beside the same network fed plain products in float32.
"""

from __future__ import annotations

import argparse
from math import cosh, sinh

import numpy as np
import torch
from torch import Tensor

from intertwine.models import pelican as pelican_module
from intertwine.models.energy_flow_polynomials import EnergyFlowPolynomials, EnergyFlowPolynomialsConfig
from intertwine.models.jet_network import JetNetwork
from intertwine.models.lorentz_group_network import LorentzGroupNetwork, LorentzGroupNetworkConfig
from intertwine.models.lorentz_net import LorentzNet, LorentzNetConfig
from intertwine.models.lorentz_transformer import LorentzTransformer, LorentzTransformerConfig
from intertwine.models.pelican import PELICAN, PELICANConfig
from intertwine.models.vec_net import VecNet, VecNetConfig

RAPIDITIES = (0.0, 2.0, 4.0, 6.0, 7.6)
NETWORKS = {
    "PELICAN": lambda dtype: PELICAN(PELICANConfig(), dtype=dtype),
    "LorentzNet": lambda dtype: LorentzNet(LorentzNetConfig(), dtype=dtype),
    "LGN": lambda dtype: LorentzGroupNetwork(LorentzGroupNetworkConfig(), dtype=dtype),
    "transformer": lambda dtype: LorentzTransformer(LorentzTransformerConfig(), dtype=dtype),
    "VecNet": lambda dtype: VecNet(VecNetConfig(unconstrained=0), dtype=dtype),
    "EFPs": lambda dtype: EnergyFlowPolynomials(EnergyFlowPolynomialsConfig(measure="invariant"), dtype=dtype),
}


def boost(rapidity: float, axis: Tensor) -> Tensor:
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[0, 0] = cosh(rapidity)
    matrix[0, 1:] = matrix[1:, 0] = sinh(rapidity) * axis
    matrix[1:, 1:] += (cosh(rapidity) - 1) * torch.outer(axis, axis)
    return matrix


def boosted(p: Tensor, rapidity: float, axis: Tensor) -> Tensor:
    """In extended precision and rounded once: a product in float64 would lose ε γ² of what moves against the boost."""
    y, n, q = np.longdouble(rapidity), axis.numpy().astype(np.longdouble), p.numpy().astype(np.longdouble)
    n = n / np.sqrt((n * n).sum())
    along, energy = (q[..., 1:] * n).sum(-1), q[..., 0]
    moved = np.cosh(y) * along + np.sinh(y) * energy
    vector = q[..., 1:] + (moved - along)[..., None] * n
    return torch.from_numpy(
        np.concatenate([(np.cosh(y) * energy + np.sinh(y) * along)[..., None], vector], -1).astype(np.float64)
    )


def momenta(jets: int, mass: float) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    k = torch.empty(jets, 30, 1, dtype=torch.float64).exponential_(0.3, generator=generator)
    n = torch.randn(jets, 30, 3, dtype=torch.float64, generator=generator)
    q = k * n / n.norm(dim=-1, keepdim=True)
    p = torch.cat([(q.square().sum(-1, keepdim=True) + mass**2).sqrt(), q], dim=-1)
    p = p @ boost(2.5, torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64))
    if not mass:
        p[..., 0] = p[..., 1:].norm(dim=-1)
    return p


def measure(net: JetNetwork, p: Tensor) -> tuple[list[float], list[float], float]:
    mask = torch.ones(p.shape[:2], dtype=torch.bool)
    generator = torch.Generator().manual_seed(1)
    axes = [torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)]
    axes += [axis / axis.norm() for axis in torch.randn(3, 3, dtype=torch.float64, generator=generator)]

    def evaluate(momenta: Tensor) -> tuple[Tensor, Tensor]:
        momenta = momenta.clone().requires_grad_()
        logits = net(momenta, mask)
        return logits.detach(), torch.autograd.grad(logits.sum(), momenta)[0]

    reference, gradient = evaluate(p)
    errors, slopes = [], []
    for rapidity in RAPIDITIES:
        worst = worst_slope = 0.0
        for axis in axes:
            matrix = boost(rapidity, axis)
            logits, found = evaluate(boosted(p, rapidity, axis))
            expected = gradient @ torch.linalg.inv(matrix)
            worst = max(worst, float((logits - reference).abs().max()))
            worst_slope = max(worst_slope, float((found - expected).abs().max() / expected.abs().max()))
        errors.append(worst)
        slopes.append(worst_slope)
    return errors, slopes, float(reference.std())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jets", type=int, default=16)
    parser.add_argument("--mass", type=float, default=0.0)
    arguments = parser.parse_args()
    p = momenta(arguments.jets, arguments.mass)
    print("rapidity".ljust(40) + "".join(f"{y:9.1f}" for y in RAPIDITIES) + "   spread")
    for dtype in (torch.float64, torch.float32):
        for name, make in NETWORKS.items():
            torch.manual_seed(0)
            report(name, dtype, make(dtype).eval(), p)

    def plain(q: Tensor) -> Tensor:
        q = q.float()
        return (q[..., :1] @ q[..., :1].mT - q[..., 1:] @ q[..., 1:].mT).double()

    pelican_module.minkowski_products = plain
    torch.manual_seed(0)
    report("PELICAN, plain products", torch.float32, NETWORKS["PELICAN"](torch.float32).eval(), p)


def report(name: str, dtype: torch.dtype, net: JetNetwork, p: Tensor) -> None:
    errors, slopes, spread = measure(net, p)
    title = f"{name} {str(dtype)[6:]}"
    print(f"{title:32s} logits  " + "".join(f"{error:9.0e}" for error in errors) + f"   {spread:.1e}")
    print(f"{'':32s} slopes  " + "".join(f"{error:9.0e}" for error in slopes), flush=True)


if __name__ == "__main__":
    main()
