"""Readers of images, and rotated digits."""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intertwine.errors import ConfigurationError, DataError
from intertwine.physics.images import (
    ROTATED_MNIST,
    fetch_images,
    read_amat,
    read_idx,
    read_mnist,
    read_stack,
    rotate_images,
    rotated_digits,
)


def _idx(array: np.ndarray) -> bytes:
    return struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def mnist_folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for prefix, n in (("train", 60), ("t10k", 20)):
        (tmp_path / f"{prefix}-images-idx3-ubyte.gz").write_bytes(
            gzip.compress(_idx(rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)))
        )
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(_idx(rng.integers(0, 10, n, dtype=np.uint8)))
    return tmp_path


def test_idx_files(mnist_folder: Path, tmp_path: Path) -> None:
    digits = read_mnist(mnist_folder, "train")
    assert digits.images.shape == (60, 28, 28)
    assert digits.images.dtype == np.uint8
    good = _idx(np.arange(6, dtype=np.uint8).reshape(2, 3))
    for name, content, message in (
        ("short", good[:-1], "does not hold"),
        ("long", good + b"0", "does not hold"),
        ("text", b"hello world", "no idx file"),
        ("head", good[:6], "inside its header"),
        ("cut.gz", gzip.compress(good)[:-4], "cannot be read"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=message):
            read_idx(tmp_path / name)
    with pytest.raises(DataError, match="no t10k-images-idx3-ubyte"):
        read_mnist(tmp_path / "nowhere", "test")


@given(st.binary(max_size=64))
def test_idx_files_of_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    try:
        read = read_idx(path)
    except DataError:
        return
    assert content[:2] == b"\x00\x00"
    assert read.ndim == content[3]


def test_amat_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.uniform(0, 1, (3, 16)), [3, 1, 4]])
    np.savetxt(tmp_path / "x_train.amat", table)
    found = read_amat(tmp_path / "x_train.amat")
    np.testing.assert_allclose(found.images, table[:, :16].reshape(3, 4, 4), rtol=1e-6)
    assert found.labels.tolist() == [3, 1, 4]
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.write(tmp_path / "x_train.amat", "x_train.amat")
        archive.writestr("x_test.amat", "0.5 0.5 0.5 0.5 7\n")
    assert read_amat(tmp_path / "both.zip", "test").labels.tolist() == [7]
    with pytest.raises(DataError, match="which file"):
        read_amat(tmp_path / "both.zip")
    for content, message in (
        ("0.1 0.2 7", "no square"),
        ("2.0 7", "outside"),
        ("a b", "as rows"),
        ("0.5 7.5", "whole"),
    ):
        (tmp_path / "bad.amat").write_text(content)
        with pytest.raises(DataError, match=message):
            read_amat(tmp_path / "bad.amat")


def test_stacks(tmp_path: Path) -> None:
    images, labels = np.zeros((3, 5, 5), np.float32), np.array([0, 1, 2])
    np.savez(tmp_path / "a.npz", images=images, labels=labels)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["y"] = images, labels
    assert read_stack(tmp_path / "a.npz").images.shape == (3, 5, 5)
    assert read_stack(tmp_path / "a.h5", "x", "y").labels.tolist() == [0, 1, 2]
    with pytest.raises(DataError, match="no array 'images'"):
        read_stack(tmp_path / "a.h5")
    with pytest.raises(DataError, match="belong together"):
        read_stack(tmp_path / "a.npz", "labels", "images")
    with pytest.raises(DataError, match="cannot be read"):
        read_stack(tmp_path / "none.h5")


def test_rotation_is_counter_clockwise_and_exact_by_quarters() -> None:
    images = np.random.default_rng(0).uniform(0, 1, (4, 9, 9))
    turned = rotate_images(images, np.pi / 2 * np.arange(4))
    for k in range(4):
        np.testing.assert_allclose(turned[k], np.rot90(images[k], k), atol=1e-12)
    y, x = np.meshgrid(np.arange(21) - 10, np.arange(21) - 10, indexing="ij")
    blob = np.exp(-((y - 4) ** 2 + x**2) / 18.0)[None]
    angle = 0.7
    centre = np.array([4 * np.cos(angle), 4 * np.sin(angle)])
    expected = np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / 18.0)
    assert np.abs(rotate_images(blob, [angle])[0] - expected)[5:16, 5:16].max() < 0.03
    assert np.abs(rotate_images(blob, [-angle])[0] - expected)[5:16, 5:16].max() > 0.3


def test_rotated_digits_are_disjoint_and_reproducible(mnist_folder: Path) -> None:
    made = rotated_digits(mnist_folder, n_train=30, n_test=40, seed=3)
    again = rotated_digits(mnist_folder, n_train=30, n_test=40, seed=3)
    assert made.digest == again.digest != rotated_digits(mnist_folder, n_train=30, n_test=40, seed=4).digest
    upright = rotated_digits(mnist_folder, n_train=30, n_test=40, seed=3, upright=True)
    np.testing.assert_array_equal(upright.test.images, made.test.images)
    everything = np.concatenate([read_mnist(mnist_folder, part).images for part in ("train", "test")])
    source = [int(np.flatnonzero((everything == image).all((1, 2)))[0]) for image in upright.train.images]
    assert len(set(source)) == 30
    # every test digit turned back is near its source, which is no training digit
    back = rotate_images(made.test.images, -made.test_angles)
    near = [int(np.abs(everything - image).mean((1, 2)).argmin()) for image in back]
    assert len(set(near)) == 40
    assert not set(near) & set(source)
    with pytest.raises(ConfigurationError, match="not so many digits"):
        rotated_digits(mnist_folder, n_train=60, n_test=60)


@pytest.mark.data
def test_the_digits_of_the_study_have_their_hash(data_folder: Path) -> None:
    made = rotated_digits(data_folder / "mnist", n_train=200, n_test=300)
    assert made.digest.startswith("aab55164c457b039")


def test_downloads_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pooch

    with pytest.raises(DataError, match="no hash"):
        fetch_images(ROTATED_MNIST, tmp_path)
    asked = []

    def retrieve(url: str, known_hash: str, path: str, progressbar: bool) -> str:
        asked.append((url, known_hash))
        if known_hash == "sha256:00":
            raise ValueError("SHA256 hash of downloaded file does not match")
        return f"{path}/file"

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    assert fetch_images(ROTATED_MNIST, tmp_path, known_hash="sha256:11").name == "file"
    assert asked == [(ROTATED_MNIST.url, "sha256:11")]
    with pytest.raises(DataError, match="did not come as expected"):
        fetch_images(ROTATED_MNIST, tmp_path, known_hash="sha256:00")
