"""Submit a splice, wait for it, and print the address of the video that came of it.

Run it as it stands: it plays on this machine, with a simulator in the place of Tencent Cloud CI.
It needs the package with its ``testing`` extra.
"""

import asyncio
from urllib.parse import quote

from tencent_ci_async import (
    CISession,
    ConcatFragment,
    ConcatTemplate,
    Container,
    Credentials,
    JobDetail,
    JobOutput,
    JobTag,
    JobWatcher,
    MediaJobRequest,
    Operation,
    PollSchedule,
)
from tencent_ci_async.testing import FakeCI


async def splice(session: CISession, watcher: JobWatcher, urls: list[str], key: str) -> list[str]:
    """Join videos into one under `key`, and return the addresses of the files written."""
    queue = await session.default_media_queue()
    operation = Operation(
        concat_template=ConcatTemplate(
            concat_fragment=[ConcatFragment(url=url) for url in urls],
            container=Container(format="mp4"),
        ),
        output=JobOutput(object=key),
        # If it remains unknown whether the job was submitted, this is what finds it.
        user_data=f"splice {quote(key)}",
    )
    request = MediaJobRequest(tag=JobTag.CONCAT, operation=operation, queue_id=queue.queue_id)
    [job_id] = (await session.create_media_job(request)).job_ids
    return addresses(await watcher.wait(job_id, timeout=900, submitted_ago=0))


def addresses(job: JobDetail) -> list[str]:
    """Return where the files are that a job wrote; those in a private bucket open to signed requests only."""
    output = job.operation.output if job.operation is not None else None
    if output is None:
        return []
    host = f"{output.bucket}.cos.{output.region}.myqcloud.com"
    return [f"https://{host}/{quote(key)}" for key in job.output_keys]


async def main() -> None:
    """Play it through; for the real service, ``CISession(bucket, region)`` needs no more than that."""
    fake = FakeCI()
    fake.plan("Concat", waits_for=0.2, runs_for=0.5)
    keys = Credentials(fake.secret_id, fake.secret_key)
    async with (
        fake.serve() as endpoint,
        CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint) as session,
        JobWatcher(session.describe_media_job, schedule=PollSchedule(interval=0.3)) as watcher,
    ):
        place = f"https://{fake.bucket}.cos.{fake.region}.myqcloud.com"
        urls = [f"{place}/intro.mp4", f"{place}/talk.mp4"]
        for address in await splice(session, watcher, urls, "talks/42 完整版.mp4"):
            print(address)


if __name__ == "__main__":
    asyncio.run(main())
