"""What an application answers: which status an error is, and jobs and errors as plain values. Pure."""

from __future__ import annotations

from typing import Final

from tencent_ci_async.errors import (
    CIError,
    ConfigurationError,
    ConflictError,
    JobCancelledError,
    JobError,
    JobFailedError,
    JobNotFoundError,
    JobPausedError,
    JobWaitTimeoutError,
    NoAnswerError,
    RequestTimeoutError,
    ServerError,
    ServiceError,
    SessionClosedError,
    SubmissionUnknownError,
    ThrottledError,
    UnreadableAnswerError,
    UnreadableCallbackError,
    WatcherClosedError,
)
from tencent_ci_async.models import JobDetail, JobState

__all__ = ["error_summary", "http_status", "job_summary"]

# The first that fits counts.
_STATUSES: Final[tuple[tuple[type[CIError], int], ...]] = (
    (JobNotFoundError, 404),
    (JobFailedError, 409),
    (JobCancelledError, 409),
    (JobPausedError, 409),
    (JobWaitTimeoutError, 504),
    (WatcherClosedError, 503),
    (SessionClosedError, 503),
    (ConfigurationError, 422),
    (UnreadableCallbackError, 400),
    (ConflictError, 409),
    (ThrottledError, 503),
    (ServerError, 503),
    (RequestTimeoutError, 504),
    (NoAnswerError, 503),
)
_OTHERS: Final = 502

# Those whose own words are about the request; what the others say is for whoever runs the application.
_OUTSPOKEN: Final = (JobError, ConfigurationError, UnreadableCallbackError, SubmissionUnknownError)
_UNSPOKEN: Final = {
    409: "the media service refuses this now",
    502: "the media service cannot be used by this application; its log says why",
    503: "the media service is not available now: try again in a moment",
    504: "the media service took too long: try again in a moment",
}


def http_status(error: CIError) -> int:
    """Return the HTTP status with which an application tells its own clients about an error.

    - 400: the body of a callback cannot be read.
    - 404: there is no such job.
    - 409: the job is in another state than the request needs; a wait ended in Failed or Cancel, too.
    - 422: what the client gave is not usable, such as an id that is none, or a submit that lacks something.
    - 503: it may pass (throttled, unreachable, the service's own fault, this application is stopping).
    - 504: no answer in time; a job that was waited for goes on.
    - 502: all else, such as keys that the service refuses: the application's operator must act.

    A `ConfigurationError` is taken for the client's fault: let the ``check`` of `CILifespan` find what is
    wrong with the application's own settings, at its start.

    Args:
        error: What was raised.
    """
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), _OTHERS)


def error_summary(error: CIError) -> dict[str, object]:
    """Return what the clients of an application may know of an error, ready for JSON.

    It holds ``error`` (the class), ``status``, ``detail`` in words, and ``job_id`` and ``request_id`` where
    they are known. Words about keys, buckets and permissions are not in it: they are in ``str(error)``.

    Args:
        error: What was raised.
    """
    status = http_status(error)
    summary: dict[str, object] = {
        "error": type(error).__name__,
        "status": status,
        "detail": str(error) if isinstance(error, _OUTSPOKEN) else _UNSPOKEN[status],
    }
    if isinstance(error, JobError):
        summary["job_id"] = error.job_id
    if isinstance(error, ServiceError | JobNotFoundError | UnreadableAnswerError) and error.request_id:
        summary["request_id"] = error.request_id
    return summary


def job_summary(job: JobDetail) -> dict[str, object]:
    """Return what a page shows of a job, ready for JSON.

    It holds ``job_id``, ``kind``, ``state``, ``progress`` (percent, or None where the kind of job tells
    none), ``ended``, ``outputs`` (keys of the files written), and ``code`` and ``message`` of a failed job.

    Args:
        job: The job.
    """
    failed = job.state == JobState.FAILED
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "state": None if job.state is None else str(job.state),
        "progress": job.progress,
        "ended": job.is_terminal,
        "outputs": list(job.output_keys),
        "code": job.code if failed else None,
        "message": job.message if failed else None,
    }
