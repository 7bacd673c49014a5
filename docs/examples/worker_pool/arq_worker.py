"""Workers by arq.

Start as many as you like::

    arq arq_worker.Worker
"""

from contextlib import AsyncExitStack
from typing import Any

from arq import Retry
from arq.connections import RedisSettings
from pool import REDIS_URL, open_pool

from tencent_ci_async import CIError


async def splice(context: dict[str, Any], order: str, urls: list[str], key: str) -> str:
    """Join videos into one. arq runs a task again whose worker died, and so it does here after an error."""
    try:
        return await context["pool"].splice(order, urls, key)
    except CIError as error:
        raise Retry(defer=5 * context["job_try"]) from error


async def start(context: dict[str, Any]) -> None:
    """Open what all tasks of this process share."""
    context["opened"] = AsyncExitStack()
    context["pool"] = await context["opened"].enter_async_context(open_pool())


async def stop(context: dict[str, Any]) -> None:
    """Close it."""
    await context["opened"].aclose()


class Worker:
    """What arq is to know.

    The time-out is not only the longest that a task may take: after the death of a worker, its tasks are
    begun anew only when that time is over.
    """

    functions = (splice,)
    on_startup = start
    on_shutdown = stop
    redis_settings = RedisSettings.from_dsn(REDIS_URL)
    max_jobs = 1_000
    job_timeout = 3_600
    max_tries = 5
