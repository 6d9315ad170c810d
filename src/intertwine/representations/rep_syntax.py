"""The string form of a Rep: "16x1 + 8x8" is sixteen singlets and eight octets."""

from __future__ import annotations

import re

from intertwine.errors import RepresentationError
from intertwine.groups.group import Group
from intertwine.representations.irrep import Irrep

_SPACED = re.compile(r"\s\+\s")
_PLUS = re.compile(r"(?:^|\s)\+(?=\s|$)")
_PRODUCT = re.compile(r"\s[x×⊗]\s")
_TERM = re.compile(r"(\d+)[x×*](.+)")


def parse_blocks(group: Group, text: str) -> list[tuple[int, Irrep]]:
    """Terms "IRREP" or "MULTIPLICITYxIRREP" joined by "+". Raises RepresentationError for anything else."""
    terms = _PLUS.split(text) if _SPACED.search(text) else text.split("+")
    return [_parse_term(group, term.strip(), text) for term in terms]


def _parse_term(group: Group, term: str, text: str) -> tuple[int, Irrep]:
    if not term:
        raise RepresentationError(
            "an empty term in a representation", received=repr(text), expected='terms joined by "+", as in "16x1 + 8x8"'
        )
    if _PRODUCT.search(term):
        left, right = _PRODUCT.split(term, maxsplit=1)
        raise RepresentationError(
            "a tensor product where a list of irreps belongs",
            received=repr(term),
            expected="MULTIPLICITYxIRREP without spaces",
            fix=f'write "{left}x{right}" for {left} copies of {right}, '
            f'or Rep(G, "{left}") @ Rep(G, "{right}") for the product',
        )
    match = _TERM.fullmatch(term)
    if match is None:
        return 1, Irrep.parse(group, term)
    return int(match[1]), Irrep.parse(group, match[2].strip())
