"""``cancel``: a backlog, and what is too late."""

import json
import re

import pytest

from tencent_ci_async.testing import Fault


def test_a_backlog_is_cancelled(shell, fake):
    """What ``list`` writes is what ``cancel`` reads; several are under way at once, no more than allowed."""
    for number in range(30):
        fake.add_job("Concat", job_id=f"j{number}", waits_for=1e6)
    fake.inject(Fault.delay(0.01, times=None))
    listed = shell("list", "Concat", "--state", "Submitted", "--limit", "0")
    done = shell("cancel", "-", "--max-in-flight", "3", stdin=listed.out)
    assert done.code == 0
    assert {fake.state(job_id) for job_id in fake.jobs} == {"Cancel"}
    assert done.err == "30 of 30 cancelled\n"
    assert {json.loads(line)["State"] for line in done.out.splitlines()} == {"Cancel"}
    assert 1 < fake.highest_in_flight <= 3


def test_what_is_too_late_or_unknown_is_told(shell, fake):
    """Exit code 1, and which job it was."""
    fake.add_job(job_id="jwaits", waits_for=1e6)
    fake.add_job(job_id="jdone")
    done = shell("cancel", "jwaits", "jdone", "jnone")
    assert done.code == 1
    assert "jdone: 403 AccessDenied" in done.err
    assert "The job is in the state Success." in done.err
    assert "the service does not know job jnone" in done.err
    assert "1 of 3 cancelled" in done.err
    assert fake.state("jwaits") == "Cancel"


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "xml", "ids"])
def test_every_format_holds_what_became_of_the_jobs(shell, fake, form):
    for number in range(3):
        fake.add_job(job_id=f"j{number}", waits_for=1e6)
    done = shell("cancel", "j0", "j1", "j2", "-o", form)
    assert done.code == 0
    assert set(re.findall(r"\bj\d\b", done.out)) == {"j0", "j1", "j2"}


def test_ids_are_those_of_jobs_that_were_cancelled(shell, fake):
    fake.add_job(job_id="j0", waits_for=1e6)
    fake.add_job(job_id="j1")
    assert shell("cancel", "j0", "j1", "-o", "ids").out == "j0\n"


@pytest.mark.parametrize("width", ["1", "8"])
def test_a_wrong_key_ends_it_at_once(shell, fake, monkeypatch, width):
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "quite-wrong")
    done = shell("cancel", *(f"j{number}" for number in range(100)), "--max-in-flight", width)
    assert (done.code, done.out) == (3, "")
    assert "SignatureDoesNotMatch" in done.err
    assert fake.request_count < 60


def test_a_service_that_is_not_there_ends_it_at_once(shell, monkeypatch):
    monkeypatch.setenv("TENCENT_CI_ENDPOINT", "http://127.0.0.1:9")
    done = shell("cancel", *(f"j{number}" for number in range(100)))
    assert (done.code, done.out) == (3, "")
    assert "Tried http://127.0.0.1:9." in done.err
