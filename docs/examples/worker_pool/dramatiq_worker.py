"""Workers by Dramatiq, whose AsyncIO middleware runs one event loop for each process.

Start as many as you like::

    dramatiq dramatiq_worker --processes 2 --threads 200
"""

from contextlib import AsyncExitStack

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO
from pool import REDIS_URL, Pool, open_pool


class AsyncPool(AsyncIO):
    """The event loop of a process, and in it what all its tasks share."""

    pool: Pool

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Begin, before there are tasks."""
        super().before_worker_boot(broker, worker)
        self.opened = AsyncExitStack()
        self.pool = get_event_loop_thread().run_coroutine(self.opened.enter_async_context(open_pool()))

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """End, when there are no more."""
        get_event_loop_thread().run_coroutine(self.opened.aclose())
        super().after_worker_shutdown(broker, worker)


shared = AsyncPool()
broker = RedisBroker(url=REDIS_URL)
broker.add_middleware(shared)
dramatiq.set_broker(broker)


@dramatiq.actor(max_retries=5, min_backoff=5_000, time_limit=3_600_000)
async def splice(order: str, urls: list[str], key: str) -> None:
    """Join videos into one. Dramatiq runs it again after an error, and when its worker has died."""
    await shared.pool.splice(order, urls, key)
