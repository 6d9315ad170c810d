"""G2 on the seven imaginary octonions, compact and split, from the chain of weights of its 7."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]

# The associative form φ = Σ ± e_i∧e_j∧e_k on e_1 … e_7 (Harvey and Lawson, Acta Math. 148 (1982) 47, up to
# numbering); the product of imaginary octonions has (e_i e_j)_k = φ_ijk. For the split form
# e_4 … e_7 are multiplied by √−1.
LINES = {(1, 2, 3): 1, (1, 4, 5): 1, (1, 6, 7): -1, (2, 4, 6): 1, (2, 5, 7): 1, (3, 4, 7): 1, (3, 5, 6): -1}
# which vector of the weight chain's real basis, with which sign, is e_1 … e_7
_ORDER = ((0, 1), (1, 1), (2, -1), (3, 1), (4, -1), (6, -1), (5, -1))


def associative_form(*, split: bool) -> NDArray[np.float64]:
    """φ [7, 7, 7], totally antisymmetric and invariant under G2 (indices down in the split form)."""
    form = np.zeros((7, 7, 7))
    for line, sign in LINES.items():
        value = -sign if split and any(x > 3 for x in line) else sign
        i, j, k = (x - 1 for x in line)
        form[i, j, k] = form[j, k, i] = form[k, i, j] = value
        form[j, i, k] = form[i, k, j] = form[k, j, i] = -value
    return form


def weight_chain() -> ComplexArray:
    """[2, 7, 7]: E_1, E_2 on the weight chain of the 7, highest weight first; real matrices."""
    raising = np.zeros((2, 7, 7), dtype=np.complex128)
    for node, row, value in ((0, 0, 1.0), (1, 1, 1.0), (0, 2, 2**0.5), (0, 3, 2**0.5), (1, 4, 1.0), (0, 5, 1.0)):
        raising[node, row, row + 1] = value
    return raising


def g2_raising(*, split: bool) -> ComplexArray:
    """[2, 7, 7]: E_1, E_2 on e_1 … e_7; split: of the form of signature (+++−−−−), node 2 painted.

    J e_k = c_k e_{6−k} with J E_i = −s_i F_i J; the real vectors are e_k + c_k e_{6−k}, i(e_k − c_k e_{6−k}) and
    e_3 or i e_3.
    """
    raising = weight_chain()
    signs = (1, -1 if split else 1)
    c = np.zeros(7)
    c[3] = 1.0
    nodes = (0, 1, 0, 0, 1, 0)
    # E_i e_{k+1} ∝ e_k, so that J e_k = −s_i F_i J e_{k+1} with equal matrix elements on both sides
    for k in (2, 1, 0):
        c[k] = -signs[nodes[k]] * c[k + 1]
    for k in (4, 5, 6):
        c[k] = -signs[nodes[k - 1]] * c[k - 1]
    columns = [np.eye(7, dtype=np.complex128)[3]]
    for k in (2, 1, 0):
        e, f = np.eye(7)[k], np.eye(7)[6 - k]
        columns += [(e + c[k] * f) / 2**0.5, 1j * (e - c[k] * f) / 2**0.5]
    basis = np.array([sign * columns[k] for k, sign in _ORDER]).T
    return np.asarray(basis.conj().T @ raising @ basis)
