"""Rotated digits made from plain MNIST: 12 000 to train on, 50 000 to test on, none from the same source digit."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import ConfigurationError
from intertwine.physics.images.image_set import ImageSet
from intertwine.physics.images.mnist import read_mnist
from intertwine.physics.images.rotation import rotate_images

_CHUNK = 2000


class RotatedDigits(NamedTuple):
    """Train and test sets (uint8 images), the angle of every digit in radians, and the SHA-256 of all of it."""

    train: ImageSet
    test: ImageSet
    train_angles: NDArray[np.float64]
    test_angles: NDArray[np.float64]
    digest: str


def rotated_digits(
    folder: str | Path, *, n_train: int = 12_000, n_test: int = 50_000, seed: int = 0, upright: bool = False
) -> RotatedDigits:
    """After the recipe of the published set (Larochelle et al., ICML 2007), with everything drawn from one seed.

    The 70 000 digits of MNIST (training and test files in their order) are permuted; the first n_train and the next
    n_test are turned, each once, by an angle uniform in [0, 2π) (`rotate_images`), and rounded to uint8. With
    `upright` the training digits are left as they are: then the test set is the same, and nothing turned is seen in
    training. The published set differs in which digits and which angles it holds, and in its interpolation.

    Raises ConfigurationError where more digits are asked for than there are.
    """
    parts = [read_mnist(folder, "train"), read_mnist(folder, "test")]
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    if n_train < 1 or n_test < 1 or n_train + n_test > len(images):
        raise ConfigurationError(
            "not so many digits", received=f"{n_train} + {n_test}", expected=f"at most {len(images)}, each used once"
        )
    rng = np.random.default_rng([seed, 0x6D6E6973])
    order = rng.permutation(len(images))
    angles = rng.uniform(0.0, 2 * np.pi, len(images))[: n_train + n_test]
    if upright:
        angles[:n_train] = 0.0
    chosen = order[: n_train + n_test]
    turned = np.empty((len(chosen), *images.shape[1:]), dtype=np.uint8)
    for start in range(0, len(chosen), _CHUNK):
        part = slice(start, start + _CHUNK)
        turned[part] = np.rint(rotate_images(images[chosen[part]], angles[part])).astype(np.uint8)
    digest = sha256(turned.tobytes() + labels[chosen].tobytes()).hexdigest()
    return RotatedDigits(
        ImageSet(turned[:n_train], labels[chosen[:n_train]]),
        ImageSet(turned[n_train:], labels[chosen[n_train:]]),
        angles[:n_train],
        angles[n_train:],
        digest,
    )
