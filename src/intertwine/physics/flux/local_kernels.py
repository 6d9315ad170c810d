"""Compiled local updates of l, the measurement, and the bookkeeping that all kernels share."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: E741

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.physics.flux.random_kernels import next_word, unit

# Positions in `cursor`, which lets a kernel return in mid-worm (tables too small) and take up the same step again.
SWEEPS, ATTEMPTS, IS_OPEN, HEAD, TAIL, LINK, RECORD = range(7)
# Positions in `counts`.
WORM_STEPS, WORM_ACCEPTED, WORM_ATTEMPTS, L_STEPS, L_ACCEPTED = range(5)
FINISHED, TABLES_TOO_SMALL = 0, 1

_ONE = np.uint64(1)


@compiled()
def sweep_l(k, l, f, rng, neighbour, hop, inverse, site_double, n_axes, cursor, counts):
    """One proposal l → l ± 1 on every link in turn."""
    n_sites = np.uint64(f.size)
    size = np.uint64(site_double.size // 2)
    limit = np.int64(size) - 8
    s0, s1, s2, s3 = rng[0], rng[1], rng[2], rng[3]
    start = cursor[LINK]
    link = np.uint64(start)
    n_links = n_sites * np.uint64(n_axes)
    total = np.int64(0)
    status = FINISHED
    axis = link // n_sites
    site = link - axis * n_sites
    while link < n_links:
        word, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        grows = np.int64(word & _ONE)
        step = 2 * grows - 1
        row = np.uint64(grows) * size
        target = np.uint64(neighbour[(axis + axis + _ONE) * n_sites + site])
        value = np.int64(l[link])
        f_site = np.int64(f[site])
        f_target = np.int64(f[target]) + (2 * step if target == site else 0)
        # grows: 1/[(|k|+l+1)(l+1)]; shrinks: (|k|+l) l, which is zero, hence never accepted, at l = 0.
        ratio = (
            hop[row + np.uint64(abs(np.int64(k[link])) + value)]
            * inverse[row + np.uint64(value)]
            * (site_double[row + np.uint64(f_site)] * site_double[row + np.uint64(f_target)])
        )
        accept = np.int64(unit(word) < ratio)
        change = step * accept
        l[link] = value + change
        f[site] = f_site + 2 * change
        f[target] = np.int64(f[target]) + 2 * change
        total += accept
        link += _ONE
        site += _ONE
        if site == n_sites:
            site = np.uint64(0)
            axis += _ONE
        if f_site >= limit or f_target >= limit:
            status = TABLES_TOO_SMALL
            break
    rng[0], rng[1], rng[2], rng[3] = s0, s1, s2, s3
    counts[L_STEPS] += np.int64(link) - start
    counts[L_ACCEPTED] += total
    cursor[LINK] = 0 if link == n_links else link
    return status


@compiled()
def measure(k, f, moments, out):
    """n, |φ|², |φ|⁴ and the contact term (1/N) Σ [W(f+4)/W(f) − (W(f+2)/W(f))²] of the |φ|² susceptibility."""
    n_sites = f.size
    charge = np.int64(0)
    for x in range(n_sites):
        charge += k[x]
    square, fourth, contact = 0.0, 0.0, 0.0
    for x in range(n_sites):
        value = np.uint64(f[x])
        square += moments[0, value]
        fourth += moments[1, value]
        contact += moments[1, value] - moments[0, value] * moments[0, value]
    out[0] = charge / n_sites
    out[1] = square / n_sites
    out[2] = fourth / n_sites
    out[3] = contact / n_sites
