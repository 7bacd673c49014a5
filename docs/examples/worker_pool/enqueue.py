"""Give the workers something to do, and wait until it is done.

For two thousand orders::

python enqueue.py 2000
"""

import asyncio
import sys

import redis.asyncio
from pool import REDIS_URL, RESULTS
from tasks import broker, splice

PLACE = "https://examplebucket-1250000000.cos.ap-chongqing.myqcloud.com"


async def main(count: int) -> None:
    """Put in so many orders, each with a number that no other one has."""
    await broker.startup()
    orders = [f"order-{number}" for number in range(count)]
    for order in orders:
        # Should this program be stopped and run again, the same orders make no new jobs.
        await splice.kiq(order, [f"{PLACE}/intro.mp4", f"{PLACE}/{order}.mp4"], f"splices/{order}.mp4")
    await broker.shutdown()
    print(count, "orders are in the queue")
    async with redis.asyncio.Redis.from_url(REDIS_URL, decode_responses=True) as client:
        while (done := await client.hlen(RESULTS)) < count:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(1)
        print(done, "are done")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
