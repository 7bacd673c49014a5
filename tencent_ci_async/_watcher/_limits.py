"""What one who waits may ask for besides the job."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from tencent_ci_async.errors import ConfigurationError

__all__ = ["Limits", "OnPause", "check_settings"]

OnPause = Literal["wait", "raise"]
"""What to do while a job is held back: wait on, or raise `JobPausedError`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of one wait, checked; `JobWatcher.wait` says what they mean."""

    timeout: float | None = None
    submitted_ago: float | None = None
    on_pause: OnPause = "wait"
    max_dark: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("timeout", self.timeout), ("max_dark", self.max_dark)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(
                    f"{name} is {value}: it must be a positive number of seconds, or None"
                )
        if self.submitted_ago is not None and not (
            self.submitted_ago >= 0 and math.isfinite(self.submitted_ago)
        ):
            raise ConfigurationError(f"submitted_ago is {self.submitted_ago}: it must be 0 or more seconds")
        if self.on_pause not in ("wait", "raise"):
            raise ConfigurationError(f"on_pause is {self.on_pause!r}: it must be 'wait' or 'raise'")


def check_settings(
    max_ids_per_request: int, max_in_flight: int, max_dark: float | None, remember: int, remember_for: float
) -> None:
    """Check the settings of a watcher.

    Raises:
        ConfigurationError: One of them is out of range.
    """
    for name, value in (("max_ids_per_request", max_ids_per_request), ("max_in_flight", max_in_flight)):
        if value < 1:
            raise ConfigurationError(f"{name} is {value}: it must be at least 1")
    if remember < 0 or not remember_for >= 0:
        raise ConfigurationError("remember and remember_for must not be negative")
    Limits(max_dark=max_dark)
