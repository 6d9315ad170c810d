"""ONNX files give the network's numbers; the fused backend is refused by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, MissingDependencyError
from intertwine.interfaces.onnx import export_onnx
from intertwine.nn import FullyConnectedProduct, Gate, Linear, RMSNorm, Sequential, SymmetricContraction

G = tw.group("SO(1,3)")
REP = tw.Rep(G, "4x(0,0) + 4x(1/2,1/2)")


def network() -> Sequential:
    gate = Gate(REP)
    return Sequential(Linear(REP, gate.rep_in), gate, RMSNorm(REP), SymmetricContraction(REP, REP, 2)).eval()


def test_the_fused_backend_is_refused_by_name(tmp_path: Path) -> None:
    product = FullyConnectedProduct(REP, REP, REP, backend="reference")
    product.backend = "fused"  # as it is where a compiler is found
    with pytest.raises(ConfigurationError, match=r"no operator for the fused backend of layer '0'.*backend=.reference"):
        export_onnx(torch.nn.ModuleList([product]), [torch.zeros(2, REP.dim)] * 2, tmp_path / "x.onnx")


@pytest.mark.skipif(find_spec("onnxscript") is not None, reason="onnxscript is installed")
def test_a_missing_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install intertwine\[onnx\]"):
        export_onnx(network(), [torch.zeros(2, REP.dim)], tmp_path / "x.onnx")


@pytest.mark.filterwarnings("ignore")  # torch's exporter warns about itself
def test_the_file_gives_the_networks_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("onnx", "onnxscript"):
        pytest.importorskip(library)
    runtime = pytest.importorskip("onnxruntime")
    import jaxtyping

    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # shape checks are no part of a graph
    net, x = network(), torch.randn(5, REP.dim)
    export_onnx(net, [torch.randn(3, REP.dim)], tmp_path / "x.onnx")
    session = runtime.InferenceSession(str(tmp_path / "x.onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), net(x).detach(), atol=1e-5, rtol=1e-5)
