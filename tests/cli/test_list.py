"""``list``: conditions, pages, and where to stop."""

import json
import re

import pytest


@pytest.fixture
def many(fake):
    """A hundred and fifty splices, the last of which is the newest."""
    for number in range(150):
        fake.add_job("Concat", job_id=f"j{number:03}", submitted_ago=150 - number)
    fake.add_job("Snapshot", job_id="jother")


def test_pages_are_followed_up_to_the_limit(shell, fake, many):
    """The newest first, a hundred by default; that there are more is said."""
    done = shell("list", "concat", "-o", "ids")
    assert done.code == 0
    assert done.out.split() == [f"j{number:03}" for number in range(149, 49, -1)]
    assert done.err == "There are more than these 100: --limit 0 lists all.\n"
    everything = shell("list", "Concat", "-o", "ids", "--limit", "0", "--oldest-first")
    assert everything.out.split() == [f"j{number:03}" for number in range(150)]
    assert everything.err == ""


def test_a_small_limit_costs_a_small_page(shell, fake, many):
    assert len(shell.lines("list", "Concat", "-n", "3")) == 3
    assert fake.requests[0].query["size"] == "4"
    assert fake.request_count == 1


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "xml", "ids"])
def test_every_format_holds_the_jobs(shell, many, form):
    done = shell("list", "Concat", "-n", "5", "-o", form)
    assert done.code == 0
    assert list(dict.fromkeys(re.findall(r"\bj\d{3}\b", done.out))) == [f"j{n}" for n in range(149, 144, -1)]


def test_states_times_and_the_rest_are_asked_for(shell, fake):
    """By what the service knows them; the times with their offsets."""
    shell(
        *("list", "Concat", "--state", "failed,Cancel", "--since", "2026-03-10T00:00+08:00"),
        *("--until", "2026-03-11T00:00+08:00", "--queue-id", "p0123456789abcdef0123456789abcdef"),
        *("--input", "a b.mp4", "--workflow-id", "w1"),
    )
    query = fake.requests[0].query
    assert query["states"] == "Failed,Cancel"
    assert query["startCreationTime"].startswith("2026-03-10T00:00:00")
    assert query["endCreationTime"].startswith("2026-03-11T00:00:00")
    assert query["queueId"] == "p0123456789abcdef0123456789abcdef"
    assert (query["inputObject"], query["workflowId"]) == ("a b.mp4", "w1")


def test_failed_jobs_in_a_list_are_no_failure(shell, fake):
    fake.add_job("Concat", outcome="Failed")
    assert shell("list", "Concat", "-s", "Failed").code == 0


def test_jobs_are_found_by_their_user_data(shell, fake):
    """As after a submit that may or may not have worked."""
    shell("submit", "concat", "a.mp4", "b.mp4", "--to", "c.mp4", "--user-data", "talk 42")
    shell("submit", "concat", "a.mp4", "b.mp4", "--to", "d.mp4", "--user-data", "talk 43")
    (found,) = shell.lines("list", "Concat", "--since", "1h", "--user-data", "talk 42")
    assert found["Operation"]["Output"]["Object"] == "c.mp4"


def test_nothing_found_is_said(shell):
    done = shell("list", "Concat")
    assert (done.code, done.out, done.err) == (0, "", "No job meets the conditions.\n")
    assert json.loads(shell("list", "Concat", "-o", "json").out) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Conact"], "Did you mean Concat?"),
        (["Concat", "--state", "Faild"], "Did you mean Failed?"),
        (["Concat", "--since", "soon"], "--since 'soon' is no time"),
        (["Concat", "--limit", "-1"], "--limit is -1"),
        (["Concat", "--limit", "x"], "x"),
        (["Concat", "--since", "today", "--until", "yesterday"], "--since is later than --until"),
        ([], "KIND"),
    ],
    ids=" ".join,
)
def test_mistakes_are_told_before_anything_is_asked(shell, fake, words, said):
    done = shell("list", *words)
    assert (done.code, done.out, fake.request_count) == (2, "", 0)
    assert said in done.err


def test_a_kind_of_tomorrow_can_be_listed(shell, fake):
    fake.add_job("Hologram", job_id="j1")
    assert shell("list", "Hologram", "--allow-unknown", "-o", "ids").out == "j1\n"
