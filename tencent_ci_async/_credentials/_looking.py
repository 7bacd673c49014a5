"""What looking for keys in one place brings: the place's own variables, and why it has none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["Absence", "Variables"]


class Absence(NamedTuple):
    """A place has no keys, and nothing is wrong with that: the next one may be asked.

    Attributes:
        reason: What was not there, in words.
    """

    reason: str


class Variables:
    """Environment variables; unlike ``os.environ``, they are not shown in a traceback with locals.

    Args:
        environment: Another mapping to read; None for ``os.environ``.
    """

    __slots__ = ("_environment",)

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def value(self, name: str) -> str:
        """Return the value of a variable, the empty text if it is not set."""
        # A line feed at the end is what a secret mounted from a file often brings along.
        return self._environment.get(name, "").strip()

    def those_set(self, names: Iterable[str]) -> list[str]:
        """Return the names of those variables that are set."""
        return [name for name in names if self.value(name)]
