"""WignerMatrices: rotation matrices of spins from angles, quaternions, axes and matrices; batched, differentiable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.theory import RealArray
from intertwine.nn.constant import Constant, Indices
from intertwine.nn.irrep_matrices import IrrepMatrices
from intertwine.nn.rotations import quaternion_from_axis_angle, rotation_from_axis_angle, rotation_from_quaternion
from intertwine.representations import Irrep, Rep

_GROUPS = ("SO(3)", "O(3)", "SU(2)")
_VECTORS = {"SO(3)": "1", "O(3)": "1o", "SU(2)": "1/2"}


class WignerMatrices(nn.Module):
    """The matrices D of rotations in irreps of SO(3), O(3) or SU(2), in the bases of `irrep.matrix(g)`.

    `from_angles` is the fast one: D(α, β, γ) = Z(α) Y(β) Z(γ), where Y(β) = Σ_m (cos mβ A_m + sin mβ B_m) with constant
    A_m, B_m and Z mixes pairs of components (Varshalovich, Moskalev and Khersonskii, Quantum Theory of Angular
    Momentum, §4.3). `from_matrix` and `from_quaternion` are polynomials, so that gradients with respect to the matrix
    or the quaternion exist everywhere, β = 0 included. Conventions are those of `intertwine.nn.rotations`.

    Parameters
    ----------
    irreps:
        A Rep, or irreps, of SO(3), O(3) or SU(2).

    Every method gives a tuple of [..., d, d], one an irrep; `apply_to` rotates features of the Rep with them. For spins
    other than integers angles count modulo 4π, and q and −q differ by a sign.

    Raises
    ------
    RepresentationError
        For irreps of another group.
    """

    def __init__(
        self,
        irreps: Rep | Sequence[Irrep],
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        self.rep = irreps if isinstance(irreps, Rep) else None
        found = [block.irrep for block in irreps.blocks] if isinstance(irreps, Rep) else list(irreps)
        if not found or any(i.group != found[0].group for i in found) or found[0].group.name not in _GROUPS:
            raise RepresentationError(
                "Wigner matrices are those of SO(3), O(3) and SU(2)",
                received=repr(irreps),
                expected="a Rep or irreps of one of them",
                fix="IrrepMatrices has the matrices of other groups",
            )
        self.irreps = tuple(found)
        self.group = found[0].group
        vector = self.group.irrep(_VECTORS[self.group.name])
        self.by_polynomials = IrrepMatrices(self.irreps, vector, dtype=dtype, device=device)
        self.y_tables, self.frequencies, self.signs = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        self.partners = nn.ModuleList()
        for irrep in self.irreps:
            _, about_y, about_z = irrep.generators
            speeds, table = _one_parameter(about_y)
            turned, partner, sign = _pairs(about_z)
            self.y_tables.append(Constant(table, dtype=dtype, device=device))
            self.frequencies.append(Constant(speeds, dtype=dtype, device=device))
            self.signs.append(Constant(np.stack([turned, sign]), dtype=dtype, device=device))
            self.partners.append(Indices(partner, device=device))
        if self.group.name == "SU(2)":
            # ρ(q) = w + x I + y J + z K with I = ρ(exp(π X_x)) and so on: exp(θ X_a) = cos θ/2 + 2 sin θ/2 X_a
            X = np.concatenate([np.eye(vector.real_dim)[None], 2 * vector.generators])
            self.quaternion_units = Constant(X, dtype=dtype, device=device)

    def from_angles(
        self, alpha: Float[Tensor, "*batch"], beta: Float[Tensor, "*batch"], gamma: Float[Tensor, "*batch"]
    ) -> tuple[Tensor, ...]:
        """D of R_z(α) R_y(β) R_z(γ), in radians."""
        return tuple(self._zyz(index, alpha, beta, gamma) for index in range(len(self.irreps)))

    def from_axis_angle(self, axis: Float[Tensor, "*batch 3"], angle: Float[Tensor, "*batch"]) -> tuple[Tensor, ...]:
        """D of the rotation about an axis of any length but 0."""
        if self.group.name == "SU(2)":
            return self.from_quaternion(quaternion_from_axis_angle(axis, angle))
        return self.from_matrix(rotation_from_axis_angle(axis, angle))

    def from_quaternion(self, q: Float[Tensor, "*batch 4"]) -> tuple[Tensor, ...]:
        """D of a quaternion (w, x, y, z) of any length but 0."""
        if self.group.name != "SU(2)":
            return self.from_matrix(rotation_from_quaternion(q))
        units = self.quaternion_units().to(q.dtype)
        unit = torch.nn.functional.normalize(q, dim=-1)
        matrices: tuple[Tensor, ...] = self.by_polynomials(torch.tensordot(unit, units, dims=1))
        return matrices

    def from_matrix(self, R: Float[Tensor, "*batch 3 3"]) -> tuple[Tensor, ...]:
        """D of rotation matrices R on (x, y, z); for O(3) orthogonal ones.

        The matrices are not checked: a polynomial of what is no rotation is no representation. Raises
        RepresentationError for SU(2), where a rotation has two elements above it.
        """
        if self.group.name == "SU(2)":
            raise RepresentationError(
                "a rotation matrix does not tell q from −q", received="SU(2)", fix="use from_quaternion or from_angles"
            )
        matrices: tuple[Tensor, ...] = self.by_polynomials(R)
        return matrices

    def apply_to(self, x: Float[Tensor, "*batch features"], matrices: Sequence[Tensor]) -> Tensor:
        """D x for features x [..., rep.dim] of the Rep that the layer was made with.

        Raises RepresentationError where it was made with irreps, or features do not fit.
        """
        if self.rep is None or x.shape[-1] != self.rep.dim:
            raise RepresentationError(
                "the features do not fit the matrices", received=f"shape {tuple(x.shape)}", expected=repr(self.rep)
            )
        parts = [
            (D @ x[..., where].unflatten(-1, (block.irrep.real_dim, -1))).flatten(-2)
            for D, block, where in zip(matrices, self.rep.blocks, self.rep.slices, strict=True)
        ]
        return torch.cat(parts, dim=-1)

    def _zyz(self, index: int, alpha: Tensor, beta: Tensor, gamma: Tensor) -> Tensor:
        kind = beta.dtype
        d = self.irreps[index].real_dim
        angles = beta.unsqueeze(-1) * self.frequencies[index]().to(kind)
        waves = torch.cat([angles.cos(), angles.sin()], dim=-1)
        D: Tensor = (waves @ self.y_tables[index]().to(kind)).unflatten(-1, (d, d))
        turned, sign = self.signs[index]().to(kind)
        partner = self.partners[index]()
        left, right = alpha.unsqueeze(-1) * turned, gamma.unsqueeze(-1) * turned
        D = left.cos().unsqueeze(-1) * D + (sign * left.sin()).unsqueeze(-1) * D[..., partner, :]
        turned_twice: Tensor = D * right.cos().unsqueeze(-2) - D[..., partner] * (sign * right.sin()).unsqueeze(-2)
        return turned_twice

    def extra_repr(self) -> str:
        """The irreps."""
        return f"{self.group.name}: {', '.join(map(str, self.irreps))}"


def _one_parameter(X: RealArray) -> tuple[RealArray, RealArray]:
    """m [F] and tables [2F, d²] with exp(t X) = Σ_m (cos mt A_m + sin mt B_m), for an antisymmetric X."""
    values, vectors = np.linalg.eigh(1j * X)
    speeds = np.unique(np.round(2 * np.abs(values))) / 2
    cosines, sines = [], []
    for m in speeds:
        V = vectors[:, np.isclose(np.abs(values), m, atol=1e-6)]
        A = (V @ V.conj().T).real
        cosines.append(A.ravel())
        sines.append((X @ A / m if m else 0 * A).ravel())
    return speeds, np.array(cosines + sines)


def _pairs(X: RealArray) -> tuple[RealArray, np.ndarray, RealArray]:
    """m [d], partner [d], sign [d] with (exp(t X) v)_i = cos(m_i t) v_i + sign_i sin(m_i t) v_partner(i).

    Raises AccuracyError where X mixes more than pairs.
    """
    partner = np.abs(X).argmax(1)
    value = X[np.arange(len(X)), partner]
    rest = X.copy()
    rest[np.arange(len(X)), partner] = 0
    if np.abs(rest).max(initial=0.0) > 1e-10:
        raise AccuracyError("rotations about z mix more than pairs of components", received=float(np.abs(rest).max()))
    return np.abs(value), partner.astype(np.int64), np.sign(np.where(np.abs(value) > 1e-10, value, 0.0))
