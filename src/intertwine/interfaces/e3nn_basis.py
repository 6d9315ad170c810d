"""e3nn's features and ours: irreps strings, layouts, and the change of basis under the same rotations.

Both are features of O(3) whose vectors are (x, y, z); a rotation matrix R acts on both, and features go over by one
constant orthogonal matrix for each l. e3nn's polar axis is y and its layout is [mul, 2l + 1]; ours is z and
[2l + 1, mul].
(e3nn: Geiger and Smidt 2207.09453, and the documentation of `o3.wigner_3j` for its phases.)
"""

from __future__ import annotations

import re
from functools import cache
from math import sqrt

import numpy as np
import torch
from torch import Tensor

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.names import group as parse_group
from intertwine.groups.theory import RealArray
from intertwine.nn.wigner_matrices import WignerMatrices
from intertwine.representations import Rep, clebsch_gordan

_TERM = re.compile(r"^(?:(\d+)x)?(\d+)([eo])$")


def rep_from_irreps(irreps: object) -> Rep:
    """The Rep of O(3) of e3nn's irreps ("64x0e+32x1o", or an `o3.Irreps`), block by block in their order.

    Raises RepresentationError for something else.
    """
    terms = [term.strip() for term in str(irreps).split("+") if term.strip()]
    G = parse_group("O(3)")
    blocks = []
    for term in terms:
        match = _TERM.match(term)
        if match is None:
            raise RepresentationError("these are no irreps of e3nn", received=str(irreps), expected='"64x0e + 32x1o"')
        count, degree, parity = match.groups()
        blocks.append((int(count or 1), G.irrep(f"{degree}{parity}")))
    return Rep(G, blocks)


def irreps_from_rep(rep: Rep) -> str:
    """e3nn's string for a Rep of O(3), or of SO(3) (taken as even). Raises RepresentationError for other groups."""
    if rep.group.name not in ("O(3)", "SO(3)") or not rep.is_by_irreps:
        raise RepresentationError("e3nn has irreps of O(3)", received=repr(rep))
    parity = "" if rep.group.name == "O(3)" else "e"
    return "+".join(f"{block.multiplicity}x{block.irrep.name}{parity}" for block in rep.blocks)


def features_from_e3nn(x: Tensor, rep: Rep) -> Tensor:
    """Ours [..., rep.dim] from e3nn's features of the same irreps, under the same rotations of (x, y, z)."""
    return _convert(x, rep, to_ours=True)


def features_to_e3nn(x: Tensor, rep: Rep) -> Tensor:
    """e3nn's features from ours."""
    return _convert(x, rep, to_ours=False)


def _convert(x: Tensor, rep: Rep, *, to_ours: bool) -> Tensor:
    irreps_from_rep(rep)  # refuses other groups
    if x.shape[-1] != rep.dim:
        raise RepresentationError(
            "the features do not fit", received=f"shape {tuple(x.shape)}", expected=f"[..., {rep.dim}] for {rep}"
        )
    parts = []
    for block, where in zip(rep.blocks, rep.slices, strict=True):
        d = block.irrep.real_dim
        Q = torch.from_numpy(change_of_basis(d // 2)).to(x)
        if to_ours:
            parts.append((Q.T @ x[..., where].unflatten(-1, (-1, d)).mT).flatten(-2))
        else:
            parts.append((Q @ x[..., where].unflatten(-1, (d, -1))).mT.flatten(-2))
    return torch.cat(parts, dim=-1) if parts else x


@cache
def change_of_basis(degree: int) -> RealArray:
    """Q [2l+1, 2l+1], orthogonal: e3nn's components = Q · ours.

    e3nn's harmonics of (x, y, z) are ours of (z, x, y), components m = −l … l; ours are in that order but for l = 1.
    """
    relabel = torch.tensor([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    (D,) = WignerMatrices([parse_group("SO(3)").irrep(str(degree))], dtype=torch.float64).from_matrix(relabel)
    Q: RealArray = D.numpy()[[1, 2, 0]] if degree == 1 else D.numpy()
    return Q


@cache
def wigner_3j(l1: int, l2: int, l3: int) -> RealArray:
    """[2l1+1, 2l2+1, 2l3+1]: e3nn's real Wigner 3j tensor, of norm 1, in its basis and with its sign.

    From Condon and Shortley's coefficients and (−i)^l times the usual unitary matrix from real to complex harmonics.
    Raises AccuracyError should the result not be real.
    """
    SU2 = parse_group("SU(2)")
    C = clebsch_gordan(*(SU2.irrep(str(degree)) for degree in (l1, l2, l3)), basis="weight")
    if not len(C):
        raise RepresentationError("no coupling", received=f"{l1} ⊗ {l2} → {l3}")
    complex_table = C[0][::-1, ::-1, ::-1]  # m = −l … l
    table = np.einsum(
        "ij,kl,mn,ikm->jln", _to_complex(l1), _to_complex(l2), _to_complex(l3).conj(), complex_table, optimize=True
    )
    if np.abs(table.imag).max() > 1e-9:
        raise AccuracyError("a real coupling that is not real", received=float(np.abs(table.imag).max()))
    real: RealArray = np.asarray(table.real / np.linalg.norm(table.real), dtype=np.float64)
    return real


def _to_complex(degree: int) -> np.ndarray:
    """[m, real component]: complex harmonics from real ones."""
    q = np.zeros((2 * degree + 1, 2 * degree + 1), dtype=complex)
    q[degree, degree] = 1
    for m in range(1, degree + 1):
        q[degree - m, [degree + m, degree - m]] = 1 / sqrt(2), -1j / sqrt(2)
        q[degree + m, [degree + m, degree - m]] = (-1) ** m / sqrt(2), 1j * (-1) ** m / sqrt(2)
    return (-1j) ** degree * q
