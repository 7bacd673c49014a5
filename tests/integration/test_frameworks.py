"""The how-to page's programs for aiohttp.web and Litestar, on real servers of theirs."""

import asyncio
import importlib.util
import json
import socket
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from aiohttp import web

from tencent_ci_async import CISession, Credentials, JobWatcher, PollSchedule
from tencent_ci_async.web import CILifespan

FOLDER = Path(__file__).parent.parent.parent / "docs" / "examples" / "frameworks"
SECRET = "Invented-secret_of-these-tests"


def load(name):
    """A module of the documentation."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    # Litestar looks up the types of handlers there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def serve_aiohttp(ci):
    """Serve the one for aiohttp as ``web.run_app`` does; a client that leaves cancels its handler."""
    runner = web.AppRunner(load("aiohttp_app").create_app(ci, SECRET), handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serve_litestar(ci):
    """Serve the one for Litestar by uvicorn."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = load("litestar_app").create_app(ci)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            # As a signal does, by end_waits_on.
            await ci.end_waits()
            server.should_exit = True
            await task


@pytest.fixture(params=[serve_aiohttp, serve_litestar], ids=["aiohttp.web", "litestar"])
def serve(request):
    """Serves an application of a framework."""
    return request.param


@pytest.fixture
def ci(fake):
    """What the application shares; it looks so rarely that only a callback can be quick."""

    @asynccontextmanager
    async def open_session():
        keys = Credentials(fake.secret_id, fake.secret_key)
        async with (
            fake.serve() as endpoint,
            CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint) as session,
        ):
            yield session

    watcher = partial(JobWatcher, schedule=PollSchedule(interval=600))
    return CILifespan(session=open_session, watcher=watcher, callback_secret=SECRET)


@pytest.fixture
async def client(serve, ci):
    """A client of the application."""
    async with (
        serve(ci) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client,
    ):
        yield client


async def events(answer):
    """The events of a stream, as pairs of name and data."""
    name = ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


async def test_status_and_errors(client, fake):
    job_id = fake.add_job("Concat", output_object="out.mp4")
    answer = await client.get(f"/jobs/{job_id}")
    assert (answer.status_code, answer.json()["outputs"]) == (200, ["out.mp4"])
    missing = await client.get("/jobs/j-nobody")
    assert (missing.status_code, missing.json()["error"]) == (404, "JobNotFoundError")
    wrong = await client.get("/jobs/a,b")
    assert (wrong.status_code, wrong.json()["error"]) == (422, "ConfigurationError")
    begun = await client.get("/jobs/a,b/events")
    assert begun.status_code == 422


async def test_a_hundred_at_once_share_requests(client, fake):
    ids = [fake.add_job("Concat", job_id=f"j-{number}") for number in range(100)]
    answers = await asyncio.gather(*(client.get(f"/jobs/{each}") for each in ids))
    assert [each.json()["job_id"] for each in answers] == ids
    assert fake.request_count < 60


async def test_a_callback_brings_the_end_into_the_stream(client, fake):
    """The next look would be ten minutes away; a wrong secret is told nothing."""
    job_id = fake.add_job("Concat", runs_for=3_600)
    async with client.stream("GET", f"/jobs/{job_id}/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        told = events(answer)
        assert (await anext(told))[1]["state"] == "Running"
        fake.finish(job_id)
        wrong = await fake.deliver_callback(job_id, f"{client.base_url}/ci-callbacks/{SECRET}x")
        assert wrong.status_code == 404
        right = await fake.deliver_callback(job_id, f"{client.base_url}/ci-callbacks/{SECRET}")
        assert right.status_code == 200
        name, data = await asyncio.wait_for(anext(told), 5)
        assert (name, data["state"]) == ("job", "Success")
        assert [each async for each in told] == []
    unreadable = await client.post(f"/ci-callbacks/{SECRET}", content=b"no callback")
    assert unreadable.status_code == 400


async def test_a_client_that_leaves_costs_nothing(client, fake, ci):
    job_id = fake.add_job("Concat", runs_for=3_600)
    async with client.stream("GET", f"/jobs/{job_id}/events") as answer:
        await anext(events(answer))
        assert ci.current.watcher.stats().waiters == 1
    async with asyncio.timeout(5):
        while ci.current.watcher.stats().waiters:  # noqa: ASYNC110 - the server hears of it when it hears of it
            await asyncio.sleep(0.005)


async def test_stopping_ends_open_streams(serve, ci, fake):
    """At once, and to their end: the client sees no cut."""
    job_id = fake.add_job("Concat", runs_for=3_600)
    async with AsyncExitStack() as served, httpx.AsyncClient(trust_env=False, timeout=20) as client:
        url = await served.enter_async_context(serve(ci))
        async with client.stream("GET", f"{url}/jobs/{job_id}/events") as answer:
            told = events(answer)
            await anext(told)
            stopping = asyncio.create_task(served.aclose())
            assert [each async for each in told] == []
        await asyncio.wait_for(stopping, 5)
