"""Lie groups by name: "SU(3)", "SO(1,3)", "Sp(4,R)", "E6(-26)", … to their specification."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from intertwine.errors import GroupError
from intertwine.groups import lie_diagrams as diagrams
from intertwine.groups.lie_spec import Congruence, LieSpec
from intertwine.groups.real_form import RealForm

NAMES = (
    "SO(n), Spin(n), O(n), SO(p,q), Spin(p,q), O(p,q), SO*(2n), SU(n), SU(p,q), SU*(2n), U(n), SL(n,R), SL(n,C), "
    "Sp(2n), Sp(p,q), Sp(2n,R), G2, G2(2), F4, F4(4), F4(-20), E6, E6(6), E6(2), E6(-14), E6(-26), E7, E7(7), E7(-5), "
    "E7(-25), E8, E8(8), E8(-24)"
)

_EXCEPTIONAL = re.compile(r"([EFG][2-8])(?:\(([+-]?\d{1,3})\))?")
_SERIES_NAME = re.compile(r"([A-Za-z]+\*?)\((\d{1,3})(?:,(\d{1,3}|[RCH]))?\)")


@lru_cache(maxsize=1024)
def lookup(name: str) -> LieSpec | None:
    """The specification of a named Lie group, or None if the name does not read as one.

    Sp(2n) is the compact group of rank n (Sp(4) = USp(4), algebra C2) and Sp(2n,R) its split form; Sp(p,q) counts
    quaternionic dimensions (algebra C_{p+q}: Sp(1,1) is Spin(1,4)). SO(n) and SO(p,q) are identity components; Spin
    their covers. O(n), O(p,q) give the specification of the identity component with `connected` and `components` set.
    Raises GroupError for a name that reads as one of these but has impossible parameters (Sp(3), SU(0)).
    """
    text = "".join(name.split()).replace("SO+(", "SO(").replace("SO⁺(", "SO(")
    if text.startswith("split"):
        text = _SPLIT.get(text[5:], text)
    exceptional = _EXCEPTIONAL.fullmatch(text)
    if exceptional is not None and exceptional[1] in ("G2", "F4", "E6", "E7", "E8"):
        return _exceptional(exceptional[1], exceptional[2], name)
    match = _SERIES_NAME.fullmatch(text)
    if match is None:
        return None
    series, first, second = match[1], int(match[2]), match[3]
    if second is not None and second.isdigit():
        return _pseudo(series, first, int(second), name)
    if series == "USp":
        series = "Sp"
    build = _SERIES.get((series, second))
    return None if build is None else build(first, name)


_SPLIT = {"G2": "G2(2)", "F4": "F4(4)", "E6": "E6(6)", "E7": "E7(7)", "E8": "E8(8)"}


def _need(condition: bool, name: str, expected: str) -> None:
    if not condition:
        raise GroupError("no such Lie group", received=repr(name), expected=expected)


def _naming(form: RealForm) -> str:
    kinds = [(c.letter, c.rank) for c in form.root_system.components]
    if kinds == [("A", 1)]:
        return "spin"
    if kinds == [("A", 1), ("A", 1)]:
        return "pair"
    return "dimension" if len(kinds) == 1 else "tuple"


def _simple(
    name: str, series: str, parameters: tuple[int, ...], form: RealForm, congruences: tuple[Congruence, ...] = ()
) -> LieSpec:
    return LieSpec(name, series, parameters, form, congruences=congruences, naming=_naming(form))


def _exceptional(kind: str, character: str | None, name: str) -> LieSpec:
    if character is None or int(character) == -diagrams.compact_dimension(kind):
        return _simple(kind, kind, (), diagrams.compact(kind))
    known = [c for t, c in diagrams.EXCEPTIONAL if t == kind]
    _need(int(character) in known, name, f"{kind} (compact) or " + ", ".join(f"{kind}({c})" for c in known))
    nodes, flip = diagrams.EXCEPTIONAL[kind, int(character)]
    return _simple(f"{kind}({int(character)})", kind, (int(character),), diagrams.painted(kind, nodes, flip=flip))


def _special_unitary(n: int, name: str) -> LieSpec:
    _need(n >= 2, name, "SU(n) with n ≥ 2")
    return _simple(f"SU({n})", "SU", (n,), diagrams.special_unitary(n, 0))


def _unitary(n: int, name: str) -> LieSpec:
    _need(n >= 1, name, "U(n) with n ≥ 1")
    if n == 1:
        return LieSpec("U(1)", "U", (1,), diagrams.compact(""), torus_rank=1, naming="charge")
    form = diagrams.special_unitary(n, 0)
    hint = f"the U(1) charge must equal the {n}-ality λ1 + 2λ2 + … modulo {n}; the defining irrep has charge 1"
    relation = Congruence(tuple(range(1, n)), (-1,), n, hint)
    return LieSpec(f"U({n})", "U", (n,), form, torus_rank=1, congruences=(relation,), naming="dimension and charge")


def _linear_real(n: int, name: str) -> LieSpec:
    _need(n >= 2, name, "SL(n,R) with n ≥ 2")
    return _simple(f"SL({n},R)", "SL", (n,), diagrams.special_linear_real(n))


def _linear_complex(n: int, name: str) -> LieSpec:
    _need(n >= 2, name, "SL(n,C) with n ≥ 2")
    return _simple(f"SL({n},C)", "SLC", (n,), diagrams.complex_group(f"A{n - 1}"))


def _linear_quaternionic(n: int, name: str) -> LieSpec:
    _need(n >= 2 and n % 2 == 0, name, "SU*(2n): an even argument")
    return _simple(f"SU*({n})", "SU*", (n,), diagrams.special_linear_quaternionic(n // 2))


def _orthogonal_star(n: int, name: str) -> LieSpec:
    _need(n >= 4 and n % 2 == 0, name, "SO*(2n): an even argument of at least 4")
    form = diagrams.orthogonal_quaternionic(n // 2)
    return _simple(f"SO*({n})", "SO*", (n,), form, (_no_spinors(form, f"SO*({n})", None),))


def _symplectic(n: int, name: str) -> LieSpec:
    _need(n >= 2 and n % 2 == 0, name, "an even argument: Sp(2n) is the compact group of rank n")
    return _simple(f"Sp({n})", "Sp", (n,), diagrams.symplectic(n // 2, 0))


def _symplectic_real(n: int, name: str) -> LieSpec:
    _need(n >= 2 and n % 2 == 0, name, "an even argument: Sp(2n,R) acts on phase space R^2n")
    return _simple(f"Sp({n},R)", "SpR", (n,), diagrams.symplectic_real(n // 2))


def _no_spinors(form: RealForm, name: str, cover: str | None) -> Congruence:
    """Single-valued irreps: the eigenvalues of a rotation by 2π, exp(2πi λ(e_1)), are 1."""
    rank = form.root_system.rank
    odd_series = any(c.letter in "BC" for c in form.root_system.components) or rank == 1
    nodes = (0,) * (rank - 1) + (1,) if odd_series else (0,) * (rank - 2) + (1, 1)
    hint = f"{name} has no spinors; use {cover} for them" if cover else f"{name} has no spinors"
    return Congruence(nodes, (), 2, hint)


def _orthogonal(series: str) -> Callable[[int, str], LieSpec]:
    def build(n: int, name: str) -> LieSpec:
        _need(n >= 2, name, f"{series}(n) with n ≥ 2")
        if n == 2:
            modulus_hint = "SO(2) has integer charges; use Spin(2) for half-integers, U(1) for any fraction"
            charges = 2 if series == "Spin" else 1  # twice the charge must be an integer for the double cover
            hint = (
                "Spin(2) has half-integer charges; use U(1) for other fractions" if series == "Spin" else modulus_hint
            )
            relation = Congruence((), (charges,), 1, hint)
            return LieSpec(f"{series}(2)", series, (2,), diagrams.compact(""), 1, (relation,), "charge")
        form = diagrams.orthogonal(n, 0)
        congruences = (_no_spinors(form, f"SO({n})", f"Spin({n})"),) if series == "SO" else ()
        return _simple(f"{series}({n})", series, (n,), form, congruences)

    return build


def _extended(n: int, name: str) -> LieSpec:
    _need(n >= 2, name, "O(n) with n ≥ 2; O(1) is the finite group C2")
    part = _orthogonal("SO")(n, name)
    return _with_components(part, f"O({n})", 2)


def _with_components(part: LieSpec, name: str, components: int) -> LieSpec:
    return LieSpec(
        name,
        "O",
        part.parameters,
        part.real_form,
        part.torus_rank,
        part.congruences,
        part.naming,
        part.name,
        components,
    )


def _pseudo(series: str, p: int, q: int, name: str) -> LieSpec | None:
    if series == "Sp":
        _need(
            p >= 1 and q >= 1,
            name,
            "Sp(p,q) with p, q ≥ 1; Sp(2n) is compact, Sp(2n,R) split",
        )
        return _simple(f"Sp({p},{q})", "Sp", (p, q), diagrams.symplectic(p, q))
    if series == "USp":
        _need(p % 2 == q % 2 == 0 and p >= 2 and q >= 2, name, "USp(2p,2q) with p, q ≥ 1")
        return _simple(f"Sp({p // 2},{q // 2})", "Sp", (p // 2, q // 2), diagrams.symplectic(p // 2, q // 2))
    if series not in ("SU", "SO", "Spin", "O"):
        return None
    _need(p >= 1 and q >= 1, name, f"{series}(p,q) with p, q ≥ 1; use {series}({max(p, q)}) for the compact group")
    if series == "SU":
        return _simple(f"SU({p},{q})", "SU", (p, q), diagrams.special_unitary(p, q))
    _need(p + q >= 3, name, f"{series}(p,q) with p + q ≥ 3 (the line SO(1,1) is not supported)")
    form = diagrams.orthogonal(p, q)
    if series == "Spin":
        return _simple(f"Spin({p},{q})", "Spin", (p, q), form)
    cover = "SL(2,C) or Spin(1,3)" if (p, q) == (1, 3) else f"Spin({p},{q})"
    part = _simple(f"SO({p},{q})", "SO", (p, q), form, (_no_spinors(form, f"SO({p},{q})", cover),))
    return part if series == "SO" else _with_components(part, f"O({p},{q})", 4)


_SERIES: dict[tuple[str, str | None], Callable[[int, str], LieSpec]] = {
    ("SU", None): _special_unitary,
    ("U", None): _unitary,
    ("SO", None): _orthogonal("SO"),
    ("Spin", None): _orthogonal("Spin"),
    ("O", None): _extended,
    ("Sp", None): _symplectic,
    ("Sp", "R"): _symplectic_real,
    ("SL", "R"): _linear_real,
    ("SL", "C"): _linear_complex,
    ("SU*", None): _linear_quaternionic,
    ("SO*", None): _orthogonal_star,
}
