"""Faults in process: what the client meets, and for which requests."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import xmltodict

from tencent_ci_async.testing import Fault


@pytest.fixture
def job_id(fake):
    return fake.add_job()


async def test_a_status_hits_once_and_in_order(fake, ask, job_id):
    """Faults are used first in, first out; then all is well again."""
    fake.inject(Fault.status(503, "SlowDown", times=2), Fault.status(500))
    answers = [await ask(job_id) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 500, 200]
    assert "<Code>SlowDown</Code>" in answers[0].text
    assert "<Code>InternalError</Code>" in answers[2].text
    assert len({answer.headers["x-ci-request-id"] for answer in answers}) == 4


async def test_headers_of_a_status(fake, ask, job_id):
    """Given headers replace their namesakes, and pairs may repeat a name."""
    fake.inject(
        Fault.status(429, "SlowDown", headers={"Retry-After": "2", "Server": "proxy"}),
        Fault.status(429, "SlowDown", headers=[("Retry-After", "1"), ("retry-after", "2")]),
    )
    first, second = await ask(job_id), await ask(job_id)
    assert (first.headers["retry-after"], first.headers["server"]) == ("2", "proxy")
    assert second.headers.get_list("retry-after") == ["1", "2"]


async def test_a_fault_without_end(fake, ask, job_id):
    """``times=None`` lasts until the faults are cleared."""
    fake.inject(Fault.status(500, times=None))
    assert [(await ask(job_id)).status_code for _ in range(5)] == [500] * 5
    fake.clear_faults()
    assert (await ask(job_id)).status_code == 200


async def test_faults_for_some_requests(fake, ask, job_id):
    """Ids or a function choose; other requests leave the fault where it is."""
    fake.inject(
        Fault.status(500, when="jbad"),
        Fault.status(501, when={"jworse", "jworst"}),
        Fault.status(503, when=lambda request: len(request.job_ids) > 2),
    )
    assert (await ask(job_id)).status_code == 200
    assert (await ask(job_id, "jworst")).status_code == 501
    assert (await ask(job_id, "j2", "j3")).status_code == 503
    assert (await ask(job_id, "j2", "j3")).status_code == 200
    assert (await ask(job_id, "jbad")).status_code == 500


async def test_any_body(fake, ask, job_id):
    """Any bytes with any status, a length of their own or none."""
    fake.inject(
        Fault.body(200, b"<html>Log in</html>", {"Content-Type": "text/html"}),
        Fault.body(502),
        Fault.body(200, [b"<Resp", b"onse/>"]),
    )
    page, empty, pieces = await ask(job_id), await ask(job_id), await ask(job_id)
    assert (page.text, page.headers["content-type"]) == ("<html>Log in</html>", "text/html")
    assert (empty.status_code, empty.content) == (502, b"")
    assert pieces.text == "<Response/>"
    assert "content-length" not in pieces.headers


async def test_an_answer_to_another_question(fake, ask, job_id):
    """Left out, foreign, repeated: what a mixed-up connection may bring."""
    other = fake.add_job()
    fake.inject(
        Fault.answer_for([]),
        Fault.answer_for([other]),
        Fault.answer_for(lambda asked: [*asked, *asked, "jmissing"]),
    )
    answers = [xmltodict.parse((await ask(job_id)).content)["Response"] for _ in range(3)]
    assert answers[0] is None
    assert answers[1]["JobsDetail"]["JobId"] == other
    assert [job["JobId"] for job in answers[2]["JobsDetail"]] == [job_id, job_id]
    assert answers[2]["NonExistJobIds"] == "jmissing"


async def test_a_delay_shows_what_is_true_at_its_end(fake, ask, clock):
    """The answer is made when it is sent, and the wait is the simulator's own sleep."""
    job_id = fake.add_job(runs_for=30)
    fake.inject(Fault.delay(40))
    assert "<State>Success</State>" in (await ask(job_id)).text
    assert clock() == 1_700_000_040


async def test_a_stall_ends_with_the_clients_patience(fake, ask, job_id):
    """A read timeout counts in process as it does on the wire."""
    fake.inject(Fault.stall())
    with pytest.raises(httpx.ReadTimeout):
        await ask(job_id)
    assert fake.requests[-1].status is None
    assert fake.in_flight == 0


async def test_a_stall_ends_with_the_caller(fake, ask, job_id):
    """A cancelled caller leaves nothing behind."""
    ask.client.timeout = None
    fake.inject(Fault.stall())
    task = asyncio.create_task(ask(job_id))
    await fake.received(1)
    assert fake.in_flight == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fake.in_flight == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_trickle_is_whole_in_the_end(fake, ask, job_id, clock):
    whole = (await ask(job_id)).content
    fake.inject(Fault.trickle(2, piece_bytes=100))
    assert (await ask(job_id)).content == whole
    assert clock() == 1_700_000_000 + 2 * -(-len(whole) // 100)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.reset(), httpx.ReadError),
        (Fault.close(), httpx.RemoteProtocolError),
        (Fault.cut(10), httpx.RemoteProtocolError),
        (Fault.raw(b"nonsense"), httpx.RemoteProtocolError),
    ],
)
async def test_broken_connections(fake, ask, job_id, fault, error):
    """The client meets the class of error that it would meet on the wire; the next request is fine."""
    fake.inject(fault)
    with pytest.raises(error) as caught:
        await ask(job_id)
    assert caught.value.request.url.path == f"/jobs/{job_id}"
    assert fake.requests[-1].fault == fault.name
    assert (await ask(job_id)).status_code == 200


async def test_a_faulty_request_is_judged_all_the_same(fake, ask, job_id):
    """The log tells whether each attempt was signed well, whatever the answer was."""
    fake.inject(Fault.status(503), Fault.status(503))
    await ask(job_id)
    ask.signer.secret_key = "wrong"
    await ask(job_id)
    assert [request.signature.code for request in fake.requests] == [None, "SignatureDoesNotMatch"]
    assert [request.fault for request in fake.requests] == ["status 503 InternalError"] * 2
