"""User code that the type checkers read and nobody runs: what has which type."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_type

import httpx

from tencent_ci_async import (
    CIAuth,
    CIError,
    CISession,
    Credentials,
    DescribeMediaJobResult,
    JobDetail,
    JobFailedError,
    JobState,
    ResponseInfo,
    RetryPolicy,
    ServiceError,
    Timeouts,
    VideoStream,
)
from tencent_ci_async.testing import FakeCI, Fault


async def from_a_vault() -> Credentials:
    """Any async callable is a provider."""
    return Credentials("id", "key", token="token", expires_at=1.5)


async def describe() -> None:
    """One job, several jobs, and every way to configure a session."""
    async with CISession(bucket="examplebucket-1250000000", region="ap-chongqing") as session:
        assert_type(session, CISession)
        result = await session.describe_media_job("j1", "j2")
        assert_type(result, DescribeMediaJobResult)
        assert_type(result.jobs_detail, list[JobDetail])
        assert_type(result.non_exist_job_ids, list[str])
        assert_type(result.request_id, str | None)
        assert_type(result.response, ResponseInfo)
        job = result.job
        assert_type(job.state, JobState | str | None)
        assert_type(job.end_time, datetime | None)
        if job.operation and job.operation.media_info and job.operation.media_info.stream:
            assert_type(job.operation.media_info.stream.video, list[VideoStream])

    CISession(
        "b-1250000000", "ap-beijing", credentials=from_a_vault, timeout=Timeouts(total=None), retry=None
    )
    CISession(
        "b-1250000000", "ap-beijing", credentials=Credentials("id", "key"), timeout=5, retry=RetryPolicy()
    )
    async with httpx.AsyncClient(auth=CIAuth(from_a_vault)) as client:
        CISession("b-1250000000", "ap-beijing", client=client, timeout=None)


def handle(error: CIError) -> str | None:
    """Errors carry typed values."""
    if isinstance(error, ServiceError):
        assert_type(error.status, int)
        assert_type(error.code, str | None)
        return error.request_id
    if isinstance(error, JobFailedError):
        assert_type(error.job, JobDetail)
    assert_type(error.earlier, tuple[CIError, ...])
    return None


async def simulate() -> None:
    """The simulator is typed as well."""
    fake = FakeCI()
    assert_type(fake.add_job(runs_for=5), str)
    fake.inject(Fault.status(503, code="SlowDown"), Fault.reset(times=None))
    async with fake.serve() as endpoint:
        assert_type(endpoint, str)
    headers: Mapping[str, str] = fake.requests[0].headers
    assert_type(headers["host"], str)
