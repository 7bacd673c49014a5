"""Limiter and pace on a clock that only sleeping moves, and against a simulated service."""

import heapq
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import ConfigurationError, RateLimiter
from tencent_ci_async._pace import AdaptivePace
from tencent_ci_async._timing import Timing


class World:
    def __init__(self):
        self.now = 100.0
        self.sleeps = []
        self.timing = Timing(clock=lambda: self.now, sleep=self.sleep)

    async def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds


async def turns(limiter, world, count):
    times = []
    for _ in range(count):
        async with limiter:
            times.append(world.now)
    return times


async def test_turns_are_evenly_spaced():
    world = World()
    times = await turns(RateLimiter(10, timing=world.timing), world, 5)
    assert times == pytest.approx([100.0, 100.1, 100.2, 100.3, 100.4])


async def test_a_burst_goes_at_once_and_is_saved_up_again():
    world = World()
    limiter = RateLimiter(10, burst=3, timing=world.timing)
    assert await turns(limiter, world, 5) == pytest.approx([100, 100, 100, 100.1, 100.2])
    world.now += 10
    assert await turns(limiter, world, 4) == pytest.approx([110.2, 110.2, 110.2, 110.3])


@given(st.floats(0.5, 1_000), st.integers(1, 20), st.lists(st.floats(0, 2), max_size=60))
async def test_in_no_span_of_time_are_there_more_turns_than_rate_and_burst_allow(rate, burst, pauses):
    world = World()
    limiter = RateLimiter(rate, burst=burst, timing=world.timing)
    times = []
    for pause in pauses:
        world.now += pause
        times += await turns(limiter, world, 2)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            allowed = burst + rate * (times[last] - start)
            assert last - first + 1 <= allowed + 1e-6 * rate + 1e-3


@pytest.mark.parametrize(
    "settings", [{"rate": 0}, {"rate": -1}, {"rate": math.inf}, {"rate": 1, "burst": 0}], ids=str
)
def test_unusable_settings_are_refused(settings):
    with pytest.raises(ConfigurationError):
        RateLimiter(**settings)


# --- The pace -----------------------------------------------------------------------------------------


async def test_without_complaint_there_is_no_pace():
    world = World()
    pace = AdaptivePace(world.timing)
    for _ in range(1_000):
        await pace.wait()
        pace.succeeded()
    assert (world.sleeps, pace.rate) == ([], math.inf)


async def test_a_lone_slow_down_among_good_answers_changes_nothing():
    world = World()
    pace = AdaptivePace(world.timing)
    for number in range(1_000):
        sent_at = await pace.wait()
        world.now += 0.01
        if number % 30 == 0:
            pace.throttled(sent_at)
        else:
            pace.succeeded()
    assert pace.rate == math.inf


async def test_when_the_service_complains_the_rate_falls_to_seven_tenths_once_a_second():
    world = World()
    pace = AdaptivePace(world.timing)
    for _ in range(100):
        await pace.wait()
        pace.succeeded()
    for _ in range(20):
        pace.throttled(await pace.wait())
    assert pace.rate == pytest.approx(0.7 * 112, rel=0.02)
    before = pace.rate
    pace.throttled(world.now)
    assert pace.rate == before
    world.now += 1.1
    for _ in range(3):
        pace.throttled(world.now)
    assert pace.rate < before


async def test_turns_are_spaced_at_the_lowered_rate():
    world = World()
    pace = AdaptivePace(world.timing)
    for _ in range(10):
        pace.throttled(await pace.wait())
    interval = 1 / pace.rate
    first = await pace.wait()
    assert await pace.wait() - first == pytest.approx(interval)


async def test_the_pace_never_stops_and_is_given_up_when_it_no_longer_matters():
    world = World()
    pace = AdaptivePace(world.timing)
    for _ in range(40):
        pace.throttled(await pace.wait())
        world.now += 1.1
    assert pace.rate >= 0.5
    for _ in range(150):
        await pace.wait()
        world.now += 1.1
        pace.succeeded()
    assert pace.rate == math.inf


async def simulate(limits, *, callers, round_trip=0.05):
    """Callers that ask as fast as the pace lets them; a service that serves so many in each second.

    Returns, for each second, how many requests were served and how many throttled.
    """
    now, delays = 0.0, []

    async def sleep(seconds):
        delays.append(seconds)

    pace = AdaptivePace(Timing(clock=lambda: now, sleep=sleep))
    served, throttled = [0] * len(limits), [0] * len(limits)
    events = [(0.0, caller, "ask", 0.0) for caller in range(callers)]
    while events and events[0][0] < len(limits):
        now, caller, kind, sent_at = heapq.heappop(events)
        if kind == "good":
            pace.succeeded()
        elif kind == "slow down":
            pace.throttled(sent_at)
        if kind != "arrive":
            await pace.wait()
            turn = now + (delays.pop() if delays else 0.0)
            heapq.heappush(events, (turn, caller, "arrive", turn))
            continue
        good = served[int(now)] < limits[int(now)]
        (served if good else throttled)[int(now)] += 1
        heapq.heappush(events, (now + round_trip, caller, "good" if good else "slow down", sent_at))
    return served, throttled


@pytest.mark.parametrize(("callers", "most_throttled"), [(8, 0.05), (16, 0.06)])
async def test_an_unknown_limit_is_found_kept_and_found_again(callers, most_throttled):
    """The service allows 100 requests a second, then 20, then 100; far more are wanted."""
    served, throttled = await simulate([100] * 40 + [20] * 40 + [100] * 40, callers=callers)
    for start, limit in ((10, 100), (50, 20), (95, 100)):
        span = slice(start, start + 25)
        share = sum(throttled[span]) / (sum(throttled[span]) + sum(served[span]))
        assert share < most_throttled
        assert sum(served[span]) / 25 > 0.85 * limit


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_a_limit_of_a_few_requests_a_second_is_found_as_well(limit):
    """So few requests come in a second that the judgement takes several."""
    served, throttled = await simulate([limit] * 240, callers=8)
    share = sum(throttled[60:]) / (sum(throttled[60:]) + sum(served[60:]))
    assert share < 0.25
    assert sum(served[60:]) / 180 > 0.8 * limit
