"""Cancels: which jobs they end, and how they are refused."""

from __future__ import annotations

import pytest

from tencent_ci_async.testing import FakeCI


@pytest.fixture
def cancel(call):
    async def cancel(job_id, path="/jobs", query="?cancel"):
        return await call("PUT", f"{path}/{job_id}{query}")

    return cancel


async def test_a_job_that_waits_is_cancelled(fake, clock, cancel, ask, read):
    """The answer has no body, and says so; the job has ended and stays so."""
    job_id = fake.add_job("Concat", waits_for=60)
    response = await cancel(job_id)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == "0"
    assert "content-type" not in response.headers
    assert response.headers["x-ci-request-id"] == fake.requests[0].request_id
    assert fake.requests[0].job_ids == (job_id,)
    clock.now += 3600
    (job,) = read(await ask(job_id))["JobsDetail"]
    assert (job["State"], job["EndTime"]) == ("Cancel", "2023-11-15T06:13:20+0800")
    assert "MediaResult" not in job["Operation"]


async def test_a_job_that_is_held_back_is_cancelled(fake, cancel):
    """And stays so when its queue goes on."""
    job_id = fake.add_job("Concat", waits_for=60)
    fake.change_queue(state="Paused")
    assert (await cancel(job_id)).status_code == 200
    fake.change_queue(state="Active")
    assert fake.state(job_id) == "Cancel"


@pytest.mark.parametrize("outcome", ["Running", "Success", "Failed", "Cancel"])
async def test_it_may_be_too_late(fake, cancel, refusal, outcome):
    """A job that runs or has ended is left as it is."""
    job_id = fake.add_job("Concat", outcome=outcome)
    assert refusal(await cancel(job_id)) == (403, "AccessDenied", "The job provided can not be modified")
    assert fake.state(job_id) == outcome


async def test_the_refusal_can_be_chosen(clock, cancel, call, refusal):
    """Since no page tells what it looks like."""
    call.fake = FakeCI(clock=clock, cancel_refusal=(409, "InvalidObjectState"))
    call.client._transport = call.fake.transport()
    job_id = call.fake.add_job()
    assert refusal(await cancel(job_id))[:2] == (409, "InvalidObjectState")


async def test_a_job_that_nobody_knows(fake, clock, cancel, refusal):
    """Neither one that never was, nor one that appears later only."""
    assert refusal(await cancel("j-nobody"))[:2] == (404, "NoSuchJob")
    late = fake.add_job(waits_for=60, appears_after=5)
    assert refusal(await cancel(late))[:2] == (404, "NoSuchJob")
    clock.now += 5
    assert (await cancel(late)).status_code == 200


@pytest.mark.parametrize("query", ["", "?cancel=true", "?cancel&force", "?Cancel"])
async def test_the_query_must_be_cancel(fake, cancel, refusal, query):
    job_id = fake.add_job("Concat", waits_for=60)
    assert refusal(await cancel(job_id, query=query))[:2] == (400, "InvalidArgument")
    assert fake.state(job_id) == "Submitted"


async def test_only_one_job_is_cancelled_at_once(fake, cancel, refusal):
    ids = [fake.add_job("Concat", waits_for=60) for _ in range(2)]
    assert refusal(await cancel(",".join(ids)))[:2] == (400, "InvalidArgument")
    assert {fake.state(job_id) for job_id in ids} == {"Submitted"}
