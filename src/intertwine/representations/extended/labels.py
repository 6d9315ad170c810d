"""Labels of the irreps of O(n) and O(p,q): exact, from those of the identity component and twining characters.

An irrep is (λ, a, b). For n = p + q odd, or for even n where a reflection keeps λ (its last two labels agree; charge 0
for O(2)), it is the natural tensor irrep of highest weight λ times det^a χ_T^b, where χ_T is −1 on elements that invert
the p plus-axes' orientation (b = 0 for O(n)). Otherwise λ and its mirror image λ' join into one irrep, which det does
not change: a = 0 and λ the larger of the two. "Natural" is how reflections act on tensors: the vector and its powers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from intertwine.errors import RepresentationError
from intertwine.groups.lie_spec import LieLabel, LieSpec
from intertwine.groups.root_system import RootSystem
from intertwine.representations.lie import labels as lie_labels
from intertwine.representations.lie import names as lie_names
from intertwine.representations.lie.racah_speiser import tensor_product

ExtendedLabel = tuple[LieLabel, int, int]
_LETTERS = re.compile(r"(.*?)([eo]{0,2})")


class ExtendedLabels:
    """Label-level theory of O(n) or O(p,q), called `name`, with identity component `spec`: SO(n) or SO(p,q)."""

    def __init__(self, name: str, spec: LieSpec) -> None:
        self.group_name = name
        self.spec = spec
        self.n = sum(spec.parameters)
        self.is_odd = self.n % 2 == 1
        self.times = 1 if len(spec.parameters) == 1 else 2  # how many powers of χ_T there are
        rank = spec.root_system.rank
        # the orbit Lie algebra of D_m under its reflection: C_{m−1} (Fuchs, Schellekens and Schweigert, hep-th/9506135)
        self.orbit = RootSystem.from_type(f"C{rank - 1}" if rank > 1 and not self.is_odd else "")

    def mirror(self, label: LieLabel) -> LieLabel:
        """λ' : the irrep of the identity component that a reflection maps λ to."""
        dynkin, charges = label
        if self.is_odd:
            return label
        return ((*dynkin[:-2], *dynkin[:-3:-1]) if dynkin else ()), tuple(-q for q in charges)

    def is_joined(self, label: ExtendedLabel) -> bool:
        """Whether λ and λ' ≠ λ make up this irrep."""
        return self.mirror(label[0]) != label[0]

    def parts(self, label: ExtendedLabel) -> tuple[LieLabel, ...]:
        """The irreps of the identity component in this one: (λ,) or (λ, λ')."""
        mirror = self.mirror(label[0])
        return (label[0],) if mirror == label[0] else (label[0], mirror)

    def boxes(self, label: LieLabel) -> int:
        """|λ|, the tensor rank, for odd n: −1 acts as (−1)^|λ| on the natural irrep."""
        labels = label[0]
        return sum((i + 1) * x for i, x in enumerate(labels[:-1])) + len(labels) * (labels[-1] // 2)

    def dimension(self, label: ExtendedLabel) -> int:
        """Complex dimension."""
        return len(self.parts(label)) * lie_labels.dimension(self.spec, label[0])

    def make(self, label: LieLabel, determinant: int, time: int) -> ExtendedLabel:
        """The canonical label; raises RepresentationError for powers that this irrep does not have."""
        self.spec.check(label)
        largest = max(label, self.mirror(label))
        joined = largest != self.mirror(largest)
        if determinant not in ((0,) if joined else (0, 1)) or time not in range(self.times):
            raise RepresentationError(f"no such irrep of {self.group_name}", received=(label, determinant, time))
        return largest, determinant, time

    def decompose(self, x: ExtendedLabel, y: ExtendedLabel) -> dict[ExtendedLabel, int]:
        """V_x ⊗ V_y; signs of self-mirror irreps follow from the reflection's trace, a product in the orbit algebra."""
        time = (x[2] + y[2]) % 2
        counts: dict[LieLabel, int] = {}
        for a in self.parts(x):
            for b in self.parts(y):
                for c, m in lie_labels.decompose(self.spec, a, b).items():
                    counts[c] = counts.get(c, 0) + m
        traces: dict[tuple[int, ...], int] = {}
        if not (self.is_odd or self.is_joined(x) or self.is_joined(y)):
            traces = tensor_product(self.orbit, x[0][0][:-1], y[0][0][:-1])
        found: dict[ExtendedLabel, int] = {}
        for c, m in counts.items():
            if self.is_odd:
                sign = (x[1] + y[1] + self.boxes(x[0]) + self.boxes(y[0]) + self.boxes(c)) % 2
                found[c, sign, time] = m
            elif self.mirror(c) != c:
                found[max(c, self.mirror(c)), 0, time] = m
            else:
                trace = traces.get(c[0][:-1], 0) * (-1) ** (x[1] + y[1])
                for sign, count in ((0, (m + trace) // 2), (1, (m - trace) // 2)):
                    if count:
                        found[c, sign, time] = count
        return {label: found[label] for label in sorted(found, key=self.order)}

    def order(self, label: ExtendedLabel) -> tuple[object, ...]:
        """By dimension, then the larger highest weight, then powers of det and χ_T."""
        (dynkin, charges), determinant, time = label
        return (
            self.dimension(label),
            tuple(-x for x in dynkin),
            charges,
            (determinant + self.boxes(label[0])) % 2 if self.is_odd and self.times == 1 else determinant,
            determinant,
            time,
        )

    def labels(self, max_dimension: int) -> Iterator[ExtendedLabel]:
        """All irreps up to a dimension (for O(2) charges up to `lie_labels.CHARGE_BOUND`)."""
        found = {
            (max(label, self.mirror(label)), determinant, time)
            for label in lie_labels.labels(self.spec, max_dimension)
            for determinant in ((0,) if self.mirror(label) != label else (0, 1))
            for time in range(self.times)
        }
        yield from sorted((x for x in found if self.dimension(x) <= max_dimension), key=self.order)

    # --- names -----------------------------------------------------------------------------------
    def letters(self, label: ExtendedLabel) -> str:
        """The sign letters, e for even and o for odd.

        O(2m+1): the sign of −1, so that the vector is "1o" for O(3). O(2m): "e" the natural irrep, "o" times det; none
        where two join. O(p,q): one letter each for P and T, "e" where the reflection acts as on the natural irrep, "o"
        with a further minus sign; one letter, for T, where two irreps join.
        """
        _, determinant, time = label
        signs: tuple[int, ...]
        if self.times == 2:
            signs = (time,) if self.is_joined(label) else (determinant, (determinant + time) % 2)
        elif self.is_odd:
            signs = ((determinant + self.boxes(label[0])) % 2,)
        else:
            signs = () if self.is_joined(label) else (determinant,)
        return "".join("eo"[s] for s in signs)

    def name(self, label: ExtendedLabel) -> str:
        """The name of λ with sign letters: "1o", "(1/2,1/2)ee", "(1,0)e" (which includes (0,1)), O(2): "0o", "2"."""
        return lie_names.name(self.spec, label[0]) + self.letters(label)

    def parse(self, *label: object) -> ExtendedLabel:
        """A name, Dynkin labels followed by the sign letters as a string, or a label.

        Raises RepresentationError, listing the choices, when the letters are missing or too many.
        """
        if len(label) == 1 and isinstance(label[0], tuple) and len(label[0]) == 3 and isinstance(label[0][0], tuple):
            lie, determinant, time = label[0]
            return self.make(self.spec.label(*lie), int(determinant), int(time))
        letters = ""
        parts: tuple[object, ...] = label
        if isinstance(parts[-1], str):
            match = _LETTERS.fullmatch(parts[-1].strip())
            if match is not None:
                head, letters = match.groups()
                parts = (*parts[:-1], head) if head else parts[:-1]
        found = lie_names.parse(self.spec, *parts) if parts else self.spec.trivial
        choices = [
            self.make(found, determinant, time)
            for determinant in ((0,) if self.mirror(found) != found else (0, 1))
            for time in range(self.times)
        ]
        for choice in choices:
            if self.letters(choice) == letters:
                return choice
        listed = ", ".join(sorted(self.name(choice) for choice in choices))
        raise RepresentationError(
            f"{self.group_name} has no irrep {' '.join(map(str, label))}; nearest: {listed}",
            fix="the letters e and o say how the reflections act",
        )

    @property
    def trivial(self) -> ExtendedLabel:
        """The trivial irrep."""
        return self.spec.trivial, 0, 0
