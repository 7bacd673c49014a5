"""What a whole call costs, over loopback to a server in another process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager

import httpx
from bodies import CREDENTIALS, Body
from loopback import serving
from measure import Case, Row, Table, measure, repeated
from place import BUCKET, REGION
from vendor import describe, vendor_client

from tencent_ci_async import CISession

_IN_FLIGHT = 8

Ask = Callable[[], Awaitable[object]]


class _Clients:
    """A session and a bare client on one event loop, both towards the same server."""

    def __init__(self, base: str, runner: asyncio.Runner) -> None:
        self.base = base
        self.runner = runner
        self.session = CISession(BUCKET, REGION, credentials=CREDENTIALS, endpoint=base)
        # Requests that queue in the pool would else give up on a slow machine.
        self.client = httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5, pool=None))

    def ask_session(self, *job_ids: str) -> Ask:
        return lambda: self.session.describe_media_job(*job_ids)

    def ask_httpx(self, *job_ids: str) -> Ask:
        url = f"{self.base}/jobs/{','.join(job_ids)}"
        return lambda: self.client.get(url)

    def one_by_one(self, ask: Ask) -> Callable[[int], None]:
        async def run(times: int) -> None:
            for _ in range(times):
                await ask()

        return lambda times: self.runner.run(run(times))

    def all_at_once(self, ask: Ask) -> Callable[[int], None]:
        async def run(times: int) -> None:
            await asyncio.gather(*(ask() for _ in range(times)))

        return lambda times: self.runner.run(run(times))


@contextmanager
def _clients(bodies: dict[int, bytes]) -> Iterator[_Clients]:
    with serving(bodies) as base, asyncio.Runner() as runner:
        clients = _Clients(base, runner)
        stack = AsyncExitStack()

        async def enter() -> None:
            await stack.enter_async_context(clients.session)
            await stack.enter_async_context(clients.client)

        runner.run(enter())
        try:
            yield clients
        finally:
            runner.run(stack.aclose())


def sequential_tables(one: Body, ten: Body, *, rounds: int) -> Iterator[Table]:
    """One call after the other, for one id and for ten."""
    with _clients({1: one.content, 10: ten.content}) as clients:
        vendor = vendor_client(clients.base)
        for body in (one, ten):
            cases = [
                Case("httpx.AsyncClient.get, unsigned, unread", _sequential_httpx(clients, body), 200),
                Case("session.describe_media_job", _sequential_session(clients, body), 200),
                Case("cos-python-sdk-v5, no models", repeated(_ask(vendor, body)), 200),
            ]
            bare, ours, theirs = measure(cases, rounds=rounds)
            added = ours.minus(bare, "what this package adds to httpx")
            yield Table(f"One call at a time, {body.title}", [bare, ours, added, theirs], bare)


def _sequential_httpx(clients: _Clients, body: Body) -> Callable[[int], None]:
    return clients.one_by_one(clients.ask_httpx(*body.job_ids))


def _sequential_session(clients: _Clients, body: Body) -> Callable[[int], None]:
    return clients.one_by_one(clients.ask_session(*body.job_ids))


def _ask(vendor: object, body: Body) -> Callable[[], object]:
    return lambda: describe(vendor, *body.job_ids)


def burst_table(one: Body, *, calls: int, rounds: int) -> Table:
    """Many calls at once, by clients that queue them in different places."""
    with _clients({1: one.content}) as clients, ThreadPoolExecutor(_IN_FLIGHT) as threads:
        vendor = vendor_client(clients.base)
        get = clients.ask_httpx(*one.job_ids)
        permits = asyncio.Semaphore(_IN_FLIGHT)

        async def get_in_turn() -> None:
            async with permits:
                await get()

        def ask_in_threads(times: int) -> None:
            list(threads.map(lambda _: describe(vendor, *one.job_ids), range(times)))

        cases = [
            Case("httpx behind a semaphore of 8, unread", clients.all_at_once(get_in_turn), calls),
            Case("session (8 in flight)", clients.all_at_once(clients.ask_session(*one.job_ids)), calls),
            Case("cos-python-sdk-v5 in 8 threads, no models", ask_in_threads, calls),
        ]
        rows: list[Row] = measure(cases, rounds=rounds)
        # Once its pool is full, httpx has a hundred connections to look through; so this comes last.
        rows += measure(
            [Case("httpx, nothing before its pool, unread", clients.all_at_once(get), calls)], rounds=rounds
        )
        return Table(f"{calls:,} calls at once, {one.title}", rows, rows[0])
