"""An answer belongs to the question: what was meant for another, or leaves things out, deceives nobody."""

import asyncio

import pytest

from tencent_ci_async import (
    BatchingDescriber,
    CISession,
    Credentials,
    JobWatcher,
    PollSchedule,
    RetryPolicy,
    UnreadableAnswerError,
)
from tencent_ci_async.testing import FaultServer, WireFault

KINDS = [WireFault.SWAPPED, WireFault.FOREIGN_IDS, WireFault.OMITTED_IDS, WireFault.DUPLICATE_IDS]
IDS = 60


@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_job_that_was_asked_for_is_handed_over(kind, fake, campaign, figure):
    """A third of the answers are wrong in one way; every outcome is the job of its id, or an error."""
    cases = 500 if campaign else 40
    jobs = {fake.add_job(input_object=f"input/{number}.mp4"): f"input/{number}.mp4" for number in range(IDS)}
    server = FaultServer(fake, faults=[kind], share=0.3, seed=7)
    async with (
        server as base,
        CISession(
            fake.bucket,
            fake.region,
            credentials=Credentials(fake.secret_id, fake.secret_key),
            endpoint=base,
            max_in_flight=4,
            retry=RetryPolicy(base_delay=0, throttled_base_delay=0),
        ) as session,
    ):
        schedule = PollSchedule(interval=0.1, gather=0.0)
        describer = BatchingDescriber(session.describe_media_job)
        right = told = 0
        while server.counts[kind] < cases:
            outcomes = await session.describe_all(jobs)
            seen = [outcome.job or outcome.error for outcome in outcomes.values()]
            questions = map(describer.describe, jobs)
            seen += await asyncio.gather(*questions, return_exceptions=True)
            async with JobWatcher(session.describe_media_job, schedule=schedule) as watcher:
                seen += await asyncio.gather(*map(watcher.wait, jobs), return_exceptions=True)
            for (job_id, input_object), found in zip([*jobs.items()] * 3, seen, strict=True):
                if isinstance(found, UnreadableAnswerError):
                    assert job_id in str(found)
                    told += 1
                else:
                    assert (found.job_id, found.input.object) == (job_id, input_object)
                    right += 1
        # An error comes of bad answers in a row only.
        assert told < right
        figure(f"{server.counts[kind]} bad answers: {right:,} right jobs, {told} errors, no wrong job")
