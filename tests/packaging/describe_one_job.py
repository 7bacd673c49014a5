"""The smallest use of the package, run where nothing but the package and what it requires is installed."""

import asyncio

import httpx

from tencent_ci_async import CISession, Credentials, JobState

ANSWER = "<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"


async def main() -> None:
    """Describe one job without a network."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=ANSWER))
    async with (
        httpx.AsyncClient(transport=transport) as client,
        CISession(
            "examplebucket-1250000000", "ap-chongqing", credentials=Credentials("id", "key"), client=client
        ) as session,
    ):
        job = (await session.describe_media_job("j1")).job
    assert (job.job_id, job.state) == ("j1", JobState.RUNNING), job


asyncio.run(main())
