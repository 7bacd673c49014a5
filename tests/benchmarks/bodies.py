"""The answers to measure with, as the simulator writes them at a moment that never changes."""

import asyncio
from typing import NamedTuple

import httpx
from place import BUCKET, REGION, SECRET_ID, SECRET_KEY

from tencent_ci_async import Credentials
from tencent_ci_async.testing import FakeCI

CREDENTIALS = Credentials(SECRET_ID, SECRET_KEY)

_NOON = 1_790_000_000.0


class Body(NamedTuple):
    """One answer and the ids that were asked for."""

    title: str
    job_ids: tuple[str, ...]
    content: bytes

    @property
    def elements(self) -> int:
        return self.content.count(b"</") + self.content.count(b"/>")


def make_bodies() -> list[Body]:
    """One and ten small jobs, then one and ten finished jobs that describe their output."""
    return asyncio.run(_make_bodies())


async def _make_bodies() -> list[Body]:
    now = _NOON
    fake = FakeCI(bucket=BUCKET, region=REGION, clock=lambda: now, check_signatures=False)
    running = [fake.add_job("Concat", runs_for=3600) for _ in range(10)]
    done = [fake.add_job("Concat", runs_for=30) for _ in range(10)]
    now += 60
    plan = {
        "one running job": running[:1],
        "ten running jobs": running,
        "one finished job with MediaInfo": done[:1],
        "ten finished jobs with MediaInfo": done,
    }
    async with httpx.AsyncClient(transport=fake.transport(), base_url=f"http://{fake.host}") as client:
        answers = {title: await client.get(f"/jobs/{','.join(ids)}") for title, ids in plan.items()}
    return [
        Body(title, tuple(plan[title]), answer.raise_for_status().content)
        for title, answer in answers.items()
    ]
