"""List the jobs that failed yesterday, in the time zone of whoever asks.

Run it as it stands: it plays on this machine, with a simulator in the place of Tencent Cloud CI.
It needs the package with its ``testing`` extra.
"""

import asyncio
from datetime import datetime, time, timedelta, timezone

from tencent_ci_async import CISession, Credentials, JobState, JobTag, Timing
from tencent_ci_async.testing import FakeCI


async def report_yesterday(session: CISession, tag: str, now: datetime) -> int:
    """Print a line for each job of a kind that was submitted yesterday and has failed; return how many.

    `now` is the present time in your time zone, such as ``datetime.now(ZoneInfo("Asia/Shanghai"))``.
    """
    today = datetime.combine(now.date(), time.min, now.tzinfo)
    yesterday = datetime.combine(now.date() - timedelta(days=1), time.min, now.tzinfo)
    jobs = session.describe_media_jobs(
        tag=tag,
        states=[JobState.FAILED],
        # The service does not say whether the bounds belong to the range: ask for more, and look closely.
        start_creation_time=yesterday - timedelta(seconds=1),
        end_creation_time=today,
        newest_first=False,
    )
    failures = 0
    async for job in jobs:
        if job.creation_time is not None and yesterday <= job.creation_time < today:
            at = job.creation_time.astimezone(now.tzinfo)
            print(job.job_id, f"{at:%Y-%m-%d %H:%M:%S}", job.code, "-", job.message)
            failures += 1
    return failures


async def main() -> None:
    """Play it through, on a morning in Shanghai."""
    now = datetime(2026, 3, 11, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    fake = FakeCI(clock=now.timestamp)
    for job_id, day, hour, outcome in (
        ("j-before", 9, 23, "Failed"),
        ("j-first", 10, 0, "Failed"),
        ("j-good", 10, 12, "Success"),
        ("j-last", 10, 23, "Failed"),
        ("j-today", 11, 0, "Failed"),
    ):
        submitted = now.replace(day=day, hour=hour, minute=0)
        ago = (now - submitted).total_seconds()
        fake.add_job("Concat", job_id=job_id, submitted_ago=ago, outcome=outcome)

    keys, timing = Credentials(fake.secret_id, fake.secret_key), Timing(wall_clock=now.timestamp)
    async with (
        fake.serve() as endpoint,
        CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint, timing=timing) as session,
    ):
        print(await report_yesterday(session, JobTag.CONCAT, now), "failed")


if __name__ == "__main__":
    asyncio.run(main())
