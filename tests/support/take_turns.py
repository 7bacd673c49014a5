"""A process that takes turns of a shared rate, and prints when it had them and how late it was at most.

Its arguments are the URL of Redis, rate, burst, how many callers it has, and when to stop: by the monotonic
clock, which all processes of a machine share.
"""

import asyncio
import json
import sys
import time

import redis.asyncio

from tencent_ci_async import RedisRateLimiter, Timing


async def main(url, rate, burst, callers, stop_at):
    turns, late, slept = [], [], {}

    async def sleep(seconds):
        slept[asyncio.current_task()] += seconds
        await asyncio.sleep(seconds)

    async with redis.asyncio.Redis.from_url(url) as client:
        limiter = RedisRateLimiter(
            client, rate, burst=burst, name="test", workers=3, timing=Timing(sleep=sleep)
        )

        async def caller():
            while (began := time.monotonic()) < stop_at:
                slept[asyncio.current_task()] = 0.0
                async with limiter:
                    turns.append(time.monotonic())
                late.append(turns[-1] - began - slept[asyncio.current_task()])

        async with asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(caller())
    json.dump({"turns": turns, "late": max(late)}, sys.stdout)


asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
