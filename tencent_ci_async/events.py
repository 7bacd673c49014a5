"""What happens inside, as values: for logs, metrics and traces.

Give ``on_event=handler`` to a `CISession`, a `JobWatcher` or a `BatchingDescriber`. The handler is a plain
function that takes an event. It is called at once, in the task and the context (``contextvars``) of whoever
made the call, so it must be quick and must not block. One that raises harms no call: its first exception is
logged with its traceback.

Events are frozen and hold plain values only: no key, token, signature, header, body, client or exception.
Times are in seconds and sizes in bytes. A release may add kinds of events, and fields to them: pass over
what you do not know.

.. code-block:: text

    Event
    ├── CallEvent                   (call_id, operation)
    │   ├── CallStarted
    │   ├── RequestSent
    │   ├── RequestEnded
    │   ├── RetryScheduled
    │   └── CallEnded
    ├── RateChanged
    ├── ClockAdjusted
    ├── CredentialsRefreshed
    ├── CredentialsRefreshFailed
    ├── BatchSent
    └── WatcherEvent                (watcher_id)
        ├── LookEnded
        ├── JobEnded
        └── WatcherIdle
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

# fmt: off
__all__ = [
    "BatchSent", "CallEnded", "CallEvent", "CallStarted", "ClockAdjusted", "CredentialsRefreshFailed",
    "CredentialsRefreshed", "Event", "EventHandler", "JobEnded", "LookEnded", "Outcome", "RateChanged",
    "RequestEnded", "RequestSent", "RetryScheduled", "WatcherEvent", "WatcherIdle",
]
# fmt: on

Outcome = Literal["succeeded", "failed", "cancelled"]
"""How a call ended; ``"cancelled"`` by whoever made it, which is nobody's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""


EventHandler = Callable[[Event], None]
"""A plain function that takes each event."""


# --- One call ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """Something that happened to one call.

    A call is one API action with all its attempts. ``describe_many`` and a `JobWatcher` make many, and
    cancelling a job that is refused asks for the job by a second one.

    Attributes:
        call_id: Tells the calls of this process apart.
        operation: The name of the API action, such as ``DescribeMediaJob``.
    """

    call_id: int
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallEvent):
    """A call begins; exactly one `CallEnded` with the same ``call_id`` follows.

    Attributes:
        method: The HTTP method.
        job_ids: The jobs that it is about; empty where it names none.
        bucket: The bucket of the session.
        region: The region of the session.
        host: Where requests go.
        port: The port there.
    """

    method: str
    job_ids: tuple[str, ...]
    bucket: str
    region: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(CallEvent):
    """A request is on its way; exactly one `RequestEnded` of the same attempt follows.

    Attributes:
        attempt: Which request of the call it is, from 1.
        body_bytes: The length of its body.
        waited_for_slot: Seconds until fewer than ``max_in_flight`` requests were under way.
        waited_for_limiter: Seconds inside the session's ``limiter``.
        waited_for_pace: Seconds that the session held it back because the service had throttled.
        waited_for_credentials: Seconds until there were keys to sign it with, signing included.
    """

    attempt: int
    body_bytes: int
    waited_for_slot: float
    waited_for_limiter: float
    waited_for_pace: float
    waited_for_credentials: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEnded(CallEvent):
    """A request has its answer, has failed, or is waited for no more.

    Attributes:
        attempt: Which request of the call it is, from 1.
        seconds: From sending it to the end of the answer.
        status: The HTTP status; None when no answer came.
        request_id: The service's id of the exchange, if it sent one.
        trace_id: The service's trace id, if it sent one; usually with errors only.
        body_bytes: The length of the answer's body, inflated.
        error: The class of what went wrong, such as ``ThrottledError``; ``CancelledError`` when the caller
            was cancelled, None for a good answer.
        code: The service's error code, such as ``SlowDown``.
        reason: What went wrong, in words of this package; never the service's, which could quote the request.
    """

    attempt: int
    seconds: float
    status: int | None = None
    request_id: str | None = None
    trace_id: str | None = None
    body_bytes: int = 0
    error: str | None = None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled(CallEvent):
    """A call tries again.

    Attributes:
        attempt: How many requests the call has sent so far.
        delay: Seconds until the next attempt begins; 0 when a signature was refused and is made anew.
        error: The class of what went wrong.
        code: The service's error code, if it sent one.
    """

    attempt: int
    delay: float
    error: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """A call has ended, in whatever way.

    Attributes:
        job_ids: The jobs that it was about; of a submit that succeeded, those that it made.
        outcome: How it ended.
        attempts: How many requests it took; 0 when none was sent.
        seconds: All attempts and waits included.
        status: The HTTP status of the last attempt; None when that had no answer.
        request_id: The service's id of the last exchange, if it sent one.
        error: The class of the error that the call met, None for none. A submit's caller sees it as the
            ``failure`` of a `SubmissionUnknownError`.
        code: The service's error code, if it sent one.
        reason: What went wrong, in words of this package; never the service's, which could quote the request.
    """

    job_ids: tuple[str, ...]
    outcome: Outcome
    attempts: int
    seconds: float
    status: int | None = None
    request_id: str | None = None
    error: str | None = None
    code: str | None = None
    reason: str | None = None


# --- One session ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChanged(Event):
    """The rate of requests falls because the service throttles, or feels its way back up.

    Attributes:
        source: Whose rate it is: a session's or a `JobWatcher`'s.
        before: Requests per second that were allowed; None for no limit.
        after: Requests per second that are allowed now; None for no limit.
    """

    source: Literal["session", "watcher"]
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAdjusted(Event):
    """The service found a signature's time wrong, so its clock is followed instead of this machine's.

    Attributes:
        offset: Seconds that the service's clock is ahead; negative when it is behind.
    """

    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsRefreshed(Event):
    """A credentials provider, or the environment, gave keys.

    Attributes:
        seconds: How long that took.
        expires_at: When they expire, in epoch seconds; None for never.
    """

    seconds: float
    expires_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsRefreshFailed(Event):
    """A credentials provider, or the environment, gave no usable keys.

    Attributes:
        seconds: How long that took.
        error: The class of the error: ``CredentialsError`` or ``ConfigurationError``.
        cause: The class of the provider's own exception, if it raised one.
        has_valid: Whether earlier keys are still valid, so that calls go on.
    """

    seconds: float
    error: str
    cause: str | None
    has_valid: bool


# --- Questions asked together -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSent(Event):
    """A `BatchingDescriber` asks for the jobs that its callers want to know about.

    Attributes:
        jobs: How many jobs it asks for.
        callers: How many callers want to know; without batching each would be a request.
        waited: Seconds that the first of them has waited for company.
    """

    jobs: int
    callers: int
    waited: float


# --- Waiting for jobs to end ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherEvent(Event):
    """Something that a `JobWatcher` did.

    Attributes:
        watcher_id: Tells the watchers of this process apart.
    """

    watcher_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookEnded(WatcherEvent):
    """A watcher has asked for some jobs by one call.

    Attributes:
        asked: How many jobs it asked for.
        ended: How many of them have ended.
        waiting: How many jobs are waited for now.
        lag: Seconds that the question came later than the most overdue of its jobs should have been asked
            for; that grows when there are more jobs than the rate or ``max_in_flight`` allow.
        seconds: From the question to the answer.
        error: The class of what went wrong, None for an answer; it ends no wait by itself.
    """

    asked: int
    ended: int
    waiting: int
    lag: float
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded(WatcherEvent):
    """A watcher has seen that a job has ended.

    Attributes:
        job_id: The job.
        tag: Its kind, such as ``Transcode``.
        state: ``Success``, ``Failed`` or ``Cancel``.
        code: The job's error code; None when it has none.
        waited: Seconds since it was first waited for.
    """

    job_id: str
    tag: str | None
    state: str
    code: str | None
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WatcherIdle(WatcherEvent):
    """Nobody waits any more; the watcher asks for nothing until somebody does."""
