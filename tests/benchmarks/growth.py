"""How a fan-out grows from a hundred jobs to a hundred thousand: seconds, and megabytes."""

from collections.abc import Sequence
from dataclasses import dataclass

from bodies import Body
from contest import BARE, BY_HAND, EACH, JOINED, measure_apart
from fanout import job_template
from loopback import serving_any_id
from one_case import Found, Task
from waiting import Grid

_LATENCY = 0.02
_WIDTH = 32
KEPT = "describe_all, all outcomes kept"
CALM = "the same after gc.set_threshold(50_000)"
STREAMED = "describe_many, each outcome dropped"
_CLIENTS = {
    KEPT: "ours:Ours",
    CALM: "ours:RarelyCollected",
    STREAMED: "ours:Streamed",
    EACH: "vendor:AnIdEach",
    JOINED: "vendor:Joined",
    BARE: "bare:Bare",
    BY_HAND: "by_hand:ByHand",
}
# Nobody waits for two minutes to see a straight line go on.
_MOST = {EACH: 10_000}


@dataclass(frozen=True)
class Point:
    """What one client took for so many jobs."""

    client: str
    jobs: int
    found: Found


def grow(one: Body, sizes: Sequence[int]) -> list[Point]:
    """Measure every client at every size, once."""
    with serving_any_id(job_template(one), latency=_LATENCY) as base:
        return [
            Point(name, jobs, measure_apart(Task(client, "fan_out", base, _WIDTH, jobs)))
            for jobs in sizes
            for name, client in _CLIENTS.items()
            if jobs <= _MOST.get(name, jobs)
        ]


def growth_grid(points: Sequence[Point]) -> Grid:
    """Write down what was found."""
    sizes = sorted({point.jobs for point in points})
    cells = {(point.client, point.jobs): _cell(point.found) for point in points}
    lines = [[client, *(cells.get((client, size), "") for size in sizes)] for client in _CLIENTS]
    return Grid(
        f"Fan-out of more and more ids, {_LATENCY * 1e3:.0f} ms latency, {_WIDTH} in flight",
        ["", *(f"{size:,} jobs" for size in sizes)],
        lines,
    )


def _cell(found: Found) -> str:
    peak = "" if found.peak is None else f", {found.peak:,.0f} MB"
    return f"{found.wall:.2f} s{peak}"
