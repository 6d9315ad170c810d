"""SampledActivation: a pointwise function of signals on a sphere or a group, at sampled points."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import ConfigurationError
from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features
from intertwine.nn.scalar_functions import ScalarFunction, Scaled
from intertwine.nn.signals import Signals

_ORDERS = 40  # of the Hermite expansion by which second moments are known


class SampledActivation(EquivariantModule):
    """x ↦ P f(Q x): features as the coefficients of a signal, f at every sampled point, and back to coefficients.

    f of a signal is a signal, but no longer band-limited: what leaves the band and is not integrated exactly breaks
    equivariance, less and less with resolution (measured in the handbook). For finite groups nothing leaves and the
    layer is exact. (Cohen et al. 1801.10130 for S² and SO(3); e3nn's S2Activation.)

    Parameters
    ----------
    signals:
        From `sphere_signals` or `group_signals`.
    channels:
        Number of signals.
    function:
        f, by name or as a function of a tensor. The smoother it is, the less resolution is needed.

    Shape: [..., rep.dim] → [..., rep.dim] with rep_in = rep_out = rep = signals.rep * channels. Every irrep is scaled
    to second moment 1 on standard normal features.

    Raises
    ------
    ConfigurationError
        For a number of channels below 1.
    """

    def __init__(
        self,
        signals: Signals,
        channels: int,
        function: str | ScalarFunction = "silu",
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        if channels < 1:
            raise ConfigurationError("a number of channels", received=channels, expected="1, 2, …")
        rep = signals.rep * channels
        super().__init__(rep, rep)
        self.channels, self.name = channels, signals.name
        self.scaled = Scaled(function)
        self.to_points = Constant(signals.values, dtype=dtype, device=device)
        scale = _irrep_factors(signals, self.scaled)
        self.from_points = Constant(scale[:, None] * signals.coefficients, dtype=dtype, device=device)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch features"]:
        check_features(x, self.rep_in)
        # channel = copy × channels + signal, so that [d, copies] are rows of Q
        rows = torch.cat([x[..., where].unflatten(-1, (-1, self.channels)) for where in self.rep_in.slices], dim=-2)
        y: Tensor = self.from_points() @ self.scaled(self.to_points() @ rows)
        return y.flatten(-2)

    def extra_repr(self) -> str:
        """The representation and the points."""
        return f"{super().extra_repr()}, {self.name}"


def _irrep_factors(signals: Signals, scaled: Scaled) -> RealArray:
    """[rep.dim]: 1/√ of the second moment of each irrep after f, on standard normal features.

    With K(p, q) the covariance of the signal at two points, that of f is Σ_k c_k² K^k, c_k the Hermite coefficients of
    f (Mehler). All points are alike, so that one of them stands for the outer mean.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(160)
    with torch.no_grad():
        f = scaled(torch.from_numpy(nodes)).double().numpy() * weights / weights.sum()
    kernel = np.clip(signals.values @ signals.values[0], -1.0, 1.0)
    hermite = [np.ones_like(nodes), nodes]
    for k in range(1, _ORDERS):
        hermite.append((nodes * hermite[k] - np.sqrt(k) * hermite[k - 1]) / np.sqrt(k + 1))
    covariance = sum(float(f @ h) ** 2 * kernel**k for k, h in enumerate(hermite))
    projected = signals.values * (signals.weights * covariance)[:, None]
    found = []
    for block, where in zip(signals.rep.blocks, signals.rep.slices, strict=True):
        moment = signals.rep.dim**2 * float((projected[:, where] @ signals.values[0, where]).sum()) / block.dim
        found += [max(moment, 1e-6) ** -0.5] * block.dim
    return np.array(found)
