"""A peer that sends a little now and then does not hold a call for longer than it may take in all."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from support.wire import GOOD_BODY, wire_server

from tencent_ci_async import CISession, Credentials, NoAnswerError, RequestTimeoutError

TOTAL = 0.4


async def drip(writer, piece, pause=0.02):
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


async def slow_head(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    await drip(writer, b"a")


async def slow_body(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    await drip(writer, b" ")


async def slow_chunks(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await drip(writer, b"1\r\n \r\n")


async def endless_extension(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
    await drip(writer, b"x" * 512)


async def endless_continue(_request, writer):
    await drip(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")


async def giant_header(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nX-Giant: ")
    await drip(writer, b"g" * 262_144, 0)


async def nothing_at_all(_request, _writer):
    await asyncio.Event().wait()


SLOW = [slow_head, slow_body, slow_chunks, endless_extension, endless_continue, giant_header, nothing_at_all]


@asynccontextmanager
async def session_to(server):
    async with CISession(
        "examplebucket-1250000000",
        "ap-chongqing",
        credentials=Credentials("id", "key"),
        endpoint=server.url,
        timeout=TOTAL,
        retry=None,
        max_in_flight=2,
    ) as session:
        yield session


@pytest.mark.parametrize("peer", SLOW, ids=lambda peer: peer.__name__)
async def test_each_call_ends_in_time_and_its_connection_is_not_used_again(peer):
    """Then the next call, with a peer that has come to its senses, is answered on a new connection."""
    good = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY
    async with wire_server(peer, good) as server, session_to(server) as session:
        began = time.perf_counter()
        with pytest.raises(NoAnswerError) as caught:
            await session.describe_media_job("j1")
        # Bounds a call that hangs; the machine may be busy.
        assert time.perf_counter() - began < 20 * TOTAL
        if peer is not giant_header:
            assert isinstance(caught.value, RequestTimeoutError)
        job = (await session.describe_media_job("j1")).job
        assert job.state == "Running"
        assert server.connections == 2
