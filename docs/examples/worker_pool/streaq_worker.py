"""Workers by streaq.

Start as many as you like::

    streaq run streaq_worker:worker
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pool import REDIS_URL, Pool, open_pool
from streaq import StreaqRetry, Worker

from tencent_ci_async import CIError


@asynccontextmanager
async def lifespan() -> AsyncIterator[Pool]:
    """Open what all tasks of this process share."""
    async with open_pool() as pool:
        yield pool


worker = Worker(redis_url=REDIS_URL, lifespan=lifespan, concurrency=1_000, idle_timeout=30)


@worker.task(timeout=3_600, max_tries=5)
async def splice(order: str, urls: list[str], key: str) -> str:
    """Join videos into one. streaq runs a task again whose worker died; after an error we ask for it."""
    try:
        return await worker.context.splice(order, urls, key)
    except CIError as error:
        raise StreaqRetry(str(error), delay=5) from error
