"""Many-body decays uniform in phase space: jets whose distributions are known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from intertwine.errors import AccuracyError, ConfigurationError


def phase_space(
    mass: float, masses: Sequence[float], size: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Decays of a particle at rest: momenta [size, len(masses), 4] and weights [size] in (0, 1].

    Successive two-body decays of systems whose masses are drawn uniformly; the weight is the product of the momenta
    released, divided by a bound of it (James, CERN 68-15; GENBOD). Kept with probability weight, the decays are
    uniform in Lorentz-invariant phase space. For massless products `massless_phase_space` needs no weights.
    Raises ConfigurationError if the decay is impossible.
    """
    m = _checked(mass, masses, size)
    n, energy = len(m), mass - m.sum()
    sums = np.cumsum(m)
    uniform = np.sort(rng.random((size, n - 2)), axis=1)
    systems = np.concatenate(
        [np.full((size, 1), m[0]), uniform * energy + sums[1:-1], np.full((size, 1), mass)], axis=1
    )
    released = two_body_momentum(systems[:, 1:], systems[:, :-1], m[1:])
    # each momentum grows with the mass of the system and falls with that of the sub-system
    largest = two_body_momentum(energy + sums[1:], sums[:-1], m[1:])
    weights = np.prod(released / largest, axis=1)
    # the last particle first: in the whole's rest frame, then the rest of the system is boosted from its own
    momenta = np.zeros((size, n, 4))
    momenta[:, 0, 0] = m[0]
    for k in range(1, n):
        direction = _directions(size, rng)
        p = released[:, k - 1]
        recoil = np.concatenate([np.sqrt(systems[:, k - 1] ** 2 + p**2)[:, None], p[:, None] * direction], axis=1)
        if k == 1:
            momenta[:, 0] = recoil
        else:
            momenta[:, :k] = boosted(momenta[:, :k], recoil[:, None], systems[:, k - 1, None])
        momenta[:, k, 0] = np.sqrt(m[k] ** 2 + p**2)
        momenta[:, k, 1:] = -p[:, None] * direction
    return momenta, weights


def massless_phase_space(mass: float, particles: int, size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Decays of a particle at rest into massless ones, uniform in phase space, no weights: [size, particles, 4].

    RAMBO (Kleiss, Stirling, Ellis, Comput. Phys. Commun. 40, 359 (1986)): isotropic momenta of independent particles,
    brought to the rest frame of their sum and scaled. Raises ConfigurationError.
    """
    _checked(mass, [0.0] * particles, size)
    energy = -np.log(rng.random((size, particles)) * rng.random((size, particles)))
    q = energy[..., None] * np.concatenate(
        [np.ones((size, particles, 1)), _directions(size * particles, rng).reshape(size, particles, 3)], axis=-1
    )
    total = q.sum(1, keepdims=True)
    invariant = np.sqrt(total[..., 0] ** 2 - np.square(total[..., 1:]).sum(-1))
    backwards = total * np.array([1.0, -1.0, -1.0, -1.0])
    return np.asarray(boosted(q, backwards, invariant) * (mass / invariant)[..., None])


def decay(
    parents: Float[np.ndarray, "size 4"], masses: Sequence[float], rng: np.random.Generator, attempts: int = 1000
) -> NDArray[np.float64]:
    """Products [size, len(masses), 4] of each parent, uniform in phase space, in the frame where parents are given.

    Parents may have different masses. Raises ConfigurationError if a decay is impossible, AccuracyError if one was
    not accepted after so many attempts.
    """
    mass = np.sqrt(np.maximum(parents[:, 0] ** 2 - np.square(parents[:, 1:]).sum(-1), 0.0))
    found = np.zeros((len(parents), len(masses), 4))
    waiting = np.arange(len(parents))
    for _ in range(attempts):
        if len(waiting) == 0:
            break
        kept = []
        for index in waiting:
            momenta, weight = phase_space(float(mass[index]), masses, 1, rng)
            if rng.random() < weight[0]:
                found[index] = momenta[0]
            else:
                kept.append(index)
        waiting = np.array(kept, dtype=np.int64)
    if len(waiting):
        raise AccuracyError("decays were not accepted", received=f"{len(waiting)} after {attempts} attempts each")
    return boosted(found, parents[:, None], mass[:, None])


def two_body_momentum(
    mass: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """|p| of both products in the rest frame, 0 at threshold: √[(M²-(a+b)²)(M²-(a-b)²)] / 2M."""
    product = (mass - first - second) * (mass + first + second) * (mass - first + second) * (mass + first - second)
    return np.asarray(np.sqrt(np.maximum(product, 0.0)) / (2 * mass))


def boosted(
    momenta: Float[np.ndarray, "size particles 4"],
    frame: Float[np.ndarray, "size 1 4"],
    mass: Float[np.ndarray, "size 1"],
) -> NDArray[np.float64]:
    """Momenta given in the rest frame of `frame`, a momentum of that mass, in the frame where it has this momentum."""
    gamma, along = frame[..., 0] / mass, frame[..., 1:] / mass[..., None]  # γ, γβ
    product = (momenta[..., 1:] * along).sum(-1)
    energy = gamma * momenta[..., 0] + product
    spatial = momenta[..., 1:] + along * (momenta[..., 0] + product / (1 + gamma))[..., None]
    return np.concatenate([energy[..., None], spatial], axis=-1)


def _directions(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    normal = rng.standard_normal((size, 3))
    return np.asarray(normal / np.sqrt(np.square(normal).sum(-1, keepdims=True)))


def _checked(mass: float, masses: Sequence[float], size: int) -> NDArray[np.float64]:
    m = np.asarray(masses, dtype=np.float64)
    if len(m) < 2 or (m < 0).any() or not mass > m.sum() or size < 0:
        raise ConfigurationError(
            "an impossible decay", received=f"{mass:g} → {list(masses)}",
            expected="at least two products whose masses add up to less than the parent's",
        )  # fmt: skip
    return m
