"""Young's orthogonal form: real orthogonal matrices of S_n's irreps on standard tableaux.

Source: A. Young, Proc. London Math. Soc. 34 (1932); James and Kerber, §3.4. With r the content of i+1 minus that of i,
s_i T = T/r + √(1 − 1/r²) (s_i T). Tableaux are ordered by the rows of 1, 2, …, n (Yamanouchi words), lexicographically.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from intertwine.groups.symmetric_group import Partition


@dataclass(frozen=True, eq=False)
class YoungForm:
    """The adjacent transpositions, each as diagonal + off-diagonal · row permutation.

    Attributes
    ----------
    diagonal, off_diagonal : [n−1, d].
    partner : [n−1, d], the row that each row is mixed with (itself where there is none).
    """

    diagonal: NDArray[np.float64]
    off_diagonal: NDArray[np.float64]
    partner: NDArray[np.intp]

    @property
    def dimension(self) -> int:
        """Number of standard tableaux."""
        return int(self.diagonal.shape[1])

    def apply(self, i: int, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """ρ(s_i) M in d² operations."""
        out: NDArray[np.float64] = (
            self.diagonal[i][:, None] * matrix + self.off_diagonal[i][:, None] * matrix[self.partner[i]]
        )
        return out

    def transposition(self, i: int) -> NDArray[np.float64]:
        """[d, d]: ρ(s_i), s_i = (i i+1) counted from 0."""
        return self.apply(i, np.eye(self.dimension))

    def matrix(self, permutation: NDArray[np.intp]) -> NDArray[np.float64]:
        """[d, d]: any permutation, through a reduced word."""
        out = np.eye(self.dimension)
        p = permutation.tolist()
        # p s_i s_j … = 1 by exchanging neighbours, so p = … s_j s_i.
        for end in range(len(p) - 1, 0, -1):
            for i in range(end):
                if p[i] > p[i + 1]:
                    p[i], p[i + 1] = p[i + 1], p[i]
                    out = self.apply(i, out)
        return out


def yamanouchi_words(partition: Partition) -> list[tuple[int, ...]]:
    """The row of each of 1 … n in every standard tableau, in lexicographic order."""
    words: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), (0,) * len(partition))]
    for _ in range(sum(partition)):
        grown = []
        for word, shape in words:
            for row, length in enumerate(shape):
                if length < partition[row] and (row == 0 or shape[row - 1] > length):
                    grown.append(((*word, row), (*shape[:row], length + 1, *shape[row + 1 :])))
        words = grown
    return sorted(word for word, _ in words)


@lru_cache(maxsize=64)
def young_form(partition: Partition) -> YoungForm:
    """The orthogonal form of one irrep."""
    words = yamanouchi_words(partition)
    index = {word: k for k, word in enumerate(words)}
    n, d = sum(partition), len(words)
    contents = np.zeros((d, n), dtype=np.intp)
    for k, word in enumerate(words):
        filled = [0] * len(partition)
        for i, row in enumerate(word):
            contents[k, i] = filled[row] - row
            filled[row] += 1
    distance = contents[:, 1:] - contents[:, :-1]
    diagonal = (1.0 / distance).T if n > 1 else np.zeros((0, d))
    partner = np.tile(np.arange(d), (max(n - 1, 0), 1))
    off = np.zeros((max(n - 1, 0), d))
    for i in range(n - 1):
        for k in np.flatnonzero(np.abs(distance[:, i]) > 1).tolist():
            word = words[k]
            partner[i, k] = index[(*word[:i], word[i + 1], word[i], *word[i + 2 :])]
            off[i, k] = np.sqrt(1.0 - 1.0 / float(distance[k, i]) ** 2)
    return YoungForm(diagonal, off, partner)
