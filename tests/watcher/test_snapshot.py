"""What is being watched, as JSON: written, read again, and refused when it is anything else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import ConfigurationError
from tencent_ci_async._watcher._schedule import Experience
from tencent_ci_async._watcher._snapshot import read_snapshot, write_snapshot
from tencent_ci_async._watcher._watched import Watched
from tencent_ci_async.models import JobDetail, JobState

NOW = 1_000.0

JOB_IDS = st.from_regex(r"\A[A-Za-z0-9_-]{1,128}\Z").filter(lambda job_id: job_id != "-")
TEXTS = st.none() | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=20)
AGES = st.none() | st.floats(0, 900)
STATES = st.none() | st.sampled_from(JobState) | st.sampled_from(["Rewinding", "?"])


@st.composite
def watched_jobs(draw):
    watched = Watched(draw(JOB_IDS), NOW - draw(st.floats(0, 900)), Experience())
    submitted_ago, seen_ago = draw(AGES), draw(AGES)
    watched.submitted_at = None if submitted_ago is None else NOW - submitted_ago
    if seen_ago is not None:
        watched.last_look = NOW - seen_ago
        progress = draw(st.none() | st.integers(0, 100))
        watched.job = JobDetail(job_id=watched.job_id, tag=draw(TEXTS), state=draw(STATES), progress=progress)
    return watched


def written(*watched):
    return write_snapshot(watched, NOW)


@given(st.lists(watched_jobs(), max_size=8))
def test_what_was_written_is_read_again(watched):
    """Into a loop whose clock shows something else altogether."""
    there = 5.0
    recalled = read_snapshot(write_snapshot(watched, NOW))
    assert [each.job_id for each in recalled] == [each.job_id for each in watched]
    for before, each in zip(watched, recalled, strict=True):
        after = Watched(each.job_id, there, Experience())
        each.remind(after, there)
        assert there - after.first_seen == pytest.approx(NOW - before.first_seen, abs=1e-6)
        assert _ago(after.submitted_at, there) == _ago(before.submitted_at, NOW)
        assert (after.job is None) == (before.job is None)
        if before.job is not None:
            assert _ago(after.last_look, there) == _ago(before.last_look, NOW)
            for name in ("job_id", "tag", "state", "progress"):
                assert getattr(after.job, name) == getattr(before.job, name)


def _ago(moment, now):
    return None if moment is None else pytest.approx(now - moment, abs=1e-6)


def test_nothing_is_written_of_what_is_unknown():
    assert json.loads(written(Watched("j1", NOW, Experience()))) == {
        "version": 1,
        "jobs": [{"job_id": "j1", "watched_for": 0.0}],
    }


def test_a_job_that_answers_called_missing_was_not_seen():
    watched = Watched("j1", NOW - 5, Experience())
    watched.last_look = NOW - 1
    (recalled,) = read_snapshot(written(watched))
    assert recalled.seen_ago is None
    assert recalled.job is None


def test_who_waits_is_nobodys_business():
    watched = Watched("j1", NOW, Experience())
    watched.waiters[object()] = NOW
    assert "waiters" not in written(watched)


def test_a_clock_that_went_back_makes_no_negative_age():
    watched = Watched("j1", NOW + 5, Experience())
    watched.submitted_at = watched.last_look = NOW + 5
    watched.job = JobDetail(job_id="j1")
    (recalled,) = read_snapshot(written(watched))
    assert (recalled.watched_for, recalled.submitted_ago, recalled.seen_ago) == (0, 0, 0)


def test_bytes_are_read_as_well():
    assert read_snapshot(written(Watched("j1", NOW, Experience())).encode())[0].job_id == "j1"


def test_what_is_known_better_here_is_kept():
    """Somebody has begun to wait before the old knowledge was taken in."""
    old = Watched("j1", NOW - 50, Experience())
    old.submitted_at, old.last_look = NOW - 60, NOW - 9
    old.job = JobDetail(job_id="j1", state=JobState.RUNNING)
    (recalled,) = read_snapshot(written(old))
    here = Watched("j1", NOW - 70, Experience())
    here.submitted_at, here.last_look = NOW - 80, NOW - 1
    here.job = newer = JobDetail(job_id="j1", state=JobState.PAUSE)
    recalled.remind(here, NOW)
    assert (here.first_seen, here.submitted_at, here.last_look, here.job) == (
        NOW - 70,
        NOW - 80,
        NOW - 1,
        newer,
    )


# --- Anything else ------------------------------------------------------------------------------------------

GOOD = {"job_id": "j1", "watched_for": 1.0}


def text(*jobs, **top):
    return json.dumps({"version": 1, "jobs": list(jobs), **top})


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


def nested(depth):
    return "[" * depth + "]" * depth


CORRUPTED = {
    "nothing": "",
    "white space": "  \n",
    "half of it": text(GOOD)[:-5],
    "twice": text(GOOD) * 2,
    "no JSON": "<jobs/>",
    "no object": "[]",
    "null": "null",
    "a number": "1",
    "an empty object": "{}",
    "no version": json.dumps({"jobs": []}),
    "another version": text(version=2),
    "a version as text": text(version="1"),
    "no jobs": json.dumps({"version": 1}),
    "jobs that are none": text(jobs=None),
    "jobs as an object": text(jobs={"j1": GOOD}),
    "a job that is a text": text("j1"),
    "something added at the top": text(GOOD, more=1),
    "something added to a job": text({**GOOD, "more": 1}),
    "something with a long name": text({**GOOD, "x" * 10_000: 1}),
    "no id": text(without("job_id")),
    "no time": text(without("watched_for")),
    "a dash for an id": text({**GOOD, "job_id": "-"}),
    "an empty id": text({**GOOD, "job_id": ""}),
    "an id with a comma": text({**GOOD, "job_id": "j1,j2"}),
    "an id with a line": text({**GOOD, "job_id": "j1\n"}),
    "an id with a slash": text({**GOOD, "job_id": "../j1"}),
    "an id of other letters": text({**GOOD, "job_id": "jöb"}),
    "an id of other digits": text({**GOOD, "job_id": "j\u0661"}),
    "an id too long": text({**GOOD, "job_id": "j" * 129}),
    "an id that is a number": text({**GOOD, "job_id": 1}),
    "a negative time": text({**GOOD, "watched_for": -1}),
    "no number": text({**GOOD, "watched_for": "1"}),
    "an infinite time": text({**GOOD, "watched_for": float("inf")}),
    "an overflowing time": text(GOOD).replace("1.0", "1e999"),
    "not a number": text({**GOOD, "seen_ago": float("nan")}),
    "a negative age": text({**GOOD, "submitted_ago": -0.1}),
    "progress as text": text({**GOOD, "progress": "10"}),
    "progress with a fraction": text({**GOOD, "progress": 1.5}),
    "a state that is a list": text({**GOOD, "state": []}),
    "a tag that is a number": text({**GOOD, "tag": 1}),
    "deeply nested": nested(100_000),
    "half a surrogate": text({**GOOD, "tag": "?"}).replace("?", "\\ud800"),
    "bytes of no encoding": b'{"version": 1, "jobs": [\xff]}',
    "another encoding": text(GOOD).encode("utf-16"),
}


@pytest.mark.parametrize("corrupted", CORRUPTED.values(), ids=CORRUPTED)
def test_anything_else_is_refused(corrupted):
    """As a `ValueError` that says where it is at fault, and does not repeat what it was given."""
    with pytest.raises(ConfigurationError, match="list of watched jobs of version 1") as refusal:
        read_snapshot(corrupted)
    assert isinstance(refusal.value, ValueError)
    assert refusal.value.__cause__ is None
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("corrupted", "told"),
    [
        ("", r"\(the text: Invalid JSON: .+\)$"),
        ("[]", r"\(the text: Input should be an object\)$"),
        (text(GOOD, {**GOOD, "watched_for": -1}), r"\(jobs\.1\.watched_for: Input should be greater .+\)$"),
        (text(GOOD, more=1), r"\(more: Extra inputs are not permitted\)$"),
    ],
)
def test_the_refusal_tells_the_place(corrupted, told):
    with pytest.raises(ConfigurationError, match=told):
        read_snapshot(corrupted)


def test_the_refusal_does_not_tell_what_it_was_given():
    """It may be anything, such as the wrong file."""
    with pytest.raises(ConfigurationError) as refusal:
        read_snapshot(json.dumps({"version": 1, "jobs": [{"job_id": "AKIDsecret,", "watched_for": 1.0}]}))
    assert "AKIDsecret" not in str(refusal.value)
    assert refusal.value.__context__ is None


def read_or_refused(corrupted):
    try:
        recalled = read_snapshot(corrupted)
    except ConfigurationError:
        return
    for each in recalled:
        watched = Watched(each.job_id, NOW, Experience())
        each.remind(watched, NOW)
        assert watched.first_seen <= NOW
        assert write_snapshot([watched], NOW)


@given(st.text() | st.binary())
def test_any_text_at_all_is_read_or_refused(anything):
    read_or_refused(anything)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["j1", "Success", 1]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(list(GOOD)) | st.text(max_size=5), inner)
    ),
    max_leaves=8,
)
FIELDS = ("job_id", "watched_for", "submitted_ago", "seen_ago", "tag", "state", "progress", "more")


@given(
    job=st.dictionaries(st.sampled_from(FIELDS), JSON),
    more=st.dictionaries(st.sampled_from(["version", "jobs", "x"]), JSON),
)
def test_any_json_in_any_place_is_read_or_refused(job, more):
    read_or_refused(json.dumps({"version": 1, "jobs": [GOOD, {**GOOD, **job}], **more}))


@given(data=st.data(), watched=watched_jobs())
def test_any_text_cut_or_changed_anywhere_is_read_or_refused(data, watched):
    whole = written(watched)
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(len(whole), at + 12)))
    read_or_refused(whole[:at] + data.draw(st.text(max_size=4)) + whole[until:])
