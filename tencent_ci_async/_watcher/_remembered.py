"""Jobs that have ended, for those who ask a little later."""

from __future__ import annotations

from collections import OrderedDict

from tencent_ci_async.models import JobDetail

__all__ = ["Remembered"]


class Remembered:
    """The jobs that ended last; only terminal ones belong here, since these stay as they are.

    Args:
        most: How many are kept.
        seconds: How long each is kept.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._jobs: OrderedDict[str, tuple[float, JobDetail]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    def clear(self) -> None:
        """Forget all of them."""
        self._jobs.clear()

    def add(self, job_id: str, job: JobDetail, now: float) -> None:
        """Keep a job that has ended, under the id that it was asked for by."""
        self._jobs[job_id] = (now, job)
        self._jobs.move_to_end(job_id)
        if len(self._jobs) > self._most:
            self._jobs.popitem(last=False)

    def get(self, job_id: str, now: float) -> JobDetail | None:
        """Return a job that ended not long ago, or None."""
        # Nobody else cleans up; the oldest come first.
        while self._jobs and now - next(iter(self._jobs.values()))[0] > self._seconds:
            self._jobs.popitem(last=False)
        found = self._jobs.get(job_id)
        return found[1] if found is not None else None
