"""What a worker does for an order, whichever task queue brings it: submit once, wait, write down the result.

The environment says where things are: REDIS_URL, CI_BUCKET, CI_REGION, and the keys as always.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import redis.asyncio

from tencent_ci_async import (
    CISession,
    ConcatFragment,
    ConcatTemplate,
    Container,
    JobOutput,
    JobTag,
    JobWatcher,
    MediaJobRequest,
    Operation,
    PollSchedule,
    RedisRateLimiter,
    RedisSubmitLedger,
)

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
RESULTS = "splices:results"
# Requests per second that the account is allowed, over all workers, and how many processes there are at most.
RATE = float(os.environ.get("CI_RATE", "50"))
PROCESSES = 8


@dataclass
class Pool:
    """What all tasks of a process share. It belongs to the event loop that it was opened in."""

    session: CISession
    watcher: JobWatcher
    ledger: RedisSubmitLedger
    redis: redis.asyncio.Redis

    async def splice(self, order: str, urls: list[str], key: str) -> str:
        """Join videos into one, and return what came of it. It may be run again, even at the same time."""
        job_id = await self.ledger.submit(self.session, request_for(order, urls, key))
        job = await self.watcher.settle(job_id)
        return await self.finish(order, f"{job.state} {job.job_id}")

    async def finish(self, order: str, result: str) -> str:
        """Write down what came of an order; the second time it does no harm."""
        await self.redis.hsetnx(RESULTS, order, result)
        return result


def request_for(order: str, urls: list[str], key: str) -> MediaJobRequest:
    """Return what the service is asked for; the ledger knows it by its user_data, the number of the order."""
    template = ConcatTemplate(
        concat_fragment=[ConcatFragment(url=url) for url in urls], container=Container(format="mp4")
    )
    operation = Operation(concat_template=template, output=JobOutput(object=key), user_data=order)
    return MediaJobRequest(tag=JobTag.CONCAT, operation=operation)


@asynccontextmanager
async def open_pool() -> AsyncIterator[Pool]:
    """Open what the tasks share: once in each process, and in its event loop."""
    async with redis.asyncio.Redis.from_url(REDIS_URL) as client:
        limiter = RedisRateLimiter(client, RATE, burst=10, name="1250000000", workers=PROCESSES)
        async with (
            CISession(
                os.environ.get("CI_BUCKET", "examplebucket-1250000000"),
                os.environ.get("CI_REGION", "ap-chongqing"),
                endpoint=os.environ.get("CI_ENDPOINT"),
                limiter=limiter,
            ) as session,
            JobWatcher(
                session.describe_media_job,
                schedule=PollSchedule(interval=float(os.environ.get("POLL_EVERY", "5"))),
            ) as watcher,
        ):
            ledger = RedisSubmitLedger(client, name="splices", lease=float(os.environ.get("LEASE", "60")))
            yield Pool(session, watcher, ledger, client)
