"""What a study is: presets, steps, and a report made from the results of the steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from intertwine.errors import ConfigurationError
from intertwine.studies.step import Step

if TYPE_CHECKING:
    from intertwine.report.content import Content
    from intertwine.studies.store import Store


class Configuration(BaseModel):
    """Base of the configurations of studies: immutable, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threads: int = 1
    """Threads of each worker process. Part of the configuration because the last bits of a sum depend on it."""


C = TypeVar("C", bound=Configuration)


class Study(ABC, Generic[C]):
    """A figure or table of the literature, reproduced.

    A study is one file with a subclass and one line in `intertwine.studies.registry`. The file must import quickly (no
    torch): the steps import what they need when they run, each in a worker process of its own.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    configuration_type: ClassVar[type[Configuration]]
    presets: ClassVar[Mapping[str, Configuration]]
    hidden_presets: ClassVar[frozenset[str]] = frozenset()
    story: ClassVar[str]
    """Name of a module with `summary_rows(configuration, results)` and `tell(configuration, results)`, loaded when the
    report is made. A study without one overrides `summary` and `content`."""

    def preset(self, name: str) -> C:
        """The configuration of a preset. Raises ConfigurationError that suggests the right name."""
        from intertwine.suggestions import choose

        if name in self.hidden_presets:
            return self.presets[name]  # type: ignore[return-value]
        return self.presets[choose(f"preset of {self.name}", name, set(self.presets) - self.hidden_presets)]  # type: ignore[return-value]

    def configuration(self, values: Mapping[str, Any]) -> C:
        """The configuration stored in a run's folder."""
        from pydantic import ValidationError

        try:
            return self.configuration_type.model_validate(values)  # type: ignore[return-value]
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigurationError(
                f"not a configuration of {self.name}", received=f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            ) from error

    @abstractmethod
    def steps(self, configuration: C, seed: int) -> Sequence[Step]:
        """Every step, in an order in which each comes after those that it needs."""

    def summary(self, configuration: C, results: Store) -> list[dict[str, str]]:
        """The rows of the table that is printed at the end: one dictionary a row, the same keys in each."""
        rows: list[dict[str, str]] = import_module(self.story).summary_rows(configuration, results)
        return rows

    def content(self, configuration: C, results: Store) -> Content:
        """What the report shows."""
        content: Content = import_module(self.story).tell(configuration, results)
        return content
