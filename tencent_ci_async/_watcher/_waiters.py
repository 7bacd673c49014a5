"""Those who wait for one job: for its end, or for every change."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from tencent_ci_async.models import JobDetail

from ._endings import own
from ._watched import Outcome

__all__ = ["Changes", "SingleWait"]

# Changes of state that a slow reader may be behind; beyond that only the newest is kept.
_MOST_PENDING: Final = 64


class SingleWait(asyncio.Future[Outcome]):
    """Waits for one job; nothing but a future, since there may be a hundred thousand."""

    __slots__ = ()

    # Identity, which a future has anyway, said in so many words: it is a key.
    __hash__ = object.__hash__

    def ended(self, job_id: str, outcome: Outcome) -> None:  # noqa: ARG002 - a future waits for one job only
        """Take the outcome."""
        if not self.done():
            self.set_result(outcome)


class Changes:
    """Waits for one job, and keeps each change of its state or progress until it is read.

    Of two changes of progress that nobody has read, the later one counts.
    """

    def __init__(self) -> None:
        self._pending: deque[JobDetail] = deque()
        self._last: tuple[object, object] | None = None
        self._outcome: Outcome | None = None
        self._arrived = asyncio.Event()

    def seen(self, job: JobDetail) -> None:
        """Take how the job stands."""
        if self._last == (job.state, job.progress):
            return
        self._last = (job.state, job.progress)
        if self._pending and (self._pending[-1].state == job.state or len(self._pending) >= _MOST_PENDING):
            self._pending.pop()
        self._pending.append(job)
        self._arrived.set()

    def ended(self, job_id: str, outcome: Outcome) -> None:  # noqa: ARG002 - it waits for one job only
        """Take the outcome."""
        self._outcome = outcome
        self._arrived.set()

    async def next(self) -> tuple[JobDetail, bool]:
        """Return the next change, and whether it is the last.

        Raises:
            Exception: What stood in the way of a terminal state, once all changes before it have been read.
        """
        while not self._pending and self._outcome is None:
            self._arrived.clear()
            await self._arrived.wait()
        if self._pending:
            return self._pending.popleft(), False
        if isinstance(self._outcome, JobDetail):
            return self._outcome, True
        assert self._outcome is not None  # noqa: S101 - the loop above has seen to it
        raise own(self._outcome)
