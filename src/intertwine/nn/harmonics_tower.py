"""HarmonicsTower: harmonics as a chain of sparse bilinear maps, with derivatives that are the same maps.

The harmonics Y_l of a vector of SO(n), O(n), SO(1,n) or O(1,n) are homogeneous and solve Laplace's (the wave) equation,
and so do their derivatives, which are therefore linear in the harmonics one degree lower:

    ∂_a Y_l = D_a^l Y_{l−1},    Y_l = (1/l) Σ_a x_a D_a^l Y_{l−1}    (Euler).

D^l is the Clebsch–Gordan map V ⊗ W_{l−1} → W_l up to a factor, sparse, so that one list of terms gives values,
gradients and second derivatives.
"""

from __future__ import annotations

import numpy as np

from intertwine.errors import AccuracyError
from intertwine.groups.theory import RealArray
from intertwine.representations import Rep, clebsch_gordan
from intertwine.representations.harmonics import Harmonics, harmonics


class HarmonicsTower:
    """The maps D^l of all degrees 1 … L, dense for a matrix product, packed for the kernel.

    Attributes
    ----------
    start: Y_0, a number.
    derivatives: for each degree l ≥ 1 an array [n, d_{l−1}, d_l].
    words, coefficients: the sparse terms as harmonics.cpp reads them, int32 and float64.

    Raises AccuracyError where the harmonics are no such tower.
    """

    def __init__(self, known: Harmonics) -> None:
        self.n = known.rep_in.dim
        self.rep = known.rep
        rng = np.random.default_rng(0)  # fixed points; what is fitted there does not depend on them
        points = rng.standard_normal((8 + 4 * self.n, self.n))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        values = known(points)
        self.start = float(values[0, 0])
        self.derivatives: list[RealArray] = []
        vector = known.rep_in.blocks[0].irrep
        for degree in range(1, len(known.rep.blocks)):
            before, after = known.rep.blocks[degree - 1].irrep, known.rep.blocks[degree].irrep
            below, above = (values[:, known.rep.slices[i]] for i in (degree - 1, degree))
            maps = clebsch_gordan(vector, before, after)
            images = np.einsum("na,nj,majk->mnk", points, below, maps)
            factors = np.linalg.lstsq(images.reshape(len(maps), -1).T, above.reshape(-1), rcond=None)[0]
            error = float(np.abs(np.tensordot(factors, images, 1) - above).max() / np.abs(above).max())
            if error > 1e-10:
                raise AccuracyError(
                    "harmonics that are no tower", received=f"{error:.1e} at degree {degree}", expected="1e-10"
                )
            table = degree * np.tensordot(factors, maps, 1)
            table[np.abs(table) < 1e-13 * np.abs(table).max()] = 0.0
            self.derivatives.append(table)
        self.words, self.coefficients = self._pack()

    def _pack(self) -> tuple[np.ndarray, RealArray]:
        degree_of, pair_row, pair_axis, pair_term, term_column = [0], [], [], [0], []
        coefficients = [self.start]
        for degree, table in enumerate(self.derivatives, start=1):
            first, first_below = self.rep.slices[degree].start, self.rep.slices[degree - 1].start
            degree_of += [degree] * table.shape[2]
            for k in range(table.shape[2]):
                for a in range(self.n):
                    columns = np.flatnonzero(table[a, :, k])
                    if columns.size:
                        pair_row.append(first + k)
                        pair_axis.append(a)
                        term_column += (first_below + columns).tolist()
                        coefficients += table[a, columns, k].tolist()
                        pair_term.append(len(term_column))
        counts = [self.n, self.rep.dim, len(pair_row), len(term_column)]
        words = [*counts, *degree_of, *pair_row, *pair_axis, *pair_term, *term_column]
        return np.array(words, dtype=np.int32), np.array(coefficients, dtype=np.float64)


def has_tower(rep_in: Rep) -> bool:
    """Whether the vector is a single one of SO(n), O(n), SO(1,n) or O(1,n) in its usual basis."""
    from intertwine.representations.harmonics.closed_form import has_closed_form

    single = rep_in.is_by_irreps and len(rep_in.blocks) == 1 and rep_in.blocks[0].multiplicity == 1
    return single and has_closed_form(rep_in.blocks[0].irrep)


def tower_of(rep_in: Rep, max_degree: int, normalisation: str) -> HarmonicsTower:
    """The tower of all degrees up to max_degree."""
    return HarmonicsTower(harmonics(rep_in, max_degree, normalisation=normalisation))  # type: ignore[arg-type]
