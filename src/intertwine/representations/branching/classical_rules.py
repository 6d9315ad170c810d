"""How defining representations of classical groups branch: the built-in embeddings in SU, U, SL, SO, Spin and Sp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd

from intertwine.groups.lie_spec import LieLabel, LieSpec
from intertwine.representations.branching.embedding import Embedding, Labels
from intertwine.representations.branching.vector_embeddings import vector_embedding

# charges of customary normalisation, by (G, blocks): charge of the first block
_CUSTOM: dict[tuple[str, int, tuple[int, ...]], Fraction] = {
    ("SU", 5, (3, 2)): Fraction(-1, 3),  # hypercharge: 5 = (3,1,-1/3) + (1,2,1/2)
    ("SU", 5, (2, 3)): Fraction(1, 2),
    ("SU", 3, (2, 1)): Fraction(1, 3),  # hypercharge of the quarks: 3 = 2(1/3) + 1(-2/3)
    ("SU", 2, (1, 1)): Fraction(1, 2),  # the third component of the spin
}


def classical_embeddings(group: LieSpec, subgroup: Sequence[LieSpec]) -> Iterator[Embedding]:
    """The built-in embeddings of H in a classical G, the customary one first."""
    linear = group.series in ("SU", "U", "SL", "SU*")
    series = [spec.series for spec in subgroup]
    if linear and set(series) <= {"SU", "U", "SL"} and _blocks_fit(group, subgroup):
        yield from _block_unitary(group, subgroup)
    if linear and len(subgroup) == 1 and series[0] in ("SO", "Spin", "Sp", "SpR"):
        n = group.root_system.rank + 1
        if _size(subgroup[0]) == n and _is_orthogonal_inside(group, subgroup[0]):
            yield vector_embedding(group, subgroup, _sum_of_vectors(subgroup, n))
    if group.series in ("SO", "Spin"):
        if set(series) <= {"SO", "Spin"} and _signatures_fit(group, subgroup):
            yield _block_orthogonal(group, subgroup)
        if len(group.parameters) == 1:
            yield from _unitary_in_orthogonal(group, subgroup, group.parameters[0])
            if series == ["G2"] and group.parameters[0] == 7 and not subgroup[0].parameters:
                yield vector_embedding(group, subgroup, {(vector(subgroup[0]),): 1})
    if group.series in ("Sp", "SpR") and len(group.parameters) == 1:
        if set(series) == {group.series} and sum(_size(spec) for spec in subgroup) <= group.parameters[0]:
            yield vector_embedding(group, subgroup, _sum_of_vectors(subgroup, group.parameters[0]))
        yield from _unitary_in_symplectic(group, subgroup, group.parameters[0])
    if group.series == "SLC" and series == ["SU"] and _size(subgroup[0]) == group.parameters[0]:
        yield _diagonal(group, subgroup[0])


def vector(spec: LieSpec) -> LieLabel:
    """The defining irrep of a classical group or G2 (the vector for Spin)."""
    if spec.naming == "charge":
        return (), (Fraction(1),)
    rank = spec.root_system.rank
    if spec.series in ("SO", "Spin", "SO*"):
        n = sum(spec.parameters)
        if n == 3:
            return (2,), ()
        if n == 4:
            return (1, 1), ()
    return (1,) + (0,) * (rank - 1), (Fraction(1),) * spec.torus_rank


def _size(spec: LieSpec) -> int:
    """Dimension of the defining irrep over its own numbers (quaternionic ones count twice for Sp(p,q))."""
    return sum(spec.parameters) * (2 if spec.series == "Sp" and len(spec.parameters) == 2 else 1)


def _at(subgroup: Sequence[LieSpec], entries: dict[int, LieLabel]) -> Labels:
    return tuple(entries.get(k, spec.trivial) for k, spec in enumerate(subgroup))


def _sum_of_vectors(subgroup: Sequence[LieSpec], size: int) -> dict[Labels, int]:
    """The vectors of all factors, then singlets up to the size."""
    found: dict[Labels, int] = {}
    used = 0
    for k, spec in enumerate(subgroup):
        if spec.series in ("SO", "Spin") and spec.torus_rank:
            for q in (1, -1):
                found[_at(subgroup, {k: ((), (Fraction(q),))})] = 1
        else:
            found[_at(subgroup, {k: vector(spec)})] = 1
        used += _size(spec)
    if size > used:
        found[_at(subgroup, {})] = size - used
    return found


def _blocks_fit(group: LieSpec, subgroup: Sequence[LieSpec]) -> bool:
    """SU(p,q) ⊃ blocks SU(p_i,q_i): signatures must add up; SL(n,R) ⊃ SL(m,R); a compact G has compact blocks."""
    blocks = [spec for spec in subgroup if spec.naming != "charge"]
    if any(spec.series == "U" for spec in blocks):
        return False
    if group.series == "SL":
        return all(spec.series == "SL" for spec in blocks) and len(blocks) == len(subgroup)
    if any(spec.series == "SL" for spec in blocks) or group.series == "SU*":
        return False
    whole = (*group.parameters, 0)[:2]
    for flip in (1, -1):
        plus = sum((*spec.parameters, 0)[:2][::flip][0] for spec in blocks if len(spec.parameters) == 2)
        minus = sum((*spec.parameters, 0)[:2][::flip][1] for spec in blocks if len(spec.parameters) == 2)
        if plus <= whole[0] and minus <= whole[1]:
            return _packs(
                [spec.parameters[0] for spec in blocks if len(spec.parameters) == 1], whole[0] - plus, whole[1] - minus
            )
    return False


def _packs(sizes: list[int], plus: int, minus: int) -> bool:
    """Whether definite blocks of these sizes fit into `plus` plus-axes and `minus` minus-axes."""
    if not sizes:
        return True
    head, rest = sizes[0], sizes[1:]
    return (head <= plus and _packs(rest, plus - head, minus)) or (head <= minus and _packs(rest, plus, minus - head))


def _signatures_fit(group: LieSpec, subgroup: Sequence[LieSpec]) -> bool:
    whole = (*group.parameters, 0)[:2]
    for flip in (1, -1):
        indefinite = [(*spec.parameters, 0)[:2][::flip] for spec in subgroup if len(spec.parameters) == 2]
        definite = [spec.parameters[0] for spec in subgroup if len(spec.parameters) == 1]
        plus, minus = (whole[i] - sum(x[i] for x in indefinite) for i in (0, 1))
        if plus >= 0 and minus >= 0 and _packs(definite, plus, minus):
            return True
    return False


def _is_orthogonal_inside(group: LieSpec, spec: LieSpec) -> bool:
    """SU(p,q) ⊃ SO(p,q); SL(n,R) ⊃ SO(p,q), Sp(n,R); SU(2n) ⊃ Sp(2n)."""
    if group.series == "SL":
        return spec.series in ("SO", "Spin", "SpR")
    return spec.series in ("SO", "Spin", "Sp") and sorted(spec.parameters) == sorted(group.parameters)


def _block_unitary(group: LieSpec, subgroup: Sequence[LieSpec]) -> Iterator[Embedding]:
    """Block-diagonal factors, singlets for the rest; the j-th U(1) tells block j + 1 from the blocks before it."""
    n = group.root_system.rank + 1
    factors = [k for k, spec in enumerate(subgroup) if spec.naming != "charge"]
    tori = [k for k, spec in enumerate(subgroup) if spec.naming == "charge"]
    owners: list[int | None] = list(factors)
    sizes = [_size(subgroup[k]) for k in factors]
    rest = n - sum(sizes)
    if rest < 0:
        return
    owners += [None] * rest
    sizes += [1] * rest
    full = len(sizes) - 1 + group.torus_rank
    if tori and len(tori) != full:
        return
    charges: list[dict[int, LieLabel]] = [{} for _ in sizes]
    for j, k in enumerate(tori):
        if j == len(sizes) - 1:  # the U(1) of U(n) itself
            values = [Fraction(1)] * len(sizes)
        else:
            before, after = sum(sizes[: j + 1]), sizes[j + 1]
            unit = Fraction(1, gcd(before, after))
            first = after * unit
            if len(sizes) == 2:
                first = _CUSTOM.get((group.series, n, tuple(sizes)), first)
            values = [first] * (j + 1) + [-first * before / after] + [Fraction(0)] * (len(sizes) - j - 2)
        for block, value in enumerate(values):
            charges[block][k] = ((), (value,))
    defining: dict[Labels, int] = {}
    for owner, charge in zip(owners, charges, strict=True):
        entries = dict(charge)
        if owner is not None:
            entries[owner] = vector(subgroup[owner])
        labels = _at(subgroup, entries)
        defining[labels] = defining.get(labels, 0) + 1
    yield vector_embedding(group, subgroup, defining)


def _block_orthogonal(group: LieSpec, subgroup: Sequence[LieSpec]) -> Embedding:
    return vector_embedding(group, subgroup, _sum_of_vectors(subgroup, sum(group.parameters)))


def _unitary_in_orthogonal(group: LieSpec, subgroup: Sequence[LieSpec], n: int) -> Iterator[Embedding]:
    """SO(2m) ⊃ SU(m)xU(1), U(m), SU(m): 2m = m̄(−2) + m(2), so that 16 = 1(−5) + 5bar(3) + 10(−1) in SO(10)."""
    if n % 2 == 0:
        yield from _from_unitary(group, subgroup, n // 2, Fraction(2))


def _unitary_in_symplectic(group: LieSpec, subgroup: Sequence[LieSpec], n: int) -> Iterator[Embedding]:
    """Sp(2m) ⊃ SU(m)xU(1), U(m), SU(m): 2m = m(1) + m̄(−1)."""
    yield from _from_unitary(group, subgroup, n // 2, Fraction(1))


def _from_unitary(group: LieSpec, subgroup: Sequence[LieSpec], m: int, charge: Fraction) -> Iterator[Embedding]:
    series = sorted(spec.series if spec.naming != "charge" else "U(1)" for spec in subgroup)
    sized = [k for k, spec in enumerate(subgroup) if spec.naming != "charge"]
    if len(sized) != 1 or len(subgroup[sized[0]].parameters) != 1 or _size(subgroup[sized[0]]) != m:
        return
    k = sized[0]
    if series not in (["SU"], ["SU", "U(1)"], ["U"]):
        return
    dual = subgroup[k].dual(vector(subgroup[k]))
    if series == ["U"]:
        yield vector_embedding(group, subgroup, {_at(subgroup, {k: dual}): 1}, half=True)
        return
    entries: dict[int, LieLabel] = {k: dual}
    for torus, spec in enumerate(subgroup):
        if spec.naming == "charge":
            entries[torus] = ((), (-charge,))
    yield vector_embedding(group, subgroup, {_at(subgroup, entries): 1}, half=True)


def _diagonal(group: LieSpec, subgroup: LieSpec) -> Embedding:
    """SL(n,C) ⊃ SU(n): the irrep (λ, μ) becomes λ ⊗ μ."""
    r = subgroup.root_system.rank
    rows = tuple(tuple(Fraction(int(j % r == i)) for j in range(2 * r)) for i in range(r))
    return Embedding((group,), (subgroup,), rows)
