"""Checkpoints: learned parameters as safetensors, with what they mean; refused where they would mean something else."""

from __future__ import annotations

import json
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from intertwine import __version__
from intertwine.errors import CheckpointError
from intertwine.nn.fingerprints import agree, fingerprints

FORMAT = 1
_KEY = "intertwine"


def save_checkpoint(module: nn.Module, path: str | PathLike[str], notes: dict[str, str] | None = None) -> None:
    """Write a network's parameters and buffers (its state dict) to a safetensors file.

    Beside them the file holds the classes of its layers with their `architecture_version`, the representations they
    carry, and a fingerprint of every basis and Clebsch–Gordan table. The file is written under another name first and
    then replaces what was there, so that a crash leaves the old one.

    Parameters
    ----------
    notes:
        Words to keep in the file's metadata, returned by `load_checkpoint`.
    """
    meaning = {
        "format": FORMAT,
        "version": __version__,
        "architecture": _architecture(module),
        "fingerprints": fingerprints(module),
    }
    target = Path(path)
    metadata = {_KEY: json.dumps(meaning), **(notes or {})}
    if _KEY in (notes or {}):
        raise CheckpointError("a note with the name of our own entry", received=_KEY, fix="call it something else")
    tensors = {name: tensor.detach().contiguous().clone() for name, tensor in module.state_dict().items()}
    beside = target.with_name(target.name + ".partial")
    save_file(tensors, fspath(beside), metadata)
    beside.replace(target)


def load_checkpoint(module: nn.Module, path: str | PathLike[str]) -> dict[str, str]:
    """Read a checkpoint into a network of the same architecture; its notes are returned.

    Values are cast to the network's dtype and device. Nothing is changed unless everything fits.

    Raises
    ------
    CheckpointError
        For a file that is no checkpoint of ours or of a later format, other layers or representations, parameters that
        do not fit, or bases and tables that differ from those that the weights were learned with.
    """
    try:
        with safe_open(fspath(path), framework="pt") as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        meaning = json.loads(metadata.pop(_KEY))
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise CheckpointError(
            "this is no checkpoint of intertwine", received=fspath(path), expected="a file of save_checkpoint"
        ) from error
    if meaning["format"] != FORMAT:
        raise CheckpointError(
            "a checkpoint of another format", received=meaning["format"], expected=FORMAT, fix="update intertwine"
        )
    _compare_architectures(meaning["architecture"], _architecture(module))
    _compare_fingerprints(meaning["fingerprints"], fingerprints(module), meaning["version"])
    state = module.state_dict()
    misfits = sorted(
        name
        for name in state.keys() | tensors.keys()
        if name not in state or name not in tensors or state[name].shape != tensors[name].shape
    )
    if misfits:
        raise CheckpointError("parameters that do not fit", received=misfits, expected="the same names and shapes")
    with torch.no_grad():
        module.load_state_dict(tensors)
    return metadata


def _architecture(module: nn.Module) -> dict[str, list[Any]]:
    """Every module of ours that has parameters or representations: [class, version, rep_in, rep_out]."""
    found: dict[str, list[Any]] = {}
    for path, part in module.named_modules():
        version = getattr(part, "architecture_version", None)
        if version is not None:
            reps = [repr(getattr(part, side, None)) for side in ("rep_in", "rep_out")]
            found[path] = [type(part).__name__, version, *reps]
    return found


def _compare_architectures(stored: dict[str, list[Any]], own: dict[str, list[Any]]) -> None:
    for path in sorted(stored.keys() | own.keys()):
        if stored.get(path) != own.get(path):
            raise CheckpointError(
                f"another network: layer {path or 'itself'!r} differs",
                received=stored.get(path, "no such layer in the checkpoint"),
                expected=own.get(path, "no such layer in the network"),
                fix="build the network as it was when the checkpoint was saved, with the version that saved it",
            )


def _compare_fingerprints(stored: dict[str, list[float]], own: dict[str, list[float]], version: str) -> None:
    wrong = sorted(
        name
        for name in stored.keys() | own.keys()
        if name not in stored or name not in own or not agree(stored[name], own[name])
    )
    if wrong:
        raise CheckpointError(
            f"the weights belong to other bases: {wrong[0]}" + (f" and {len(wrong) - 1} more" if wrong[1:] else ""),
            received=stored.get(wrong[0]),
            expected=own.get(wrong[0]),
            fix=f"load it with version {version}, or train anew: the same weights would be another function here",
        )
