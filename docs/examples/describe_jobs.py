"""Report on media jobs: one line for each id given; the exit status is 1 unless all have succeeded.

Keys come from TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY. For example:

    python describe_jobs.py examplebucket-1250000000 ap-chongqing j8d121820f5e411ec926ef19d53ba9c6f
"""

import asyncio
import sys

from tencent_ci_async import CIError, CISession, JobNotFoundError, JobState


async def report(bucket: str, region: str, job_ids: list[str]) -> int:
    """Print a line for each job, and return the exit status."""
    async with CISession(bucket, region) as session:
        try:
            outcomes = await session.describe_all(job_ids)
        except CIError as error:
            print(error, file=sys.stderr)
            return 3
    for job_id, outcome in outcomes.items():
        if outcome.job is not None:
            print(job_id, outcome.job.state, outcome.job.message or "")
        elif isinstance(outcome.error, JobNotFoundError):
            print(job_id, "unknown")
        else:
            print(job_id, "not known now:", outcome.error)
    jobs = [outcome.job for outcome in outcomes.values()]
    return 0 if all(job and job.state is JobState.SUCCESS for job in jobs) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(report(sys.argv[1], sys.argv[2], sys.argv[3:])))
