"""The settings of the looking, and what experience with a kind of job adds to them."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import ConfigurationError, PollSchedule
from tencent_ci_async._watcher._schedule import Experience, History

PLAIN = PollSchedule()
SECONDS = ("interval", "early_interval", "longest_skip", "not_found_grace")


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan])
def test_seconds_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=name):
        PollSchedule(**{name: value})


@pytest.mark.parametrize("name", ["interval", "early_interval", "longest_skip"])
def test_no_interval_is_zero(name):
    with pytest.raises(ConfigurationError, match=rf"{name} is 0.* more than 0"):
        PollSchedule(**{name: 0.0})


def test_the_time_of_grace_may_be_zero():
    assert PollSchedule(not_found_grace=0.0).not_found_grace == 0
    with pytest.raises(ConfigurationError, match=r"^not_found_grace is -1: it must be 0 or more seconds$"):
        PollSchedule(not_found_grace=-1)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf])
def test_what_is_gathered_is_a_share(value):
    with pytest.raises(ConfigurationError, match="gather"):
        PollSchedule(gather=value)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_both_ends_of_a_share_are_taken(value):
    assert PollSchedule(gather=value).gather == value


def test_a_schedule_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.interval = 1.0


def waits(experience, *, age=0.0, ran=0.0, progress=None, interval=5.0, schedule=PLAIN):
    return experience.wait(schedule, interval, age=age, ran=ran, progress=progress)


# --- How long such jobs take --------------------------------------------------------------------------------


def experienced(durations):
    experience = Experience()
    for duration in durations:
        experience.ended(duration)
    return experience


def test_fifty_ends_are_needed_to_know_what_is_early():
    assert experienced([100.0] * 49).early == 0
    assert experienced([100.0] * 50).early == 100


def test_early_is_what_one_in_fifty_stays_below():
    """Of fifty jobs, the one that took least but one."""
    assert experienced(float(seconds) for seconds in range(1, 51)).early == 2


def test_early_is_reckoned_anew_every_sixteen_ends():
    experience = experienced([100.0] * 50)
    for _ in range(15):
        experience.ended(1.0)
    assert experience.early == 100
    experience.ended(1.0)
    assert experience.early == 1


def test_what_is_long_ago_is_forgotten():
    """The last 256 ends count."""
    experience = experienced([1.0] * 50 + [100.0] * 272)
    assert experience.early == 100


def test_a_job_too_young_is_looked_at_seldom_but_not_late():
    """Every thirty seconds, and at the moment from which it may have ended."""
    experience = experienced([100.0] * 50)
    assert waits(experience, age=0) == 30
    assert waits(experience, age=80) == 20
    assert waits(experience, age=98) == 5
    assert waits(experience, age=100) == 5


def test_a_job_of_an_unknown_kind_is_looked_at_each_interval():
    assert waits(Experience(), age=0) == 5


# --- How true its progress is -------------------------------------------------------------------------------


def trusted(error=0.0, count=10):
    experience = Experience()
    for _ in range(count):
        experience.judge(100.0 * (1 + error), 100.0)
    return experience


def test_ten_predictions_are_needed_for_trust():
    assert not trusted(count=9).trusts_progress
    assert trusted(count=10).trusts_progress


@pytest.mark.parametrize(("error", "is_trusted"), [(0.1, True), (-0.19, True), (0.21, False), (-0.3, False)])
def test_predictions_that_are_a_fifth_wrong_are_not_trusted(error, is_trusted):
    assert trusted(error=error).trusts_progress is is_trusted


def test_trust_is_lost_and_won_back():
    experience = trusted(count=100)
    for _ in range(10):
        experience.judge(1_000.0, 100.0)
    assert not experience.trusts_progress
    for _ in range(60):
        experience.judge(100.0, 100.0)
    assert experience.trusts_progress


def test_one_absurd_prediction_among_many_good_ones_does_not_cost_the_trust():
    experience = trusted(count=100)
    experience.judge(1e9, 1.0)
    assert experience.trusts_progress


def test_at_first_all_predictions_count_alike():
    """One that is wholly wrong among ten is a tenth, wherever it stands."""
    for place in range(10):
        experience = Experience()
        for number in range(10):
            experience.judge(1e9 if number == place else 100.0, 100.0)
        assert experience.trusts_progress


def test_an_absurd_prediction_is_no_worse_than_one_that_is_wholly_wrong():
    wrong, absurd = trusted(count=100), trusted(count=100)
    for _ in range(10):
        wrong.judge(200.0, 100.0)
        absurd.judge(1e9, 100.0)
    needed = {}
    for name, experience in (("wrong", wrong), ("absurd", absurd)):
        needed[name] = 0
        while not experience.trusts_progress:
            experience.judge(100.0, 100.0)
            needed[name] += 1
    assert needed["wrong"] == needed["absurd"] > 0


def test_a_job_of_one_second_is_judged_by_its_length():
    experience = Experience()
    for _ in range(10):
        experience.judge(1.25, 1.0)
    assert not experience.trusts_progress


def test_the_first_percent_predicts_already():
    assert waits(trusted(), ran=1.0, progress=1) == 10


def test_a_job_of_no_length_is_judged_too():
    """Short jobs would make any error infinite."""
    experience = Experience()
    for _ in range(10):
        experience.judge(0.1, 0.0)
    assert experience.trusts_progress


def test_six_tenths_of_what_is_left_are_not_looked_at():
    """After 12 s at 60 %, 8 s are left."""
    schedule = PollSchedule(interval=1.0)
    assert waits(trusted(), ran=12.0, progress=60, interval=1.0, schedule=schedule) == pytest.approx(4.8)


def test_no_more_than_the_longest_skip_is_waited():
    assert waits(trusted(), ran=100.0, progress=10) == 10


def test_never_less_than_the_interval_is_waited():
    assert waits(trusted(), ran=100.0, progress=99) == 5
    assert waits(trusted(), ran=100.0, progress=10, interval=20.0) == 20


def test_a_skip_no_longer_than_the_interval_is_none():
    assert waits(trusted(), ran=100.0, progress=10, schedule=PollSchedule(longest_skip=5.0)) == 5


@pytest.mark.parametrize(
    ("ran", "progress"), [(100.0, None), (100.0, 0), (100.0, 100), (0.0, 50), (100.0, -3)]
)
def test_progress_that_predicts_nothing_is_passed_over(ran, progress):
    assert waits(trusted(), ran=ran, progress=progress) == 5


def test_progress_of_a_kind_that_is_not_trusted_is_passed_over():
    assert waits(trusted(error=0.5), ran=100.0, progress=10) == 5


@given(
    durations=st.lists(st.floats(0, 1e6), max_size=120),
    predictions=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=40),
    age=st.floats(0, 1e7),
    ran=st.floats(0, 1e7),
    progress=st.none() | st.integers(-5, 200),
    interval=st.floats(0.1, 1e3),
)
def test_whatever_was_learnt_the_wait_has_bounds(durations, predictions, age, ran, progress, interval):
    """At least the interval, and at most the longest of what the settings name."""
    experience = experienced(durations)
    for predicted, actual in predictions:
        experience.judge(predicted, actual)
    wait = waits(experience, age=age, ran=ran, progress=progress, interval=interval)
    assert interval <= wait <= max(interval, PLAIN.early_interval, PLAIN.longest_skip)


# --- Kinds --------------------------------------------------------------------------------------------------


def test_each_kind_has_an_experience_of_its_own():
    history = History()
    assert history.of("Concat") is history.of("Concat")
    assert history.of("Concat") is not history.of("Transcode")


def test_no_kind_is_a_kind_too():
    history = History()
    assert history.of(None) is history.of(None)
    assert history.of(None) is not history.of("Concat")


def test_the_kinds_met_last_are_kept():
    """However many names a service makes up, 256 of them cost memory."""
    history = History()
    first, second = history.of("kind-0"), history.of("kind-1")
    for number in range(2, 256):
        history.of(f"kind-{number}")
    assert history.of("kind-0") is first
    history.of("one more")
    assert history.of("kind-0") is first
    assert history.of("kind-1") is not second
