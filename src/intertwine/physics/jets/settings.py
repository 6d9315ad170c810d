"""What `generate` makes: the collider, the jets, the window."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from intertwine.errors import ConfigurationError

CLASSES = ("qcd", "top")
"""Names of the labels 0 and 1."""


class JetSettings(BaseModel):
    """Settings of a sample of top jets (hadronic tt̄) and QCD dijets. Energies and momenta in GeV.

    The defaults are those of the public top-tagging reference set (Kasieczka et al., SciPost Phys. 7, 014 (2019)),
    but for the detector: here `towers` and `minimal_pt` stand in for Delphes.

    Attributes
    ----------
    pt_window, eta_max:
        The leading jet's transverse momentum, and the bound of its |η|.
    towers:
        Side of the cells in η and φ whose energies are added before clustering; None: hadrons.
    minimal_pt:
        Towers or hadrons below it are lost, before clustering.
    massless:
        E = |p| for every constituent, as a calorimeter has it.
    constituents:
        The hardest so many of a jet are kept.
    pthat_min, bias:
        Events are drawn with p̂T > pthat_min from σ(p̂T) p̂T^bias and carry the weight (p̂T / centre of the window)^-bias,
        so that events far below the window, which reach it by radiation, are neither missing nor too many.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    energy: float = Field(14000.0, gt=0)
    radius: float = Field(0.8, gt=0)
    pt_window: tuple[float, float] = (550.0, 650.0)
    eta_max: float = Field(2.0, gt=0)
    multiparton: bool = False
    towers: float | None = Field(None, gt=0)
    minimal_pt: float = Field(0.0, ge=0)
    massless: bool = True
    constituents: int = Field(200, gt=0)
    pthat_min: float = Field(250.0, gt=0)
    bias: float = Field(4.0, ge=0)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        low, high = self.pt_window
        if not 0 < low < high < self.energy / 2:
            raise ValueError(f"the window of p_T must satisfy 0 < low < high < energy / 2, not {self.pt_window}")
        if self.pthat_min > low:
            raise ValueError(f"pthat_min = {self.pthat_min:g} is inside the window, whose lower edge it would bias")
        if self.towers is not None and not self.massless:
            raise ValueError("towers have no mass: set massless")
        return self

    @property
    def reference_pthat(self) -> float:
        """Where the weight is 1."""
        return sum(self.pt_window) / 2

    @classmethod
    def checked(cls, **values: object) -> JetSettings:
        """Settings from values; raises ConfigurationError instead of pydantic's error."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "settings"
            raise ConfigurationError("not settings of jets", received=f"{place}: {first['msg']}") from error
