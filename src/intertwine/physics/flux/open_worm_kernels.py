"""Compiled updates of flux configurations with open worms: endpoints that move, meet and are made in pairs.

A configuration is (k, l) with divergence −1, 0 or +1 at each site and at most m pairs of endpoints. Two kinds of
proposal: an endpoint steps to a neighbour (annihilating if it meets its opposite there), or one k changes by ±1
between two sites without endpoints (making a pair). `create[p]` carries the ratio of proposal probabilities and of
sector weights.
"""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: E741

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled
from intertwine.physics.flux.local_kernels import (
    ATTEMPTS,
    FINISHED,
    LINK,
    RECORD,
    SWEEPS,
    TABLES_TOO_SMALL,
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
def endpoint_steps(
    k, l, f, rng, neighbour, chemical, hop, site_step, n_axes, charge, slot, ends, create, n_steps, cursor, counts,
    visits,
):  # fmt: skip
    """`n_steps` proposals. charge [N]: divergence; ends [2m]: sites of endpoints, −1 behind; slot [N]: place in `ends`.

    visits [m + 1] counts the steps spent with each number of pairs.
    """
    n_sites = np.uint64(f.size)
    size = np.uint64(site_step.size // 2)
    limit = np.int64(size) - 4
    axes = np.uint64(n_axes)
    most = create.size
    s0, s1, s2, s3 = rng[0], rng[1], rng[2], rng[3]
    n_ends = 0
    while n_ends < ends.size and ends[n_ends] >= 0:
        n_ends += 1
    accepted = np.int64(0)
    status = FINISHED
    start = cursor[ATTEMPTS]
    done = start
    while done < n_steps:
        done += 1
        word, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        choice, s0, s1, s2, s3 = next_word(s0, s1, s2, s3)
        pairs = n_ends // 2
        visits[pairs] += 1
        forward = word & _ONE
        axis = (((word >> _ONE) & _1023) * axes) >> _10
        # With endpoints there, the lowest bit of `choice` decides between the two kinds of proposal.
        moving = n_ends > 0 and (choice & _ONE) == _ONE
        factor = 1.0
        if moving:
            site = np.uint64(ends[np.int64(unit(choice) * n_ends)])
            direction = axis + axis + forward
            target = np.uint64(neighbour[direction * n_sites + site])
            link = axis * n_sites + (site if forward else target)
            here = np.int64(charge[site])
            # The step that takes this endpoint's divergence away from `site` and gives it to `target`.
            step = -here if forward else here
            if target != site:
                if charge[target] == here:
                    continue
                if charge[target] == -here:
                    factor = 1.0 / create[pairs - 1]
        else:
            site = np.uint64(unit(choice) * np.float64(n_sites))
            step = np.int64(forward) * 2 - 1
            target = np.uint64(neighbour[(axis + axis + _ONE) * n_sites + site])
            link = axis * n_sites + site
            if target != site:
                if charge[site] != 0 or charge[target] != 0 or pairs == most:
                    continue
                factor = create[pairs]
        # k grows along the axis by `step`, whichever way the endpoint went.
        flux = np.int64(k[link])
        grows = np.int64(flux * step >= 0)
        change = 2 * grows - 1
        row = np.uint64(grows) * size
        f_site = np.int64(f[site])
        f_target = np.int64(f[target]) + (change if target == site else 0)
        ratio = (
            factor
            * chemical[axis + axis + np.uint64(step > 0)]
            * hop[row + np.uint64(abs(flux) + np.int64(l[link]))]
            * (site_step[row + np.uint64(f_site)] * site_step[row + np.uint64(f_target)])
        )
        if unit(word) >= ratio:
            continue
        accepted += 1
        k[link] = flux + step
        f[site] = f_site + change
        f[target] = np.int64(f[target]) + change
        if target != site:
            if not moving:
                charge[site], charge[target] = step, -step
                ends[n_ends], ends[n_ends + 1] = site, target
                slot[site], slot[target] = n_ends, n_ends + 1
                n_ends += 2
            elif charge[target] == 0:
                charge[target], charge[site] = charge[site], 0
                ends[slot[site]] = target
                slot[target] = slot[site]
            else:
                charge[site], charge[target] = 0, 0
                for gone in (site, target):
                    n_ends -= 1
                    last = ends[n_ends]
                    ends[slot[gone]] = last
                    slot[last] = slot[gone]
                    ends[n_ends] = -1
        if f_site >= limit or f_target >= limit:
            status = TABLES_TOO_SMALL
            break
    rng[0], rng[1], rng[2], rng[3] = s0, s1, s2, s3
    counts[WORM_STEPS] += done - start
    counts[WORM_ATTEMPTS] += done - start
    counts[WORM_ACCEPTED] += accepted
    cursor[ATTEMPTS] = done
    return status


@compiled()
def open_sweeps(
    k, l, f, rng, neighbour, chemical, hop, inverse, site_step, site_double, n_axes, charge, slot, ends, create,
    n_steps, interval, sector, moments, cursor, counts, visits, observables, k_out, l_out,
):  # fmt: skip
    """As `worm_kernels.sweeps`, with `n_steps` endpoint proposals a sweep.

    `interval` counts only the sweeps that end with exactly `sector` pairs; every sweep if sector is negative.
    """
    n_records = observables.shape[0]
    while cursor[RECORD] < n_records:
        while cursor[SWEEPS] < interval:
            status = endpoint_steps(
                k, l, f, rng, neighbour, chemical, hop, site_step, n_axes, charge, slot, ends, create, n_steps, cursor,
                counts, visits,
            )  # fmt: skip
            if status != FINISHED:
                return TABLES_TOO_SMALL
            status = sweep_l(k, l, f, rng, neighbour, hop, inverse, site_double, n_axes, cursor, counts)
            if cursor[LINK] == 0:
                cursor[ATTEMPTS] = 0
                # `ends` is filled from the front: m pairs are there when its entry 2m − 1 is.
                if sector < 0 or ends[2 * sector - 1] >= 0:
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
