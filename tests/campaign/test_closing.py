"""Closing is total, may happen twice, and does not take long, whatever is under way."""

import asyncio
import time

import httpx
import pytest

from tencent_ci_async import (
    BatchingDescriber,
    CISession,
    Credentials,
    JobWatcher,
    SessionClosedError,
    WatcherClosedError,
)
from tencent_ci_async.testing import FakeCI, Fault, FaultServer


@pytest.fixture
async def silent():
    """A simulator on a socket that answers nothing, its address, and how many requests have come."""
    fake = FakeCI()
    fake.inject(Fault.delay(3_600, times=None))
    async with FaultServer(fake) as base:
        yield fake, base


def session_to(fake, base, **settings):
    return CISession(
        fake.bucket,
        fake.region,
        credentials=Credentials(fake.secret_id, fake.secret_key),
        endpoint=base,
        timeout=None,
        **settings,
    )


async def arrived(fake, count=1):
    """Let the loop turn until so many requests have come."""
    while len(fake.requests) < count:  # noqa: ASYNC110 - the simulator sets no event
        await asyncio.sleep(0)


async def test_all_who_wait_are_told_at_once(silent, campaign, figure):
    """Ten thousand waits, calls and questions end by an error that says why, within a moment."""
    fake, base = silent
    count = 10_000 if campaign else 2_000
    session = session_to(fake, base)
    watcher, describer = JobWatcher(session.describe_media_job), BatchingDescriber(session.describe_media_job)
    waits = [asyncio.create_task(watcher.wait(f"j{number}")) for number in range(count)]
    calls = [asyncio.create_task(session.describe_media_job(f"k{number}")) for number in range(count // 10)]
    asked = [asyncio.create_task(describer.describe(f"l{number}")) for number in range(count // 10)]
    await arrived(fake, 8)
    began = time.perf_counter()
    await watcher.aclose()
    await session.aclose()
    ended = await asyncio.gather(*waits, *calls, *asked, return_exceptions=True)
    took = time.perf_counter() - began
    assert {type(each) for each in ended[:count]} == {WatcherClosedError}
    assert {type(each) for each in ended[count:]} == {SessionClosedError}
    # A bound for a closing that hangs, not a measurement.
    assert took < 20
    figure(f"{len(ended):,} were told within {took * 1_000:,.0f} ms")
    for late in (session.describe_media_job("j1"), watcher.wait("j1")):
        with pytest.raises((SessionClosedError, WatcherClosedError)):
            await late


async def test_two_may_close_at_once(silent):
    fake, base = silent
    session = session_to(fake, base)
    calls = [asyncio.create_task(session.describe_media_job(f"j{number}")) for number in range(20)]
    await arrived(fake, 8)
    await asyncio.gather(session.aclose(), session.aclose(), session.aclose())
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in ended} == {SessionClosedError}
    await session.aclose()


class NeverConnects(httpx.AsyncBaseTransport):
    """A transport that is still connecting."""

    def __init__(self):
        self.connecting = asyncio.Event()

    async def handle_async_request(self, request):
        self.connecting.set()
        await asyncio.Event().wait()


async def test_closing_while_a_connection_is_being_made():
    """A lent client is let alone for some seconds; the caller is not kept that long."""
    fake, transport = FakeCI(), NeverConnects()
    async with httpx.AsyncClient(transport=transport) as client:
        session = session_to(fake, None, client=client)
        call = asyncio.create_task(session.describe_media_job("j1"))
        await transport.connecting.wait()
        session._exchanger._grace = 0.01
        closing = asyncio.create_task(session.aclose())
        with pytest.raises(SessionClosedError):
            await call
        await closing


async def test_a_closing_that_is_cancelled_can_be_done_again(silent):
    fake, base = silent
    session = session_to(fake, base)
    call = asyncio.create_task(session.describe_media_job("j1"))
    await arrived(fake)
    closing = asyncio.create_task(session.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    ended = await asyncio.gather(closing, call, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
    assert isinstance(ended[1], SessionClosedError)
    await session.aclose()
    with pytest.raises(SessionClosedError):
        await session.describe_media_job("j1")
