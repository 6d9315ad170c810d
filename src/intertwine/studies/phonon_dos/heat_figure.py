"""The plot of heat capacities: from predicted spectra beside true ones, and the distribution of their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from intertwine.report.content import Figure, Table
from intertwine.report.style import COLOURS
from intertwine.studies.phonon_dos.figures import quartile_crystals
from intertwine.studies.phonon_dos.results import Results
from intertwine.studies.phonon_dos.thermodynamics import TEMPERATURES, capacities, relative_errors

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def heat_capacities(results: Results) -> Figure:
    """C_V(T) of the middle crystal of each quarter of the error; errors against T; their distribution at one T."""
    c = results.configuration
    tested = results.tested(c.reference)
    errors = relative_errors(results, tested)
    at = relative_errors(results, tested, np.array([c.temperature]))[:, 0]
    at = at[np.isfinite(at)]
    middle = [part[len(part) // 2] for part in quartile_crystals(tested.errors) if len(part)]
    true, found = (capacities(results, spectra[middle]) for spectra in (tested.true, tested.found))
    names = [results.formula(int(one)) for one in tested.crystals[middle]]
    bands = np.nanquantile(np.abs(errors), (0.5, 0.9), axis=0)

    def draw(canvas: Canvas) -> None:
        curves, spread, histogram = canvas.subplots(1, 3)
        for index, name in enumerate(names):
            curves.plot(TEMPERATURES, true[index], color=COLOURS[index], alpha=0.45, linewidth=3.5)
            curves.plot(TEMPERATURES, found[index], color=COLOURS[index], linestyle="--", linewidth=1.3, label=name)
        curves.set(xlabel="T in K", ylabel="C_V an atom in k_B", ylim=(0, 3.1), title="true (wide), predicted")
        curves.legend()
        spread.plot(TEMPERATURES, bands[1], color=COLOURS[1], label="90 % of crystals below")
        spread.plot(TEMPERATURES, bands[0], color=COLOURS[0], label="median")
        spread.set(yscale="log", xlabel="T in K", title="relative error of C_V")
        spread.legend()
        histogram.hist(100 * at, bins=min(25, max(4, len(at) // 4)), color=COLOURS[0])
        histogram.axvline(0, color="#9aa0a8", linewidth=0.8)
        histogram.set(xlabel="relative error in %", ylabel="crystals", title=f"at {c.temperature:g} K")

    rows = [
        (results.formula(int(crystal)), float(T), float(tested_true), float(tested_found))
        for crystal, every_true, every_found in zip(
            tested.crystals, capacities(results, tested.true), capacities(results, tested.found), strict=True
        )
        for T, tested_true, tested_found in zip(TEMPERATURES, every_true, every_found, strict=True)
    ]
    return Figure(
        "heat-capacity", "Heat capacity",
        "Left: the middle crystal of each quarter of the error. Centre: errors of all test crystals. Right: their "
        "distribution at one temperature. Harmonic approximation at constant volume, from 51 bins on both sides.",
        f"Heat capacities from predicted and true spectra; the median relative error at {c.temperature:g} K is "
        f"{np.median(np.abs(at)):.2%}.",
        Table("heat-capacity", "", ("crystal", "T", "true", "predicted"), rows), draw, (11.5, 3.8),
    )  # fmt: skip
