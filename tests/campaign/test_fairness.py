"""Who has little to ask does not wait for who has much."""

import asyncio
from contextlib import aclosing

from tencent_ci_async.testing import FakeCI


async def test_a_single_question_passes_between_the_requests_of_a_long_run(
    fake, open_session, campaign, figure
):
    """Fifty callers with ten jobs each share a session with one who has twenty thousand."""
    many, callers = (20_000, 50) if campaign else (2_000, 20)
    session = open_session(max_in_flight=8)
    long_run = [fake.add_job() for _ in range(many)]
    small = [[fake.add_job() for _ in range(10)] for _ in range(callers)]
    answered = 0

    async def whole():
        nonlocal answered
        async with aclosing(session.describe_many(long_run)) as outcomes:
            async for outcome in outcomes:
                assert outcome.job
                answered += 1

    running = asyncio.create_task(whole())
    while answered < 100:  # noqa: ASYNC110 - until the long run is well under way
        await asyncio.sleep(0)
    most = 0
    for job_ids in small:
        before = len(fake.requests)
        await session.describe_media_job(*job_ids)
        # One round of the permits may be before it, and another is filled while it is answered.
        most = max(most, len(fake.requests) - before)
    assert most <= 3 * 8
    assert not running.done()
    await running
    assert answered == many
    figure(f"beside a run of {many:,}, a single call was answered within {most} requests")


async def test_a_crowd_is_served_in_the_order_of_its_coming(open_session, fake: FakeCI):
    """A hundred callers at a gate of one: first come, first served."""
    session = open_session(max_in_flight=1)
    job_ids = [fake.add_job() for _ in range(100)]
    order = []

    async def call(job_id):
        await session.describe_media_job(job_id)
        order.append(job_id)

    await asyncio.gather(*map(call, job_ids))
    assert order == job_ids
