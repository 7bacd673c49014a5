"""One request about some jobs, and how its answer or its failure is sorted out. Pure."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from tencent_ci_async._questions import is_batch_at_fault, may_pass
from tencent_ci_async.errors import CIError, CredentialsError, SessionClosedError, UnreadableAnswerError
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail

from ._watched import Watched

__all__ = ["Finding", "Look", "Remedy", "findings", "is_suspicious", "remedy"]


class Look:
    """A request under way.

    Attributes:
        asked: The jobs it was made for.
        batch: Those of them that somebody still waited for when the question was asked.
        asked_at: When the question was asked; infinity before that.
        count: How many jobs the question was about; 0 before that.
        lag: How many seconds it came later than the most overdue of them was due.
        ended: How many of them have ended.
        failure: What it met, if that was no answer.
        task: The task that asks.
        is_given_up: Whether the watcher has cancelled it.
    """

    __slots__ = ("asked", "asked_at", "batch", "count", "ended", "failure", "is_given_up", "lag", "task")

    def __init__(self, batch: list[Watched]) -> None:
        self.asked = self.batch = batch
        self.asked_at = math.inf
        self.count = self.ended = 0
        self.lag = 0.0
        self.failure: BaseException | None = None
        self.task: asyncio.Task[None] | None = None
        self.is_given_up = False

    def begin(self, batch: list[Watched], now: float) -> None:
        """Note that the question is asked now, about those jobs that somebody still waits for."""
        self.batch, self.asked_at, self.count = batch, now, len(batch)
        self.lag = max(0.0, now - min([watched.due for watched in batch], default=now))
        for watched in batch:
            # What was a hint by now is heeded by this very question.
            watched.again_at = None

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody waits for any of its jobs."""
        return not any(watched.waiters for watched in self.batch)

    def cancel(self) -> None:
        """Stop asking."""
        self.is_given_up = True
        if self.task is not None:
            self.task.cancel()


class Finding(NamedTuple):
    """What an answer says of one job.

    Attributes:
        watched: The job.
        job: How it is; None when the answer does not say.
        missing: Whether the answer says that it does not exist.
    """

    watched: Watched
    job: JobDetail | None
    missing: bool


def findings(batch: list[Watched], result: DescribeMediaJobResult) -> Iterator[Finding]:
    """Yield what an answer says of each job asked for.

    A job that nobody asked for is passed over, and of a job that comes twice the first counts.
    """
    jobs = {job.job_id: job for job in reversed(result.jobs_detail) if job.job_id}
    missing = set(result.non_exist_job_ids)
    for watched in batch:
        job = jobs.get(watched.job_id)
        yield Finding(watched, job, job is None and watched.job_id in missing)


class Remedy(Enum):
    """What to do about a request that failed."""

    HALVE = auto()
    """The batch is at fault: its halves tell which job is the culprit."""

    HALVE_LATER = auto()
    """A job among them may be what makes the answer unreadable, or it passes: halves, after a pause."""

    REPEAT = auto()
    """It may pass: the jobs keep their turn, and the watcher pauses."""

    REFUSE = auto()
    """The next request would fare no better: those who wait for these jobs are told."""

    CLOSE = auto()
    """No request will be answered any more."""


def remedy(batch: list[Watched], failure: Exception) -> Remedy:
    """Decide what a failed request means for the jobs that it asked for."""
    if isinstance(failure, SessionClosedError):
        return Remedy.CLOSE
    if not isinstance(failure, CIError):
        return Remedy.REFUSE
    if len(batch) > 1 and is_batch_at_fault(failure):
        return Remedy.HALVE
    if may_pass(failure) or isinstance(failure, CredentialsError):
        unreadable = len(batch) > 1 and isinstance(failure, UnreadableAnswerError)
        return Remedy.HALVE_LATER if unreadable else Remedy.REPEAT
    return Remedy.REFUSE


def is_suspicious(failure: Exception) -> bool:
    """Whether it may be the job asked for that makes the answer unreadable."""
    return isinstance(failure, UnreadableAnswerError)
