"""What an event handler is told, in which order, and that it can do no harm."""

import asyncio
import dataclasses
import re

import httpx
import pytest
from support.requests import concat
from support.scripted import KEYS, Scripted, refusal
from support.virtual_time import run

from tencent_ci_async import (
    AccessError,
    CIAuth,
    CIError,
    CISession,
    ConfigurationError,
    Credentials,
    CredentialsError,
    RateLimiter,
    RequestTimeoutError,
    ResponseTooLargeError,
    SessionClosedError,
    SubmissionUnknownError,
    ThrottledError,
    Timing,
    UnreadableAnswerError,
    events,
)
from tencent_ci_async.events import (
    CallEvent,
    CallStarted,
    ClockAdjusted,
    CredentialsRefreshed,
    Event,
    RateChanged,
    RequestEnded,
    RequestSent,
    RetryScheduled,
)

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
GOOD = "<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"
THROTTLED = refusal(503, "SlowDown", "too much")
RESET = httpx.ReadError("reset")


def script(*answers):
    """A service that gives these answers in turn, the last one for ever."""
    left = list(answers)
    return Scripted(lambda _: left.pop(0) if len(left) > 1 else left[0])


def kinds(seen):
    return [type(event).__name__ for event in seen]


async def told(service, **settings):
    """What is told about one describe, whatever becomes of it, and the error."""
    seen = []
    async with service.session(on_event=seen.append, **settings) as session:
        try:
            await session.describe_media_job("j1")
        except CIError as error:
            return seen, error
    return seen, None


def the(seen, kind):
    (event,) = [event for event in seen if type(event) is kind]
    return event


async def until(seen, count):
    """Let the loop turn until so many events were told."""
    for _ in range(1_000):
        if len(seen) >= count:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"only {kinds(seen)}")


# --- The sequences ----------------------------------------------------------------------------------


async def test_a_call_that_succeeds():
    seen, _ = await told(script(GOOD))
    assert kinds(seen) == ["CallStarted", "RequestSent", "RequestEnded", "CallEnded"]
    started, sent, answered, ended = seen
    assert started == CallStarted(
        call_id=started.call_id,
        operation="DescribeMediaJob",
        method="GET",
        job_ids=("j1",),
        bucket=BUCKET,
        region=REGION,
        host=f"{BUCKET}.ci.{REGION}.myqcloud.com",
        port=443,
    )
    assert (sent.attempt, sent.body_bytes) == (1, 0)
    assert (answered.attempt, answered.status, answered.request_id) == (1, 200, "R1")
    assert (answered.body_bytes, answered.error, answered.code) == (len(GOOD), None, None)
    assert (ended.outcome, ended.attempts, ended.status, ended.request_id) == ("succeeded", 1, 200, "R1")
    assert (ended.job_ids, ended.error, ended.reason) == (("j1",), None, None)
    assert {event.call_id for event in seen} == {started.call_id}
    assert {event.operation for event in seen} == {"DescribeMediaJob"}
    assert 0 <= answered.seconds <= ended.seconds


async def test_a_retry_that_succeeds():
    seen, _ = await told(script(RESET, refusal(500, "InternalError"), GOOD))
    attempt = ["RequestSent", "RequestEnded"]
    again = [*attempt, "RetryScheduled"]
    assert kinds(seen) == ["CallStarted", *again, *again, *attempt, "CallEnded"]
    first, second, third = [event for event in seen if type(event) is RequestEnded]
    assert (first.attempt, first.status, first.error, first.request_id) == (1, None, "NoAnswerError", None)
    assert "ReadError: reset" in first.reason
    assert (second.attempt, second.status, second.error, second.code) == (
        2,
        500,
        "ServerError",
        "InternalError",
    )
    assert (third.attempt, third.status, third.error) == (3, 200, None)
    retries = [event for event in seen if type(event) is RetryScheduled]
    assert [(each.attempt, each.delay, each.error, each.code) for each in retries] == [
        (1, 0.0, "NoAnswerError", None),
        (2, 0.0, "ServerError", "InternalError"),
    ]
    assert (seen[-1].outcome, seen[-1].attempts, seen[-1].request_id) == ("succeeded", 3, "R3")


async def test_a_call_that_is_throttled_to_its_end():
    """The service's message is not passed on: it could quote anything."""
    seen, error = await told(script(THROTTLED))
    assert type(error) is ThrottledError
    attempt = ["RequestSent", "RequestEnded"]
    assert kinds(seen) == [
        "CallStarted",
        *[*attempt, "RetryScheduled"] * 2,
        *attempt,
        "RateChanged",
        "CallEnded",
    ]
    ended = seen[-1]
    assert (ended.outcome, ended.error, ended.code, ended.status) == (
        "failed",
        "ThrottledError",
        "SlowDown",
        503,
    )
    assert (ended.attempts, ended.request_id, ended.reason) == (3, "R3", None)
    assert "too much" not in repr(seen)


async def test_refused_keys_that_are_renewed():
    """The request has ended before fresh keys are asked for, and the wait for them is the next one's."""
    keys = [Credentials("old", "old"), Credentials("AKID", "SECRET", expires_at=4e9)]

    async def provider():
        await asyncio.sleep(0)
        return keys.pop(0)

    def answer(request):
        if "q-ak=old" in request.header("Authorization"):
            return httpx.Response(403, content=b"<Error><Code>InvalidAccessKeyId</Code></Error>")
        return httpx.Response(200, content=GOOD.encode())

    seen = []
    transport = httpx.MockTransport(lambda request: answer(_Request(request)))
    async with (
        httpx.AsyncClient(transport=transport) as client,
        CISession(BUCKET, REGION, credentials=provider, client=client, on_event=seen.append) as session,
    ):
        await session.describe_media_job("j1")
    assert kinds(seen) == [
        "CallStarted",
        "CredentialsRefreshed",
        "RequestSent",
        "RequestEnded",
        "CredentialsRefreshed",
        "RetryScheduled",
        "RequestSent",
        "RequestEnded",
        "CallEnded",
    ]
    assert [event.expires_at for event in seen if type(event) is CredentialsRefreshed] == [None, 4e9]
    retry = the(seen, RetryScheduled)
    assert (retry.delay, retry.error, retry.code) == (0.0, "AccessError", "InvalidAccessKeyId")
    assert (seen[-1].outcome, seen[-1].attempts) == ("succeeded", 2)


class _Request:
    def __init__(self, request):
        self.header = request.headers.get


async def test_a_wrong_clock():
    answers = [
        httpx.Response(
            403,
            content=b"<Error><Code>RequestTimeTooSkewed</Code></Error>",
            headers={"Date": "Thu, 15 Jun 2017 12:00:00 GMT"},
        ),
        httpx.Response(200, content=GOOD.encode()),
    ]
    seen = []
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    timing = Timing(wall_clock=lambda: 1_497_528_000.0 + 1_000)
    async with (
        httpx.AsyncClient(transport=transport) as client,
        CISession(
            BUCKET, REGION, credentials=KEYS, client=client, on_event=seen.append, timing=timing
        ) as session,
    ):
        await session.describe_media_job("j1")
    assert the(seen, ClockAdjusted).offset == -1_000
    assert kinds(seen)[2:5] == ["RequestEnded", "ClockAdjusted", "RetryScheduled"]


async def stall(_request):
    await asyncio.get_running_loop().create_future()


def stalled(seen, **settings):
    client = httpx.AsyncClient(transport=httpx.MockTransport(stall))
    return client, CISession(
        BUCKET, REGION, credentials=KEYS, client=client, on_event=seen.append, **settings
    )


async def test_a_call_whose_time_is_up():
    seen = []
    client, session = stalled(seen, timeout=0.3)
    async with client, session:
        with pytest.raises(RequestTimeoutError):
            await session.describe_media_job("j1")
        assert kinds(seen) == ["CallStarted", "RequestSent", "RequestEnded", "CallEnded"]
        for event in seen[2:]:
            assert (event.status, event.error) == (None, "RequestTimeoutError")
            assert "took longer than the 0.3 s" in event.reason
        assert (seen[-1].outcome, seen[-1].attempts) == ("failed", 1)


async def test_a_call_that_is_cancelled():
    """That is an outcome of its own, since nobody is at fault."""
    seen = []
    client, session = stalled(seen)
    async with client, session:
        call = asyncio.create_task(session.describe_media_job("j1"))
        await until(seen, 2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert kinds(seen) == ["CallStarted", "RequestSent", "RequestEnded", "CallEnded"]
        assert (seen[2].error, seen[3].error, seen[3].outcome) == (
            "CancelledError",
            "CancelledError",
            "cancelled",
        )


async def test_a_call_that_is_cancelled_before_it_is_sent():
    seen = []
    client, session = stalled(seen, max_in_flight=1)
    async with client, session:
        calls = [asyncio.create_task(session.describe_media_job(job_id)) for job_id in ("j1", "j2")]
        await until(seen, 3)
        calls[1].cancel()
        await asyncio.wait([calls[1]])
        assert kinds(seen)[-1] == "CallEnded"
        assert (seen[-1].job_ids, seen[-1].attempts, seen[-1].outcome) == (("j2",), 0, "cancelled")
        calls[0].cancel()
        await asyncio.wait(calls)


async def test_a_session_that_is_closed_meanwhile():
    seen = []
    client, session = stalled(seen)
    async with client:
        call = asyncio.create_task(session.describe_media_job("j1"))
        await until(seen, 2)
        await asyncio.gather(session.aclose(), call, return_exceptions=True)
    assert type(call.exception()) is SessionClosedError
    assert [event.error for event in seen[2:]] == ["SessionClosedError"] * 2


async def test_what_the_caller_got_wrong_is_no_call():
    seen = []
    async with script(GOOD).session(on_event=seen.append) as session:
        with pytest.raises(ConfigurationError):
            await session.describe_media_job("not an id")
    with pytest.raises(SessionClosedError):
        await session.describe_media_job("j1")
    assert seen == []


async def test_what_is_no_error_of_ours_ends_a_call_too():
    class Broken:
        async def __aenter__(self):
            raise LookupError("the limiter is broken")

        async def __aexit__(self, *_):
            pass

    seen = []
    async with script(GOOD).session(on_event=seen.append, limiter=Broken()) as session:
        with pytest.raises(LookupError):
            await session.describe_media_job("j1")
    assert kinds(seen) == ["CallStarted", "CallEnded"]
    assert (seen[1].outcome, seen[1].error, seen[1].reason) == ("failed", "LookupError", None)


async def test_a_fan_out_is_one_call_for_each_of_its_requests():
    seen = []
    ids = [f"j{number}" for number in range(25)]
    async with script("<Response/>").session(on_event=seen.append) as session:
        await session.describe_all(ids[:0])
        assert seen == []
        answer = "<Response>" + "".join(f"<NonExistJobIds>{each}</NonExistJobIds>" for each in ids)
    async with script(answer + "</Response>").session(on_event=seen.append) as session:
        await session.describe_all(ids)
    started = [event for event in seen if type(event) is CallStarted]
    assert sorted(sum((event.job_ids for event in started), ())) == sorted(ids)
    assert len({event.call_id for event in started}) == len(started) == 3
    assert kinds(seen).count("CallEnded") == 3


async def test_a_submit_names_the_jobs_that_it_made(open_session):
    seen = []
    result = await open_session(on_event=seen.append).create_media_job(concat())
    started, ended = seen[0], seen[-1]
    assert (started.operation, started.job_ids) == ("CreateMediaJobs", ())
    assert ended.job_ids == (result.job.job_id,)
    assert the(seen, RequestSent).body_bytes > 0


async def test_a_submit_in_doubt_says_what_it_met():
    seen = []
    async with script(RESET).session(on_event=seen.append) as session:
        with pytest.raises(SubmissionUnknownError):
            await session.create_media_job(concat())
    assert (seen[-1].outcome, seen[-1].error, seen[-1].attempts) == ("failed", "NoAnswerError", 1)


async def test_an_answer_that_is_too_large_has_a_status():
    seen, error = await told(script(GOOD), max_response_bytes=10)
    assert type(error) is ResponseTooLargeError
    answered = the(seen, RequestEnded)
    assert (answered.status, answered.request_id, answered.error) == (200, "R1", "ResponseTooLargeError")


async def test_an_answer_that_cannot_be_read_is_not_quoted():
    seen, error = await told(script("<html>proxy</html>"), retry=None)
    assert type(error) is UnreadableAnswerError
    assert (seen[-1].error, seen[-1].reason, seen[-1].status) == ("UnreadableAnswerError", None, 200)


async def test_a_result_tells_how_many_requests_it_took():
    """Without a handler too."""
    async with script(RESET, THROTTLED, GOOD).session() as session:
        assert (await session.describe_media_job("j1")).response.attempts == 3
        assert (await session.describe_media_job("j1")).response.attempts == 1


async def test_a_refusal_tells_how_many_requests_it_took():
    async with script(RESET, refusal(403, "AccessDenied")).session() as session:
        with pytest.raises(AccessError) as caught:
            await session.describe_media_job("j1")
    assert caught.value.response.attempts == caught.value.attempts == 2


# --- Waits, rates and keys ----------------------------------------------------------------------------


def test_what_a_request_waits_for_is_told_apart():
    """The gate, the limiter, the credentials; in seconds."""

    async def main():
        loop = asyncio.get_running_loop()
        timing = Timing(clock=loop.time)

        async def provider():
            await asyncio.sleep(0.5)
            return KEYS

        async def answer(_request):
            await asyncio.sleep(2)
            return httpx.Response(200, content=GOOD.encode())

        seen = []
        client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        limiter = RateLimiter(0.25, timing=timing)
        session = CISession(
            BUCKET,
            REGION,
            credentials=provider,
            client=client,
            limiter=limiter,
            max_in_flight=1,
            on_event=seen.append,
            timing=timing,
        )
        async with client, session:
            await asyncio.gather(*(session.describe_media_job(job_id) for job_id in ("j1", "j2")))
        return [event for event in seen if type(event) in (RequestSent, RequestEnded)]

    first, answered, second, _ = run(main())
    assert (first.waited_for_slot, first.waited_for_limiter, first.waited_for_credentials) == (0, 0, 0.5)
    assert answered.seconds == pytest.approx(2, abs=1e-3)
    # It had the gate after 2.5 s, and the limiter lets one through in four.
    assert second.waited_for_slot == pytest.approx(2.5, abs=1e-3)
    assert second.waited_for_limiter == pytest.approx(1.5, abs=1e-3)
    assert second.waited_for_credentials == pytest.approx(0, abs=1e-3)


def test_the_pace_that_throttling_sets_is_told():
    """How the rate falls, what requests wait for it, and how it rises until there is no limit again."""

    async def main():
        loop = asyncio.get_running_loop()
        service = script(*[THROTTLED] * 3, GOOD)
        seen = []
        timing = Timing(clock=loop.time, random=lambda: 0.5)
        async with service.session(on_event=seen.append, timing=timing, retry=None) as session:
            for _ in range(200):
                await asyncio.gather(session.describe_media_job("j1"), return_exceptions=True)
                await asyncio.sleep(0.2)
        return seen

    seen = run(main())
    changes = [event for event in seen if type(event) is RateChanged]
    assert {event.source for event in changes} == {"session"}
    assert changes[0].before is None
    assert changes[0].after > 0
    assert [each.before for each in changes[1:]] == [each.after for each in changes[:-1]]
    assert changes[-1].after is None
    assert max(event.waited_for_pace for event in seen if type(event) is RequestSent) > 0.1


async def test_credentials_that_cannot_be_had():
    async def provider():
        raise KeyError("the vault's own words")

    seen = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(stall))
    async with (
        client,
        CISession(BUCKET, REGION, credentials=provider, client=client, on_event=seen.append) as session,
    ):
        with pytest.raises(CredentialsError):
            await session.describe_media_job("j1")
    assert kinds(seen) == ["CallStarted", "CredentialsRefreshFailed", "CallEnded"]
    failed = seen[1]
    assert (failed.error, failed.cause, failed.has_valid) == ("CredentialsError", "KeyError", False)
    assert (seen[2].error, seen[2].attempts, seen[2].reason) == ("CredentialsError", 0, None)
    assert "the vault's own words" not in repr(seen)


async def test_a_refresh_that_fails_while_the_present_keys_hold():
    now = 1_000.0
    answers = [Credentials("AKID", "SECRET", expires_at=2_000.0), KeyError()]

    async def provider():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    seen = []
    timing = Timing(wall_clock=lambda: now)
    auth = CIAuth(provider, on_event=seen.append, timing=timing)
    request = httpx.Request("GET", "https://example.com/")
    await auth.sign(request)
    now = 1_900.0
    await auth.sign(request)
    assert kinds(seen) == ["CredentialsRefreshed", "CredentialsRefreshFailed"]
    assert seen[1].has_valid


async def test_fixed_keys_are_never_refreshed():
    seen, _ = await told(script(GOOD))
    assert [event for event in seen if not isinstance(event, CallEvent)] == []


# --- Events as values ---------------------------------------------------------------------------------

KINDS = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_event_is_a_frozen_value_whose_fields_are_all_told_of(kind):
    """Plain values only, so that it can be compared, kept and turned into JSON."""
    assert kind.__dataclass_params__.frozen
    assert "__dict__" not in dir(kind)
    for field in dataclasses.fields(kind):
        inherited = [base.__doc__ for base in kind.__mro__ if base.__doc__]
        assert any(f"        {field.name}: " in doc for doc in inherited), field.name
        assert _names(str(field.type)) <= {"int", "float", "str", "bool", "None", "tuple", "Outcome"}


def _names(annotation):
    """The types that an annotation names."""
    return set(re.findall(r"\w+", re.sub(r"Literal\[.*?\]", "str", annotation)))
