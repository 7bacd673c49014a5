"""A clock that tests move."""

from __future__ import annotations

import asyncio
from typing import Final

from ._jobs import check_seconds

__all__ = ["FakeClock"]

_BEGINNING: Final = 1_800_000_000.0


class FakeClock:
    """A clock that stands still until a test moves it on, or until somebody sleeps by it.

    Example:
        >>> clock = FakeClock()
        >>> fake = FakeCI(clock=clock.time, sleep=clock.sleep)
        >>> job_id = fake.add_job(runs_for=60)
        >>> clock.advance(60)
        >>> fake.state(job_id)
        'Success'

    Attributes:
        now: The time, in epoch seconds.
    """

    def __init__(self, now: float = _BEGINNING) -> None:
        self.now: float = now

    def __repr__(self) -> str:
        return f"<FakeClock at {self.now:.3f}>"

    def time(self) -> float:
        """Return the time, in epoch seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass.

        Raises:
            ConfigurationError: They are negative.
        """
        check_seconds(seconds=seconds)
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once; those who sleep at the same time share it."""
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)
