"""What a watcher promises whatever happens, by state machines on a virtual clock.

The promises are numbered. I1: each wait ends exactly once. I2: no job is in two requests at a time. I3: only
jobs that somebody waits for are asked for. I4: an end is final. I5: nobody is shown what was asked before he
came. I6: who leaves changes nothing for others. I7: no job is overlooked for long. I8: the rate found is
kept. I9: requests follow the jobs. I10: nobody is overtaken for ever. I11: where nobody waits, nothing runs.
I12: memory follows the jobs at hand. I13: all are given the same object. I14: an error reaches only whom it
concerns. I15: neither order nor company changes an outcome. I16: deadlines are kept. I17: the time of day is
of no matter.
"""

import asyncio
import json
import math
import random
import time
import tracemalloc
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.virtual_time import VirtualLoop, run
from support.watched_world import EPSILON, PASSING, REFUSALS, Ledger, Wait, World, failure, quiet

from tencent_ci_async import JobWatcher, PollSchedule, Timing
from tencent_ci_async.errors import JobNotFoundError, WatcherClosedError
from tencent_ci_async.models import DescribeMediaJobResult, JobDetail, JobState

CALM = settings(deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
ENDS = st.sampled_from([JobState.SUCCESS, JobState.SUCCESS, JobState.FAILED, JobState.CANCEL])
HOW = st.sampled_from(["settle", "wait", "watch", "collect"])
GRACE = 12.0
# Who is refused waits anew up to three times, and each time takes some turns.
MOST_TURNS = 150
FEW_TURNS = 8


def no_wall_clock():
    raise AssertionError("I17: the watcher has asked for the time of day")


class Watching(RuleBasedStateMachine):
    """Waits come and go while the service does nothing worse than to be slow."""

    is_fault_free = True

    def __init__(self):
        super().__init__()
        self.loop = VirtualLoop()
        self.complaints = []
        self.loop.set_exception_handler(lambda _loop, context: self.complaints.append(context))
        self.watcher = None
        self.ids = []
        self.churning = []
        self.most_live = self.most_waiters = 0

    @property
    def live(self):
        """How many jobs are waited for."""
        return sum(1 for count in self.ledger.live.values() if count)

    @initialize(
        interval=st.sampled_from([1.0, 5.0]),
        gather=st.sampled_from([0.0, 0.2, 1.0]),
        size=st.sampled_from([1, 3, 10]),
        width=st.sampled_from([1, 2, 8]),
        max_dark=st.sampled_from([None, None, None, 45.0]),
        seed=st.integers(0, 3),
        dated=st.booleans(),
        latency=st.sampled_from([0.0, 0.02, 0.3]),
    )
    def open(self, interval, gather, size, width, max_dark, seed, dated, latency):
        self.world = World(self.loop, size=size, width=width)
        self.world.dated, self.world.latency = dated, latency
        self.slowest = latency
        self.world.permute = partial(_shuffled, random.Random(seed))
        self.ledger = Ledger(self.world, grace=GRACE)
        self.schedule = PollSchedule(interval=interval, gather=gather, not_found_grace=GRACE)
        self.max_dark = max_dark
        self.random = random.Random(seed).random
        self.make_watcher()

    def make_watcher(self):
        self.watcher = JobWatcher(
            self.world.describe,
            schedule=self.schedule,
            max_ids_per_request=self.world.size,
            max_in_flight=self.world.width,
            max_dark=self.max_dark,
            remember=100_000,
            remember_for=1e9,
            timing=Timing(wall_clock=no_wall_clock, clock=no_wall_clock, random=self.random),
        )
        self.ledger.new_watcher()

    def start(self, wait):
        if wait.max_dark is None:
            wait.max_dark = self.max_dark
        self.ledger.start(self.watcher, wait)

    def pass_time(self, seconds):
        self.loop.run_until_complete(asyncio.sleep(seconds))
        self.turn()

    def turn(self):
        """Let everything happen that needs no time to pass; return the turns that it took."""
        turns = self.loop.run_until_complete(_until_still(self.loop))
        self.ledger.judge_given_up()
        assert turns < MOST_TURNS, "I11: the loop turns and turns, although no time passes"
        return turns

    # --- What happens -----------------------------------------------------------------------------------

    @rule(
        count=st.sampled_from([1, 1, 1, 4, 12]),
        unknown_for=st.sampled_from([0.0, 0.0, 3.0]),
        runs_after=st.sampled_from([0.0, 2.0, 20.0]),
        pause=st.sampled_from([None, None, (4.0, 9.0), (3.0, math.inf)]),
        lasts=st.sampled_from([0.0, 3.0, 8.0, 30.0, 300.0, 5_000.0]),
        final=ENDS,
        tag=st.sampled_from(["Concat", "Transcode", None]),
        tells=st.sampled_from([None, 1.0, 0.4]),
    )
    def submit(self, count, unknown_for, runs_after, pause, lasts, final, tag, tells):
        """Some jobs are submitted; who waits for them comes later, or never."""
        if pause is not None and math.isinf(pause[1]):
            lasts = math.inf
        plan = {"unknown_for": unknown_for, "runs_after": runs_after, "lasts": lasts, "final": final}
        for _ in range(count):
            job_id = f"j{len(self.ids)}"
            self.ids.append(job_id)
            self.world.submit(job_id, paused=pause or (math.inf, math.inf), tag=tag, tells=tells, **plan)

    def named(self, number):
        # Now and then somebody waits for what does not exist.
        return (
            f"ghost{number % 3}"
            if not self.ids or number % 13 == 12
            else self.ids[-1 - number % len(self.ids)]
        )

    @rule(
        how=HOW,
        numbers=st.lists(st.integers(0, 60), min_size=1, max_size=14),
        timeout=st.sampled_from([None, None, None, 0.001, 2.0, 5.0, 33.0, 400.0]),
        submitted_ago=st.sampled_from([None, 0.0, 2.0]),
        on_pause=st.sampled_from(["wait", "wait", "raise"]),
        max_dark=st.sampled_from([None, None, 20.0, 90.0]),
        again=st.booleans(),
    )
    def wait(self, how, numbers, again, **limits):
        job_ids = tuple(dict.fromkeys(self.named(number) for number in numbers))
        if how != "collect":
            job_ids = job_ids[:1]
        self.start(Wait(how, job_ids, again=again, **limits))
        self.turn()

    @rule(count=st.sampled_from([2, 30]), how=HOW, number=st.integers(0, 60))
    def crowd_in(self, count, how, number):
        """Many wait for the same job."""
        for _ in range(count):
            self.start(Wait(how, (self.named(number),)))
        self.turn()

    @precondition(lambda self: self.watcher is not None and len(self.ledger.waits) < 400)
    @rule(
        period=st.sampled_from([0.05, 0.25]),
        count=st.sampled_from([10, 80]),
        lasts=st.sampled_from([0.0, 7.0]),
    )
    def churn(self, period, count, lasts):
        """From now on a new job comes again and again, and somebody who waits for it."""
        self.churning = [task for task in self.churning if not task.done()]
        self.churning.append(self.loop.create_task(self._churn(period, count, lasts), name="churn"))
        self.pass_time(period * count / 2)

    async def _churn(self, period, count, lasts):
        for _ in range(count):
            job_id = f"j{len(self.ids)}"
            self.ids.append(job_id)
            self.world.submit(job_id, lasts=lasts, runs_after=0.0)
            self.start(Wait("settle", (job_id,)))
            await asyncio.sleep(period)

    @precondition(lambda self: self.watcher is not None and self.ledger.waiting)
    @rule(
        number=st.integers(0, 1_000),
        count=st.sampled_from([1, 1, 3, 1_000]),
        later=st.sampled_from([0, 1, 2]),
    )
    def leave(self, number, count, later):
        """Some of those who wait leave, at once or some turns of the loop later."""
        self.loop.run_until_complete(_turns(later))
        waiting = self.ledger.waiting
        for wait in (waiting[number % len(waiting) :] + waiting)[:count] if waiting else ():
            wait.left = True
            wait.task.cancel()
        turns = self.turn()
        if not self.ledger.waiting:
            assert turns <= FEW_TURNS, "I11: the end takes its time"

    @precondition(lambda self: self.watcher is not None and self.ledger.waiting)
    @rule(
        how=HOW, number=st.integers(0, 99), leave=st.booleans(), on_pause=st.sampled_from(["wait", "raise"])
    )
    def come_while_it_is_asked_for(self, how, number, leave, on_pause):
        """Somebody comes while a request is under way, perhaps just after all others have left."""
        for _ in range(120):
            if self.world.in_flight or not self.ledger.waiting:
                break
            self.pass_time(0.049)
        for call in list(self.world.in_flight):
            job_id = call.ids[number % len(call.ids)]
            if leave:
                self.take_away([wait for wait in self.ledger.waiting if job_id in wait.open])
            self.start(Wait(how, (job_id,), on_pause=on_pause))
        self.turn()

    def take_away(self, waits):
        for wait in waits:
            wait.left = True
            wait.task.cancel()
        self.turn()

    @precondition(lambda self: self.watcher is not None and self.ledger.waiting)
    @rule(number=st.integers(0, 1_000), count=st.sampled_from([1, 3, 1_000]))
    def leave_as_it_rings(self, number, count):
        """Some leave in the very turn in which the next timer rings, such as that of the next request."""
        _, timers = quiet(self.loop)
        waiting = self.ledger.waiting
        leaving = (waiting[number % len(waiting) :] + waiting)[:count]

        def leave():
            for wait in leaving:
                wait.left = True
                wait.task.cancel()

        when = min((timer.when() for timer in timers), default=self.loop.time())
        self.loop.call_at(when, leave)
        self.pass_time(when - self.loop.time())

    @rule(seconds=st.sampled_from([0.0, 0.005, 0.011, 0.15, 0.3, 1.0, 1.0, 5.0, 5.0, 7.0, 31.0, 200.0]))
    def advance(self, seconds):
        self.pass_time(seconds)

    @rule(numbers=st.lists(st.integers(0, 60), min_size=1, max_size=12), stranger=st.booleans())
    def hint(self, numbers, stranger):
        job_ids = [self.named(number) for number in numbers] + ["unheard-of"] * stranger
        known = self.watcher.due_now(*job_ids)
        waited_for = [job_id for job_id in set(job_ids) if self.ledger.live[job_id]]
        assert known == len(waited_for), "a hint counts those jobs that are waited for"
        self.turn()

    @rule()
    def dump(self):
        """Dumped and loaded, what is watched is what somebody waits for, or was loaded to be waited for."""
        text = self.watcher.dump()
        waited_for = {job_id for job_id, count in self.ledger.live.items() if count}
        waited_for |= self.ledger.recalled.keys()
        assert {job["job_id"] for job in json.loads(text)["jobs"]} == waited_for
        assert set(JobWatcher(self.world.describe).load(text)) == waited_for

    # --- What holds at any time ---------------------------------------------------------------------------

    @invariant()
    def nothing_is_broken(self):
        if self.watcher is None:
            return
        assert not self.ledger.broken, "\n".join(self.ledger.broken)
        assert not self.complaints, self.complaints
        stats = self.watcher.stats()
        assert stats.waiters == sum(self.ledger.live.values()), "I1: somebody is counted who does not wait"
        assert stats.jobs == self.live
        assert stats.in_flight >= len(self.world.in_flight)

    @invariant()
    def nothing_runs_for_nobody(self):
        """I11: as soon as nobody waits, there is no task, no timer and no request."""
        if self.watcher is None or any(self.ledger.live.values()):
            return
        tasks, timers = quiet(self.loop)
        if any(task.get_name() == "churn" for task in tasks):
            return
        assert not tasks, f"I11: still running: {tasks}"
        assert not timers, f"I11: still to ring: {timers}"
        assert not self.world.in_flight, "I11: still asking"
        dispatcher = self.watcher._dispatcher
        if dispatcher is not None:
            assert not dispatcher._in_flight, "I11: a request holds its place"
            assert not dispatcher.roll._orphans, "I11: a job holds its place"
            assert not dispatcher.roll.parts, "I11: a piece of a batch is left"
            assert not dispatcher._deadlines._heap, "I11: a deadline is left"

    @invariant()
    def memory_follows_the_jobs_at_hand(self):
        """I12: in every register of the watcher there is room for what lives, and little else."""
        dispatcher = self.watcher and self.watcher._dispatcher
        if dispatcher is None:
            return
        live, waiters = self.live, sum(self.ledger.live.values())
        roll, most_asked = dispatcher.roll, self.world.size * (self.world.width + 1)
        assert len(roll.watched) == live, "I12: on the roll, but not waited for"
        assert len(roll._orphans) <= most_asked, "I12: orphans pile up"
        assert sum(len(lane) for lane in roll.queue._lanes) <= live, "I12: in a lane, but not waited for"
        assert len(roll.queue._resting) <= 65 + 3 * (live + most_asked), "I12: stale turns pile up"
        self.most_waiters = max(self.most_waiters, waiters)
        assert len(dispatcher._deadlines._heap) <= 65 + 6 * self.most_waiters, "I12: stale deadlines pile up"
        assert len(roll.history._kinds) <= 256

    @invariant()
    def no_job_is_overlooked(self):
        """I7, I10: while requests succeed, each job that is waited for was looked at not long ago."""
        if self.watcher is None or not self.is_fault_free:
            return
        now = self.loop.time()
        self.most_live = max(self.most_live, self.live)
        waited_for = [job_id for job_id, count in self.ledger.live.items() if count]
        gaps = [*self.ledger.gaps, *((job_id, now - self.ledger.looked_at(job_id)) for job_id in waited_for)]
        self.ledger.gaps.clear()
        for job_id, gap in gaps:
            assert gap <= self.longest(job_id) + EPSILON, f"I7: {job_id} was overlooked for {gap} s"
        for job_id in waited_for:
            if job_id.startswith("ghost"):
                waited = now - self.ledger.watched_since[job_id]
                # Once believed to be missing it is asked for once more, alone.
                longest = GRACE + 2 * self.longest(job_id)
                assert waited <= longest, f"I10: {job_id} was passed over for {waited} s"

    def longest(self, job_id):
        """The longest time between two looks at a job, by the settings and the load."""
        schedule, plan = self.schedule, self.world.plans.get(job_id)
        wait = schedule.interval
        if plan is not None and plan.tells is not None:
            wait = max(wait, schedule.longest_skip)
        if plan is not None and self.ledger.ended_of_tag[plan.tag] >= 50:
            wait = max(wait, schedule.early_interval)
        requests = math.ceil(self.most_live / self.world.size) + 1
        spread = min(0.05 * requests, schedule.interval)
        busy = math.ceil(requests / self.world.width) * self.slowest
        # A turn of the watcher costs a hundredth of a second at most, and each look the way there and back.
        return wait + schedule.gather * schedule.interval + spread + 2 * busy + 2 * self.slowest + 0.05

    def teardown(self):
        try:
            if self.watcher is not None:
                self.finish()
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(_turns(5))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def finish(self):
        """I1: when the service is well again, all whose jobs have ended are told; closing ends the rest."""
        self.world.end_of_trouble()
        for task in self.churning:
            task.cancel()
        self.pass_time(150)
        now = self.loop.time()
        for wait in self.ledger.waiting:
            for job_id in wait.open:
                plan = self.world.plans.get(job_id)
                assert plan is not None, f"I1: nobody was told that {job_id} does not exist"
                assert plan.ends > now - 45, f"I1: nobody was told that {job_id} has ended"
        self.close()
        self.nothing_is_broken()
        self.nothing_runs_for_nobody()

    def close(self):
        before = list(self.ledger.waiting)
        asked = len(self.world.calls)
        self.ledger.is_closed = True
        self.loop.run_until_complete(self.watcher.aclose())
        self.turn()
        for wait in before:
            assert wait.task.done(), f"I1: {wait} goes on after the watcher was closed"
        assert len(self.world.calls) == asked, "I3: a request after the watcher was closed"
        assert not self.world.in_flight, "I11: a request goes on after the watcher was closed"
        assert repr(self.watcher).startswith("<JobWatcher closed: 0 waiters for 0 jobs")


class Troubled(Watching):
    """The same, while everything goes wrong that can."""

    is_fault_free = False

    @rule(
        kind=st.sampled_from([*PASSING, *PASSING, *REFUSALS, "ResponseTooLargeError", "RequestError"]),
        times=st.sampled_from([1, 1, 2, 6]),
        retry_after=st.sampled_from([None, None, 4.0]),
    )
    def fail(self, kind, times, retry_after):
        """The next requests fail."""
        self.world.troubles.extend([(kind, retry_after)] * times)

    @rule(number=st.integers(0, 60))
    def close_session(self, number):
        """The session is closed, and open again soon: all who wait are told, and one waits anew at once."""
        self.start(Wait("settle", (self.named(number),), again=True))
        self.world.troubles.appendleft(("SessionClosedError", None))
        self.turn()

    @rule(seconds=st.sampled_from([0.5, 10.0, 100.0]))
    def go_dark(self, seconds):
        self.world.dark_until = self.loop.time() + seconds

    @rule(number=st.integers(0, 60))
    def poison(self, number):
        """The service finds every request malformed that names a certain job."""
        self.world.poison ^= {self.named(number)}

    @rule(numbers=st.lists(st.integers(0, 60), min_size=1, max_size=5), times=st.sampled_from([1, 2, 5, 30]))
    def omit(self, numbers, times):
        """The next answers say nothing of some jobs."""
        for number in numbers:
            self.world.omissions[self.named(number)] += times

    @rule(latency=st.sampled_from([0.0, 0.02, 0.3, 2.0, 12.0]))
    def slow_down(self, latency):
        self.world.latency = latency

    @rule(resumes=st.booleans())
    def restart(self, resumes):
        """The watcher is closed, and another one goes on with what it has written down."""
        text, since = self.watcher.dump(), {**self.ledger.recalled, **self.ledger.watched_since}
        for wait in self.ledger.waiting:
            wait.again = False
        for task in self.churning:
            task.cancel()
        self.close()
        self.make_watcher()
        job_ids = self.watcher.load(text)
        self.ledger.recalled = {job_id: since[job_id] for job_id in job_ids}
        if resumes and job_ids:
            self.start(Wait("collect", tuple(job_ids)))
            self.turn()


async def _until_still(loop):
    for turn in range(MOST_TURNS):
        await asyncio.sleep(0)
        if not loop._ready:
            return turn
    return MOST_TURNS


async def _turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


def _shuffled(chance, items):
    return chance.sample(items, len(items))


@pytest.mark.parametrize("machine", [Watching, Troubled])
def test_whatever_happens_the_promises_hold(campaign, machine):
    """I1 to I5, I11 to I14, I16 and I17 whatever goes wrong; I7 and I10 while nothing does."""
    if campaign:
        long = settings(CALM, max_examples=2_000, stateful_step_count=60)
    else:
        long = settings(CALM, max_examples=60, stateful_step_count=40)
    run_state_machine_as_test(machine, settings=long)


# --- Promises that take two runs to check ------------------------------------------------------------------

MOMENTS = st.integers(0, 80).map(lambda quarters: quarters / 4)
PLANS = st.fixed_dictionaries(
    {
        "unknown_for": st.sampled_from([0.0, 0.0, 3.0]),
        "runs_after": st.sampled_from([0.0, 2.0]),
        "lasts": st.integers(0, 120).map(lambda halves: halves / 2),
        "final": ENDS,
        "tells": st.sampled_from([None, 1.0, 0.4]),
    }
)
WAITS = st.tuples(
    MOMENTS,
    HOW,
    st.lists(st.integers(0, 11), min_size=1, max_size=4),
    st.sampled_from([None, None, 3.0, 20.0]),
    st.sampled_from([None, 0.0]),
)
TROUBLES = st.lists(st.tuples(st.sampled_from([*PASSING, *REFUSALS]), st.just(None)), max_size=6)


def repeated(short, long):
    """Make a test of a property, with so many examples in the short form and in the long one."""

    def decorate(holds):
        def test(campaign):
            settings(CALM, max_examples=long if campaign else short)(holds)()

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return decorate


class Story:
    """One run: jobs, who waits for them from when on, and who leaves when."""

    def __init__(self, loop, plans, *, troubles=(), latency=0.05, size=10, timing=None, **settings):
        self.loop = loop
        self.agenda = []
        self.world = World(loop, size=size)
        self.world.latency = latency
        self.ledger = Ledger(self.world, grace=GRACE)
        for number, plan in enumerate(plans):
            self.world.submit(f"j{number}", **plan)
        self.world.troubles.extend(troubles)
        schedule = PollSchedule(not_found_grace=GRACE)
        self.watcher = JobWatcher(
            self.world.describe,
            schedule=settings.pop("schedule", schedule),
            max_ids_per_request=size,
            timing=timing or Timing(wall_clock=no_wall_clock, random=random.Random(7).random),
            **settings,
        )

    def wait_at(self, when, how, job_ids, **limits):
        wait = Wait(how, tuple(dict.fromkeys(job_ids)), **limits)
        self.at(when, partial(self.ledger.start, self.watcher, wait))
        return wait

    def leave_at(self, when, wait):
        def leave():
            wait.left = True
            wait.task.cancel()

        self.at(when, leave)

    def at(self, when, action):
        """Have something happen; of what happens at the same moment, what was said first comes first."""
        self.agenda.append((when, len(self.agenda), action))

    async def end(self, seconds):
        ends = self.loop.time() + seconds
        for when, _, action in sorted(self.agenda):
            await asyncio.sleep(1_000.0 + when - self.loop.time())
            action()
        await asyncio.sleep(ends - self.loop.time())
        self.ledger.is_closed = True
        await self.watcher.aclose()
        await _turns(5)
        self.ledger.judge_given_up()
        assert not self.ledger.broken, "\n".join(self.ledger.broken)

    @property
    def questions(self):
        return [(call.started, call.ids) for call in self.world.calls]


class Jumping:
    """A wall clock that is put forward and back."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def jump(self, seconds):
        self.now += seconds

    def __call__(self):
        return self.now


def told(wait):
    """How a wait ended, and when, in plain values."""
    outcomes = {
        job_id: (type(outcome).__name__, getattr(outcome, "state", None), wait.instants[job_id])
        for job_id, outcome in wait.outcomes.items()
    }
    return outcomes, [(job.state, job.progress) for job in wait.seen]


@repeated(30, 600)
@given(
    plans=st.lists(PLANS, min_size=12, max_size=12),
    others=st.lists(WAITS, max_size=8),
    victim=WAITS,
    stays=st.sampled_from([0.0, 0.01, 0.25, 4.0, 9.0]),
    # Company that a refusal has sent away would be no company.
    troubles=st.lists(st.tuples(st.sampled_from(PASSING), st.just(None)), max_size=6),
)
def test_who_leaves_changes_nothing_for_those_who_stay(plans, others, victim, stays, troubles):
    """I6: with company for each of his jobs, not one request and not one instant is another."""

    async def play(*, leaves):
        story = Story(asyncio.get_running_loop(), plans, troubles=troubles)
        came, how, numbers, _, _ = victim
        job_ids = [f"j{number}" for number in numbers][: None if how == "collect" else 1]
        waits = [story.wait_at(0.0, "settle", (job_id,)) for job_id in dict.fromkeys(job_ids)]
        for began, manner, wanted, timeout, submitted_ago in others:
            ids = [f"j{number}" for number in wanted][: None if manner == "collect" else 1]
            waits.append(story.wait_at(began, manner, ids, timeout=timeout, submitted_ago=submitted_ago))
        leaver = story.wait_at(came, how, job_ids)
        if leaves:
            story.leave_at(came + stays, leaver)
        await story.end(200)
        return story.questions, [told(wait) for wait in waits]

    assert run(play(leaves=True)) == run(play(leaves=False))


@repeated(20, 400)
@given(
    plans=st.lists(PLANS, min_size=12, max_size=12),
    leavers=st.dictionaries(st.integers(0, 11), MOMENTS, max_size=6),
)
def test_a_job_given_up_changes_no_outcome_of_the_others(plans, leavers):
    """I6: though it leaves room in the requests, the others end alike, and hardly at another time."""

    async def play(*, leave):
        story = Story(asyncio.get_running_loop(), plans)
        waits = {number: story.wait_at(0.0, "settle", (f"j{number}",)) for number in range(12)}
        for number, when in leavers.items() if leave else ():
            story.leave_at(when, waits[number])
        await story.end(200)
        return {number: told(wait)[0] for number, wait in waits.items() if number not in leavers}

    with_them, without = run(play(leave=False)), run(play(leave=True))
    for number, outcomes in with_them.items():
        ((kind, state, instant),) = outcomes.values()
        ((kind_then, state_then, instant_then),) = without[number].values()
        assert (kind, state) == (kind_then, state_then), "I6: another outcome"
        # What is skipped because of the progress, and the wait for company.
        assert abs(instant - instant_then) <= 10 + 1 + 0.5, "I6: another time"


@repeated(30, 600)
@given(
    plans=st.lists(PLANS, min_size=1, max_size=30),
    size=st.sampled_from([1, 2, 3, 7, 10]),
    seed=st.integers(0, 1_000),
    bad=st.sets(st.integers(0, 29), max_size=3),
    ghosts=st.integers(0, 3),
)
def test_neither_order_nor_company_changes_an_outcome(plans, size, seed, bad, ghosts):
    """I15: whatever the batches and the order of the answers, each job ends as it ends alone."""

    async def play(size, chance):
        story = Story(asyncio.get_running_loop(), plans, size=size)
        story.world.poison = {f"j{number}" for number in bad}
        story.world.permute = partial(_shuffled, chance)
        job_ids = [*story.world.plans, *(f"ghost{number}" for number in range(ghosts))]
        waits = [
            story.wait_at(chance.choice([0.0, 0.3]), "settle", (job_id,))
            for job_id in _shuffled(chance, job_ids)
        ]
        await story.end(200)
        outcomes = {wait.ids[0]: told(wait)[0][wait.ids[0]][:2] for wait in waits}
        assert outcomes.keys() == set(job_ids), "I1: somebody was not told"
        return outcomes

    alone = run(play(1, random.Random(0)))
    assert run(play(size, random.Random(seed))) == alone, "I15: another outcome in company"
    for number in bad.intersection(range(len(plans))):
        assert alone[f"j{number}"][0] == "RequestError", "I14: the culprit was not told"


@repeated(15, 300)
@given(
    plans=st.lists(PLANS, min_size=12, max_size=12),
    waits=st.lists(WAITS, min_size=1, max_size=12),
    troubles=TROUBLES,
)
def test_jumps_of_the_wall_clock_change_nothing(plans, waits, troubles):
    """I17: an hour forward, an hour back; every request and every instant stay what they are."""

    async def play(clock):
        loop = asyncio.get_running_loop()
        timing = Timing(wall_clock=clock or time.time, random=random.Random(7).random)
        story = Story(loop, plans, troubles=troubles, timing=timing)
        story.world.dated = True
        going = []
        for began, how, numbers, timeout, submitted_ago in waits:
            ids = [f"j{number}" for number in numbers][: None if how == "collect" else 1]
            going.append(story.wait_at(began, how, ids, timeout=timeout, submitted_ago=submitted_ago))
        for number, when in enumerate((0.0, 2.0, 7.5, 11.0, 30.0)):
            if clock is not None:
                story.at(when, partial(clock.jump, 3_600 if number % 2 else -3_600))
        await story.end(150)
        return story.questions, [told(wait) for wait in going]

    with pytest.MonkeyPatch.context() as patch:
        clock = Jumping()
        patch.setattr(time, "time", clock)
        jumped = run(play(clock))
    assert jumped == run(play(None))


@repeated(60, 1_000)
@given(
    plan=PLANS,
    pause=st.sampled_from([(math.inf, math.inf), (0.0, math.inf), (3.0, 9.0)]),
    latecomers=st.lists(st.tuples(MOMENTS, HOW, st.sampled_from(["wait", "raise"])), min_size=1, max_size=4),
    latency=st.sampled_from([0.5, 2.0, 4.0]),
    refusals=st.lists(st.sampled_from([None, None, *REFUSALS, "RequestError"]), max_size=4),
    job_id=st.sampled_from(["j0", "ghost"]),
)
def test_nobody_is_told_what_was_asked_before_he_came(plan, pause, latecomers, latency, refusals, job_id):
    """I5: neither a state, nor a pause, nor that there is no such job, nor a refusal."""

    async def main():
        story = Story(asyncio.get_running_loop(), [{**plan, "paused": pause, "lasts": 60.0}], latency=latency)
        story.wait_at(0.0, "settle", (job_id,))
        for number, refusal in enumerate(refusals):
            if refusal is not None:
                story.at(4.0 * number, partial(story.world.troubles.append, (refusal, None)))
        for when, how, on_pause in latecomers:
            story.wait_at(when, how, (job_id,), on_pause=on_pause)
        # What is found broken is found at the end.
        await story.end(100)

    run(main())


@repeated(40, 800)
@given(
    outages=st.lists(st.tuples(MOMENTS, st.sampled_from([2.0, 9.0, 40.0])), min_size=1, max_size=4),
    waits=st.lists(
        st.tuples(MOMENTS, HOW, st.sampled_from([None, 1.0, 4.0, 12.0, 30.0])), min_size=1, max_size=6
    ),
)
def test_no_failed_request_ends_a_wait_before_it_was_dark_for_as_long_as_was_said(outages, waits):
    """I14: counted from the last answer about the job, or from the beginning of the wait."""

    async def main():
        story = Story(asyncio.get_running_loop(), [{"lasts": 70.0}])

        def darken(seconds):
            story.world.dark_until = max(story.world.dark_until, story.loop.time() + seconds)

        for when, seconds in outages:
            story.at(when, partial(darken, seconds))
        going = [story.wait_at(when, how, ("j0",), max_dark=dark) for when, how, dark in waits]
        await story.end(200)
        for wait in going:
            if wait.max_dark is None:
                assert told(wait)[0]["j0"][0] == "JobDetail", "I14: a failed request has ended a wait"

    run(main())


# --- Promises about numbers --------------------------------------------------------------------------------


@repeated(30, 600)
@given(
    jobs=st.lists(st.tuples(MOMENTS, st.floats(0.1, 60)), min_size=1, max_size=80),
    size=st.sampled_from([1, 3, 10]),
    gather=st.sampled_from([0.0, 0.2, 0.5]),
)
def test_requests_follow_the_jobs_and_never_the_waiters(jobs, size, gather):
    """I9: at most 1.25 times the looks that are due, by tens, and one request for each sweep."""

    async def play(company):
        loop = asyncio.get_running_loop()
        schedule = PollSchedule(gather=gather, not_found_grace=GRACE)
        story = Story(loop, [], size=size, schedule=schedule)
        waits = []
        for number, (when, lasts) in enumerate(jobs):
            story.at(when, partial(story.world.submit, f"j{number}", lasts=lasts, runs_after=0.0))
            waits += [
                story.wait_at(when, "settle", (f"j{number}",), submitted_ago=0.0) for _ in range(company)
            ]
        await story.end(120)
        assert all(wait.outcomes for wait in waits)
        # Of those who come at the same moment any may be the first.
        questions = [(when, len(job_ids)) for when, job_ids in story.questions]
        return questions, waits[::company], schedule.interval

    questions, waits, interval = run(play(1))
    lives = [(wait.began, wait.instants[wait.ids[0]]) for wait in waits]
    looks = sum(math.floor((end - begin) / interval) + 1 for begin, end in lives)
    sweeps = sum(
        1
        for number in range(40)
        if any(b < 1_000 + interval * (number + 1) and e > 1_000 + interval * number for b, e in lives)
    )
    assert len(questions) <= 1.25 * looks / size + sweeps + 1, "I9: too many requests"
    assert run(play(4))[0] == questions, "I9: other requests for more who wait"


@pytest.mark.parametrize(
    ("size", "width", "latency", "period"),
    [(1, 1, 0.02, 0.05), (1, 2, 0.1, 0.052), (10, 1, 0.3, 0.032), (10, 8, 0.01, 0.004)],
)
@pytest.mark.parametrize("name", ["lasting", "ghost"])
def test_nobody_is_overtaken_for_ever(size, width, latency, period, name):
    """I10: though as many new ones come all the time as there is room for."""

    async def main():
        schedule = PollSchedule(interval=1.0, not_found_grace=GRACE)
        story = Story(
            asyncio.get_running_loop(), [], size=size, latency=latency, schedule=schedule, max_in_flight=width
        )
        story.world.submit("lasting", lasts=1_000.0)
        story.wait_at(0.0, "settle", ("lasting",))
        ghost = story.wait_at(0.0, "settle", ("ghost",))
        for number in range(round(20 / period)):
            story.world.submit(f"j{number}", lasts=0.0)
            story.wait_at(number * period, "settle", (f"j{number}",))
        await story.end(20)
        looks = [call.ended for call in story.world.calls if name in call.ids]
        if name == "ghost":
            assert isinstance(ghost.outcomes["ghost"], JobNotFoundError), "I10: passed over"
        else:
            looks.append(1_020.0)
        gaps = [later - earlier for earlier, later in pairwise([1_000.0, *looks])]
        assert max(gaps) <= 3, f"I10: not looked at for {max(gaps)} s"

    run(main())


class Limited(World):
    """A service that refuses what is too much for it in any second."""

    def __init__(self, loop, *, limit, **settings):
        super().__init__(loop, **settings)
        self.limit = limit
        self.allowance, self.since = limit, loop.time()

    def _trouble(self, job_ids):
        now = self.loop.time()
        self.allowance = min(max(1.0, self.limit), self.allowance + self.limit * (now - self.since))
        self.since = now
        if self.allowance < 1:
            return failure("ThrottledError")
        self.allowance -= 1
        return None


@pytest.mark.parametrize(("width", "latency"), [(1, 0.01), (8, 0.01), (8, 0.4)])
@pytest.mark.parametrize("limit", [5.0, 15.0])
def test_the_rate_found_is_kept_in_any_window(limit, width, latency):
    """I8: between any two requests lies the time that the rate of the moment asks for."""

    async def main():
        loop = asyncio.get_running_loop()
        world = Limited(loop, limit=limit, width=width)
        world.latency = latency
        ledger = Ledger(world, grace=GRACE)
        job_ids = tuple(world.submit(f"j{number}", lasts=10_000.0) for number in range(300))
        watcher = JobWatcher(world.describe, schedule=PollSchedule(interval=1.0), max_in_flight=width)
        rates = []

        def sample():
            rates.append((loop.time(), watcher._dispatcher.pace.rate))

        def called(call):
            sample()
            ledger.called(call)

        def failed(call):
            loop.call_soon(sample)

        def answered(call, jobs, missing):
            loop.call_soon(sample)
            ledger.answered(call, jobs, missing)

        world.on_call, world.on_failure, world.on_answer = called, failed, answered
        async with watcher:
            ledger.start(watcher, Wait("collect", job_ids))
            await asyncio.sleep(60)
            ledger.is_closed = True
        await _turns(5)
        assert not ledger.broken, ledger.broken
        return [call.started for call in world.calls], rates, [call.error for call in world.calls]

    sent, rates, errors = run(main())
    assert _check_spacing(sent, rates, width) > 20, "too little was found out"
    late = errors[len(errors) // 2 :]
    assert sum(1 for error in late if error is not None) <= 0.25 * len(late), "I8: it asks for too much"


def _check_spacing(sent, rates, width):
    """Return how many gaps were bound by a rate."""
    bound = 0
    for last in range(2 * width + 1, len(sent)):
        # A turn is given when a request is made, so as many as may be under way may have theirs from a rate
        # before; and as many again from before a limit was forgotten and found anew.
        since = sent[last - 2 * width - 1]
        fastest = max(rate for when, rate in rates if since <= when <= sent[last])
        gap = sent[last] - sent[last - 1]
        assert gap >= 1 / fastest - EPSILON, f"I8: {gap} s between two requests at {fastest} per second"
        bound += fastest < math.inf
    return bound


@repeated(15, 300)
@given(kind=st.sampled_from(["ThrottledError", "ServerError"]), asked_for=st.floats(0.5, 60))
def test_a_pause_that_the_service_asks_for_is_kept(kind, asked_for):
    """I8: until it is over, nothing is asked, whoever comes."""

    async def main():
        story = Story(
            asyncio.get_running_loop(), [{"lasts": 500.0}] * 3, troubles=[(kind, asked_for)], max_in_flight=1
        )
        story.wait_at(0.0, "settle", ("j0",))
        story.wait_at(0.4, "settle", ("j1",))
        story.wait_at(asked_for / 2, "collect", ("j1", "j2"), timeout=asked_for)
        await story.end(100)
        first, second, *_ = story.world.calls
        assert second.started >= first.ended + asked_for - EPSILON

    run(main())


def test_what_waiters_share_is_one_object_that_none_can_change():
    """I13: the job is one and the same for all, also for those who come later; an error is each one's own."""

    async def main():
        story = Story(asyncio.get_running_loop(), [{"lasts": 7.0, "final": JobState.FAILED}])
        waits = [story.wait_at(0.5, how, ("j0",)) for how in ("settle", "watch", "collect", "wait", "settle")]
        waits += [story.wait_at(60.0, how, ("j0",)) for how in ("settle", "watch", "collect")]
        lost = [
            story.wait_at(0.0, how, ("ghost",)) for how in ("settle", "watch", "collect", "wait", "settle")
        ]
        await story.end(100)
        assert len({id(wait.outcomes["j0"]) for wait in waits}) == 1
        job = waits[0].outcomes["j0"]
        with pytest.raises(ValueError, match="frozen"):
            job.state = JobState.SUCCESS
        assert all(isinstance(wait.outcomes["ghost"], JobNotFoundError) for wait in lost)
        assert len({id(wait.outcomes["ghost"]) for wait in lost}) == len(lost)

    run(main())


def test_memory_follows_the_jobs_at_hand_however_long_it_runs(campaign):
    """I12: after a million waits the watcher holds no more than after the first sixth of them."""
    waits_for_each_job, crowd = 5, 40

    async def describe(*job_ids):
        now = loop.time()
        jobs = []
        for job_id in job_ids:
            over = now >= 1_000 + int(job_id.split("-")[1]) / 1_000
            jobs.append(JobDetail(job_id=job_id, state=JobState.SUCCESS if over else JobState.RUNNING))
        return DescribeMediaJobResult(jobs_detail=jobs)

    async def client(number, jobs):
        for turn in range(jobs):
            ends = round((loop.time() - 1_000 + 1 + (number * 7 + turn) % 9) * 1_000)
            job_id = f"j{number}_{turn}-{ends}"
            waits = [watcher.settle(job_id, timeout=900, max_dark=100) for _ in range(waits_for_each_job - 1)]
            leaver = asyncio.ensure_future(watcher.wait(job_id, timeout=800))
            await asyncio.sleep(0)
            leaver.cancel()
            await asyncio.gather(*waits, leaver, return_exceptions=True)

    async def main():
        nonlocal loop, watcher
        loop = asyncio.get_running_loop()
        async with JobWatcher(describe, schedule=PollSchedule(interval=1.0), remember=100) as watcher:
            sizes, held = [], []
            for _ in range(6):
                await asyncio.gather(*(client(number, rounds) for number in range(crowd)))
                dispatcher = watcher._dispatcher
                roll = dispatcher.roll
                sizes.append(len(roll.watched) + len(roll._orphans) + len(roll.queue) + dispatcher.in_flight)
                assert len(roll.queue._resting) <= 65
                assert len(dispatcher._deadlines._heap) == 0
                assert len(roll.remembered) <= 100
                held.append(tracemalloc.get_traced_memory()[0])
            assert sizes == [0] * 6, "I12: something is left"
            # The first round fills what is bounded.
            assert max(held[1:]) - held[1] < 100_000, f"I12: memory grows: {held}"
            assert watcher.stats().ended == 6 * rounds * crowd

    loop = watcher = None
    rounds = (1_000_000 if campaign else 12_000) // (6 * crowd * waits_for_each_job)
    tracemalloc.start()
    try:
        run(main())
    finally:
        tracemalloc.stop()


def test_closing_tells_all_who_wait_exactly_once():
    """I1: whatever they wait for and however, and whoever comes later is told at once."""

    async def main():
        story = Story(asyncio.get_running_loop(), [{"lasts": 500.0}] * 3)
        waits = [story.wait_at(0.0, how, ("j0",)) for how in ("settle", "watch", "collect", "wait")]
        waits.append(story.wait_at(0.0, "collect", ("j0", "j1", "j2")))
        await story.end(3)
        assert all(isinstance(each, WatcherClosedError) for wait in waits for each in wait.outcomes.values())
        assert [len(wait.outcomes) for wait in waits] == [1, 1, 1, 1, 3]
        with pytest.raises(WatcherClosedError):
            await story.watcher.settle("j0")
        with pytest.raises(WatcherClosedError):
            story.watcher.as_completed(["j0"])

    run(main())
