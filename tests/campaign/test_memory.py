"""However many ids come from a stream, the memory of a fan-out stays what it is."""

import tracemalloc

from tencent_ci_async._fanout import Fanout
from tencent_ci_async._timing import Timing
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail

MEGABYTE = 1024 * 1024


async def describe(*job_ids):
    return DescribeMediaJobResult(jobs_detail=[JobDetail(job_id=job_id) for job_id in job_ids])


async def peak(count):
    """The peak of the memory in use while so many ids are described, in bytes."""
    source = (f"j{number:032x}" for number in range(count))
    fanout = Fanout(describe, source, batch_size=10, width=8, timing=Timing())
    tracemalloc.start()
    seen = 0
    async for outcome in fanout.run():
        assert outcome.job
        seen += 1
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == count
    return highest


async def test_a_stream_of_any_length_needs_the_memory_of_a_short_one(campaign, figure):
    """A million ids, a hundredth of it in short, within ten megabytes of ten thousand."""
    short = await peak(10_000)
    long = await peak(1_000_000 if campaign else 40_000)
    assert long - short < 10 * MEGABYTE
    figure(f"the peak is {short / MEGABYTE:.1f} MB for 10,000 ids, {long / MEGABYTE:.1f} MB for all")
