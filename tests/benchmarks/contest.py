"""The first table: five kinds of work, by this package and by what one would use instead of it."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bodies import Body
from fanout import job_template
from loopback import serving_any_id
from one_case import SWEEPS, Found, Task
from waiting import Grid

LATENCIES = (0.0, 0.02)
# At most so many requests under way, for every client: the widths that suit them at these latencies.
WIDTHS = {0.0: 8, 0.02: 32}

OURS = "tencent_ci_async"
OVER_AIOHTTP = "tencent_ci_async, over aiohttp"
EACH = "vendor's client, threads, an id each"
JOINED = "vendor's client, threads, ten ids joined by hand"
BARE = "httpx alone: unsigned, unread"
BY_HAND = "aiohttp + xmltodict + pydantic, by hand"

_CLIENTS = {
    OURS: "ours:Ours",
    OVER_AIOHTTP: "over_aiohttp:OverAiohttp",
    EACH: "vendor:AnIdEach",
    JOINED: "vendor:Joined",
    BARE: "bare:Bare",
    BY_HAND: "by_hand:ByHand",
}


@dataclass(frozen=True)
class Work:
    """A kind of work: for how many jobs, and by whom."""

    title: str
    method: str
    jobs: int
    clients: Mapping[str, str]
    per_job: int = 1


def _without(*names: str) -> dict[str, str]:
    return {name: client for name, client in _CLIENTS.items() if name not in names}


_BATCHED = "tencent_ci_async, BatchingDescriber"

WORKS = (
    Work("One call after the other", "one_by_one", 200, _without(JOINED)),
    Work("Calls at once, an id each", "all_at_once", 500, {_BATCHED: "ours:Batched"} | _without(JOINED)),
    Work("Fan-out of many ids", "fan_out", 2_000, _CLIENTS),
    Work("Polling unchanged jobs", "poll", 300, _CLIENTS, per_job=SWEEPS),
    Work("Waiting for jobs to end", "wait", 500, _without(BARE)),
)


@dataclass
class Entry:
    """What one client took for one kind of work, by latency, a value for each round."""

    work: Work
    client: str
    found: dict[float, list[Found]] = field(default_factory=lambda: {each: [] for each in LATENCIES})
    jobs: int = 0

    def cpu(self, latency: float) -> list[float]:
        """Seconds of the processor for 1,000 jobs."""
        return [each.cpu * 1_000 / self.jobs for each in self.found[latency]]

    def rate(self, latency: float) -> list[float]:
        """Jobs per second."""
        return [self.jobs / each.wall for each in self.found[latency]]

    def late(self, latency: float) -> list[float]:
        """Mean seconds until an end was seen."""
        return [each.late for each in self.found[latency] if each.late is not None]

    @property
    def peak(self) -> float | None:
        """Megabytes of the process."""
        peaks = [each.peak for found in self.found.values() for each in found if each.peak is not None]
        return statistics.median(peaks) if peaks else None

    def requests(self, latency: float) -> float:
        """Requests for 1,000 jobs."""
        return statistics.median(each.requests for each in self.found[latency]) * 1_000 / self.jobs


def hold(one: Body, *, rounds: int, share: float = 1.0) -> list[Entry]:
    """Let all clients do all work, in turn and in several rounds."""
    entries = [Entry(work, client) for work in WORKS for client in work.clients]
    job = job_template(one)
    for number in range(rounds):
        for latency in LATENCIES:
            with serving_any_id(job, latency=latency) as base:
                for entry in entries[:: -1 if number % 2 else 1]:
                    work = entry.work
                    jobs = max(1, int(work.jobs * share))
                    entry.jobs = jobs * work.per_job
                    task = Task(work.clients[entry.client], work.method, base, WIDTHS[latency], jobs)
                    entry.found[latency].append(measure_apart(task))
    return entries


def measure_apart(task: Task) -> Found:
    """Measure in a new process."""
    program = Path(__file__).with_name("one_case.py")
    command = [sys.executable, str(program), json.dumps(asdict(task))]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Found(**json.loads(done.stdout))


def contest_grid(entries: Sequence[Entry]) -> Grid:
    """Write down what was found, a line for each client and kind of work."""
    head = ["", "Jobs/s, 0 ms", "Jobs/s, 20 ms", "CPU of 1,000 jobs, 0 ms", "CPU, 20 ms", "Peak", "Requests"]
    lines = list(_lines(entries))
    return Grid("All of it: 0 ms and 20 ms latency", head, lines)


def _lines(entries: Sequence[Entry]) -> Iterator[list[str]]:
    title = ""
    for entry in entries:
        if entry.work.title != title:
            title = entry.work.title
            yield [f"**{title}**", *[""] * 6]
        waited = entry.work.method == "wait"
        speeds = [
            _spread(entry.late(each), lambda late: f"{late:.2f} s late")
            if waited
            else _spread(entry.rate(each), lambda rate: f"{rate:,.0f}")
            for each in LATENCIES
        ]
        cpu = [_spread(entry.cpu(each), lambda seconds: f"{seconds:.3f} s") for each in LATENCIES]
        peak = "" if entry.peak is None else f"{entry.peak:.0f} MB"
        yield [entry.client, *speeds, *cpu, peak, f"{entry.requests(LATENCIES[-1]):,.0f}"]


def _spread(values: Sequence[float], write: Callable[[float], str]) -> str:
    middle = write(statistics.median(values))
    if len(values) == 1:
        return middle
    low, high = (
        write(each).removesuffix(" s late").removesuffix(" s") for each in (min(values), max(values))
    )
    return f"{middle} ({low} to {high})"
