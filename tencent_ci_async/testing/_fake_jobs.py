"""What a test can do to the jobs of the simulator, and to those that are yet to be submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from tencent_ci_async.errors import ConfigurationError

from ._families import MEDIA, Family, known_family
from ._jobs import FakeJob
from ._plans import JobPlan
from ._queues import FakeQueue
from ._results import WRITES_NOTHING
from ._state import State

__all__ = ["JobControls"]


class JobControls:
    """The jobs of a simulator."""

    _state: State

    @property
    def jobs(self) -> Mapping[str, FakeJob]:
        """The jobs by id, in the order of their submission."""
        return MappingProxyType(self._state.jobs)

    def add_job(  # noqa: PLR0913 - a job has many sides, and each has a default
        self,
        tag: str = "Concat",
        *,
        job_id: str | None = None,
        waits_for: float = 0.0,
        runs_for: float = 0.0,
        appears_after: float = 0.0,
        submitted_ago: float = 0.0,
        outcome: str = "Success",
        code: str = "ResourceNotSupported",
        message: str = "The input object can not be decoded",
        input_object: str | None = "input/part-1.mp4",
        output_object: str | None = None,
        reports_progress: bool | None = None,
        operation: Mapping[str, object] | None = None,
        results: Mapping[str, object] | None = None,
        queue_id: str | None = None,
        workflow_id: str | None = None,
        family: str = "jobs",
    ) -> str:
        """Submit a job now, by the clock; by default it is done at once.

        Args:
            tag: The kind of job.
            job_id: The id; None for an invented one, the same in every run.
            waits_for: Seconds in ``Submitted``.
            runs_for: Seconds in ``Running``; ``math.inf`` for ever.
            appears_after: Seconds during which the id is still reported as non-existent.
            submitted_ago: Seconds that have passed since the submission.
            outcome: The state after that, such as ``Success``, ``Failed``, ``Cancel``, ``Pause`` or one that
                the service adds tomorrow.
            code: The job's own code, shown when it is ``Failed``.
            message: The job's own message, shown when it is ``Failed``.
            input_object: The key of the input; None for none.
            output_object: The key of the output; None for one that holds the id, where the tag writes a file.
            reports_progress: Whether the wire shows ``Progress``; None for what the tag does (Transcode).
            operation: More nodes for ``Operation``, by their wire names.
            results: The nodes that success adds to ``Operation``; None for invented ones.
            queue_id: The queue it is in; None for the default queue of its family.
            workflow_id: The workflow that started it; None for none.
            family: The path of its family, such as ``pic_jobs``.

        Returns:
            The job id.

        Raises:
            ConfigurationError: The id is taken, a time is negative, or there is no such queue or family.
        """
        own_family = known_family(family)
        job_id = self._state.next_job_id(own_family) if job_id is None else job_id
        if output_object is None and tag not in WRITES_NOTHING:
            output_object = f"output/{job_id}.mp4"
        self._state.add(
            FakeJob(
                job_id=job_id,
                tag=tag,
                created=self._state.clock() - submitted_ago,
                waits_for=waits_for,
                runs_for=runs_for,
                appears_after=appears_after,
                outcome=outcome,
                code=code,
                message=message,
                input_object=input_object,
                output_object=output_object,
                queue_id=self._queue(queue_id, own_family).queue_id,
                family=family,
                number=self._state.next_number(),
                workflow_id=workflow_id,
                reports_progress=tag == "Transcode" if reports_progress is None else reports_progress,
                operation=dict(operation or {}),
                results=results,
            )
        )
        return job_id

    def plan(  # noqa: PLR0913 - as above
        self,
        tag: str | None = None,
        *,
        waits_for: float = 0.0,
        runs_for: float = 0.0,
        appears_after: float = 0.0,
        outcome: str = "Success",
        code: str = "ResourceNotSupported",
        message: str = "The input object can not be decoded",
        results: Mapping[str, object] | None = None,
        fail_share: float = 0.0,
        times: int | None = None,
    ) -> None:
        """Say what becomes of jobs that are submitted from now on; without a plan they are done at once.

        Of the plans that fit a job, the one made last counts. A kind of job that the simulator does not know
        can be submitted once there is a plan for it.

        Args:
            tag: The kind of job; None for all kinds.
            waits_for: As for `add_job`.
            runs_for: As for `add_job`.
            appears_after: As for `add_job`.
            outcome: As for `add_job`.
            code: As for `add_job`.
            message: As for `add_job`.
            results: As for `add_job`.
            fail_share: The share of them, 0 to 1, that ends in ``Failed`` all the same: of a hundred jobs
                exactly five for 0.05, evenly spread.
            times: How many jobs it is for; None for all.

        Raises:
            ConfigurationError: A time is negative, a share is none, or it is for no job at all.
        """
        plan = JobPlan(
            waits_for=waits_for,
            runs_for=runs_for,
            appears_after=appears_after,
            outcome=outcome,
            code=code,
            message=message,
            results=results,
            fail_share=fail_share,
        )
        self._state.plans.add(tag, plan, times)

    def state(self, job_id: str) -> str:
        """Return the state of a job now.

        Raises:
            JobNotFoundError: There is no such job.
        """
        return self._state.find(job_id).moment(self._state.clock()).state

    def set_state(self, job_id: str, state: str) -> None:
        """Put a job into a state, in which it stays.

        Raises:
            JobNotFoundError: There is no such job.
        """
        job = self._state.find(job_id)
        self._state.jobs[job_id] = job.pin(state, self._state.clock())

    def finish(self, job_id: str) -> None:
        """End a job with ``Success`` now.

        Raises:
            JobNotFoundError: There is no such job.
        """
        self.set_state(job_id, "Success")

    def fail(self, job_id: str, code: str | None = None, message: str | None = None) -> None:
        """End a job with ``Failed`` now; ``code`` and ``message`` take the place of its own.

        Raises:
            JobNotFoundError: There is no such job.
        """
        job = self._state.find(job_id)
        self._state.jobs[job_id] = replace(
            job.pin("Failed", self._state.clock()),
            code=job.code if code is None else code,
            message=job.message if message is None else message,
        )

    def forget(self, job_id: str) -> None:
        """Drop a job: from now on it is reported as non-existent.

        Raises:
            JobNotFoundError: There is no such job.
        """
        del self._state.jobs[self._state.find(job_id).job_id]

    def _queue(self, queue_id: str | None, family: Family = MEDIA) -> FakeQueue:
        if queue_id is None:
            return self._state.default_queue(family)
        queue = self._state.queues.get(queue_id)
        if queue is None:
            raise ConfigurationError(f"there is no queue {queue_id!r}")
        return queue
