"""LorentzNet's released weights: the formulas of the released code written out, pair by pair, on random weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from intertwine.errors import ConfigurationError, DataError
from intertwine.interfaces.lorentz_net import ReleasedLorentzNet, load_lorentz_net

WIDTH, LAYERS = 6, 2


def state() -> dict[str, Tensor]:
    """Weights by the released names, running averages of the batch norms included."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return 0.5 * torch.randn(*shape, generator=generator, dtype=torch.float64)

    found = {"embedding.weight": random(WIDTH, 2), "embedding.bias": random(WIDTH)}
    sizes = {
        "phi_e.0": (WIDTH, 2 * WIDTH + 2, False), "phi_e.3": (WIDTH, WIDTH, True), "phi_m.0": (1, WIDTH, True),
        "phi_h.0": (WIDTH, 2 * WIDTH + 2, True), "phi_h.3": (WIDTH, WIDTH, True), "phi_x.0": (WIDTH, WIDTH, True),
        "phi_x.2": (1, WIDTH, False),
    }  # fmt: skip
    for layer in range(LAYERS):
        for name, (out, into, bias) in sizes.items():
            if name.startswith("phi_x") and layer == LAYERS - 1:
                continue
            found[f"LGEBs.{layer}.{name}.weight"] = random(out, into)
            if bias:
                found[f"LGEBs.{layer}.{name}.bias"] = random(out)
        for name in ("phi_e.1", "phi_h.1"):
            norm = {"weight": random(WIDTH) + 1, "bias": random(WIDTH), "running_mean": random(WIDTH)}
            norm |= {"running_var": random(WIDTH) ** 2 + 0.5, "num_batches_tracked": torch.tensor(7)}
            found |= {f"LGEBs.{layer}.{name}.{what}": value for what, value in norm.items()}
    for index, out in ((0, WIDTH), (3, 2)):
        found |= {f"graph_dec.{index}.weight": random(out, WIDTH), f"graph_dec.{index}.bias": random(out)}
    return found


def plain(w: dict[str, Tensor], p: Tensor, nodes: int, step: float, gated: bool = True) -> Tensor:
    """The logit of one jet [particles, 4], beams in front."""
    metric = torch.tensor([1.0, -1, -1, -1], dtype=p.dtype)
    beam = torch.tensor([[2**0.5, 0, 0, 1], [2**0.5, 0, 0, -1]], dtype=p.dtype)
    x = torch.cat([beam, p])
    scalars = torch.zeros(len(x), 2, dtype=p.dtype)
    scalars[:2, 1] = 1.0
    scalars[2:, 0] = (p.square() * metric).sum(-1).abs().sqrt()
    scalars = (scalars + 1).log()

    def linear(name: str, value: Tensor) -> Tensor:
        found = value @ w[f"{name}.weight"].T
        return found + w[f"{name}.bias"] if f"{name}.bias" in w else found

    def norm(name: str, value: Tensor) -> Tensor:
        scaled = (value - w[f"{name}.running_mean"]) / (w[f"{name}.running_var"] + 1e-5).sqrt()
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    def psi(s: Tensor) -> Tensor:
        return s.sign() * (s.abs() + 1).log()

    h = linear("embedding", scalars)
    for layer in range(LAYERS):
        at = f"LGEBs.{layer}."
        new_x, new_h = x.clone(), h.clone()
        for i in range(len(x)):
            total, moved = torch.zeros(WIDTH, dtype=p.dtype), torch.zeros(4, dtype=p.dtype)
            for j in range(len(x)):
                if i == j:
                    continue
                apart = x[i] - x[j]
                seen = torch.stack([psi((apart * apart * metric).sum()), psi((x[i] * x[j] * metric).sum())])
                m = norm(f"{at}phi_e.1", linear(f"{at}phi_e.0", torch.cat([h[i], h[j], seen]))).relu()
                m = linear(f"{at}phi_e.3", m).relu()
                weighted = m * torch.sigmoid(linear(f"{at}phi_m.0", m))
                if layer < LAYERS - 1:
                    how = linear(f"{at}phi_x.0", weighted if gated else m).relu()
                    moved += (apart * linear(f"{at}phi_x.2", how)).clamp(-100, 100)
                total += weighted
            new_x[i] = x[i] + step * moved / (len(x) - 1)
            inner = norm(f"{at}phi_h.1", linear(f"{at}phi_h.0", torch.cat([h[i], total, scalars[i]]))).relu()
            new_h[i] = h[i] + linear(f"{at}phi_h.3", inner)
        x, h = new_x, new_h
    logits = linear("graph_dec.3", linear("graph_dec.0", h.sum(0) / nodes).relu())
    return logits[1] - logits[0]


def jets() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    q = torch.randn(2, 4, 3, generator=generator, dtype=torch.float64)
    p = torch.cat([(q.square().sum(-1, keepdim=True) + 0.3).sqrt(), q], dim=-1)
    return p, torch.tensor([[True, True, True, True], [True, True, False, False]])


def test_the_released_formulas_pair_by_pair() -> None:
    p, mask = jets()
    weights = state()
    tagger = ReleasedLorentzNet({f"module.{name}": value for name, value in weights.items()}, step=0.5).double()
    tagger.network.load_state_dict(ReleasedLorentzNet(weights).double().network.state_dict())
    found = tagger(p, mask)
    expected = torch.stack([plain(weights, p[0], 6, 0.5), plain(weights, p[1, :2], 6, 0.5)])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    other = torch.stack([plain(weights, p[0], 6, 0.5, gated=False), plain(weights, p[1, :2], 6, 0.5, gated=False)])
    assert (found - other).abs().max() > 1e-4  # the paper's formula is another function
    assert (tagger(p, mask, nodes=40) - found).abs().max() > 1e-3


def test_files_and_other_weights_are_refused_by_name(tmp_path: Path) -> None:
    torch.save(state(), tmp_path / "best-val-model.pt")
    p, mask = jets()
    assert load_lorentz_net(tmp_path / "best-val-model.pt")(p, mask).shape == (2,)
    (tmp_path / "broken.pt").write_bytes(b"not a file of weights")
    with pytest.raises(DataError, match="no weights could be read"):
        load_lorentz_net(tmp_path / "broken.pt")
    with pytest.raises(ConfigurationError, match="not the weights of a LorentzNet"):
        ReleasedLorentzNet({"embedding.weight": torch.zeros(3, 2), "something.else": torch.zeros(1)})
