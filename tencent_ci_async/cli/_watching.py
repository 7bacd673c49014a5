"""Waiting for the jobs of a command: a task for each job, and one watcher that asks for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tencent_ci_async import (
    AccessError,
    CIError,
    CISession,
    CredentialsError,
    JobDetail,
    JobOutcome,
    JobWaitTimeoutError,
    NoAnswerError,
)

from ._arguments import seconds
from ._board import Board
from ._formats import JobWriter, as_json, job_document, write_text
from ._ids import IdSource

if TYPE_CHECKING:
    from tencent_ci_async import DescribeMediaJobResult, JobWatcher

__all__ = ["WatchSettings", "Watching"]

_CLOCK_TOLERANCE: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """How jobs are watched, in seconds.

    Attributes:
        timeout: How long in all; None for no limit.
        interval: Between two looks at a job.
        patience: How long the service may be out of reach.
        every_change: Whether JSON lines tell every change.
        submitted_ago: How long ago the jobs were submitted, if that is known.
        grace: How long "there is no such job" is not believed.
    """

    timeout: float | None
    interval: float
    patience: float
    every_change: bool = False
    submitted_ago: float | None = None
    grace: float = 10.0

    @classmethod
    def of(
        cls, timeout: str | None, interval: str, patience: str, *, every_change: bool = False
    ) -> WatchSettings:
        """Read them from a command line.

        Raises:
            UsageError: One is no length of time.
        """
        return cls(
            timeout=seconds("--timeout", timeout),
            interval=seconds("--interval", interval) or 0.0,
            patience=seconds("--patience", patience) or 0.0,
            every_change=every_change,
        )

    def after_submitting(self, *, grace: float) -> WatchSettings:
        """Return the settings for jobs that were submitted just now.

        Args:
            grace: How long "there is no such job" is not believed then.
        """
        return replace(self, submitted_ago=0.0, grace=grace)


class Watching:
    """One watch.

    Args:
        session: Asks for the jobs.
        board: Is told how they stand.
        writer: Is told what became of them.
        settings: How they are watched.
    """

    def __init__(self, session: CISession, board: Board, writer: JobWriter, settings: WatchSettings) -> None:
        self.was_cut_off = False
        self._session = session
        self._board = board
        self._writer = writer
        self._settings = settings
        self._deadline: float | None = None
        self._was_answered = False
        self._news: asyncio.Queue[JobOutcome | BaseException | None] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, source: IdSource) -> AsyncGenerator[JobOutcome, None]:
        """Yield what became of each job, as it becomes known.

        Args:
            source: The ids.

        Raises:
            CIError: The service cannot be asked at all.
            UsageError: The ids cannot be read.
        """
        from tencent_ci_async import JobWatcher, PollSchedule  # noqa: PLC0415 - imported when the command runs

        schedule = PollSchedule(interval=self._settings.interval, not_found_grace=self._settings.grace)
        if self._settings.timeout is not None:
            self._deadline = asyncio.get_running_loop().time() + self._settings.timeout
        async with JobWatcher(self._ask, schedule=schedule, max_dark=self._settings.patience) as watcher:
            self._start(self._feed(source, watcher))
            try:
                while self._tasks or not self._news.empty():
                    piece = await self._news.get()
                    if isinstance(piece, BaseException):
                        raise piece
                    if piece is not None:
                        self._board.became(piece)
                        self._writer.write(piece)
                        yield piece
            finally:
                for task in self._tasks:
                    task.cancel()
                if self._tasks:
                    await asyncio.wait(self._tasks)

    async def _ask(self, *job_ids: str) -> DescribeMediaJobResult:
        try:
            result = await self._session.describe_media_job(*job_ids)
        except CIError as error:
            self._board.trouble = str(error)
            # Who has never reached the service should not wait for it to come back.
            hopeless = isinstance(error, AccessError | CredentialsError)
            if hopeless or (isinstance(error, NoAnswerError) and not self._was_answered):
                self._news.put_nowait(error)
            raise
        self._board.trouble = ""
        self._was_answered = True
        return result

    async def _feed(self, source: IdSource, watcher: JobWatcher) -> None:
        try:
            async with asyncio.timeout_at(self._deadline), aclosing(source.each()) as job_ids:
                async for job_id in job_ids:
                    self._board.add(job_id)
                    self._start(self._follow(job_id, watcher))
        except TimeoutError:
            self.was_cut_off = True

    async def _follow(self, job_id: str, watcher: JobWatcher) -> None:
        timeout = None
        if self._deadline is not None:
            timeout = max(0.0, self._deadline - asyncio.get_running_loop().time())
        job: JobDetail | None = None
        try:
            changes = watcher.watch(job_id, timeout=timeout, submitted_ago=self._settings.submitted_ago)
            async with aclosing(changes):
                async for job in changes:
                    self._board.saw(job_id, job)
                    if self._settings.every_change and not job.is_terminal:
                        write_text([as_json(job_document(JobOutcome(job_id, job=job)))])
        except CIError as error:
            self._news.put_nowait(JobOutcome(job_id, error=self._reason(job_id, error)))
        else:
            self._news.put_nowait(JobOutcome(job_id, job=job))

    def _reason(self, job_id: str, error: CIError) -> CIError:
        """Return what ended a wait: where the time was not up, the service was out of reach for too long."""
        if not isinstance(error, JobWaitTimeoutError):
            return error
        now = asyncio.get_running_loop().time()
        if self._deadline is not None and now >= self._deadline - _CLOCK_TOLERANCE:
            return error
        said = f": {self._board.trouble}" if self._board.trouble else ""
        return NoAnswerError(
            f"the service has not answered about job {job_id} for {self._settings.patience:g} s{said}"
        )

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="tencent-ci-watch")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._news.put_nowait(None if task.cancelled() else task.exception())
