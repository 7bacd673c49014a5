"""Traffic at full width under faults for as long as told: what a process holds must not grow.

``python tests/benchmarks/soak.py --minutes 10 --plot docs/_static/soak.svg``

The server is a simulator in a process of its own, of whose answers a share goes wrong. Every few seconds the
memory, the open files, the tasks and the threads of this process are written down. At the end the last third
of the run is held against the middle: the exit code is 1 if anything has grown or
a call met what it may not.
"""

import argparse
import asyncio
import gc
import multiprocessing
import random
import resource
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tencent_ci_async import (
    BatchingDescriber,
    CIError,
    CISession,
    ConcatFragment,
    ConcatTemplate,
    Container,
    Credentials,
    JobOutput,
    JobTag,
    JobWatcher,
    MediaJobRequest,
    Operation,
    PollSchedule,
    RetryPolicy,
)
from tencent_ci_async.testing import FakeCI, FaultServer, WireFault

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
KEYS = ("AKIDsoak", "soak-key")
STANDING_JOBS = 2_000
WAITERS, CALLERS, RUNS = 300, 60, 2
# A bomb costs the server more than all else together, and a drip holds a permit; so both are rare.
FAULTS = {kind: 0.1 if kind in {WireFault.GZIP_BOMB, WireFault.SLOW_LORIS} else 1.0 for kind in WireFault}
_CLEAN_EVERY = 5.0
# Seconds; what memory does before says nothing of growth.
_CACHES_ARE_FULL_AFTER = 60.0


@dataclass
class Sample:
    """What this process holds at one moment."""

    at: float
    megabytes: float
    files: int
    tasks: int
    threads: int
    objects: int
    calls: int


@dataclass
class Ledger:
    """What became of everything that was begun."""

    ended: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    async def count(self, what: str, call: Awaitable[object]) -> None:
        """Await one call; an error of ours is an outcome, any other is a fault of the library."""
        try:
            await call
            self.ended[what] += 1
        except CIError as error:
            self.ended[f"{what}: {type(error).__name__}"] += 1
        except TimeoutError:
            self.ended[f"{what}: left by its caller"] += 1
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            self.wrong.append(f"{what}: {error!r}")


def serve(pipe: Connection, share: float) -> None:
    """Run the simulator until the other end of the pipe is closed."""

    async def main() -> None:
        fake = FakeCI(bucket=BUCKET, region=REGION, credentials=KEYS)
        job_ids = [fake.add_job(runs_for=random.choice([0, 30, 1e6])) for _ in range(STANDING_JOBS)]
        fake.plan(runs_for=2.0)
        async with FaultServer(
            fake, faults=FAULTS, share=share, stall=1.0, drip=0.02, bomb_bytes=1 << 24
        ) as base:
            pipe.send((base, job_ids))
            while True:
                await asyncio.sleep(_CLEAN_EVERY)
                fake.requests.clear()
                if pipe.poll():
                    return

    asyncio.run(main())


def request() -> MediaJobRequest:
    """A splice to submit."""
    template = ConcatTemplate(
        concat_fragment=[
            ConcatFragment(url=f"https://{BUCKET}.cos.{REGION}.myqcloud.com/part-{n}.mp4") for n in (1, 2)
        ],
        container=Container(format="mp4"),
    )
    operation = Operation(concat_template=template, output=JobOutput(object="whole.mp4"))
    return MediaJobRequest(tag=JobTag.CONCAT, operation=operation)


class Traffic:
    """All that goes on at once, over one session."""

    def __init__(self, session: CISession, watcher: JobWatcher, job_ids: list[str], ledger: Ledger) -> None:
        self._session = session
        self._watcher = watcher
        self._describer = BatchingDescriber(session.describe_media_job)
        self._job_ids = job_ids
        self._ledger = ledger

    def streams(self) -> list[Callable[[], Awaitable[None]]]:
        """What runs side by side, each over and over."""
        return [*[self.wait] * WAITERS, *[self.ask] * CALLERS, *[self.run] * RUNS, self.look_through]

    async def wait(self) -> None:
        """Submit a job and wait for its end; one caller in five loses patience."""
        submitted: list[str] = []

        async def submit() -> None:
            submitted.append((await self._session.create_media_job(request())).job_id)

        await self._ledger.count("submit", submit())
        if submitted:
            patience = random.choice([0.5, 60, 60, 60, 60])
            await self._ledger.count("wait", self._watcher.settle(submitted[0], timeout=patience))

    async def ask(self) -> None:
        """Ask about one job; one caller in five leaves before the answer."""

        async def impatient() -> None:
            async with asyncio.timeout(random.choice([0.005, 60, 60, 60, 60])):
                await self._describer.describe(random.choice(self._job_ids))

        await self._ledger.count("question", impatient())

    async def run(self) -> None:
        """Ask about many jobs; sometimes the loop is left early."""
        enough = random.choice([100, 1_000_000])

        async def some() -> None:
            seen = 0
            async with aclosing(self._session.describe_many(self._job_ids)) as outcomes:
                async for _ in outcomes:
                    seen += 1
                    if seen >= enough:
                        return
            if seen != len(self._job_ids):
                self._ledger.wrong.append(f"run: {seen} outcomes for {len(self._job_ids)} ids")

        await self._ledger.count("run", some())

    async def look_through(self) -> None:
        """Read the first pages of the list."""

        async def pages() -> None:
            seen = 0
            async with aclosing(self._session.describe_media_jobs(tag="Concat")) as jobs:
                async for _ in jobs:
                    seen += 1
                    if seen >= 200:
                        return

        await self._ledger.count("list", pages())


def sample(began: float, ledger: Ledger) -> Sample:
    """Write down what this process holds."""
    gc.collect()
    try:
        megabytes = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
        files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        megabytes, files = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 0
    return Sample(
        at=time.monotonic() - began,
        megabytes=megabytes,
        files=files,
        tasks=len(asyncio.all_tasks()),
        threads=threading.active_count(),
        objects=len(gc.get_objects()),
        calls=sum(ledger.ended.values()),
    )


async def soak(base: str, job_ids: list[str], *, seconds: float, every: float) -> Ledger:
    """Let the traffic flow for so many seconds, and return what was seen."""
    ledger, began = Ledger(), time.monotonic()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: ledger.wrong.append(f"the loop: {context['message']}"))
    async with (
        CISession(
            BUCKET, REGION, credentials=Credentials(*KEYS), endpoint=base, retry=RetryPolicy(base_delay=0.02)
        ) as session,
        JobWatcher(
            session.describe_media_job, schedule=PollSchedule(interval=1.0), remember_for=10.0
        ) as watcher,
    ):
        traffic = Traffic(session, watcher, job_ids, ledger)

        async def over_and_over(stream: Callable[[], Awaitable[None]]) -> None:
            while True:
                await stream()
                await asyncio.sleep(0)

        streams = [asyncio.create_task(over_and_over(stream)) for stream in traffic.streams()]
        while time.monotonic() - began < seconds:
            await asyncio.sleep(every)
            ledger.samples.append(sample(began, ledger))
        for stream in streams:
            stream.cancel()
        for ended in await asyncio.gather(*streams, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                ledger.wrong.append(f"a stream ended: {ended!r}")
    await asyncio.sleep(0.1)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    ledger.wrong += [f"left running: {task!r}" for task in left]
    return ledger


def grown(samples: list[Sample]) -> list[str]:
    """What the last third of a run holds more of than the middle third; the first fills the caches."""
    third = len(samples) // 3
    is_long = samples[-1].at >= _CACHES_ARE_FULL_AFTER
    told = []
    for name, share, extra in (
        ("megabytes", 0.05, 2),
        ("files", 0.1, 8),
        ("tasks", 0.1, 50),
        ("threads", 0, 2),
    ):
        middle, last = (
            statistics.median(getattr(each, name) for each in part)
            for part in (samples[third : 2 * third], samples[2 * third :])
        )
        if name == "megabytes" and not is_long:
            continue
        if last > middle * (1 + share) + extra:
            told.append(f"{name} grew from {middle:,.0f} to {last:,.0f}")
    return told


def plot(samples: list[Sample], path: Path) -> None:
    """Draw what was held over the time."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - only the picture needs it

    rows = (
        ("megabytes", "memory, MB"),
        ("files", "open files"),
        ("tasks", "tasks"),
        ("calls", "calls ended"),
    )
    figure, axes = plt.subplots(len(rows), sharex=True, figsize=(7.6, 6.4), layout="constrained")
    minutes = [each.at / 60 for each in samples]
    for axis, (name, words) in zip(axes, rows, strict=True):
        values = [getattr(each, name) for each in samples]
        axis.plot(minutes, values, color="#0a6ebd", linewidth=1.2)
        axis.set_ylim(0, max(values) * 1.15)
        axis.set_ylabel(words)
        axis.grid(color="#e5e5e5")
    axes[-1].set_xlabel("minutes")
    figure.savefig(path)


def main() -> int:
    """Run, tell, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two samples")
    parser.add_argument("--share", type=float, default=0.1, help="how many of the answers go wrong, 0 to 1")
    parser.add_argument("--plot", type=Path, help="where to draw the picture")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, arguments.share), daemon=True)
    server.start()
    theirs.close()
    base, job_ids = ours.recv()
    try:
        ledger = asyncio.run(soak(base, job_ids, seconds=60 * arguments.minutes, every=arguments.every))
    finally:
        with suppress(OSError):
            ours.send(None)
        server.join()
    for name, count in sorted(ledger.ended.items()):
        print(f"{count:>10,}  {name}")
    first, last = ledger.samples[len(ledger.samples) // 3], ledger.samples[-1]
    for name in ("megabytes", "files", "tasks", "threads", "objects"):
        print(f"{name}: {getattr(first, name):,.0f} after a third, {getattr(last, name):,.0f} at the end")
    print(f"{last.calls:,} calls in {last.at:,.0f} s")
    if arguments.plot:
        plot(ledger.samples, arguments.plot)
    problems = [*ledger.wrong[:20], *grown(ledger.samples)]
    print(*problems, sep="\n") if problems else print("nothing grew, and nothing went wrong")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
