"""What the simulator writes down, and what it never shows."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tencent_ci_async.testing import FakeCI, Fault


async def test_a_request_is_written_down_whole(fake, signer, clock):
    """Raw and decoded, with what was answered."""
    url = f"https://{fake.host}/jobs/j1%2Cj2?a=x%20y&a=&b=%E5%80%BC"
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        response = await client.request("GET", url, headers=signer(url), content=b"")
    (request,) = fake.requests
    assert request.number == 1
    assert request.time == clock()
    assert (request.method, request.status, request.body) == ("GET", 200, b"")
    assert (request.raw_path, request.path) == ("/jobs/j1%2Cj2", "/jobs/j1,j2")
    assert request.raw_query == "a=x%20y&a=&b=%E5%80%BC"
    assert request.query.multi_items() == [("a", "x y"), ("a", ""), ("b", "值")]
    assert request.headers["HOST"] == request.headers["host"] == fake.host
    assert request.job_ids == ("j1", "j2")
    assert request.request_id == response.headers["x-ci-request-id"]
    assert request.signature.accepted
    assert request.signature.signed_headers == ("host",)
    assert request.signature.signed_parameters == ("a", "a", "b")
    assert (request.signature.start, request.signature.end) == (1_699_999_940, 1_700_000_600)
    assert request.fault is None


async def test_requests_can_be_counted_and_cleared(fake, ask):
    """A test looks at its own part of the traffic; request ids go on."""
    await ask("j1")
    first = fake.requests[0].request_id
    fake.requests.clear()
    assert fake.request_count == 0
    await ask("j2")
    assert fake.request_count == 1
    assert fake.requests[0].request_id != first


async def test_request_ids_are_the_same_in_every_run(fake, ask, clock):
    await ask("j1")
    again = FakeCI(clock=clock, check_signatures=False)
    async with httpx.AsyncClient(transport=again.transport()) as client:
        await client.get(f"https://{again.host}/jobs/j1")
    assert again.requests[0].request_id == fake.requests[0].request_id


async def test_a_test_can_wait_for_requests(fake, ask):
    """No need to sleep until something has happened."""
    ask.client.timeout = None
    fake.inject(Fault.stall(times=None))
    tasks = [asyncio.create_task(ask("j1")) for _ in range(3)]
    await fake.received(3)
    assert (fake.in_flight, fake.highest_in_flight) == (3, 3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (fake.in_flight, fake.highest_in_flight) == (0, 3)
    await fake.received(2)


@pytest.mark.parametrize("signs_well", [True, False])
async def test_no_secret_in_any_repr(clock, make_signer, signs_well):
    """Reprs end up in test reports, which are public more often than not."""
    fake = FakeCI(clock=clock, token="marker-token")
    key = fake.secret_key if signs_well else "marker-wrong-key"
    signer = make_signer(fake.secret_id, key, clock, token="marker-token")
    fault = Fault.status(503, headers={"x": "marker-header"})
    fake.inject(fault)
    url = f"https://{fake.host}/jobs/j1?q=marker-query"
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        await client.get(url, headers=signer(url))
    (request,) = fake.requests
    shown = repr((fake, request, request.signature, fault, fake.jobs))
    for secret in (fake.secret_key, fake.secret_id, "marker", request.headers["authorization"][-40:]):
        assert secret not in shown
    assert "/jobs/j1" in shown
    held = (*request.signature.__slots__,)
    assert all(fake.secret_key not in str(getattr(request.signature, name)) for name in held)
