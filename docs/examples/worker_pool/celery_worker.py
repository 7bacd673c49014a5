"""Workers by Celery, which has no event loop: each process has one in a thread beside its tasks.

Start as many as you like::

    celery --app celery_worker worker --pool threads --concurrency 200
"""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from celery import Celery
from celery.signals import worker_process_shutdown, worker_shutdown
from pool import REDIS_URL, Pool, open_pool

from tencent_ci_async import CIError

ResultT = TypeVar("ResultT")

app = Celery("splices", broker=REDIS_URL, backend=REDIS_URL)
app.conf.update(
    task_acks_late=True,  # when it is done, so that a message outlives its worker
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Redis delivers again what was not acknowledged for so long: choose more than a task ever takes.
    broker_transport_options={"visibility_timeout": 7_200},
)


class LoopThread:
    """One event loop, and what lives in it, for all tasks of a process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tencent-ci", daemon=True)
        self._thread.start()
        self._opened = AsyncExitStack()
        self.pool: Pool = self.run(self._opened.enter_async_context(open_pool()))

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Let the loop run a coroutine, and block this thread until it has ended."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """Close what was opened, and end the loop."""
        self.run(self._opened.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


lock = threading.Lock()
opened: list[LoopThread] = []


def loop_thread() -> LoopThread:
    """Return that of this process, made by its first task: neither a loop nor a session survives a fork."""
    with lock:
        if not opened:
            opened.append(LoopThread())
        return opened[0]


@worker_shutdown.connect
@worker_process_shutdown.connect
def stop(**_: object) -> None:
    """Close it with the process."""
    while opened:
        opened.pop().close()


@app.task(autoretry_for=(CIError,), retry_backoff=True, max_retries=5)
def splice(order: str, urls: list[str], key: str) -> str:
    """Join videos into one."""
    loop = loop_thread()
    return loop.run(loop.pool.splice(order, urls, key))
