"""What became of each job that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import CIError
from .models import JobDetail

__all__ = ["FanoutProgress", "JobOutcome"]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What became of one job id: the job, or the error that stood in the way.

    Attributes:
        job_id: The id as it was asked for.
        job: The job as it is now; None when there is an error.
        error: `JobNotFoundError` when the service does not know the id, `ConfigurationError` when it is no
            job id, else what its request met after all attempts; None when there is a job.
    """

    job_id: str
    job: JobDetail | None = None
    error: CIError | None = None

    def unwrap(self) -> JobDetail:
        """Return the job.

        Raises:
            CIError: The error, where there is one.
        """
        if self.job is not None:
            return self.job
        raise self.error if self.error is not None else CIError(f"job {self.job_id} has no outcome")


@dataclass(frozen=True, slots=True)
class FanoutProgress:
    """How far a fan-out has come; as a progress bar wants it.

    Attributes:
        total: How many distinct ids there are, as far as is known: a duplicate counts until it is met.
            None for a source that does not know its length.
        found: Ids with a job.
        missing: Ids that the service does not know.
        failed: Ids with another error.
        requests: Questions asked so far, retries within one not counted.
    """

    total: int | None
    found: int = 0
    missing: int = 0
    failed: int = 0
    requests: int = 0

    @property
    def done(self) -> int:
        """Ids that have their outcome."""
        return self.found + self.missing + self.failed
