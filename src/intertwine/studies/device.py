"""The device that a study runs on, checked before anything is computed."""

from __future__ import annotations

from intertwine.errors import ConfigurationError
from intertwine.suggestions import choose

KINDS = ("cpu", "cuda", "mps")


def check_device(name: str) -> str:
    """`name` ("cpu", "cuda", "cuda:1", "mps"), if it can be used here.

    Raises ConfigurationError that suggests the right name, or says that this machine has no such device.
    """
    kind, colon, index = name.partition(":")
    choose("device", kind, KINDS)
    if colon and not index.isdecimal():
        raise ConfigurationError("not the number of a device", received=repr(name), expected="for instance cuda:0")
    if kind == "cpu":
        return name
    import torch

    count = torch.cuda.device_count() if kind == "cuda" else int(torch.backends.mps.is_available())
    if int(index or 0) >= count:
        found = f"{count} such device{'s' * (count != 1)} on this machine"
        raise ConfigurationError(f"no device {name!r} here", received=found, fix="use --device cpu")
    return name
