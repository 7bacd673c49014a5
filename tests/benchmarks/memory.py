"""How much memory a process needs in which many jobs are described, each client in a process of its own."""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from bodies import Body
from fanout import IDS, JOINED, VENDOR, by_id, by_ten, describe_all, describe_many, job_template
from loopback import serving_any_id
from vendor import vendor_client

_JOBS = 2_000


def memory_lines(one: Body) -> Iterator[tuple[str, float]]:
    """The name of each client and its peak in megabytes; nothing on a system without ``/proc``."""
    if not Path("/proc/self/status").exists():
        return
    with serving_any_id(job_template(one), latency=0.02) as base:
        for name, describe in _CLIENTS.items():
            yield name, _peak(describe, base)


def _peak(describe: Callable[[str], Callable[[int], None]], base: str) -> float:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(describe, base, theirs))
    process.start()
    theirs.close()
    peak: int = ours.recv()
    process.join()
    return peak / 1024


def _run(describe: Callable[[str], Callable[[int], None]], base: str, told: Connection) -> None:
    describe(base)(min(_JOBS, len(IDS)))
    # Not getrusage's: a process inherits that peak from the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    told.send(int(status.split("VmHWM:")[1].split()[0]))


def _nothing(_base: str) -> Callable[[int], None]:
    return lambda _times: None


def _threads(base: str) -> Callable[[int], None]:
    return by_id(vendor_client(base), 32)


def _joined(base: str) -> Callable[[int], None]:
    return by_ten(vendor_client(base), 32)


def _kept(base: str) -> Callable[[int], None]:
    return describe_all(base, 32)


def _streamed(base: str) -> Callable[[int], None]:
    return describe_many(base, 32)


_CLIENTS = {
    "neither, but both imported": _nothing,
    f"{VENDOR}, 32 threads, an id each": _threads,
    f"{VENDOR}, 32 threads, {JOINED}": _joined,
    "session.describe_all, 32 in flight, all outcomes kept": _kept,
    "session.describe_many, 32 in flight, each outcome dropped": _streamed,
}
