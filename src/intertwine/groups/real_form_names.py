"""The usual name of a real form that was found as a painted diagram."""

from __future__ import annotations

from collections.abc import Iterator

from intertwine.groups import lie_catalogue
from intertwine.groups.lie_diagrams import EXCEPTIONAL
from intertwine.groups.real_algebra import RealAlgebra
from intertwine.groups.real_form import RealForm
from intertwine.groups.root_system import RootSystem


def algebra_name(form: RealForm, *, orthogonal: bool = False) -> str:
    """ "su(3)", "so(1,3)", "sp(4,R)+su(2)": the simple real ideals, joined by "+"; "0" for rank zero.

    A simple real form is found among the named groups by its type and the dimension of its maximal compact subalgebra.
    so(5) = sp(4) and its real forms are given their orthogonal names only if `orthogonal`.
    """
    names = []
    left = list(form.root_system.components)
    while left:
        component = left.pop(0)
        nodes = list(component.nodes)
        image = {form.tau[i] for i in nodes}
        if image != set(nodes):
            partner = next(c for c in left if set(c.nodes) == image)
            left.remove(partner)
            nodes += list(partner.nodes)
        names.append(_ideal_name(_restricted(form, nodes), orthogonal))
    return "+".join(names) or "0"


def _restricted(form: RealForm, nodes: list[int]) -> RealForm:
    position = {node: k for k, node in enumerate(nodes)}
    cartan = form.root_system.cartan[nodes][:, nodes]
    tau = tuple(position[form.tau[i]] for i in nodes)
    return RealForm(RootSystem(cartan), tau, tuple(form.signs[i] for i in nodes))


def _ideal_name(form: RealForm, orthogonal: bool) -> str:
    system = form.root_system
    boosts = int(RealAlgebra(form, 0).is_boost.sum())
    kinds = sorted(c.letter + str(c.rank) for c in system.components)
    for name in _candidates(system, orthogonal):
        spec = lie_catalogue.lookup(name)
        if spec is None:
            continue
        theirs = sorted(c.letter + str(c.rank) for c in spec.root_system.components)
        same_type = theirs == kinds or {"".join(theirs), "".join(kinds)} == {"B2", "C2"}
        same_signature = int(RealAlgebra(spec.real_form, 0).is_boost.sum()) == boosts
        # Of the algebras with two summands only the complex ones are simple over the real numbers.
        if same_type and same_signature and (len(kinds) == 1 or not _is_sum(spec.real_form)):
            return name.lower().replace(",r)", ",R)").replace(",c)", ",C)")
    return f"{system.type_name}({2 * boosts - RealAlgebra(form, 0).dimension})"


def _is_sum(form: RealForm) -> bool:
    first = set(form.root_system.components[0].nodes)
    return {form.tau[i] for i in first} == first


def _candidates(system: RootSystem, orthogonal: bool) -> Iterator[str]:
    if len(system.components) == 2:
        n = system.components[0].rank
        yield "SO(1,3)" if n == 1 else f"SL({n + 1},C)"
        return
    letter, n = system.components[0].letter, system.components[0].rank
    if letter in "BC" and n == 2:
        letter = "B" if orthogonal else "C"
    if letter == "A":
        yield f"SU({n + 1})"
        yield f"SL({n + 1},R)"
        yield from (f"SU({p},{n + 1 - p})" for p in range(n, n // 2, -1))
        yield f"SU*({n + 1})" if n % 2 else f"SU({n + 1})"
    elif letter in "BD":
        size = 2 * n + (letter == "B")
        yield f"SO({size})"
        yield from (f"SO({p},{size - p})" for p in range(size - 1, (size - 1) // 2, -1))
        if letter == "D":
            yield f"SO*({size})"
    elif letter == "C":
        yield f"Sp({2 * n})"
        yield f"Sp({2 * n},R)"
        yield from (f"Sp({p},{n - p})" for p in range(n - 1, (n - 1) // 2, -1))
    else:
        kind = letter + str(n)
        yield kind
        yield from (f"{kind}({character})" for name, character in EXCEPTIONAL if name == kind)
