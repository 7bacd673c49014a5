"""The jobs that are watched: who comes, who goes, and where each job stands between two looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from tencent_ci_async.models import JobDetail

from ._queue import LookQueue
from ._remembered import Remembered
from ._schedule import History
from ._watched import Outcome, Place, Watched

__all__ = ["Roll"]

# A job is looked at because of a hint at most once in so many seconds.
_HINT_INTERVAL: Final = 1.0


class Roll:
    """The jobs that somebody waits for.

    A job is on the roll while somebody waits for it. One that is asked for although the last who waited has
    left meanwhile is an orphan until the answer is there, so that it is never asked for twice at a time.

    Args:
        clock: The time of the event loop, in seconds.
        size: Jobs per request.
        remembered: Where jobs go that have ended.
    """

    def __init__(self, clock: Callable[[], float], *, size: int, remembered: Remembered) -> None:
        self._clock = clock
        self._orphans: dict[str, Watched] = {}
        self.watched: dict[str, Watched] = {}
        self.history = History()
        self.remembered = remembered
        self.queue = LookQueue(size)
        self.parts: deque[list[Watched]] = deque()

    def __len__(self) -> int:
        return len(self.watched)

    def enter(self, job_id: str) -> Watched:
        """Return the job, from now on on the roll; the caller makes sure that somebody waits for it."""
        watched = self.watched.get(job_id)
        if watched is None:
            watched = self._orphans.pop(job_id, None) or Watched(job_id, self._clock(), self.history.of(None))
            self.watched[job_id] = watched
        return watched

    def strike(self, watched: Watched) -> None:
        """Stop looking at a job that nobody waits for any more."""
        if self.watched.get(watched.job_id) is watched:
            del self.watched[watched.job_id]
        if watched.place is not Place.ASKED:
            self.queue.remove(watched)
            return
        self._orphans[watched.job_id] = watched
        if watched.look is not None and watched.look.is_abandoned:
            watched.look.cancel()

    def end(self, watched: Watched, outcome: Outcome) -> None:
        """Tell everybody who waits for a job how it ended, and strike it."""
        if isinstance(outcome, JobDetail):
            self.remembered.add(watched.job_id, outcome, self._clock())
        watched.end(outcome)
        self.strike(watched)

    def rest(self, watched: Watched, due: float) -> None:
        """Let a job that was asked for rest until it is due; forget it if nobody waits."""
        watched.place = Place.NOWHERE
        if not watched.waiters:
            self._orphans.pop(watched.job_id, None)
            return
        again_at, watched.again_at = watched.again_at, None
        self.queue.rest(watched, due if again_at is None else min(due, again_at))
        if again_at is not None and again_at <= self._clock():
            self.queue.put(watched, Place.PROMPT, self._clock())

    def give_back(self, batch: Iterable[Watched]) -> None:
        """Let jobs that were asked for in vain have the turn that they had."""
        for watched in batch:
            if watched.place is Place.ASKED:
                self.rest(watched, watched.due)

    def still_wanted(self, batch: list[Watched]) -> list[Watched]:
        """Return those jobs of a batch that somebody still waits for, and let the others go."""
        self.give_back(watched for watched in batch if not watched.waiters)
        return [watched for watched in batch if watched.waiters]

    def hint(self, job_id: str) -> bool:
        """Have a job looked at now, if anybody waits for it; whether that is so."""
        watched = self.watched.get(job_id)
        if watched is None:
            return False
        now = self._clock()
        if watched.last_hint is not None and now < (at_last := watched.last_hint + _HINT_INTERVAL):
            # Whoever can send hints must not be able to cause any number of requests.
            if watched.place is Place.RESTING and watched.due > at_last:
                self.queue.rest(watched, at_last)
            elif watched.place is Place.ASKED and watched.again_at is None:
                watched.again_at = at_last
            return True
        watched.last_hint = now
        if watched.place is Place.ASKED:
            # The answer under way may be older than the hint.
            watched.again_at = now
        else:
            self.queue.put(watched, Place.PROMPT, now)
        return True

    def next_part(self) -> list[Watched] | None:
        """Return the next piece of a batch that was at fault, as far as anybody still waits for its jobs."""
        while self.parts:
            if batch := self.still_wanted(self.parts.popleft()):
                return batch
        return None

    def clear(self) -> None:
        """Forget what only a running loop would have come back to."""
        while self.parts:
            self.give_back(self.parts.popleft())
