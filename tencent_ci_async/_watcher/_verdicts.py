"""What an answer or a failure means for the jobs that were asked for, carried out on the roll."""

from __future__ import annotations

from tencent_ci_async._questions import OMISSIONS_IN_COMPANY
from tencent_ci_async._retry import http_date
from tencent_ci_async.errors import JobNotFoundError, JobPausedError
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail

from ._look import Look, Remedy, findings, is_suspicious, remedy
from ._observing import note_end, note_standing
from ._report import Report
from ._roll import Roll
from ._schedule import PollSchedule
from ._watched import Watched

__all__ = ["Verdicts"]


class Verdicts:
    """Applies what came of requests.

    Args:
        roll: The jobs that are watched.
        schedule: When to look again.
        report: Who is told of jobs that have ended.
    """

    def __init__(self, roll: Roll, schedule: PollSchedule, report: Report) -> None:
        self._roll = roll
        self._schedule = schedule
        self._report = report

    def answered(self, look: Look, result: DescribeMediaJobResult, *, now: float, interval: float) -> int:
        """Take an answer in, and return how many jobs it says have ended."""
        service_time = http_date(result.response.date)
        found = list(findings(look.batch, result))
        in_company = any(finding.job is not None for finding in found) and len(found) > 1
        ended = 0
        for watched, job, missing in found:
            if job is not None:
                watched.last_look, watched.failure = now, None
                watched.omissions, watched.alone, watched.missing_since = 0, False, None
                if job.is_terminal:
                    ended += 1
                    note_end(watched, job, self._roll.history, now=now)
                    self._report.job_ended(watched, job, now=now)
                    self._roll.end(watched, job)
                else:
                    note_standing(watched, job, self._roll.history, now=now, service_time=service_time)
                    self._stands(watched, job, look.asked_at, now=now, interval=interval)
            elif missing:
                watched.last_look, watched.failure = now, None
                watched.omissions = 0
                believed_at = self._missing_believed_at(watched, look.asked_at)
                if look.asked_at < believed_at:
                    self._roll.rest(watched, min(now + interval, max(now, believed_at)))
                elif in_company and not watched.alone:
                    # What the service makes of jobs of several families in one request is not known: before
                    # anybody is told that a job does not exist, it is asked for alone.
                    watched.alone = True
                    self._roll.rest(watched, now)
                else:
                    not_found = JobNotFoundError(watched.job_id, request_id=result.request_id)
                    self._tell(watched, not_found, look.asked_at, due=now + interval)
            else:
                self._left_out(watched, now=now, interval=interval)
        return ended

    def failed(self, look: Look, failure: Exception, *, now: float) -> Remedy:
        """Take a failure in, and return what is to be done; what concerns single jobs is done already."""
        for watched in look.batch:
            watched.failure = failure
        what = remedy(look.batch, failure)
        if what is Remedy.HALVE or what is Remedy.HALVE_LATER:
            middle = (len(look.batch) + 1) // 2
            self._roll.parts.extend([look.batch[:middle], look.batch[middle:]])
            look.batch = []
        elif what is Remedy.REFUSE:
            for watched in look.batch:
                self._tell(watched, failure, look.asked_at, due=now)
        elif len(look.batch) == 1 and is_suspicious(failure):
            # What cannot be read may be about this job, which must then not spoil the answers of others.
            look.batch[0].alone = True
        return what

    def _stands(
        self, watched: Watched, job: JobDetail, asked_at: float, *, now: float, interval: float
    ) -> None:
        watched.saw(job, asked_at)
        if watched.is_paused and watched.impatient:
            paused = JobPausedError(f"job {watched.job_id} is held back: its queue may be paused", job=job)
            watched.end_for_those_before(asked_at, paused, only=watched.impatient)
        if not watched.waiters:
            self._roll.strike(watched)
            return
        wait = watched.experience.wait(
            self._schedule,
            interval,
            age=now - (watched.first_seen if watched.submitted_at is None else watched.submitted_at),
            ran=0.0 if watched.started_at is None else now - watched.started_at,
            progress=job.progress,
        )
        self._roll.rest(watched, now + wait)

    def _missing_believed_at(self, watched: Watched, asked_at: float) -> float:
        if watched.missing_since is None:
            watched.missing_since = asked_at
        since = watched.first_seen if watched.job is None else watched.missing_since
        return since + self._schedule.not_found_grace

    def _tell(self, watched: Watched, outcome: Exception, asked_at: float, *, due: float) -> None:
        """End the waits of those who had come when the question was asked; the others wait on."""
        watched.end_for_those_before(asked_at, outcome)
        if watched.waiters:
            self._roll.rest(watched, due)
        else:
            self._roll.strike(watched)

    def _left_out(self, watched: Watched, *, now: float, interval: float) -> None:
        watched.omissions += 1
        watched.alone = watched.omissions > OMISSIONS_IN_COMPANY
        at_once = watched.omissions <= OMISSIONS_IN_COMPANY + 1
        self._roll.rest(watched, now if at_once else now + interval)
