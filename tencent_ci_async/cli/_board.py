"""The jobs that are watched, and how they stand: what a picture and the last words are made of."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tencent_ci_async import JobDetail, JobNotFoundError, JobOutcome, JobState, JobWaitTimeoutError

__all__ = ["Board", "Row", "how_many_jobs", "length_of_time"]

_FIRST_SHOWN = (JobState.FAILED, "not found", "error", JobState.RUNNING, JobState.PAUSE, JobState.CANCEL)
_LAST_SHOWN = (JobState.SUBMITTED, "waiting", JobState.SUCCESS)


@dataclass(slots=True)
class Row:
    """One job.

    Attributes:
        job_id: The id.
        number: Its place.
        job: The job as last seen; None before.
        outcome: What became of it; None before the end.
    """

    job_id: str
    number: int
    job: JobDetail | None = None
    outcome: JobOutcome | None = None

    @property
    def state(self) -> str:
        """The state, or a word for where there is none."""
        if self.outcome is not None and self.outcome.error is not None:
            if isinstance(self.outcome.error, JobNotFoundError):
                return "not found"
            if not isinstance(self.outcome.error, JobWaitTimeoutError):
                return "error"
        return "waiting" if self.job is None else str(self.job.state or "-")


class Board:
    """All jobs of one watch.

    Args:
        place: The bucket and the region, as a heading.

    Attributes:
        rows: The jobs by id.
        ended: How many have ended.
        trouble: What the last request met; empty if it was answered.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.rows: dict[str, Row] = {}
        self.ended = 0
        self.trouble = ""
        self._began = time.monotonic()
        self._counts: Counter[str] = Counter()

    @property
    def elapsed(self) -> float:
        """Seconds since the watch began."""
        return time.monotonic() - self._began

    def add(self, job_id: str) -> None:
        """Take in a job."""
        row = self.rows[job_id] = Row(job_id, len(self.rows))
        self._counts[row.state] += 1

    def saw(self, job_id: str, job: JobDetail) -> None:
        """Note how a job stands."""
        row = self.rows[job_id]
        self._counts[row.state] -= 1
        row.job = job
        self._counts[row.state] += 1

    def became(self, outcome: JobOutcome) -> None:
        """Note what became of a job."""
        row = self.rows[outcome.job_id]
        self._counts[row.state] -= 1
        row.outcome = outcome
        row.job = outcome.job or row.job
        self._counts[row.state] += 1
        self.ended += not isinstance(outcome.error, JobWaitTimeoutError)

    def counts(self) -> list[tuple[str, int]]:
        """Return how many jobs are in each state, those that need attention first."""
        order = [*_FIRST_SHOWN, *_LAST_SHOWN]
        found = [(state, count) for state, count in self._counts.items() if count > 0]
        return sorted(found, key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))

    def in_words(self) -> str:
        """Return how many jobs are in each state, as words."""
        return ", ".join(f"{count:,} {state}" for state, count in self.counts()) or "no jobs"

    def trouble_in_words(self) -> str:
        """Return what the last request met, to be told after something else; empty if it was answered."""
        return f"; trouble: {self.trouble}" if self.trouble else ""

    def most_telling(self, most: int) -> list[Row]:
        """Return so many rows at most, in their order; where not all fit, those that tell most.

        Args:
            most: How many fit.
        """
        rows: Iterable[Row] = self.rows.values()
        if len(self.rows) <= most:
            return list(rows)
        chosen = sorted(rows, key=_telling)[: max(most, 0)]
        return sorted(chosen, key=lambda row: row.number)


def how_many_jobs(count: int) -> str:
    """Return a number of jobs in words."""
    return f"{count:,} job" + ("" if count == 1 else "s")


def length_of_time(seconds: float) -> str:
    """Return a length of time as a clock shows it, such as ``1:05`` or ``2:00:00``."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _telling(row: Row) -> tuple[int, int, int]:
    state = row.state
    rank = _FIRST_SHOWN.index(state) if state in _FIRST_SHOWN else len(_FIRST_SHOWN)
    if state in _LAST_SHOWN:
        rank += _LAST_SHOWN.index(state) + 1
    progress = row.job.progress if row.job is not None else None
    return rank, -(progress or 0), row.number
