"""Cancel the jobs of a queue that nobody works on yet.

Run it as it stands: it plays on this machine, with a simulator in the place of Tencent Cloud CI.
It needs the package with its ``testing`` extra.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

from tencent_ci_async import (
    CISession,
    Credentials,
    JobNotFoundError,
    JobNotModifiableError,
    JobState,
    JobTag,
)
from tencent_ci_async.testing import FakeCI, Fault


async def backlog(session: CISession, queue_id: str, tags: Iterable[str]) -> list[str]:
    """Return the ids of the jobs of these kinds that wait in a queue.

    It is read to its end before anything is cancelled, since what is cancelled leaves the list.
    """
    job_ids: list[str] = []
    for tag in tags:
        jobs = session.describe_media_jobs(tag=tag, states=[JobState.SUBMITTED], queue_id=queue_id)
        job_ids += [job.job_id async for job in jobs if job.job_id is not None]
    return job_ids


async def cancel_all(session: CISession, job_ids: list[str], *, at_once: int = 4) -> Counter[str]:
    """Cancel jobs, some at once, and return how many were cancelled, had begun or were gone.

    Any other error ends it; then begin anew with the backlog that is left.
    """
    outcomes: Counter[str] = Counter()
    remaining = iter(job_ids)

    async def work() -> None:
        # All workers take from the same iterator, each the next job that nobody has taken.
        for job_id in remaining:
            outcome = await cancel(session, job_id)
            outcomes[outcome] += 1

    async with asyncio.TaskGroup() as workers:
        for _ in range(at_once):
            workers.create_task(work())
    return outcomes


async def cancel(session: CISession, job_id: str) -> str:
    """Cancel a job, and return what came of it."""
    try:
        await session.cancel_media_job(job_id)
    except JobNotModifiableError:
        return "too late"
    except JobNotFoundError:
        return "gone"
    return "cancelled"


async def main() -> None:
    """Play it through."""
    fake = FakeCI()
    fake.add_job("Concat", waits_for=0)
    for _ in range(150):
        fake.add_job("Concat", waits_for=3_600)
    keys = Credentials(fake.secret_id, fake.secret_key)
    async with (
        fake.serve() as endpoint,
        CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint) as session,
    ):
        job_ids = await backlog(session, fake.queue_id, [JobTag.CONCAT, JobTag.TRANSCODE])
        print(len(job_ids), "jobs wait")

        # While the list was read, one has begun, and one has been deleted.
        fake.set_state(job_ids[0], "Running")
        fake.forget(job_ids[1])

        fake.inject(Fault.delay(0.02, times=None))
        outcomes = await cancel_all(session, job_ids)
        for outcome in ("cancelled", "too late", "gone"):
            print(f"{outcome}: {outcomes[outcome]}")
        print("at most", fake.highest_in_flight, "requests at once")
        print("left:", len(await backlog(session, fake.queue_id, [JobTag.CONCAT])))


if __name__ == "__main__":
    asyncio.run(main())
