"""What the results say: errors in percent of what there is to learn, turned molecules, one network for all tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Content, Fact, Section, Table
from intertwine.studies.water_tensors.configuration import JOINT, SYMBOLS, TENSORS, WaterTensorsConfiguration
from intertwine.studies.water_tensors.data import DATA, SOURCE
from intertwine.studies.water_tensors.figures import Errors, errors, label, learning_curves
from intertwine.studies.water_tensors.references import SA_GPR, SA_GPR_DETAILS, SA_GPR_SIZES, SA_GPR_SOURCE
from intertwine.studies.water_tensors.tensors import parts, tensor_space
from intertwine.studies.water_tensors.training import KINDS, runs, train_step

if TYPE_CHECKING:
    from intertwine.studies.store import Store

_COLUMNS = ("tensor", "irrep", "network", "parameters", "as given %", "turned %", "seconds")


def summary_rows(c: WaterTensorsConfiguration, results: Store) -> list[dict[str, str]]:
    """A row a network and irrep, at the largest number of molecules."""
    return [dict(zip(_COLUMNS, map(_word, row), strict=True)) for row in _rows(c, results)]


def tell(c: WaterTensorsConfiguration, results: Store) -> Content:
    """The report."""
    found = errors(c, results)
    most = c.sizes[-1]
    facts = [
        Fact(
            " / ".join(
                f"{_turned(found, 'equivariant', name, name, one.name):.2g} %" for one in tensor_space(name).rep.irreps
            ),
            f"{name} ({tensor_space(name).rep}), {most} molecules",
        )
        for name in c.tensors
    ]  # fmt: skip
    values = results.values(DATA)
    asymmetry = max(values["asymmetry"].values())
    data = (
        f"{values['molecules']} water molecules, distorted and in orientations of their own, with their dipole "
        f"({tensor_space('dipole').rep}) and polarisabilities; atomic units. "
        f"{', '.join(f'{name}: {TENSORS[name][1]}, {tensor_space(name).rep}' for name in c.tensors)}. "
        f"The index formulas hold to {asymmetry:.1g} in the files, so that nothing is lost in the irreps. "
        f"Source: {SOURCE}; Wilkins et al., PNAS 116, 3401 (2019)."
    )
    table = Table(
        "errors", f"{most} training molecules, medians over {c.instances} trainings; processor seconds of one.",
        _COLUMNS, _rows(c, results),
    )  # fmt: skip
    sections = [
        Section(
            "Learning curves",
            [data, _against_kernels(c, found), SA_GPR_DETAILS, _training(c)],
            [learning_curves(c, found)],
            [table],
        ),
    ]
    if c.joint:
        sections.append(Section("One network for several tensors", [_joint(c, found)], [], []))
    return Content(
        "Response tensors of water", "after Grisafi et al., Phys. Rev. Lett. 120, 036002 (2018)", facts,
        [_symmetry(c, found)], sections,
    )  # fmt: skip


def _turned(found: Errors, method: str, target: str, name: str, irrep: str, place: int = -1) -> float:
    """Median error in percent on turned molecules."""
    return 100 * float(np.median(found[method, target, name, irrep][place, :, KINDS.index("turned")]))


def _symmetry(c: WaterTensorsConfiguration, found: Errors) -> str:
    """Whether the equivariant network beats the perceptrons, and with how many molecules."""
    better, ratios, early = 0, [], 0
    pairs = [(name, irrep.name) for name, irrep, _ in parts(c.tensors)]
    for name, irrep in pairs:
        ours = _turned(found, "equivariant", name, name, irrep)
        theirs = min(_turned(found, method, name, name, irrep) for method in ("mlp", "mlp+augmentation"))
        ratios.append(theirs / ours)
        better += ours < theirs
        early += _turned(found, "equivariant", name, name, irrep, 0) < theirs
    plain = [_turned(found, "mlp", name, name, irrep) for name, irrep in pairs]
    return (
        f"On turned molecules, with {c.sizes[-1]} for training, the equivariant network is better than both "
        f"perceptrons on {better} of {len(pairs)} irreps, by a factor of {np.median(ratios):.2g} in the median; on "
        f"{early} of them it is so with {c.sizes[0]} molecules against their {c.sizes[-1]}. Without augmentation the "
        f"perceptron's errors there are {min(plain):.3g} to {max(plain):.3g} % of what there is to learn."
    )


def _against_kernels(c: WaterTensorsConfiguration, found: Errors) -> str:
    shared = [size for size in c.sizes if size in SA_GPR_SIZES]
    if not shared:
        return f"None of the numbers of molecules is one of those of {SA_GPR_SOURCE}."
    size = shared[-1]
    pairs = [(name, irrep.name) for name, irrep, _ in parts(c.tensors) if (name, irrep.name) in SA_GPR]
    ours = [_turned(found, "equivariant", *((name,) * 2), irrep, c.sizes.index(size)) for name, irrep in pairs]
    theirs = [SA_GPR[pair][SA_GPR_SIZES.index(size)] for pair in pairs]
    said = "; ".join(
        f"{name} {irrep} {a:.2g} against {b:.2g}" for (name, irrep), a, b in zip(pairs, ours, theirs, strict=True)
    )
    wins = sum(a < b for a, b in zip(ours, theirs, strict=True))
    return (
        f"Beside {SA_GPR_SOURCE}, in percent with {size} molecules, ours first: {said}. The network is better on "
        f"{wins} of {len(pairs)}."
    )


def _training(c: WaterTensorsConfiguration) -> str:
    return (
        f"Equivariant networks, in float64: {c.steps} steps of Adam, then {c.iterations} iterations of "
        f"Levenberg–Marquardt. Perceptrons, whose parameters are too many for a Jacobian: {c.mlp_steps} steps of Adam, "
        "with augmentation on molecules turned and reflected anew in each batch, the hydrogens exchanged. A tenth of "
        "the training molecules chooses the weights."
    )


def _joint(c: WaterTensorsConfiguration, found: Errors) -> str:
    said = []
    for name, irrep, _ in parts(c.joint):
        alone = _turned(found, "equivariant", name, name, irrep.name)
        said.append(f"{name} {irrep.name} {_turned(found, 'equivariant', JOINT, name, irrep.name) / alone:.2f}")
    return (
        f"The error of one network for {', '.join(c.joint)} over that of a network for each, "
        f"{c.sizes[-1]} molecules: {'; '.join(said)}."
    )


def _rows(c: WaterTensorsConfiguration, results: Store) -> list[tuple[str | int | float, ...]]:
    found, rows = errors(c, results), []
    for method, target, names in runs(c):
        values = results.values(train_step(method, target, c.sizes[-1]))
        for name, irrep, _ in parts(names):
            y = 100 * np.median(found[method, target, name, irrep.name][-1], axis=0)
            seconds = round(float(np.median(values["seconds"])), 1)
            network = label(method, target)
            rows.append((SYMBOLS[name], irrep.name, network, values["parameters"], float(y[0]), float(y[1]), seconds))
    return sorted(rows, key=lambda row: (list(SYMBOLS.values()).index(str(row[0])), str(row[1])))


def _word(value: str | int | float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
