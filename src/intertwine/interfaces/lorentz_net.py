"""The weights that LorentzNet's authors released, in our EGNN: the same function of the same jets.

The code of Gong et al. (2201.08187) keeps them in logs/top/pretrained/best-val-model.pt: trained on the public
top-tagging reference set, with two beams of mass 1 GeV as further particles.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from intertwine.errors import ConfigurationError, DataError
from intertwine.models.egnn import EGNN, EGNNConfig
from intertwine.nn.complete_graphs import paired_complete_graph
from intertwine.nn.four_momenta import minkowski_squares

_PARTS = {
    "phi_e.0": "edge_in", "phi_e.1": "edge_out.0", "phi_e.3": "edge_out.2", "phi_h.0": "node.0", "phi_h.1": "node.1",
    "phi_h.3": "node.3", "phi_x.0": "move.0", "phi_x.2": "move.2", "phi_m.0": "attention",
}  # fmt: skip
_ENDS = {"graph_dec.0": "readout.0", "graph_dec.3": "readout.3", "embedding": "embedding"}
BEAM_MASS = 1.0
"""GeV; beams are (√(1 + m²), 0, 0, ±1)."""


class ReleasedLorentzNet(nn.Module):
    """Logit of a top jet from four-momenta in GeV, as the released code makes it; its dtype is that of the weights.

    Parameters
    ----------
    state:
        The released state dict; names may begin with "module.", as DistributedDataParallel writes them.
    step:
        c_weight of the training; 0.005 for the released top tagger.

    Raises
    ------
    ConfigurationError
        For names or shapes that are not LorentzNet's.
    """

    def __init__(self, state: Mapping[str, Tensor], *, step: float = 5e-3) -> None:
        super().__init__()
        names = {name.removeprefix("module."): value for name, value in state.items()}
        try:
            width, scalars = names["embedding.weight"].shape
            layers = 1 + max(int(name.split(".")[1]) for name in names if name.startswith("LGEBs."))
            converted = {_renamed(name): value for name, value in names.items()}
            self.network = EGNN(
                EGNNConfig.lorentz_net(
                    scalars, width=width, layers=layers, step=step, steps_see="weighted messages", pooling="none"
                )
            )
            self.network.load_state_dict(converted)
        except (KeyError, ValueError, RuntimeError) as error:
            raise ConfigurationError(
                "these are not the weights of a LorentzNet", received=str(error)[:300],
                expected="embedding, LGEBs.0 …, graph_dec, as in the released models.py",
            ) from error  # fmt: skip
        self.eval()

    def forward(
        self, p: Float[Tensor, "jets particles 4"], mask: Bool[Tensor, "jets particles"], *, nodes: int | None = None
    ) -> Float[Tensor, " jets"]:
        """Momenta (E, px, py, pz) and which there are → logits.

        nodes: the number that sums over nodes are divided by. None: that of the largest jet, beams included, which the
        released code takes of each batch, so that a logit depends on the company that the jet is in.
        """
        dtype = self.network.embedding.weight.dtype
        beam = p.new_tensor([[sqrt(1 + BEAM_MASS**2), 0, 0, 1], [sqrt(1 + BEAM_MASS**2), 0, 0, -1]])
        p = torch.cat([beam.expand(len(p), 2, 4), p], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 2), mask], dim=1)
        masses = minkowski_squares(p.double()).abs().sqrt()
        is_beam = torch.arange(p.shape[1], device=p.device) < 2
        scalars = torch.stack([masses.masked_fill(is_beam, 0.0), masses.masked_fill(~is_beam, 0.0)], dim=-1)
        seen = scalars.log1p().to(dtype)[mask]
        graph = paired_complete_graph(p.to(dtype), mask)
        h, x, metric = self.network.embedding(seen), graph.positions, self.network.metric()
        for layer in self.network.layers:
            h, x = layer(h, x, graph, metric, None, None, seen)
        pooled = graph.pool(h, "sum") / (int(mask.sum(1).max()) if nodes is None else nodes)
        logits: Tensor = self.network.readout(pooled)
        return logits[:, 1] - logits[:, 0]


def load_lorentz_net(path: str | Path, *, step: float = 5e-3) -> ReleasedLorentzNet:
    """A tagger from the released best-val-model.pt, read without unpickling code.

    Raises DataError where there is no such file or it holds more than tensors, ConfigurationError for other weights.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise DataError("no weights could be read", received=f"{path}: {error}"[:300]) from error
    return ReleasedLorentzNet(state, step=step)


def _renamed(name: str) -> str:
    if name.startswith("LGEBs."):
        _, layer, part, index, what = name.split(".")
        return f"layers.{layer}.{_PARTS[f'{part}.{index}']}.{what}"
    part, _, what = name.rpartition(".")
    return f"{_ENDS[part]}.{what}"
