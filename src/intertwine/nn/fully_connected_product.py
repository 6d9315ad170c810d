"""FullyConnectedProduct: every pair of channels of two features, mixed to every channel of the output."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from intertwine.errors import RepresentationError
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.full_precision import in_full_precision
from intertwine.nn.fully_connected_plan import FullyConnectedPlan
from intertwine.nn.fully_connected_transforms import fused_fully_connected
from intertwine.nn.linear import Linear
from intertwine.nn.product_backend import Backend, check_fused_device, choose_backend
from intertwine.nn.product_reference import reference_product
from intertwine.nn.separate_plan import separate_plan
from intertwine.representations import Rep


class FullyConnectedProduct(EquivariantModule):
    """out[k, w] = Σ_paths Σ_uv W_p[u, v, w] Σ_ij C_p[i, j, k] x1[i, u] x2[j, v]: all of Hom_G(rep_1 ⊗ rep_2, rep_out).

    The weights are the layer's own: those of the `Linear` that mixes the separate paths, whose commutant units complete
    the paths of types C and H. The fused backend never makes the separate paths: it mixes each on its side with fewer
    components, in blocks of samples that stay in the cache.

    Parameters
    ----------
    rep_1, rep_2, rep_out:
        Representations of one group, by irreps, any multiplicities.
    backend:
        As in `ChannelwiseProduct`.

    Shape: [..., rep_1.dim], [..., rep_2.dim] → [..., rep_out.dim].

    Raises
    ------
    RepresentationError
        Where an irrep of rep_out is out of reach, or representations do not match.
    """

    def __init__(
        self,
        rep_1: Rep,
        rep_2: Rep,
        rep_out: Rep,
        *,
        backend: Backend | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_1, rep_out)
        self.rep_1, self.rep_2 = rep_1, rep_2
        self.plan = separate_plan(rep_1, rep_2, rep_out)
        self.mix = Linear(self.plan.rep_out, rep_out, bias=False, dtype=dtype, device=device)
        self.backend = choose_backend(backend, device, "fully_connected")
        self._dim_out = rep_out.dim
        # On the CPU and in float64 wherever the module goes, as the kernels read them.
        packed = FullyConnectedPlan(self.plan, rep_out, self.mix.channels)
        self._words = torch.from_numpy(packed.words)
        self._coefficients = torch.from_numpy(packed.coefficients)

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        """Those of both factors."""
        return (self.rep_1, self.rep_2)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights anew."""
        self.mix.reset_parameters(generator)

    def forward(
        self, x1: Float[Tensor, "*batch left"], x2: Float[Tensor, "*batch right"]
    ) -> Float[Tensor, "*batch out"]:
        if x1.shape[-1] != self.rep_1.dim or x2.shape[-1] != self.rep_2.dim or x1.shape[:-1] != x2.shape[:-1]:
            raise RepresentationError(
                "the features do not fit the product",
                received=f"shapes {tuple(x1.shape)} and {tuple(x2.shape)}",
                expected=f"[..., {self.rep_1.dim}] and [..., {self.rep_2.dim}] with equal leading axes",
            )
        return in_full_precision(self._product, x1, x2)

    def _product(self, x1: Tensor, x2: Tensor) -> Tensor:
        if self.backend == "reference":
            ones = x1.new_ones(self.plan.weight_numel)
            return self.mix(reference_product(self.plan, x1, x2, ones))  # type: ignore[no-any-return]
        check_fused_device(x1)
        left, right = x1.reshape(-1, self.rep_1.dim), x2.reshape(-1, self.rep_2.dim)
        flat = fused_fully_connected(left, right, self.mix.weight, self._words, self._coefficients, self._dim_out)
        return flat.reshape(*x1.shape[:-1], self._dim_out)

    def extra_repr(self) -> str:
        """Representations, paths and backend."""
        return (
            f"{self.rep_out.group.name}: {self.rep_1} ⊗ {self.rep_2} → {self.rep_out}, {len(self.plan.paths)} paths, "
            f"backend={self.backend!r}"
        )
