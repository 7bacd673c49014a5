"""One rate for a whole pool of workers, kept by Redis."""

from __future__ import annotations

import asyncio
import logging
import math
from types import TracebackType
from typing import Final, Literal, TypeAlias, cast

from ._pace import Schedule
from ._redis_script import RedisClient, Script, check_client
from ._timing import Timing
from .errors import ConfigurationError, ConnectError

__all__ = ["RedisRateLimiter", "WhenAway"]

WhenAway: TypeAlias = Literal["share", "raise", "pass"]

_MICROSECONDS: Final = 1_000_000
_HIGHEST_RATE: Final = 100_000
# A turn further away is not taken yet: what waiters that give up leave unused is never more than this.
_FURTHEST_TURN: Final = 30.0
_FURTHEST: Final = round(_FURTHEST_TURN * _MICROSECONDS)
_LONGEST_PAUSE: Final = 60.0
_ASK_AGAIN_AFTER: Final = 1.0

# The generic cell rate algorithm in whole microseconds, by the clock of the server. ``turn`` is when the next
# turn comes at an even pace; a burst takes turns before that. A clock that was put back takes ``turn`` along.
# Where nothing is known, nothing is saved up: a server that forgot must not allow a second burst.
_TAKE_TURN: Final = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, tolerance, furthest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'turn', 'now')
local turn, before = tonumber(kept[1] or now + tolerance), tonumber(kept[2] or now)
if before > now then turn = turn - (before - now) end
if turn < now then turn = now end
local wait = math.max(0, turn - tolerance - now)
local taken = 0
if wait <= furthest then taken, turn = 1, turn + interval end
redis.call('HSET', KEYS[1], 'turn', string.format('%.0f', turn), 'now', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((turn - now) / 1000) + 3600000))
return {taken, wait}
""")

_logger = logging.getLogger("tencent_ci_async.limiter")


class RedisRateLimiter:
    """At most so many requests per second over all processes and machines; used as ``async with limiter``.

    It goes where `RateLimiter` goes: ``CISession(..., limiter=...)``. Every limiter with the same name on the
    same Redis (or Valkey) shares one rate, which must be the same for all. Taking a turn is one round trip;
    then the caller sleeps until its turn, which the server gave it by its own clock: those of the machines do
    not matter. In any span of time there are at most ``rate * seconds + burst`` turns; how late answers and
    sleeps are is all that can add to it.

    Turns come in the order of asking. A waiter that is cancelled does not give its turn back. A turn more
    than 30 seconds away is not taken yet: the caller asks again later, so that no more than these 30
    seconds are lost to waiters who gave up.

    While Redis is away, ``when_away`` decides, and one caller of each process asks anew once a second. When
    it is back, each keeps to its share as well until all must have noticed. The logger
    ``tencent_ci_async.limiter`` tells once that Redis is away, and once that it is back.

    Args:
        client: An asyncio client, such as ``redis.asyncio.Redis``. It belongs to one event loop, so the
            limiter does as well. Whoever made it closes it.
        rate: Requests per second of all together, at most 100,000.
        burst: Requests that may go at once after a pause.
        name: Whose rate it is; limits of the service count by account, so the account's id fits.
        workers: How many processes share the rate at most; needed for the share of each.
        when_away: What to do while Redis does not answer. ``"share"``: each process keeps by itself to
            ``rate / workers``, without bursts, so that ``workers`` processes stay within
            ``rate * seconds + workers``; turns that Redis gave before still come. ``"raise"``: a
            `ConnectError`, which a session repeats by its `RetryPolicy`. ``"pass"``: no limit.
        timeout: Seconds after which Redis counts as away.
        timing: Clock, sleep and chance; only tests need others.

    Raises:
        ConfigurationError: A value is out of range, ``workers`` is missing, or the client runs no scripts.
    """

    def __init__(
        self,
        client: RedisClient,
        rate: float,
        *,
        name: str,
        burst: int = 1,
        workers: int | None = None,
        when_away: WhenAway = "share",
        timeout: float = 0.5,
        timing: Timing | None = None,
    ) -> None:
        check_client(client)
        _check_settings(rate, name, burst, timeout)
        _check_policy(when_away, workers)
        self._client = client
        self._key = f"tencent-ci:rate:{name}"
        # Rounded up, so that the rate is never exceeded.
        interval = math.ceil(_MICROSECONDS / rate)
        self._arguments = [str(each) for each in (interval, (burst - 1) * interval, _FURTHEST)]
        self._when_away: WhenAway = when_away
        self._timeout = timeout
        self._timing = timing or Timing()
        # The turns of this process when it is on its own.
        self._share = Schedule((workers or 1) / rate, burst=1)
        self._rate = rate
        self._workers = workers
        self._last_turn = -math.inf
        self._away = False
        self._ask_again_at = -math.inf
        self._settled_at = -math.inf

    async def __aenter__(self) -> None:
        """Wait for the next turn.

        Raises:
            ConnectError: Redis is away, and ``when_away`` says ``"raise"``.
            ConfigurationError: The client is not an asyncio client.
        """
        has_share = False
        while True:
            settling = not has_share and self._timing.clock() < self._settled_at
            taken, wait = self._take_share() if settling else await self._take()
            if wait > 0:
                await self._timing.sleep(wait)
            if taken and not settling:
                return
            has_share = has_share or (settling and taken)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do nothing: a turn is taken, not lent."""

    def __repr__(self) -> str:
        state = ", Redis is away" if self._away else ""
        return f"<RedisRateLimiter {self._key!r}: {self._rate:g}/s{state}>"

    async def _take(self) -> tuple[bool, float]:
        """Return whether a turn was taken, and the seconds to wait: for it, or before asking again."""
        if self._timing.clock() < self._ask_again_at:
            return self._do_without()
        if self._away:
            # The others need not find out as well.
            self._ask_again_at = self._timing.clock() + self._timeout + _ASK_AGAIN_AFTER
        answer = await self._ask()
        if answer is None:
            return self._do_without()
        taken, wait = answer
        if not taken:
            return False, _pause_before(wait)
        self._last_turn = max(self._last_turn, self._timing.clock() + wait)
        return True, wait

    async def _ask(self) -> tuple[bool, float] | None:
        """Return what Redis says, or None when it is away."""
        try:
            async with asyncio.timeout(self._timeout):
                reply = await _TAKE_TURN.run(self._client, self._key, *self._arguments)
            answer = _read(reply)
        except ConfigurationError:
            raise
        # A client may raise anything; nothing of it goes further than this.
        except Exception as error:  # noqa: BLE001
            self._note_away(error)
            return None
        self._note_back()
        return answer

    def _do_without(self) -> tuple[bool, float]:
        if self._when_away == "raise":
            raise ConnectError(
                "Redis, which keeps the rate of all workers, does not answer; the request was not sent. "
                "The log of tencent_ci_async.limiter says why; when_away='share' would go on without it"
            )
        if self._when_away == "pass":
            return True, 0.0
        return self._take_share()

    def _take_share(self) -> tuple[bool, float]:
        wait = self._share.reserve(self._timing.clock(), at_most=_FURTHEST_TURN)
        return (True, wait) if wait <= _FURTHEST_TURN else (False, _pause_before(wait))

    def _note_away(self, error: Exception) -> None:
        self._ask_again_at = self._timing.clock() + _ASK_AGAIN_AFTER
        if self._away:
            return
        self._away = True
        # Not all at once: they all notice at about the same time. And turns that were given still come.
        now = self._timing.clock()
        first_turn = max(now, self._last_turn) + self._timing.random() * self._share.interval
        self._share.next = max(self._share.next, first_turn)
        _logger.warning(
            "Redis does not answer (%s); until it does, %s", _described(error), self._describe_policy()
        )

    def _note_back(self) -> None:
        if self._away:
            self._away = False
            self._ask_again_at = -math.inf
            if self._when_away == "share":
                # Until all the others know it too, and have had the turns of their own, both limits count.
                known_to_all = self._timing.clock() + self._timeout + 1.5 * _ASK_AGAIN_AFTER
                self._settled_at = max(known_to_all, self._share.next)
            _logger.info("Redis answers again: all workers share %g requests/s", self._rate)

    def _describe_policy(self) -> str:
        if self._when_away == "raise":
            return "no request is sent"
        if self._when_away == "pass":
            return "requests go without a limit"
        share = 1 / self._share.interval
        return f"this process keeps to its share, {share:.3g} of {self._rate:g} requests/s"


def _pause_before(wait: float) -> float:
    """Return the seconds after which to ask again for a turn that is too far away."""
    return min(max(wait - _FURTHEST_TURN, _ASK_AGAIN_AFTER), _LONGEST_PAUSE)


def _read(reply: object) -> tuple[bool, float]:
    """Return what the script has said.

    Raises:
        ValueError: It is something else, perhaps from a server of another kind.
    """
    if isinstance(reply, list):
        answer = cast("list[object]", reply)
        if len(answer) == 2 and all(type(each) is int for each in answer):
            taken, wait = cast("list[int]", answer)
            if (taken == 1 and 0 <= wait <= _FURTHEST) or (taken == 0 and wait > _FURTHEST):
                return taken == 1, wait / _MICROSECONDS
    raise ValueError(f"the answer {reply!r:.60} is not that of the script")


def _described(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _check_settings(rate: float, name: str, burst: int, timeout: float) -> None:
    if not 0 < rate <= _HIGHEST_RATE:
        raise ConfigurationError(
            f"rate is {rate}: it must be above 0 and at most {_HIGHEST_RATE:,} requests/s"
        )
    if burst < 1:
        raise ConfigurationError(f"burst is {burst}: it must be at least 1")
    if not name:
        raise ConfigurationError("name is empty: say whose rate it is, such as the account's id")
    if not (timeout > 0 and math.isfinite(timeout)):
        raise ConfigurationError(f"timeout is {timeout} s: it must be a positive number")


def _check_policy(when_away: WhenAway, workers: int | None) -> None:
    if when_away not in {"share", "raise", "pass"}:
        raise ConfigurationError(f"when_away is {when_away!r}: it must be 'share', 'raise' or 'pass'")
    if workers is not None and workers < 1:
        raise ConfigurationError(f"workers is {workers}: it must be at least 1")
    if workers is None and when_away == "share":
        raise ConfigurationError(
            "workers is missing: say how many processes share the rate at most, such as workers=4, so that "
            "each knows its share while Redis is away; or choose when_away='raise' or 'pass'"
        )
