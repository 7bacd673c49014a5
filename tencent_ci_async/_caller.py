"""One call: attempts, one after the other, until there is an answer, a refusal or the deadline."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple, Protocol, TypeVar

from ._call_report import NO_WAITS, CallReport, Reporter, Waits
from ._credentials import Credentials
from ._exchange import Answer
from ._known_jobs import KnownJobs
from ._operations import Operation, decipher
from ._pace import AdaptivePace
from ._retry import RetryBudget, RetryPolicy
from ._timing import Timing
from .errors import CIError, NoAnswerError, RequestTimeoutError, ServiceError, ThrottledError
from .models import ServiceResult

__all__ = ["Attempt", "Caller", "Launched"]

# Above this many bytes a body is parsed in a thread, so that the event loop stays responsive.
_LARGE_BODY = 262_144
# A full queue is throttling too, but says nothing about the rate of requests.
_SLOW_DOWN = frozenset({429, 503})

_logger = logging.getLogger("tencent_ci_async.calls")

ResultT = TypeVar("ResultT", bound=ServiceResult)


class Attempt(NamedTuple):
    """What one attempt brought: the answer, what its request was signed with, and when its turn came."""

    answer: Answer
    credentials: Credentials
    sent_at: float


class Launched(Protocol):
    """Takes note that a request is on its way, and of what it had to wait for."""

    def __call__(self, waits: Waits = ..., /) -> None: ...


class Send(Protocol):
    """Sends the request of an operation, signed anew, and calls `launched` when it is on its way."""

    async def __call__(self, operation: Operation[ServiceResult], *, launched: Launched) -> Attempt: ...


class Caller:
    """Makes calls; the retry budget is shared by all of them.

    Args:
        send: Sends one request.
        reconsider: Mends what the service refused about a signature; whether signing anew may help.
        policy: How often and how soon to try again.
        pace: Learns from what is throttled and what is not.
        timing: Clocks, sleep and chance.
        total: Seconds that one call may take, all attempts and waits included; None for no limit.
        reporter: Who is told what happens; None for nobody.
    """

    def __init__(
        self,
        send: Send,
        reconsider: Callable[[ServiceError, Credentials], Awaitable[bool]],
        *,
        policy: RetryPolicy,
        pace: AdaptivePace,
        timing: Timing,
        total: float | None,
        reporter: Reporter | None = None,
    ) -> None:
        self._send = send
        self._reconsider = reconsider
        self._policy = policy
        self._budget = RetryBudget(policy.budget, policy.budget_share)
        self._pace = pace
        self._timing = timing
        self._total = total
        self._reporter = reporter
        self._known_jobs = KnownJobs()

    async def call(self, operation: Operation[ResultT]) -> ResultT:
        """Return the result of an operation.

        Raises:
            CIError: What the last attempt met; ``earlier`` holds what those before it met.
        """
        self._budget.offer()
        report = None if self._reporter is None else self._reporter.begin(operation)
        progress = _Progress(report)
        try:
            result = await self._in_time(operation, progress)
        except BaseException as error:
            if report is not None:
                report.failed(error)
            raise
        if report is not None:
            report.succeeded(result)
        return result

    async def _in_time(self, operation: Operation[ResultT], progress: _Progress) -> ResultT:
        timer = asyncio.timeout(self._total)
        try:
            async with timer:
                return await self._attempts(operation, progress)
        except TimeoutError:
            if not timer.expired():
                raise
        raise progress.conclude(
            RequestTimeoutError(
                f"{operation.name} took longer than the {self._total:g} s that a call may take in all",
                may_have_arrived=progress.may_have_arrived,
            )
        )

    async def _attempts(self, operation: Operation[ResultT], progress: _Progress) -> ResultT:
        deadline = math.inf if self._total is None else self._timing.clock() + self._total
        while True:
            outcome = await self._attempt(operation, progress)
            if not isinstance(outcome, CIError):
                self._budget.give_back(progress.retries)
                return outcome
            if progress.sign_again:
                progress.retry(0.0, outcome)
                continue
            delay = self._policy.delay(
                progress.retries + 1,
                outcome,
                idempotent=operation.idempotent,
                chance=self._timing.random(),
            )
            # Rather than sleep into the deadline, fail now and say why.
            if delay is None or self._timing.clock() + delay >= deadline or not self._budget.take():
                raise progress.conclude(outcome)
            progress.retries += 1
            progress.retry(delay, outcome)
            _logger.info("%s failed and is repeated in %.2f s: %s", operation.name, delay, outcome)
            await self._timing.sleep(delay)

    async def _attempt(self, operation: Operation[ResultT], progress: _Progress) -> ResultT | CIError:
        progress.begin()
        try:
            attempt = await self._send(operation, launched=progress.launch)
            try:
                result = await self._decipher(operation, progress.land(attempt.answer))
            except ServiceError as refusal:
                failure: CIError = refusal
                progress.end_request(refusal)
                await self._learn(refusal, attempt, progress)
            else:
                self._pace.succeeded()
                progress.end_request(None)
                return result
        except CIError as error:
            failure = error
        progress.fail(failure)
        return failure

    async def _learn(self, refusal: ServiceError, attempt: Attempt, progress: _Progress) -> None:
        if isinstance(refusal, ThrottledError) and refusal.status in _SLOW_DOWN:
            self._pace.throttled(attempt.sent_at)
        # One correction per call: a service that refuses each time gets the last word.
        if not progress.corrected and await self._reconsider(refusal, attempt.credentials):
            progress.corrected = progress.sign_again = True

    async def _decipher(self, operation: Operation[ResultT], answer: Answer) -> ResultT:
        now = self._timing.wall_clock()
        if len(answer.body) > _LARGE_BODY:
            return await asyncio.to_thread(decipher, operation, answer.response, answer.body, now=now)
        return decipher(operation, answer.response, answer.body, now=now, known=self._known_jobs)


class _Progress:
    """What has become of a call so far; told to whoever wants to know."""

    def __init__(self, report: CallReport | None) -> None:
        self._report = report
        self.failures: list[CIError] = []
        self.sent = 0
        self.retries = 0
        self.corrected = False
        self.sign_again = False
        self.under_way = False

    def begin(self) -> None:
        self.sign_again = False

    def launch(self, waits: Waits = NO_WAITS, /) -> None:
        self.sent += 1
        self.under_way = True
        if self._report is not None:
            self._report.request_sent(self.sent, waits)

    def land(self, answer: Answer) -> Answer:
        self.under_way = False
        if self.sent > 1:
            answer = answer._replace(response=replace(answer.response, attempts=self.sent))
        if self._report is not None:
            self._report.answered(answer.response, len(answer.body))
        return answer

    def end_request(self, failure: CIError | None) -> None:
        if self._report is not None:
            self._report.request_ended(failure)

    def fail(self, failure: CIError) -> None:
        self.under_way = False
        self.failures.append(failure)
        self.end_request(failure)

    def retry(self, delay: float, failure: CIError) -> None:
        if self._report is not None:
            self._report.retry(delay, failure)

    @property
    def may_have_arrived(self) -> bool:
        return self.under_way or any(
            isinstance(failure, NoAnswerError) and failure.may_have_arrived for failure in self.failures
        )

    def conclude(self, failure: CIError) -> CIError:
        """Return the failure that ends the call, with what came before it."""
        failure.attempts = self.sent
        failure.earlier = tuple(each for each in self.failures if each is not failure)
        return failure
