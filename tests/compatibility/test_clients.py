"""A session works the same on httpx, on httpx over aiohttp, and on httpx2."""

import asyncio
import gzip
import random
import socket

import httpx
import httpx2
import pytest

from tencent_ci_async import (
    CIAuth,
    CISession,
    ConcatFragment,
    ConcatTemplate,
    ConnectError,
    Container,
    Credentials,
    JobInput,
    JobOutput,
    JobTag,
    MediaJobRequest,
    NoAnswerError,
    Operation,
    RequestTimeoutError,
    ResponseTooLargeError,
    RetryPolicy,
    ServerError,
    SessionClosedError,
    Snapshot,
    SubmissionUnknownError,
    Timeouts,
    UnreadableAnswerError,
)
from tencent_ci_async.testing import Fault

REQUEST = MediaJobRequest(
    tag=JobTag.SNAPSHOT,
    input=JobInput(object="in/f ~ +%41.mp4"),
    operation=[Operation(snapshot=Snapshot(count=2), output=JobOutput(object="out/片段-${number}.jpg"))],
)
TEMPLATE = ConcatTemplate(
    concat_fragment=[ConcatFragment(url="https://media.example/a.mp4", mode="Start")],
    container=Container(format="mp4"),
)
ODD = "片 ~%7E/+&=:,*'()!"


# --- Every kind of call -----------------------------------------------------------------------------


async def test_every_kind_of_call_is_accepted_by_a_strict_service(fake, session):
    """All methods, with and without a body: what the client and its transport add is signed as well."""
    job_id = fake.add_job()
    waiting = fake.add_job(waits_for=1000)
    assert (await session.describe_media_job(job_id)).job.state == "Success"
    submitted = await session.create_media_job(REQUEST)
    assert fake.jobs[submitted.job.job_id].tag == "Snapshot"
    assert {job.job_id async for job in session.describe_media_jobs(tag="Concat")} == {job_id, waiting}
    await session.cancel_media_job(waiting)
    await session.update_media_queue(fake.queue_id, name=ODD)
    assert (await session.default_media_queue()).name == ODD
    template_id = (await session.create_media_template("frame", TEMPLATE)).template.template_id
    await session.delete_media_template(template_id)
    assert fake.templates == {}
    assert [request.signature.message for request in fake.requests if not request.signature.accepted] == []
    assert {request.status for request in fake.requests} == {200}


async def test_what_the_transport_quotes_anew_is_signed_right(fake, session):
    """Signed is what the path and the query mean, so that ``%7E`` may become ``~`` on the way."""
    fake.add_template("Concat", name=f"x{ODD}")
    assert [each.name async for each in session.describe_media_templates(name=f"x{ODD}")] == [f"x{ODD}"]
    assert fake.requests[-1].query["name"] == f"x{ODD}"
    assert fake.requests[-1].signature.accepted


async def test_five_hundred_jobs(fake, session):
    """Ten to a request, and as many at a time as the session allows."""
    ids = [fake.add_job() for _ in range(500)]
    outcomes = [outcome async for outcome in session.describe_many(ids)]
    assert {outcome.unwrap().job_id for outcome in outcomes} == set(ids)
    assert fake.request_count == 50
    assert fake.highest_in_flight <= 8


async def test_a_compressed_answer_is_inflated_by_the_session(fake, session):
    """Under its own limit, and not by the client."""
    body = b"<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"
    fake.inject(Fault.body(200, gzip.compress(body), {"Content-Encoding": "gzip"}))
    assert (await session.describe_media_job("j1")).job.state == "Running"
    assert fake.requests[-1].headers["accept-encoding"] == "gzip"
    fake.inject(Fault.body(200, gzip.compress(bytes(9_000_000)), {"Content-Encoding": "gzip"}))
    with pytest.raises(ResponseTooLargeError):
        await session.describe_media_job("j1")


async def test_timeouts_of_the_session_reach_the_client(fake, base, client):
    """By a form that httpx2 understands as well. What a submit has done by then is unknown."""
    keys = Credentials(fake.secret_id, fake.secret_key)
    fake.inject(Fault.stall(), Fault.stall(served=True))
    async with CISession(
        fake.bucket,
        fake.region,
        credentials=keys,
        endpoint=base,
        client=client,
        retry=None,
        timeout=Timeouts(connect=10, read=0.02),
    ) as session:
        async with asyncio.timeout(10):
            with pytest.raises(RequestTimeoutError):
                await session.describe_media_job("j1")
            with pytest.raises(SubmissionUnknownError):
                await session.create_media_job(REQUEST)
    assert len(fake.jobs) == 1


async def test_timeouts_of_the_client_count_where_the_session_has_none(fake, base, make_client):
    keys = Credentials(fake.secret_id, fake.secret_key)
    fake.inject(Fault.stall())
    async with (
        make_client(timeout=0.02) as client,
        CISession(
            fake.bucket, fake.region, credentials=keys, endpoint=base, client=client, retry=None
        ) as session,
    ):
        async with asyncio.timeout(10):
            with pytest.raises(RequestTimeoutError):
                await session.describe_media_job("j1")


# --- What goes wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.reset(times=None), NoAnswerError),
        (Fault.close(times=None), NoAnswerError),
        (Fault.cut(10), NoAnswerError),
        (Fault.raw(b"nonsense\r\n\r\n"), NoAnswerError),
        (Fault.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"), NoAnswerError),
        (Fault.body(200, bytes(9_000_000)), ResponseTooLargeError),
        (Fault.body(200, b"<html>Log in</html>"), UnreadableAnswerError),
        (Fault.status(503), ServerError),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_faults_become_the_same_errors(fake, session, fault, kind):
    """No exception of a client's or of its transport's gets out, and the next call is fine."""
    job_id = fake.add_job()
    fake.inject(fault)
    with pytest.raises(kind) as caught:
        await session.describe_media_job(job_id)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    fake.clear_faults()
    assert (await session.describe_media_job(job_id)).job.state == "Success"


@pytest.mark.parametrize(
    "fault",
    [
        Fault.reset(served=True),
        Fault.close(served=True),
        Fault.cut(10),
        Fault.raw(b"nonsense\r\n\r\n"),
    ],
    ids=lambda fault: fault.name,
)
async def test_a_submit_is_never_repeated_once_it_may_have_arrived(fake, base, client, fault):
    """With aiohttp it looks like a connection that could not be made, which would be safe to repeat."""
    keys = Credentials(fake.secret_id, fake.secret_key)
    fake.inject(fault)
    async with CISession(
        fake.bucket,
        fake.region,
        credentials=keys,
        endpoint=base,
        client=client,
        retry=RetryPolicy(base_delay=0),
    ) as session:
        with pytest.raises(SubmissionUnknownError):
            await session.create_media_job(REQUEST)
    assert fake.request_count == 1


async def test_a_submit_on_a_connection_that_has_died_meanwhile_is_not_lost(fake, session):
    """The service closed an idle connection: the next submit goes through, once."""
    await session.create_media_job(REQUEST)
    fake.inject(Fault.body(200, b"<Response/>", {"Connection": "close"}))
    await session.describe_all(["j1"])
    await session.create_media_job(REQUEST)
    assert len(fake.jobs) == 2


async def test_a_refused_connection_never_left(fake, client):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    keys = Credentials(fake.secret_id, fake.secret_key)
    async with CISession(
        fake.bucket, fake.region, credentials=keys, endpoint=endpoint, client=client, retry=None
    ) as session:
        with pytest.raises(ConnectError):
            await session.describe_media_job("j1")
        with pytest.raises(ConnectError):
            await session.create_media_job(REQUEST)


async def test_a_closed_client_is_named(fake, base, make_client):
    client = make_client()
    await client.aclose()
    keys = Credentials(fake.secret_id, fake.secret_key)
    async with CISession(fake.bucket, fake.region, credentials=keys, endpoint=base, client=client) as session:
        with pytest.raises((SessionClosedError, NoAnswerError)):
            await session.describe_media_job("j1")


async def test_a_storm_of_cancellations_leaves_the_client_usable(fake, session, client):
    """Callers that give up by the hundred cost no connection, and the session ends with none under way."""
    job_id = fake.add_job()
    chance = random.Random(7)
    fake.inject(Fault.delay(0.002, times=300, when=lambda _request: chance.random() < 0.5))

    async def impatient():
        try:
            async with asyncio.timeout(chance.random() * 0.05):
                await session.describe_media_job(job_id)
        except TimeoutError:
            return 1
        return 0

    cancelled = 0
    for _ in range(10):
        cancelled += sum(await asyncio.gather(*(impatient() for _ in range(50))))
    assert cancelled > 50
    fake.clear_faults()
    results = await asyncio.gather(*(session.describe_media_job(job_id) for _ in range(32)))
    assert {result.job.state for result in results} == {"Success"}
    await session.aclose()
    assert not client.is_closed


# --- Signing alone ----------------------------------------------------------------------------------


async def test_signing_alone_by_a_hook(fake, base, make_client):
    """``sign`` as a request hook works on every client, and on httpx2 it is the way."""
    job_id = fake.add_job()
    auth = CIAuth(Credentials(fake.secret_id, fake.secret_key))
    async with make_client(event_hooks={"request": [auth.sign]}) as client:
        response = await client.get(f"{base}/jobs/{job_id}", params={"x": ODD})
        assert fake.requests[-1].signature.accepted, fake.requests[-1].signature.message
        assert response.status_code in {200, 400}
        assert (await client.get(f"{base}/jobs/{job_id}")).status_code == 200


def test_httpx2_refuses_ciauth_as_its_auth_at_once():
    """Its own classes are the only ones it takes, so that the mistake is seen where it is made."""
    with pytest.raises(TypeError, match="auth"):
        httpx2.AsyncClient(auth=CIAuth(Credentials("id", "key")))
    assert httpx.AsyncClient(auth=CIAuth(Credentials("id", "key"))).auth is not None
