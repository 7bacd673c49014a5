"""What happens to one call, made into events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import NamedTuple, cast

from ._event_handler import error_class, error_code, error_reason
from ._operations import Operation
from .errors import CIError
from .events import CallEnded, CallStarted, EventHandler, Outcome, RequestEnded, RequestSent, RetryScheduled
from .models import JobDetail, ResponseInfo, ServiceResult

__all__ = ["NO_WAITS", "CallReport", "Reporter", "Waits"]

_CALL_IDS = count(1)


class Waits(NamedTuple):
    """What a request waited for before it was sent, in seconds."""

    slot: float = 0.0
    limiter: float = 0.0
    pace: float = 0.0
    credentials: float = 0.0


NO_WAITS = Waits()


class Reporter(NamedTuple):
    """Whom to tell about the calls of a session, and what is the same for all of them."""

    on_event: EventHandler
    clock: Callable[[], float]
    bucket: str
    region: str
    host: str
    port: int

    def begin(self, operation: Operation[ServiceResult]) -> CallReport:
        """Tell that a call begins, and return what tells the rest."""
        report = CallReport(self.on_event, self.clock, operation)
        self.on_event(
            CallStarted(
                call_id=report.call_id,
                operation=operation.name,
                method=operation.method,
                job_ids=operation.job_ids,
                bucket=self.bucket,
                region=self.region,
                host=self.host,
                port=self.port,
            )
        )
        return report


class CallReport:
    """Tells about one call.

    Args:
        on_event: Who is told; it never raises.
        clock: Seconds that never go back.
        operation: The call.
    """

    def __init__(
        self, on_event: EventHandler, clock: Callable[[], float], operation: Operation[ServiceResult]
    ) -> None:
        self.call_id = next(_CALL_IDS)
        self._on_event = on_event
        self._clock = clock
        self._operation = operation
        self._began = clock()
        self._attempt = 0
        self._sent_at: float | None = None
        self._answered_at: float | None = None
        self._response: ResponseInfo | None = None
        self._body_bytes = 0

    def request_sent(self, attempt: int, waits: Waits) -> None:
        """Tell that a request is on its way."""
        self._attempt = attempt
        self._sent_at = self._clock()
        self._answered_at = self._response = None
        self._body_bytes = 0
        self._on_event(
            RequestSent(
                call_id=self.call_id,
                operation=self._operation.name,
                attempt=attempt,
                body_bytes=len(self._operation.body),
                waited_for_slot=waits.slot,
                waited_for_limiter=waits.limiter,
                waited_for_pace=waits.pace,
                waited_for_credentials=waits.credentials,
            )
        )

    def answered(self, response: ResponseInfo, body_bytes: int) -> None:
        """Note that an answer is there; what it says shows when it has been read."""
        self._answered_at, self._response, self._body_bytes = self._clock(), response, body_bytes

    def request_ended(self, error: BaseException | None) -> None:
        """Tell what has become of the request under way, if there is one."""
        if self._sent_at is None:
            return
        ended_at = self._clock() if self._answered_at is None else self._answered_at
        seconds = ended_at - self._sent_at
        self._sent_at = None
        # Of an answer that was not read to its end, only the error knows.
        response = self._response = self._response or getattr(error, "response", None)
        self._on_event(
            RequestEnded(
                call_id=self.call_id,
                operation=self._operation.name,
                attempt=self._attempt,
                seconds=seconds,
                status=None if response is None else response.status,
                request_id=None if response is None else response.request_id,
                trace_id=None if response is None else response.trace_id,
                body_bytes=self._body_bytes,
                error=None if error is None else error_class(error),
                code=None if error is None else error_code(error),
                reason=None if error is None else error_reason(error),
            )
        )

    def retry(self, delay: float, error: CIError) -> None:
        """Tell that there will be another attempt."""
        self._on_event(
            RetryScheduled(
                call_id=self.call_id,
                operation=self._operation.name,
                attempt=self._attempt,
                delay=delay,
                error=error_class(error),
                code=error_code(error),
            )
        )

    def succeeded(self, result: ServiceResult) -> None:
        """Tell that the call has its result."""
        self._end("succeeded", self._operation.job_ids or _made(self._operation, result), None)

    def failed(self, error: BaseException) -> None:
        """Tell that the call has no result."""
        self.request_ended(error)
        cancelled = isinstance(error, asyncio.CancelledError | GeneratorExit)
        self._end("cancelled" if cancelled else "failed", self._operation.job_ids, error)

    def _end(self, outcome: Outcome, job_ids: tuple[str, ...], error: BaseException | None) -> None:
        response = self._response
        self._on_event(
            CallEnded(
                call_id=self.call_id,
                operation=self._operation.name,
                job_ids=job_ids,
                outcome=outcome,
                attempts=self._attempt,
                seconds=self._clock() - self._began,
                status=None if response is None else response.status,
                request_id=None if response is None else response.request_id,
                error=None if error is None else error_class(error),
                code=None if error is None else error_code(error),
                reason=None if error is None else error_reason(error),
            )
        )


def _made(operation: Operation[ServiceResult], result: ServiceResult) -> tuple[str, ...]:
    """Return the ids of the jobs that a submit has made."""
    if operation.name != "CreateMediaJobs":
        return ()
    jobs = cast("list[JobDetail]", getattr(result, "jobs_detail", []))
    return tuple([job.job_id for job in jobs if job.job_id])
