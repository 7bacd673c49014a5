"""describe_many and describe_all against the simulated service."""

import asyncio

import pytest

from tencent_ci_async import (
    BatchError,
    ConfigurationError,
    JobNotFoundError,
    RateLimiter,
    SessionClosedError,
)
from tencent_ci_async._timing import Timing
from tencent_ci_async.testing import Fault


async def test_any_number_of_jobs_ten_to_a_request(fake, open_session):
    job_ids = [fake.add_job() for _ in range(95)]
    outcomes = await open_session().describe_all([*job_ids, "jmissing"])
    assert list(outcomes) == [*job_ids, "jmissing"]
    assert all(outcomes[job_id].unwrap().job_id == job_id for job_id in job_ids)
    assert isinstance(outcomes["jmissing"].error, JobNotFoundError)
    assert fake.request_count == 10
    assert fake.highest_in_flight <= 8


async def test_outcomes_stream_and_progress_is_told(fake, open_session):
    job_ids = [fake.add_job() for _ in range(25)]
    told = []
    outcomes = open_session(max_in_flight=1).describe_many(iter(job_ids), progress=told.append)
    seen = [outcome.job_id async for outcome in outcomes]
    assert sorted(seen) == sorted(job_ids)
    assert [each.done for each in told] == [10, 20, 25]


async def test_a_batch_too_large_for_the_service_is_halved(fake, open_session):
    """A setting that asks for more than the service takes costs requests, not jobs."""
    job_ids = [fake.add_job() for _ in range(40)]
    outcomes = await open_session(max_ids_per_request=40).describe_all(job_ids)
    assert all(outcome.job for outcome in outcomes.values())
    assert fake.request_count == 7


async def test_answers_with_foreign_and_omitted_ids(fake, open_session):
    job_ids = [fake.add_job() for _ in range(10)]
    other = fake.add_job()
    fake.inject(Fault.answer_for([other]), Fault.answer_for(lambda asked: [*asked[:5], other, asked[0]]))
    outcomes = await open_session().describe_all(job_ids)
    assert list(outcomes) == job_ids
    assert all(outcome.unwrap().job_id == job_id for job_id, outcome in outcomes.items())
    assert fake.request_count == 3


async def test_raise_on_error(fake, open_session):
    with pytest.raises(BatchError) as caught:
        await open_session().describe_all([fake.add_job(), "jmissing"], raise_on_error=True)
    assert list(caught.value.errors) == ["jmissing"]


@pytest.mark.parametrize("job_ids", ["j1", b"j1"])
async def test_a_single_text_is_refused_at_once(open_session, job_ids):
    with pytest.raises(ConfigurationError, match="single text"):
        open_session().describe_many(job_ids)
    with pytest.raises(ConfigurationError, match="single text"):
        await open_session().describe_all(job_ids)


async def test_a_closed_session_says_so_at_once(open_session):
    session = open_session()
    await session.aclose()
    with pytest.raises(SessionClosedError):
        session.describe_many(["j1"])


async def test_closing_the_session_ends_a_run(fake, open_session):
    job_ids = [fake.add_job() for _ in range(200)]
    session = open_session()

    async def run():
        async for _ in session.describe_many(job_ids):
            await session.aclose()

    with pytest.raises(SessionClosedError):
        await run()


async def test_several_runs_share_the_permits_of_their_session(fake, open_session):
    job_ids = [fake.add_job() for _ in range(100)]
    fake.inject(Fault.delay(0, times=None))
    session = open_session(max_in_flight=3)
    await asyncio.gather(*(session.describe_all(job_ids) for _ in range(4)))
    assert fake.highest_in_flight == 3


async def test_one_limiter_spaces_all_requests_of_a_session(fake, open_session):
    now = 0.0

    async def sleep(seconds):
        nonlocal now
        now += seconds

    timing = Timing(clock=lambda: now, sleep=sleep)
    job_ids = [fake.add_job() for _ in range(50)]
    session = open_session(limiter=RateLimiter(10, timing=timing), max_in_flight=1)
    await session.describe_all(job_ids)
    await session.describe_media_job(job_ids[0])
    assert now == pytest.approx(0.5)


async def test_throttling_slows_the_whole_session(fake, open_session):
    """After a burst of SlowDown, requests are spaced, those of other calls too."""
    waits = []

    async def sleep(seconds):
        waits.append(seconds)
        await asyncio.sleep(0)

    timing = Timing(sleep=sleep, random=lambda: 0.5)
    job_ids = [fake.add_job() for _ in range(80)]
    fake.inject(Fault.status(503, code="SlowDown", times=8))
    session = open_session(timing=timing)
    await session.describe_all(job_ids)
    assert session._pace.rate < 100
    waits.clear()
    await session.describe_media_job(job_ids[0])
    assert waits
