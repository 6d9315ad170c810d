"""xoshiro256++ 1.0 (Blackman & Vigna, arXiv:1805.01407), for use inside compiled loops.

The four state words travel as local variables, so that they stay in registers; a kernel loads them from the chain's
`rng` array when it starts and stores them when it returns.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled

_17, _23, _41, _45, _19 = (np.uint64(i) for i in (17, 23, 41, 45, 19))
SHIFT_11 = np.uint64(11)
UNIT_53 = 2.0**-53


@compiled(inline="always")
def next_word(s0, s1, s2, s3):
    """One 64-bit word and the new state: (word, s0, s1, s2, s3)."""
    total = s0 + s3
    word = ((total << _23) | (total >> _41)) + s0
    shifted = s1 << _17
    s2 = s2 ^ s0
    s3 = s3 ^ s1
    s1 = s1 ^ s2
    s0 = s0 ^ s3
    s2 = s2 ^ shifted
    s3 = (s3 << _45) | (s3 >> _19)
    return word, s0, s1, s2, s3


@compiled(inline="always")
def unit(word):
    """The word's upper 53 bits as a float64 in [0, 1); its lower 11 bits stay free for discrete choices."""
    return np.float64(word >> SHIFT_11) * UNIT_53
