"""What is being watched, written down so that another process can go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tencent_ci_async.errors import ConfigurationError
from tencent_ci_async.models import JobDetail, JobState

from ._watched import Watched

__all__ = ["Recalled", "read_snapshot", "write_snapshot"]

_VERSION: Final = 1
_LONGEST_NAME: Final = 40

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_STRICT: Final = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Recalled(BaseModel):
    """One job, as it was when it was written down.

    Attributes:
        job_id: The id.
        watched_for: Seconds since it was first asked for.
        submitted_ago: Seconds since it was submitted, if that is known.
        seen_ago: Seconds since it was last seen; None when it never was.
        tag: Its kind.
        state: Its state when it was last seen.
        progress: Its progress then, in percent.
    """

    model_config = _STRICT

    # A dash alone is no id: it is how the service writes nothing.
    job_id: Annotated[
        str, Field(pattern=r"\A(?:[A-Za-z0-9_]|-[A-Za-z0-9_-])[A-Za-z0-9_-]{0,127}\z", max_length=128)
    ]
    watched_for: _Seconds
    submitted_ago: _Seconds | None = None
    seen_ago: _Seconds | None = None
    tag: str | None = None
    state: str | None = None
    progress: int | None = None

    @property
    def job(self) -> JobDetail | None:
        """What is still known of the job as it was last seen."""
        if self.seen_ago is None:
            return None
        return JobDetail.model_validate(
            {"JobId": self.job_id, "Tag": self.tag, "State": self.state, "Progress": self.progress}
        )

    def remind(self, watched: Watched, now: float) -> None:
        """Let a job be known as well as where it was written down.

        Args:
            watched: The job, which is waited for anew.
            now: The time of the event loop.
        """
        watched.first_seen = min(watched.first_seen, now - self.watched_for)
        if watched.submitted_at is None and self.submitted_ago is not None:
            watched.submitted_at = now - self.submitted_ago
        if watched.job is None and self.seen_ago is not None:
            watched.job, watched.last_look = self.job, now - self.seen_ago


class _Snapshot(BaseModel):
    model_config = _STRICT

    version: Literal[1]
    jobs: list[Recalled]


def write_snapshot(watched: Iterable[Watched], now: float, *, recalled: Iterable[Recalled] = ()) -> str:
    """Return JSON that says which jobs are watched, and what is known of them.

    Args:
        watched: The jobs.
        now: The time of the event loop.
        recalled: More jobs, as they were written down before.
    """
    jobs = [*(_recall(each, now) for each in watched), *recalled]
    return _Snapshot(version=_VERSION, jobs=jobs).model_dump_json(exclude_none=True)


def read_snapshot(text: str | bytes) -> list[Recalled]:
    """Return what `write_snapshot` has written down.

    Raises:
        ConfigurationError: It is something else, or of a version that this one does not know.
    """
    try:
        return _Snapshot.model_validate_json(text).jobs
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        # The name of what was added may be of any length.
        place = ".".join(str(part)[:_LONGEST_NAME] for part in first["loc"]) or "the text"
        reason = f"{place}: {first['msg']}"
    raise ConfigurationError(f"this is no list of watched jobs of version {_VERSION} ({reason})")


def _recall(watched: Watched, now: float) -> Recalled:
    job = watched.job
    seen = job is not None and watched.last_look is not None
    return Recalled(
        job_id=watched.job_id,
        watched_for=max(0.0, now - watched.first_seen),
        submitted_ago=None if watched.submitted_at is None else max(0.0, now - watched.submitted_at),
        seen_ago=max(0.0, now - watched.last_look) if seen and watched.last_look is not None else None,
        tag=None if job is None else job.tag,
        state=None if job is None or job.state is None else _plain(job.state),
        progress=None if job is None else job.progress,
    )


def _plain(state: JobState | str) -> str:
    return state.value if isinstance(state, JobState) else state
