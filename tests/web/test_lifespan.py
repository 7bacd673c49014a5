"""What an application shares: opened in order, found by handlers, closed in order."""

import asyncio
import inspect
import logging
import signal
import threading
import typing
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from starlette.applications import Starlette

from tencent_ci_async import (
    AccessError,
    BatchingDescriber,
    CISession,
    ConfigurationError,
    ConnectError,
    Credentials,
    JobWatcher,
    PollSchedule,
    RetryPolicy,
    SessionClosedError,
    WatcherClosedError,
)
from tencent_ci_async.testing import FakeCI, Fault
from tencent_ci_async.web import CILifespan, CIResources, SessionSettings

SECRET = "Invented-secret_of-these-tests"
PLACE = ("examplebucket-1250000000", "ap-chongqing")
NO_WAIT = RetryPolicy(base_delay=0, throttled_base_delay=0)


@pytest.fixture
def lifespan(fake):
    """Makes lifespans whose session reaches the simulator, in process."""

    def make(**settings):
        @asynccontextmanager
        async def open_session():
            keys = Credentials(fake.secret_id, fake.secret_key)
            async with (
                httpx.AsyncClient(transport=fake.transport()) as client,
                CISession(
                    fake.bucket, fake.region, credentials=keys, client=client, retry=NO_WAIT
                ) as session,
            ):
                yield session

        return CILifespan(session=open_session, **settings)

    return make


# --- Opening and closing -------------------------------------------------------------------------------


async def test_all_is_open_inside_and_closed_after(fake, lifespan):
    ci = lifespan()
    job_id = fake.add_job()
    async with ci as shared:
        assert isinstance(shared, CIResources)
        assert shared is ci.current is await ci.provide()
        assert (await shared.session.describe_media_job(job_id)).job.job_id == job_id
        assert (await shared.describer.describe(job_id)).job_id == job_id
        assert (await shared.watcher.wait(job_id)).job_id == job_id
    with pytest.raises(SessionClosedError):
        await shared.session.describe_media_job(job_id)
    with pytest.raises(WatcherClosedError):
        await shared.watcher.wait(job_id)
    with pytest.raises(SessionClosedError):
        await shared.describer.describe(job_id)
    with pytest.raises(SessionClosedError, match="not open in this event loop"):
        _ = ci.current


async def test_waits_learn_of_the_end_from_the_watcher_and_calls_from_the_session(fake, lifespan):
    """The watcher goes first: a wait never sees the session closed beneath it."""
    job_id = fake.add_job(runs_for=3_600)
    async with lifespan() as shared:
        waiting = asyncio.create_task(shared.watcher.wait(job_id))
        await fake.received(1)
        fake.inject(Fault.stall())
        asking = asyncio.create_task(shared.describer.describe(job_id))
        await fake.received(2)
    ended = await asyncio.gather(waiting, asking, return_exceptions=True)
    assert [type(each) for each in ended] == [WatcherClosedError, SessionClosedError]


async def test_it_can_be_opened_again(fake, lifespan):
    """As when an application is started for each of many tests."""
    ci = lifespan()
    job_id = fake.add_job()
    seen = []
    for _ in range(2):
        async with ci as shared:
            seen.append(shared)
            await shared.describer.describe(job_id)
    assert seen[0] is not seen[1]


async def test_twice_at_once_in_one_loop_is_refused(lifespan):
    ci = lifespan()
    async with ci as shared:
        with pytest.raises(ConfigurationError, match="open already in this event loop"):
            async with ci:
                pass
        assert ci.current is shared


def test_each_event_loop_has_its_own(fake, lifespan):
    """Two threads serve the application side by side; neither sees what is the other's."""
    ci = lifespan()
    job_id = fake.add_job()
    found = []
    both = threading.Barrier(2)

    async def serve():
        async with ci as shared:
            both.wait(10)
            found.append(shared)
            assert ci.current is shared
            await shared.describer.describe(job_id)
            both.wait(10)

    threads = [threading.Thread(target=asyncio.run, args=(serve(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len({id(each) for each in found}) == 2


def test_a_loop_that_died_while_it_was_open_keeps_nothing(lifespan):
    ci = lifespan()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(ci.__aenter__())
    loop.close()
    assert repr(ci) == "<CILifespan ci: open in 1 event loops>"

    async def again():
        async with ci:
            assert repr(ci) == "<CILifespan ci: open in 1 event loops>"

    asyncio.run(again())
    assert repr(ci) == "<CILifespan ci: open in 0 event loops>"


async def test_what_was_opened_is_closed_when_the_rest_fails(lifespan):
    made = []

    def fail(describe):
        made.append(describe.__self__)
        raise RuntimeError("no describer")

    ci = lifespan(describer=fail)
    with pytest.raises(RuntimeError, match="no describer"):
        async with ci:
            pass
    with pytest.raises(SessionClosedError, match="closed"):
        await made[0].describe_media_job("j-one")
    with pytest.raises(SessionClosedError, match="not open"):
        _ = ci.current


async def test_an_error_inside_comes_out(lifespan):
    with pytest.raises(ZeroDivisionError):
        async with lifespan():
            _ = 1 / 0


# --- Settings ------------------------------------------------------------------------------------------


async def test_bucket_region_and_settings_make_the_session(fake):
    keys = Credentials(fake.secret_id, fake.secret_key)
    job_id = fake.add_job()
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        ci = CILifespan(fake.bucket, fake.region, credentials=keys, client=client, max_in_flight=3)
        for _ in range(2):
            async with ci as shared:
                assert (await shared.describer.describe(job_id)).job_id == job_id
                assert shared.session._max_in_flight == 3


def test_its_settings_are_those_of_a_session():
    """A setting that a session gains is known here, with the same type."""
    session = dict(inspect.signature(CISession, eval_str=True).parameters)
    del session["bucket"], session["region"]
    types = {name: each.annotation for name, each in session.items()}
    assert typing.get_type_hints(SessionSettings) == types


async def test_watcher_and_describer_are_made_as_you_say(lifespan):
    ci = lifespan(
        watcher=partial(JobWatcher, schedule=PollSchedule(interval=2)),
        describer=partial(BatchingDescriber, window=0.02),
    )
    async with ci as shared:
        assert shared.watcher.stats().interval == 2
        assert shared.describer._window == 0.02


NOT_USABLE = {
    "no bucket": (CILifespan, "needs bucket and region, or session"),
    "no region": (lambda: CILifespan(PLACE[0]), "needs bucket and region, or session"),
    "both": (lambda: CILifespan(*PLACE, session=lambda: CISession(*PLACE)), "not both"),
    "both, by settings": (
        lambda: CILifespan(session=lambda: CISession(*PLACE), max_in_flight=2),
        "not both",
    ),
    "a bad bucket": (lambda: CILifespan("example", PLACE[1]), "bucket"),
    "a bad region": (lambda: CILifespan(PLACE[0], "Chong Qing"), "region"),
    "a bad setting": (lambda: CILifespan(*PLACE, max_in_flight=0), "max_in_flight is 0"),
    "a session": (lambda: CILifespan(session=CISession(*PLACE)), "session must be a function that makes one"),
    "a watcher": (
        lambda: CILifespan(*PLACE, watcher=JobWatcher(CISession(*PLACE).describe_media_job)),
        "watcher must be a function that makes one",
    ),
    "a describer": (
        lambda: CILifespan(*PLACE, describer=BatchingDescriber(CISession(*PLACE).describe_media_job)),
        "describer must be a function that makes one",
    ),
    "a weak secret": (lambda: CILifespan(*PLACE, callback_secret="short"), "secret must be at least 16"),
    "a name": (lambda: CILifespan(*PLACE, name="my-ci"), "name is 'my-ci'"),
    "no secret": (lambda: CILifespan(*PLACE).callbacks, "callbacks need a secret"),
}


@pytest.mark.parametrize(("make", "told"), NOT_USABLE.values(), ids=NOT_USABLE)
def test_what_is_not_usable_is_told_where_it_stands(make, told):
    """Not at the first request, and not at the start of the server either."""
    with pytest.raises(ConfigurationError, match=told):
        make()


def test_an_unknown_setting_is_a_type_error():
    with pytest.raises(TypeError, match="max_inflight"):
        CILifespan(*PLACE, max_inflight=3)


# --- The check at the start ----------------------------------------------------------------------------


async def test_the_check_is_one_request_and_off_by_default(fake, lifespan):
    async with lifespan():
        assert fake.request_count == 0
    async with lifespan(check=True):
        assert fake.request_count == 1
    assert fake.requests[0].signature.accepted


async def test_missing_keys_stop_the_start():
    with pytest.raises(ConfigurationError, match="TENCENTCLOUD_SECRET_ID") as caught:
        async with CILifespan(*PLACE, check=True):
            raise AssertionError
    assert caught.value.__notes__ == [
        "This was found when the application started, by the check of CILifespan."
    ]


async def test_refused_keys_stop_the_start(fake, lifespan):
    fake.revoke(fake.secret_id)
    with pytest.raises(AccessError) as caught:
        async with lifespan(check=True):
            raise AssertionError
    assert "by the check of CILifespan" in caught.value.__notes__[0]


async def test_a_service_out_of_reach_stops_the_start(unused_port):
    ci = CILifespan(
        *PLACE,
        credentials=Credentials("a", "b"),
        endpoint=f"http://127.0.0.1:{unused_port}",
        retry=None,
        check=True,
    )
    with pytest.raises(ConnectError):
        async with ci:
            raise AssertionError


@pytest.fixture
def unused_port():
    import socket  # noqa: PLC0415 - for this alone

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("fault", [Fault.status(500), Fault.status(503)], ids=["500", "503"])
async def test_an_outage_does_not_stop_the_start(fake, lifespan, fault, caplog):
    """Else an application could not be started again while the service has a bad hour."""
    caplog.set_level(logging.WARNING)
    fake.inject(*[fault] * 10)
    async with lifespan(check=True):
        fake.clear_faults()
    assert "the start goes on" in caplog.text


# --- What handlers find --------------------------------------------------------------------------------


def build(ci, **settings):
    app = FastAPI(lifespan=ci, **settings)

    @app.get("/by-state/{job_id}")
    async def by_state(job_id: str, request: Request):
        return {"state": (await request.state.ci.describer.describe(job_id)).state}

    @app.get("/by-depends/{job_id}")
    async def by_depends(job_id: str, shared: Annotated[CIResources, Depends(ci.provide)]):
        return {"state": (await shared.describer.describe(job_id)).state}

    @app.get("/in-a-thread")
    def in_a_thread():
        return {"state": str(ci.current)}

    return app


def test_fastapi_starts_it_and_its_handlers_find_it(fake, lifespan):
    """By the lifespan state and by a dependency, in as many starts as there are."""
    ci = lifespan()
    job_id = fake.add_job()
    app = build(ci)
    for _ in range(2):
        with TestClient(app) as client:
            assert client.get(f"/by-state/{job_id}").json() == {"state": "Success"}
            assert client.get(f"/by-depends/{job_id}").json() == {"state": "Success"}
    assert repr(ci).endswith("open in 0 event loops>")


def test_starlette_takes_it_too_and_the_name_is_yours(lifespan):
    seen = []

    async def endpoint(scope, receive, send):
        seen.append(scope["state"]["media"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = Starlette(lifespan=lifespan(name="media"))
    app.mount("/", endpoint)
    with TestClient(app) as client:
        assert client.get("/").status_code == 204
    assert isinstance(seen[0], CIResources)


async def test_without_a_lifespan_of_the_frameworks_a_dependency_still_works(fake, lifespan):
    """`httpx.ASGITransport` starts no lifespan: the test opens it itself."""
    ci = lifespan()
    job_id = fake.add_job()
    transport = httpx.ASGITransport(build(ci))
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        with pytest.raises(SessionClosedError, match="ASGITransport runs no lifespan"):
            await client.get(f"/by-depends/{job_id}")
        async with ci:
            assert (await client.get(f"/by-depends/{job_id}")).json() == {"state": "Success"}


def test_a_handler_in_a_thread_is_told_to_be_async(lifespan):
    with (
        TestClient(build(lifespan())) as client,
        pytest.raises(SessionClosedError, match="write the handler with 'async def'"),
    ):
        client.get("/in-a-thread")


async def test_aiohttps_form_opens_yields_once_and_closes(fake, lifespan):
    ci = lifespan()
    context = ci.cleanup_ctx(object())
    assert await anext(context) is None
    shared = ci.current
    with pytest.raises(StopAsyncIteration):
        await anext(context)
    with pytest.raises(SessionClosedError):
        await shared.session.describe_media_job(fake.add_job())


# --- Callbacks -----------------------------------------------------------------------------------------


async def test_callbacks_reach_the_watcher_that_is_open(fake, lifespan):
    """Mounted before anything is open; a callback that comes while nothing is does no harm."""
    ci = lifespan(callback_secret=SECRET)
    transport = httpx.ASGITransport(ci.callbacks)
    address = ci.callbacks.address("http://app")
    job_id = fake.add_job(runs_for=3_600)
    async with httpx.AsyncClient(transport=transport) as sender:
        assert (await fake.deliver_callback(job_id, address, client=sender)).status_code == 200
        async with ci as shared:
            waiting = asyncio.create_task(shared.watcher.wait(job_id))
            await fake.received(1)
            fake.finish(job_id)
            await fake.deliver_callback(job_id, address, client=sender)
            assert (await asyncio.wait_for(waiting, 2)).state == "Success"
            assert fake.request_count == 2


# --- The end -------------------------------------------------------------------------------------------


async def test_waits_can_be_ended_before_the_rest(fake, lifespan):
    """What a server needs whose streams would keep it from stopping; the session still serves."""
    ci = lifespan()
    job_id = fake.add_job(runs_for=3_600)
    await ci.end_waits()
    async with ci as shared:
        waiting = asyncio.create_task(shared.watcher.wait(job_id))
        await fake.received(1)
        await ci.end_waits(object())
        with pytest.raises(WatcherClosedError):
            await waiting
        assert (await shared.describer.describe(job_id)).job_id == job_id


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="the platform has no such signal")
async def test_a_signal_ends_waits_and_is_handed_on(fake, lifespan):
    """Whoever handled the signal before still does, and alone does so after."""
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    try:
        mine = signal.getsignal(signal.SIGUSR1)
        async with lifespan(end_waits_on=[signal.SIGUSR1]) as shared:
            waiting = asyncio.create_task(shared.watcher.wait(fake.add_job(runs_for=3_600)))
            await fake.received(1)
            signal.raise_signal(signal.SIGUSR1)
            with pytest.raises(WatcherClosedError):
                await asyncio.wait_for(waiting, 2)
            signal.raise_signal(signal.SIGUSR1)
        assert signal.getsignal(signal.SIGUSR1) is mine
        signal.raise_signal(signal.SIGUSR1)
        assert heard == [signal.SIGUSR1] * 3
    finally:
        signal.signal(signal.SIGUSR1, before)


async def test_a_signal_that_nobody_handled_does_what_it_did(lifespan):
    """Control-C still interrupts a program that has no handler of its own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        async with lifespan(end_waits_on=[signal.SIGINT]):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        async with lifespan(end_waits_on=[signal.SIGINT]):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_the_main_thread_signals_are_let_be(lifespan):
    ended = []

    async def serve():
        async with lifespan(end_waits_on=[signal.SIGINT]):
            ended.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    thread.join(10)
    assert ended == [before]


def test_a_default_signal_still_ends_the_process(fake: FakeCI):
    """SIGTERM without any handler, in a process of its own."""
    import subprocess  # noqa: PLC0415 - for this alone
    import sys  # noqa: PLC0415

    if sys.platform == "win32":
        pytest.skip("the platform ends processes otherwise")
    code = f"""
import asyncio, signal
from tencent_ci_async.web import CILifespan
async def main():
    async with CILifespan({fake.bucket!r}, {fake.region!r}, end_waits_on=[signal.SIGTERM]):
        signal.raise_signal(signal.SIGTERM)
        print("still here")
asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, "")
