"""The vendor's own client against the simulator: what it sends is accepted, what it gets it understands."""

from __future__ import annotations

import asyncio

import pytest
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError

from tencent_ci_async.testing import FakeCI, Fault


def through_its_domain(base):
    """Point the client at the simulator by the setting for a domain of one's own."""
    return {"Domain": base.removeprefix("http://")}


def through_a_proxy(base):
    """Let the client use its real host name, and the simulator as its proxy."""
    return {"Proxies": {"http": base}}


@pytest.fixture(params=[None, "EXAMPLETOKEN+/="], ids=["long-lived", "temporary"])
def token(request):
    return request.param


@pytest.fixture
def fake(token):
    return FakeCI(token=token)


@pytest.fixture(params=[through_its_domain, through_a_proxy])
async def describe(request, fake, token, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with fake.serve() as base:
        config = CosConfig(
            Region=fake.region,
            SecretId=fake.secret_id,
            SecretKey=fake.secret_key,
            Token=token,
            Scheme="http",
            KeepAlive=False,
            **request.param(base),
        )
        client = CosS3Client(config, retry=0)

        async def describe(*job_ids):
            return await asyncio.to_thread(
                client.ci_get_media_jobs, Bucket=fake.bucket, JobIDs=",".join(job_ids)
            )

        yield describe


async def test_it_is_answered(fake, describe):
    """Its signature is right for a strict simulator, and a job comes back."""
    job_id = fake.add_job("Concat")
    answer = await describe(job_id)
    (job,) = answer["JobsDetail"]
    assert (job["JobId"], job["State"], job["Tag"]) == (job_id, "Success", "Concat")
    assert job["Operation"]["MediaInfo"]["Stream"]["Video"]["Width"] == "1280"
    (request,) = fake.requests
    assert request.signature.accepted, request.signature
    assert "host" in request.signature.signed_headers


async def test_it_asks_for_several(fake, describe):
    """Commas that it escapes on the wire are signed as commas."""
    ids = [fake.add_job(runs_for=60), "jmissing", fake.add_job("Transcode")]
    answer = await describe(*ids)
    assert [job["JobId"] for job in answer["JobsDetail"]] == [ids[0], ids[2]]
    assert answer["NonExistJobIds"] == "jmissing"
    assert fake.requests[0].raw_path == "/jobs/" + "%2C".join(ids)
    assert fake.requests[0].job_ids == tuple(ids)


async def test_it_meets_errors(fake, describe):
    """A refusal reaches it as one of the service."""
    fake.inject(Fault.status(403, "QueueSaturated"))
    with pytest.raises(CosServiceError) as caught:
        await describe("j1")
    assert caught.value.get_status_code() == 403


async def test_it_is_refused_once_its_key_is_revoked(fake, describe):
    fake.revoke(fake.secret_id)
    with pytest.raises(CosServiceError) as caught:
        await describe("j1")
    assert caught.value.get_status_code() == 401
    assert fake.requests[0].signature.code == "SecretidNotExist"
