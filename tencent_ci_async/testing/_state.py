"""What the service knows: jobs, queues and templates of one bucket in one region."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tencent_ci_async.errors import ConfigurationError, JobNotFoundError

from ._documents import Place
from ._families import MEDIA, Family
from ._jobs import FakeJob
from ._plans import Plans

if TYPE_CHECKING:
    from ._queues import FakeQueue
    from ._templates import FakeTemplate

__all__ = ["State"]


@dataclass(slots=True, kw_only=True)
class State:
    """Everything that requests change or ask for.

    Attributes:
        bucket: The full bucket name.
        region: The region.
        clock: The service's clock, in epoch seconds.
        max_ids_per_request: How many ids one describe request may hold.
        cancel_refusal: Status and code of the answer to a cancel that comes too late.
        strict: Whether what the service is not known to heed is refused.
        jobs: The jobs by id, in the order of their submission.
        queues: The queues by id; the first of a family is its default.
        templates: The templates by id.
        plans: What becomes of submitted jobs.
    """

    bucket: str
    region: str
    clock: Callable[[], float]
    max_ids_per_request: int
    cancel_refusal: tuple[int, str]
    strict: bool
    jobs: dict[str, FakeJob] = field(default_factory=dict[str, FakeJob])
    queues: dict[str, FakeQueue] = field(default_factory=dict[str, "FakeQueue"])
    templates: dict[str, FakeTemplate] = field(default_factory=dict[str, "FakeTemplate"])
    plans: Plans = field(default_factory=Plans)
    _ids_made: dict[str, int] = field(default_factory=dict[str, int])
    _jobs_added: int = 0

    @property
    def place(self) -> Place:
        """Where inputs and outputs are."""
        return Place(self.bucket, self.region)

    def find(self, job_id: str) -> FakeJob:
        """Return a job.

        Raises:
            JobNotFoundError: There is none with that id.
        """
        job = self.jobs.get(job_id)
        if job is None:
            raise JobNotFoundError(job_id)
        return job

    def add(self, job: FakeJob) -> None:
        """Add a job; where its queue is paused, it is held back if it waits.

        Raises:
            ConfigurationError: The id is taken, or there is no such queue.
        """
        if job.job_id in self.jobs:
            raise ConfigurationError(f"there is a job {job.job_id!r} already")
        queue = self.queues.get(job.queue_id)
        if queue is None:
            raise ConfigurationError(f"there is no queue {job.queue_id!r}")
        self._jobs_added += 1
        self.jobs[job.job_id] = job.hold(self.clock()) if queue.state == "Paused" else job

    def next_number(self) -> int:
        """Return the number of the job that is added next."""
        return self._jobs_added + 1

    def seen(self, family: Family, now: float) -> Iterator[FakeJob]:
        """Yield the jobs that the service shows under a family's path at ``now``, in epoch seconds."""
        # A copy, since a simulator in a thread of its own answers while a test adds jobs.
        return (job for job in list(self.jobs.values()) if job.is_visible(now) and _belongs(job, family))

    def look_up(self, job_id: str, family: Family, now: float) -> FakeJob | None:
        """Return a job that the service shows under a family's path; None when it shows none."""
        job = self.jobs.get(job_id)
        return job if job is not None and job.is_visible(now) and _belongs(job, family) else None

    def default_queue(self, family: Family) -> FakeQueue:
        """Return the queue of jobs that name none."""
        return next(queue for queue in self.queues.values() if queue.family == family.path)

    def next_job_id(self, family: Family = MEDIA) -> str:
        """Return an invented job id, the same in every run."""
        return family.letter + self._invent("job")

    def next_queue_id(self) -> str:
        """Return an invented queue id, the same in every run."""
        return "p" + self._invent("queue")

    def next_template_id(self) -> str:
        """Return an invented template id, the same in every run."""
        return "t" + self._invent("template")

    def _invent(self, kind: str) -> str:
        made = self._ids_made[kind] = self._ids_made.get(kind, 0) + 1
        return hashlib.sha256(f"{kind}-{made}".encode()).hexdigest()[:32]


def _belongs(job: FakeJob, family: Family) -> bool:
    # The pages of today send all kinds of jobs to the media path, so that it shows all of them.
    return family is MEDIA or job.family == family.path
