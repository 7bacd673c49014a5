"""Measures one client at one kind of work, in a process of its own: `contest` starts it."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path
from statistics import fmean

from loopback import ending_id
from rivals.client import Client

# Jobs that are waited for end evenly spread over these seconds after the beginning.
_FIRST_END, _LAST_END = 1.0, 4.0
SWEEPS = 10


@dataclass(frozen=True)
class Task:
    """What to measure: the work of one client (``module:class``) with so many jobs."""

    client: str
    work: str
    base: str
    width: int
    jobs: int


@dataclass(frozen=True)
class Found:
    """What it took: seconds, requests, megabytes of the process; how late an end was seen, in seconds."""

    wall: float
    cpu: float
    requests: int
    peak: float | None
    late: float | None = None


def measure_here(task: Task) -> Found:
    """Measure in this process."""
    module, _, name = task.client.partition(":")
    make: Callable[[str, int], Client] = getattr(import_module(f"rivals.{module}"), name)
    client = make(task.base, task.width)
    job_ids = [f"j{number:032x}" for number in range(task.jobs)]
    # Connections, imports and models are made before the measurement.
    client.fan_out(job_ids[: 10 * task.width])
    client.one_by_one(job_ids[:1])
    requests = _requests(task.base)
    late = None
    wall, cpu = time.perf_counter(), time.process_time()
    match task.work:
        case "poll":
            client.poll(job_ids, SWEEPS)
        case "wait":
            late = fmean(client.wait(_ending(task.jobs)))
        case work:
            getattr(client, work)(job_ids)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    requests = _requests(task.base) - requests
    client.close()
    return Found(wall, cpu, requests, _peak(), late)


def _ending(jobs: int) -> list[str]:
    now, apart = time.monotonic() + _FIRST_END, (_LAST_END - _FIRST_END) / jobs
    return [ending_id(number, now + number * apart) for number in range(jobs)]


def _requests(base: str) -> int:
    connection = HTTPConnection(base.removeprefix("http://"))
    connection.request("GET", "/requests")
    requests = int(connection.getresponse().read())
    connection.close()
    return requests


def _peak() -> float | None:
    try:
        # Not getrusage's: a process inherits that peak from the one that started it.
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(asdict(measure_here(Task(**json.loads(sys.argv[1]))))))
