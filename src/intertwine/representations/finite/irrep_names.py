"""Names of a finite group's irreps: Mulliken symbols for point groups, otherwise dimensions with primes."""

from __future__ import annotations

from collections import Counter

from intertwine.representations.finite.character_table import CharacterTable


def dimension_names(table: CharacterTable) -> list[str]:
    """ "1", "1'", "2", … in the order of the table; the second of a complex-conjugate pair is the first with "bar"."""
    names: list[str] = []
    seen: Counter[int] = Counter()
    for i, d in enumerate(table.dimensions.tolist()):
        partner = int(table.conjugates[i])
        if partner < i:
            names.append(names[partner] + "bar")
            continue
        names.append(str(d) + "'" * seen[d])
        seen[d] += 1
    return names
