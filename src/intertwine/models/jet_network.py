"""JetNetwork: what every network of jets has in common: its arguments, masks, reference vectors, unit and claim."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveFloat, PositiveInt
from torch import Tensor, nn

from intertwine.errors import ConfigurationError
from intertwine.nn.four_momenta import require_double

Reference = Literal["time", "beam"]
VECTORS: dict[Reference, list[list[float]]] = {
    "time": [[1.0, 0.0, 0.0, 0.0]],
    "beam": [[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, -1.0]],
}


class JetNetworkConfig(BaseModel):
    """What all architectures of jet networks hold.

    Attributes
    ----------
    n_scalars:
        Scalars of a particle beside its four-momentum: charge, type, impact parameters.
    out_features:
        Numbers that come out; 1 logit for two classes.
    references:
        Vectors that break the symmetry on purpose, added to every jet as particles with a label of their own: "time"
        is (1, 0, 0, 0), "beam" the two lightlike (1, 0, 0, ±1). In units of `unit`.
    target:
        "logits": out_features numbers a jet. "vectors": out_features four-vectors a jet, Σ_i w_i p_i with weights w_i
        that the network reads off (2307.16506, section 5); equivariant where the weights are invariant.
    unit:
        The energy in which the network counts, in the unit of the momenta (GeV).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_scalars: NonNegativeInt = 0
    out_features: PositiveInt = 1
    references: tuple[Reference, ...] = ()
    target: Literal["logits", "vectors"] = "logits"
    unit: PositiveFloat = 1.0

    @property
    def n_references(self) -> int:
        """Number of reference vectors."""
        return sum(len(VECTORS[name]) for name in self.references)

    @property
    def n_labels(self) -> int:
        """Scalars that a network sees: those of the data and one a reference vector."""
        return self.n_scalars + self.n_references


class Jets(NamedTuple):
    """A batch of jets as a network reads it; what is masked is 0. Reference vectors come last."""

    p: Tensor  # [batch, points, 4], float64, in units of config.unit
    mask: Tensor  # [batch, points]
    scalars: Tensor  # [batch, points, labels], in the network's dtype
    particles: int  # how many of the points are particles; the others are reference vectors


class JetNetwork(nn.Module):
    """net(p, mask, scalars=None, references=None) → [batch], or [batch, out_features] for more than one.

    With target="vectors": [batch, out_features, 4], float64, in the unit and frame of p. Subclasses implement
    :meth:`read`. Results do not depend on the order of the particles nor on padding.

    Forward arguments
    -----------------
    p [batch, particles, 4]:
        Four-momenta (E, px, py, pz), float64 whatever the network's dtype is.
    mask [batch, particles]:
        Which particles there are; what the others hold, NaN even, does not matter.
    scalars [batch, particles, n_scalars]:
        Lorentz-invariant numbers of a particle. Needed if the architecture has some.
    references [n_references, 4] or [batch, n_references, 4]:
        Other reference vectors than the laboratory's: those that were boosted along with the jets, for instance. For
        a network with references only.

    Raises
    ------
    ConfigurationError
        When an argument has another shape or dtype than the architecture asks for.
    """

    symmetry: str | None = None  # the group that leaves logits unchanged; None: permutations of particles only
    can_give_vectors = reads_references = False

    def __init__(self, config: JetNetworkConfig) -> None:
        super().__init__()
        if config.target == "vectors" and not self.can_give_vectors:
            raise ConfigurationError(
                f"{type(self).__name__} gives logits only", received='target="vectors"', expected='target="logits"'
            )
        if config.n_references and not self.reads_references:
            raise ConfigurationError(
                f"{type(self).__name__} reads no reference vectors",
                received=config.references,
                expected="references=()",
            )
        self._shared = config

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    @property
    def is_lorentz_invariant(self) -> bool:
        """Whether the network claims that a Lorentz transformation of the particles leaves the result unchanged."""
        return self.symmetry is not None and not self._shared.n_references

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype

    def forward(
        self,
        p: Tensor,
        mask: Tensor,
        scalars: Tensor | None = None,
        references: Tensor | None = None,
    ) -> Float[Tensor, "batch *out"]:
        jets = self._prepare(p, mask, scalars, references)
        result = self.read(jets)
        if self._shared.target == "vectors":
            weights = result.double().masked_fill(~jets.mask.unsqueeze(-1), 0.0)
            return weights.transpose(1, 2) @ jets.p * self._shared.unit
        return result.squeeze(-1) if self._shared.out_features == 1 else result

    def read(self, jets: Jets) -> Tensor:
        """[batch, out_features], or for vectors [batch, points, out_features], of jets whose arguments are checked."""
        raise NotImplementedError

    def _prepare(self, p: Tensor, mask: Tensor, scalars: Tensor | None, references: Tensor | None) -> Jets:
        require_double(p)
        n = self._shared.n_scalars
        if p.ndim != 3 or mask.shape != p.shape[:2] or mask.dtype != torch.bool:
            raise ConfigurationError(
                "p and mask do not fit",
                received=f"p {tuple(p.shape)}, mask {mask.dtype} {tuple(mask.shape)}",
                expected="p [batch, particles, 4] and a boolean mask [batch, particles]",
            )
        if (scalars is None and n) or (scalars is not None and scalars.shape != (*mask.shape, n)):
            raise ConfigurationError(
                f"this network reads {n} scalars a particle",
                received="none" if scalars is None else f"scalars of shape {tuple(scalars.shape)}",
                expected=f"{(*mask.shape, n)}",
                fix="config.n_scalars says how many there are",
            )
        absent = ~mask.unsqueeze(-1)
        p = p.masked_fill(absent, 0.0) / self._shared.unit
        given = p.new_zeros(*mask.shape, 0) if scalars is None else scalars.masked_fill(absent, 0.0)
        return self._with_references(Jets(p, mask, given.to(self._dtype), p.shape[1]), references)

    def _with_references(self, jets: Jets, given: Tensor | None) -> Jets:
        """Reference vectors as further points, each with a scalar of its own that is 1."""
        count, batch = self._shared.n_references, len(jets.p)
        if given is None:
            rows = [row for name in self._shared.references for row in VECTORS[name]]
            given = torch.tensor(rows, dtype=torch.float64, device=jets.p.device).reshape(count, 4)
        require_double(given, "references")
        if given.shape not in ((count, 4), (batch, count, 4)):
            raise ConfigurationError(
                "reference vectors that the network was not built for",
                received=tuple(given.shape),
                expected=f"[{count}, 4] or [{batch}, {count}, 4]",
                fix="name them in config.references",
            )
        if not count:
            return jets
        vectors = given.expand(batch, count, 4)
        labels = torch.eye(count, dtype=jets.scalars.dtype, device=jets.p.device).expand(batch, count, count)
        scalars = jets.scalars.new_zeros(batch, jets.p.shape[1] + count, self._shared.n_labels)
        scalars[:, : jets.particles, : self._shared.n_scalars] = jets.scalars
        scalars[:, jets.particles :, self._shared.n_scalars :] = labels
        mask = torch.cat([jets.mask, jets.mask.new_ones(batch, count)], dim=1)
        return Jets(torch.cat([jets.p, vectors], dim=1), mask, scalars, jets.particles)
