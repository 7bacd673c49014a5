"""Many jobs waited for at once, and their outcomes handed over in the order of their ends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import Final

from tencent_ci_async._describing import JobIds
from tencent_ci_async._endpoint import check_job_ids
from tencent_ci_async._outcomes import JobOutcome
from tencent_ci_async.errors import CIError
from tencent_ci_async.models import JobDetail

from ._endings import own
from ._watched import Outcome, Waiter, Watched

__all__ = ["Crowd"]

# Ids read from a source without letting the loop turn.
_TURN: Final = 200


class Crowd:
    """Waits for many jobs; one object, however many they are.

    Args:
        join: Begins to wait for a job, or returns it if it has ended already.
        leave: Stops waiting for a job.
    """

    def __init__(
        self, join: Callable[[str, Crowd], Watched | JobDetail], leave: Callable[[Watched, Waiter], None]
    ) -> None:
        self._join = join
        self._leave = leave
        self._seen: set[str] = set()
        self._waited_for: dict[str, Watched] = {}
        self._outcomes: deque[JobOutcome] = deque()
        self._source_ended = False
        self._failure: BaseException | None = None
        self._changed = asyncio.Event()

    def ended(self, job_id: str, outcome: Outcome) -> None:
        """Take the outcome of one job."""
        self._waited_for.pop(job_id, None)
        self._add(job_id, outcome)

    async def run(self, job_ids: JobIds) -> AsyncGenerator[JobOutcome, None]:
        """Yield the outcome of each distinct id, as soon as there is one.

        Raises:
            Exception: What the source of the ids has raised.
        """
        feeder = asyncio.create_task(self._feed(job_ids), name="tencent-ci-as-completed")
        feeder.add_done_callback(self._fed)
        try:
            while True:
                while self._outcomes:
                    yield self._outcomes.popleft()
                if self._source_ended and not self._waited_for:
                    break
                self._changed.clear()
                await self._changed.wait()
            if self._failure is not None:
                raise self._failure
        finally:
            feeder.cancel()
            for watched in self._waited_for.values():
                self._leave(watched, self)
            await asyncio.wait([feeder])

    async def _feed(self, job_ids: JobIds) -> None:
        if isinstance(job_ids, AsyncIterable):
            async for job_id in job_ids:
                self._enter(job_id)
        else:
            for number, job_id in enumerate(job_ids, 1):
                self._enter(job_id)
                if number % _TURN == 0:
                    await asyncio.sleep(0)

    def _fed(self, feeder: asyncio.Task[None]) -> None:
        self._source_ended = True
        if not feeder.cancelled():
            # Nobody can wait for what the source has not said; whoever waits for the rest is told at the end.
            self._failure = feeder.exception()
        self._changed.set()

    def _enter(self, job_id: object) -> None:
        label = job_id if isinstance(job_id, str) else repr(job_id)
        if label in self._seen:
            return
        self._seen.add(label)
        try:
            check_job_ids([job_id], at_most=1)
            joined = self._join(label, self)
        except CIError as error:
            self._add(label, error)
            return
        if isinstance(joined, JobDetail):
            self._add(label, joined)
        else:
            self._waited_for[label] = joined

    def _add(self, job_id: str, outcome: Outcome) -> None:
        if isinstance(outcome, JobDetail):
            self._outcomes.append(JobOutcome(job_id, job=outcome))
        elif isinstance(outcome, CIError):
            self._outcomes.append(JobOutcome(job_id, error=own(outcome)))
        else:
            error = CIError(f"asking about job {job_id} failed: {type(outcome).__name__}: {outcome}")
            self._outcomes.append(JobOutcome(job_id, error=error))
        self._changed.set()
