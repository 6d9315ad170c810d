"""assert_compiles and assert_exports on our layers, and on modules that they must refuse."""

from __future__ import annotations

import jaxtyping
import pytest
import torch
from torch import nn

import intertwine as tw
from intertwine.nn import (
    GRU,
    Activation,
    Attention,
    Gate,
    Harmonics,
    Invariants,
    LayerNorm,
    Linear,
    NormActivation,
    PermutationActivation,
    PermutationLinear,
    Pooling,
    RMSNorm,
    SampledActivation,
    Sequential,
    SymmetricContraction,
    TensorSquare,
    WignerMatrices,
    group_signals,
)
from intertwine.testing import assert_compiles, assert_exports

LORENTZ = tw.Rep(tw.group("SO(1,3)"), "3x(0,0) + 2x(1/2,1/2)")
LORENTZ_TWO = tw.Rep(tw.group("SO(1,3)"), "2x(0,0) + 2x(1/2,1/2)")
SCALARS = tw.Rep(tw.group("SO(1,3)"), "3x(0,0)")
GATE = Gate(LORENTZ)
LAYERS: list[tuple[nn.Module, tuple[int, ...]]] = [
    (Sequential(Linear(LORENTZ, GATE.rep_in), GATE, RMSNorm(LORENTZ), NormActivation(LORENTZ)), (4,)),
    (Invariants(LORENTZ), (4,)),
    (Activation(SCALARS), (4,)),
    (LayerNorm(LORENTZ), (4,)),
    (Attention(LORENTZ, heads=1), (4, 3)),
    (Pooling(LORENTZ, "mean"), (4, 3)),
    (GRU(LORENTZ, LORENTZ), (4, 3)),
    (PermutationActivation(tw.group("D4"), 2), (4,)),
    (PermutationLinear(LORENTZ, LORENTZ, 2, 2), (4, 3, 3)),
    (Harmonics(tw.group("SO(3)").irrep("1"), 3, backend="reference"), (4,)),
    (Harmonics(tw.group("SO(3)").irrep("1"), 3), (4,)),
    (Harmonics(tw.group("SU(3)").irrep("3"), 2), (4,)),
    (SymmetricContraction(LORENTZ_TWO, LORENTZ_TWO, 2), (4,)),
    (TensorSquare(LORENTZ, LORENTZ), (4,)),
    (SampledActivation(group_signals("SO(3)", ["0", "1"], resolution=3), 2), (4,)),
]
TURNS = WignerMatrices(tw.Rep(tw.group("SO(3)"), "2x0 + 2x1 + 2x2"))


class _Turned(nn.Module):
    """Features turned by given rotations: Wigner matrices as part of a network."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.turns, self.kind = TURNS, kind

    def forward(self, x: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        if self.kind == "angles":
            return self.turns.apply_to(x, self.turns.from_angles(*given.unbind(-1)))
        return self.turns.apply_to(x, getattr(self.turns, f"from_{self.kind}")(given))


@pytest.fixture(autouse=True)
def _no_shape_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # they are no part of a graph


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda x: type(x).__name__)
def test_layers_trace_as_one_graph_and_export(layer: nn.Module, shape: tuple[int, ...]) -> None:
    assert_compiles(layer, shape=shape, backend="aot_eager")
    assert_exports(layer, shape=shape)


@pytest.mark.parametrize(("kind", "shape"), [("angles", (3,)), ("quaternion", (4,))])
def test_wigner_matrices_trace_and_export(kind: str, shape: tuple[int, ...]) -> None:
    inputs = [torch.randn(4, TURNS.rep.dim), torch.randn(4, *shape)]
    assert_compiles(_Turned(kind), inputs=inputs, backend="aot_eager", tolerance=1e-3)
    assert_exports(_Turned(kind), inputs=inputs)


class _Branching(nn.Module):
    """Python that depends on values: no single graph."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if float(x.sum()) > 0 else -x


class _Forgetful(nn.Module):
    """Another function when it is traced."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * x if torch.compiler.is_compiling() else x


def test_what_does_not_compile_or_changes_is_found_out() -> None:
    rep = tw.Rep(tw.group("SO(3)"), "1")
    with pytest.raises(Exception, match=r"(?s).*"):
        assert_compiles(_Branching(), rep, backend="aot_eager")
    with pytest.raises(AssertionError, match=r"torch.compile of _Forgetful changes the output"):
        assert_compiles(_Forgetful(), rep, backend="aot_eager")
    with pytest.raises(AssertionError, match=r"torch.export of _Forgetful changes the output"):
        assert_exports(_Forgetful(), rep)
