"""Compiled updates of closed flux configurations: the Prokof'ev–Svistunov worm for k, and the sweep that drives it.

Everything is flat: link (x, ν) has index ν·N + x, site x is the row-major index. Tables hold ratios of weights, so that
a step is four look-ups, three products and one comparison, without a branch on its outcome.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: E741

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.physics.flux.local_kernels import (
    ATTEMPTS,
    FINISHED,
    HEAD,
    IS_OPEN,
    LINK,
    RECORD,
    SWEEPS,
    TABLES_TOO_SMALL,
    TAIL,
    WORM_ACCEPTED,
    WORM_ATTEMPTS,
    WORM_STEPS,
    measure,
    sweep_l,
)  # fmt: skip
from intertwine.physics.flux.random_kernels import next_word, unit

_ONE = np.uint64(1)
_10 = np.uint64(10)
_1023 = np.uint64(1023)


@compiled()
def worms(k, l, f, rng, neighbour, chemical, hop, site_step, n_axes, attempts, cursor, counts):
    """Attempt worms until `attempts` of them have closed; see docs/physics/flux.md for the proof of detailed balance.

    A worm that does not leave its first site counts as an attempt: leaving those out would weight configurations by
    their chance to let a worm start.
    """
    n_sites = np.uint64(f.size)
    size = np.uint64(site_step.size // 2)
    limit = np.int64(size) - 4
    axes = np.uint64(n_axes)
    s0, s1, s2, s3 = rng[0], rng[1], rng[2], rng[3]
    head, tail = np.uint64(cursor[HEAD]), np.uint64(cursor[TAIL])
    done = cursor[ATTEMPTS]
    is_open = cursor[IS_OPEN] == 1
    steps, accepted = np.int64(0), np.int64(0)
    status = FINISHED
    while done < attempts:
        if not is_open:
            word, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
            tail = np.uint64(unit(word) * np.float64(n_sites))
            head = tail
            is_open = True
        largest = np.int64(0)
        while True:
            word, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
            forward = word & _ONE
            axis = (((word >> _ONE) & _1023) * axes) >> _10
            direction = axis + axis + forward
            target = np.uint64(neighbour[direction * n_sites + head])
            link = axis * n_sites + (head if forward else target)
            step = np.int64(forward) * 2 - 1
            flux = np.int64(k[link])
            grows = np.int64(flux * step >= 0)
            change = 2 * grows - 1
            row = np.uint64(grows) * size
            f_head = np.int64(f[head])
            f_target = np.int64(f[target]) + (change if target == head else 0)
            ratio = (
                chemical[direction]
                * hop[row + np.uint64(abs(flux) + np.int64(l[link]))]
                * (site_step[row + np.uint64(f_head)] * site_step[row + np.uint64(f_target)])
            )
            accept = np.int64(unit(word) < ratio)
            k[link] = flux + step * accept
            f[head] = f_head + change * accept
            f[target] = np.int64(f[target]) + change * accept
            head = target if accept else head
            steps += 1
            accepted += accept
            largest = max(f_head, f_target)
            if head == tail or largest >= limit:
                break
        if head == tail:
            is_open = False
            done += 1
        if largest >= limit:
            status = TABLES_TOO_SMALL
            break
    rng[0], rng[1], rng[2], rng[3] = s0, s1, s2, s3
    cursor[HEAD], cursor[TAIL] = head, tail
    cursor[IS_OPEN] = 1 if is_open else 0
    counts[WORM_STEPS] += steps
    counts[WORM_ACCEPTED] += accepted
    counts[WORM_ATTEMPTS] += done - cursor[ATTEMPTS]
    cursor[ATTEMPTS] = done
    return status


@compiled()
def sweeps(
    k, l, f, rng, neighbour, chemical, hop, inverse, site_step, site_double, n_axes, attempts, interval, moments,
    cursor, counts, observables, k_out, l_out,
):  # fmt: skip
    """Run `interval` sweeps before each record; a sweep is `attempts` worms and one pass over l.

    Records go to `observables` [n, 4] (see `measure`), the fields to `k_out`, `l_out` [n, links] unless these have no
    rows. Returns FINISHED or TABLES_TOO_SMALL; in the second case
    `cursor` says where to go on, with larger tables, as if nothing had happened.
    """
    n_records = observables.shape[0]
    while cursor[RECORD] < n_records:
        while cursor[SWEEPS] < interval:
            status = worms(k, l, f, rng, neighbour, chemical, hop, site_step, n_axes, attempts, cursor, counts)
            if status != FINISHED:
                return TABLES_TOO_SMALL
            status = sweep_l(k, l, f, rng, neighbour, hop, inverse, site_double, n_axes, cursor, counts)
            if cursor[LINK] == 0:
                cursor[ATTEMPTS] = 0
                cursor[SWEEPS] += 1
            if status != FINISHED:
                return TABLES_TOO_SMALL
        record = cursor[RECORD]
        measure(k, f, moments, observables[record])
        if k_out.shape[0] > 0:
            k_out[record, :] = k
            l_out[record, :] = l
        cursor[SWEEPS] = 0
        cursor[RECORD] += 1
    return FINISHED
