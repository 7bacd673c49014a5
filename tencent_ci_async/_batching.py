"""Single questions of many callers, asked together: ten to a request, none waiting longer than a moment."""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Sequence
from contextvars import Context, copy_context

from ._describing import Describe, check_describe
from ._endpoint import check_job_ids
from ._event_handler import safe_handler
from ._questions import OMISSIONS_IN_COMPANY, Batch, Question, after_answer, is_batch_at_fault
from .errors import CIError, ConfigurationError, SessionClosedError, UnreadableAnswerError
from .events import BatchSent, EventHandler
from .models import DescribeMediaJobResult, JobDetail

__all__ = ["BatchingDescriber"]


class BatchingDescriber:
    """Turns concurrent questions about single jobs into requests about several.

    For a web service whose handlers each ask for one job: ``await describer.describe(job_id)``. Questions
    that come within a few milliseconds share a request, and those about the same job share the question.
    Callers notice nothing of each other: an id that is wrong spoils no other answer, and who is cancelled
    takes nobody along. No answer is older than the question.

    It needs no closing: nothing runs while nobody asks.

    Args:
        describe: Asks about several jobs by one request: ``session.describe_media_job``.
        window: Seconds that a question waits for company, 0 to 1; a full request does not wait.
        max_ids_per_request: Jobs that one request asks for; the service's pages say 10.
        on_event: A plain function that is told what happens, as values of `tencent_ci_async.events`. It is
            called in the context of the first who asks, and so is ``describe``.

    Raises:
        ConfigurationError: A setting is out of range, or ``describe`` is no callable.
    """

    def __init__(
        self,
        describe: Describe,
        *,
        window: float = 0.005,
        max_ids_per_request: int = 10,
        on_event: EventHandler | None = None,
    ) -> None:
        check_describe(describe)
        if not (0 <= window <= 1 and math.isfinite(window)):
            raise ConfigurationError(f"window is {window}: it must be 0 to 1 seconds")
        if max_ids_per_request < 1:
            raise ConfigurationError(f"max_ids_per_request is {max_ids_per_request}: it must be at least 1")
        self._describe = describe
        self._window = window
        self._size = max_ids_per_request
        self._on_event = safe_handler(on_event)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._gathering: dict[str, _Asked] = {}
        self._began = 0.0
        self._context = Context()
        self._timer: asyncio.TimerHandle | None = None
        self._requests: set[asyncio.Task[None]] = set()

    async def describe(self, job_id: str) -> JobDetail:
        """Return the present state and details of a job.

        Args:
            job_id: The id: 1 to 128 letters, digits, ``-`` and ``_``.

        Raises:
            JobNotFoundError: The service does not know the job.
            ConfigurationError: It is no job id; or there are no credentials.
            SessionClosedError: The session is closed; or the describer belongs to another event loop.
            CIError: What else ``describe_media_job`` raises, about this job alone.

        Source: Tencent Cloud CI API, DescribeMediaJob.
        """
        check_job_ids([job_id], at_most=1)
        loop = self._same_loop()
        caller: asyncio.Future[JobDetail | Exception] = loop.create_future()
        if not self._gathering:
            self._began, self._context = loop.time(), copy_context()
        asked = self._gathering.setdefault(job_id, _Asked(job_id))
        asked.callers.add(caller)
        if len(self._gathering) >= self._size:
            self._send(loop)
        elif self._timer is None:
            self._timer = loop.call_later(self._window, self._send, loop)
        try:
            outcome = await caller
        finally:
            self._leave(asked, caller)
        if isinstance(outcome, JobDetail):
            return outcome
        # Each caller gets an error of his own: raising adds to it.
        raise copy.copy(outcome) if isinstance(outcome, CIError) else outcome

    def _same_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise SessionClosedError(
                "the describer belongs to another event loop, the one that used it first: make one for each "
                "event loop (each asyncio.run)"
            )
        return loop

    def _leave(self, asked: _Asked, caller: asyncio.Future[JobDetail | Exception]) -> None:
        asked.callers.discard(caller)
        if asked.callers:
            return
        if asked.request is not None:
            if asked.request.is_abandoned:
                asked.request.cancel()
        elif self._gathering.get(asked.job_id) is asked:
            del self._gathering[asked.job_id]
            if not self._gathering and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        request = _Request(list(self._gathering.values()))
        self._gathering = {}
        for asked in request.batch:
            asked.request = request
        if self._on_event is not None:
            callers = sum([len(asked.callers) for asked in request.batch])
            waited = loop.time() - self._began
            event = BatchSent(jobs=len(request.batch), callers=callers, waited=waited)
            self._context.run(self._on_event, event)
        request.task = loop.create_task(
            self._ask(request.batch), name="tencent-ci-batching", context=self._context
        )
        self._requests.add(request.task)
        request.task.add_done_callback(self._requests.discard)

    async def _ask(self, batch: Sequence[_Asked]) -> None:
        """Ask for some jobs at once, and then alone for those that this did not settle."""
        alone = len(batch) == 1
        try:
            result = await self._describe(*(asked.job_id for asked in batch))
        except asyncio.CancelledError:
            for asked in batch:
                asked.cancel()
            raise
        except Exception as failure:  # noqa: BLE001 - the callable may be anybody's, and nobody must wait for ever
            if alone or not _concerns_one(failure):
                for asked in batch:
                    asked.settle(failure)
                return
        else:
            _share(batch, result)
        # No worse than if each had been asked for alone in the first place.
        await asyncio.gather(*(self._ask([asked]) for asked in batch if asked.callers and not asked.settled))


class _Asked:
    """A job that is asked for, and who wants to know."""

    __slots__ = ("callers", "job_id", "request", "settled")

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.callers: set[asyncio.Future[JobDetail | Exception]] = set()
        self.request: _Request | None = None
        self.settled = False

    def settle(self, outcome: JobDetail | Exception) -> None:
        """Tell everybody."""
        self.settled = True
        for caller in self.callers:
            if not caller.done():
                caller.set_result(outcome)

    def cancel(self) -> None:
        """Cancel whoever still waits: nobody does, unless the request was cancelled from within."""
        for caller in self.callers:
            caller.cancel()


class _Request:
    """A request about some jobs, and the task that makes it."""

    __slots__ = ("batch", "task")

    def __init__(self, batch: list[_Asked]) -> None:
        self.batch = batch
        self.task: asyncio.Task[None] | None = None

    @property
    def is_abandoned(self) -> bool:
        return not any(asked.callers for asked in self.batch)

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()


def _share(batch: Sequence[_Asked], result: DescribeMediaJobResult) -> None:
    """Settle what an answer settles; the rest is to be asked for alone."""
    alone = len(batch) == 1
    omissions = OMISSIONS_IN_COMPANY + 1 if alone else OMISSIONS_IN_COMPANY
    questions = tuple(Question(asked.job_id, omissions) for asked in batch)
    outcomes = {each.job_id: each for each in after_answer(Batch(questions), result).outcomes}
    for asked in batch:
        outcome = outcomes.get(asked.job_id)
        if outcome is None:
            continue
        if outcome.job is not None:
            asked.settle(outcome.job)
        elif alone and outcome.error is not None:
            # What the service makes of jobs of several families in one request is not known: "does not exist"
            # is believed of a job that was asked for alone.
            asked.settle(outcome.error)


def _concerns_one(failure: Exception) -> bool:
    """Whether it may be one of the jobs that spoils the request for all."""
    return isinstance(failure, CIError) and (
        is_batch_at_fault(failure) or isinstance(failure, UnreadableAnswerError)
    )
