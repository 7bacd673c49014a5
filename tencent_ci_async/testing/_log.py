"""What was asked and what was answered, for tests to look at."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from ._signature import SignatureVerdict

__all__ = ["RecordedRequest", "RequestLog"]


@dataclass(slots=True, eq=False, kw_only=True)
class RecordedRequest:
    """One request that reached the simulator. Its repr shows no header, query or body.

    Attributes:
        number: 1 for the first request.
        time: When it came, by the simulator's clock, in epoch seconds.
        method: The method, in upper case.
        raw_path: The path as it stood on the wire, percent-encoded.
        path: The path, decoded.
        raw_query: The query as it stood on the wire, without ``?``.
        query: The query, decoded.
        headers: The headers; names in any case.
        body: The body.
        client: Address and port of the sender: equal for requests of one connection.
        job_ids: The ids asked for, in order; empty for other requests.
        signature: The verdict on its signature.
        fault: The name of the injected fault that met it; None when there was none.
        status: The status that was answered; None while there is no answer, and when there never was one.
        request_id: The ``x-ci-request-id`` of the answer.
    """

    number: int
    time: float = field(repr=False)
    method: str
    raw_path: str = field(repr=False)
    path: str
    raw_query: str = field(repr=False)
    query: httpx.QueryParams = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    client: tuple[str, int] | None = field(repr=False)
    job_ids: tuple[str, ...] = field(repr=False)
    signature: SignatureVerdict
    fault: str | None = None
    status: int | None = None
    request_id: str = field(repr=False)


class RequestLog:
    """The requests so far, and those under way."""

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.in_flight: int = 0
        self.highest_in_flight: int = 0
        self._count: int = 0
        self._waiters: set[asyncio.Future[None]] = set()

    def next_number(self) -> int:
        """Return the number of the request that comes now."""
        self._count += 1
        return self._count

    def add(self, request: RecordedRequest) -> None:
        """Write down a request and wake those who wait for it."""
        self.requests.append(request)
        here = asyncio.get_running_loop()
        for waiter in tuple(self._waiters):
            if (loop := waiter.get_loop()) is here:
                _wake(waiter)
            else:
                # The simulator runs in a thread of its own. The loop of who waits may end at this moment.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(_wake, waiter)

    def enter(self) -> None:
        """Count a request that begins."""
        self.in_flight += 1
        self.highest_in_flight = max(self.highest_in_flight, self.in_flight)

    def leave(self) -> None:
        """Count a request that ends."""
        self.in_flight -= 1

    async def received(self, count: int) -> None:
        """Wait until the log holds at least ``count`` requests."""
        while len(self.requests) < count:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
