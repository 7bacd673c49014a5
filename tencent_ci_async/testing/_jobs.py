"""The life line of a job: what the service would say of it at any moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tencent_ci_async.errors import ConfigurationError

__all__ = ["FakeJob", "JobMoment", "check_seconds"]

_TERMINAL_STATES: Final = frozenset({"Success", "Failed", "Cancel"})


def check_seconds(**durations: float) -> None:
    """Check that these are durations.

    Raises:
        ConfigurationError: One is negative, or no number.
    """
    for name, seconds in durations.items():
        if not seconds >= 0:
            raise ConfigurationError(f"{name} must be 0 seconds or more, not {seconds!r}")


@dataclass(frozen=True, slots=True)
class JobMoment:
    """How a job stands at one moment.

    Attributes:
        state: The state, as written on the wire.
        progress: 0 to 100; None once the job has failed or was cancelled.
        started: When it began to run, in epoch seconds; None before.
        ended: When it ended, in epoch seconds; None before.
    """

    state: str
    progress: int | None
    started: float | None
    ended: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeJob:
    """A job of the simulator: what it is, and the plan of its life.

    It is ``Submitted`` for ``waits_for`` seconds, then ``Running`` for ``runs_for`` seconds, then whatever
    ``outcome`` says, for good.

    Attributes:
        job_id: The id.
        tag: The kind of job, such as ``Concat``.
        created: When it was submitted, in epoch seconds.
        waits_for: Seconds in ``Submitted``.
        runs_for: Seconds in ``Running``.
        appears_after: Seconds during which the service does not know the id yet.
        outcome: The state after that.
        code: The job's own code, shown in ``Failed`` only.
        message: The job's own message, shown in ``Failed`` only.
        input_object: The key of the input; None for a job without one.
        output_object: The key of the output; None for a job that writes nothing.
        queue_id: The queue it went to.
        family: The path of the family that it was submitted to, such as ``jobs`` or ``pic_jobs``.
        number: Its place among all jobs, in the order in which the simulator got them.
        input: The ``Input`` as it was submitted; None for one made of ``input_object``.
        workflow_id: The workflow that started it; None for none.
        callback_url: Where the submit wanted to be called back; ``no`` for nowhere, None where the queue's
            callback counts.
        callback_format: The form of that callback, ``XML`` or ``JSON``.
        held_since: When its queue was paused, in epoch seconds; None while it is not held back.
        reports_progress: Whether the wire shows ``Progress``.
        operation: More nodes for ``Operation``, or others in place of the usual ones.
        results: The nodes that success adds to ``Operation``; None for invented ones.
        pinned: The moment that a test has fixed; None while the plan goes on.
    """

    job_id: str
    tag: str
    created: float
    waits_for: float = 0.0
    runs_for: float = 0.0
    appears_after: float = 0.0
    outcome: str = "Success"
    code: str = "ResourceNotSupported"
    message: str = "The input object can not be decoded"
    input_object: str | None = "input/part-1.mp4"
    output_object: str | None = "output/result.mp4"
    queue_id: str = "p0123456789abcdef0123456789abcdef"
    family: str = "jobs"
    number: int = 0
    input: Mapping[str, object] | None = field(default=None, repr=False)
    workflow_id: str | None = None
    callback_url: str | None = field(default=None, repr=False)
    callback_format: str = "XML"
    held_since: float | None = None
    reports_progress: bool = False
    operation: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    results: Mapping[str, object] | None = field(default=None, repr=False)
    pinned: JobMoment | None = None

    def __post_init__(self) -> None:
        check_seconds(waits_for=self.waits_for, runs_for=self.runs_for, appears_after=self.appears_after)

    def is_visible(self, now: float) -> bool:
        """Return whether the service knows the id at ``now``, in epoch seconds."""
        return now >= self.created + self.appears_after

    def moment(self, now: float) -> JobMoment:
        """Return how the job stands at ``now``, in epoch seconds."""
        if self.pinned is not None:
            return self.pinned
        if self.held_since is not None:
            return JobMoment("Pause", 0, None, None)
        started = self.created + self.waits_for
        ended = started + self.runs_for
        if now < started:
            return JobMoment("Submitted", 0, None, None)
        if now < ended:
            return JobMoment("Running", int(100 * (now - started) / self.runs_for), started, None)
        return _moment(self.outcome, 100, started, ended)

    def pin(self, state: str, now: float) -> FakeJob:
        """Return the job as it is when it enters ``state`` at ``now`` (epoch seconds) and stays there."""
        before = self.moment(now)
        progress = 100 if state == "Success" else before.progress or 0
        started = None if state == "Submitted" else before.started or now
        return replace(self, pinned=_moment(state, progress, started, now), held_since=None)

    def hold(self, now: float) -> FakeJob:
        """Return the job as its queue's pause leaves it: what waits is held back, what runs goes on."""
        return replace(self, held_since=now) if self.moment(now).state == "Submitted" else self

    def release(self, now: float) -> FakeJob:
        """Return the job as it is when its queue goes on: what was held back waits as long as it had to."""
        if self.held_since is None:
            return self
        return replace(self, waits_for=self.waits_for + max(0.0, now - self.held_since), held_since=None)


def _moment(state: str, progress: int, started: float | None, ended: float) -> JobMoment:
    return JobMoment(
        state=state,
        progress=None if state in {"Failed", "Cancel"} else progress,
        started=started,
        ended=ended if state in _TERMINAL_STATES else None,
    )
