"""e3nn's layers read into ours give e3nn's outputs: its own where it is installed, stored ones always."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.interfaces.e3nn import (
    convert_weights,
    features_from_e3nn,
    features_to_e3nn,
    from_e3nn,
    irreps_from_rep,
    rep_from_irreps,
)
from intertwine.interfaces.e3nn_basis import wigner_3j
from intertwine.nn import ChannelwiseProduct, FullyConnectedProduct, Linear

FLOAT = torch.float64
REFERENCE = Path(__file__).parent / "e3nn_reference.safetensors"  # written by write_e3nn_reference.py
LEFT, SPHERE, OUT = "3x0e+2x1o+2x2e", "0e+1o+2e", "2x0e+3x1o+2x2e+1x1e"


def of(x: torch.Tensor, *irreps: str) -> list[torch.Tensor]:
    return [features_from_e3nn(part, rep_from_irreps(i)) for part, i in zip([x], irreps, strict=True)]


def check(layer: Any, theirs: torch.Tensor, *inputs: torch.Tensor) -> None:
    torch.testing.assert_close(features_to_e3nn(layer(*inputs), layer.rep_out), theirs, atol=1e-12, rtol=1e-12)


# --- without e3nn ------------------------------------------------------------------------------------
def test_irreps_and_features_go_there_and_back() -> None:
    rep = rep_from_irreps("8x0e+1o + 4x2e+1x1o")
    assert [b.multiplicity for b in rep.blocks] == [8, 1, 4, 1]
    assert rep_from_irreps(irreps_from_rep(rep)) == rep
    assert irreps_from_rep(tw.Rep(tw.group("SO(3)"), "2x0 + 1")) == "2x0e+1x1e"
    x = torch.randn(3, rep.dim, dtype=FLOAT, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(features_from_e3nn(features_to_e3nn(x, rep), rep), x)
    vector = rep_from_irreps("1o")
    torch.testing.assert_close(features_to_e3nn(x[:, :3], vector), x[:, :3])  # (x, y, z) in both
    with pytest.raises(RepresentationError, match="no irreps of e3nn"):
        rep_from_irreps("3x1")
    with pytest.raises(RepresentationError, match=r"irreps of O\(3\)"):
        irreps_from_rep(tw.Rep(tw.group("SU(3)"), "8"))
    with pytest.raises(RepresentationError, match="do not fit"):
        features_to_e3nn(x, vector)


def test_stored_outputs() -> None:
    stored = {name: value.to(FLOAT) for name, value in load_file(REFERENCE).items()}
    for l1, l2, l3 in ((1, 1, 2), (1, 1, 1), (2, 1, 2), (3, 2, 2)):
        np.testing.assert_allclose(wigner_3j(l1, l2, l3), stored[f"w3j_{l1}{l2}{l3}"], atol=1e-14)
    rep = rep_from_irreps("0e+1o+2e+3o")
    harmonics = from_e3nn(
        SimpleNamespaceAs(
            "SphericalHarmonics", irreps_in="1x1o", irreps_out=rep, normalization="component", normalize=True
        )
    )
    check(harmonics, stored["harmonics"], stored["points"])
    turned = features_to_e3nn(harmonics(stored["points"] @ stored["R"].T), rep)
    torch.testing.assert_close(turned, stored["harmonics"] @ stored["D"].T)
    x, y = of(stored["x1"], LEFT)[0], of(stored["x2"], SPHERE)[0]
    linear = SimpleNamespaceAs(
        "Linear", irreps_in=LEFT, irreps_out="4x0e+2x1o", weight=stored["linear_weight"], bias=stored["linear_bias"],
        instructions=_instructions(stored["linear_instructions"], ("i_in", "i_out")),
    )  # fmt: skip
    check(from_e3nn(linear), stored["linear"], x)
    for kind, mode in (("full", "uvw"), ("channelwise", "uvu")):
        product = SimpleNamespaceAs(
            "TensorProduct", irreps_in1=LEFT, irreps_in2=SPHERE, internal_weights=True,
            irreps_out=OUT if kind == "full" else "3x0e+2x1o+2x2e+2x1e", weight=stored[f"{kind}_weight"],
            instructions=_instructions(stored[f"{kind}_instructions"], ("i_in1", "i_in2", "i_out"), mode),
        )  # fmt: skip
        layer = from_e3nn(product, backend="reference")
        check(layer, stored[kind], x, y)
        product.weight = product.weight.flip(0)  # a wrong order is found out
        with pytest.raises(AssertionError):
            check(from_e3nn(product, backend="reference"), stored[kind], x, y)


class SimpleNamespaceAs(SimpleNamespace):
    """An object of a given type name with given attributes, as e3nn's module would be."""

    def __new__(cls, kind: str, **_: object) -> SimpleNamespaceAs:
        return SimpleNamespace.__new__(type(kind, (SimpleNamespaceAs,), {}))

    def __init__(self, kind: str, **attributes: object) -> None:
        SimpleNamespace.__init__(self, **attributes)


def _instructions(table: torch.Tensor, names: tuple[str, ...], mode: str | None = None) -> list[SimpleNamespace]:
    """Rows (indices, path_weight, path_shape padded by 0)."""
    found = []
    for row in table.tolist():
        one = SimpleNamespace(**{name: int(i) for name, i in zip(names, row, strict=False)})
        one.path_weight = row[len(names)]
        one.path_shape = tuple(int(n) for n in row[len(names) + 1 :] if n)
        if mode:
            one.connection_mode, one.has_weight = mode, True
        found.append(one)
    return found


def test_refusals() -> None:
    with pytest.raises(ConfigurationError, match="no layer of ours"):
        from_e3nn(torch.nn.Linear(2, 2))
    one = SimpleNamespace(i_in1=0, i_in2=0, i_out=0, connection_mode="uvw", path_weight=1.0, path_shape=(1, 1, 1))
    product = SimpleNamespace(irreps_in1="0e", irreps_in2="0e", irreps_out="0e", instructions=[one], weight=None)
    with pytest.raises(ConfigurationError, match="no weights of its own"):
        from_e3nn(product)
    one.has_weight, product.weight = False, torch.ones(1)
    with pytest.raises(ConfigurationError, match="without weights"):
        from_e3nn(product)


# --- against e3nn ------------------------------------------------------------------------------------
@pytest.fixture
def o3() -> Any:
    module = pytest.importorskip("e3nn.o3", reason="e3nn is not installed")  # first: a skip here restores nothing
    before = torch.get_default_dtype()
    torch.set_default_dtype(FLOAT)
    try:
        yield module
    finally:
        torch.set_default_dtype(before)


def test_wigner_3j_is_e3nns(o3: Any) -> None:
    for l1 in range(5):
        for l2 in range(5):
            for l3 in range(abs(l1 - l2), min(l1 + l2, 5) + 1):
                np.testing.assert_allclose(wigner_3j(l1, l2, l3), o3.wigner_3j(l1, l2, l3), atol=1e-12)


@pytest.mark.parametrize("path_normalization", ["element", "path"])
def test_linear_is_e3nns(o3: Any, path_normalization: str) -> None:
    irreps = o3.Irreps("3x0e+2x1o+4x0e+1x2e"), o3.Irreps("2x1o+5x0e+2x0e+3x2e+1x1o")
    theirs = o3.Linear(*irreps, biases=True, path_normalization=path_normalization)
    torch.nn.init.normal_(theirs.bias)
    layer = from_e3nn(theirs)
    assert isinstance(layer, Linear)
    x = irreps[0].randn(7, -1)
    check(layer, theirs(x), features_from_e3nn(x, layer.rep_in))


@pytest.mark.parametrize("irrep_normalization", ["component", "norm", "none"])
@pytest.mark.parametrize("backend", ["reference", "fused"])
def test_fully_connected_products_are_e3nns(o3: Any, irrep_normalization: str, backend: Any) -> None:
    irreps = [o3.Irreps(one) for one in ("3x0e+2x1o+2x2e+1x1o", "2x0e+1x1o+1x2e", "2x0e+3x1o+2x2e+1x1e+2x1o")]
    theirs = o3.FullyConnectedTensorProduct(*irreps, irrep_normalization=irrep_normalization)
    layer = from_e3nn(theirs, backend=backend)
    assert isinstance(layer, FullyConnectedProduct)
    x1, x2 = irreps[0].randn(7, -1), irreps[1].randn(7, -1)
    check(layer, theirs(x1, x2), features_from_e3nn(x1, layer.rep_1), features_from_e3nn(x2, layer.rep_2))


@pytest.mark.parametrize("internal", [True, False])
def test_channelwise_products_are_e3nns(o3: Any, internal: bool) -> None:
    """The product of NequIP: every path has channels of its own."""
    left, right = o3.Irreps("4x0e+4x1o+4x2e"), o3.Irreps("1x0e+2x1o+1x2e")
    out, instructions = [], []
    for i, (m, a) in enumerate(left):
        for j, (_, b) in enumerate(right):
            for c in a * b:
                if c in (o3.Irrep("0e"), o3.Irrep("1o"), o3.Irrep("2e")):
                    instructions.append((i, j, len(out), "uvu", True))
                    out.append((m, c))
    theirs = o3.TensorProduct(
        left, right, o3.Irreps(out), instructions, internal_weights=internal, shared_weights=internal
    )
    layer = from_e3nn(theirs)
    assert isinstance(layer, ChannelwiseProduct)
    x1, x2 = left.randn(7, -1), right.randn(7, -1)
    w = torch.randn(7, theirs.weight_numel)
    ours = [features_from_e3nn(x1, layer.rep_1), features_from_e3nn(x2, layer.rep_2)]
    if internal:
        check(layer, theirs(x1, x2), *ours)
    else:
        check(layer, theirs(x1, x2, w), *ours, convert_weights(theirs, layer)(w))


@pytest.mark.parametrize("normalization", ["component", "norm", "integral"])
@pytest.mark.parametrize("normalize", [True, False])
def test_harmonics_are_e3nns(o3: Any, normalization: str, normalize: bool) -> None:
    theirs = o3.SphericalHarmonics("0e+1o+2e+3o+4e", normalize, normalization=normalization)
    x = torch.randn(6, 3)
    check(from_e3nn(theirs), theirs(x), x)


def test_a_network_is_e3nns(o3: Any) -> None:
    """Harmonics, a product, and a Linear: the same numbers, the same forces."""
    hidden, sphere = o3.Irreps("4x0e+4x1o"), o3.Irreps("0e+1o+2e")
    harmonics = o3.SphericalHarmonics(sphere, True, normalization="component")
    product, linear = o3.FullyConnectedTensorProduct(hidden, sphere, hidden), o3.Linear(hidden, "1x0e")
    ours = [from_e3nn(module) for module in (harmonics, product, linear)]
    x = hidden.randn(5, -1)
    h = features_from_e3nn(x, rep_from_irreps(hidden))
    r = torch.randn(5, 3, requires_grad=True)
    energies = linear(product(x, harmonics(r))), ours[2](ours[1](h, ours[0](r)))
    torch.testing.assert_close(*energies)
    torch.testing.assert_close(*(torch.autograd.grad(energy.sum(), r)[0] for energy in energies))
