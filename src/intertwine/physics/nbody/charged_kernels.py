"""Kick–drift steps of charged particles."""
# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import numpy as np

from intertwine.compilation import compiled


@compiled()
def forces(x, charge, strength, limit, out):
    """Coulomb forces on x [bodies, dim], each component within ±limit, into out."""
    bodies, dim = x.shape
    out[:] = 0.0
    for i in range(bodies):
        for j in range(i):
            square = 0.0
            for k in range(dim):
                square += (x[i, k] - x[j, k]) ** 2
            size = strength * charge[i] * charge[j] / (square * np.sqrt(square))
            for k in range(dim):
                push = size * (x[i, k] - x[j, k])
                out[i, k] += push
                out[j, k] -= push
    for i in range(bodies):
        for k in range(dim):
            out[i, k] = min(max(out[i, k], -limit), limit)


@compiled()
def run(x, v, charge, strength, limit, dt, frames, every, positions, velocities):
    """From x, v [samples, bodies, dim] (changed) `frames` times `every` steps; x and v at the end of each frame.

    A step is a drift followed by a kick; v is recorded before the kick of its step, and lags x by no drift. The first
    kick comes before the first step.
    """
    samples, bodies, dim = x.shape
    push = np.empty((bodies, dim))
    for s in range(samples):
        forces(x[s], charge[s], strength, limit, push)
        v[s] += dt * push
        for frame in range(frames):
            for step in range(every):
                x[s] += dt * v[s]
                if step == every - 1:
                    positions[s, frame] = x[s]
                    velocities[s, frame] = v[s]
                forces(x[s], charge[s], strength, limit, push)
                v[s] += dt * push
