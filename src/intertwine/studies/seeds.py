"""`seed_of`: seeds of a study's steps."""

from __future__ import annotations

from hashlib import sha256
from typing import Any


def seed_of(seed: int, *words: Any) -> int:
    """A seed for one purpose: the same for the same study seed and words, unrelated for others (SHA-256)."""
    digest = sha256(repr((seed, *words)).encode()).digest()
    return int.from_bytes(digest[:7], "big")
