"""Everything that can go wrong, as one tree.

Two questions decide the class: *did the service answer?* and *whose turn is it to act?*

.. code-block:: text

    CIError
    ├── BatchError
    ├── ConfigurationError          (also ValueError)
    ├── SessionClosedError
    ├── CredentialsError
    ├── NoAnswerError
    │   ├── ConnectError
    │   └── RequestTimeoutError     (also TimeoutError)
    ├── UnreadableAnswerError
    │   └── ResponseTooLargeError
    ├── UnreadableCallbackError     (also ValueError)
    ├── SubmissionUnknownError
    ├── ServiceError
    │   ├── AccessError
    │   ├── ConflictError
    │   │   └── JobNotModifiableError
    │   ├── NotFoundError
    │   ├── RequestError
    │   ├── ServerError
    │   └── ThrottledError
    └── JobError
        ├── JobCancelledError
        ├── JobFailedError
        ├── JobNotFoundError
        ├── JobPausedError
        ├── JobWaitTimeoutError     (also TimeoutError)
        └── WatcherClosedError

Every error is picklable and holds plain values only: no request, no client, no credentials.
``asyncio.CancelledError`` is never caught and never wrapped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import JobDetail, ResponseInfo

# fmt: off
__all__ = [
    "AccessError", "BatchError", "CIError", "ConfigurationError", "ConflictError", "ConnectError",
    "CredentialsError", "JobCancelledError", "JobError", "JobFailedError", "JobNotFoundError",
    "JobNotModifiableError", "JobPausedError", "JobWaitTimeoutError", "NoAnswerError", "NotFoundError",
    "RequestError", "RequestTimeoutError", "ResponseTooLargeError", "ServerError", "ServiceError",
    "SessionClosedError", "SubmissionUnknownError", "ThrottledError", "UnreadableAnswerError",
    "UnreadableCallbackError", "WatcherClosedError",
]
# fmt: on


def _rebuild(kind: type[CIError], arguments: tuple[object, ...], state: dict[str, object]) -> CIError:
    error = kind.__new__(kind)
    error.args = arguments
    error.__dict__.update(state)
    return error


class CIError(Exception):
    """Any error of this package: ``except CIError`` catches them all.

    Attributes:
        attempts: How many requests were made for the call that failed; 0 when none was sent, or when the
            error is not about one call.
        earlier: What the attempts before the last one met, oldest first.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.attempts: int = 0
        self.earlier: tuple[CIError, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


# --- Before anything is sent: the caller's turn -----------------------------------------------------


class ConfigurationError(CIError, ValueError):
    """An argument or a setting is not usable; nothing was sent. The message says what to change."""


class SessionClosedError(CIError):
    """The session cannot serve the call: it is closed, or it belongs to another event loop."""


class CredentialsError(CIError):
    """The credentials provider failed, and no earlier credentials are still valid.

    The provider's own exception is the ``__cause__``.
    """


# --- Nobody answered --------------------------------------------------------------------------------


class NoAnswerError(CIError):
    """No complete answer arrived: the connection broke or the time was up.

    Attributes:
        may_have_arrived: Whether the service may have received, and executed, the request.
    """

    may_have_arrived: bool = True


class ConnectError(NoAnswerError):
    """The request never left this machine (refused, DNS, TLS): safe to repeat, whatever it was."""

    may_have_arrived = False


class RequestTimeoutError(NoAnswerError, TimeoutError):
    """No answer in time. Unless ``may_have_arrived`` is False, the service may have executed the request."""

    def __init__(self, message: str, *, may_have_arrived: bool = True) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


# --- The service answered, but not with the document we know ----------------------------------------


class UnreadableAnswerError(CIError):
    """The answer has a good status but is not the document expected (a proxy's page, a cut body).

    Attributes:
        request_id: The service's id of the exchange, for a support ticket; None when it sent none.
        response: Status and headers of the answer; None when none is known.
    """

    def __init__(
        self, message: str, *, request_id: str | None = None, response: ResponseInfo | None = None
    ) -> None:
        super().__init__(message)
        self.request_id = request_id
        self.response = response


class ResponseTooLargeError(UnreadableAnswerError):
    """The body passed the cap, as sent or once inflated; reading stopped and the connection was dropped."""


class UnreadableCallbackError(CIError, ValueError):
    """The body of a callback is not one that the service sends: malformed, too large or of another shape."""


class SubmissionUnknownError(CIError):
    """A submit failed after it was sent: its jobs may exist, or not. It was not sent again.

    Attributes:
        failure: What it met: mostly a `NoAnswerError`, `ServerError` or `UnreadableAnswerError`.
        tag: The kind of job to look for.
        user_data: What to find the jobs by, with ``find_submitted``; None when the request has none.
        sent_at: When the call began, by the service's clock as far as it is known; no job is older.
    """

    def __init__(
        self, message: str, *, failure: CIError, tag: str | None, user_data: str | None, sent_at: datetime
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.tag = tag
        self.user_data = user_data
        self.sent_at = sent_at
        self.attempts: int = failure.attempts
        self.earlier: tuple[CIError, ...] = failure.earlier


# --- The service answered and says no ---------------------------------------------------------------


class ServiceError(CIError):
    """The service answered with an error.

    Attributes:
        status: The HTTP status.
        code: The service's error code, such as ``AccessDenied``; None when the body named none.
        message: The service's own words; empty when there were none.
        request_id: The service's id of the exchange, for a support ticket.
        trace_id: The service's trace id, for a support ticket.
        resource: The resource the error is about; only errors in COS style name one.
        retry_after: Seconds the service asked to wait, from ``Retry-After``; None when it did not ask.
        response: Status and headers of the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
        resource: str | None = None,
        retry_after: float | None = None,
        response: ResponseInfo | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id
        self.trace_id = trace_id
        self.resource = resource
        self.retry_after = retry_after
        self.response = response

    def __str__(self) -> str:
        said = f"{self.status} {self.code}" if self.code else f"HTTP {self.status}"
        if self.message:
            said += f": {self.message}"
        if self.request_id:
            said += f" [request id {self.request_id}]"
        hint = _HINTS.get(self.code or "") or self.advice
        return f"{said}. {hint}" if hint else said

    advice: str = ""
    """What the caller can do about this class of error, in a sentence."""


class AccessError(ServiceError):
    """Signature, keys, permission, clock or account: the service will not serve this caller."""

    advice = "Check the keys and what they are allowed to do on this bucket."


class ConflictError(ServiceError):
    """The state of a resource forbids the operation now."""

    advice = "Read the present state before trying again."


class JobNotModifiableError(ConflictError):
    """The job can no longer be changed, for instance cancelled, because it runs or has ended.

    Attributes:
        job: The job as it was right after the refusal; None when it could not be read.
    """

    advice = "Describe the job: it may be running or over already."
    job: JobDetail | None = None

    def __str__(self) -> str:
        if self.job is None:
            return super().__str__()
        return super().__str__().removesuffix(self.advice) + f"The job is in the state {self.job.state}."


class NotFoundError(ServiceError):
    """Something the request names does not exist (a bucket, an object). A missing job is no error here."""

    advice = "Check the bucket, the region and the object key."


class RequestError(ServiceError):
    """The request itself is at fault; the same request will fail again."""

    advice = "Sending the same request again will fail again."


class ServerError(ServiceError):
    """A fault on the service's side; it may pass."""

    advice = "The fault is on the service's side; try again later."


class ThrottledError(ServiceError):
    """Too many requests, or a full queue: slow down."""

    advice = "Send fewer requests per second, or wait."


_HINTS = {
    "CIRoleNotExist": "Authorise Cloud Infinite for the bucket: the role CI_QCSRole is missing.",
    "ExpiredToken": "The temporary keys are over; supply fresh ones.",
    "InvalidHost": "Is Cloud Infinite bound to this bucket, and is the region right?",
    "PermanentRedirect": "The bucket lives in another region or behind another endpoint.",
    "QueuePaused": "Start the queue again, or use another.",
    "QueueSaturated": "The queue is full; submit again later.",
    "RequestTimeTooSkewed": "This machine's clock is wrong.",
    "SecretidNotExist": "Check the SecretId.",
    "SignatureDoesNotMatch": "Check the SecretKey, and that no proxy rewrites host, path or query.",
    "SignatureExpired": "This machine's clock may be wrong.",
}


# --- The job itself ---------------------------------------------------------------------------------


class JobError(CIError):
    """Something about one job.

    Attributes:
        job_id: The job; None when the error is about no job in particular.
    """

    def __init__(self, message: str, *, job_id: str | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id


class JobNotFoundError(JobError):
    """The service does not know the job. Right after a submit this may be wrong for some seconds.

    Attributes:
        request_id: The service's id of the exchange that said so.
    """

    def __init__(self, job_id: str, *, request_id: str | None = None) -> None:
        super().__init__(
            f"the service does not know job {job_id}: check the id, the bucket and the region "
            "(a job just submitted may take some seconds to appear)",
            job_id=job_id,
        )
        self.request_id = request_id


class _JobStateError(JobError):
    """A job whose state is not the one hoped for, carried along."""

    def __init__(self, message: str, *, job: JobDetail) -> None:
        super().__init__(message, job_id=job.job_id)
        self.job = job


class JobFailedError(_JobStateError):
    """The job ended in Failed.

    Attributes:
        job: The job as last seen; ``job.code`` and ``job.message`` say why it failed.
    """


class JobCancelledError(_JobStateError):
    """The job was cancelled.

    Attributes:
        job: The job as last seen.
    """


class JobPausedError(_JobStateError):
    """The job is held back, and the wait was told not to sit that out.

    Attributes:
        job: The job as last seen.
    """


class JobWaitTimeoutError(JobError, TimeoutError):
    """The wait is over, the job is not: it goes on, and can be waited for again.

    Attributes:
        last_seen: The job as last seen; None when it was never seen.
        last_seen_ago: Seconds since then; None when it was never seen.
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: str,
        last_seen: JobDetail | None = None,
        last_seen_ago: float | None = None,
    ) -> None:
        super().__init__(message, job_id=job_id)
        self.last_seen = last_seen
        self.last_seen_ago = last_seen_ago


class WatcherClosedError(JobError):
    """The watcher was closed while this wait was going on."""


class BatchError(CIError):
    """Some of many ids ended in an error; raised by a fan-out that was asked to.

    Attributes:
        errors: The error of each id that failed, in the order of arrival.
    """

    def __init__(self, errors: Mapping[str, CIError]) -> None:
        kinds = Counter(type(error).__name__ for error in errors.values())
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        first = next(iter(errors), "")
        super().__init__(f"{len(errors)} job ids ended in an error ({told}); the first is {first!r}")
        self.errors: dict[str, CIError] = dict(errors)
