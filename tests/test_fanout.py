"""Any number of ids, each in exactly one outcome: the fan-out over a describe callable of the test's own."""

import asyncio
import itertools
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tencent_ci_async import errors
from tencent_ci_async._fanout import Fanout
from tencent_ci_async._recent import RecentlySeen, SeenExactly
from tencent_ci_async._timing import Timing
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail


class Service:
    """Knows every id that does not begin with ``missing``, and notes what it is asked."""

    def __init__(self):
        self.asked = []
        self.now = self.most = 0
        self.faults = []
        self.pauses = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, *job_ids):
        self.asked.append(job_ids)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0)
            await self.open.wait()
            fault = self.faults.pop(0) if self.faults else None
            if callable(fault):
                fault = fault(job_ids)
            if isinstance(fault, Exception):
                raise fault
            return fault or self.answer(job_ids)
        finally:
            self.now -= 1

    def answer(self, job_ids):
        missing = [job_id for job_id in job_ids if job_id.startswith("missing")]
        jobs = [JobDetail(job_id=job_id) for job_id in job_ids if job_id not in missing]
        return DescribeMediaJobResult(jobs_detail=jobs, non_exist_job_ids=missing)

    async def pause(self, seconds):
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def fanout(self, source, **changes):
        timing = Timing(sleep=self.pause, random=lambda: 0.5)
        return Fanout(self, source, **{"batch_size": 10, "width": 4, "timing": timing, **changes})


@pytest.fixture
async def service():
    return Service()


def ids(count):
    return [f"j{number}" for number in range(count)]


async def stream(job_ids, *, pause=False):
    for job_id in job_ids:
        if pause:
            await asyncio.sleep(0)
        yield job_id


async def settle(turns=50):
    for _ in range(turns):
        await asyncio.sleep(0)


# --- Asking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 95, 1_000])
@pytest.mark.parametrize("kind", [list, iter, stream])
async def test_every_id_has_one_outcome_in_as_few_requests_as_can_be(service, count, kind):
    outcomes = await service.fanout(kind(ids(count))).collect()
    assert list(outcomes) == ids(count)
    assert all(outcome.unwrap().job_id == job_id for job_id, outcome in outcomes.items())
    assert len(service.asked) == -(-count // 10)
    assert service.most <= 4


async def test_a_source_that_takes_its_time_is_asked_for_as_it_comes(service):
    """How full its batches are is a matter of luck; that nothing is lost is not."""
    outcomes = await service.fanout(stream(ids(100), pause=True)).collect()
    assert list(outcomes) == ids(100)
    assert all(outcome.job for outcome in outcomes.values())
    assert sum(map(len, service.asked)) == 100


async def test_duplicates_are_asked_for_once_and_order_is_kept(service):
    source = ["b", "a", "b", "missing1", "a", "c"]
    outcomes = await service.fanout(source).collect()
    assert list(outcomes) == ["b", "a", "missing1", "c"]
    assert service.asked == [("b", "a", "missing1", "c")]
    assert isinstance(outcomes["missing1"].error, errors.JobNotFoundError)


async def test_outcomes_arrive_before_the_source_has_ended(service):
    """An endless source is no obstacle: the first outcomes come at once."""
    endless = (f"j{number}" for number in itertools.count())
    async with aclosing(service.fanout(endless).run()) as outcomes:
        first = [await anext(outcomes) for _ in range(25)]
    assert len({outcome.job_id for outcome in first}) == 25


async def test_a_source_of_nothing_but_duplicates_does_not_hold_up_the_loop(service):
    turning = asyncio.create_task(settle())
    async with aclosing(service.fanout(itertools.repeat("j1")).run()) as outcomes:
        assert (await anext(outcomes)).job_id == "j1"
        await turning


async def test_a_full_batch_is_asked_for_at_once(service):
    """Only one that is not full waits a moment for company."""
    go = asyncio.Event()

    async def ten_and_then_nothing():
        for job_id in ids(10):
            yield job_id
        await go.wait()

    fanout = service.fanout(ten_and_then_nothing())
    async with aclosing(fanout.run()) as outcomes:
        waiting = asyncio.ensure_future(anext(outcomes))
        await settle()
        assert service.asked == [tuple(ids(10))]
        go.set()
        await waiting


async def test_a_list_is_remembered_exactly_and_a_stream_in_fixed_memory(service):
    """The list holds its ids in memory anyway; of an endless stream, that memory would have no bound."""
    assert isinstance(service.fanout(ids(3))._seen, SeenExactly)
    assert isinstance(service.fanout(iter(ids(3)))._seen, RecentlySeen)
    assert isinstance(service.fanout(stream(ids(3)))._seen, RecentlySeen)


async def test_pauses_that_are_over_are_not_remembered(service):
    """Each pause is a task; an outage of hours would else fill the memory with ended ones."""
    service.faults = [errors.NoAnswerError("dark"), None] * 100
    fanout = service.fanout(ids(200), batch_size=1)
    async with aclosing(fanout.run()) as outcomes:
        async for _ in outcomes:
            assert len(fanout._tasks) <= 1 + 4 + 4 * 4 + 4
    assert len(service.pauses) >= 50


async def test_a_slow_source_does_not_wait_for_a_full_batch(service):
    go = asyncio.Event()

    async def hesitant():
        yield "j1"
        await go.wait()
        yield "j2"

    async with aclosing(service.fanout(hesitant()).run()) as outcomes:
        assert (await anext(outcomes)).job_id == "j1"
        go.set()
        assert [outcome.job_id async for outcome in outcomes] == ["j2"]


async def test_ids_that_come_one_by_one_share_a_request_when_they_come_close_together(service):
    """Workers that waited in vain before do not snatch the first id that comes."""
    go = asyncio.Event()

    async def in_two_bursts():
        yield "j0"
        await go.wait()
        for job_id in ids(10)[1:]:
            await asyncio.sleep(0)
            yield job_id

    async with aclosing(service.fanout(in_two_bursts()).run()) as outcomes:
        assert (await anext(outcomes)).job_id == "j0"
        go.set()
        assert len([outcome async for outcome in outcomes]) == 9
    assert len(service.asked) <= 4


async def test_malformed_ids_are_outcomes_and_spoil_nothing(service):
    source = ["j1", "a/b", "", None, ["x"], "j2"]
    outcomes = await service.fanout(source).collect()
    assert list(outcomes) == ["j1", "a/b", "", "None", "['x']", "j2"]
    assert service.asked == [("j1", "j2")]
    for label in ("a/b", "", "None", "['x']"):
        assert isinstance(outcomes[label].error, errors.ConfigurationError)


# --- Back-pressure --------------------------------------------------------------------------------------


async def test_a_slow_consumer_slows_the_requests_and_the_source(service):
    taken = 0

    def source():
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield f"j{number}"

    async with aclosing(service.fanout(source()).run()) as outcomes:
        await anext(outcomes)
        await settle(500)
        requests, read = len(service.asked), taken
        await settle(500)
        # The buffers are full: nothing more is asked for, and nothing more is read.
        assert (len(service.asked), taken) == (requests, read)
        assert read <= 300
        for _ in range(100):
            await anext(outcomes)
        await settle()
        assert taken > read


async def test_malformed_ids_are_bounded_as_well(service):
    source = (f"bad id {number}" for number in itertools.count())
    fanout = service.fanout(source)
    async with aclosing(fanout.run()) as outcomes:
        await anext(outcomes)
        await settle(200)
        assert len(fanout._outcomes) <= 80


# --- Leaving early ------------------------------------------------------------------------------------


async def test_leaving_the_loop_stops_the_requests_and_leaves_no_task(service):
    before = asyncio.all_tasks()
    async for _ in service.fanout(ids(1_000)).run():
        break
    await settle()
    requests = len(service.asked)
    await settle()
    assert len(service.asked) == requests < 20
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21])
async def test_cancelling_ends_cancelled_and_leaves_nothing(service, turns):
    service.open.clear()
    before = asyncio.all_tasks()
    run = asyncio.create_task(service.fanout(ids(100)).collect())
    await settle(turns)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert asyncio.all_tasks() == before
    assert service.now == 0


async def test_a_source_that_raises_ends_the_run_with_its_own_exception(service):
    def source():
        yield from ids(5)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await service.fanout(source()).collect()


async def test_a_report_that_raises_ends_the_run(service):
    def report(_progress):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await service.fanout(ids(5), report=report).collect()


@pytest.mark.parametrize(
    "error", [errors.SessionClosedError("closed"), errors.ConfigurationError("no credentials")]
)
async def test_what_no_id_is_to_blame_for_ends_the_run(service, error):
    service.faults = [None, error]
    with pytest.raises(type(error)):
        await service.fanout(ids(1_000)).collect()
    assert len(service.asked) < 20


# --- Faults ---------------------------------------------------------------------------------------------


async def test_one_bad_id_does_not_spoil_nine_good_ones(service):
    def refuse(job_ids):
        return errors.RequestError("", status=400, code="InvalidArgument") if "j3" in job_ids else None

    service.faults = [refuse] * 100
    outcomes = await service.fanout(ids(10)).collect()
    assert [job_id for job_id, outcome in outcomes.items() if outcome.error] == ["j3"]
    assert len(service.asked) <= 9


async def test_a_request_that_failed_is_asked_again_in_two_later_rounds(service):
    service.faults = [errors.NoAnswerError("reset"), errors.ServerError("", status=500)]
    outcomes = await service.fanout(ids(3)).collect()
    assert all(outcome.job for outcome in outcomes.values())
    assert service.asked == [("j0", "j1", "j2")] * 3
    assert service.pauses == [1.5, 6.0]


async def test_after_two_later_rounds_the_error_is_the_outcome(service):
    service.faults = [errors.NoAnswerError("reset")] * 3
    outcomes = await service.fanout(ids(2)).collect()
    assert [str(outcome.error) for outcome in outcomes.values()] == ["reset", "reset"]
    assert len(service.asked) == 3


async def test_a_refusal_is_not_asked_again(service):
    service.faults = [errors.AccessError("", status=403)]
    outcomes = await service.fanout(ids(12), width=1).collect()
    assert [type(outcome.error) for outcome in outcomes.values()] == [errors.AccessError] * 10 + [
        type(None)
    ] * 2
    assert (len(service.asked), service.pauses) == (2, [])


async def test_while_many_batches_rest_no_fresh_ids_are_taken(service):
    """In an outage the memory of what is to be asked again stays bounded."""
    waking = asyncio.Event()

    async def rest(_seconds):
        await waking.wait()

    service.faults = [errors.NoAnswerError("dark")] * 10_000
    endless = (f"j{number}" for number in itertools.count())
    timing = Timing(sleep=rest, random=lambda: 0.5)
    async with aclosing(service.fanout(endless, timing=timing).run()) as outcomes:
        waiting = asyncio.create_task(anext(outcomes))
        await settle(2_000)
        assert 4 * 4 <= len(service.asked) <= 4 * 4 + 4
        service.faults = []
        waking.set()
        assert (await waiting).job


async def test_ids_that_an_answer_leaves_out_are_asked_for_again(service):
    def forgetful(job_ids):
        return service.answer(job_ids[::2])

    service.faults = [forgetful, forgetful]
    outcomes = await service.fanout(ids(10)).collect()
    assert all(outcome.unwrap().job_id == job_id for job_id, outcome in outcomes.items())
    assert [len(asked) for asked in service.asked] == [10, 5, 2]


async def test_an_answer_to_another_question_is_delivered_to_nobody(service):
    service.faults = [lambda _: service.answer(["z1", "z2"])] * 2
    outcomes = await service.fanout(ids(3)).collect()
    assert list(outcomes) == ids(3)
    assert all(outcome.job.job_id == job_id for job_id, outcome in outcomes.items())


async def test_an_id_that_every_answer_leaves_out_ends_in_a_typed_error(service):
    def without_j0(job_ids):
        return service.answer([job_id for job_id in job_ids if job_id != "j0"])

    service.faults = [without_j0] * 100
    outcomes = await service.fanout(ids(4)).collect()
    assert isinstance(outcomes["j0"].error, errors.UnreadableAnswerError)
    assert sum("j0" in asked for asked in service.asked) == 5
    assert service.asked[-1] == ("j0",)


async def test_raise_on_error_raises_one_flat_exception_in_the_end(service):
    service.faults = [errors.AccessError("", status=403)]
    source = ["a/b", *ids(10), "missing1", "j10"]
    run = service.fanout(source, raise_on_error=True, width=1).run()
    seen = []

    async def consume():
        async for outcome in run:
            seen.append(outcome)  # noqa: PERF401 - what came before the exception counts

    with pytest.raises(errors.BatchError, match="12 job ids ended in an error") as caught:
        await consume()
    assert len(seen) == 13
    assert sorted(caught.value.errors) == sorted(["a/b", *ids(10), "missing1"])
    assert "10 AccessError, 1 ConfigurationError, 1 JobNotFoundError" in str(caught.value)


async def test_without_any_error_nothing_is_raised(service):
    assert len(await service.fanout(ids(5), raise_on_error=True).collect()) == 5


# --- Progress -----------------------------------------------------------------------------------------


async def test_progress_counts_up_to_the_total(service):
    seen = []
    await service.fanout([*ids(25), "missing1", "a/b"], report=seen.append, width=1).collect()
    last = seen[-1]
    assert (last.total, last.found, last.missing, last.failed, last.requests) == (27, 25, 1, 1, 3)
    assert [each.done for each in seen] == sorted(each.done for each in seen)


async def test_duplicates_are_taken_off_the_total(service):
    seen = []
    await service.fanout([*ids(5), *ids(5)], report=seen.append).collect()
    assert (seen[-1].total, seen[-1].done) == (5, 5)


async def test_a_stream_has_no_total(service):
    seen = []
    await service.fanout(stream(ids(5)), report=seen.append).collect()
    assert (seen[-1].total, seen[-1].done) == (None, 5)


# --- The law ------------------------------------------------------------------------------------------

FAULTS = st.sampled_from(
    [
        None,
        errors.NoAnswerError("reset"),
        errors.ServerError("", status=500),
        errors.AccessError("", status=403),
        errors.RequestError("", status=400),
        errors.UnreadableAnswerError("html"),
        errors.ResponseTooLargeError("large"),
        "omit",
        "foreign",
        "duplicate",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 60), max_size=80),
    st.lists(FAULTS, max_size=60),
    st.integers(1, 10),
    st.integers(1, 5),
    st.booleans(),
)
async def test_whatever_happens_each_distinct_id_has_exactly_one_outcome(
    numbers, faults, size, width, streamed
):
    service = Service()
    shapes = {
        "omit": lambda asked: service.answer(asked[1:]),
        "foreign": lambda _: service.answer(["zz"]),
        "duplicate": lambda asked: service.answer([*asked, *asked]),
    }
    service.faults = [shapes.get(fault, fault) if isinstance(fault, str) else fault for fault in faults]
    source = [f"missing{number}" if number % 7 == 0 else f"j{number}" for number in numbers]
    run = service.fanout(stream(source) if streamed else source, batch_size=size, width=width).run()
    outcomes = [outcome async for outcome in run]
    assert sorted(outcome.job_id for outcome in outcomes) == sorted(set(source))
    for outcome in outcomes:
        assert (outcome.job is None) is not (outcome.error is None)
        assert outcome.job is None or outcome.job.job_id == outcome.job_id
    assert all(1 <= len(asked) <= size for asked in service.asked)
    assert service.most <= width
