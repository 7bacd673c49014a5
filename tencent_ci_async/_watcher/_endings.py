"""What is said at the end of a wait that did not bring what was hoped for."""

from __future__ import annotations

import copy
from typing import TypeVar

from tencent_ci_async.errors import CIError, JobCancelledError, JobFailedError, JobWaitTimeoutError
from tencent_ci_async.models import JobDetail, JobState

from ._watched import Outcome, Watched

__all__ = ["ended", "own", "succeeded", "timed_out"]

E = TypeVar("E", bound=Exception)


def own(error: E) -> E:
    """Return an error for one of many to raise: raising adds to it."""
    return copy.copy(error) if isinstance(error, CIError) else error


def ended(outcome: Outcome) -> JobDetail:
    """Return a job that has ended, or raise what stood in the way."""
    if isinstance(outcome, JobDetail):
        return outcome
    raise own(outcome)


def succeeded(job: JobDetail, job_id: str) -> JobDetail:
    """Return a job that has ended well.

    Raises:
        JobCancelledError: It was cancelled.
        JobFailedError: It failed.
    """
    if job.state is JobState.SUCCESS:
        return job
    if job.state is JobState.CANCEL:
        raise JobCancelledError(f"job {job_id} was cancelled", job=job)
    said = ": ".join(part for part in (job.code, job.message) if part)
    raise JobFailedError(f"job {job_id} failed ({said or 'the service gives no reason'})", job=job)


def timed_out(watched: Watched, seconds: float, now: float) -> JobWaitTimeoutError:
    """Return the error of a wait whose time is up.

    Args:
        watched: The job.
        seconds: The time that there was.
        now: The time of the event loop.
    """
    job, ago = watched.job, None if watched.last_look is None else now - watched.last_look
    if job is None:
        ago = None
        state = "it was never seen"
        if watched.missing_since is not None:
            state += ": the service says that it does not exist"
    else:
        progress = "" if job.progress is None else f", {job.progress} %"
        state = f"it was {job.state or 'in no known state'}{progress}, {ago or 0.0:.1f} s ago"
    if watched.failure is not None:
        state += f"; the last request about it met {type(watched.failure).__name__}"
    return JobWaitTimeoutError(
        f"job {watched.job_id} has not ended within {seconds:g} s ({state}); it goes on, and can be "
        "waited for again",
        job_id=watched.job_id,
        last_seen=job,
        last_seen_ago=ago,
    )
