"""What a hundred thousand waiters for ten thousand jobs take, on a real event loop: memory, and its lag."""

import asyncio
import gc
import multiprocessing
import sys
import tracemalloc
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from waiting import Grid, render_grid

from tencent_ci_async import DescribeMediaJobResult, JobDetail, JobWatcher, PollSchedule

_WAITERS = 100_000
_JOBS = 10_000
_INTERVAL = 5.0
# Seconds until an answer, and between two looks at how late the loop is.
_LATENCY = 0.02
_BEAT = 0.002
# Waits begun without letting the loop turn.
_TURN = 200


@dataclass(frozen=True)
class Crowd:
    """What it took: bytes for each waiter with its task; the loop's lag in milliseconds, p99 and most."""

    size: float
    timers: int
    begin: tuple[float, float]
    sweep: tuple[float, float]
    end: tuple[float, float]


def waiters_grids() -> Iterator[Grid]:
    """Measure every way to wait; nothing on a system without ``/proc``."""
    if not Path("/proc/self/statm").exists():
        return
    head = ["Each waiter", "Bytes, traced", "Bytes, resident", "Timers"]
    head += [f"Lag while {when}, p99 (most)" for when in ("they come", "they wait", "they end")]
    lines = [[name, *_cells(_measure(name, traced=True), _measure(name, traced=False))] for name in _WAYS]
    yield Grid(f"{_WAITERS:,} waiters for {_JOBS:,} jobs", head, lines)


class _Service:
    """Says of all jobs that they run, and later that they have ended."""

    def __init__(self) -> None:
        self.ids = [f"j{number:032x}" for number in range(_JOBS)]
        self.ended = False
        self._answers = [
            {each: JobDetail(job_id=each, tag="Concat", state=state) for each in self.ids}
            for state in ("Running", "Success")
        ]

    async def describe(self, *job_ids: str) -> DescribeMediaJobResult:
        await asyncio.sleep(_LATENCY)
        answers = self._answers[self.ended]
        return DescribeMediaJobResult.model_construct(
            jobs_detail=[answers[job_id] for job_id in job_ids], non_exist_job_ids=[]
        )


_Way = Callable[[JobWatcher, str], Coroutine[object, object, object]]


_WAYS: dict[str, _Way] = {
    "wait(job_id)": lambda watcher, job_id: watcher.wait(job_id),
    "wait(job_id, timeout=3600)": lambda watcher, job_id: watcher.wait(job_id, timeout=3600),
}


def _measure(name: str, *, traced: bool) -> Crowd:
    # A process of its own: nothing that was freed before is used again unseen.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(name, traced, theirs))
    process.start()
    theirs.close()
    seen: Crowd = ours.recv()
    process.join()
    return seen


def _run(name: str, traced: bool, told: Connection) -> None:  # noqa: FBT001 - a process takes no keywords
    told.send(asyncio.run(_crowd(_WAYS[name], traced=traced)))


async def _crowd(way: _Way, *, traced: bool) -> Crowd:
    loop = asyncio.get_running_loop()
    service = _Service()
    watcher = JobWatcher(service.describe, schedule=PollSchedule(interval=_INTERVAL), remember=0)
    gc.collect()
    if traced:
        tracemalloc.start()
    resident = _resident()
    tasks: list[asyncio.Task[object]] = []
    async with watcher:
        with _Lag() as begin:
            for number in range(_WAITERS):
                tasks.append(asyncio.create_task(way(watcher, service.ids[number % _JOBS])))
                if number % _TURN == 0:
                    await asyncio.sleep(0)
            # By then, each job has been looked at.
            await asyncio.sleep(1.5 * _INTERVAL)
        gc.collect()
        took = tracemalloc.get_traced_memory()[0] if traced else _resident() - resident
        tracemalloc.stop()
        timers = 0
        for _ in range(20):
            await asyncio.sleep(0.01)
            # Of each request under way, the service has one, or has had it.
            ringing = sum(not each.cancelled() for each in loop._scheduled)
            timers = max(timers, ringing - watcher.stats().in_flight)
        with _Lag() as sweep:
            await asyncio.sleep(0 if traced else _INTERVAL)
        service.ended = True
        with _Lag() as end:
            await asyncio.wait(tasks)
        assert all(task.exception() is None for task in tasks)
    return Crowd(took / _WAITERS, timers, begin.figures, sweep.figures, end.figures)


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


class _Lag:
    """Notes how late a timer rings that is set again and again."""

    def __enter__(self) -> Self:
        self._late: list[float] = []
        self._loop = asyncio.get_running_loop()
        self._set()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._late.sort()
        late = self._late or [0.0]
        self.figures = 1e3 * late[int(0.99 * len(late))], 1e3 * late[-1]

    def _set(self) -> None:
        self._due = self._loop.time() + _BEAT
        self._timer = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._late.append(self._loop.time() - self._due)
        self._set()


def _cells(traced: Crowd, plain: Crowd) -> list[str]:
    lags = (plain.begin, plain.sweep, plain.end)
    return [
        f"{traced.size:,.0f}",
        f"{plain.size:,.0f}",
        str(plain.timers),
        *(f"{p99:.1f} ms ({most:.0f})" for p99, most in lags),
    ]


if __name__ == "__main__":
    for found in waiters_grids():
        sys.stdout.write(render_grid(found, markdown="--markdown" in sys.argv) + "\n")
