"""A server that costs as little as can be, in a process of its own."""

import asyncio
import math
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection

_HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n"
    "Date: Mon, 21 Sep 2026 14:13:20 GMT\r\nServer: tencent-ci\r\n"
    "x-ci-request-id: NjJiOTU2OWRfOTBmYTUwNjRfNjI2\r\n\r\n"
)


class _Answering(asyncio.Protocol):
    """Answers each request with the body that fits the number of ids in its path."""

    def __init__(self, answers: dict[int, bytes]) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1]
            # The vendor's client escapes commas.
            self._transport.write(self._answers[1 + path.count(b",") + path.count(b"%2C")])


class _AnsweringWithIds(asyncio.Protocol):
    """Answers each request with a job for each id in its path, after a while if told to wait.

    A job runs for ever, but one whose id was made by `ending_id` ends at its time. ``/requests`` is answered
    by the number of requests so far.
    """

    requests = 0

    def __init__(self, job: bytes, latency: float) -> None:
        self._running = job.split(b"JOB-ID")
        self._ended = job.replace(b"<State>Running<", b"<State>Success<").split(b"JOB-ID")
        self._latency = latency
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            path = request.split(b" ", 2)[1]
            if path == b"/requests":
                self._answer(str(_AnsweringWithIds.requests).encode())
                continue
            _AnsweringWithIds.requests += 1
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._answer_jobs, path)
            else:
                self._answer_jobs(path)

    def _answer_jobs(self, path: bytes) -> None:
        job_ids = path.removeprefix(b"/jobs/").replace(b"%2C", b",").split(b",")
        now = time.monotonic()
        jobs = (
            job_id.join(self._ended if now >= ends_at(job_id.decode()) else self._running)
            for job_id in job_ids
        )
        self._answer(b"<Response>%b</Response>" % b"".join(jobs))

    def _answer(self, body: bytes) -> None:
        self._transport.write(_HEAD.format(length=len(body)).encode() + body)


def ending_id(number: int, end: float) -> str:
    """Return the id of a job that ends at a moment of the monotonic clock."""
    return f"w{end * 1e6:.0f}x{number}"


def ends_at(job_id: str) -> float:
    """Return when a job ends; never, unless its id says so."""
    return int(job_id[1:].partition("x")[0]) / 1e6 if job_id.startswith("w") else math.inf


def serving(bodies: dict[int, bytes]) -> AbstractContextManager[str]:
    """Answer by number of ids asked for; yields the base URL."""
    answers = {count: _HEAD.format(length=len(body)).encode() + body for count, body in bodies.items()}
    return _serving(_Answering, answers)


def serving_any_id(job: bytes, *, latency: float = 0.0) -> AbstractContextManager[str]:
    """Answer every id with the same job, in which ``JOB-ID`` stands for it; yields the base URL."""
    return _serving(_AnsweringWithIds, job, latency)


@contextmanager
def _serving(protocol: type[asyncio.Protocol], *settings: object) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(protocol, settings, theirs), daemon=True)
    process.start()
    # So that a server which dies at the start ends the waiting for its port.
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(protocol: type[asyncio.Protocol], settings: tuple[object, ...], told: Connection) -> None:
    asyncio.run(_serve_for_ever(protocol, settings, told))


async def _serve_for_ever(
    protocol: type[asyncio.Protocol], settings: tuple[object, ...], told: Connection
) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(*settings), "127.0.0.1", 0, backlog=1024)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
