"""G2 on the seven imaginary octonions, compact and split, from the chain of weights of its 7."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex128]

# e_i e_j = e_k along each line, cyclically (Baez, Bull. AMS 39 (2002) 145): lines (i, i+1, i+3) modulo 7
LINES = tuple((i, (i + 1) % 7, (i + 3) % 7) for i in range(7))


def weight_chain() -> ComplexArray:
    """[2, 7, 7]: E_1, E_2 on the weight chain of the 7, highest weight first; real matrices."""
    raising = np.zeros((2, 7, 7), dtype=np.complex128)
    for node, row, value in ((0, 0, 1.0), (1, 1, 1.0), (0, 2, 2**0.5), (0, 3, 2**0.5), (1, 4, 1.0), (0, 5, 1.0)):
        raising[node, row, row + 1] = value
    return raising


def g2_raising(*, split: bool) -> ComplexArray:
    """[2, 7, 7]: E_1, E_2 in a real basis; split: of the form of signature (+++−−−−), node 2 painted.

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
    basis = np.array(columns).T
    return np.asarray(basis.conj().T @ raising @ basis)
