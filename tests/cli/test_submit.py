"""``submit concat``: what is sent, and what is said."""

import json
import re

import pytest

from tencent_ci_async._xml import parse_document
from tencent_ci_async.testing import Fault

SPLICE = ("submit", "concat", "a.mp4", "b c.mp4", "--to", "out/42.mp4")


def sent(fake):
    return parse_document(fake.requests[0].body).children


def test_keys_become_addresses_in_the_bucket(shell, fake):
    """An address stays as it is; the kind of file follows from the key to write."""
    done = shell(*SPLICE, "https://example.com/x.mp4", "/\u5f00\u573a.mp4")
    assert done.code == 0
    operation = sent(fake)["Operation"]
    place = f"https://{fake.bucket}.cos.{fake.region}.myqcloud.com"
    assert [fragment["Url"] for fragment in operation["ConcatTemplate"]["ConcatFragment"]] == [
        f"{place}/a.mp4",
        f"{place}/b%20c.mp4",
        "https://example.com/x.mp4",
        f"{place}/%E5%BC%80%E5%9C%BA.mp4",
    ]
    assert operation["ConcatTemplate"]["Container"]["Format"] == "mp4"
    assert operation["Output"]["Object"] == "out/42.mp4"
    assert json.loads(done.out)["State"] in {"Submitted", "Success"}


def test_each_job_can_be_found_again(shell, fake):
    """An invented text, or one's own."""
    shell(*SPLICE)
    assert re.fullmatch(r"tencent-ci-[0-9a-f-]{36}", sent(fake)["Operation"]["UserData"])
    fake.requests.clear()
    shell(*SPLICE, "--user-data", "talk 42")
    assert sent(fake)["Operation"]["UserData"] == "talk 42"


def test_the_other_options_are_sent(shell, fake):
    done = shell(
        *("submit", "concat", "a.mp4", "b.mp4", "--to", "out", "--format", "flv", "--direct"),
        *("--queue-id", "p0123456789abcdef0123456789abcdef", "--callback", "https://example.com/ended"),
    )
    assert (done.code, done.err) == (0, "")
    document = sent(fake)
    assert document["QueueId"] == "p0123456789abcdef0123456789abcdef"
    assert document["CallBack"] == "https://example.com/ended"
    assert document["Operation"]["ConcatTemplate"]["DirectConcat"] == "true"
    assert document["Operation"]["ConcatTemplate"]["Container"]["Format"] == "flv"


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "xml", "ids"])
def test_every_format_holds_the_job(shell, fake, form):
    done = shell(*SPLICE, "-o", form)
    assert done.code == 0
    (job_id,) = fake.jobs
    assert job_id in done.out


@pytest.mark.parametrize(("outcome", "code"), [("Success", 0), ("Failed", 1)])
def test_the_end_is_waited_for_on_demand(shell, fake, outcome, code):
    fake.plan("Concat", waits_for=0.05, runs_for=0.1, appears_after=0.05, outcome=outcome)
    done = shell(*SPLICE, "--wait", "--interval", "0.05")
    assert done.code == code
    assert json.loads(done.out)["State"] == outcome
    assert done.err.startswith("Submitted j")


def test_the_wait_has_a_limit_on_demand(shell, fake):
    fake.plan("Concat", runs_for=1e6)
    assert shell(*SPLICE, "--wait", "--timeout", "0.2", "--interval", "0.05").code == 124


def test_a_submit_that_may_have_worked_says_how_to_find_out(shell, fake):
    """Exit code 3, not sent twice, and the command that was printed finds the job."""
    fake.inject(Fault.status(500, "InternalError", served=True))
    done = shell(*SPLICE, "--user-data", "talk 42")
    assert (done.code, done.out, fake.request_count) == (3, "", 1)
    assert "the job may have been submitted, or not: 500 InternalError" in done.err
    command = re.search(r"tencent-ci (list Concat --since \S+ --user-data) '(talk 42)'", done.err)
    (found,) = shell.lines(*command[1].split(), command[2])
    assert found["JobId"] in fake.jobs


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["concat", "--to", "x.mp4"], "no file to join was given"),
        (["concat", "a.mp4", "--to", "x.mp4"], "it takes two to join"),
        (["concat", "a.mp4", "b.mp4"], "--to"),
        (["concat", "a.mp4", "b.mp4", "--to", "x"], "Add --format mp4"),
        (["concat", "a.mp4", "b.mp4", "--to", "x.avi"], "avi"),
        (["concat", "a.mp4", "b.mp4", "--to", "x.mp4", "--timeout", "5"], "--timeout is for --wait"),
        (["concat", "a.mp4", "b.mp4", "--to", "x.mp4", "--wait", "--timeout", "x"], "is no length of time"),
        (["transcode"], "transcode"),
    ],
    ids=" ".join,
)
def test_mistakes_are_told_before_anything_is_sent(shell, fake, words, said):
    done = shell("submit", *words)
    assert (done.code, done.out, fake.request_count) == (2, "", 0)
    assert said in done.err
    assert "allow_unknown=True" not in done.err
