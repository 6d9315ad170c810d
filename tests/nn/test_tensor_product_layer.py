"""TensorProduct: one name for the products, each the same function as the class that it stands for."""

from __future__ import annotations

import pytest
import torch

import intertwine as tw
from intertwine.errors import ConfigurationError, RepresentationError
from intertwine.nn import ChannelwiseProduct, ElementwiseProduct, FullyConnectedProduct, TensorProduct, TensorSquare
from intertwine.testing import assert_equivariant

G = tw.group("SU(3)")
LEFT, RIGHT, OUT = tw.Rep(G, "4x1 + 4x3 + 4x8"), tw.Rep(G, "1 + 8"), tw.Rep(G, "4x3 + 4x8")


@pytest.mark.parametrize(
    ("connection", "right", "out", "kind"),
    [
        ("full", RIGHT, OUT, FullyConnectedProduct),
        ("channelwise", RIGHT, OUT, ChannelwiseProduct),
        ("elementwise", LEFT, OUT, ElementwiseProduct),
        ("elementwise", LEFT, None, ElementwiseProduct),
        ("square", None, OUT, TensorSquare),
    ],
)
def test_every_connection(connection: str, right: tw.Rep | None, out: tw.Rep | None, kind: type) -> None:
    layer = TensorProduct(LEFT, right, out, connection=connection)  # type: ignore[arg-type]
    assert isinstance(layer.product, kind)
    assert layer.rep_out == (layer.product.rep_out if out is None else out)
    assert layer.weight_numel == sum(p.numel() for p in layer.parameters())
    reps = [LEFT] if right is None else [LEFT, right]
    assert_equivariant(layer, reps, layer.rep_out)
    before = [p.detach().clone() for p in layer.parameters()]
    layer.reset_parameters(torch.Generator().manual_seed(1))
    assert all((p != q).any() for p, q in zip(layer.parameters(), before, strict=True))
    assert connection in repr(layer)


def test_weights_for_every_sample() -> None:
    layer = TensorProduct(LEFT, RIGHT, OUT, connection="channelwise", weights="per_sample")
    same = ChannelwiseProduct(LEFT, RIGHT, OUT, weights="per_sample")
    x1, x2, w = torch.randn(5, LEFT.dim), torch.randn(5, RIGHT.dim), torch.randn(5, layer.weight_numel)
    torch.testing.assert_close(layer(x1, x2, w), same(x1, x2, w))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((LEFT, RIGHT, OUT), {"connection": "uvw"}, ConfigurationError, "unknown connection"),
        ((LEFT, RIGHT, OUT), {"connection": "square"}, ConfigurationError, "a square has one factor"),
        ((LEFT, None, OUT), {}, ConfigurationError, "a square has one factor"),
        ((LEFT, RIGHT), {}, RepresentationError, "no rep_out"),
        ((LEFT, RIGHT, OUT), {"weights": "per_sample"}, ConfigurationError, "only the channelwise product"),
        ((LEFT, LEFT, OUT), {"connection": "elementwise", "backend": "fused"}, ConfigurationError, "one backend"),
    ],
)
def test_refusals(arguments: tuple[object, ...], options: dict[str, object], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        TensorProduct(*arguments, **options)  # type: ignore[arg-type]
