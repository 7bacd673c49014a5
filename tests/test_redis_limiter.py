"""One rate for many processes, with a Redis in memory, in virtual time; tests/integration has a real one."""

import asyncio
import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scripted_redis import ScriptedRedis, take_turn
from support.virtual_time import run

from tencent_ci_async import ConfigurationError, ConnectError, RateLimiter, RedisRateLimiter
from tencent_ci_async._timing import Timing


def timing(chance=0.5):
    return Timing(clock=lambda: asyncio.get_running_loop().time(), sleep=asyncio.sleep, random=lambda: chance)


def limiter(redis, rate=10, **settings):
    defaults = {"name": "1250000000", "workers": 4, "timing": timing()}
    return RedisRateLimiter(redis, rate, **{**defaults, **settings})


def near(seconds):
    return pytest.approx(seconds, abs=1e-4)


async def turns(limiter, count):
    times = []
    for _ in range(count):
        async with limiter:
            times.append(asyncio.get_running_loop().time() - 1_000)
    return times


def assert_lawful(times, rate, burst, slack=1e-3):
    times = sorted(times)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= burst + rate * (times[last] - start) + slack * rate


# --- The law ------------------------------------------------------------------------------------------


@given(
    st.floats(0.01, 100_000),
    st.integers(1, 50),
    st.lists(st.one_of(st.just(0), st.integers(0, 3_000_000), st.integers(-5_000_000, -1)), max_size=60),
)
def test_in_no_span_of_time_are_there_more_turns_than_rate_and_burst_allow(rate, burst, pauses):
    """Whatever is asked for when, and even if the server's clock is put back."""
    interval, kept, turns = math.ceil(1_000_000 / rate), {}, []
    true_now = server_now = 1_000_000_000
    for pause in pauses:
        true_now, server_now = true_now + max(pause, 0), server_now + pause
        taken, wait = take_turn(kept, server_now, interval, (burst - 1) * interval, 30_000_000)
        if taken:
            turns.append(true_now + wait)
    turns.sort()
    for first, start in enumerate(turns):
        for last in range(first, len(turns)):
            assert last - first + 1 <= burst + (turns[last] - start) / interval


def test_a_pool_of_processes_shares_one_rate():
    """Three limiters, each with callers of its own and answers that come late, keep to it together."""

    async def scenario():
        redis = ScriptedRedis()
        redis.latency = 0.004
        pool = [limiter(redis, 50, burst=5) for _ in range(3)]
        await asyncio.sleep(1)
        times = await asyncio.gather(*(turns(each, 20) for each in pool for _ in range(4)))
        return [time for each in times for time in each]

    times = run(scenario())
    assert_lawful(times, 50, 5, slack=0.005)
    assert max(times) - min(times) == pytest.approx((240 - 1) / 50, abs=0.05)


def test_a_burst_goes_at_once_after_a_pause_and_never_when_nothing_is_known():
    """A server that was restarted has forgotten; nobody gets a second burst from that."""

    async def scenario():
        redis = ScriptedRedis()
        shared = limiter(redis, burst=3)
        first = await turns(shared, 3)
        await asyncio.sleep(10)
        second = await turns(shared, 4)
        redis.restart()
        return first, second, await turns(shared, 3)

    first, second, third = run(scenario())
    assert first == near([0, 0.1, 0.2])
    assert second == near([10.2, 10.2, 10.2, 10.3])
    assert third == near([10.3, 10.4, 10.5])


def test_names_tell_accounts_apart():
    async def scenario():
        redis = ScriptedRedis()
        await turns(limiter(redis, name="1"), 1)
        return await turns(limiter(redis, name="2"), 1) + await turns(limiter(redis, name="1"), 1)

    assert run(scenario()) == near([0, 0.1])


def test_the_clocks_of_the_machines_do_not_matter():
    """Only the server's clock counts, and when it is put back by an hour, nobody waits for that hour."""

    async def scenario():
        redis = ScriptedRedis()
        redis.skew = 12_345.0
        shared = limiter(redis)
        before = await turns(shared, 3)
        redis.skew -= 3_600
        return before + await turns(shared, 3)

    assert run(scenario()) == near([0, 0.1, 0.2, 0.4, 0.5, 0.6])


def test_turns_far_away_are_not_taken_so_that_waiters_who_give_up_block_nobody_for_long():
    """A thousand callers give up: whoever comes later waits at most the 30 seconds that were given away."""

    async def scenario():
        redis = ScriptedRedis()
        shared = limiter(redis)
        waiting = [asyncio.create_task(turns(shared, 1)) for _ in range(1_000)]
        await asyncio.sleep(0.01)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return await turns(shared, 1)

    [turn] = run(scenario())
    assert 29 < turn < 32


def test_waiters_who_give_up_during_an_outage_block_nobody_for_long_either():
    """Not while it lasts, and not when it is over."""

    async def scenario():
        redis = ScriptedRedis()
        redis.fault = AWAY["refuses"]
        shared = limiter(redis)
        waiting = [asyncio.create_task(turns(shared, 1)) for _ in range(1_000)]
        await asyncio.sleep(0.01)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        [during] = await turns(shared, 1)
        redis.fault = None
        await asyncio.sleep(2)
        [after] = await turns(shared, 1)
        return during, after

    during, after = run(scenario())
    assert 29 < during < 33
    assert after - during < 4


def test_however_many_wait_during_an_outage_each_has_its_turn():
    async def scenario():
        redis = ScriptedRedis()
        redis.fault = AWAY["refuses"]
        shared = limiter(redis)
        times = await asyncio.gather(*(turns(shared, 1) for _ in range(200)))
        return [time for [time] in times]

    times = run(scenario())
    assert_lawful(times, 2.5, 1)
    assert 79 < max(times) < 85


def test_however_many_wait_each_has_its_turn():
    """Those whose turn is too far away to be taken ask again."""

    async def scenario():
        shared = limiter(ScriptedRedis())
        times = await asyncio.gather(*(turns(shared, 1) for _ in range(500)))
        return [time for [time] in times]

    times = run(scenario())
    assert_lawful(times, 10, 1)
    assert 49.9 <= max(times) < 55


# --- The script on the server -------------------------------------------------------------------------


def test_a_turn_is_one_round_trip_and_the_script_is_sent_only_when_the_server_lacks_it():
    async def scenario():
        redis = ScriptedRedis()
        shared = limiter(redis)
        await turns(shared, 3)
        redis.restart()
        await turns(shared, 2)
        return redis.calls

    assert run(scenario()) == ["evalsha", "eval", "evalsha", "evalsha", "evalsha", "eval", "evalsha"]


# --- Redis is away ------------------------------------------------------------------------------------

AWAY = {
    "refuses": ConnectionRefusedError("Error 111 connecting to 127.0.0.1:6379"),
    "hangs": "hangs",
    "refuses the script": RuntimeError("NOAUTH Authentication required."),
    "answers a text": lambda reply: "PONG",
    "answers nothing": lambda reply: None,
    "answers too little": lambda reply: [1],
    "answers other numbers": lambda reply: [1, -5],
    "answers a turn in a year": lambda reply: [1, 31_536_000_000_000],
    "answers texts": lambda reply: [b"1", b"0"],
}


@pytest.mark.parametrize("fault", AWAY.values(), ids=AWAY)
def test_while_redis_is_away_each_process_keeps_to_its_share(fault, caplog):
    """No call fails or hangs, the pool stays within the rate, and the log tells once of each outage."""

    async def scenario():
        redis = ScriptedRedis()
        pool = [limiter(redis, 20, timing=timing(chance)) for chance in (0.1, 0.4, 0.6, 0.9)]
        await turns(pool[0], 1)
        redis.fault = fault
        asked = len(redis.calls)
        times = await asyncio.gather(*(turns(each, 10) for each in pool for _ in range(5)))
        return [time for each in times for time in each], len(redis.calls) - asked

    with caplog.at_level(logging.INFO, "tencent_ci_async.limiter"):
        times, asked = run(scenario())
    assert_lawful(times, 20, 4)
    assert max(times) == pytest.approx(200 / 20, abs=1.1)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 4
    assert all("keeps to its share, 5 of 20 requests/s" in each for each in messages)
    # Those who notice at the same time, then one caller of each process a second.
    assert asked <= 20 + 4 * 12


def test_redis_is_asked_again_and_the_rate_is_shared_again(caplog):
    async def scenario():
        redis = ScriptedRedis()
        shared = limiter(redis, 20)
        await turns(shared, 2)
        redis.fault = AWAY["refuses"]
        during = await turns(shared, 10)
        redis.fault = None
        await turns(shared, 30)
        start = asyncio.get_running_loop().time()
        after = await turns(shared, 20)
        return during, after, asyncio.get_running_loop().time() - start

    with caplog.at_level(logging.INFO, "tencent_ci_async.limiter"):
        during, after, took = run(scenario())
    assert during[-1] - during[0] == near(9 / 5)
    assert after[-1] - after[0] == near(19 / 20)
    assert took == near(1.0)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.records[1].getMessage() == "Redis answers again: all workers share 20 requests/s"


def test_a_pool_keeps_to_the_rate_while_redis_goes_and_comes_back():
    """What was given before the outage is all that may be added; those that are back heed the others."""

    async def scenario():
        redis, times = ScriptedRedis(), []
        pool = [limiter(redis, 20, timing=timing(chance)) for chance in (0.1, 0.4, 0.6, 0.9)]

        async def caller(limiter):
            while (now := asyncio.get_running_loop().time()) < 1_012:
                async with limiter:
                    times.append(asyncio.get_running_loop().time())
                assert asyncio.get_running_loop().time() - now < 3

        callers = [asyncio.create_task(caller(each)) for each in pool for _ in range(5)]
        await asyncio.sleep(3)
        redis.fault = AWAY["refuses"]
        await asyncio.sleep(2.7)
        redis.restart()
        redis.fault = None
        await asyncio.gather(*callers)
        return times

    times = run(scenario())
    assert_lawful(times, 20, 1 + 4 + 20)
    # Whoever finds out that Redis is back has a turn for it.
    assert_lawful([each for each in times if each > 1_004.5], 20, 1 + 4 + 4)
    assert len(times) > 20 * 11


def test_turns_that_were_given_before_the_outage_count():
    """The share begins where the turns end that this process already has."""

    async def scenario():
        redis = ScriptedRedis()
        shared = limiter(redis, 10)
        waiting = [asyncio.create_task(turns(shared, 1)) for _ in range(20)]
        await asyncio.sleep(0.01)
        redis.fault = AWAY["refuses"]
        during = await turns(shared, 3)
        await asyncio.gather(*waiting)
        return during

    assert run(scenario()) == pytest.approx([1.9 + 0.2, 1.9 + 0.6, 1.9 + 1.0], abs=1e-3)


def test_it_may_raise_instead_and_what_the_client_raised_stays_inside():
    async def scenario():
        redis = ScriptedRedis()
        redis.fault = AWAY["refuses"]
        shared = limiter(redis, when_away="raise", workers=None)
        with pytest.raises(ConnectError, match="was not sent") as caught:
            await turns(shared, 1)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        assert not caught.value.may_have_arrived
        redis.fault = None
        await asyncio.sleep(1.1)
        return await turns(shared, 1)

    assert run(scenario()) == near([1.1])


def test_it_may_let_pass():
    async def scenario():
        redis = ScriptedRedis()
        redis.fault = AWAY["refuses"]
        return await turns(limiter(redis, when_away="pass", workers=None), 50)

    assert run(scenario()) == [0.0] * 50


def test_a_redis_that_hangs_holds_nobody_up_for_longer_than_the_timeout():
    async def scenario():
        redis = ScriptedRedis()
        redis.fault = "hangs"
        return await turns(limiter(redis, when_away="pass", workers=None, timeout=0.25), 3)

    assert run(scenario()) == near([0.25] * 3)


def test_one_caller_finds_out_whether_redis_is_back_and_the_others_do_not_wait_for_that():
    async def scenario():
        redis = ScriptedRedis()
        redis.fault = "hangs"
        shared = limiter(redis, when_away="pass", workers=None)
        await turns(shared, 1)
        await asyncio.sleep(2)
        asked, now = len(redis.calls), asyncio.get_running_loop().time() - 1_000
        times = await asyncio.gather(*(turns(shared, 1) for _ in range(50)))
        return len(redis.calls) - asked, [time - now for [time] in times]

    asked, times = run(scenario())
    assert asked == 1
    assert times == near([0.5] + [0.0] * 49)


def test_cancelling_a_waiter_is_no_outage(caplog):
    """While it asks, and while it waits for its turn; the others have their turns."""

    async def scenario():
        redis = ScriptedRedis()
        redis.latency = 0.1
        shared = limiter(redis, 10)
        waiting = [asyncio.create_task(turns(shared, 1)) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        await asyncio.sleep(0.2)
        waiting[1].cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in ended] == [asyncio.CancelledError, asyncio.CancelledError, list]
        redis.latency = 0
        return await turns(shared, 2)

    times = run(scenario())
    assert times[1] - times[0] == near(0.1)
    assert caplog.records == []


def test_a_session_paces_its_requests_by_it(fake):
    """It goes where RateLimiter goes."""
    import httpx  # noqa: PLC0415 - only here

    from tencent_ci_async import CISession, Credentials  # noqa: PLC0415 - only here

    job_id = fake.add_job()

    async def scenario():
        keys = Credentials(fake.secret_id, fake.secret_key)
        async with (
            httpx.AsyncClient(transport=fake.transport()) as client,
            CISession(
                fake.bucket, fake.region, credentials=keys, client=client, limiter=limiter(ScriptedRedis(), 2)
            ) as session,
        ):
            start = asyncio.get_running_loop().time()
            for _ in range(5):
                await session.describe_media_job(job_id)
            return asyncio.get_running_loop().time() - start

    assert run(scenario()) == pytest.approx(2.0, abs=0.01)


# --- Mistakes -----------------------------------------------------------------------------------------


class BlockingRedis:
    def evalsha(self, *arguments):
        return [1, 0]

    eval = evalsha


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rate": 0}, "rate is 0"),
        ({"rate": math.nan}, "rate is nan"),
        ({"rate": 1e6}, "at most 100,000"),
        ({"burst": 0}, "burst is 0"),
        ({"name": ""}, "whose rate"),
        ({"workers": 0}, "workers is 0"),
        ({"workers": None}, "workers is missing"),
        ({"when_away": "wait"}, "'share', 'raise' or 'pass'"),
        ({"timeout": 0}, "timeout is 0"),
        ({"redis": object()}, "give a redis.asyncio.Redis"),
        ({"redis": RateLimiter(1)}, "RateLimiter, which cannot run scripts"),
    ],
    ids=lambda each: each if isinstance(each, str) else ", ".join(each),
)
def test_unusable_settings_are_refused_with_what_to_do(settings, said):
    settings = dict(settings)
    redis = settings.pop("redis", ScriptedRedis())
    with pytest.raises(ConfigurationError, match=said):
        limiter(redis, **settings)


async def test_a_client_that_blocks_is_refused():
    """One that is not of asyncio would hold up the whole loop."""
    with pytest.raises(ConfigurationError, match="asyncio one"):
        await turns(limiter(BlockingRedis()), 1)


def test_it_shows_itself():
    redis = ScriptedRedis()
    assert repr(limiter(redis)) == "<RedisRateLimiter 'tencent-ci:rate:1250000000': 10/s>"
