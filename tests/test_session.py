"""CISession against the simulated service: what a user may rely on."""

import asyncio
import gc
import pickle
import time
import warnings

import httpx
import pytest
import respx
from support.wire import GOOD_BODY, wire_server

from tencent_ci_async import (
    AccessError,
    CISession,
    ConfigurationError,
    ConnectError,
    Credentials,
    JobNotFoundError,
    JobState,
    NoAnswerError,
    RequestTimeoutError,
    ResponseTooLargeError,
    RetryPolicy,
    ServerError,
    SessionClosedError,
    ThrottledError,
    Timeouts,
    UnreadableAnswerError,
)
from tencent_ci_async._timing import Timing
from tencent_ci_async.testing import FakeCI, Fault

BUCKET, REGION = "examplebucket-1250000000", "ap-chongqing"
KEYS = Credentials("AKID", "SECRET")
URL = f"https://{BUCKET}.ci.{REGION}.myqcloud.com"


# --- Asking -------------------------------------------------------------------------------------------


async def test_one_job(fake, open_session):
    job_id = fake.add_job(input_object="in.mp4", output_object="out.mp4")
    result = await open_session().describe_media_job(job_id)
    assert result.job.job_id == job_id
    assert result.job.state is JobState.SUCCESS
    assert result.job.input.object == "in.mp4"
    assert result.job.operation.media_info.format.duration > 0
    assert result.non_exist_job_ids == []
    assert result.request_id == fake.requests[0].request_id
    assert (result.response.status, result.response.server) == (200, "tencent-ci")
    assert result.response.date


async def test_ten_jobs_are_one_request_and_missing_ids_are_named(fake, open_session):
    job_ids = [fake.add_job() for _ in range(8)]
    result = await open_session().describe_media_job(*job_ids, "jmissing1", "jmissing2")
    assert [job.job_id for job in result.jobs_detail] == job_ids
    assert result.non_exist_job_ids == ["jmissing1", "jmissing2"]
    assert fake.request_count == 1


async def test_a_job_that_the_service_does_not_know(open_session):
    result = await open_session().describe_media_job("jmissing")
    with pytest.raises(JobNotFoundError, match="jmissing") as caught:
        _ = result.job
    assert caught.value.job_id == "jmissing"
    assert caught.value.request_id == result.request_id


@pytest.mark.parametrize("endpoint", ["https://999.1.1.1", "https://xn--.", "https://xn--i-7iq.example"])
def test_a_host_that_httpx_does_not_take_is_refused_at_once(endpoint):
    """Else every single request would end with an error of httpx's, or of the libraries below it."""
    with pytest.raises(ConfigurationError, match="no host name") as caught:
        CISession(BUCKET, REGION, credentials=KEYS, endpoint=endpoint)
    assert caught.value.__context__ is None


def test_a_host_with_letters_of_the_whole_world_is_taken():
    assert CISession(BUCKET, REGION, credentials=KEYS, endpoint="https://xn--bcher-kva.example")


@pytest.mark.parametrize(
    "job_ids",
    [
        (),
        ("",),
        ("a,b",),
        ("a/b",),
        ("..",),
        ("a\r\nb",),
        ("jób",),
        tuple(f"j{n}" for n in range(11)),
        (["a"],),
    ],
    ids=str,
)
async def test_a_bad_question_is_refused_before_anything_is_sent(fake, open_session, job_ids):
    with pytest.raises(ConfigurationError):
        await open_session().describe_media_job(*job_ids)
    assert fake.request_count == 0


async def test_the_number_of_ids_is_a_setting():
    fake = FakeCI(max_ids_per_request=12)
    job_ids = [fake.add_job() for _ in range(12)]
    settings = {"credentials": Credentials(fake.secret_id, fake.secret_key), "max_ids_per_request": 12}
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        async with CISession(fake.bucket, fake.region, client=client, **settings) as session:
            assert len((await session.describe_media_job(*job_ids)).jobs_detail) == 12


async def test_an_id_given_twice_is_asked_for_once(fake, open_session):
    job_id = fake.add_job()
    await open_session().describe_media_job(job_id, job_id)
    assert fake.requests[0].job_ids == (job_id,)


async def test_the_request_headers_that_the_service_wants():
    """Host, Date, Authorization, Accept; the token when there is one; and compression that we can bound."""
    with respx.mock as router:
        route = router.get(f"{URL}/jobs/j1,j2").respond(200, content=GOOD_BODY)
        timing = Timing(wall_clock=lambda: 1_700_000_000.0)
        credentials = Credentials("AKID", "SECRET", "TOKEN")
        async with CISession(BUCKET, REGION, credentials=credentials, timing=timing) as session:
            await session.describe_media_job("j1", "j2")
    headers = route.calls.last.request.headers
    assert headers["host"] == f"{BUCKET}.ci.{REGION}.myqcloud.com"
    assert headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert headers["accept"] == "*/*"
    assert headers["accept-encoding"] == "gzip"
    assert headers["x-ci-security-token"] == "TOKEN"
    assert headers["authorization"].startswith("q-sign-algorithm=sha1&q-ak=AKID&")
    assert headers["user-agent"].startswith("tencent-ci-async/")
    assert "q-header-list=host;x-ci-security-token&" in headers["authorization"]


async def test_credentials_from_the_environment(fake, open_session, monkeypatch):
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", fake.secret_id)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", fake.secret_key)
    job_id = fake.add_job()
    assert (await open_session(credentials=None).describe_media_job(job_id)).job.job_id == job_id


async def test_without_credentials_nothing_is_sent(fake, open_session):
    with pytest.raises(ConfigurationError, match="TENCENTCLOUD_SECRET_ID") as caught:
        await open_session(credentials=None).describe_media_job("j1")
    assert fake.request_count == caught.value.attempts == 0


async def test_keys_that_rotate_in_mid_run_fail_no_call(fake, open_session):
    """The service forgets the old keys; the provider is asked once for new ones, however many callers."""
    provided = []

    async def provide():
        provided.append(None)
        name = f"AKIDROTATED{len(provided)}"
        fake.allow(name, "KEY")
        return Credentials(name, "KEY")

    job_id = fake.add_job()
    session = open_session(credentials=provide)
    for rotation in range(1, 6):
        await asyncio.gather(*(session.describe_media_job(job_id) for _ in range(50)))
        assert len(provided) == rotation
        fake.revoke(f"AKIDROTATED{rotation}")
    refused = [request for request in fake.requests if request.status != 200]
    assert all(request.status == 401 for request in refused)


# --- Refusals and faults ------------------------------------------------------------------------------


async def test_a_wrong_key_is_an_access_error_with_advice(fake, open_session):
    session = open_session(credentials=Credentials(fake.secret_id, "wrong"))
    with pytest.raises(AccessError, match="Check the SecretKey") as caught:
        await session.describe_media_job("j1")
    error = caught.value
    assert (error.status, error.code, error.attempts) == (403, "SignatureDoesNotMatch", 1)
    assert error.request_id == fake.requests[0].request_id
    assert error.trace_id


PASSING = {
    "500": (Fault.status(500), ServerError),
    "502 HTML": (Fault.body(502, b"<html>"), ServerError),
    "503 SlowDown": (Fault.status(503, code="SlowDown"), ThrottledError),
    "429 SlowDown": (Fault.status(429, code="SlowDown"), ThrottledError),
    "reset": (Fault.reset(), NoAnswerError),
    "cut": (Fault.cut(20), NoAnswerError),
    "HTML with 200": (Fault.body(200, b"<html><body/></html>"), UnreadableAnswerError),
    "nothing with 200": (Fault.body(200, b""), UnreadableAnswerError),
}


@pytest.mark.parametrize(("fault", "kind"), PASSING.values(), ids=PASSING.keys())
async def test_a_fault_that_passes_is_not_seen(fake, open_session, fault, kind):
    """Twice the fault, then the answer: the caller sees the answer, and every attempt was signed."""
    job_id = fake.add_job()
    fake.inject(fault, fault)
    assert (await open_session().describe_media_job(job_id)).job.job_id == job_id
    assert [request.signature.accepted for request in fake.requests] == [True] * 3


@pytest.mark.parametrize(("fault", "kind"), PASSING.values(), ids=PASSING.keys())
async def test_a_fault_that_lasts_comes_out_typed(fake, open_session, fault, kind):
    fake.inject(fault, fault, fault)
    with pytest.raises(kind) as caught:
        await open_session().describe_media_job(fake.add_job())
    assert caught.value.attempts == 3
    assert [type(each) for each in caught.value.earlier] == [kind, kind]


async def test_retries_can_be_turned_off(fake, open_session):
    fake.inject(Fault.status(500))
    with pytest.raises(ServerError):
        await open_session(retry=None).describe_media_job("j1")
    assert fake.request_count == 1


@pytest.mark.parametrize("minutes", [-30, -15, 15, 30])
async def test_a_wrong_clock_costs_one_request(fake, open_session, minutes):
    """Half an hour of skew: the first refusal teaches the offset, then nothing is refused."""
    session = open_session(timing=Timing(wall_clock=lambda: time.time() + 60 * minutes))
    job_id = fake.add_job()
    for _ in range(3):
        await session.describe_media_job(job_id)
    assert [request.status for request in fake.requests] == [fake.requests[0].status, 200, 200, 200]
    assert fake.requests[0].status in {401, 403}


async def test_a_service_that_always_finds_the_time_wrong_gets_the_last_word(fake, open_session):
    fake.inject(Fault.status(403, code="RequestTimeTooSkewed", times=None))
    with pytest.raises(AccessError, match="RequestTimeTooSkewed"):
        await open_session().describe_media_job("j1")
    assert fake.request_count == 2


async def test_a_refused_connection():
    async with wire_server() as server:
        url = server.url
    settings = {"credentials": KEYS, "endpoint": url, "retry": RetryPolicy(base_delay=0)}
    async with CISession(BUCKET, REGION, **settings) as session:
        with pytest.raises(ConnectError, match="was not sent") as caught:
            await session.describe_media_job("j1")
    assert caught.value.attempts == 3


async def test_an_answer_over_the_cap_is_not_asked_for_again(fake, open_session):
    fake.inject(Fault.body(200, b"x" * 1_001, times=None))
    with pytest.raises(ResponseTooLargeError):
        await open_session(max_response_bytes=1_000).describe_media_job("j1")
    assert fake.request_count == 1


# --- Time ---------------------------------------------------------------------------------------------


async def test_one_deadline_for_the_whole_call(fake, open_session):
    fake.inject(Fault.reset(), Fault.stall())
    async with fake.serve() as endpoint:
        async with open_session(client=None, endpoint=endpoint, timeout=0.5) as session:
            with pytest.raises(RequestTimeoutError, match=r"longer than the 0\.5 s") as caught:
                await session.describe_media_job("j1")
    assert caught.value.attempts == 2
    assert isinstance(caught.value.earlier[0], NoAnswerError)


async def test_silence_is_bounded_by_the_read_timeout(fake, open_session):
    fake.inject(Fault.stall(times=None))
    with pytest.raises(RequestTimeoutError, match="ReadTimeout") as caught:
        await open_session(timeout=Timeouts(read=0.01)).describe_media_job("j1")
    assert caught.value.attempts == 3


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        ({}, {"connect": 7, "read": 8, "write": 9, "pool": 6}),
        ({"timeout": 30}, {"connect": 7, "read": 8, "write": 9, "pool": 6}),
        ({"timeout": None}, {"connect": 7, "read": 8, "write": 9, "pool": 6}),
        ({"timeout": Timeouts(connect=1, read=2)}, {"connect": 1, "read": 2, "write": 2, "pool": 2}),
    ],
)
async def test_a_client_of_the_callers_keeps_its_timeouts_unless_told(timeout, expected):
    seen = []

    def handle(request):
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, content=GOOD_BODY)

    own = httpx.Timeout(6, connect=7, read=8, write=9)
    async with httpx.AsyncClient(transport=httpx.MockTransport(handle), timeout=own) as client:
        async with CISession(BUCKET, REGION, credentials=KEYS, client=client, **timeout) as session:
            await session.describe_media_job("j1")
        assert not client.is_closed
    assert seen == [expected]


@pytest.mark.parametrize(
    "setting", [{"total": 0}, {"connect": -1}, {"read": float("nan")}, {"total": float("inf")}]
)
def test_unusable_timeouts_are_refused(setting):
    with pytest.raises(ConfigurationError, match=next(iter(setting))):
        Timeouts(**setting)


# --- Settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting",
    [
        {"max_in_flight": 0},
        {"max_ids_per_request": 0},
        {"max_response_bytes": 0},
        {"signature_lifetime": 601},
        {"timeout": -1},
        {"endpoint": "http://example.com"},
        {"credentials": "AKID:SECRET"},
    ],
    ids=str,
)
def test_unusable_settings_are_refused(setting):
    with pytest.raises(ConfigurationError):
        CISession(BUCKET, REGION, **setting)


def test_making_a_session_needs_no_loop_and_opens_nothing():
    session = CISession(BUCKET, REGION)
    assert repr(session) == f"<CISession {BUCKET} in {REGION}, open>"


async def test_a_limiter_is_entered_before_each_request(fake, open_session):
    entered = []

    class Limiter:
        async def __aenter__(self):
            entered.append(fake.request_count)

        async def __aexit__(self, *_):
            return None

    fake.inject(Fault.status(500))
    await open_session(limiter=Limiter()).describe_media_job(fake.add_job())
    assert entered == [0, 1]


async def test_no_more_requests_in_flight_than_asked_for(fake, open_session):
    job_id = fake.add_job()
    fake.inject(Fault.delay(0, times=None))
    session = open_session(max_in_flight=3)
    await asyncio.gather(*(session.describe_media_job(job_id) for _ in range(50)))
    assert fake.highest_in_flight == 3


async def test_a_proxy_of_the_environment_does_not_come_between_this_machine_and_itself(fake, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with fake.serve() as endpoint:
        credentials = Credentials(fake.secret_id, fake.secret_key)
        async with CISession(fake.bucket, fake.region, credentials=credentials, endpoint=endpoint) as session:
            assert (await session.describe_media_job(fake.add_job())).job


# --- Life ---------------------------------------------------------------------------------------------


async def test_after_closing_there_is_one_clear_error(fake, open_session):
    session = open_session()
    await session.describe_media_job(fake.add_job())
    await session.aclose()
    await session.aclose()
    with pytest.raises(SessionClosedError, match="the session is closed"):
        await session.describe_media_job("j1")
    with pytest.raises(SessionClosedError):
        async with session:
            pass
    assert "closed" in repr(session)


async def test_closing_turns_away_whoever_waits(fake, open_session):
    fake.inject(Fault.stall(times=None))
    async with fake.serve() as endpoint:
        session = open_session(client=None, endpoint=endpoint, max_in_flight=2)
        callers = [asyncio.create_task(session.describe_media_job("j1")) for _ in range(100)]
        await fake.received(2)
        await session.aclose()
        outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {SessionClosedError}


async def test_a_session_that_was_never_used_can_be_closed():
    async with CISession(BUCKET, REGION) as entered:
        pass
    untouched = CISession(BUCKET, REGION)
    await untouched.aclose()
    assert [repr(session).endswith("closed>") for session in (entered, untouched)] == [True, True]


def test_a_second_event_loop_gets_one_clear_error(fake):
    client = httpx.AsyncClient(transport=fake.transport())
    credentials = Credentials(fake.secret_id, fake.secret_key)
    session = CISession(fake.bucket, fake.region, credentials=credentials, client=client)
    job_id = fake.add_job()
    asyncio.run(session.describe_media_job(job_id))
    with pytest.raises(SessionClosedError, match="another event loop"):
        asyncio.run(session.describe_media_job(job_id))
    asyncio.run(session.aclose())


def test_a_session_that_was_not_closed_is_named_once_and_quietly():
    """One ResourceWarning; no exception from a finaliser."""

    async def use_and_forget():
        session = CISession(BUCKET, REGION, credentials=KEYS, endpoint="http://127.0.0.1:9", retry=None)
        with pytest.raises(ConnectError):
            await session.describe_media_job("j1")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(use_and_forget())
        gc.collect()
    ours = [str(each.message) for each in caught if "CISession" in str(each.message)]
    assert ours == [f"<CISession {BUCKET} in {REGION}, open> was never closed"]


def test_a_session_refuses_to_be_pickled():
    with pytest.raises(TypeError, match="refuses to be pickled"):
        pickle.dumps(CISession(BUCKET, REGION))
