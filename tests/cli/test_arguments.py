"""Words that stand for lengths of time, moments, kinds of jobs and states."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tencent_ci_async.cli._arguments import moment, one_of, seconds, states, tag
from tencent_ci_async.cli._failures import UsageError

NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [("90", 90), ("0.5", 0.5), ("90s", 90), ("1.5m", 90), ("1h30m", 5400), ("2d", 172_800), (" 1H ", 3600)],
)
def test_lengths_of_time_are_written_as_people_write_them(text, length):
    assert seconds("--timeout", text) == length


@pytest.mark.parametrize("text", ["", "x", "0", "-5", "10 m", "1h30", "inf", "nan", "m"])
def test_what_is_no_length_of_time_is_named(text):
    """The option, the word and examples are in the message."""
    with pytest.raises(UsageError, match=r"--timeout .* is no length of time") as caught:
        seconds("--timeout", text)
    assert "1h30m" in caught.value.what_next


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("2h", NOW - timedelta(hours=2)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2026-03-09T08:00+08:00", datetime(2026, 3, 9, tzinfo=UTC)),
        ("2026-03-09T08:00:00Z", datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ("2026-03-09T16:00:00+0800", datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ("2026-03-09t08:00z", datetime(2026, 3, 9, 8, tzinfo=UTC)),
    ],
)
def test_moments_are_times_or_how_long_ago(text, expected):
    assert moment("--since", text, now=NOW) == expected


@pytest.mark.parametrize("text", ["2026-03-09", "2026-03-09T10:00", "today", "yesterday"])
def test_a_moment_without_an_offset_is_by_the_clock_of_this_machine(text):
    found = moment("--since", text)
    assert found.utcoffset() == found.replace(tzinfo=None).astimezone().utcoffset()


def test_yesterday_is_a_day_before_today():
    now = datetime(2026, 3, 10, 15, 30, tzinfo=timezone(timedelta(hours=8)))
    assert moment("--since", "today", now=now).replace(tzinfo=None) == datetime(2026, 3, 10)  # noqa: DTZ001
    assert moment("--since", "yesterday", now=now).replace(tzinfo=None) == datetime(2026, 3, 9)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "20260310x", "99999999999d", "5"])
def test_what_is_no_time_is_named(text):
    """A bare number is none: seconds ago and a year look alike."""
    with pytest.raises(UsageError, match=r"--since .* is no time"):
        moment("--since", text)


def test_nothing_given_is_nothing():
    assert seconds("--timeout", None) is None
    assert moment("--since", None) is None
    assert states([]) is None


@pytest.mark.parametrize("text", ["Concat", "concat", "CONCAT"])
def test_kinds_of_jobs_are_found_in_any_case(text):
    assert tag(text) == "Concat"


def test_a_misspelt_kind_of_job_is_told_the_nearest():
    """Nothing is asked, and the way out is in the message too."""
    with pytest.raises(UsageError, match="'Conact' is no kind of job known here") as caught:
        tag("Conact")
    assert "Did you mean Concat?" in caught.value.what_next
    assert "--allow-unknown" in caught.value.what_next


def test_a_kind_of_job_of_tomorrow_can_be_asked_for():
    assert tag("Hologram", allow_unknown=True) == "Hologram"
    assert states(["Melted"], allow_unknown=True) == ["Melted"]


def test_states_are_given_one_by_one_or_by_commas():
    assert states(["failed,Cancel", "Failed", " running "]) == ["Failed", "Cancel", "Running"]


def test_what_is_like_nothing_known_is_told_all_that_is():
    with pytest.raises(UsageError) as caught:
        one_of("colour", "x", ["red", "green"])
    assert caught.value.what_next == "Known are red, green."
