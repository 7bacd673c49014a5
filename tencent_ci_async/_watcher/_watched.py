"""One job that is being watched, and those who wait for it."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, cast

from tencent_ci_async.models import JobDetail, JobState

from ._schedule import Experience

if TYPE_CHECKING:
    from ._look import Look

__all__ = ["Observer", "Outcome", "Place", "Waiter", "Watched"]

Outcome = JobDetail | Exception
"""What a wait ends with: the job in its terminal state, or what stood in the way."""


class Waiter(Protocol):
    """Somebody who wants to know how a job ends."""

    def ended(self, job_id: str, outcome: Outcome) -> None:
        """Take the outcome. It is called once for each job waited for, and not after `Watched.leave`."""
        ...


class Observer(Waiter, Protocol):
    """Somebody who also wants to know how a job stands."""

    def seen(self, job: JobDetail) -> None:
        """Take what an answer said, which was asked for after the observer had come."""
        ...


class Place(IntEnum):
    """Where a job stands between two looks."""

    PROMPT = 0
    """To be looked at now: somebody said that it may have ended, or somebody's time is nearly up."""

    FIRST = 1
    """To be looked at now, for the first time."""

    DUE = 2
    """Its turn has come; it waits for company."""

    RESTING = 3
    """Its turn is still to come."""

    ASKED = 4
    """A request about it is under way, or about to be."""

    NOWHERE = 5
    """Nobody waits for it."""


class Watched:
    """What is known of one job while somebody waits for it.

    All times are those of the event loop, in seconds.

    Attributes:
        job_id: The id.
        first_seen: When it was first asked for.
        submitted_at: When it was submitted, as far as is known.
        started_at: When it began to run, as far as is known.
        waiters: Who waits for its end, and since when.
        observers: Those of the waiters that also want to know how it stands; None for none.
        impatient: Those of the waiters that do not want to sit out a pause; None for none.
        place: Where it stands between two looks.
        ticket: Tells an entry of the queue that still counts from one that does not.
        look: The request under way about it.
        due: When its turn came or comes.
        last_look: When an answer last said how it is, or that it does not exist.
        job: What that answer said of it.
        experience: With jobs of its kind.
        omissions: How many answers in a row have left it out.
        alone: Whether it is to be asked for by a request of its own.
        missing_since: When answers began to say that it does not exist; None when the last one did not.
        again_at: When to look again because of a hint that came after the present look had begun.
        last_hint: When a hint last made it due at once.
        predicted: How many seconds it was last predicted to run in all.
        failure: What the last request about it met, if that was no answer.
    """

    __slots__ = (
        "again_at",
        "alone",
        "due",
        "experience",
        "failure",
        "first_seen",
        "impatient",
        "job",
        "job_id",
        "last_hint",
        "last_look",
        "look",
        "missing_since",
        "observers",
        "omissions",
        "place",
        "predicted",
        "started_at",
        "submitted_at",
        "ticket",
        "waiters",
    )

    def __init__(self, job_id: str, now: float, experience: Experience) -> None:
        self.job_id = job_id
        self.first_seen = now
        self.submitted_at: float | None = None
        self.started_at: float | None = None
        self.waiters: dict[Waiter, float] = {}
        self.observers: dict[Observer, float] | None = None
        self.impatient: set[Waiter] | None = None
        self.place = Place.NOWHERE
        self.ticket = 0
        self.look: Look | None = None
        self.due = now
        self.last_look: float | None = None
        self.job: JobDetail | None = None
        self.experience = experience
        self.omissions = 0
        self.alone = False
        self.missing_since: float | None = None
        self.again_at: float | None = None
        self.last_hint: float | None = None
        self.predicted: float | None = None
        self.failure: Exception | None = None

    def observe(self, observer: Observer) -> None:
        """Tell somebody who waits how the job stands, too."""
        self.observers = self.observers or {}
        self.observers[observer] = self.waiters[observer]

    def is_impatient(self, waiter: Waiter) -> None:
        """Note that somebody who waits does not want to sit out a pause."""
        self.impatient = self.impatient or set()
        self.impatient.add(waiter)

    def leave(self, waiter: Waiter) -> bool:
        """Let a waiter go; whether it was there."""
        if self.waiters.pop(waiter, None) is None:
            return False
        if self.observers is not None:
            self.observers.pop(cast("Observer", waiter), None)
        if self.impatient is not None:
            self.impatient.discard(waiter)
        return True

    def end(self, outcome: Outcome) -> None:
        """Tell everybody how it ended."""
        waiters, self.waiters = self.waiters, {}
        self.observers = self.impatient = None
        for waiter in waiters:
            waiter.ended(self.job_id, outcome)

    def end_for_those_before(
        self, asked_at: float, outcome: Outcome, *, only: set[Waiter] | None = None
    ) -> None:
        """Tell those an outcome who had come when the question was asked, or the `only` ones among them."""
        concerned = self.waiters if only is None else only
        told = [waiter for waiter in concerned if self.waiters[waiter] <= asked_at]
        for waiter in told:
            self.leave(waiter)
            waiter.ended(self.job_id, outcome)

    def saw(self, job: JobDetail, asked_at: float) -> None:
        """Tell the observers how it stands, those who had come when the question was asked."""
        if self.observers:
            for observer, since in list(self.observers.items()):
                if since <= asked_at:
                    observer.seen(job)

    @property
    def is_paused(self) -> bool:
        """Whether it was last seen in Pause."""
        return self.job is not None and self.job.state is JobState.PAUSE
