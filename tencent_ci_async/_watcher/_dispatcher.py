"""The one room that loops: a task that lives while somebody waits, with one timer for everything.

It asks for the jobs whose turn it is, several per request and several requests at once.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Coroutine
from contextvars import Context
from dataclasses import replace
from functools import partial
from typing import Final

from tencent_ci_async._describing import Describe
from tencent_ci_async._event_handler import rate_listener
from tencent_ci_async._pace import AdaptivePace
from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import CIError, ThrottledError, WatcherClosedError

from ._deadlines import Deadline, Deadlines, Limit
from ._endings import timed_out
from ._look import Look, Remedy
from ._remembered import Remembered
from ._report import Report
from ._roll import Roll
from ._round_trip import GRAIN, RoundTrip
from ._schedule import PollSchedule
from ._verdicts import Verdicts
from ._watched import Place, Waiter, Watched

__all__ = ["Dispatcher"]

# After so many failures in a row the service counts as dark, and one request at a time feels for it.
_DARK: Final = 3
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
# Deadlines that are met without letting the loop turn.
_TURN: Final = 500
# Requests go a little faster than the jobs need, or a backlog would never shrink.
_HEADROOM: Final = 1.25
# Below so many seconds between two requests nothing is spread.
_WIDEST_SPACE: Final = 0.05

_logger = logging.getLogger("tencent_ci_async.watcher")


class Dispatcher:
    """Looks at jobs while somebody waits for them.

    Args:
        describe: Asks about up to `size` jobs.
        schedule: When to look again.
        size: Jobs per request.
        width: Requests under way at once.
        timing: Chance only: the time is that of the running event loop.
        remembered: Where jobs go that have ended.
        report: Who is told what happens.
        context: The context that everything runs in, rather than that of whoever came first.

    Attributes:
        roll: The jobs that are watched.
        pace: The rate that the service bears.
        requests: How many requests there were.
        looks: How many jobs these asked for.
        failures: How many requests failed.
        throttled: How many of these because there were too many.
        ended: How many jobs have ended.
    """

    def __init__(
        self,
        describe: Describe,
        *,
        schedule: PollSchedule,
        size: int,
        width: int,
        timing: Timing,
        remembered: Remembered,
        report: Report,
        context: Context,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.roll = Roll(self.loop.time, size=size, remembered=remembered)
        self.pace = AdaptivePace(
            replace(timing, clock=self.loop.time, sleep=asyncio.sleep),
            on_change=rate_listener(report.on_event, "watcher"),
        )
        self.requests = self.looks = self.failures = self.throttled = self.ended = 0
        self._describe = describe
        self._schedule = schedule
        self._size = size
        self._width = width
        self._random = timing.random
        self._report = report
        self._context = context
        self._verdicts = Verdicts(self.roll, schedule, report)
        self._deadlines = Deadlines()
        self._in_flight: set[Look] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._alarm: asyncio.Future[None] | None = None
        self._planned = -math.inf
        self._turn = -math.inf
        self._failed_in_a_row = 0
        self._paused_at = self._resume_at = -math.inf
        # Of those who look from many processes, each begins at another moment.
        self._phase = 1 - schedule.gather * timing.random()
        self._round_trip = RoundTrip()

    def check_loop(self) -> None:
        """Refuse to serve another event loop.

        Raises:
            WatcherClosedError: The running loop is not the one that used the watcher first.
        """
        if self.loop is not asyncio.get_running_loop():
            raise WatcherClosedError(
                "the watcher belongs to another event loop, the one that used it first: make one for each "
                "event loop (each asyncio.run)"
            )

    # --- Coming and going -----------------------------------------------------------------------------

    def join(self, job_id: str, waiter: Waiter, *, submitted_ago: float | None = None) -> Watched:
        """Let somebody wait for a job; whoever else does so shares the looking."""
        now = self.loop.time()
        watched = self.roll.enter(job_id)
        watched.waiters[waiter] = now
        if watched.place is not Place.NOWHERE:
            return watched
        if submitted_ago is not None:
            watched.submitted_at = now - submitted_ago
            # It can hardly have ended yet.
            self.roll.queue.rest(watched, max(now, watched.submitted_at + self._phase * self.interval))
            self._wake_by(watched.due)
        else:
            self.roll.queue.put(watched, Place.FIRST, now)
            self._wake_by(now + GRAIN)
        return watched

    def limit(
        self, limit: Limit, watched: Watched, waiter: Waiter, seconds: float, *, since: float | None = None
    ) -> None:
        """Set somebody a limit, in seconds from now or from an earlier moment."""
        when = (self.loop.time() if since is None else since) + seconds
        # Asked by then, the answer is there in time.
        last_look_at = when - self._round_trip.at_most
        if limit is Limit.TIMEOUT:
            self._deadlines.add(last_look_at, Limit.LAST_LOOK, watched, waiter, seconds)
            self._deadlines.add(when, limit, watched, waiter, seconds)
        else:
            self._deadlines.add(last_look_at, limit, watched, waiter, seconds)
        self._wake_by(self._deadlines.next)

    def leave(self, watched: Watched, waiter: Waiter) -> None:
        """Let somebody go; the last one's leaving stops the looking."""
        if watched.leave(waiter) and not watched.waiters:
            self.roll.strike(watched)
            if not self.roll.watched:
                self._wake_by(-math.inf)

    def hint(self, job_id: str) -> bool:
        """Look at a job now, if anybody waits for it; whether that is so."""
        known = self.roll.hint(job_id)
        if known:
            self._wake_by(self.loop.time())
        return known

    @property
    def interval(self) -> float:
        """Seconds between two looks at a job: the schedule's, or what the rate allows."""
        return max(self._schedule.interval, len(self.roll) / (self._size * self.pace.rate))

    @property
    def in_flight(self) -> int:
        """Requests under way."""
        return len(self._in_flight)

    async def close(self, error: Exception) -> None:
        """End all waits with an error, and whatever runs."""
        self._stop(error)
        self.roll.remembered.clear()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _stop(self, error: Exception) -> None:
        for watched in list(self.roll.watched.values()):
            self.roll.end(watched, error)
        for look in self._in_flight:
            look.cancel()
        if self._task is not None:
            self._task.cancel()
        # Whoever comes before the loop has ended needs one that goes on.
        self._task = None
        self._tidy()

    def _tidy(self) -> None:
        """Forget what only a running loop would have come back to."""
        self._deadlines.clear()
        self.roll.clear()
        # Whoever closes the watcher does so from a context of his own.
        self._context.run(self._report.idle)

    # --- The loop -------------------------------------------------------------------------------------

    def _wake_by(self, when: float) -> None:
        """Make sure that the loop turns at a moment."""
        if self._task is None:
            if self.roll.watched:
                self._report.is_awake = True
                self._task = self._start(self._run(), "tencent-ci-job-watcher")
                self._task.add_done_callback(self._check)
        elif when < self._planned and self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)

    def _start(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        # A copy: a task that begins at once cannot enter the context that its maker runs in.
        task = asyncio.create_task(work, name=name, context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self) -> None:
        try:
            while self.roll.watched:
                now = self.loop.time()
                if self._meet_deadlines(now):
                    await asyncio.sleep(0)
                elif self.roll.watched:
                    await self._sleep_until(max(self._send(now), now + GRAIN))
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                self._tidy()
                for look in self._in_flight:
                    look.cancel()

    async def _sleep_until(self, when: float) -> None:
        self._planned = when = min(when, self._deadlines.next)
        self._alarm = self.loop.create_future()
        timer = None if when == math.inf else self.loop.call_at(when, _ring, self._alarm)
        try:
            await self._alarm
        finally:
            self._planned = -math.inf
            if timer is not None:
                timer.cancel()

    def _send(self, now: float) -> float:
        """Send the requests whose time has come, and return when the next may go."""
        queue = self.roll.queue
        slack = self._schedule.gather * self.interval
        while len(self._in_flight) < (1 if self._failed_in_a_row >= _DARK else self._width):
            if now < self._resume_at:
                return self._resume_at
            batch = self.roll.next_part()
            if batch is None:
                if now < self._turn and not queue.is_pressing:
                    return max(self._turn, queue.ready_at(slack))
                batch = queue.take(now, slack)
                if not batch:
                    return queue.ready_at(slack)
                self._space_out(now)
            self._ask(batch)
        # The end of a request wakes the loop.
        return math.inf

    def _space_out(self, now: float) -> None:
        """Spread requests over the interval, so that a sweep over many jobs is no burst."""
        requests = _HEADROOM * math.ceil(len(self.roll) / self._size)
        spacing = min(_WIDEST_SPACE, self.interval / requests)
        # As many as may be under way at once may also begin together.
        self._turn = max(self._turn, now - self._width * spacing) + spacing

    def _meet_deadlines(self, now: float) -> bool:
        """End the waits whose time is up; whether there may be more of them."""
        for _ in range(_TURN):
            if (deadline := self._deadlines.pop(now)) is None:
                return False
            self._meet(deadline, now)
        return True

    def _meet(self, deadline: Deadline, now: float) -> None:
        watched, waiter, seconds = deadline.watched, deadline.waiter, deadline.seconds
        if deadline.limit is Limit.LAST_LOOK:
            self._look_once_more(watched, now)
            return
        outcome: Exception = timed_out(watched, seconds, now)
        if deadline.limit is Limit.DARK:
            last = -math.inf if watched.last_look is None else watched.last_look
            dark_at = max(watched.waiters[waiter], last) + seconds
            if now < dark_at:
                # It is dark only if also a look made for this reason brings no answer.
                if (last_look_at := dark_at - self._round_trip.at_most) <= now:
                    self._look_once_more(watched, now)
                    last_look_at = dark_at
                self._deadlines.add(last_look_at, Limit.DARK, watched, waiter, seconds)
                return
            outcome = watched.failure or outcome
        self.leave(watched, waiter)
        waiter.ended(watched.job_id, outcome)

    def _look_once_more(self, watched: Watched, now: float) -> None:
        if watched.place is not Place.ASKED:
            self.roll.queue.put(watched, Place.PROMPT, now)

    # --- One request ----------------------------------------------------------------------------------

    def _ask(self, batch: list[Watched]) -> None:
        look = Look(batch)
        for watched in batch:
            watched.look = look
        self._in_flight.add(look)
        look.task = self._start(self._look(look), "tencent-ci-job-look")
        look.task.add_done_callback(partial(self._looked, look))

    async def _look(self, look: Look) -> None:
        try:
            await self.pace.wait()
            if self.loop.time() < self._resume_at:
                # It was made before the pause, and is made anew when that is over.
                return
            look.begin(self.roll.still_wanted(look.asked), self.loop.time())
            self.requests += 1
            self.looks += look.count
            result = await self._describe(*(watched.job_id for watched in look.batch))
        except asyncio.CancelledError as cancelled:
            look.failure = cancelled
            if not look.is_given_up:
                # Nobody here has cancelled it; whatever did may do so again, therefore not at once.
                self._pause(look)
            raise
        except Exception as failure:  # noqa: BLE001 - the callable may be anybody's, and nobody must wait for ever
            self._failed(look, failure)
        else:
            if look.asked_at > self._paused_at:
                self._failed_in_a_row, self._resume_at = 0, -math.inf
            self.pace.succeeded()
            now = self.loop.time()
            self._round_trip.measured(now - look.asked_at)
            look.ended = self._verdicts.answered(look, result, now=now, interval=self.interval)
            self.ended += look.ended
        finally:
            self._release(look)

    def _release(self, look: Look) -> None:
        """Let go of what a request holds."""
        self._in_flight.discard(look)
        for watched in look.asked:
            if watched.look is look:
                watched.look = None
        self.roll.give_back(look.batch)
        self._report.look_ended(look, waiting=len(self.roll), now=self.loop.time())
        self._wake_by(-math.inf)

    def _looked(self, look: Look, task: asyncio.Task[None]) -> None:
        if look in self._in_flight:
            # It was cancelled before its first step, and has let go of nothing.
            self._release(look)
        self._check(task)

    def _failed(self, look: Look, failure: Exception) -> None:
        self.failures += 1
        look.failure = failure
        _logger.debug("a look at %d jobs failed: %s", len(look.batch), failure)
        if isinstance(failure, ThrottledError):
            self.throttled += 1
            self.pace.throttled(look.asked_at)
        what = self._verdicts.failed(look, failure, now=self.loop.time())
        if what is Remedy.CLOSE:
            self._stop(failure)
        elif what is Remedy.REPEAT or what is Remedy.HALVE_LATER:
            self._pause(look, getattr(failure, "retry_after", None) or 0.0)

    def _pause(self, look: Look, at_least: float = 0.0) -> None:
        """Send nothing for a while, longer each time; the waits themselves do not notice."""
        now = self.loop.time()
        self._resume_at = max(self._resume_at, now + at_least)
        # Requests that were under way together have met the same trouble, which counts once.
        if look.asked_at > self._paused_at:
            longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._failed_in_a_row, 10))
            self._failed_in_a_row += 1
            self._paused_at = now
            self._resume_at = max(self._resume_at, now + self._random() * longest)

    def _check(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            # A fault of this package: whoever waits had better know than wait for ever.
            self._stop(failure if isinstance(failure, Exception) else CIError(repr(failure)))


def _ring(alarm: asyncio.Future[None]) -> None:
    if not alarm.done():
        alarm.set_result(None)
