"""Workers by taskiq: any number of processes, on any number of machines.

Start as many as you like::

    taskiq worker tasks:broker --workers 2 --max-async-tasks 1000 --wait-tasks-timeout 5
"""

import asyncio
import os
from contextlib import AsyncExitStack

import redis.asyncio
from pool import REDIS_URL, Pool, open_pool
from taskiq import Context, TaskiqDepends, TaskiqEvents, TaskiqState
from taskiq_redis import RedisStreamBroker

from tencent_ci_async import SessionClosedError, WatcherClosedError

QUEUE, GROUP = "splices", "splicers"
# A worker that has said nothing for so many seconds is taken for dead, and others take over its messages.
DEAD_AFTER = float(os.environ.get("DEAD_AFTER", "30"))
ATTEMPTS = 5

broker = RedisStreamBroker(
    REDIS_URL,
    queue_name=QUEUE,
    consumer_group_name=GROUP,
    consumer_id="0",  # also what was put in before the first worker was started
    idle_timeout=round(1_000 * DEAD_AFTER),
    unacknowledged_batch_size=1_000,
    unacknowledged_lock_timeout=DEAD_AFTER,
    xread_count=20,  # few, so that all workers have something to do
    maxlen=1_000_000,  # more than may ever wait: older messages are dropped, done or not
)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(state: TaskiqState) -> None:
    """Open what all tasks of this process share."""
    state.opened = AsyncExitStack()
    state.pool = await state.opened.enter_async_context(open_pool())
    state.heart = asyncio.create_task(beat(state.pool.redis))


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(state: TaskiqState) -> None:
    """Close it; tasks that still wait are told by an error."""
    state.heart.cancel()
    await state.opened.aclose()


@broker.task(task_name="splice", ack_type="manual")
async def splice(
    order: str,
    urls: list[str],
    key: str,
    attempt: int = 1,
    context: Context = TaskiqDepends(),  # noqa: B008 - taskiq's way
) -> None:
    """Join videos into one, and acknowledge the message when all is done."""
    pool: Pool = context.state.pool
    try:
        await pool.splice(order, urls, key)
    except (SessionClosedError, WatcherClosedError):
        # This worker stops. What is not acknowledged is delivered to another one.
        return
    except Exception as error:  # noqa: BLE001 - whatever it was, another attempt may do better
        if attempt < ATTEMPTS:
            await asyncio.sleep(2**attempt)
            await splice.kiq(order, urls, key, attempt + 1)
        else:
            await pool.finish(order, f"gave up: {error!r}")
    await context.ack()


async def beat(client: redis.asyncio.Redis) -> None:
    """Keep the messages of this process from being taken over, and have those of the dead taken over.

    The broker takes over what has been idle for so long, whoever works on it, and looks for it only after a
    new message has come. So a task that waits must not look idle, and a quiet queue needs a message at times.
    """
    while True:
        await asyncio.sleep(DEAD_AFTER / 3)
        try:
            name = broker.consumer_name
            mine = await client.xpending_range(QUEUE, GROUP, "-", "+", 100_000, consumername=name)
            if mine:
                ids = [message["message_id"] for message in mine]
                await client.xclaim(QUEUE, GROUP, name, min_idle_time=0, message_ids=ids, justid=True)
            await nudge.kiq()
        except Exception:  # noqa: BLE001, S112 - Redis is away; the broker complains loud enough
            continue


@broker.task(task_name="nudge")
async def nudge() -> None:
    """Do nothing: it makes the broker look for messages that nobody works on."""
