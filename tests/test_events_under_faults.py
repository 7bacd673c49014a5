"""Whatever goes wrong: every call that began has ended once, and no event holds a secret."""

import asyncio
import contextlib
import json
from collections import Counter
from dataclasses import asdict

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.virtual_time import run

from tencent_ci_async import CIError, CISession, Credentials, JobWatcher, RetryPolicy, Timeouts, Timing
from tencent_ci_async.events import (
    CallEnded,
    CallEvent,
    CallStarted,
    RequestEnded,
    RequestSent,
    RetryScheduled,
)
from tencent_ci_async.testing import FakeCI, Fault

# --- Sequences ----------------------------------------------------------------------------------------

BODY = b"<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"
STEPS = {
    "good": (200, BODY),
    "throttled": (503, b"<Error><Code>SlowDown</Code></Error>"),
    "broken": (500, b""),
    "refused": (403, b"<Error><Code>AccessDenied</Code></Error>"),
    "key refused": (403, b"<Error><Code>ExpiredToken</Code></Error>"),
    "another document": (200, b"<html/>"),
    "reset": httpx.ReadError("reset"),
    "no connection": httpx.ConnectError("refused"),
    "bug": LookupError("in a transport of the caller's"),
}
steps = st.tuples(st.sampled_from(sorted(STEPS)), st.floats(0, 3))
calls = st.lists(
    st.tuples(st.floats(0, 5), st.none() | st.floats(0, 6)), min_size=1, max_size=6
)  # when it begins, and how soon its caller loses patience


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=st.lists(steps, min_size=1, max_size=12), calls=calls, closes_at=st.none() | st.floats(0, 8))
def test_every_call_that_began_has_ended_once(script, calls, closes_at):
    """And each of its requests, in order; whoever is cancelled, whatever fails, however it is closed."""
    seen = run(_scenario(script, calls, closes_at))
    by_call = {}
    for event in seen:
        if isinstance(event, CallEvent):
            by_call.setdefault(event.call_id, []).append(event)
    assert len(by_call) <= len(calls)
    for told in by_call.values():
        assert type(told[0]) is CallStarted
        assert type(told[-1]) is CallEnded
        counts = Counter(type(event) for event in told)
        assert counts[CallStarted] == counts[CallEnded] == 1
        assert counts[RequestSent] == counts[RequestEnded] == told[-1].attempts
        assert counts[RetryScheduled] <= told[-1].attempts
        requests = [event for event in told if type(event) in (RequestSent, RequestEnded)]
        for number, (sent, ended) in enumerate(zip(requests[::2], requests[1::2], strict=True), 1):
            assert (type(sent), sent.attempt) == (RequestSent, number)
            assert (type(ended), ended.attempt) == (RequestEnded, number)
        assert (told[-1].outcome == "succeeded") is (told[-1].error is None)
        assert (told[-1].outcome == "cancelled") is (told[-1].error == "CancelledError")


async def _scenario(script, calls, closes_at):
    loop = asyncio.get_running_loop()
    left = list(script)

    async def answer(_request):
        name, delay = left.pop(0) if left else ("good", 0.0)
        await asyncio.sleep(delay)
        step = STEPS[name]
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step[0], content=step[1])

    async def provider():
        await asyncio.sleep(0.01)
        return Credentials("AKID", "SECRET")

    async def call(begins, patience):
        await asyncio.sleep(begins)
        async with asyncio.timeout(patience):
            await session.describe_media_job("j1")

    seen = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    session = CISession(
        "examplebucket-1250000000",
        "ap-chongqing",
        credentials=provider,
        client=client,
        timeout=Timeouts(total=5),
        max_in_flight=2,
        timing=Timing(clock=loop.time, random=lambda: 0.5),
        on_event=seen.append,
    )
    async with client, session, asyncio.TaskGroup() as group:
        for begins, patience in calls:
            group.create_task(_quietly(call(begins, patience)))
        if closes_at is not None:
            await asyncio.sleep(closes_at)
            await session.aclose()
    return seen


async def _quietly(call):
    with contextlib.suppress(CIError, TimeoutError, LookupError):
        await call


# --- Secrets ------------------------------------------------------------------------------------------

MARKERS = ("AKIDMARKERMARKER", "KEYMARKERMARKER", "TOKENMARKERMARKER")
FAULTS = {
    "none": lambda: None,
    "throttled": lambda: Fault.status(503, "SlowDown"),
    "refused": lambda: Fault.status(403, "ExpiredToken", " ".join(MARKERS)),
    "quoting": lambda: Fault.status(400, "InvalidArgument", " ".join(MARKERS)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_no_event_holds_a_secret(fault):
    """Not the keys, the token or a signature, and nothing that the service quotes of them; all is plain."""
    fake = FakeCI(credentials=MARKERS[:2], token=MARKERS[2])
    if (what := fault()) is not None:
        fake.inject(what)
    job_id = fake.add_job()
    seen, signatures = [], []

    async def provider():
        return Credentials(*MARKERS)

    def note(request):
        signatures.append(request.headers["authorization"])

    async with (
        httpx.AsyncClient(transport=fake.transport(), event_hooks={"request": [_async(note)]}) as client,
        CISession(
            fake.bucket,
            fake.region,
            credentials=provider,
            client=client,
            retry=RetryPolicy(base_delay=0, throttled_base_delay=0),
            on_event=seen.append,
        ) as session,
        JobWatcher(session.describe_media_job, on_event=seen.append) as watcher,
    ):
        for call in (session.describe_media_job(job_id), watcher.wait(job_id, timeout=0.05)):
            with contextlib.suppress(CIError):
                await call
    assert signatures
    text = repr(seen) + json.dumps([asdict(event) for event in seen])
    for secret in (*MARKERS, *signatures, *(each.rpartition("=")[2] for each in signatures)):
        assert secret not in text


def _async(function):
    async def hook(request):
        function(request)

    return hook
