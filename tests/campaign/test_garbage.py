"""The loop holds its tasks weakly; whatever the collector does, no wait is lost."""

import asyncio
import gc
from contextlib import contextmanager

import httpx
from support.virtual_time import VirtualLoop

from tencent_ci_async import BatchingDescriber, CISession, Credentials, JobWatcher, Timing
from tencent_ci_async.testing import FakeCI


@contextmanager
def collected_after_each_turn(loop, turns):
    """Collect garbage after each of so many turns of the loop."""
    done = 0
    gc.freeze()  # what was there before is none of this test's garbage

    def turn():
        nonlocal done
        gc.collect()
        done += 1
        if done < turns:
            loop.call_soon(turn)

    loop.call_soon(turn)
    yield
    gc.unfreeze()
    assert done == turns


def test_waits_calls_and_questions_survive_the_collector(campaign, figure):
    """With a collection after each turn of the loop, all who wait are served."""
    waiters, turns = (1_000, 1_000) if campaign else (200, 120)

    async def main():
        loop = asyncio.get_running_loop()
        fake = FakeCI(clock=lambda: 1_700_000_000 + loop.time(), sleep=asyncio.sleep)
        job_ids = [fake.add_job(runs_for=20) for _ in range(waiters // 4)]
        async with (
            httpx.AsyncClient(transport=fake.transport()) as client,
            CISession(
                fake.bucket,
                fake.region,
                credentials=Credentials(fake.secret_id, fake.secret_key),
                client=client,
                timing=Timing(clock=loop.time, wall_clock=lambda: 1_700_000_000 + loop.time()),
            ) as session,
            JobWatcher(session.describe_media_job) as watcher,
        ):
            describer = BatchingDescriber(session.describe_media_job)
            with collected_after_each_turn(loop, turns):
                # Nobody but the loop and the library holds these.
                waits = asyncio.gather(*(watcher.wait(job_ids[n % len(job_ids)]) for n in range(waiters)))
                questions = asyncio.gather(*(describer.describe(each) for each in job_ids))
                ended, seen = await waits, await questions
        assert [job.job_id for job in ended] == [job_ids[n % len(job_ids)] for n in range(waiters)]
        assert [job.job_id for job in seen] == job_ids
        figure(f"{waiters:,} waits ended, with {turns:,} collections")

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
