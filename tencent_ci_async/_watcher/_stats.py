"""How a watcher is doing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ._dispatcher import Dispatcher

__all__ = ["WatcherStats", "figures"]


@dataclass(frozen=True, slots=True)
class WatcherStats:
    """A watcher's figures at one moment; those that count begin with the watcher.

    Attributes:
        jobs: Jobs that are waited for now.
        waiters: Those who wait for them now; one who waits for many jobs counts for each.
        in_flight: Requests under way now.
        oldest_look: Seconds since the job longest not looked at was looked at, or first asked for.
        interval: Seconds between two looks at a job, as load and rate allow now.
        rate: Requests per second that the service bears; infinite when it has not complained.
        remembered: Jobs that have ended and whose late askers cost no request.
        requests: Requests made, retries by the session not counted.
        looks: Jobs that these asked for.
        failures: Requests that failed.
        throttled: Requests of these that failed because there were too many.
        ended: Jobs seen to have ended.
    """

    jobs: int = 0
    waiters: int = 0
    in_flight: int = 0
    oldest_look: float = 0.0
    interval: float = 0.0
    rate: float = math.inf
    remembered: int = 0
    requests: int = 0
    looks: int = 0
    failures: int = 0
    throttled: int = 0
    ended: int = 0


def figures(dispatcher: Dispatcher) -> WatcherStats:
    """Return the figures of this moment."""
    now, watched = dispatcher.loop.time(), dispatcher.roll.watched.values()
    looked_at = (each.first_seen if each.last_look is None else each.last_look for each in watched)
    return WatcherStats(
        jobs=len(watched),
        waiters=sum([len(each.waiters) for each in watched]),
        in_flight=dispatcher.in_flight,
        oldest_look=now - min(looked_at, default=now),
        interval=dispatcher.interval,
        rate=dispatcher.pace.rate,
        remembered=len(dispatcher.roll.remembered),
        requests=dispatcher.requests,
        looks=dispatcher.looks,
        failures=dispatcher.failures,
        throttled=dispatcher.throttled,
        ended=dispatcher.ended,
    )
