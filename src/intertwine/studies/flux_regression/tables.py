"""The tables of the study: optimisers, networks, and the ratios behind the word "flat"."""

from __future__ import annotations

from typing import Any

from intertwine.report.content import Table
from intertwine.studies.flux_regression.configuration import FAMILIES, arm_name, arms
from intertwine.studies.flux_regression.numbers import power, times
from intertwine.studies.flux_regression.results import Results
from intertwine.studies.flux_regression.training import OPTIMISERS


def optimiser_table(results: Results) -> Table:
    """Median, best and worst instance of every arm, with each optimiser, at the largest training set."""
    rows = []
    for family, augmented in arms(results.configuration):
        row: list[str | int | float] = [arm_name(family, augmented)]
        for optimiser in OPTIMISERS:
            curve = results.curve(arm_name(family, augmented), optimiser)
            row += [curve.best, curve.best / results.curve("EQ", optimiser).best]
        errors = results.curve(arm_name(family, augmented)).mse[-1]
        rows.append([*row, float(errors.min()), float(errors.max())])
    columns = (
        "networks", "AdamW", "over EQ", "with finisher", "over EQ (finisher)", "best instance", "worst instance",
    )  # fmt: skip
    size = max(results.configuration.sizes)
    return Table("optimisers", f"Test MSE of the median instance with {size} training configurations.", columns, rows)


def rows_of(results: Results) -> list[dict[str, str]]:
    """The same as the command prints it at the end: test MSE of the median instance, and its ratio to EQ."""
    rows = []
    for name, adamw, alone, finished, ratio, *_ in optimiser_table(results).rows:
        size = str(results.curve(str(name)).n_parameters)
        errors = [power(float(value or 0)) for value in (adamw, finished)]
        ratios = [times(float(value or 0)) for value in (alone, ratio)]
        rows.append({
            "networks": str(name), "parameters": size, "AdamW": errors[0], "÷ EQ": ratios[0], "finished": errors[1],
            " ÷ EQ": ratios[1],
        })  # fmt: skip
    return rows


def network_table(results: Results) -> Table:
    """The winners of the search."""
    rows = []
    for family in FAMILIES:
        network = results.networks[family]
        rows.append((
            family, results.curve(family).n_parameters, " → ".join(layer_words(layer) for layer in network["layers"]),
            ", ".join(map(str, network["head"])) or "none", network["activation"],
        ))  # fmt: skip
    columns = ("family", "parameters", "convolutions", "hidden linear layers", "activation")
    return Table("networks", "The winners of the search.", columns, rows)


def flatness(results: Results) -> dict[str, float]:
    """Lattice → median EQ instance's error there over that on the training lattice."""
    import numpy as np

    reference = float(np.median(results.transfer("EQ", results.configuration.lattice).instances("finisher")))
    return {
        item.name: float(np.median(item.instances("finisher"))) / reference
        for item in results.transfers
        if item.family == "EQ"
    }


def layer_words(layer: dict[str, Any]) -> str:
    words = [f"{layer['channels']}@{_size(layer['kernel'])}"]
    if _size(layer["stride"]) != "1":
        words.append(f"stride {_size(layer['stride'])}")
    if _size(layer["dilation"]) != "1":
        words.append(f"dilation {_size(layer['dilation'])}")
    if _size(layer["pool_window"]) != "1":
        stride = layer["pool_stride"] if layer["pool_stride"] is not None else layer["pool_window"]
        words.append(f"{layer['pool_kind']} pool {_size(layer['pool_window'])}/{_size(stride)}")
    return " ".join(words)


def _size(value: Any) -> str:
    return "×".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
