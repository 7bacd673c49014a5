"""What a watcher does, made into events."""

from __future__ import annotations

from itertools import count

from tencent_ci_async._event_handler import error_class, safe_handler
from tencent_ci_async.events import EventHandler, JobEnded, LookEnded, WatcherIdle
from tencent_ci_async.models import JobDetail, JobState

from ._look import Look
from ._watched import Watched

__all__ = ["Report"]

_WATCHER_IDS = count(1)


class Report:
    """Tells about one watcher.

    Args:
        on_event: Who is told; None for nobody.

    Attributes:
        on_event: Who is told, kept from raising.
        is_awake: Whether somebody waits, as far as was told.

    Raises:
        ConfigurationError: ``on_event`` is no plain function.
    """

    def __init__(self, on_event: EventHandler | None) -> None:
        self.on_event = safe_handler(on_event)
        self.is_awake = False
        self._watcher_id = 0 if on_event is None else next(_WATCHER_IDS)

    def look_ended(self, look: Look, *, waiting: int, now: float) -> None:
        """Tell what came of a request, if it was made."""
        if self.on_event is not None and look.count:
            self.on_event(
                LookEnded(
                    watcher_id=self._watcher_id,
                    asked=look.count,
                    ended=look.ended,
                    waiting=waiting,
                    lag=look.lag,
                    seconds=now - look.asked_at,
                    error=None if look.failure is None else error_class(look.failure),
                )
            )

    def job_ended(self, watched: Watched, job: JobDetail, *, now: float) -> None:
        """Tell that a job has ended."""
        if self.on_event is not None:
            self.on_event(
                JobEnded(
                    watcher_id=self._watcher_id,
                    job_id=watched.job_id,
                    tag=job.kind,
                    state=job.state.value if isinstance(job.state, JobState) else str(job.state),
                    code=job.code if job.state == JobState.FAILED else None,
                    waited=now - watched.first_seen,
                )
            )

    def idle(self) -> None:
        """Tell that nobody waits any more."""
        if self.on_event is not None and self.is_awake:
            self.on_event(WatcherIdle(watcher_id=self._watcher_id))
        self.is_awake = False
