"""Real Clebsch–Gordan maps: the bilinear equivariant maps W_a × W_b → W_c of real irreps.

With constituent maps P : W → V onto complex irreps and complex maps T : V_γ → V_α ⊗ V_β, each
Tᵀ(P_α ⊗ P_β) P̄_γ (conjugates understood) is equivariant, and so are its real and imaginary parts. Maps of
different constituents, and of different T, are orthogonal, so that no rank has to be found numerically:
complex conjugation permutes the constituents, and one of each conjugate pair is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, overload

import numpy as np

from intertwine.errors import AccuracyError, RepresentationError
from intertwine.groups.theory import ComplexArray, RealArray
from intertwine.representations.canonical_basis import (
    all_first_positive,
    first_positive,
    projector_basis,
    real_structure_basis,
)
from intertwine.representations.irrep import Irrep
from intertwine.representations.realification import Constituent, constituents
from intertwine.representations.table_cache import large_table, small_table

# Above this many entries a dense contraction costs more than the sparse one.
DENSE_LIMIT = 200_000


class SparseMaps(NamedTuple):
    """Bilinear maps in coordinate form: entries C[m, i, j, k] = values[n] at indices[n] = (m, i, j, k), in order."""

    indices: np.ndarray
    values: RealArray
    shape: tuple[int, int, int, int]

    def to_dense(self) -> RealArray:
        """[m, a.real_dim, b.real_dim, c.real_dim]."""
        dense = np.zeros(self.shape)
        dense[tuple(self.indices.T)] = self.values
        return dense

    def arrays(self) -> dict[str, np.ndarray]:
        """What the disk cache holds."""
        return {"indices": self.indices.astype(np.int32), "values": self.values, "shape": np.array(self.shape)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> SparseMaps:
        """The inverse of `arrays`."""
        m, a, b, c = arrays["shape"].tolist()
        return cls(arrays["indices"].astype(np.intp), arrays["values"], (m, a, b, c))


@overload
def clebsch_gordan(a: Irrep, b: Irrep, c: Irrep, *, basis: Literal["real"] = "real") -> RealArray: ...
@overload
def clebsch_gordan(a: Irrep, b: Irrep, c: Irrep, *, basis: Literal["weight"]) -> ComplexArray: ...
@overload
def clebsch_gordan(a: Irrep, b: Irrep, c: Irrep, *, sparse: Literal[True]) -> SparseMaps: ...


def clebsch_gordan(
    a: Irrep, b: Irrep, c: Irrep, *, basis: Literal["real", "weight"] = "real", sparse: bool = False
) -> RealArray | ComplexArray | SparseMaps:
    """All bilinear equivariant maps (x, y) ↦ Σ_ij C[m, i, j, k] x_i y_j from a, b to c.

    Σ_ij C[m,i,j,k] ρ_a(g)_ip ρ_b(g)_jq = Σ_l ρ_c(g)_kl C[m,p,q,l] for every g.

    Returns
    -------
    float64 [m, a.real_dim, b.real_dim, c.real_dim], m the real dimension of Hom(a ⊗ b, c). The maps are orthogonal,
    Σ_ijk C[m,i,j,k] C[m',i,j,k] = δ_mm' c.real_dim, and each is an isometry on its image,
    Σ_ij C[m,i,j,k] C[m,i,j,k'] = δ_kk' (for non-compact groups in the inner product of the compact form). For c of
    real type the images of different m are orthogonal too; for complex and quaternionic types maps that differ
    by a unit of the commutant share an image. For a = b the maps are symmetric or antisymmetric under exchange,
    the symmetric ones first.

    With basis="weight" the complex coefficients [N, d_a, d_b, d_c] of V_c → V_a ⊗ V_b, in the bases of the complex
    irreps as they were spelled ("3bar" is not "3" here). With sparse=True a `SparseMaps`.

    Raises
    ------
    RepresentationError
        For irreps of different groups or an unknown basis.
    """
    if not all(isinstance(irrep, Irrep) for irrep in (a, b, c)):
        raise RepresentationError(
            "Clebsch–Gordan maps are between irreps",
            received=[repr(irrep) for irrep in (a, b, c)],
            fix='make them with group("SU(3)").irrep("8")',
        )
    if not a.group == b.group == c.group:
        raise RepresentationError(
            "Clebsch–Gordan maps need three irreps of one group", received=[repr(irrep) for irrep in (a, b, c)]
        )
    theory = a.group.theory
    if basis == "weight":
        if sparse:
            raise RepresentationError(
                "sparse maps are real", received='basis="weight", sparse=True', fix="use theory.clebsch_gordan_sparse"
            )
        return theory.clebsch_gordan(a.spelled, b.spelled, c.spelled)
    if basis != "real":
        raise RepresentationError("unknown basis", received=repr(basis), expected='"real" or "weight"')
    key = ("clebsch_gordan", a.label, b.label, c.label)
    size = a.real_dim * b.real_dim * c.real_dim
    if size <= DENSE_LIMIT:
        if key not in theory.derived:
            table = small_table(a.group, key[1:], size, lambda: _dense(a, b, c))
            table.setflags(write=False)
            theory.derived[key] = table
        dense: RealArray = theory.derived[key]
        return _to_sparse(dense) if sparse else dense
    stored = large_table(a.group, key[1:], lambda: _sparse(a, b, c).arrays())
    maps = SparseMaps.from_arrays(stored)
    return maps if sparse else maps.to_dense()


def real_multiplicity(a: Irrep, b: Irrep, c: Irrep) -> int:
    """The real dimension of Hom(a ⊗ b, c), from labels alone."""
    theory = a.group.theory
    count = 0
    for alpha in _labels(a):
        for beta in _labels(b):
            products = theory.decompose(alpha, beta)
            count += sum(products.get(gamma, 0) for gamma in _labels(c))
    return count


def product_labels(a: Irrep, b: Irrep) -> frozenset[Any]:
    """The labels of all complex irreps in W_a ⊗ W_b."""
    theory = a.group.theory
    key = ("product_labels", a.label, b.label)
    if key not in theory.derived:
        half = {gamma for alpha in _labels(a) for gamma in theory.decompose(alpha, b.label)}
        theory.derived[key] = frozenset(half | {theory.conjugate(gamma) for gamma in half})
    found: frozenset[Any] = theory.derived[key]
    return found


def _labels(irrep: Irrep) -> list[Any]:
    if irrep.indicator == 1:
        return [irrep.label]
    return [irrep.label, irrep.group.theory.conjugate(irrep.label)]


def _sectors(a: Irrep, b: Irrep, c: Irrep) -> list[tuple[Constituent, Constituent]]:
    """Pairs of constituents of a and b; for real c one of each complex-conjugate pair."""
    theory = a.group.theory
    of_a, of_b = constituents(theory, a.label), constituents(theory, b.label)
    if c.indicator == 1:
        if len(of_a) == 2:
            of_a = of_a[:1]
        elif len(of_b) == 2:
            of_b = of_b[:1]
    pairs = [(alpha, beta) for alpha in of_a for beta in of_b]
    return [pair for pair in pairs if theory.decompose(pair[0].label, pair[1].label).get(c.label, 0)]


def _dense(a: Irrep, b: Irrep, c: Irrep) -> RealArray:
    theory = a.group.theory
    if a.is_trivial and b == c:  # maps c → c: the units of its commutant
        return all_first_positive(c.commutant.transpose(0, 2, 1))[:, None]
    if b.is_trivial and a == c:
        return all_first_positive(c.commutant.transpose(0, 2, 1))[:, :, None]
    P_c = constituents(theory, c.label)[0].map.conj()
    found = []
    for alpha, beta in _sectors(a, b, c):
        T = theory.clebsch_gordan(alpha.label, beta.label, c.label).conj()
        B = np.matmul(alpha.map.T, (T @ P_c).reshape(len(T), T.shape[1], -1)).reshape(
            len(T), -1, T.shape[2], P_c.shape[1]
        )
        B = np.matmul(beta.map.T, B)
        if c.indicator == a.indicator == b.indicator == 1:
            flat = B.reshape(len(B), -1)
            found.append((_real_combinations(flat @ flat.T).T @ flat).real.reshape(B.shape))
        else:
            found.append(np.stack([B.real, B.imag], axis=1).reshape(-1, *B.shape[1:]))
    shape = (a.real_dim, b.real_dim, c.real_dim)
    if not found:
        return np.zeros((0, *shape))
    C = np.concatenate(found) if len(found) > 1 else found[0]
    if not c.indicator == a.indicator == b.indicator == 1:
        # |B|² = c.real_dim × (1 or 2 for a) × (1 or 2 for b), half of it in each of Re and Im
        C *= np.sqrt(2 / ((a.real_dim // a.dim) * (b.real_dim // b.dim)))
    if a == b and len(C) > 1:
        overlap = np.tensordot(C, C.transpose(0, 2, 1, 3), axes=([1, 2, 3], [1, 2, 3])) / c.real_dim
        C = np.tensordot(_exchange_basis(overlap), C, axes=(0, 0))
    C[np.abs(C) < 1e-15] = 0.0
    return all_first_positive(C)


def _real_combinations(overlap: ComplexArray) -> ComplexArray:
    """[N, N]: columns of coefficients that make Σ_n c_n B_n real, from the overlaps Σ B_m B_n of the maps."""
    if len(overlap) == 1:
        phase = overlap[0, 0] / abs(overlap[0, 0])
        return np.array([[np.sqrt(phase.conjugate())]])
    # conj(B_m) = Σ_n u_nm B_n with u_nm = ⟨B_n, conj B_m⟩, so Σ c_m B_m is real where c = u conj(c).
    u = (overlap / np.sqrt(np.mean(np.abs(overlap) ** 2) * len(overlap))).conj()
    if np.abs(u @ u.conj().T - np.eye(len(u))).max() > 1e-9:
        raise AccuracyError("Clebsch–Gordan maps of real irreps do not close under conjugation", received=u)
    return real_structure_basis(u)


def _exchange_basis(exchange: RealArray) -> RealArray:
    """Canonical eigenvectors of the exchange of two equal factors, symmetric (+1) first."""
    one = np.eye(len(exchange))
    swap = (exchange + exchange.T) / 2
    return np.concatenate([projector_basis((one + swap) / 2), projector_basis((one - swap) / 2)], axis=1)


def _to_sparse(C: RealArray) -> SparseMaps:
    indices = np.argwhere(C)
    return SparseMaps(indices, C[tuple(indices.T)], (C.shape[0], C.shape[1], C.shape[2], C.shape[3]))


def _sparse(a: Irrep, b: Irrep, c: Irrep) -> SparseMaps:
    """As `_dense`, each map a sparse matrix [a.real_dim b.real_dim, c.real_dim]."""
    from scipy.sparse import csr_array, kron

    theory = a.group.theory
    P_c = csr_array(constituents(theory, c.label)[0].map.conj())
    maps: list[Any] = []
    for alpha, beta in _sectors(a, b, c):
        P = csr_array(kron(csr_array(alpha.map.T), csr_array(beta.map.T)))
        B = [P @ (T.conj() @ P_c) for T in theory.clebsch_gordan_sparse(alpha.label, beta.label, c.label)]
        if c.indicator == a.indicator == b.indicator == 1:
            overlap = np.array([[m.multiply(n).sum() for n in B] for m in B])
            maps.extend(_combine(_real_combinations(overlap), B))
        else:
            for one in B:
                maps.extend([one.real, one.imag])
    maps = [_normalised(one, c.real_dim) for one in maps]
    if a == b and len(maps) > 1:
        n = a.real_dim
        rows = np.arange(n * n).reshape(n, n).T.reshape(-1)
        overlap = np.array([[m.multiply(other[rows]).sum() for other in maps] for m in maps]) / c.real_dim
        maps = _combine(_exchange_basis(overlap), maps)
    shape = (len(maps), a.real_dim, b.real_dim, c.real_dim)
    return _collect(maps, shape)


def _normalised(one: Any, real_dim: int) -> Any:
    real = one.real.copy()  # scipy's .real shares index arrays, which sorting would change under the other's data
    real.sum_duplicates()
    return real * np.sqrt(real_dim / np.sum(real.data**2))


def _combine(coefficients: np.ndarray, maps: list[Any]) -> list[Any]:
    return [sum(x * one for x, one in zip(column, maps, strict=True) if abs(x) > 1e-14) for column in coefficients.T]


def _collect(maps: list[Any], shape: tuple[int, int, int, int]) -> SparseMaps:
    indices, values = [np.zeros((0, 4), dtype=np.intp)], [np.zeros(0)]
    for m, one in enumerate(maps):
        entries = one.copy()
        entries.sum_duplicates()
        entries = entries.tocoo()
        kept = np.abs(entries.data) > 1e-14
        rows, columns, data = entries.row[kept], entries.col[kept], entries.data[kept]
        order = np.lexsort((columns, rows))
        rows, columns, data = rows[order], columns[order], data[order]
        indices.append(np.stack([np.full(rows.size, m), rows // shape[2], rows % shape[2], columns], axis=1))
        values.append(first_positive(data))
    return SparseMaps(np.concatenate(indices), np.concatenate(values), shape)
