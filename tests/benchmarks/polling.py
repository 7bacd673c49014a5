"""What it costs to poll jobs that have not changed, again and again, beside the vendor's client."""

import asyncio
from collections.abc import Callable, Iterator

from bodies import BUCKET, CREDENTIALS, REGION, Body
from fanout import IDS, JOINED, VENDOR, by_ten, job_template, threads
from loopback import serving_any_id
from measure import Case, Table, measure
from vendor import vendor_client

from tencent_ci_async import CISession, JobWatcher, PollSchedule

# The vendor's client does the same in every sweep; ours meets the jobs for the first time in its first.
_SWEEPS = 20
_VENDOR_SWEEPS = 4


def polling_tables(one: Body, *, rounds: int) -> Iterator[Table]:
    """Two thousand running jobs, looked at as fast as it goes."""
    job = job_template(one)
    for latency, widths in ((0.0, (1, 8)), (0.02, (8, 32))):
        with serving_any_id(job, latency=latency) as base:
            vendor = vendor_client(base)
            cases = [
                *(
                    Case(
                        f"{VENDOR}, {threads(width)}, {JOINED}",
                        _again(by_ten(vendor, width)),
                        _VENDOR_SWEEPS * len(IDS),
                    )
                    for width in widths
                ),
                *(
                    Case(f"JobWatcher, {width} in flight", _watch(base, width), _SWEEPS * len(IDS))
                    for width in widths
                ),
            ]
            rows = measure(cases, rounds=rounds)
            title = f"Polling {len(IDS):,} unchanged jobs, {latency * 1_000:.0f} ms latency"
            yield Table(title, rows, rows[0], "look at a job")


def _again(sweep: Callable[[int], None]) -> Callable[[int], None]:
    def run(times: int) -> None:
        for start in range(0, times, len(IDS)):
            sweep(min(len(IDS), times - start))

    return run


def _watch(base: str, width: int) -> Callable[[int], None]:
    async def look(times: int) -> None:
        settings = {"credentials": CREDENTIALS, "endpoint": base, "max_in_flight": width}
        left, enough = times, asyncio.Event()

        async def describe(*job_ids: str) -> object:
            nonlocal left
            left -= len(job_ids)
            if left <= 0:
                enough.set()
            return await session.describe_media_job(*job_ids)

        async with (
            CISession(BUCKET, REGION, **settings) as session,
            JobWatcher(describe, schedule=PollSchedule(interval=1e-3), max_in_flight=width) as watcher,
        ):
            waiting = [asyncio.create_task(watcher.wait(job_id)) for job_id in IDS]
            await enough.wait()
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)

    return lambda times: asyncio.run(look(times))
