"""What a user of JobWatcher may rely on, in virtual time."""

import asyncio
import json
import pickle

import pytest
from support.virtual_time import run

from tencent_ci_async import JobWatcher, PollSchedule
from tencent_ci_async.errors import (
    AccessError,
    CIError,
    ConfigurationError,
    JobCancelledError,
    JobFailedError,
    JobNotFoundError,
    JobPausedError,
    JobWaitTimeoutError,
    NoAnswerError,
    RequestError,
    ServerError,
    SessionClosedError,
    ThrottledError,
    UnreadableAnswerError,
    WatcherClosedError,
)
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail

FOREVER = float("inf")


class World:
    """Jobs that run for some seconds and then end, and a callable that asks for them."""

    def __init__(self, latency=0.05):
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.latency = latency
        self.jobs = {}
        self.asked = []
        self.failures = []
        self.poison = {}

    @property
    def now(self):
        return self.loop.time() - self.began

    def add(self, job_id, *, ends=0.0, state="Success", during="Running", appears=0.0, **fields):
        """Add a job that is in the state `during` until it `ends`."""
        self.jobs[job_id] = (ends, state, during, appears, fields)
        return job_id

    async def describe(self, *job_ids):
        self.asked.append((self.now, job_ids))
        answer = self._answer(job_ids)
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        for job_id in job_ids:
            if job_id in self.poison:
                raise self.poison[job_id]
        return answer

    def _answer(self, job_ids):
        found, missing = [], []
        for job_id in job_ids:
            ends, state, during, appears, fields = self.jobs.get(job_id, (0, "", "", FOREVER, {}))
            if self.now < appears:
                missing.append(job_id)
            elif during is not None:
                now = state if self.now >= ends else during
                found.append(JobDetail(job_id=job_id, state=now, **fields))
        return DescribeMediaJobResult(jobs_detail=found, non_exist_job_ids=missing)

    @property
    def ids_asked(self):
        return [job_id for _, job_ids in self.asked for job_id in job_ids]


def in_world(scenario, **settings):
    """Run ``scenario(world, watcher)`` in virtual time, and make sure that nothing is left."""

    async def main():
        world = World()
        settings.setdefault("describe", world.describe)
        async with JobWatcher(**settings) as watcher:
            result = await scenario(world, watcher)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left
        assert watcher.stats().remembered == 0
        return result

    return run(main())


# --- How a wait ends --------------------------------------------------------------------------------


def test_a_job_that_ends_well_is_returned():
    async def scenario(world, watcher):
        world.add("j1", ends=12)
        job = await watcher.wait("j1", timeout=900)
        return job.state, world.now

    state, now = in_world(scenario)
    assert state == "Success"
    assert 12 <= now <= 12 + 5 * 1.2 + 0.1


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("Failed", JobFailedError, "job j1 failed (NoSpace: the disk is full)"),
        ("Cancel", JobCancelledError, "job j1 was cancelled"),
    ],
)
def test_a_job_that_ends_otherwise_is_an_error_that_carries_it(state, error, words):
    async def scenario(world, watcher):
        world.add("j1", state=state, code="NoSpace", message="the disk is full")
        with pytest.raises(error) as caught:
            await watcher.wait("j1")
        return caught.value

    raised = in_world(scenario)
    assert str(raised) == words
    assert raised.job_id == raised.job.job_id == "j1"
    assert pickle.loads(pickle.dumps(raised)).job == raised.job


def test_a_failure_without_a_reason_says_so():
    async def scenario(world, watcher):
        world.add("j1", state="Failed")
        with pytest.raises(JobFailedError, match="the service gives no reason"):
            await watcher.wait("j1")

    in_world(scenario)


@pytest.mark.parametrize("state", ["Success", "Failed", "Cancel"])
def test_settle_returns_the_job_however_it_ended(state):
    async def scenario(world, watcher):
        world.add("j1", ends=3, state=state)
        return (await watcher.settle("j1")).state

    assert in_world(scenario) == state


def test_a_state_unknown_here_is_no_end():
    async def scenario(world, watcher):
        world.add("j1", ends=12, during="Reticulating")
        return (await watcher.wait("j1")).state

    assert in_world(scenario) == "Success"


# --- What it costs ----------------------------------------------------------------------------------


def test_the_cost_follows_the_jobs_not_the_waiters():
    """A hundred waiters for each of ten jobs: one request per look."""

    async def scenario(world, watcher):
        for number in range(10):
            world.add(f"j{number}", ends=12)
        await asyncio.gather(*(watcher.wait(f"j{number % 10}") for number in range(1000)))
        return world.asked

    asked = in_world(scenario)
    assert [len(job_ids) for _, job_ids in asked] == [10] * 4


def test_jobs_are_asked_for_ten_at_a_time():
    async def scenario(world, watcher):
        ids = [world.add(f"j{number}") for number in range(95)]
        await asyncio.gather(*map(watcher.wait, ids))
        return sorted(len(job_ids) for _, job_ids in world.asked)

    assert in_world(scenario) == [5] + [10] * 9


def test_who_asks_late_costs_nothing():
    """A job that has ended stays as it is, so that its end is remembered for a while."""

    async def scenario(world, watcher):
        world.add("j1")
        first = await watcher.wait("j1")
        await asyncio.sleep(599)
        second = await watcher.wait("j1")
        seen = [job async for job in watcher.watch("j1")]
        completed = [outcome.job async for outcome in watcher.as_completed(["j1"])]
        requests = len(world.asked)
        await asyncio.sleep(2)
        await watcher.wait("j1")
        return first is second is seen[0] is completed[0], requests, len(world.asked)

    assert in_world(scenario) == (True, 1, 2)


def test_remembering_is_bounded():
    async def scenario(world, watcher):
        for number in range(10):
            await watcher.wait(world.add(f"j{number}"))
        return watcher.stats().remembered

    assert in_world(scenario, remember=3) == 3
    assert in_world(scenario, remember=0) == 0


def test_a_job_just_submitted_is_first_looked_at_when_its_turn_comes():
    async def scenario(world, watcher):
        world.add("j1", ends=1)
        await watcher.wait("j1", submitted_ago=0)
        return world.asked[0][0]

    assert 4 <= in_world(scenario) <= 6.1


def test_a_sweep_over_many_jobs_is_no_burst():
    """A thousand jobs: the hundred requests of a look are spread over the interval."""

    async def scenario(world, watcher):
        waits = [
            asyncio.create_task(watcher.settle(world.add(f"j{number}", ends=30))) for number in range(1000)
        ]
        await asyncio.gather(*waits)
        times = [at for at, _ in world.asked]
        return [sum(second <= at < second + 1 for at in times) for second in range(40)]

    assert max(in_world(scenario)) <= 8 + 1 + 1.25 * 100 / 5


# --- Limits of one wait -----------------------------------------------------------------------------


def test_a_wait_ends_at_its_timeout_and_says_what_was_seen():
    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER, progress=40)
        with pytest.raises(JobWaitTimeoutError) as caught:
            await watcher.wait("j1", timeout=12)
        return caught.value, world.now

    error, now = in_world(scenario)
    assert now == pytest.approx(12)
    assert (error.last_seen.progress, error.job_id) == (40, "j1")
    assert 0 <= error.last_seen_ago < 1
    assert "has not ended within 12 s (it was Running, 40 %, " in str(error)
    assert isinstance(error, TimeoutError)


@pytest.mark.parametrize(
    ("job", "failures", "words"),
    [
        ({"appears": FOREVER}, [], "it was never seen: the service says that it does not exist"),
        ({}, [NoAnswerError("lost")] * 9, "it was never seen; the last request about it met NoAnswerError"),
    ],
)
def test_a_timeout_says_why_nothing_was_seen(job, failures, words):
    async def scenario(world, watcher):
        world.add("j1", **job)
        world.failures += failures
        with pytest.raises(JobWaitTimeoutError) as caught:
            await watcher.wait("j1", timeout=0.4)
        return caught.value

    error = in_world(scenario)
    assert words in str(error)
    assert error.last_seen is error.last_seen_ago is None


def test_a_job_is_looked_at_once_more_before_the_time_is_up():
    """It ends between two looks, and just in time."""

    async def scenario(world, watcher):
        world.add("j1", ends=13.5)
        return (await watcher.wait("j1", timeout=14)).state, world.now

    state, now = in_world(scenario)
    assert state == "Success"
    assert now < 14


def test_each_waiter_has_a_timeout_of_its_own():
    async def scenario(world, watcher):
        world.add("j1", ends=20)
        waits = [watcher.wait("j1", timeout=seconds) for seconds in (3, 8, 40)]
        return await asyncio.gather(*waits, return_exceptions=True)

    three, eight, forty = in_world(scenario)
    assert isinstance(three, JobWaitTimeoutError)
    assert isinstance(eight, JobWaitTimeoutError)
    assert forty.state == "Success"


def test_a_pause_is_sat_out_unless_told_otherwise():
    async def scenario(world, watcher):
        world.add("j1", ends=20, during="Pause")
        patient, impatient = await asyncio.gather(
            watcher.wait("j1"), watcher.settle("j1", on_pause="raise"), return_exceptions=True
        )
        return patient, impatient

    patient, impatient = in_world(scenario)
    assert patient.state == "Success"
    assert isinstance(impatient, JobPausedError)
    assert impatient.job.state == "Pause"


def test_an_answer_older_than_the_wait_does_not_end_it_for_a_pause():
    """What was asked before somebody came says nothing about the time since."""

    async def scenario(world, watcher):
        world.latency = 1.0
        world.add("j1", ends=1.5, during="Pause")
        first = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(0.5)
        second = await watcher.wait("j1", on_pause="raise")
        return second is await first

    assert in_world(scenario)


def test_who_does_not_want_to_wait_in_the_dark_is_told():
    async def scenario(world, watcher):
        world.add("j1", ends=100)
        world.failures += [None, None] + [NoAnswerError("no route")] * 500
        patient = asyncio.create_task(watcher.wait("j1", timeout=200))
        with pytest.raises(NoAnswerError, match="no route"):
            await watcher.wait("j1", max_dark=30)
        now = world.now
        world.failures.clear()
        return (await patient).state, now

    state, now = in_world(scenario)
    assert state == "Success"
    assert 30 <= now <= 30 + 2 * 6.1


def test_a_watcher_may_have_a_limit_of_darkness_for_all():
    async def scenario(world, watcher):
        world.latency = FOREVER
        with pytest.raises(JobWaitTimeoutError):
            await watcher.wait(world.add("j1"))
        return world.now

    assert in_world(scenario, max_dark=50) == pytest.approx(50)


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": FOREVER},
        {"max_dark": 0},
        {"submitted_ago": -1},
        {"submitted_ago": float("nan")},
        {"on_pause": "ignore"},
    ],
)
def test_limits_out_of_range_are_refused(settings):
    async def scenario(world, watcher):
        with pytest.raises(ConfigurationError, match=next(iter(settings))):
            await watcher.wait("j1", **settings)
        with pytest.raises(ConfigurationError):
            watcher.as_completed(["j1"], **settings)
        with pytest.raises(ConfigurationError):
            watcher.watch("j1", **settings)
        return world.asked

    assert in_world(scenario) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"max_ids_per_request": 0},
        {"max_in_flight": 0},
        {"remember": -1},
        {"remember_for": -1},
        {"max_dark": 0},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        JobWatcher(World, **settings)


# --- What does not exist ----------------------------------------------------------------------------


def test_a_job_that_appears_late_is_waited_for():
    """Right after a submit the service may not know the job yet."""

    async def scenario(world, watcher):
        world.add("j1", appears=20, ends=25)
        return (await watcher.wait("j1")).state

    assert in_world(scenario) == "Success"


def test_a_job_that_does_not_appear_is_not_found():
    async def scenario(world, watcher):
        with pytest.raises(JobNotFoundError) as caught:
            await watcher.wait("j1")
        return caught.value.job_id, world.now

    job_id, now = in_world(scenario)
    assert job_id == "j1"
    assert 30 <= now <= 31.2


def test_before_anybody_is_told_that_a_job_does_not_exist_it_is_asked_for_alone():
    """In company the answer may be the company's fault."""

    async def scenario(world, watcher):
        world.add("j2", ends=60)
        other = asyncio.create_task(watcher.wait("j2"))
        with pytest.raises(JobNotFoundError):
            await watcher.wait("j1")
        await other
        return [job_ids for _, job_ids in world.asked if "j1" in job_ids][-2:]

    before, last = in_world(scenario)
    assert sorted(before) == ["j1", "j2"]
    assert last == ("j1",)


def test_thousands_of_wrong_ids_are_not_asked_for_alone():
    """Where no job exists, as with a wrong bucket, company is not at fault."""

    async def scenario(world, watcher):
        waits = [watcher.wait(f"j{number}") for number in range(100)]
        outcomes = await asyncio.gather(*waits, return_exceptions=True)
        return outcomes, min(len(job_ids) for _, job_ids in world.asked)

    outcomes, smallest = in_world(scenario)
    assert {type(outcome) for outcome in outcomes} == {JobNotFoundError}
    assert smallest == 10


def test_who_comes_after_the_question_is_not_told_that_the_job_does_not_exist():
    async def scenario(world, watcher):
        world.latency = 2.0
        early = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(1)
        world.add("j1", appears=2.5, ends=3)
        late = await watcher.wait("j1")
        with pytest.raises(JobNotFoundError):
            await early
        return late.state

    assert in_world(scenario, schedule=PollSchedule(not_found_grace=0)) == "Success"


def test_a_job_that_was_seen_has_its_time_of_grace_when_it_goes_missing():
    """A replica that lags behind does not end a wait of hours."""

    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        wait = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(100)
        del world.jobs["j1"]
        await asyncio.sleep(25)
        assert not wait.done()
        with pytest.raises(JobNotFoundError):
            await wait
        return world.now

    assert 130 <= in_world(scenario) <= 142


# --- When requests fail -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        NoAnswerError("reset"),
        ServerError("", status=500),
        ThrottledError("", status=429),
        UnreadableAnswerError("cut"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failed_request_ends_no_wait(failure):
    async def scenario(world, watcher):
        world.add("j1", ends=12)
        world.failures += [failure] * 5
        job = await watcher.wait("j1")
        return job.state, watcher.stats().failures

    assert in_world(scenario) == ("Success", 5)


def test_a_service_that_is_dark_is_felt_for_by_one_request_at_a_time():
    """An hour of darkness costs some hundred requests, however many jobs there are."""

    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=10) for number in range(1000)]
        world.failures += [NoAnswerError("dark")] * 1_000_000
        waits = asyncio.gather(*map(watcher.wait, ids))
        await asyncio.sleep(3600)
        requests = len(world.asked)
        world.failures.clear()
        jobs = await waits
        return requests, {job.state for job in jobs}, world.now

    requests, states, now = in_world(scenario)
    assert states == {"Success"}
    assert requests < 400
    assert now < 3600 + 35


def test_the_service_may_say_when_to_come_back():
    async def scenario(world, watcher):
        world.add("j1")
        world.failures.append(ThrottledError("", status=429, retry_after=120))
        await watcher.wait("j1")
        return world.now

    assert 120 <= in_world(scenario) <= 121


@pytest.mark.parametrize(
    "failure",
    [
        AccessError("", status=403),
        RequestError("", status=400, code="InvalidArgument"),
        ConfigurationError("no credentials"),
        ValueError("a fault of the callable"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_refusal_ends_the_waits_that_it_is_about(failure):
    async def scenario(world, watcher):
        world.failures += [failure] * 2
        return await asyncio.gather(watcher.wait("j1"), watcher.wait("j1"), return_exceptions=True)

    one, two = in_world(scenario)
    assert type(one) is type(two) is type(failure)
    # Raising adds to an error, so that each has his own; a foreign one cannot be copied safely.
    assert one is not two or not isinstance(failure, CIError)


def test_a_closed_session_ends_all_waits():
    async def scenario(world, watcher):
        world.failures.append(SessionClosedError("closed"))
        waits = [watcher.wait(f"j{number}") for number in range(30)]
        return await asyncio.gather(*waits, return_exceptions=True)

    assert {type(outcome) for outcome in in_world(scenario)} == {SessionClosedError}


def test_one_bad_id_is_found_among_ten():
    """A batch that the service finds malformed is halved; only the culprit's wait ends."""

    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=12) for number in range(10)]
        world.poison["j3"] = RequestError("", status=400)
        outcomes = await asyncio.gather(*map(watcher.wait, ids), return_exceptions=True)
        return outcomes, len(world.asked)

    outcomes, requests = in_world(scenario)
    assert isinstance(outcomes.pop(3), RequestError)
    assert {job.state for job in outcomes} == {"Success"}
    assert requests <= 9 + 4


def test_a_job_whose_answer_cannot_be_read_does_not_spoil_those_of_others():
    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=12) for number in range(10)]
        world.poison["j3"] = UnreadableAnswerError("not this again")
        waits = [watcher.wait(job_id, timeout=100) for job_id in ids]
        return await asyncio.gather(*waits, return_exceptions=True)

    outcomes = in_world(scenario)
    assert isinstance(outcomes.pop(3), JobWaitTimeoutError)
    assert {job.state for job in outcomes} == {"Success"}


def test_a_job_that_answers_leave_out_is_asked_for_again_and_then_alone():
    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=40) for number in range(3)]
        world.add("j2", during=None)
        waits = asyncio.gather(*(watcher.wait(job_id, timeout=60) for job_id in ids), return_exceptions=True)
        await asyncio.sleep(30)
        world.add("j2", ends=40)
        return await waits, [job_ids for _, job_ids in world.asked if "j2" in job_ids]

    outcomes, asked = in_world(scenario)
    assert {job.state for job in outcomes} == {"Success"}
    assert [len(job_ids) for job_ids in asked[:5]] == [3, 3, 3, 3, 1]


def test_a_request_cancelled_from_within_is_repeated():
    async def scenario(world, watcher):
        world.add("j1", ends=12)
        world.failures += [asyncio.CancelledError()] * 3
        return (await watcher.wait("j1")).state

    assert in_world(scenario) == "Success"


# --- Leaving ----------------------------------------------------------------------------------------


def test_the_last_waiter_that_leaves_stops_the_looking():
    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        waits = [asyncio.create_task(watcher.wait("j1", timeout=1000)) for _ in range(3)]
        await asyncio.sleep(20)
        waits[0].cancel()
        await asyncio.sleep(20)
        busy = watcher.stats()
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)
        await asyncio.sleep(0)
        asked, left = len(world.asked), asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.sleep(100)
        return busy.waiters, left, len(world.asked) - asked, watcher.stats().jobs

    assert in_world(scenario) == (2, set(), 0, 0)


def test_a_request_that_nobody_waits_for_is_cancelled():
    async def scenario(world, watcher):
        world.latency = FOREVER
        wait = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(1)
        wait.cancel()
        await asyncio.wait([wait])
        await asyncio.sleep(0)
        return watcher.stats().in_flight

    assert in_world(scenario) == 0


def test_who_comes_while_the_request_of_one_who_left_is_under_way_shares_it():
    """No job is asked for twice at a time."""

    async def scenario(world, watcher):
        world.latency = 2
        world.add("j1")
        world.add("j2")
        waits = [asyncio.create_task(watcher.wait(job_id)) for job_id in ("j1", "j2")]
        await asyncio.sleep(1)
        waits[0].cancel()
        await asyncio.sleep(0.1)
        await watcher.wait("j1")
        return world.asked, world.now

    asked, now = in_world(scenario)
    assert len(asked) == 1
    assert now < 3


# --- Hints ------------------------------------------------------------------------------------------


def test_a_hint_releases_a_waiter_within_one_round_trip():
    async def scenario(world, watcher):
        world.add("j1", ends=7)
        wait = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(7)
        assert watcher.due_now("j1", "unknown", "j1") == 1
        await wait
        return world.now

    assert in_world(scenario) <= 7 + 0.05 + 0.03


def test_a_hint_that_is_not_true_releases_nobody():
    async def scenario(world, watcher):
        world.add("j1", ends=30)
        wait = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(7)
        watcher.due_now("j1")
        await asyncio.sleep(1)
        return wait.done(), await wait is not None, world.now

    done, _, now = in_world(scenario)
    assert not done
    assert now >= 30


def test_an_answer_older_than_the_hint_does_not_use_it_up():
    async def scenario(world, watcher):
        world.latency = 1.0
        world.add("j1", ends=7.5)
        wait = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(7.3)
        in_flight = watcher.stats().in_flight
        await asyncio.sleep(0.3)
        watcher.due_now("j1")
        await wait
        return in_flight, world.now

    in_flight, now = in_world(scenario)
    assert in_flight == 1
    assert now < 9.2


def test_hints_cause_at_most_one_request_a_second():
    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        wait = asyncio.create_task(watcher.wait("j1"))
        for _ in range(1000):
            await asyncio.sleep(0.01)
            watcher.due_now("j1")
        wait.cancel()
        await asyncio.wait([wait])
        return len(world.asked)

    assert in_world(scenario) <= 1 + 10 + 2


def test_a_hint_before_anything_was_waited_for_is_passed_over():
    watcher = JobWatcher(World)
    assert watcher.due_now("j1") == 0


# --- Many jobs --------------------------------------------------------------------------------------


def test_outcomes_come_in_the_order_of_their_ends():
    async def scenario(world, watcher):
        for job_id, ends in (("j1", 33), ("j2", 3), ("j3", 18)):
            world.add(job_id, ends=ends, state="Failed" if job_id == "j3" else "Success")
        return [
            (outcome.job_id, str(outcome.job.state), outcome.error)
            async for outcome in watcher.as_completed(["j1", "j2", "j3"])
        ]

    assert in_world(scenario) == [("j2", "Success", None), ("j3", "Failed", None), ("j1", "Success", None)]


def test_each_distinct_id_has_one_outcome():
    """Duplicates are waited for once; what is no job id has its outcome too."""

    async def scenario(world, watcher):
        world.add("j1", ends=3)
        return {
            outcome.job_id: outcome async for outcome in watcher.as_completed(["j1", "j 2", "j1", "j3", 4])
        }

    outcomes = in_world(scenario)
    assert list(outcomes) == ["j 2", "4", "j1", "j3"]
    assert outcomes["j1"].job.state == "Success"
    assert isinstance(outcomes["j 2"].error, ConfigurationError)
    assert isinstance(outcomes["4"].error, ConfigurationError)
    assert isinstance(outcomes["j3"].error, JobNotFoundError)


def test_a_foreign_error_is_an_outcome_too():
    async def scenario(world, watcher):
        world.failures.append(ValueError("a fault of the callable"))
        return [outcome async for outcome in watcher.as_completed(["j1"])]

    (outcome,) = in_world(scenario)
    assert str(outcome.error) == "asking about job j1 failed: ValueError: a fault of the callable"


def test_when_the_time_is_up_what_is_left_has_its_outcome():
    async def scenario(world, watcher):
        world.add("j1", ends=3)
        world.add("j2", ends=FOREVER)
        outcomes = [outcome async for outcome in watcher.as_completed(["j1", "j2"], timeout=60)]
        return outcomes, world.now

    (one, two), now = in_world(scenario)
    assert one.job.state == "Success"
    assert isinstance(two.error, JobWaitTimeoutError)
    assert now == pytest.approx(60)


def test_ids_may_come_as_they_are_submitted():
    """The timeout counts from the beginning, also for an id that comes late."""

    async def scenario(world, watcher):
        async def submitted():
            for number in range(5):
                await asyncio.sleep(10)
                yield world.add(f"j{number}", ends=FOREVER if number == 4 else 0)

        outcomes = [outcome async for outcome in watcher.as_completed(submitted(), timeout=70)]
        return [outcome.job_id for outcome in outcomes], outcomes[-1].error, world.now

    job_ids, last, now = in_world(scenario)
    assert job_ids == ["j0", "j1", "j2", "j3", "j4"]
    assert isinstance(last, JobWaitTimeoutError)
    assert now == pytest.approx(70)


def test_what_the_source_raises_comes_after_the_outcomes():
    async def scenario(world, watcher):
        def ids():
            yield world.add("j1", ends=3)
            raise LookupError("the table is gone")

        outcomes = watcher.as_completed(ids())
        first = await anext(outcomes)
        with pytest.raises(LookupError, match="the table is gone"):
            await anext(outcomes)
        return first.job_id

    assert in_world(scenario) == "j1"


def test_leaving_the_loop_early_ends_the_waiting():
    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=10 * number) for number in range(20)]
        outcomes = watcher.as_completed(ids)
        async for _ in outcomes:
            break
        await outcomes.aclose()
        return watcher.stats().waiters

    assert in_world(scenario) == 0


def test_a_single_text_is_no_collection_of_ids():
    async def scenario(_, watcher):
        with pytest.raises(ConfigurationError, match="single text"):
            watcher.as_completed("j1")

    in_world(scenario)


# --- Every change -----------------------------------------------------------------------------------


def test_every_change_of_state_or_progress_is_seen():
    async def scenario(world, watcher):
        async def live():
            for moment, ends, during, progress in (
                (7, FOREVER, "Running", 20),
                (20, FOREVER, "Running", 60),
                (35, FOREVER, "Pause", 60),
                (50, 0, "", 100),
            ):
                await asyncio.sleep(moment - world.now)
                world.add("j1", ends=ends, during=during, progress=progress)

        world.add("j1", ends=FOREVER, during="Submitted")
        life = asyncio.create_task(live())
        seen = [(str(job.state), job.progress) async for job in watcher.watch("j1")]
        await life
        return seen

    assert in_world(scenario) == [
        ("Submitted", None),
        ("Running", 20),
        ("Running", 60),
        ("Pause", 60),
        ("Success", 100),
    ]


def test_a_slow_reader_is_given_the_newest_progress():
    async def scenario(world, watcher):
        async def live():
            for progress in range(1, 12):
                world.add("j1", ends=FOREVER, progress=progress)
                await asyncio.sleep(6)
            world.add("j1")

        life = asyncio.create_task(live())
        seen = []
        async for job in watcher.watch("j1"):
            seen.append(job.progress)
            if len(seen) == 1:
                await asyncio.sleep(40)
        await life
        return seen

    seen = in_world(scenario)
    assert seen[0] == 1
    assert seen[1] >= 6


def test_watching_ends_with_what_stood_in_the_way():
    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        changes = watcher.watch("j1", timeout=12)
        first = await anext(changes)
        with pytest.raises(JobWaitTimeoutError):
            await anext(changes)
        return str(first.state), watcher.stats().waiters

    assert in_world(scenario) == ("Running", 0)


def test_no_state_older_than_the_call_is_shown():
    """What others have seen before is not passed off as the present."""

    async def scenario(world, watcher):
        world.add("j1", ends=30, progress=1)
        first = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(2)
        world.add("j1", ends=30, progress=2)
        async for job in watcher.watch("j1"):
            seen = job.progress
            break
        await first
        return seen, world.now

    assert in_world(scenario)[0] == 2


# --- Going on elsewhere -----------------------------------------------------------------------------


def test_another_watcher_goes_on_where_one_has_stopped():
    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=50, progress=7, tag="Transcode") for number in range(15)]
        waits = [asyncio.create_task(watcher.wait(job_id)) for job_id in [*ids, "unknown"]]
        await asyncio.sleep(29)
        text = watcher.dump()
        await watcher.aclose()
        outcomes = await asyncio.gather(*waits, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {WatcherClosedError}
        async with JobWatcher(world.describe) as second:
            resumed = second.load(text)
            world.latency = 1
            with pytest.raises(JobWaitTimeoutError) as caught:
                await second.wait("j3", timeout=0.5)
            world.latency = 0
            ends = {}
            async for outcome in second.as_completed(resumed):
                ends[outcome.job_id] = (outcome, world.now)
        return resumed, caught.value, ends

    resumed, timed_out, ends = in_world(scenario)
    assert resumed == [*(f"j{number}" for number in range(15)), "unknown"]
    assert (timed_out.last_seen.progress, timed_out.last_seen.tag) == (7, "Transcode")
    assert timed_out.last_seen_ago > 0.5
    unknown, told_at = ends.pop("unknown")
    assert isinstance(unknown.error, JobNotFoundError)
    assert told_at < 40, "its time of grace must not begin anew"
    assert {outcome.job.state for outcome, _ in ends.values()} == {"Success"}


def test_a_dump_is_json_that_holds_no_job_twice():
    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        waits = [asyncio.create_task(watcher.wait("j1")) for _ in range(3)]
        await asyncio.sleep(1)
        text = watcher.dump()
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)
        return json.loads(text)

    dumped = in_world(scenario)
    assert dumped["version"] == 1
    assert [job["job_id"] for job in dumped["jobs"]] == ["j1"]
    assert json.loads(JobWatcher(World).dump()) == {"version": 1, "jobs": []}


# --- Life -------------------------------------------------------------------------------------------


def test_closing_tells_whoever_waits():
    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        waits = [asyncio.create_task(watcher.wait("j1")) for _ in range(3)]
        many = asyncio.create_task(_outcomes(watcher.as_completed(["j1"])))
        await asyncio.sleep(7)
        await watcher.aclose()
        await watcher.aclose()
        with pytest.raises(WatcherClosedError, match="make a new one"):
            await watcher.wait("j1")
        assert watcher.due_now("j1") == 0
        return await asyncio.gather(*waits, return_exceptions=True), (await many)[0].error, repr(watcher)

    outcomes, error, shown = in_world(scenario)
    assert {type(outcome) for outcome in outcomes} == {WatcherClosedError}
    assert isinstance(error, WatcherClosedError)
    assert shown == "<JobWatcher closed: 0 waiters for 0 jobs>"


async def _outcomes(source):
    return [outcome async for outcome in source]


def test_a_watcher_belongs_to_one_loop():
    async def use(watcher):
        async for _ in watcher.as_completed([]):
            pass

    watcher = JobWatcher(World)
    run(use(watcher))
    with pytest.raises(WatcherClosedError, match="another event loop"):
        run(use(watcher))
    run(watcher.aclose())


def test_the_figures_say_how_it_is_doing():
    async def scenario(world, watcher):
        ids = [world.add(f"j{number}", ends=30) for number in range(20)]
        waits = [asyncio.create_task(watcher.wait(job_id)) for job_id in ids * 2]
        await asyncio.sleep(8)
        stats = watcher.stats()
        await asyncio.gather(*waits)
        return stats, watcher.stats()

    busy, after = in_world(scenario)
    assert (busy.jobs, busy.waiters, busy.in_flight, busy.interval) == (20, 40, 0, 5.0)
    assert (busy.requests, busy.looks, busy.failures, busy.ended) == (4, 40, 0, 0)
    assert 0 < busy.oldest_look < 4
    assert (after.jobs, after.waiters, after.ended, after.remembered) == (0, 0, 20, 20)


def test_an_answer_that_is_none_ends_the_waits():
    """Whoever waits had better know of a fault than wait for ever."""

    async def describe(*_):
        return "no result at all"

    async def scenario(_, watcher):
        with pytest.raises(AttributeError):
            await watcher.wait("j1")

    in_world(scenario, describe=describe)


def test_what_was_watched_at_the_end_can_still_be_written_down():
    """``finally: await watcher.aclose()`` comes before the text is saved, often enough."""

    async def scenario(world, watcher):
        world.add("j1", ends=FOREVER)
        watcher.load('{"version": 1, "jobs": [{"job_id": "j9", "watched_for": 5}]}')
        wait = asyncio.create_task(watcher.wait("j1"))
        await asyncio.sleep(1)
        open_ = json.loads(watcher.dump())
        await watcher.aclose()
        await asyncio.wait([wait])
        wait.exception()
        return open_, json.loads(watcher.dump())

    while_open, closed = in_world(scenario)
    assert [job["job_id"] for job in while_open["jobs"]] == ["j1", "j9"]
    assert closed == while_open


def test_a_session_itself_is_refused_with_a_hint():
    with pytest.raises(ConfigurationError, match=r"give a callable, such as session\.describe_media_job"):
        JobWatcher(object())
