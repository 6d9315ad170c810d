"""Equivariant torch layers, one idea a file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# public name -> file; loaded on first use, so that one layer does not pay for all
_PUBLIC = {
    "Activation": "activation",
    "AntialiasedPooling": "antialiased_pooling",
    "Attention": "attention",
    "BesselBasis": "radial_basis",
    "ChannelDropout": "channel_dropout",
    "ChannelwiseProduct": "channelwise_product",
    "CosineCutoff": "radial_cutoff",
    "EdgeScores": "edge_scores",
    "EdgeWeights": "edge_weights",
    "ElementwiseProduct": "elementwise_product",
    "EquivariantModule": "equivariant_module",
    "FieldActivation": "field_activation",
    "FieldBatchNorm": "field_batch_norm",
    "FieldGate": "field_gate",
    "FieldInvariants": "field_invariants",
    "FieldModule": "field_module",
    "FieldNormActivation": "field_norm_activation",
    "FourierActivation": "fourier_activation",
    "FullyConnectedProduct": "fully_connected_product",
    "FusedFieldNorm": "fused_field_norm",
    "GRU": "gated_recurrent_unit",
    "GRUCell": "gated_recurrent_unit",
    "Gate": "gate",
    "GaussianBasis": "radial_basis",
    "GlobalPooling": "global_pooling",
    "GraphBatch": "graph_batch",
    "GroupConvolution": "group_convolution",
    "GroupPooling": "group_pooling",
    "Harmonics": "harmonics",
    "Invariants": "invariants",
    "IrrepMatrices": "irrep_matrices",
    "LatticeConvolution": "lattice_convolution",
    "LatticePooling": "lattice_pooling",
    "LatticeSteerableConvolution": "lattice_steerable_convolution",
    "LayerNorm": "layer_norm",
    "LengthEncoding": "length_encoding",
    "Lifting": "lifting",
    "Linear": "linear",
    "LinksToSites": "link_fields",
    "MessagePassing": "message_passing",
    "NormActivation": "norm_activation",
    "PermutationActivation": "permutation_activation",
    "PermutationLinear": "permutation_linear",
    "PolynomialCutoff": "radial_cutoff",
    "Pooling": "pooling",
    "RMSNorm": "rms_norm",
    "RadialNetwork": "radial_network",
    "SampledActivation": "sampled_activation",
    "ScaleEncoding": "scale_encoding",
    "Sequential": "sequential",
    "StencilConvolution": "stencil_convolution",
    "SymmetricContraction": "symmetric_contraction",
    "TensorProduct": "tensor_product",
    "TensorSquare": "tensor_square",
    "WignerMatrices": "wigner_matrices",
    "complete_graph": "complete_graphs",
    "join_graphs": "graph_joining",
    "SitesToLinks": "link_fields",
    "SteerableConvolution": "steerable_convolution",
    "SteerableKernel": "steerable_kernel",
    "group_signals": "signals",
    "load_checkpoint": "checkpoint",
    "save_checkpoint": "checkpoint",
    "sphere_signals": "signals",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'intertwine.nn' has no attribute {name!r}")
    value = getattr(import_module(f"intertwine.nn.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
