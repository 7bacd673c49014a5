"""When to try again, and after how long: decisions without any waiting."""

import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import errors
from tencent_ci_async._retry import RetryBudget, RetryPolicy, http_date, retry_after_seconds

NOW = 1_700_000_000.0
NOW_TEXT = "Tue, 14 Nov 2023 22:13:20 GMT"


def service(kind, status, **values):
    return kind("", status=status, **values)


FAULTS = [
    # failure, repeated for a GET, repeated for a request that changes something
    (errors.ConnectError("refused"), True, True),
    (errors.RequestTimeoutError("read"), True, False),
    (errors.RequestTimeoutError("in the queue", may_have_arrived=False), True, True),
    (errors.NoAnswerError("reset"), True, False),
    (errors.UnreadableAnswerError("HTML"), True, False),
    (errors.ResponseTooLargeError("1 GB"), False, False),
    (service(errors.ThrottledError, 429), True, True),
    (service(errors.ThrottledError, 503), True, True),
    (service(errors.ServerError, 500), True, False),
    (service(errors.ServerError, 503), True, False),
    (service(errors.ServerError, 400), True, False),
    (service(errors.ServerError, 307), False, False),
    (service(errors.AccessError, 403), False, False),
    (service(errors.RequestError, 400), False, False),
    (service(errors.NotFoundError, 404), False, False),
    (service(errors.ConflictError, 409), False, False),
    (service(errors.JobNotModifiableError, 400), False, False),
    (errors.ConfigurationError("argument"), False, False),
    (errors.SessionClosedError("closed"), False, False),
    (errors.CredentialsError("vault"), False, False),
]


@pytest.mark.parametrize(("failure", "get", "post"), FAULTS, ids=lambda value: repr(value)[:40])
def test_what_is_repeated(failure, get, post):
    """A GET is repeated after what may pass; a POST only when it cannot have arrived or was turned away."""
    policy = RetryPolicy()
    assert (policy.delay(1, failure, idempotent=True, chance=0.5) is not None) is get
    assert (policy.delay(1, failure, idempotent=False, chance=0.5) is not None) is post


def test_attempts_are_bounded():
    policy, failure = RetryPolicy(max_attempts=3), errors.NoAnswerError("reset")
    delays = [policy.delay(attempt, failure, idempotent=True, chance=0.5) for attempt in (1, 2, 3, 4)]
    assert delays[2:] == [None, None]
    assert None not in delays[:2]


def test_full_jitter_doubles_and_is_capped():
    policy, failure = RetryPolicy(max_attempts=2_000), errors.NoAnswerError("reset")

    def longest(attempt):
        return policy.delay(attempt, failure, idempotent=True, chance=1.0)

    assert [longest(attempt) for attempt in (1, 2, 3, 4)] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert longest(9) == longest(1_999) == 20.0
    assert policy.delay(5, failure, idempotent=True, chance=0.0) == 0.0


def test_throttling_waits_longer():
    failure = service(errors.ThrottledError, 429)
    assert RetryPolicy().delay(1, failure, idempotent=True, chance=1.0) == 1.0


def test_waits_are_spread_evenly():
    """Drawn waits fill the interval: the largest gap to the uniform distribution is what chance allows."""
    policy, failure, source = RetryPolicy(), errors.NoAnswerError("reset"), random.Random(7)
    for attempt, longest in ((1, 0.1), (2, 0.2)):
        waits = sorted(
            policy.delay(attempt, failure, idempotent=True, chance=source.random()) / longest
            for _ in range(50_000)
        )
        distance = max(abs(wait - rank / 50_000) for rank, wait in enumerate(waits))
        assert distance < 1.63 / math.sqrt(50_000)


@given(st.floats(0.001, 60), st.floats(0, 1, exclude_max=True))
def test_retry_after_is_kept_and_spread(asked, chance):
    """Never earlier than asked, never more than a fifth later."""
    failure = service(errors.ThrottledError, 429, retry_after=asked)
    delay = RetryPolicy().delay(1, failure, idempotent=False, chance=chance)
    assert asked <= delay <= asked * 1.2 + 1e-9


@pytest.mark.parametrize("asked", [60.1, 1e12, math.inf])
def test_an_absurd_retry_after_fails_at_once(asked):
    failure = service(errors.ServerError, 503, retry_after=asked)
    assert RetryPolicy().delay(1, failure, idempotent=True, chance=0.0) is None


def test_the_longest_retry_after_that_is_waited_for():
    failure = service(errors.ServerError, 503, retry_after=60.0)
    assert RetryPolicy().delay(1, failure, idempotent=True, chance=0.0) == 60.0


def test_a_retry_after_of_zero_leaves_the_ordinary_wait():
    failure = service(errors.ServerError, 503, retry_after=0.0)
    assert RetryPolicy().delay(1, failure, idempotent=True, chance=0.5) == 0.05


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, math.inf),
        ({"retry-after": "1e12"}, 1e12),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "5, 7"}, None),
        ({"retry-after": "9" * 4_096}, None),
        ({"retry-after": "5".rjust(64, "0")}, 5.0),
        ({"retry-after": "5".rjust(65, "0")}, None),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 -0000"}, 30.0),
        ({"retry-after": "Wed, 15 Nov 2023 06:13:50 +0800"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:12:00 GMT"}, 0.0),
        ({"retry-after": "Tue, 99 Nov 2023 22:12:00 GMT"}, None),
        # Counted from the answer's own date: a wrong clock here does not matter.
        ({"retry-after": "Tue, 14 Nov 2023 20:00:09 GMT", "date": "Tue, 14 Nov 2023 20:00:00 GMT"}, 9.0),
    ],
)
def test_retry_after_as_seconds_or_date(headers, seconds):
    assert retry_after_seconds(headers, now=NOW) == seconds


@given(st.text(max_size=70))
def test_any_text_is_a_date_or_none(text):
    moment = http_date(text)
    assert moment is None or math.isfinite(moment)


def test_http_date():
    assert http_date(NOW_TEXT) == NOW
    assert http_date(None) is None
    assert http_date(NOW_TEXT.ljust(64)) == NOW
    assert http_date(NOW_TEXT.ljust(65)) is None


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be set here")
def test_an_http_date_does_not_depend_on_where_this_machine_stands(monkeypatch):
    """A date that names no offset is in GMT, not in local time."""
    monkeypatch.setenv("TZ", "XXX-08")
    time.tzset()
    try:
        assert http_date(NOW_TEXT) == http_date(NOW_TEXT.replace("GMT", "-0000")) == NOW
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_least_and_the_most_that_can_be_set():
    """Nothing at all is a setting too: no retries, no waits, no credit."""
    names = ("base_delay", "throttled_base_delay", "max_delay", "max_retry_after", "budget", "budget_share")
    policy = RetryPolicy(max_attempts=1, **dict.fromkeys(names, 0))
    assert policy.delay(1, errors.ConnectError("refused"), idempotent=True, chance=0.5) is None
    assert RetryPolicy(budget_share=1).budget_share == 1


def test_a_credit_of_three_is_three_retries_and_ten_calls_earn_one_more():
    budget = RetryBudget(3, 0.1)
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    for _ in range(9):
        budget.offer()
    assert not budget.take()
    budget.offer()
    assert budget.take()
    assert not budget.take()


@pytest.mark.parametrize(
    "setting",
    [
        {"max_attempts": 0},
        {"base_delay": -1},
        {"throttled_base_delay": math.nan},
        {"max_delay": math.inf},
        {"max_retry_after": -0.1},
        {"budget": -1},
        {"budget_share": 1.1},
    ],
    ids=str,
)
def test_unusable_settings_are_refused(setting):
    with pytest.raises(errors.ConfigurationError, match=next(iter(setting))):
        RetryPolicy(**setting)


def test_in_an_outage_retries_stay_within_a_tenth_of_the_calls_and_the_first_credit():
    """With nothing succeeding, 100,000 calls make at most 100 + 10,000 retries, and use that credit."""
    budget, retries = RetryBudget(100, 0.1), 0
    for _ in range(100_000):
        budget.offer()
        while budget.take():
            retries += 1
            if retries % 3 == 0:
                break
    assert 10_000 <= retries <= 100 + 10_000


def test_scattered_faults_are_always_retried():
    """One call in five fails once: the credit never runs low."""
    budget, source = RetryBudget(100, 0.1), random.Random(1)
    for _ in range(100_000):
        budget.offer()
        retries = 0
        while source.random() < 0.2 and retries < 2:
            assert budget.take()
            retries += 1
        budget.give_back(retries)
    assert budget.tokens == 100


@given(st.lists(st.sampled_from(["offer", "take", "give back"]), max_size=300), st.integers(0, 20))
def test_the_credit_stays_between_nothing_and_its_capacity(steps, capacity):
    budget = RetryBudget(capacity, 0.1)
    for step in steps:
        if step == "offer":
            budget.offer()
        elif step == "take":
            budget.take()
        else:
            budget.give_back(1)
        assert -1e-6 <= budget.tokens <= capacity
