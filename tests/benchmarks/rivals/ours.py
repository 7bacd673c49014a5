"""This package."""

import asyncio
import gc
import time
from collections.abc import Sequence

import httpx
from loopback import ends_at
from place import BUCKET, REGION, SECRET_ID, SECRET_KEY

from tencent_ci_async import BatchingDescriber, CISession, Credentials, JobWatcher, PollSchedule

from .client import INTERVAL, AsyncClient


class Ours(AsyncClient):
    """`CISession` by itself: `describe_media_job`, `describe_all`, and a `JobWatcher`."""

    def __init__(self, base: str, width: int) -> None:
        super().__init__(base, width)
        self.session = self.run(self.open())

    async def open(self, client: httpx.AsyncClient | None = None) -> CISession:
        return await CISession(
            BUCKET,
            REGION,
            credentials=Credentials(SECRET_ID, SECRET_KEY),
            endpoint=self.base,
            client=client,
            max_in_flight=self.width,
            # A burst queues at the session's gate; nobody here wants to know that it took long.
            timeout=None,
        ).__aenter__()

    def one_by_one(self, job_ids: Sequence[str]) -> object:
        async def ask() -> None:
            for job_id in job_ids:
                await self.session.describe_media_job(job_id)

        return self.run(ask())

    def all_at_once(self, job_ids: Sequence[str]) -> object:
        async def ask() -> object:
            return await asyncio.gather(*map(self.session.describe_media_job, job_ids))

        return self.run(ask())

    def fan_out(self, job_ids: Sequence[str]) -> object:
        async def ask() -> object:
            outcomes = await self.session.describe_all(job_ids)
            assert all(outcome.job for outcome in outcomes.values())
            return outcomes

        return self.run(ask())

    def poll(self, job_ids: Sequence[str], sweeps: int) -> None:
        async def look() -> None:
            left, enough = sweeps * len(job_ids), asyncio.Event()

            async def describe(*asked: str) -> object:
                nonlocal left
                left -= len(asked)
                if left <= 0:
                    enough.set()
                return await self.session.describe_media_job(*asked)

            schedule = PollSchedule(interval=1e-3)
            async with JobWatcher(describe, schedule=schedule, max_in_flight=self.width) as watcher:
                waiting = [asyncio.create_task(watcher.wait(job_id)) for job_id in job_ids]
                await enough.wait()
                for task in waiting:
                    task.cancel()
                await asyncio.wait(waiting)

        self.run(look())

    def wait(self, job_ids: Sequence[str]) -> list[float]:
        async def wait() -> list[float]:
            schedule = PollSchedule(interval=INTERVAL)
            watcher = JobWatcher(self.session.describe_media_job, schedule=schedule, max_in_flight=self.width)

            async def wait_for(job_id: str) -> float:
                await watcher.wait(job_id)
                return time.monotonic() - ends_at(job_id)

            async with watcher:
                return await asyncio.gather(*map(wait_for, job_ids))

        return self.run(wait())

    def close(self) -> None:
        self.run(self.session.aclose())
        super().close()


class Streamed(Ours):
    """`describe_many`, each outcome dropped when it has come."""

    def fan_out(self, job_ids: Sequence[str]) -> object:
        async def ask() -> None:
            async for outcome in self.session.describe_many(job_ids):
                assert outcome.job

        return self.run(ask())


class RarelyCollected(Ours):
    """`describe_all`, in a program that has told Python to look for garbage less often."""

    def __init__(self, base: str, width: int) -> None:
        super().__init__(base, width)
        gc.set_threshold(50_000)


class Batched(Ours):
    """`BatchingDescriber`, for callers who know nothing of each other."""

    def all_at_once(self, job_ids: Sequence[str]) -> object:
        async def ask() -> object:
            describer = BatchingDescriber(self.session.describe_media_job)
            return await asyncio.gather(*map(describer.describe, job_ids))

        return self.run(ask())
