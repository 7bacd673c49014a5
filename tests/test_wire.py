"""What crosses a real socket: an independent verifier accepts every request."""

import asyncio
import random
import time

import httpx
import pytest
from support.verifier import problem
from support.wire import GOOD_BODY, answer, wire_server

from tencent_ci_async import CIAuth, CISession, Credentials, RequestTimeoutError, RetryPolicy, Timeouts
from tencent_ci_async._timing import Timing

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
QUICK = RetryPolicy(base_delay=0, throttled_base_delay=0)


def verdict(request, *, token=None):
    return problem(request, secret_id="AKID", secret_key="SECRET", now=time.time(), token=token)


def session_for(server, *, token=None, **settings):
    settings = {"retry": QUICK, "endpoint": server.url, **settings}
    return CISession(BUCKET, REGION, credentials=Credentials("AKID", "SECRET", token), **settings)


@pytest.mark.parametrize("token", [None, "TOKEN+/="])
async def test_every_attempt_is_signed_as_it_crosses_the_wire(token):
    """A port in Host, one id and ten, after a reset, a fault and a throttle: all are accepted."""
    script = [None, answer(500), answer(503, b"", Retry_After="0"), answer()]
    async with wire_server(*script, answer()) as server, session_for(server, token=token) as session:
        with pytest.raises(Exception, match="503"):
            await session.describe_media_job("j1")
        await session.describe_media_job(*(f"j{number}" for number in range(10)))
    assert [verdict(request, token=token) for request in server.requests] == [""] * 4
    assert server.requests[0].header("Host") == f"127.0.0.1:{server.port}"
    assert server.requests[0].target == "/jobs/j1"
    assert server.requests[-1].target == "/jobs/j0,j1,j2,j3,j4,j5,j6,j7,j8,j9"


async def test_the_request_line_and_the_headers():
    async with wire_server() as server, session_for(server) as session:
        result = await session.describe_media_job("j1")
    request = server.requests[0]
    assert request.method == "GET"
    assert sorted(name.lower() for name, _ in request.headers) == [
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "date",
        "host",
        "user-agent",
    ]
    assert request.body == b""
    assert result.job.job_id == "j1"


async def test_a_retry_after_a_while_is_signed_for_its_own_time():
    """Each attempt has a window of its own: the wait before it does not eat into its life."""
    now, waits = [time.time() - 30], []

    async def sleep(seconds):
        waits.append(seconds)
        now[0] += 30

    timing = Timing(wall_clock=lambda: now[0], sleep=sleep)
    async with wire_server(answer(500), answer()) as server, session_for(server, timing=timing) as session:
        await session.describe_media_job("j1")
    first, second = (request.header("Authorization") for request in server.requests)
    assert first != second
    assert len(waits) == 1
    assert [verdict(request) for request in server.requests] == ["", ""]


async def test_ciauth_alone_signs_what_another_client_sends():
    auth = CIAuth(Credentials("AKID", "SECRET", "TOKEN"))
    async with wire_server() as server, httpx.AsyncClient(auth=auth, base_url=server.url) as client:
        await client.get(
            "/jobs", params={"tag": "Concat", "states": "All,Failed", "t": "2024-01-01T00:00:00+0800"}
        )
        await client.put("/jobs/j1?cancel")
        await client.post("/jobs", content=b"<Request/>", headers={"Content-Type": "application/xml"})
        await client.get("/a b/ü/100%/x+y?q=a b+c&ü=%")
    assert [verdict(request, token="TOKEN") for request in server.requests] == [""] * 4


async def test_headers_that_a_lent_client_adds_are_sent_and_signed():
    async with wire_server() as server:
        headers = {"x-ci-meta": "v", "x-other": "w"}
        async with httpx.AsyncClient(headers=headers, params={"p": "q"}) as client:
            async with session_for(server, client=client) as session:
                await session.describe_media_job("j1")
    request = server.requests[0]
    assert verdict(request) == ""
    assert request.target == "/jobs/j1?p=q"
    assert request.header("x-other") == "w"


async def test_connections_are_used_again():
    async with wire_server() as server, session_for(server, max_in_flight=4) as session:
        for _ in range(5):
            await asyncio.gather(*(session.describe_media_job("j1") for _ in range(20)))
    assert len(server.requests) == 100
    assert server.connections == 4


async def drip(_request, writer):
    """A head that comes a byte at a time and never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.005)


async def drip_body(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("slowly", [drip, drip_body])
async def test_an_answer_that_drips_for_ever_ends_with_the_deadline(slowly):
    """Each byte comes in time, the answer never: the read timeout is no help, the deadline is."""
    async with wire_server(slowly) as server, session_for(server, timeout=Timeouts(total=0.1)) as session:
        started = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            await session.describe_media_job("j1")
        assert time.monotonic() - started < 1


async def hesitant(_request, writer):
    await asyncio.sleep(random.random() * 0.002)
    writer.write(answer()[:30])
    await writer.drain()
    await asyncio.sleep(random.random() * 0.001)
    writer.write(answer()[30:])


async def hammer(call, *, callers=20, cancels=5_000):
    """Call again and again from many callers, each giving up after a random moment, until so many did."""
    source, given_up = random.Random(1_250_000_000), 0

    async def worker():
        nonlocal given_up
        while given_up < cancels:
            try:
                async with asyncio.timeout(source.random() * 0.005):
                    await call()
            except (TimeoutError, httpx.PoolTimeout):
                given_up += 1

    await asyncio.gather(*(worker() for _ in range(callers)))


async def test_httpx_alone_loses_its_connections_to_cancelled_callers():
    """The loss that the gate cures. If this fails, httpx was mended and the gate may be reconsidered."""
    limits, timeout = httpx.Limits(max_connections=5), httpx.Timeout(5, pool=0.2)
    async with wire_server(hesitant) as server, httpx.AsyncClient(limits=limits, timeout=timeout) as client:
        await hammer(lambda: client.get(server.url))
        failures = 0
        for _ in range(5):
            try:
                await client.get(server.url)
            except httpx.PoolTimeout:
                failures += 1
        assert failures > 0


@pytest.mark.parametrize("lent", [False, True], ids=["own client", "lent client"])
async def test_five_thousand_cancelled_callers_cost_no_connection(lent):
    """20 callers, 5 permits, 5,000 cancels: then every call succeeds, at full width."""
    limits, timeout = httpx.Limits(max_connections=5), httpx.Timeout(5, pool=0.2)
    async with wire_server(hesitant) as server, httpx.AsyncClient(limits=limits, timeout=timeout) as client:
        settings = {"max_in_flight": 5, "retry": None, "client": client if lent else None}
        async with session_for(server, **settings) as session:
            await hammer(lambda: session.describe_media_job("j1"))
            results = await asyncio.gather(*(session.describe_media_job("j1") for _ in range(1_000)))
            assert len(results) == 1_000
            assert session._exchanger.in_flight == 0
            pools = {lane._transport._pool for lane in session._exchanger._lanes._made}
            connections = [connection for pool in pools for connection in pool.connections]
            assert len(connections) <= 5
            assert all(connection.is_idle() for connection in connections)


async def test_the_scripted_body_is_what_the_other_tests_believe():
    async with wire_server() as server, httpx.AsyncClient() as client:
        assert (await client.get(server.url)).content == GOOD_BODY
