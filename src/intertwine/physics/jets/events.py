"""Events by Pythia 8 (Bierlich et al., 2203.11601), and the jets in the window that come out of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intertwine.errors import DataError
from intertwine.physics.jets.clustering import leading_jet
from intertwine.physics.jets.kinematics import pseudorapidity, transverse_momentum
from intertwine.physics.jets.libraries import library, silent_output
from intertwine.physics.jets.settings import CLASSES, JetSettings
from intertwine.physics.jets.top_decay import TopDecay, four_momentum, top_decays
from intertwine.physics.jets.tower_grid import towers

PROCESSES = {
    "qcd": ("HardQCD:all = on",),
    "top": ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "24:onMode = off", "24:onIfAny = 1 2 3 4 5"),
}
# Before hadronisation, an event is worth going on with if its leading jet of partons is no further below and above the
# window than this (GeV). Hadronisation moves a jet up by less than 20 GeV; decays to neutrinos and lost soft towers
# move it down, rarely by more than 150.
BELOW, ABOVE = 40.0, 300.0
MAXIMAL_SEED = 900_000_000
TOWER_PID = 0


@dataclass(frozen=True)
class JetRecord:
    """One jet. momenta [n, 4] and pid [n] hardest first; truth is None for QCD."""

    momenta: NDArray[np.float64]
    pid: NDArray[np.int64]
    jet: NDArray[np.float64]
    weight: float
    pthat: float
    truth: TopDecay | None


class JetEvents:
    """Jets of one class, one seed: an endless stream. Counts what it drew in `events`."""

    def __init__(self, kind: str, settings: JetSettings, seed: int) -> None:
        """kind: "qcd" or "top"; seed: 1 to 900 000 000. Raises DataError if Pythia refuses to start."""
        self.kind, self.settings, self.events = kind, settings, 0
        pythia8 = library("pythia8mc")
        self.pythia = pythia8.Pythia("", False)
        for line in self.commands(seed):
            if not self.pythia.readString(line):
                raise DataError("Pythia does not know a setting", received=line)
        if not self.pythia.init():
            raise DataError("Pythia could not be initialised", received=self.commands(seed))
        low = settings.pt_window[0] - BELOW
        # power -1 is anti-k_T; select 2: visible particles; a bound of |η| beyond every detector
        self.screen = pythia8.SlowJet(-1, settings.radius, low, 20.0, 2)

    def commands(self, seed: int) -> tuple[str, ...]:
        """What Pythia is told."""
        settings = self.settings
        return (
            "Print:quiet = on",
            "Random:setSeed = on",
            f"Random:seed = {seed}",
            f"Beams:eCM = {settings.energy!r}",
            f"PartonLevel:MPI = {'on' if settings.multiparton else 'off'}",
            "HadronLevel:all = off",
            f"PhaseSpace:pTHatMin = {settings.pthat_min!r}",
            f"PhaseSpace:bias2Selection = {'on' if settings.bias else 'off'}",
            f"PhaseSpace:bias2SelectionPow = {settings.bias!r}",
            f"PhaseSpace:bias2SelectionRef = {settings.reference_pthat!r}",
            *PROCESSES[self.kind],
        )

    @property
    def label(self) -> int:
        """The class's number."""
        return CLASSES.index(self.kind)

    def __iter__(self) -> Iterator[JetRecord]:
        highest = self.settings.pt_window[1] + ABOVE
        event = self.pythia.event
        while True:
            self.events += 1
            if not self.pythia.next():
                continue
            self._screen(event)
            if self.screen.sizeJet() == 0 or self.screen.pT(0) > highest or not self.pythia.forceHadronLevel():
                continue
            record = self._record(event)
            if record is not None:
                yield record

    def _screen(self, event: Any) -> None:
        """Cluster partons in compiled code; silent the first time, when FastJet announces itself."""
        if self.events > 1:
            self.screen.analyze(event)
        else:
            with silent_output():
                self.screen.analyze(event)

    def _record(self, event: Any) -> JetRecord | None:
        """The leading jet of a whole event, if it is in the window and, for tops, matched."""
        settings = self.settings
        low, high = settings.pt_window
        momenta, pid = self._particles(event)
        found = leading_jet(momenta, settings.radius, low)
        if found is None:
            return None
        jet, members = found
        if not low <= transverse_momentum(jet) <= high or not abs(pseudorapidity(jet)) < settings.eta_max:
            return None
        truth = None
        if self.kind == "top":
            inside = [decay for decay in top_decays(event) if decay.inside(jet, settings.radius)]
            if len(inside) != 1:
                return None
            truth = inside[0]
        kept = members[: settings.constituents]
        info = self.pythia.infoPython()
        return JetRecord(momenta[kept], pid[kept], jet, float(info.weight()), float(info.pTHat()), truth)

    def _particles(self, event: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """What the detector sees: visible final particles, made massless, as towers, above the threshold."""
        settings = self.settings
        visible = [one for one in (event[i] for i in range(event.size())) if one.isFinal() and one.isVisible()]
        momenta = np.array([four_momentum(one) for one in visible]).reshape(-1, 4)
        pid = np.array([one.id() for one in visible], dtype=np.int64)
        if settings.towers is not None:
            momenta = towers(momenta, settings.towers)
            pid = np.full(len(momenta), TOWER_PID, dtype=np.int64)
        elif settings.massless:
            momenta[:, 0] = np.sqrt(np.square(momenta[:, 1:]).sum(1))
        seen = transverse_momentum(momenta) > settings.minimal_pt
        return momenta[seen], pid[seen]
