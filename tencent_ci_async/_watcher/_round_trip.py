"""How long an answer takes."""

from __future__ import annotations

from typing import Final

__all__ = ["GRAIN", "RoundTrip"]

GRAIN: Final = 0.01
"""Moments closer than that are one, in seconds."""

# As long as no answer has come.
_FIRST_GUESS: Final = 0.5


class RoundTrip:
    """The time from question to answer, learnt as TCP does it: smoothed, and how much it varies."""

    def __init__(self) -> None:
        self._smoothed: float | None = None
        self._deviation = 0.0

    def measured(self, seconds: float) -> None:
        """Learn from an answer."""
        if self._smoothed is None:
            self._smoothed, self._deviation = seconds, seconds / 2
            return
        self._deviation += (abs(seconds - self._smoothed) - self._deviation) / 4
        self._smoothed += (seconds - self._smoothed) / 8

    @property
    def at_most(self) -> float:
        """Seconds within which an answer is nearly always there."""
        if self._smoothed is None:
            return _FIRST_GUESS
        return self._smoothed + 4 * self._deviation + 2 * GRAIN
