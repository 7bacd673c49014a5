"""When somebody's patience ends: one heap for all of them, so that a waiter costs no timer."""

from __future__ import annotations

import heapq
import math
from enum import Enum, auto
from typing import Final, NamedTuple

from ._watched import Waiter, Watched

__all__ = ["Deadline", "Deadlines", "Limit"]

_NEVER_SWEPT: Final = 64


class Limit(Enum):
    """What happens when the moment has come."""

    LAST_LOOK = auto()
    """The job is looked at once more, so that an answer can still arrive in time."""

    TIMEOUT = auto()
    """The wait ends."""

    DARK = auto()
    """The job is looked at once more, and then the wait ends, unless there has been an answer meanwhile."""


class Deadline(NamedTuple):
    """One moment, of one waiter for one job."""

    when: float
    number: int
    limit: Limit
    watched: Watched
    waiter: Waiter
    seconds: float
    """What the waiter had asked for."""

    @property
    def is_over(self) -> bool:
        """Whether the waiter has left already."""
        return self.waiter not in self.watched.waiters


class Deadlines:
    """All deadlines; those of waiters that have left are swept out now and then."""

    def __init__(self) -> None:
        self._heap: list[Deadline] = []
        self._numbers = 0
        self._sweep_at = _NEVER_SWEPT

    def add(self, when: float, limit: Limit, watched: Watched, waiter: Waiter, seconds: float) -> None:
        """Add a deadline."""
        self._numbers += 1
        heapq.heappush(self._heap, Deadline(when, self._numbers, limit, watched, waiter, seconds))
        if len(self._heap) > self._sweep_at:
            self._heap = [each for each in self._heap if not each.is_over]
            heapq.heapify(self._heap)
            self._sweep_at = _NEVER_SWEPT + 2 * len(self._heap)

    @property
    def next(self) -> float:
        """When the next one comes; infinity for never."""
        return self._heap[0].when if self._heap else math.inf

    def pop(self, now: float) -> Deadline | None:
        """Return one whose moment has come and whose waiter still waits."""
        while self._heap and self._heap[0].when <= now:
            deadline = heapq.heappop(self._heap)
            if not deadline.is_over:
                return deadline
        return None

    def clear(self) -> None:
        """Forget all of them."""
        self._heap.clear()
        self._sweep_at = _NEVER_SWEPT
