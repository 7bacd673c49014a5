"""Single questions of many callers share requests, and nothing else."""

import asyncio

import pytest
from support.virtual_time import run

from tencent_ci_async import BatchingDescriber
from tencent_ci_async.errors import (
    AccessError,
    ConfigurationError,
    JobNotFoundError,
    RequestError,
    ServerError,
    SessionClosedError,
    UnreadableAnswerError,
)
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail


class Service:
    """Answers questions about jobs, and writes them down."""

    def __init__(self, missing=(), omitted=(), poison=(), failures=(), latency=0.05):
        self.asked = []
        self.missing, self.omitted, self.poison = set(missing), set(omitted), dict(poison)
        self.failures = list(failures)
        self.latency = latency

    async def __call__(self, *job_ids):
        self.asked.append(job_ids)
        await asyncio.sleep(self.latency)
        if self.failures:
            raise self.failures.pop(0)
        for job_id in job_ids:
            if job_id in self.poison:
                raise self.poison[job_id]
        known = [each for each in job_ids if each not in self.missing | self.omitted]
        return DescribeMediaJobResult(
            jobs_detail=[JobDetail(job_id=each) for each in known],
            non_exist_job_ids=[each for each in job_ids if each in self.missing],
        )


def ask(service, *job_ids, **settings):
    """Ask for jobs at once, each by a caller of its own; the outcomes in order."""

    async def main():
        describer = BatchingDescriber(service, **settings)
        return await asyncio.gather(*map(describer.describe, job_ids), return_exceptions=True)

    return run(main())


def test_questions_of_one_moment_share_a_request():
    service = Service()
    jobs = ask(service, *(f"j{number}" for number in range(25)))
    assert [job.job_id for job in jobs] == [f"j{number}" for number in range(25)]
    assert [len(batch) for batch in service.asked] == [10, 10, 5]


def test_questions_about_one_job_share_the_question():
    service = Service()
    assert len({id(job) for job in ask(service, *["j1"] * 50)}) == 1
    assert service.asked == [("j1",)]


def test_a_question_waits_for_company_as_long_as_the_window_is():
    async def main():
        service, loop = Service(), asyncio.get_running_loop()
        describer = BatchingDescriber(service, window=0.5)
        began = loop.time()
        first = asyncio.create_task(describer.describe("j1"))
        await asyncio.sleep(0.4)
        await asyncio.gather(first, describer.describe("j2"))
        return service.asked, loop.time() - began

    asked, took = run(main())
    assert asked == [("j1", "j2")]
    assert took == pytest.approx(0.55)


def test_no_answer_is_older_than_the_question():
    """Who asks while a request about the same job is under way is not given its answer."""

    async def main():
        service = Service()
        describer = BatchingDescriber(service)
        first = asyncio.create_task(describer.describe("j1"))
        await asyncio.sleep(0.02)
        await asyncio.gather(first, describer.describe("j1"))
        return service.asked

    assert run(main()) == [("j1",), ("j1",)]


def test_a_job_that_does_not_exist_is_its_callers_affair():
    """The others are answered; before anybody is told so, the id is asked for alone."""
    service = Service(missing=["j2"])
    one, two, three = ask(service, "j1", "j2", "j3")
    assert (one.job_id, three.job_id) == ("j1", "j3")
    assert isinstance(two, JobNotFoundError)
    assert two.job_id == "j2"
    assert service.asked == [("j1", "j2", "j3"), ("j2",)]


@pytest.mark.parametrize(
    "failure", [RequestError("", status=400), UnreadableAnswerError("cut")], ids=["malformed", "unreadable"]
)
def test_a_job_that_spoils_the_request_spoils_it_for_itself_only(failure):
    service = Service(poison={"j2": failure})
    one, two, three = ask(service, "j1", "j2", "j3")
    assert (one.job_id, three.job_id) == ("j1", "j3")
    assert type(two) is type(failure)
    assert sorted(service.asked[1:]) == [("j1",), ("j2",), ("j3",)]


def test_a_job_that_answers_leave_out_is_asked_for_alone():
    service = Service(omitted=["j2"])
    one, two = ask(service, "j1", "j2")
    assert one.job_id == "j1"
    assert isinstance(two, UnreadableAnswerError)
    assert service.asked == [("j1", "j2"), ("j2",)]


@pytest.mark.parametrize(
    "failure", [AccessError("", status=403), ServerError("", status=500), ValueError("bug")]
)
def test_what_concerns_all_is_told_to_all(failure):
    """A refusal, a broken service or a fault of the callable: one request, and nobody waits for ever."""
    service = Service(failures=[failure])
    outcomes = ask(service, "j1", "j1", "j2")
    assert [type(outcome) for outcome in outcomes] == [type(failure)] * 3
    assert len(service.asked) == 1


def test_each_caller_has_an_error_of_its_own():
    """Raising an error changes it, so that it cannot be shared."""
    one, two = ask(Service(failures=[ServerError("", status=500)]), "j1", "j1")
    assert one is not two


def test_who_is_cancelled_takes_nobody_along():
    async def main():
        service = Service()
        describer = BatchingDescriber(service)
        tasks = [asyncio.create_task(describer.describe(job_id)) for job_id in ("j1", "j1", "j2", "j3")]
        await asyncio.sleep(0)
        tasks[3].cancel()
        await asyncio.sleep(0.02)
        tasks[0].cancel()
        return service.asked, await asyncio.gather(*tasks, return_exceptions=True)

    asked, (gone, one, two, also_gone) = run(main())
    assert asked == [("j1", "j2")]
    assert (one.job_id, two.job_id) == ("j1", "j2")
    assert isinstance(gone, asyncio.CancelledError)
    assert isinstance(also_gone, asyncio.CancelledError)


@pytest.mark.parametrize("after", [0.0, 0.02], ids=["while gathering", "under way"])
def test_nothing_runs_when_the_last_caller_has_left(after):
    async def main():
        service = Service()
        describer = BatchingDescriber(service)
        tasks = [asyncio.create_task(describer.describe(job_id)) for job_id in ("j1", "j2")]
        await asyncio.sleep(after)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        timers = [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]
        asked = len(service.asked)
        await asyncio.sleep(1)
        return left, timers, asked, len(service.asked)

    left, timers, asked, later = run(main())
    assert not left
    assert not timers
    assert asked == later == (1 if after else 0)


def test_a_request_that_is_cancelled_from_within_cancels_who_waits():
    async def describe(*_):
        raise asyncio.CancelledError

    async def main():
        with pytest.raises(asyncio.CancelledError):
            await BatchingDescriber(describe).describe("j1")

    run(main())


@pytest.mark.parametrize(
    "settings", [{"window": -1}, {"window": 2}, {"window": float("nan")}, {"max_ids_per_request": 0}]
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigurationError):
        BatchingDescriber(Service(), **settings)


def test_what_is_no_job_id_is_refused_before_anything_is_sent():
    service = Service()
    outcomes = ask(service, "j 1", "")
    assert all(isinstance(outcome, ConfigurationError) for outcome in outcomes)
    assert service.asked == []


def test_a_describer_belongs_to_one_loop():
    describer = BatchingDescriber(Service())
    run(describer.describe("j1"))
    with pytest.raises(SessionClosedError, match="another event loop"):
        run(describer.describe("j1"))


async def test_with_a_session_and_the_simulator(fake, open_session):
    """Twenty handlers, two requests."""
    job_ids = [fake.add_job() for _ in range(20)]
    describer = BatchingDescriber(open_session().describe_media_job)
    jobs = await asyncio.gather(*map(describer.describe, job_ids))
    assert [job.job_id for job in jobs] == job_ids
    assert fake.request_count == 2


def test_a_session_itself_is_refused_with_a_hint():
    with pytest.raises(ConfigurationError, match=r"give a callable, such as session\.describe_media_job"):
        BatchingDescriber(object())
