"""What an answer teaches about one job: its age, how long it will need, how long its kind takes."""

from __future__ import annotations

from datetime import datetime

from tencent_ci_async.models import JobDetail, JobState

from ._schedule import History
from ._watched import Watched

__all__ = ["note_end", "note_standing"]


def note_standing(
    watched: Watched, job: JobDetail, history: History, *, now: float, service_time: float | None
) -> None:
    """Take down how a job stands that has not ended.

    Ages are differences of two readings of the service's own clock, so that this machine's does not matter.

    Args:
        watched: The job; it is changed.
        job: What the answer says of it.
        history: The experience with each kind of job.
        now: The time of the event loop.
        service_time: The epoch seconds at which the service says that it answered; None for unknown.
    """
    if watched.job is None or watched.job.tag != job.tag:
        watched.experience = history.of(_kind(job))
    watched.job = job
    if watched.submitted_at is None:
        watched.submitted_at = _moment(job.creation_time, now, service_time)
    if watched.started_at is None and job.state is not JobState.SUBMITTED:
        watched.started_at = _moment(job.start_time, now, service_time) or now
    if watched.started_at is not None and job.progress is not None and 0 < job.progress < 100:
        watched.predicted = (now - watched.started_at) * 100 / job.progress


def note_end(watched: Watched, job: JobDetail, history: History, *, now: float) -> None:
    """Learn from a job that has ended.

    Args:
        watched: The job as it was known before.
        job: The job in its terminal state.
        history: The experience with each kind of job; it is changed.
        now: The time of the event loop.
    """
    if job.state is JobState.CANCEL:
        # That says when somebody lost patience, not how long such jobs take.
        return
    experience = history.of(_kind(job))
    took = _seconds(job.creation_time, job.end_time)
    if took is None and watched.submitted_at is not None:
        took = now - watched.submitted_at
    if took is not None:
        experience.ended(took)
    if watched.predicted is not None and job.state is JobState.SUCCESS:
        ran = _seconds(job.start_time, job.end_time)
        if ran is None and watched.started_at is not None:
            ran = now - watched.started_at
        if ran is not None:
            experience.judge(watched.predicted, ran)


def _kind(job: JobDetail) -> str | None:
    return job.tag or (job.operation.tag if job.operation is not None else None)


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    if begin is None or end is None:
        return None
    return max(0.0, (end - begin).total_seconds())


def _moment(at: datetime | None, now: float, service_time: float | None) -> float | None:
    if at is None or service_time is None:
        return None
    return now - max(0.0, service_time - at.timestamp())
