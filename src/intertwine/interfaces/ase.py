"""NetworkCalculator: energies, forces and stresses of a tensor-product network for ASE, periodic cells included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from intertwine.errors import ConfigurationError, DataError, MissingDependencyError
from intertwine.geometry.graph import Graph
from intertwine.geometry.radius_search import radius_graph
from intertwine.models.tensor_product_network import TensorProductNetwork
from intertwine.nn.graph_batch import GraphBatch

try:
    from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes
except ImportError as error:
    raise MissingDependencyError("the calculator for ASE needs ase", fix="pip install 'intertwine[atoms]'") from error


class NetworkCalculator(Calculator):  # type: ignore[misc,unused-ignore]
    """E = scale · Σ_i network(species, graph)_i + Σ_i shifts[species of i]; forces and stresses are its gradients.

    Lengths are Å, energies eV, as everywhere in ASE. Both directions of every pair below the network's cut-off are
    edges; an atom may have images of itself as neighbours.

    Parameters
    ----------
    network:
        Takes a channel a species (one-hot) and gives one invariant, by atom or summed. It is copied: what becomes of
        the original later does not matter.
    species:
        The chemical symbols in the order of the channels.
    scale:
        Of the network's output, in eV: its unit, or the standard deviation of the energies that it was trained on.
    shifts:
        Energy in eV of a single atom of each species; those not named have 0.
    dtype, device:
        In which the network runs. Energies of one float32 network are good to about 1e-6 of their size, too little
        for forces by finite differences and long dynamics.

    Raises
    ------
    ConfigurationError
        For a network without a cut-off, or with other inputs or outputs than these, or a shift of no species.
    DataError
        When it is used: for atoms of other species, which are named; positions that are not finite; a flat cell.
    """

    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]  # noqa: RUF012

    def __init__(
        self,
        network: TensorProductNetwork,
        species: Sequence[str],
        *,
        scale: float = 1.0,
        shifts: Mapping[str, float] | None = None,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call,unused-ignore]
        cutoff = _check(network, species, shifts or {})
        self.network = deepcopy(network).to(device=device, dtype=dtype).eval().requires_grad_(False)
        self.species = tuple(species)
        self.cutoff = cutoff
        self.scale = float(scale)
        self.shifts = torch.tensor([float((shifts or {}).get(one, 0.0)) for one in species], dtype=dtype, device=device)

    def calculate(
        self, atoms: Any = None, properties: Sequence[str] = ("energy",), system_changes: Sequence[str] = all_changes
    ) -> None:
        """Fill `results` for these atoms; what ASE calls when something has changed."""
        super().calculate(atoms, list(properties), list(system_changes))  # type: ignore[no-untyped-call,unused-ignore]
        here: Any = self.atoms
        periodic = bool(here.pbc.any())
        if "stress" in properties and not here.pbc.all():
            raise PropertyNotImplementedError("a stress needs a cell that is periodic in three directions")
        channels = self._channels(here.get_chemical_symbols())
        positions = np.asarray(here.positions, dtype=np.float64)
        cell = np.asarray(here.cell.complete()) if periodic else None
        edges = radius_graph(positions, self.cutoff, cell, here.pbc if periodic else None)
        dtype, device = self.shifts.dtype, self.shifts.device
        graph = GraphBatch.of([Graph(positions, edges, cell)], dtype=dtype, device=device).in_pairs()
        place = graph.positions.requires_grad_()
        strain = torch.zeros(3, 3, dtype=dtype, device=device, requires_grad=True)
        energies = self._energies(channels, _strained(graph, strain))
        energy = energies.sum()
        # atoms without neighbours leave the energy without a gradient
        forces, pull = torch.autograd.grad(
            energy + 0 * (place.sum() + strain.sum()), (place, strain), materialize_grads=True
        )
        self.results = {
            "energy": energy.item(),
            "free_energy": energy.item(),
            "forces": -forces.cpu().double().numpy(),
        }
        if self.network.config.pooling == "none":
            self.results["energies"] = energies.detach().cpu().double().numpy()
        if here.pbc.all():
            symmetric = (pull + pull.T).cpu().double().numpy() / 2
            voigt = symmetric[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]  # xx, yy, zz, yz, xz, xy
            self.results["stress"] = voigt / here.get_volume()

    def _channels(self, symbols: Sequence[str]) -> Tensor:
        unknown = sorted(set(symbols) - set(self.species))
        if unknown:
            raise DataError(
                "atoms of species that the network was not made for", received=", ".join(unknown),
                expected=", ".join(self.species),
            )  # fmt: skip
        return torch.tensor([self.species.index(one) for one in symbols], dtype=torch.int64, device=self.shifts.device)

    def _energies(self, channels: Tensor, graph: GraphBatch) -> Tensor:
        """By atom, or the sum alone where the network pools."""
        x = one_hot(channels, len(self.species)).to(self.shifts.dtype)
        found: Tensor = self.scale * self.network(x, graph)[:, 0]
        own = self.shifts[channels]
        return found + own if self.network.config.pooling == "none" else found + own.sum()


def _strained(graph: GraphBatch, strain: Tensor) -> GraphBatch:
    """Positions and cell times 1 + strain: the derivative by it is the stress times the volume."""
    return replace(
        graph,
        positions=graph.positions + graph.positions @ strain,
        offsets=graph.offsets + graph.offsets @ strain,
    )


def _check(network: TensorProductNetwork, species: Sequence[str], shifts: Mapping[str, float]) -> float:
    """The cut-off. Raises ConfigurationError."""
    if network.config.cutoff is None:
        raise ConfigurationError("a network without a cut-off", fix="TensorProductNetworkConfig(cutoff=…)")
    if network.config.pooling == "mean" or network.config.edge_invariants:
        raise ConfigurationError(
            "not a network of energies", received=f"pooling {network.config.pooling!r}, "
            f"{network.config.edge_invariants} invariants of edges", expected='pooling "none" or "sum", no invariants',
        )  # fmt: skip
    expected = f"{len(species)} invariants in, one a species; one invariant out"
    given = f"{network.rep_in} in, {network.rep_out} out, for {', '.join(species) or 'no species'}"
    invariant = all(irrep.is_trivial for irrep in (*network.rep_in.irreps, *network.rep_out.irreps))
    if not (invariant and network.rep_in.dim == len(set(species)) == len(species) and network.rep_out.dim == 1):
        raise ConfigurationError("not a network of energies", received=given, expected=expected)
    strangers = sorted(set(shifts) - set(species))
    if strangers:
        raise ConfigurationError(
            "shifts of unknown species", received=", ".join(strangers), expected=", ".join(species)
        )
    return network.config.cutoff
