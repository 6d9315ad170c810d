"""Which name was meant."""

from __future__ import annotations

import pytest

from intertwine.errors import ConfigurationError
from intertwine.suggestions import choose


def test_a_known_name_is_itself() -> None:
    assert choose("preset", "quick", ["quick", "paper"]) == "quick"


@pytest.mark.parametrize(
    ("name", "fix"),
    [("quik", "did you mean 'quick'?"), ("QUICK", "did you mean 'quick'?"), ("zzz", "choose one of paper, quick")],
)
def test_an_unknown_name(name: str, fix: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        choose("preset", name, ["quick", "paper"])
    assert caught.value.fix == fix
    assert caught.value.received == repr(name)
    assert "one of paper, quick" in str(caught.value)
