"""How long things may take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tencent_ci_async.errors import ConfigurationError

__all__ = ["Timeouts"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long things may take, in seconds.

    Args:
        total: One call, all its attempts and waits included; None for no limit.
        connect: Making one connection.
        read: The silence between two pieces of an answer, or of a request being sent.

    Raises:
        ConfigurationError: A value is not a positive number.
    """

    total: float | None = 60.0
    connect: float = 5.0
    read: float = 15.0

    def __post_init__(self) -> None:
        for name, value in (("total", self.total), ("connect", self.connect), ("read", self.read)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name} is {value} s: it must be a positive number")
