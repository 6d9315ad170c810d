"""ChannelwiseProduct: the tensor product of message passing, one weight a path and channel."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn.edge_frame_product import EdgeFrameProduct
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.full_precision import in_full_precision
from intertwine.nn.product_backend import ChannelwiseBackend, check_device, choose_channelwise_backend
from intertwine.nn.product_plan import channelwise_plan
from intertwine.nn.product_reference import reference_product
from intertwine.nn.product_transforms import fused_product
from intertwine.representations import Rep


class ChannelwiseProduct(EquivariantModule):
    """out[k, u] = Σ_paths w[p, u] Σ_ij C_p[i, j, k] x1[i, u] x2[j]: rep_1 ⊗ rep_2 → rep_out, channel by channel.

    Every Clebsch–Gordan path between blocks of equal multiplicity in rep_1 and rep_out, summed. This is the product
    of tensor field networks, NequIP and MACE, there for O(3) (Thomas et al. 1802.08219, Batzner et al. 2101.03164),
    here for any group. Paths that differ by a unit of the output's commutant are kept once: a Linear supplies the rest.

    Parameters
    ----------
    rep_1, rep_2, rep_out:
        Representations of one group, by irreps; each block of rep_out needs a block of rep_1 with as many channels.
    weights:
        "shared": learned, one a path and channel; "per_sample": an argument [..., weight_numel], from a radial network
        for instance.
    backend:
        "fused" (one pass over memory in C++, CPU), "triton" (the same on CUDA devices), "reference" (einsum, anywhere),
        or None: fused where a C++ compiler is found and the features lie on a CPU, triton on a GPU where that can be
        imported, else reference. The choice is shown in the repr. "so2", by name only,
        for SO(3) and O(3) where rep_2 is made of harmonics of one direction a sample: contracts in the frame where that
        is the z axis, which pays at high l (see EdgeFrameProduct).

    Under autocast the product is made, and returned, in float32: its sums cancel. Made on the meta device, a layer
    takes the backend that it would take on a CPU.

    Shape: [..., rep_1.dim], [..., rep_2.dim] → [..., rep_out.dim].

    Raises
    ------
    RepresentationError
        Where a block of rep_out is out of reach, representations do not match, or "so2" does not apply to them.
    MissingDependencyError
        Where the backend asked for by name cannot run.
    """

    def __init__(
        self,
        rep_1: Rep,
        rep_2: Rep,
        rep_out: Rep,
        *,
        weights: Literal["shared", "per_sample"] = "shared",
        backend: ChannelwiseBackend | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__(rep_1, rep_out)
        if weights not in ("shared", "per_sample"):
            raise ConfigurationError("unknown weights", received=repr(weights), expected='"shared" or "per_sample"')
        self.rep_1, self.rep_2 = rep_1, rep_2
        self.plan = channelwise_plan(rep_1, rep_2, rep_out)
        self.in_frame = EdgeFrameProduct(self.plan, device) if backend == "so2" else None
        self.backend: ChannelwiseBackend = "so2" if self.in_frame else choose_channelwise_backend(backend, device)
        self.weight: nn.Parameter | None = None
        if weights == "shared":
            self.weight = nn.Parameter(torch.empty(self.weight_numel, dtype=dtype, device=device))
        # Plain attributes: they stay on the CPU, and in float64, wherever the module is moved or cast.
        self._words = torch.from_numpy(self.plan.words)
        self._coefficients = torch.from_numpy(self.plan.coefficients)
        self.reset_parameters()

    @property
    def reps_in(self) -> tuple[Rep, ...]:
        """Those of both factors."""
        return (self.rep_1, self.rep_2)

    @property
    def weight_numel(self) -> int:
        """Number of weights: paths × channels."""
        return self.plan.weight_numel

    @property
    def constants(self) -> tuple[Tensor, Tensor, int]:
        """The plan as the kernels read it: words, coefficients, output dimension."""
        return self._words, self._coefficients, self.rep_out.dim

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw shared weights from a standard normal: the paths carry the normalisation."""
        if self.weight is not None:
            with torch.no_grad():
                self.weight.normal_(generator=generator)

    def forward(
        self,
        x1: Float[Tensor, "*batch left"],
        x2: Float[Tensor, "*batch right"],
        weight: Float[Tensor, "*batch weights"] | None = None,
    ) -> Float[Tensor, "*batch out"]:
        if x1.shape[-1] != self.rep_1.dim or x2.shape[-1] != self.rep_2.dim or x1.shape[:-1] != x2.shape[:-1]:
            raise RepresentationError(
                "the features do not fit the product",
                received=f"shapes {tuple(x1.shape)} and {tuple(x2.shape)}",
                expected=f"[..., {self.rep_1.dim}] and [..., {self.rep_2.dim}] with equal leading axes",
            )
        return in_full_precision(self._product, x1, x2, self.weights_for(x1, weight))

    def _product(self, x1: Tensor, x2: Tensor, w: Tensor) -> Tensor:
        if self.backend == "reference":
            return reference_product(self.plan, x1, x2, w)
        left, right = x1.reshape(-1, self.rep_1.dim), x2.reshape(-1, self.rep_2.dim)
        w = w if w.ndim == 1 else w.reshape(-1, self.weight_numel)
        flat = self.on_rows(left, right, w, None, None, left.shape[0])
        return flat.reshape(*x1.shape[:-1], self.rep_out.dim)

    def on_rows(
        self, x1: Tensor, x2: Tensor, w: Tensor, sender: Tensor | None, receiver: Tensor | None, rows: int
    ) -> Tensor:
        """Gather, product and scatter by the layer's kernels: any backend but the reference."""
        if self.in_frame is not None:
            return self.in_frame(x1, x2, w, sender, receiver, rows)  # type: ignore[no-any-return]
        check_device(x1, self.backend)
        return fused_product(x1, x2, w, sender, receiver, rows, *self.constants)

    def weights_for(self, x1: Tensor, given: Tensor | None) -> Tensor:
        """The layer's own weights, or those given if they fit the samples of x1."""
        if self.weight is not None:
            if given is not None:
                raise ConfigurationError(
                    "the weights are the layer's own", received=tuple(given.shape), fix='weights="per_sample"'
                )
            return self.weight
        if given is None or given.shape != (*x1.shape[:-1], self.weight_numel):
            raise ConfigurationError(
                "the product needs weights for every sample",
                received=None if given is None else f"shape {tuple(given.shape)}",
                expected=f"shape {(*x1.shape[:-1], self.weight_numel)}",
            )
        return given

    def extra_repr(self) -> str:
        """Representations, paths, weights and backend."""
        return (
            f"{self.rep_out.group.name}: {self.rep_1} ⊗ {self.rep_2} → {self.rep_out}, {len(self.plan.paths)} paths, "
            f"{self.weight_numel} weights, backend={self.backend!r}"
        )
