"""Writes e3nn_reference.safetensors, e3nn's outputs for a few small cases. Run where e3nn is installed."""

from __future__ import annotations

from pathlib import Path

import torch
from e3nn import __version__, o3
from safetensors.torch import save_file

LEFT, SPHERE, OUT = "3x0e+2x1o+2x2e", "0e+1o+2e", "2x0e+3x1o+2x2e+1x1e"


def table(module: torch.nn.Module, names: tuple[str, ...]) -> torch.Tensor:
    """Rows (indices, path_weight, path_shape padded by 0)."""
    rows = []
    for one in module.instructions:
        shape = (*one.path_shape, 0, 0)[:3]
        rows.append([*(getattr(one, name) for name in names), one.path_weight, *shape])
    return torch.tensor(rows)


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    out: dict[str, torch.Tensor] = {}
    for degrees in ((1, 1, 2), (1, 1, 1), (2, 1, 2), (3, 2, 2)):
        out["w3j_" + "".join(map(str, degrees))] = o3.wigner_3j(*degrees)
    irreps = o3.Irreps("0e+1o+2e+3o")
    out["points"], out["R"] = torch.randn(4, 3), o3.rand_matrix()
    out["harmonics"] = o3.spherical_harmonics(irreps, out["points"], True, normalization="component")
    out["D"] = irreps.D_from_matrix(out["R"])
    out["x1"], out["x2"] = o3.Irreps(LEFT).randn(3, -1), o3.Irreps(SPHERE).randn(3, -1)
    linear = o3.Linear(LEFT, "4x0e+2x1o", biases=True)
    torch.nn.init.normal_(linear.bias)
    out["linear_weight"], out["linear_bias"] = linear.weight.detach(), linear.bias.detach()
    out["linear"] = linear(out["x1"]).detach()
    out["linear_instructions"] = table(linear, ("i_in", "i_out"))
    full = o3.FullyConnectedTensorProduct(LEFT, SPHERE, OUT)
    paths = [(0, 0, 0), (1, 0, 1), (1, 1, 2), (2, 2, 2), (1, 2, 1), (2, 1, 1), (1, 1, 3), (2, 2, 3)]
    channelwise = o3.TensorProduct(LEFT, SPHERE, "3x0e+2x1o+2x2e+2x1e", [(*path, "uvu", True) for path in paths])
    for name, module in (("full", full), ("channelwise", channelwise)):
        out[f"{name}_weight"] = module.weight.detach()
        out[f"{name}_instructions"] = table(module, ("i_in1", "i_in2", "i_out"))
        out[name] = module(out["x1"], out["x2"]).detach()
    contiguous = {name: value.contiguous().clone() for name, value in out.items()}
    save_file(contiguous, Path(__file__).with_name("e3nn_reference.safetensors"), {"e3nn": __version__})


if __name__ == "__main__":
    main()
