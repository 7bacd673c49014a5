"""Report on media jobs: one line for each id given; the exit status is 1 unless all have succeeded.

Keys come from TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY. For example:

    python describe_jobs.py examplebucket-1250000000 ap-chongqing j8d121820f5e411ec926ef19d53ba9c6f
"""

import asyncio
import sys

from tencent_ci_async import CIError, CISession, JobState


async def report(bucket: str, region: str, job_ids: list[str]) -> int:
    """Print a line for each job, and return the exit status."""
    async with CISession(bucket, region) as session:
        try:
            result = await session.describe_media_job(*job_ids)
        except CIError as error:
            print(error, file=sys.stderr)
            return 3
    jobs = {job.job_id: job for job in result.jobs_detail}
    for job_id in job_ids:
        job = jobs.get(job_id)
        if job is None:
            print(job_id, "unknown")
        else:
            print(job_id, job.state, job.message or "")
    done = [job for job in jobs.values() if job.state is JobState.SUCCESS]
    return 0 if len(done) == len(set(job_ids)) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(report(sys.argv[1], sys.argv[2], sys.argv[3:])))
