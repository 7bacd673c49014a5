"""httpx alone: requests are neither signed nor retried, and answers are not read."""

import asyncio
from collections.abc import Sequence

import httpx

from .client import AsyncClient, batches


class Bare(AsyncClient):
    """What is left when everything but HTTP is left out."""

    def __init__(self, base: str, width: int) -> None:
        super().__init__(base, width)
        self.client = httpx.AsyncClient(base_url=base, timeout=None, trust_env=False)  # noqa: S113 - as ours
        self.permits = asyncio.Semaphore(width)

    def one_by_one(self, job_ids: Sequence[str]) -> object:
        async def ask() -> None:
            for job_id in job_ids:
                await self._get([job_id])

        return self.run(ask())

    def all_at_once(self, job_ids: Sequence[str]) -> object:
        # As one writes it first.
        return self.run(self._gather([self._get([job_id]) for job_id in job_ids]))

    def fan_out(self, job_ids: Sequence[str]) -> object:
        return self.run(self._gather([self._get_in_turn(part) for part in batches(job_ids, 10)]))

    def close(self) -> None:
        self.run(self.client.aclose())
        super().close()

    async def _gather(self, work: Sequence[object]) -> object:
        return await asyncio.gather(*work)

    async def _get(self, job_ids: Sequence[str]) -> bytes:
        response = await self.client.get(f"/jobs/{','.join(job_ids)}")
        return response.raise_for_status().content

    async def _get_in_turn(self, job_ids: Sequence[str]) -> bytes:
        async with self.permits:
            return await self._get(job_ids)
