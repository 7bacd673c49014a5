"""JobWatcher: any number of coroutines wait for jobs, and one watcher asks for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import Self

from tencent_ci_async._describing import Describe, JobIds, check_describe
from tencent_ci_async._endpoint import check_job_ids
from tencent_ci_async._outcomes import JobOutcome
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, WatcherClosedError
from tencent_ci_async.events import EventHandler
from tencent_ci_async.models import JobDetail

from ._crowd import Crowd
from ._deadlines import Limit
from ._dispatcher import Dispatcher
from ._endings import ended, succeeded
from ._limits import Limits, OnPause, check_settings
from ._remembered import Remembered
from ._report import Report
from ._schedule import PollSchedule
from ._snapshot import Recalled, read_snapshot, write_snapshot
from ._stats import WatcherStats, figures
from ._waiters import Changes, SingleWait
from ._watched import Waiter, Watched

__all__ = ["JobWatcher"]


class JobWatcher:
    """Waits for jobs to end: thousands of waiters, one watcher that asks for all their jobs together.

    Use it as ``async with JobWatcher(session.describe_media_job) as watcher``, one for each session. What it
    costs follows the jobs, never the waiters: ten jobs to a request, each looked at once per interval whoever
    waits for it. Nothing runs while nobody waits. A request that fails ends no wait, unless the service
    refuses the request itself; cancelling a wait changes nothing for the others, and nothing about the job.

    The `JobDetail` of an ended job is shared by all who waited for it: treat it as read-only.

    Args:
        describe: Asks about several jobs by one request: ``session.describe_media_job``.
        schedule: How closely jobs are watched.
        max_ids_per_request: Jobs that one request asks for; the service's pages say 10.
        max_in_flight: Requests under way at once.
        max_dark: Seconds without any answer about its job after which a wait ends with what stood in the
            way; None to wait on. Each wait may say otherwise.
        remember: How many ended jobs are kept for those who ask for them later; that costs no request.
        remember_for: How long, in seconds.
        on_event: A plain function that is told what happens, as values of `tencent_ci_async.events`.
        timing: Only the chance in it is used, for jitter; the clock is that of the event loop.

    Raises:
        ConfigurationError: A setting is out of range, or ``describe`` is no callable.
    """

    def __init__(  # noqa: PLR0913 - settings, all but one by keyword
        self,
        describe: Describe,
        *,
        schedule: PollSchedule | None = None,
        max_ids_per_request: int = 10,
        max_in_flight: int = 8,
        max_dark: float | None = None,
        remember: int = 4096,
        remember_for: float = 600.0,
        on_event: EventHandler | None = None,
        timing: Timing | None = None,
    ) -> None:
        check_describe(describe)
        check_settings(max_ids_per_request, max_in_flight, max_dark, remember, remember_for)
        self._schedule = schedule or PollSchedule()
        self._max_dark = max_dark
        self._remembered = Remembered(remember, remember_for)
        self._start = partial(
            Dispatcher,
            describe,
            schedule=self._schedule,
            size=max_ids_per_request,
            width=max_in_flight,
            timing=timing or Timing(),
            remembered=self._remembered,
            report=Report(on_event),
            context=copy_context(),
        )
        self._recalled: dict[str, Recalled] = {}
        self._dispatcher: Dispatcher | None = None
        self._closed = False

    # --- Waiting --------------------------------------------------------------------------------------

    async def wait(
        self,
        job_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - a timer for each of 100,000 waits costs too much
        submitted_ago: float | None = None,
        on_pause: OnPause = "wait",
        max_dark: float | None = None,
    ) -> JobDetail:
        """Wait until a job has ended well, and return it.

        Args:
            job_id: The id: 1 to 128 letters, digits, ``-`` and ``_``.
            timeout: Seconds to wait in all; None for no limit. The job is looked at once more just before.
            submitted_ago: Seconds since the job was submitted, if you know: 0 right after submitting. Then
                the first look waits for its turn; else it is made at once.
            on_pause: ``"wait"`` while the job is held back, or ``"raise"``.
            max_dark: Seconds without any answer about the job after which the wait ends; None for what the
                watcher says.

        Returns:
            The job, in the state Success.

        Raises:
            JobFailedError: The job ended in Failed; the error carries it.
            JobCancelledError: The job was cancelled; the error carries it.
            JobNotFoundError: The service does not know the job, also after the time of grace.
            JobPausedError: The job is held back, and ``on_pause`` says ``"raise"``.
            JobWaitTimeoutError: The time is up; the error carries the job as last seen, and its age.
            WatcherClosedError: The watcher is closed, or belongs to another event loop.
            SessionClosedError: The session was closed.
            ConfigurationError: An argument is not usable; or there are no credentials.
            ServiceError: The service refuses the request, whenever it is made (`AccessError`,
                `RequestError`, `NotFoundError`, `ConflictError`).
            ResponseTooLargeError: The answer about this job alone is too large.
            CIError: With ``max_dark``: what the last request met.
        """
        waiter, watched = self._begin(job_id, Limits(timeout, submitted_ago, on_pause, max_dark))
        try:
            # Not by way of `settle`: that would be one coroutine more for each of 100,000 waits.
            outcome = await waiter
        finally:
            self._leave(watched, waiter)
        return succeeded(ended(outcome), job_id)

    async def settle(
        self,
        job_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - a timer for each of 100,000 waits costs too much
        submitted_ago: float | None = None,
        on_pause: OnPause = "wait",
        max_dark: float | None = None,
    ) -> JobDetail:
        """Wait until a job has ended, and return it whatever its state is: Success, Failed or Cancel.

        Args:
            job_id: As for `wait`, and so are the others.
            timeout: Seconds to wait in all; None for no limit.
            submitted_ago: Seconds since the job was submitted, if you know.
            on_pause: ``"wait"`` while the job is held back, or ``"raise"``.
            max_dark: Seconds without any answer about the job after which the wait ends.

        Raises:
            JobNotFoundError: The service does not know the job, also after the time of grace.
            JobPausedError: The job is held back, and ``on_pause`` says ``"raise"``.
            JobWaitTimeoutError: The time is up; the error carries the job as last seen, and its age.
            WatcherClosedError: The watcher is closed, or belongs to another event loop.
            SessionClosedError: The session was closed.
            ConfigurationError: An argument is not usable; or there are no credentials.
            ServiceError: The service refuses the request, whenever it is made (`AccessError`,
                `RequestError`, `NotFoundError`, `ConflictError`).
            ResponseTooLargeError: The answer about this job alone is too large.
            CIError: With ``max_dark``: what the last request met.
        """
        waiter, watched = self._begin(job_id, Limits(timeout, submitted_ago, on_pause, max_dark))
        try:
            outcome = await waiter
        finally:
            self._leave(watched, waiter)
        return ended(outcome)

    def as_completed(
        self,
        job_ids: JobIds,
        *,
        timeout: float | None = None,
        submitted_ago: float | None = None,
        on_pause: OnPause = "wait",
        max_dark: float | None = None,
    ) -> AsyncGenerator[JobOutcome, None]:
        """Return an async iterator over the outcomes of jobs, each as soon as its job has ended.

        Every distinct id has exactly one outcome: ``outcome.job`` is the job in its terminal state, whatever
        that is; ``outcome.error`` is what stood in the way of one. Leaving the loop early ends the waiting.

        Args:
            job_ids: The ids, by ``for`` or by ``async for``; a repeated one is waited for once.
            timeout: Seconds to wait in all; then each job that has not ended has a `JobWaitTimeoutError` as
                its outcome. None for no limit.
            submitted_ago: Seconds since the jobs were submitted, if you know.
            on_pause: With ``"raise"``, a job that is held back has a `JobPausedError` as its outcome.
            max_dark: Seconds without any answer about a job after which its wait ends.

        Raises:
            ConfigurationError: ``job_ids`` is a single text, or a setting is not usable.
            WatcherClosedError: The watcher is closed, or belongs to another event loop. While it goes on,
                closing is the outcome of each job that has not ended.
        """
        limits = Limits(timeout, submitted_ago, on_pause, max_dark)
        if isinstance(job_ids, str | bytes):
            raise ConfigurationError("job_ids is a single text; give a list, or use wait")
        return self._collect(self._usable(), job_ids, limits)

    def watch(
        self,
        job_id: str,
        *,
        timeout: float | None = None,
        submitted_ago: float | None = None,
        on_pause: OnPause = "wait",
        max_dark: float | None = None,
    ) -> AsyncGenerator[JobDetail, None]:
        """Return an async iterator over a job: as it is first seen, at each change, and when it has ended.

        A change is one of state or progress; whoever reads slowly is given the newest progress. The last one
        is the job in its terminal state, whatever that is.

        Args:
            job_id: As for `wait`, and so are the others.
            timeout: Seconds to wait in all; None for no limit.
            submitted_ago: Seconds since the job was submitted, if you know.
            on_pause: ``"wait"`` while the job is held back, or ``"raise"``.
            max_dark: Seconds without any answer about the job after which the wait ends.

        Raises:
            CIError: As `settle` does, from the iterator.
            ConfigurationError: An argument is not usable.
            WatcherClosedError: The watcher is closed, or belongs to another event loop.
        """
        limits = Limits(timeout, submitted_ago, on_pause, max_dark)
        check_job_ids([job_id], at_most=1)
        return self._follow(self._usable(), job_id, limits)

    def due_now(self, *job_ids: str) -> int:
        """Have jobs looked at now, and return how many of them are waited for.

        For a hint that a job may have ended, such as a callback. The hint itself is never believed: what
        ends a wait is the answer to a signed question. Ids that nobody waits for are passed over, and
        one job is looked at for this reason at most once a second.

        Args:
            job_ids: The ids, from wherever.
        """
        if self._dispatcher is None or self._closed:
            return 0
        return sum([self._dispatcher.hint(job_id) for job_id in dict.fromkeys(job_ids)])

    # --- How it is doing, and going on elsewhere --------------------------------------------------------

    def stats(self) -> WatcherStats:
        """Return the figures of this moment."""
        if self._dispatcher is None:
            return WatcherStats(interval=self._schedule.interval)
        return figures(self._dispatcher)

    def dump(self) -> str:
        """Return JSON that says what is being watched, for `load` in another process.

        It holds the ids and what is known of each: how long it has been watched, its last state and
        progress. It holds neither who waits nor until when: whoever goes on says so anew. What was loaded
        and not waited for yet is in it too, and of a closed watcher what it watched at its end.
        """
        if self._dispatcher is None or self._closed:
            return write_snapshot([], 0.0, recalled=self._recalled.values())
        now = self._dispatcher.loop.time()
        return write_snapshot(self._dispatcher.roll.watched.values(), now, recalled=self._recalled.values())

    def load(self, text: str | bytes) -> list[str]:
        """Take in what `dump` has written, and return the ids, to be waited for again.

        Nothing is asked until somebody waits, such as by ``as_completed(watcher.load(text))``. What is known
        of the jobs then counts: a job that was watched for long has no new time of grace.

        Args:
            text: What `dump` returned, perhaps of an older version of this package.

        Raises:
            ConfigurationError: It is something else. Nothing was taken in. It is a ``ValueError``.
        """
        recalled = {each.job_id: each for each in read_snapshot(text)}
        self._recalled.update(recalled)
        return list(recalled)

    async def aclose(self) -> None:
        """Close the watcher: whoever waits gets a `WatcherClosedError`, and nothing is left running.

        Closing twice is harmless. The session stays open.
        """
        if not self._closed:
            self._recalled = {each.job_id: each for each in read_snapshot(self.dump())}
        self._closed = True
        if (dispatcher := self._dispatcher) is not None and dispatcher.loop is asyncio.get_running_loop():
            await dispatcher.close(WatcherClosedError("the watcher was closed while this wait was going on"))

    async def __aenter__(self) -> Self:
        """Return the watcher itself.

        Raises:
            WatcherClosedError: It is closed, or belongs to another event loop.
        """
        self._usable()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        stats = self.stats()
        state = "closed" if self._closed else "open"
        return f"<JobWatcher {state}: {stats.waiters} waiters for {stats.jobs} jobs>"

    # --- Inside ---------------------------------------------------------------------------------------

    def _usable(self) -> Dispatcher:
        if self._closed:
            raise WatcherClosedError("the watcher is closed: make a new one, or close it later")
        if self._dispatcher is None:
            self._dispatcher = self._start()
        self._dispatcher.check_loop()
        return self._dispatcher

    def _begin(self, job_id: str, limits: Limits) -> tuple[SingleWait, Watched | None]:
        check_job_ids([job_id], at_most=1)
        dispatcher = self._usable()
        waiter = SingleWait(loop=dispatcher.loop)
        if (known := self._remembered.get(job_id, dispatcher.loop.time())) is not None:
            waiter.ended(job_id, known)
            return waiter, None
        return waiter, self._join(dispatcher, job_id, waiter, limits)

    def _leave(self, watched: Watched | None, waiter: Waiter) -> None:
        if watched is not None and self._dispatcher is not None:
            self._dispatcher.leave(watched, waiter)

    def _join(
        self,
        dispatcher: Dispatcher,
        job_id: str,
        waiter: Waiter,
        limits: Limits,
        *,
        began: float | None = None,
    ) -> Watched:
        watched = dispatcher.join(job_id, waiter, submitted_ago=limits.submitted_ago)
        if self._recalled and (recalled := self._recalled.pop(job_id, None)) is not None:
            recalled.remind(watched, dispatcher.loop.time())
        if limits.on_pause == "raise":
            watched.is_impatient(waiter)
        if limits.timeout is not None:
            dispatcher.limit(Limit.TIMEOUT, watched, waiter, limits.timeout, since=began)
        max_dark = self._max_dark if limits.max_dark is None else limits.max_dark
        if max_dark is not None:
            dispatcher.limit(Limit.DARK, watched, waiter, max_dark)
        return watched

    async def _collect(
        self, dispatcher: Dispatcher, job_ids: JobIds, limits: Limits
    ) -> AsyncGenerator[JobOutcome, None]:
        began = dispatcher.loop.time()

        def join(job_id: str, crowd: Crowd) -> Watched | JobDetail:
            usable = self._usable()
            if (known := self._remembered.get(job_id, usable.loop.time())) is not None:
                return known
            return self._join(usable, job_id, crowd, limits, began=began)

        crowd = Crowd(join, dispatcher.leave)
        async with aclosing(crowd.run(job_ids)) as outcomes:
            async for outcome in outcomes:
                yield outcome

    async def _follow(
        self, dispatcher: Dispatcher, job_id: str, limits: Limits
    ) -> AsyncGenerator[JobDetail, None]:
        if (known := self._remembered.get(job_id, dispatcher.loop.time())) is not None:
            yield known
            return
        changes = Changes()
        watched = self._join(self._usable(), job_id, changes, limits)
        watched.observe(changes)
        try:
            last = False
            while not last:
                job, last = await changes.next()
                yield job
        finally:
            dispatcher.leave(watched, changes)
