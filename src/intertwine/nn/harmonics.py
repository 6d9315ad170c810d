"""Harmonics: equivariant polynomials of a vector as a layer; spherical harmonics for SO(3)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant, Indices
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.feature_checks import check_features
from intertwine.nn.full_precision import widened, without_autocast
from intertwine.nn.harmonics_tower import has_tower, tower_of
from intertwine.nn.product_backend import Backend, choose_backend
from intertwine.representations import Irrep, Rep
from intertwine.representations.harmonics import harmonics
from intertwine.representations.harmonics.monomials import last_step


class Harmonics(EquivariantModule):
    """y(x), polynomials of a vector with y(ρ_in(g) x) = ρ_out(g) y(x): `tw.harmonics` in torch, all derivatives.

    For the vectors of SO(n), O(n), SO(1,n), O(1,n) by the tower ∂Y_l = D^l Y_{l−1} (see harmonics_tower), any degree;
    for other groups and several vectors by monomials. At the origin everything is smooth: polynomials, not angles.

    Shape: [..., rep_in.dim] → [..., rep_out.dim]; block b of rep_out has degree `degrees[b]`.

    Parameters
    ----------
    rep_in:
        The representation of the vector, or an irrep.
    max_degree, degrees, irreps, modulo_invariants, normalisation:
        As in `tw.harmonics`.
    unit_vectors:
        Divide x by its length first, as spherical harmonics of directions do; 0 stays 0. For definite forms only: a
        light-like vector has no direction of length 1.
    backend:
        "fused" (C++, with its own backward and double backward; vectors of SO(n), O(n), SO(1,n), O(1,n) on CPUs),
        "reference" (matrix products, anywhere), or None: fused where it can run.

    Raises
    ------
    RepresentationError
        For unit vectors of an indefinite form, or "fused" for another vector; whatever `tw.harmonics` raises.
    """

    def __init__(
        self,
        rep_in: Rep | Irrep,
        max_degree: int,
        *,
        degrees: Iterable[int] | None = None,
        irreps: Iterable[Irrep | str] | None = None,
        modulo_invariants: bool = True,
        normalisation: str = "component",
        unit_vectors: bool = False,
        backend: Backend | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        rep = Rep(rep_in.group, rep_in) if isinstance(rep_in, Irrep) else rep_in
        known = harmonics(
            rep,
            max_degree,
            degrees=degrees,
            irreps=irreps,
            modulo_invariants=modulo_invariants,
            normalisation=normalisation,  # type: ignore[arg-type]
        )
        super().__init__(rep, known.rep)
        self.degrees = known.degrees
        self.unit_vectors = unit_vectors
        if unit_vectors and (rep.metric is None or not np.allclose(rep.metric, np.eye(rep.dim))):
            raise RepresentationError(
                "no unit vectors without a definite form", received=repr(rep), fix="unit_vectors=False"
            )
        self.by_tower = has_tower(rep) and modulo_invariants
        if not self.by_tower and backend == "fused":
            raise RepresentationError(
                "the fused harmonics are those of a vector of SO(n), O(n), SO(1,n) or O(1,n)",
                received=repr(rep),
                fix='use backend="reference"',
            )
        self.backend: Backend = choose_backend(backend, device, "harmonics") if self.by_tower else "reference"
        self.tables = nn.ModuleList()
        self.columns: list[int] | None = None
        if self.by_tower:
            self._build_tower(rep, normalisation, dtype, device)
        else:
            self._build_monomials(known.polynomials, known.variables, dtype, device)

    def _build_tower(
        self, rep: Rep, normalisation: str, dtype: torch.dtype | None, device: torch.device | str | None
    ) -> None:
        tower = tower_of(rep, max(self.degrees, default=0), normalisation)
        self.start = tower.start
        # the same whatever the backend, for checkpoints
        self.exact_tables = {f"degree {n}": table for n, table in enumerate(tower.derivatives, start=1)}
        self.tower_dim = tower.rep.dim
        if self.degrees != tuple(range(len(self.degrees))):
            self.columns = [i for degree in self.degrees for i in range(*tower.rep.slices[degree].indices(10**9))]
        if self.backend == "fused":
            self._words = Indices(tower.words, device=device)
            # float64 whatever the vectors are: the kernel casts its few hundred coefficients itself.
            self._coefficients = torch.from_numpy(tower.coefficients)
            return
        for degree, table in enumerate(tower.derivatives, start=1):
            flat = table.reshape(-1, table.shape[2]) / degree
            self.tables.append(Constant(flat, dtype=dtype, device=device))

    def _build_monomials(
        self,
        polynomials: tuple[RealArray, ...],
        variables: RealArray,
        dtype: torch.dtype | None,
        device: torch.device | str | None,
    ) -> None:
        self.variables = Constant(variables, dtype=dtype, device=device)
        for one in polynomials:
            self.tables.append(Constant(one, dtype=dtype, device=device))
        self.factors, self.axes, self.parents = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for degree in range(1, max(self.degrees, default=0) + 1):
            axis, parent, factor = last_step(self.rep_in.dim, degree)
            self.axes.append(Indices(axis, device=device))
            self.parents.append(Indices(parent, device=device))
            self.factors.append(Constant(factor, dtype=dtype, device=device))

    def forward(self, x: Float[Tensor, "*batch vector"]) -> Float[Tensor, "*batch out"]:
        check_features(x, self.rep_in)
        kind, x = x.dtype, widened(x)
        if self.unit_vectors and self.backend == "reference":
            x = torch.nn.functional.normalize(x, dim=-1, eps=1e-12)
        with without_autocast(x):
            y = self._by_tower(x) if self.by_tower else self._by_monomials(x)
        return y.to(kind)

    def _by_tower(self, x: Tensor) -> Tensor:
        if self.backend == "fused":
            from intertwine.nn.harmonics_directions import fused_directional_harmonics
            from intertwine.nn.harmonics_transforms import fused_harmonics

            function = fused_directional_harmonics if self.unit_vectors else fused_harmonics
            flat = function(x.reshape(-1, self.rep_in.dim), self._words(), self._coefficients, self.tower_dim)
            y = flat.reshape(*x.shape[:-1], self.tower_dim)
        else:
            values = [torch.full_like(x[..., :1], self.start)]
            for table in self.tables:
                pairs = (x.unsqueeze(-1) * values[-1].unsqueeze(-2)).flatten(-2)
                values.append(pairs @ table().to(x.dtype))
            y = torch.cat(values, dim=-1)
        return y if self.columns is None else y[..., self.columns]

    def _by_monomials(self, x: Tensor) -> Tensor:
        v = x @ self.variables().to(x.dtype).T
        monomials = [torch.ones_like(v[..., :1])]
        for degree, factor in enumerate(self.factors, start=1):
            axis, parent = self.axes[degree - 1](), self.parents[degree - 1]()
            step = v[..., axis] * factor().to(x.dtype)
            monomials.append(monomials[-1][..., parent] * step)
        parts = [monomials[d] @ table().to(x.dtype) for d, table in zip(self.degrees, self.tables, strict=True)]
        return torch.cat(parts, dim=-1) if parts else x[..., :0]

    def extra_repr(self) -> str:
        """The representations, degrees and backend."""
        return f"{super().extra_repr()}, degrees {list(self.degrees)}, backend={self.backend!r}"
