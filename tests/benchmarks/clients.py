"""What a job costs by the client that a session is given: ``python tests/benchmarks/clients.py``."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import httpx
import httpx2
import httpx_aiohttp
from bodies import CREDENTIALS, make_bodies
from fanout import IDS, job_template
from loopback import serving_any_id
from place import BUCKET, REGION

from tencent_ci_async import CISession

_JOBS = 1_000
_ROUNDS = 7

Client = AbstractAsyncContextManager[httpx.AsyncClient | httpx2.AsyncClient | None]


def _httpx(width: int) -> Client:
    return httpx.AsyncClient(limits=httpx.Limits(max_connections=width, max_keepalive_connections=width))


def _over_aiohttp(width: int) -> Client:
    limits = httpx.Limits(max_connections=width, max_keepalive_connections=width)
    return httpx.AsyncClient(transport=httpx_aiohttp.AiohttpTransport(limits=limits))


def _httpx2(width: int) -> Client:
    return httpx2.AsyncClient(limits=httpx2.Limits(max_connections=width, max_keepalive_connections=width))


_CLIENTS: dict[str, Callable[[int], Client]] = {
    "the session's own": lambda _width: nullcontext(),
    "httpx.AsyncClient": _httpx,
    "httpx over aiohttp": _over_aiohttp,
    "httpx2.AsyncClient": _httpx2,
}


async def _ask(
    base: str, make: Callable[[int], Client], width: int, ids_per_request: int
) -> tuple[float, float]:
    """Return the seconds that a thousand jobs took, on the clock and of the processor."""
    async with (
        make(width) as client,
        CISession(
            BUCKET,
            REGION,
            credentials=CREDENTIALS,
            endpoint=base,
            client=client,
            max_in_flight=width,
            max_ids_per_request=ids_per_request,
        ) as session,
    ):
        # Connections are made before the measurement.
        await session.describe_all(IDS[: width * ids_per_request])
        wall, cpu = time.perf_counter(), time.process_time()
        outcomes = await session.describe_all(IDS[:_JOBS])
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        assert all(outcome.job for outcome in outcomes.values())
        return wall, cpu


def main() -> None:
    """Print a table."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    job = job_template(make_bodies()[0])
    print("| Client | Ids in a request | In flight | CPU of 1,000 jobs | Jobs/s |")
    print("| --- | --: | --: | --: | --: |")
    with serving_any_id(job) as base:
        for ids_per_request in (10, 1):
            for width in (8, 64):
                taken: dict[str, list[tuple[float, float]]] = {name: [] for name in _CLIENTS}
                for _ in range(_ROUNDS):
                    # In turn, so that whatever else the machine does meets all alike.
                    for name, make in _CLIENTS.items():
                        taken[name].append(asyncio.run(_ask(base, make, width, ids_per_request)))
                for name, pairs in taken.items():
                    wall, cpu = (statistics.median(each) for each in zip(*pairs, strict=True))
                    cells = [name, str(ids_per_request), str(width), f"{cpu:.2f} s", f"{_JOBS / wall:,.0f}"]
                    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
