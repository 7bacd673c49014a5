"""aiohttp, xmltodict and pydantic, put together as a good engineer would do it in an afternoon.

Signed, ten ids in a request, a model of what the program needs. There are no retries, no ids that spoil the
others', no deadline over all, and no fields but these.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
import xmltodict
from place import BUCKET, REGION, SECRET_ID, SECRET_KEY
from pydantic import BaseModel, BeforeValidator, Field

from .client import AsyncClient, batches, note_ended

_HOST = f"{BUCKET}.ci.{REGION}.myqcloud.com"

Time = Annotated[datetime | None, BeforeValidator(lambda value: None if value == "-" else value)]


class Output(BaseModel):
    bucket: str = Field(alias="Bucket")
    key: str = Field(alias="Object")
    region: str = Field(alias="Region")


class Operation(BaseModel):
    output: Output = Field(alias="Output")


class Job(BaseModel):
    job_id: str = Field(alias="JobId")
    tag: str = Field(alias="Tag")
    state: str = Field(alias="State")
    code: str = Field(alias="Code")
    message: str | None = Field(alias="Message", default=None)
    queue_id: str | None = Field(alias="QueueId", default=None)
    created: Time = Field(alias="CreationTime", default=None)
    started: Time = Field(alias="StartTime", default=None)
    ended: Time = Field(alias="EndTime", default=None)
    operation: Operation = Field(alias="Operation")


class Answer(BaseModel):
    jobs: list[Job] = Field(alias="JobsDetail", default_factory=list)


def _hmac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()


def _signature(path: str) -> str:
    start = int(time.time()) - 60
    window = f"{start};{start + 600}"
    digest = hashlib.sha1(f"get\n{path}\n\nhost={quote(_HOST)}\n".encode(), usedforsecurity=False).hexdigest()
    signature = _hmac(_hmac(SECRET_KEY, window), f"sha1\n{window}\n{digest}\n")
    return (
        f"q-sign-algorithm=sha1&q-ak={SECRET_ID}&q-sign-time={window}&q-key-time={window}"
        f"&q-header-list=host&q-url-param-list=&q-signature={signature}"
    )


class ByHand(AsyncClient):
    """A session of aiohttp's, and the functions around it."""

    def __init__(self, base: str, width: int) -> None:
        super().__init__(base, width)
        self.session: aiohttp.ClientSession = self.run(self._open())
        self.permits = asyncio.Semaphore(width)

    def one_by_one(self, job_ids: Sequence[str]) -> object:
        async def ask() -> None:
            for job_id in job_ids:
                await self._describe([job_id])

        return self.run(ask())

    def all_at_once(self, job_ids: Sequence[str]) -> object:
        return self._all([job_id] for job_id in job_ids)

    def fan_out(self, job_ids: Sequence[str]) -> dict[str, Job]:
        found = self._all(batches(job_ids, 10))
        return {job.job_id: job for jobs in found for job in jobs}

    def fan_out_ended(self, running: set[str], late: list[float]) -> None:
        async def look(part: Sequence[str]) -> None:
            jobs = await self._describe(part)
            note_ended(running, late, [job.job_id for job in jobs if job.state == "Success"])

        async def sweep() -> None:
            await asyncio.gather(*(look(part) for part in batches(sorted(running), 10)))

        self.run(sweep())

    def close(self) -> None:
        self.run(self.session.close())
        super().close()

    async def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(self.base, timeout=aiohttp.ClientTimeout(total=None))

    def _all(self, parts: Iterable[Sequence[str]]) -> Any:
        async def ask() -> object:
            return await asyncio.gather(*map(self._describe, parts))

        return self.run(ask())

    async def _describe(self, job_ids: Sequence[str]) -> list[Job]:
        async with self.permits:
            path = f"/jobs/{','.join(job_ids)}"
            headers = {"Host": _HOST, "Authorization": _signature(path)}
            async with self.session.get(path, headers=headers) as response:
                response.raise_for_status()
                body = await response.read()
        parsed = xmltodict.parse(body, force_list=("JobsDetail",))
        return Answer.model_validate(parsed["Response"]).jobs
