"""The example of a web service, in process and on a real socket: what a reader who copies it gets."""

import asyncio
import importlib.util
import json
import logging
import signal
import socket
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn

from tencent_ci_async import CISession, Credentials, JobWatcher, PollSchedule, RetryPolicy
from tencent_ci_async.testing import Fault
from tencent_ci_async.web import CILifespan

FOLDER = Path(__file__).parent.parent / "docs" / "examples" / "job_page"
SECRET = "Invented-secret_of-these-tests"


def load(name):
    """A module of the example."""
    spec = importlib.util.spec_from_file_location(f"job_page_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


create_app = load("app").create_app


@pytest.fixture
def ci(fake):
    """What the app shares; its session reaches the simulator in process, and looks often."""

    @asynccontextmanager
    async def open_session():
        keys = Credentials(fake.secret_id, fake.secret_key)
        retry = RetryPolicy(base_delay=0, throttled_base_delay=0)
        async with (
            httpx.AsyncClient(transport=fake.transport()) as client,
            CISession(fake.bucket, fake.region, credentials=keys, client=client, retry=retry) as session,
        ):
            yield session

    watcher = partial(
        JobWatcher, schedule=PollSchedule(interval=0.05, gather=0, longest_skip=0.05, not_found_grace=0)
    )
    return CILifespan(session=open_session, watcher=watcher, callback_secret=SECRET)


@pytest.fixture
def slow_ci(ci):
    """The same, but it looks so rarely that only a callback can be quick."""
    ci._make_watcher = partial(JobWatcher, schedule=PollSchedule(interval=600))
    return ci


@pytest.fixture
def place(fake):
    return f"https://{fake.bucket}.cos.{fake.region}.myqcloud.com"


@pytest.fixture
async def client(ci, place):
    """A client of the app, in process."""
    app = create_app(ci, place=place, public_url="http://app")
    async with ci, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        yield client


@asynccontextmanager
async def serving(app):
    """Serve an application by uvicorn on a free port, its lifespan included; yield the URL and the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=5))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
        finally:
            server.should_exit = True
            await task


async def events(lines):
    """The events of a stream, as pairs of name and data; comments are passed over."""
    name = ""
    async for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


# --- Status --------------------------------------------------------------------------------------------


async def test_the_status_of_a_job(client, fake):
    job_id = fake.add_job("Concat", output_object="out.mp4")
    answer = await client.get(f"/jobs/{job_id}")
    assert answer.status_code == 200
    assert answer.json() == {
        "job_id": job_id,
        "kind": "Concat",
        "state": "Success",
        "progress": None,
        "ended": True,
        "outputs": ["out.mp4"],
        "code": None,
        "message": None,
    }


async def test_errors_are_mapped(client, fake, caplog):
    """404 for what is not there, 422 for what is no id, 503 for what may pass, 502 for what we must mend."""
    caplog.set_level(logging.WARNING)
    missing = await client.get("/jobs/j-nobody")
    assert (missing.status_code, missing.json()["error"]) == (404, "JobNotFoundError")
    wrong = await client.get("/jobs/a,b")
    assert (wrong.status_code, wrong.json()["error"]) == (422, "ConfigurationError")
    assert caplog.text == ""
    job_id = fake.add_job()
    fake.inject(*[Fault.status(503, code="SlowDown")] * 10)
    busy = await client.get(f"/jobs/{job_id}")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "2")
    fake.clear_faults()
    fake.revoke(fake.secret_id)
    caplog.clear()
    refused = await client.get(f"/jobs/{job_id}")
    assert (refused.status_code, refused.json()["error"]) == (502, "AccessError")
    assert "SecretId" not in refused.text
    assert "SecretId" in caplog.text


async def test_two_hundred_at_once_share_requests(client, fake):
    """About a hundred jobs, ten to a request; about one job, one request in all."""
    ids = [fake.add_job("Concat", job_id=f"j-{number}") for number in range(100)]
    answers = await asyncio.gather(*(client.get(f"/jobs/{each}") for each in ids * 2))
    assert [each.json()["job_id"] for each in answers] == ids * 2
    assert fake.request_count <= 24
    fake.requests.clear()
    await asyncio.gather(*(client.get(f"/jobs/{ids[0]}") for _ in range(200)))
    assert fake.request_count <= 4


# --- Submitting ----------------------------------------------------------------------------------------

SPLICE = {"kind": "splice", "inputs": ["in/a b.mp4", "in/完整版.mp4"], "output": "out/s.mp4"}
TRANSCODE = {"kind": "transcode", "inputs": ["in/a.mov"], "output": "out/t.mp4"}


@pytest.mark.parametrize(
    ("wish", "kind"), [(SPLICE, "Concat"), (TRANSCODE, "Transcode")], ids=["splice", "transcode"]
)
async def test_a_job_is_submitted_with_the_address_to_call_back(client, fake, wish, kind):
    fake.plan(waits_for=60)
    answer = await client.post("/jobs", json=wish)
    assert answer.status_code == 202
    told = answer.json()
    job = fake.jobs[told["job_id"]]
    assert (told["kind"], told["state"], told["ended"]) == (kind, "Submitted", False)
    assert (job.tag, job.output_object) == (kind, wish["output"])
    assert job.callback_url == f"http://app/ci-callbacks/{SECRET}"
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"inputs": [" "]},
        {"inputs": ["a"] * 11},
        {"output": ""},
        {"kind": "else"},
        {"inputs": ["/a"]},
    ],
    ids=["none", "blank", "many", "no output", "kind", "slash"],
)
async def test_what_cannot_be_submitted_is_422(client, fake, change):
    assert (await client.post("/jobs", json={**SPLICE, **change})).status_code == 422
    assert fake.request_count == 0


async def test_what_the_library_refuses_is_told_in_its_words(client, fake):
    """One clip makes no splice: the page shows that, and the service was not asked."""
    answer = await client.post("/jobs", json={**SPLICE, "inputs": ["a.mp4"]})
    assert answer.status_code == 422
    assert "it takes two files to join" in answer.json()["detail"]
    assert fake.request_count == 0


async def test_without_a_public_address_nothing_is_called_back(ci, place, fake):
    app = create_app(ci, place=place)
    async with ci, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        told = (await client.post("/jobs", json=SPLICE)).json()
        assert (await client.post(f"/ci-callbacks/{SECRET}")).status_code == 404
    assert fake.jobs[told["job_id"]].callback_url is None


# --- Events --------------------------------------------------------------------------------------------


async def test_events_in_process(client, fake):
    """The whole sequence, with headers that keep proxies from holding it back."""
    job_id = fake.add_job("Transcode", waits_for=0.1, runs_for=0.4)
    answer = await client.get(f"/jobs/{job_id}/events")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["X-Accel-Buffering"] == "no"
    seen = [(name, data["state"], data["progress"]) async for name, data in events(answer.aiter_lines())]
    assert seen[0] == ("job", "Submitted", 0)
    assert seen[-1] == ("job", "Success", 100)
    progress = [each for _, _, each in seen]
    assert progress == sorted(progress)
    assert len(seen) >= 4


async def test_events_of_several_jobs_in_one_stream(client, fake):
    ids = [fake.add_job("Concat"), fake.add_job("Concat", outcome="Failed", message="It is damaged")]
    answer = await client.get("/events", params={"job": [*ids, "j-nobody"]})
    seen = {data["job_id"]: (name, data) async for name, data in events(answer.aiter_lines())}
    assert seen[ids[0]][1]["state"] == "Success"
    assert seen[ids[1]][1]["message"] == "It is damaged"
    assert (seen["j-nobody"][0], seen["j-nobody"][1]["status"]) == ("trouble", 404)


async def test_a_stream_that_cannot_begin_is_answered_with_a_status(client, fake, ci):
    """Before the first byte there is still a status to be had."""
    assert (await client.get("/jobs/a,b/events")).status_code == 422
    assert (await client.get("/events")).status_code == 422
    assert (await client.get("/events", params={"job": ["j"] * 101})).status_code == 422
    await ci.end_waits()
    stopping = await client.get("/jobs/j-one/events")
    assert (stopping.status_code, stopping.headers["Retry-After"]) == (503, "2")
    assert fake.request_count == 0


async def test_on_a_socket_a_callback_brings_the_end_at_once(slow_ci, place, fake):
    """The next look would be ten minutes away."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    fake.plan("Concat", runs_for=3_600)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(slow_ci, place=place, public_url=url), port=port, log_config=None, ws="none"
        )
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            job_id = (await client.post("/jobs", json=SPLICE)).json()["job_id"]
            async with client.stream("GET", f"/jobs/{job_id}/events") as answer:
                told = events(answer.aiter_lines())
                assert (await anext(told))[1]["state"] == "Running"
                fake.finish(job_id)
                delivered = await fake.deliver_callbacks()
                assert delivered[job_id].status_code == 200
                name, data = await asyncio.wait_for(anext(told), 5)
                assert (name, data["state"], data["outputs"]) == ("job", "Success", ["out/s.mp4"])
                assert [each async for each in told] == []
    finally:
        server.should_exit = True
        await task


# Before that it says that sending to a client who has gone raises, which it does not: Starlette relies on it.
TELLS_WHO_HAS_GONE = (0, 32, 1)


@pytest.mark.skipif(
    tuple(map(int, uvicorn.__version__.split(".")[:3])) < TELLS_WHO_HAS_GONE,
    reason="uvicorn tells Starlette of clients that leave since 0.32.1",
)
async def test_a_client_that_leaves_costs_nothing(ci, place, fake):
    """Its watch ends with its connection: nobody waits for the job, and nothing is asked about it."""
    job_id = fake.add_job(runs_for=3_600)
    async with serving(create_app(ci, place=place)) as (url, _):
        watcher = ci.current.watcher
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            async with client.stream("GET", f"/jobs/{job_id}/events") as answer:
                assert (await anext(events(answer.aiter_lines())))[1]["state"] == "Running"
                assert watcher.stats().waiters == 1
        for _ in range(1000):
            if watcher.stats().waiters == 0:
                break
            await asyncio.sleep(0.001)
        assert watcher.stats().waiters == 0


async def test_shutdown_ends_open_streams_and_leaves_nothing(ci, place, fake):
    """Twenty streams are open; the server stops at once, without cutting one in mid-event."""
    ids = [fake.add_job(runs_for=3_600) for _ in range(20)]
    async with (
        serving(create_app(ci, place=place)) as (url, server),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client,
        AsyncExitStack() as stack,
    ):
        answers = [
            await stack.enter_async_context(client.stream("GET", f"/jobs/{each}/events")) for each in ids
        ]
        streams = [events(each.aiter_lines()) for each in answers]
        assert {(await anext(each))[1]["state"] for each in streams} == {"Running"}
        await ci.end_waits()
        server.should_exit = True
        # A stream that was cut would raise.
        assert [[event async for event in each] for each in streams] == [[]] * 20


# --- The page and the command --------------------------------------------------------------------------


async def test_the_page_fetches_nothing_from_elsewhere(client):
    answer = await client.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "{{" not in answer.text
    assert "https://" not in answer.text
    assert "//cdn" not in answer.text


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / "serve.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "Set CI_BUCKET and CI_REGION, or try it without an account: --simulate\n"),
        ({"CI_BUCKET": "example", "CI_REGION": "ap-chongqing"}, "Cannot start: "),
    ],
    ids=["nothing", "a bad bucket"],
)
def test_the_command_says_what_it_lacks(environment, told):
    ended = command(**environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith(told)
    assert len(ended.stderr.splitlines()) == 1


def test_without_keys_the_server_does_not_start():
    """The check at the start finds it, not the first user."""
    ended = command(
        "--port",
        "0",
        CI_BUCKET="examplebucket-1250000000",
        CI_REGION="ap-chongqing",
        TENCENTCLOUD_METADATA_DISABLED="true",
        HOME="/nonexistent",
    )
    assert ended.returncode != 0
    assert "TENCENTCLOUD_SECRET_ID" in ended.stderr
    assert "by the check of CILifespan" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the platform has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_simulation_runs_by_one_command_and_stops_on_a_signal_with_streams_open(number):
    """No account, a job that fails with its message, and no stream that keeps the server from stopping."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    arguments = [str(FOLDER / "serve.py"), "--simulate", "--port", port]
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}
    )
    try:
        while b"running on" not in (line := await server.stderr.readline()):
            assert line, "the server ended"
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
            long = (await client.post("/jobs", json=TRANSCODE)).json()["job_id"]
            bad = (await client.post("/jobs", json={**SPLICE, "inputs": ["a.mp4", "broken.mp4"]})).json()[
                "job_id"
            ]
            async with client.stream("GET", "/events", params={"job": [long, bad]}) as answer:
                async for _, data in (told := events(answer.aiter_lines())):
                    if data["ended"]:
                        break
                assert (data["job_id"], data["code"]) == (bad, "VideoDecodeFailed")
                server.send_signal(number)
                async for name, data in told:
                    assert (name, data["job_id"], data["ended"]) == ("job", long, False)
        _, said = await asyncio.wait_for(server.communicate(), 10)
        assert b"Traceback" not in said, said.decode()
        assert b"Application shutdown complete" in said
    finally:
        if server.returncode is None:
            server.kill()
            await server.wait()
