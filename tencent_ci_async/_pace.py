"""How fast: a limiter for a known limit, and a pace that finds an unknown one."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import TracebackType

from ._timing import Timing
from .errors import ConfigurationError

__all__ = ["AdaptivePace", "RateLimiter", "Schedule"]

_DROP = 0.7
_SLOWEST = 0.5
_STEP_SECONDS = 1.0
_STEP_REQUESTS = 8
_FAST_STEP = 1.25
_NEAR_CEILING = 0.9
_SLOW_STEP = 0.005
_FORGET_BEYOND = 4.0
_FEWEST_REFUSALS = 3
_FEWEST_JUDGED = 10
_TOLERATED_SHARE = 0.1


class RateLimiter:
    """At most so many requests per second, evenly spaced; used as ``async with limiter``.

    One limiter may be shared by several sessions of one event loop or of several. Whoever waits is served
    in the order of asking; a waiter that is cancelled does not give its turn back.

    Args:
        rate: Requests per second.
        burst: Requests that may go at once after a pause.
        timing: Clock and sleep; only tests need others.

    Raises:
        ConfigurationError: A value is out of range.
    """

    def __init__(self, rate: float, *, burst: int = 1, timing: Timing | None = None) -> None:
        if not (rate > 0 and math.isfinite(rate)):
            raise ConfigurationError(f"rate is {rate}: it must be a positive number of requests per second")
        if burst < 1:
            raise ConfigurationError(f"burst is {burst}: it must be at least 1")
        self._timing = timing or Timing()
        self._schedule = Schedule(1 / rate, burst)

    async def __aenter__(self) -> None:
        """Wait for the next turn."""
        delay = self._schedule.reserve(self._timing.clock())
        if delay > 0:
            await self._timing.sleep(delay)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do nothing: a turn is taken, not lent."""


class Schedule:
    """The generic cell rate algorithm: when the next turn is, given those taken before.

    Args:
        interval: Seconds between two turns.
        burst: Turns that may come at once after a pause.

    Attributes:
        interval: As given; it may be changed.
        next: When the next turn is, were there no bursts.
    """

    def __init__(self, interval: float, burst: int) -> None:
        self.interval = interval
        self.next = -math.inf
        self._tolerance = burst - 1

    def reserve(self, now: float, *, at_most: float = math.inf) -> float:
        """Return the seconds until the next turn; it is taken unless they are more than ``at_most``."""
        turn = max(self.next, now)
        delay = max(0.0, turn - self._tolerance * self.interval - now)
        if delay <= at_most:
            self.next = turn + self.interval
        return delay


class AdaptivePace:
    """No limit until the service says that it is too much; then a rate that feels its way back.

    When a tenth of the recent requests is throttled, the rate falls to 0.7 of what was sent; a lone SlowDown
    among many good answers is repeated, but is no reason to crawl. Each second without such a fall
    raises the rate by a step: quickly while far below the rate that was too much, then in small steps
    that double, so that a limit which was lifted is soon found out.

    Args:
        timing: Clock and sleep.
        on_change: Called with the rate before and after each change.
    """

    def __init__(self, timing: Timing, *, on_change: Callable[[float, float], None] | None = None) -> None:
        self._timing = timing
        self._on_change = on_change
        self._schedule: Schedule | None = None
        self._rate = math.inf
        self._ceiling = math.inf
        self._changed_at = -math.inf
        self._fell_at = -math.inf
        self._slow_steps = 0
        self._judged = 0.0
        self._refused = 0.0
        self._second_began = -math.inf
        self._sent_in_second = 0
        self._measured = 0.0

    @property
    def rate(self) -> float:
        """The requests per second allowed now; infinite when the service has not complained."""
        return self._rate

    async def wait(self) -> float:
        """Wait for the next turn, and return when it came: `throttled` wants to know."""
        if self._schedule is not None:
            delay = self._schedule.reserve(self._timing.clock())
            if delay > 0:
                await self._timing.sleep(delay)
        now = self._timing.clock()
        self._measure(now)
        return now

    def throttled(self, sent_at: float) -> None:
        """Note that the service throttled a request whose turn came at `sent_at`."""
        if sent_at < self._fell_at + _STEP_SECONDS:
            # The service may count in whole seconds: a lower rate needs one of them to show.
            return
        self._judge(refused=1)
        if self._refused < _FEWEST_REFUSALS or self._refused < _TOLERATED_SHARE * self._judged:
            return
        sent = min(self._rate, max(self._measured, self._sent_in_second))
        self._ceiling = max(_SLOWEST, sent * (1 - self._refused / self._judged))
        self._slow_steps = 0
        self._set_rate(max(_SLOWEST, _DROP * sent))
        self._fell_at = self._changed_at
        self._judged = self._refused = 0

    def succeeded(self) -> None:
        """Note that a request was served."""
        self._judge(refused=0)
        # Of a few requests in a second it takes several seconds to learn that all is well.
        step = max(_STEP_SECONDS, _STEP_REQUESTS / self._rate)
        if self._schedule is None or self._timing.clock() - self._changed_at < step:
            return
        near = _NEAR_CEILING * self._ceiling
        if self._rate < near:
            self._set_rate(min(near, _FAST_STEP * self._rate))
            return
        step = self._ceiling * _SLOW_STEP * 2**self._slow_steps
        self._slow_steps += 1
        self._set_rate(self._rate + step)
        if self._rate > _FORGET_BEYOND * max(self._measured, self._ceiling):
            # The limit has long ceased to matter.
            self._move(math.inf)
            self._schedule = None

    def _judge(self, *, refused: int) -> None:
        self._judged += 1
        self._refused += refused

    def _set_rate(self, rate: float) -> None:
        self._move(rate)
        self._changed_at = self._timing.clock()
        if self._schedule is None:
            self._schedule = Schedule(1 / rate, 1)
        self._schedule.interval = 1 / rate

    def _move(self, rate: float) -> None:
        before, self._rate = self._rate, rate
        if self._on_change is not None:
            self._on_change(before, rate)

    def _measure(self, now: float) -> None:
        if now - self._second_began >= 1.0:
            self._measured = self._sent_in_second / (now - self._second_began)
            self._second_began, self._sent_in_second = now, 0
            if self._judged >= _FEWEST_JUDGED:
                # What is a second old counts half, and so on; where requests are few, it must do for longer.
                self._judged, self._refused = self._judged / 2, self._refused / 2
        self._sent_in_second += 1
