"""What it takes to wait for jobs, in requests and in delay: polling each job, the usual waiters, and ours.

All of it happens in virtual time, and comes out the same each time. Polling job by job is computed: a look
costs a request and takes no time. Ours is the real watcher, answered after 50 ms, which its delays include.
"""

import asyncio
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from support.loads import Figures, Load, burst, four_tags, stream, wait_for

from tencent_ci_async import PollSchedule, RateLimiter, Timing

_JOBS = 10_000
_SIZE = 10
_WAITERS = 10
_NOISE = 0.1
_INTERVALS = (2.0, 5.0, 10.0)
LONE = "each job by itself"
USUAL = "the usual waiters"
PLAIN = "JobWatcher"
INFORMED = "JobWatcher, jobs that tell their progress"


@dataclass(frozen=True)
class Waited:
    """How a strategy fares; delays in seconds, `ratio` to a uniform sweep of the same mean delay."""

    group: str
    name: str
    per_job: float
    mean: float
    p95: float
    longest: float
    most_in_a_second: int
    ratio: float


def fewest_per_job(size: int, delay: float) -> float:
    """Requests per job that a uniform sweep needs at least on the load of `strategies`."""
    return stream(1).fewest_requests(size, delay)


def strategies(*, jobs: int = _JOBS) -> Iterator[Waited]:
    """All strategies on one load: twenty jobs a second, which take a minute, or a tenth of it, or ten."""
    load = stream(jobs)
    for seconds in (1, 5, 15, 30):
        yield _polled(load, LONE, f"every {seconds} s", lambda each=seconds: repeat(each))
    yield _polled(load, USUAL, "1 s, 1.5 s and so on to 20 s", _backing_off)
    yield _polled(load, USUAL, "the same, each drawn from 0 on", _backing_off_by_chance(random.Random(4)))
    many = f"every 15 s, {_WAITERS} waiters for each job"
    yield _polled(load, USUAL, many, lambda: repeat(15), waiters=_WAITERS)
    for group, noise in ((PLAIN, None), (INFORMED, _NOISE)):
        for interval in _INTERVALS:
            # As by default, twice the interval is the most that is skipped.
            schedule = PollSchedule(interval=interval, longest_skip=2 * interval)
            seen = wait_for(load, schedule=schedule, noise=noise)
            yield _watched(group, f"interval {interval:g} s", seen)


def loads(*, jobs: int = _JOBS) -> Iterator[Waited]:
    """The watcher as it is by default, on loads of several kinds."""
    kinds = {
        "all at once": burst(jobs),
        "20 a second": stream(jobs),
        "1 a second": stream(jobs // 10, rate=1.0),
        "20 a second, of four kinds": four_tags(jobs),
    }
    for name, load in kinds.items():
        for group, noise in ((PLAIN, None), (INFORMED, _NOISE)):
            yield _watched(group, name, wait_for(load, noise=noise))


def throttled(*, jobs: int = _JOBS) -> Iterator[tuple[Waited, int]]:
    """The watcher against a service that refuses beyond some rate, and how many requests it refused."""
    load = burst(jobs)
    for allowed in (jobs / 100, jobs / 1_000):
        for name, limiter in (("unknown", None), ("told to a limiter", _limiter(allowed))):
            seen = wait_for(load, allowed=allowed, limiter=limiter)
            yield _watched(PLAIN, f"{allowed:g} requests a second, {name}", seen), seen.refused


@dataclass(frozen=True)
class Grid:
    """A table of anything: a title, a head, and lines of cells."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]


def waiting_grids(waited: Sequence[Waited]) -> Iterator[Grid]:
    """Write down what `strategies` found, then measure the rest, one table after the other."""
    head = ["Delays in seconds", "Requests per job", "Mean delay", "p95", "Longest", "Most in a second"]
    for title, found in (
        (f"Waiting for {_JOBS:,} jobs, 20 a second", waited),
        (f"JobWatcher on {_JOBS:,} jobs (1 a second: {_JOBS // 10:,})", loads()),
    ):
        lines = [[f"{each.group}: {each.name}", *_cells(each), f"{each.ratio:.2f}"] for each in found]
        yield Grid(title, [*head, "Ratio to a perfect sweep"], lines)
    title = f"JobWatcher on {_JOBS:,} jobs at once, against a service with a limit"
    lines = [[each.name, *_cells(each), f"{refused:,}"] for each, refused in throttled()]
    yield Grid(title, [*head, "Refused requests"], lines)


def render_grid(grid: Grid, *, markdown: bool) -> str:
    """Write a table down, as text or as MyST."""
    widths = [max(map(len, column)) for column in zip(grid.head, *grid.lines, strict=True)]
    rows = [
        [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        for first, *rest in (grid.head, *grid.lines)
    ]
    if not markdown:
        body = ["  ".join(row).rstrip() for row in rows]
        return "\n".join([grid.title, "-" * len(grid.title), *body, ""])
    rule = "|".join([":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])])
    top, *others = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([f"### {grid.title}", "", top, f"|{rule}|", *others, ""])


def _polled(
    load: Load, group: str, name: str, waits: Callable[[], Iterator[float]], *, waiters: int = 1
) -> Waited:
    """Poll each job by itself; `waits` gives the seconds before each look at a job."""
    requests, delays, in_second = 0, list[float](), Counter[int]()
    for job in load.jobs:
        for _ in range(waiters):
            now = job.begins
            for wait in waits():
                now += wait
                requests += 1
                in_second[int(now)] += 1
                if now >= job.ends:
                    break
            delays.append(now - job.ends)
    delays.sort()
    mean = statistics.fmean(delays)
    return Waited(
        group,
        name,
        per_job=requests / len(load.jobs),
        mean=mean,
        p95=delays[int(0.95 * len(delays))],
        longest=delays[-1],
        most_in_a_second=max(in_second.values()),
        ratio=requests / load.fewest_requests(1, mean),
    )


def _backing_off() -> Iterator[float]:
    wait = 1.0
    while True:
        yield wait
        wait = min(20.0, 1.5 * wait)


def _backing_off_by_chance(chance: random.Random) -> Callable[[], Iterator[float]]:
    return lambda: (chance.uniform(0, wait) for wait in _backing_off())


def _watched(group: str, name: str, seen: Figures) -> Waited:
    return Waited(
        group,
        name,
        per_job=seen.requests / seen.jobs,
        mean=seen.mean,
        p95=seen.p95,
        longest=seen.longest,
        most_in_a_second=seen.most_in_a_second,
        ratio=seen.ratio,
    )


def _limiter(rate: float) -> Callable[[], RateLimiter]:
    # Its clock is that of the loop that runs when it is made.
    return lambda: RateLimiter(rate, timing=Timing(clock=asyncio.get_running_loop().time))


def _cells(each: Waited) -> list[str]:
    return [
        f"{each.per_job:.3g}",
        f"{each.mean:.2f}",
        f"{each.p95:.1f}",
        f"{each.longest:.1f}",
        f"{each.most_in_a_second:,}",
    ]


if __name__ == "__main__":
    for found in waiting_grids(list(strategies())):
        sys.stdout.write(render_grid(found, markdown="--markdown" in sys.argv) + "\n")
        sys.stdout.flush()
