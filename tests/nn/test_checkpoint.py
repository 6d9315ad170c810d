"""Checkpoints: the same function after loading; refused where the weights would mean something else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import intertwine as tw
from intertwine.errors import CheckpointError
from intertwine.nn import (
    Attention,
    ChannelwiseProduct,
    Gate,
    Harmonics,
    Linear,
    RMSNorm,
    Sequential,
    SymmetricContraction,
    load_checkpoint,
    save_checkpoint,
)
from intertwine.nn.equivariant_module import EquivariantModule
from intertwine.nn.fingerprints import fingerprint, fingerprints

OLD = Path(__file__).parent  # old_checkpoint_*.safetensors were written by version 0.1.0, never again
OUTPUTS = OLD / "old_checkpoint_outputs.safetensors"


class Example(EquivariantModule):
    """A layer of each kind that relies on bases: products, harmonics, powers, commutants, forms."""

    def __init__(self, group: str, hidden: str, vector: str) -> None:
        G = tw.group(group)
        rep, vectors = tw.Rep(G, hidden), tw.Rep(G, vector)
        super().__init__(rep, rep)
        self.harmonics = Harmonics(vectors, 2, backend="reference")
        gate = Gate(rep)
        self.product = ChannelwiseProduct(rep, self.harmonics.rep_out, rep, backend="reference")
        self.rest = Sequential(
            Linear(rep, gate.rep_in), gate, RMSNorm(rep), SymmetricContraction(rep, rep, 2), Attention(rep, heads=1)
        )

    def forward(self, x: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.rest(self.product(x, self.harmonics(v)))
        return y


EXAMPLES = {
    "SU(3)": ("2x1 + 2x3 + 2x8", "3"),
    "SO(1,3)": ("2x(0,0) + 2x(1/2,1/2)", "(1/2,1/2)"),
    "O(3)": ("2x0e + 2x1o + 2x2e", "1o"),
}


def example(name: str) -> Example:
    return Example(name, *EXAMPLES[name])


def inputs(net: Example) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers that no generator's version can change."""
    n, m = 3 * net.rep_in.dim, 3 * net.harmonics.rep_in.dim
    x, v = (torch.sin(torch.arange(float(k)) ** 1.5) for k in (n, m))
    return x.reshape(3, -1), v.reshape(3, -1)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_old_checkpoint_is_still_the_same_function(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    net = example(name)
    before = net(*inputs(net))
    notes = load_checkpoint(net, OLD / f"old_checkpoint_{_plain(name)}.safetensors")
    assert notes == {"about": "a test"}
    y = net(*inputs(net)).detach()
    torch.testing.assert_close(y, load_file(OUTPUTS)[name], atol=1e-4, rtol=1e-4)
    assert (y - before.detach()).abs().max() > 0.1


def _plain(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "network.safetensors"
    first, second = example("SU(3)"), example("SU(3)")
    save_checkpoint(first, path, {"epoch": "12"})
    assert load_checkpoint(second, path) == {"epoch": "12"}
    torch.testing.assert_close(first(*inputs(first)), second(*inputs(second)))
    double = example("SU(3)").double()
    load_checkpoint(double, path)
    assert all(p.dtype == torch.float64 for p in double.parameters())
    with safe_open(str(path), framework="pt") as file:
        assert set(file.keys()) == {name for name, _ in first.named_parameters()}  # learned parameters only
    assert list(tmp_path.iterdir()) == [path]


def test_backends_share_checkpoints(tmp_path: Path) -> None:
    rep, G = tw.Rep(tw.group("O(3)"), "2x0e + 2x1o"), tw.group("O(3)")
    for kind in (lambda backend: ChannelwiseProduct(rep, rep, rep, backend=backend),
                 lambda backend: Sequential(Harmonics(G.irrep("1o"), 3, backend=backend))):  # fmt: skip
        save_checkpoint(kind("fused"), tmp_path / "x")
        load_checkpoint(kind("reference"), tmp_path / "x")


def test_other_bases_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.safetensors"
    net = example("SU(3)")
    save_checkpoint(net, path)
    other = example("SU(3)")
    table = other.rest.layers[3].bases[1]
    table.exact = -table.exact  # the sign of one polynomial
    before = {name: p.detach().clone() for name, p in other.named_parameters()}
    with pytest.raises(CheckpointError, match=r"belong to other bases: rest.layers.3.bases.1.*train anew"):
        load_checkpoint(other, path)
    assert all(torch.equal(p, before[name]) for name, p in other.named_parameters())  # nothing was changed

    fresh = example("SU(3)")
    irrep = tw.group("SU(3)").irrep("3")
    turned = irrep.generators[:, ::-1, ::-1]  # stands for another basis
    monkeypatch.setattr(type(irrep), "generators", property(lambda self: turned))
    with pytest.raises(CheckpointError, match=r"belong to other bases: SU\(3\): 1 and 3 more"):
        load_checkpoint(fresh, path)


def test_other_networks_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "network.safetensors"
    rep = tw.Rep(tw.group("SU(3)"), "2x1 + 2x8")
    save_checkpoint(Linear(rep, rep), path)
    for other in (Linear(rep, rep * 2), RMSNorm(rep), Sequential(Linear(rep, rep))):
        with pytest.raises(CheckpointError, match="another network"):
            load_checkpoint(other, path)
    with pytest.raises(CheckpointError, match="parameters that do not fit"):
        load_checkpoint(Linear(rep, rep, bias=False), path)
    with monkeypatch.context() as patch:
        patch.setattr(Linear, "architecture_version", 2)
        with pytest.raises(CheckpointError, match=r"another network.*with the version that saved it"):
            load_checkpoint(Linear(rep, rep), path)
    save_file({"x": torch.zeros(1)}, tmp_path / "foreign")
    for foreign in (tmp_path / "foreign", tmp_path / "nowhere"):
        with pytest.raises(CheckpointError, match="no checkpoint of intertwine"):
            load_checkpoint(Linear(rep, rep), foreign)
    with safe_open(str(path), framework="pt") as file:
        meaning = json.loads(file.metadata()["intertwine"])
    save_file(load_file(path), path, {"intertwine": json.dumps(meaning | {"format": 99})})
    with pytest.raises(CheckpointError, match="another format"):
        load_checkpoint(Linear(rep, rep), path)
    with pytest.raises(CheckpointError, match="name of our own entry"):
        save_checkpoint(Linear(rep, rep), path, {"intertwine": "x"})


def test_fingerprints_see_every_entry_and_no_rounding() -> None:
    from intertwine.nn.fingerprints import agree

    table = np.random.default_rng(0).standard_normal((7, 5, 5))
    assert agree(fingerprint(table), fingerprint(table + 1e-12))
    for entry in range(0, table.size, 17):
        changed = table.copy()
        changed.flat[entry] += 1e-3
        assert not agree(fingerprint(table), fingerprint(changed))
    assert not agree(fingerprint(table), fingerprint(table.transpose(1, 0, 2)[:, :7]))
    assert not agree(fingerprint(table), fingerprint(table.transpose(0, 2, 1)))
    assert any("SO(1,3)" in name for name in fingerprints(example("SO(1,3)")))
