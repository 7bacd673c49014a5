"""What a job costs when there are many, beside the vendor's client in threads."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from bodies import CREDENTIALS, Body
from loopback import serving_any_id
from measure import Case, Table, measure
from place import BUCKET, REGION
from vendor import describe, vendor_client

from tencent_ci_async import CISession

_JOBS = 2_000
VENDOR = "cos-python-sdk-v5"
JOINED = "ten ids joined by hand"
IDS = [f"j{number:032x}" for number in range(_JOBS)]


def fanout_tables(one: Body, *, rounds: int) -> Iterator[Table]:
    """Two thousand running jobs, from a server that answers at once and from one that takes its time."""
    job = job_template(one)
    for latency, by_id_threads, widths in ((0.0, 16, (1, 8)), (0.02, 32, (8, 32))):
        with serving_any_id(job, latency=latency) as base:
            vendor = vendor_client(base)
            cases = [
                Case(f"{VENDOR}, {by_id_threads} threads, an id each", by_id(vendor, by_id_threads), _JOBS),
                # For both the same widths, among them the one that suits each best.
                *(
                    Case(f"{VENDOR}, {threads(width)}, {JOINED}", by_ten(vendor, width), _JOBS)
                    for width in widths
                ),
                *(
                    Case(f"session.describe_all, {width} in flight", describe_all(base, width), _JOBS)
                    for width in widths
                ),
            ]
            rows = measure(cases, rounds=rounds)
            title = f"{_JOBS:,} running jobs, {latency * 1_000:.0f} ms latency"
            yield Table(title, rows, rows[0], "job")


def job_template(one: Body) -> bytes:
    """The element of one job, in which ``JOB-ID`` stands for its id."""
    template = one.content.replace(one.job_ids[0].encode(), b"JOB-ID")
    return template[template.index(b"<JobsDetail>") : template.rindex(b"</JobsDetail>") + 13]


def threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def by_id(vendor: object, width: int) -> Callable[[int], None]:
    def run(times: int) -> None:
        with ThreadPoolExecutor(width) as pool:
            list(pool.map(lambda job_id: describe(vendor, job_id), IDS[:times]))

    return run


def by_ten(vendor: object, width: int) -> Callable[[int], None]:
    def run(times: int) -> None:
        batches = [IDS[start : start + 10] for start in range(0, times, 10)]
        with ThreadPoolExecutor(width) as pool:
            list(pool.map(lambda batch: describe(vendor, *batch), batches))

    return run


def describe_all(base: str, width: int) -> Callable[[int], None]:
    async def ask(times: int) -> None:
        settings = {"credentials": CREDENTIALS, "endpoint": base, "max_in_flight": width}
        async with CISession(BUCKET, REGION, **settings) as session:
            outcomes = await session.describe_all(IDS[:times])
            assert all(outcome.job for outcome in outcomes.values())

    return lambda times: asyncio.run(ask(times))
