"""Any number of ids through requests of ten: each distinct id ends in exactly one outcome.

A feeder reads the source, workers ask, the consumer takes. Between them stand bounded buffers, so that a
slow consumer slows the workers, and these the source. The room knows a *describe* callable, not the session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from ._describing import Describe, JobIds
from ._endpoint import check_job_ids
from ._outcomes import FanoutProgress, JobOutcome
from ._questions import Batch, Question, after_answer, after_failure
from ._recent import RecentlySeen, Seen, SeenExactly
from ._timing import Timing
from .errors import BatchError, CIError, ConfigurationError, JobNotFoundError, SessionClosedError

__all__ = ["Fanout"]

# How long an incomplete batch waits for company when the source is slow, in seconds.
_LINGER: Final = 0.01
# The longest pause before a later round, in seconds; half of it is certain, the rest is drawn.
_ROUND_PAUSES: Final = (2.0, 8.0)
# So many batches per worker may rest before a later round; beyond that no fresh id is taken.
_RESTING_PER_WORKER: Final = 4
# Ids read from a source without letting the loop turn.
_TURN: Final = 1_000


class Fanout:
    """One run over a source of ids.

    Args:
        describe: Asks about up to `batch_size` ids.
        source: The ids; duplicates are asked for once.
        batch_size: Ids per request.
        width: Requests under way at once.
        timing: Sleep and chance, for the pauses between rounds.
        report: Called with the counts after each request.
        raise_on_error: Whether to raise in the end when an id ended in an error.
    """

    def __init__(
        self,
        describe: Describe,
        source: JobIds,
        *,
        batch_size: int,
        width: int,
        timing: Timing,
        report: Callable[[FanoutProgress], None] | None = None,
        raise_on_error: bool = False,
    ) -> None:
        self._describe = describe
        self._source = source
        self._batch_size = batch_size
        self._width = width
        self._timing = timing
        self._report = report
        self._errors: dict[str, CIError] | None = {} if raise_on_error else None
        self._most_buffered = 2 * batch_size * width
        # A source that holds its ids has spent that memory already; of a stream the recent past must do.
        self._seen: Seen = SeenExactly() if isinstance(source, Collection) else RecentlySeen()
        self._order: dict[str, None] | None = None
        self._progress = FanoutProgress(total=len(source) if isinstance(source, Collection) else None)
        self._changed = asyncio.Event()
        self._fresh: deque[Question] = deque()
        self._again: deque[Batch] = deque()
        self._outcomes: deque[JobOutcome] = deque()
        self._source_ended = False
        self._asking = 0
        self._resting = 0
        self._failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> AsyncGenerator[JobOutcome, None]:
        """Yield the outcomes as they arrive; closing the generator stops everything.

        Raises:
            BatchError: The source is at its end, an id ended in an error, and this was to be raised.
            SessionClosedError: The session was closed meanwhile.
            ConfigurationError: There are no credentials.
        """
        self._start(self._feed())
        for _ in range(self._width):
            self._start(self._work())
        try:
            while self._outcomes or not self._is_over():
                if not self._outcomes:
                    await self._changed.wait()
                while self._outcomes:
                    outcome = self._outcomes.popleft()
                    self._pulse()
                    yield outcome
            if self._failure is not None:
                raise self._failure
            if self._errors:
                raise BatchError(self._errors)
        finally:
            await self._stop()

    async def collect(self) -> dict[str, JobOutcome]:
        """Return all outcomes, in the order of the source.

        Raises:
            BatchError, SessionClosedError, ConfigurationError: As `run` does.
        """
        # The result holds every id anyway, so that none need be forgotten.
        self._seen, self._order = SeenExactly(), {}
        async with aclosing(self.run()) as outcomes:
            arrived = {outcome.job_id: outcome async for outcome in outcomes}
        return {job_id: arrived[job_id] for job_id in self._order}

    # --- The source ---------------------------------------------------------------------------------

    async def _feed(self) -> None:
        if isinstance(self._source, AsyncIterable):
            async for job_id in self._source:
                self._admit(job_id)
                self._pulse()
                await self._room()
        else:
            for number, job_id in enumerate(self._source):
                self._admit(job_id)
                if number % _TURN == 0:
                    # A source of nothing but duplicates must not hold up the loop.
                    await asyncio.sleep(0)
                if self._is_full():
                    self._pulse()
                    await self._room()
        self._source_ended = True
        self._pulse()

    def _admit(self, job_id: object) -> None:
        """Take an id from the source; what is no job id has its outcome at once."""
        label = job_id if isinstance(job_id, str) else repr(job_id)
        if not self._seen.is_new(label):
            if self._progress.total is not None:
                self._progress = replace(self._progress, total=self._progress.total - 1)
            return
        if self._order is not None:
            self._order[label] = None
        try:
            check_job_ids([job_id], at_most=1)
        except ConfigurationError as error:
            self._finish([JobOutcome(label, error=error)])
        else:
            self._fresh.append(Question(label))

    async def _room(self) -> None:
        while self._is_full():
            await self._changed.wait()

    def _is_full(self) -> bool:
        return len(self._fresh) + len(self._outcomes) >= self._most_buffered

    # --- The workers --------------------------------------------------------------------------------

    async def _work(self) -> None:
        while (batch := await self._next_batch()) is not None:
            self._asking += 1
            try:
                await self._ask(batch)
            finally:
                self._asking -= 1
            self._pulse()

    async def _next_batch(self) -> Batch | None:
        """Return the next batch to ask, or None when everything is done."""
        lingered = False
        while not self._is_over():
            if len(self._outcomes) < self._most_buffered:
                if self._again:
                    return self._again.popleft()
                if self._fresh and self._resting < _RESTING_PER_WORKER * self._width:
                    if len(self._fresh) >= self._batch_size or self._source_ended or lingered:
                        return self._fresh_batch()
                    lingered = await self._linger()
                    continue
            lingered = False
            await self._changed.wait()
        return None

    async def _linger(self) -> bool:
        """Wait a moment for an incomplete batch to fill; whether nothing came."""
        try:
            async with asyncio.timeout(_LINGER):
                await self._changed.wait()
        except TimeoutError:
            return True
        return False

    def _fresh_batch(self) -> Batch:
        size = min(self._batch_size, len(self._fresh))
        batch = Batch(tuple(self._fresh.popleft() for _ in range(size)))
        self._pulse()
        return batch

    async def _ask(self, batch: Batch) -> None:
        self._progress = replace(self._progress, requests=self._progress.requests + 1)
        try:
            verdict = after_answer(batch, await self._describe(*batch.job_ids))
        except (SessionClosedError, ConfigurationError):
            # No id is at fault, and none that follows can fare better.
            raise
        except CIError as failure:
            verdict = after_failure(batch, failure)
        self._fresh.extendleft(reversed(verdict.in_company))
        self._again.extend(verdict.again)
        for later in verdict.later:
            self._resting += 1
            self._start(self._rest(later))
        self._finish(verdict.outcomes)

    async def _rest(self, batch: Batch) -> None:
        pause = _ROUND_PAUSES[batch.round - 1]
        await self._timing.sleep(pause * (0.5 + 0.5 * self._timing.random()))
        self._resting -= 1
        self._again.append(batch)
        self._pulse()

    # --- The outcomes -------------------------------------------------------------------------------

    def _finish(self, outcomes: list[JobOutcome]) -> None:
        self._outcomes.extend(outcomes)
        found = sum(outcome.job is not None for outcome in outcomes)
        missing = sum(isinstance(outcome.error, JobNotFoundError) for outcome in outcomes)
        if self._errors is not None:
            self._errors.update((each.job_id, each.error) for each in outcomes if each.error is not None)
        self._progress = replace(
            self._progress,
            found=self._progress.found + found,
            missing=self._progress.missing + missing,
            failed=self._progress.failed + len(outcomes) - found - missing,
        )
        if self._report is not None:
            self._report(self._progress)

    # --- Life -----------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        if self._failure is not None:
            return True
        left = self._fresh or self._again or self._asking or self._resting
        return self._source_ended and not left

    def _pulse(self) -> None:
        # Setting an event wakes all who wait at this moment, also if it is cleared at once.
        self._changed.set()
        self._changed.clear()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="tencent-ci-fanout")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failure = self._failure or failure
        self._pulse()

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
