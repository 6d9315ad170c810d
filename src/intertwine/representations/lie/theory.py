"""The representation theory of connected Lie groups: exact labels, matrices from the highest weight."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from intertwine.errors import RepresentationError
from intertwine.groups.element import GroupElement
from intertwine.groups.lie_element import LieElement
from intertwine.groups.lie_group import LieGroup
from intertwine.groups.lie_spec import LieLabel
from intertwine.groups.theory import ComplexArray, Theory
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie import names as lie_names
from intertwine.representations.lie.antiunitary import antiunitary_matrix
from intertwine.representations.lie.de_swart import de_swart_maps
from intertwine.representations.lie.highest_weight import highest_weight_module
from intertwine.representations.lie.matrices import LieMatrices
from intertwine.representations.lie.preferred_basis import preferred_complex_basis, preferred_real_basis
from intertwine.representations.lie.product_weights import ProductWeights
from intertwine.representations.lie.spin_clebsch_gordan import LARGEST, spin_maps
from intertwine.representations.lie.weight_clebsch_gordan import WeightMaps, weight_clebsch_gordan
from intertwine.representations.lie.weight_module import WeightModule


class LieTheory(Theory[LieLabel]):
    """Labels are (Dynkin labels, U(1) charges) of the group's `LieSpec`."""

    group: LieGroup

    def __init__(self, group: LieGroup) -> None:
        super().__init__(group)
        self.spec = group.spec
        self.root_system = group.spec.root_system
        self._matrices = lru_cache(maxsize=128)(self._build_matrices)
        self._product = lru_cache(maxsize=16)(self._build_product)

    # --- labels ----------------------------------------------------------------------------------
    @property
    def trivial(self) -> LieLabel:
        return self.spec.trivial

    def parse(self, *label: object) -> LieLabel:
        return lie_names.parse(self.spec, *label)

    def name(self, label: LieLabel) -> str:
        return lie_names.name(self.spec, label)

    def dimension(self, label: LieLabel) -> int:
        return lie_labels.dimension(self.spec, label)

    def conjugate(self, label: LieLabel) -> LieLabel:
        return self.spec.conjugate(label)

    def indicator(self, label: LieLabel) -> int:
        return self.spec.indicator(label)

    def decompose(self, a: LieLabel, b: LieLabel) -> dict[LieLabel, int]:
        return lie_labels.decompose(self.spec, a, b)

    def labels(self, max_dimension: int) -> Iterator[LieLabel]:
        return lie_labels.labels(self.spec, max_dimension)

    # --- matrices --------------------------------------------------------------------------------
    def module(self, label: LieLabel) -> WeightModule:
        """V_λ of the semisimple part, in its orthonormal weight basis."""
        return highest_weight_module(self.root_system, label[0])

    def _build_matrices(self, label: LieLabel) -> LieMatrices:
        return LieMatrices(self.module(label), [float(q) for q in label[1]], self.group.algebra)

    def algebra(self, label: LieLabel) -> ComplexArray:
        return self._matrices(label).basis()

    def discrete(self, label: LieLabel) -> ComplexArray:
        d = self.dimension(label)
        return np.zeros((0, d, d), dtype=np.complex128)

    def matrix(self, label: LieLabel, element: GroupElement) -> ComplexArray:
        if not isinstance(element, LieElement) or element.group != self.group:
            raise RepresentationError(
                "an element of another group does not act here",
                received=repr(element),
                expected=f"an element of {self.group.name}",
            )
        matrices = self._matrices(label)
        if not element.word:
            return np.eye(self.dimension(label), dtype=np.complex128)
        total = matrices.exp(element.word[0])
        for c in element.word[1:]:
            total = total @ matrices.exp(c)
        return total

    def conjugation(self, label: LieLabel) -> ComplexArray:
        form, other = self.spec.real_form, self.conjugate(label)
        # J_λ̄ J_λ = 1 for a pair: the second of the two is the transpose of the first
        first, second = (label, other) if label <= other else (other, label)
        matrix = antiunitary_matrix(self.module(first), self.module(second), form.tau, form.signs)
        return (matrix if label == first else matrix.T).astype(np.complex128)

    def real_basis(self, label: LieLabel) -> ComplexArray | None:
        return preferred_real_basis(self, label)

    def complex_structure_basis(self, label: LieLabel) -> ComplexArray | None:
        return preferred_complex_basis(self, label)

    def _build_product(self, a: tuple[int, ...], b: tuple[int, ...]) -> ProductWeights:
        return ProductWeights(highest_weight_module(self.root_system, a), highest_weight_module(self.root_system, b))

    def weight_maps(self, a: LieLabel, b: LieLabel, c: LieLabel) -> WeightMaps | None:
        """The maps V_c → V_a ⊗ V_b as blocks, None for multiplicity 0; Condon–Shortley's and de Swart's phases."""
        if self.root_system.type_name == "A1" and min(a[0][0], b[0][0]) <= LARGEST:
            charges_add = all(x + y == z for x, y, z in zip(a[1], b[1], c[1], strict=True))
            return spin_maps(a[0][0], b[0][0]).get(c[0][0]) if charges_add else None
        count = self.decompose(a, b).get(c, 0)
        if not count:
            return None
        product, target = self._product(a[0], b[0]), self.module(c)
        maps = weight_clebsch_gordan(product, target, count)
        return de_swart_maps(product.a, product.b, target, maps) if self.root_system.type_name == "A2" else maps

    def clebsch_gordan(self, a: LieLabel, b: LieLabel, c: LieLabel) -> ComplexArray:
        if not self.root_system.rank:  # a torus
            return np.ones((self.decompose(a, b).get(c, 0), 1, 1, 1), dtype=np.complex128)
        maps = self.weight_maps(a, b, c)
        if maps is None:
            shape = (0, self.dimension(a), self.dimension(b), self.dimension(c))
            return np.zeros(shape, dtype=np.complex128)
        return maps.dense().astype(np.complex128)

    def clebsch_gordan_sparse(self, a: LieLabel, b: LieLabel, c: LieLabel) -> list[Any]:
        maps = self.weight_maps(a, b, c)
        return [] if maps is None else maps.sparse()
