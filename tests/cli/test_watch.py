"""``watch``: jobs until they have ended."""

import asyncio
import io
import json
import re
import threading
import time

import pytest
from rich.console import Console

from tencent_ci_async import ConnectError, JobDetail, JobNotFoundError, JobOutcome, JobWaitTimeoutError
from tencent_ci_async.cli._board import Board, length_of_time
from tencent_ci_async.cli._watch_view import watch_view
from tencent_ci_async.testing import Fault

QUICKLY = ("--interval", "0.05")


def test_each_job_is_a_line_when_it_has_ended(shell, fake):
    """In the order in which they end; and a summary on stderr."""
    for job_id, seconds in (("jslow", 1.5), ("jfast", 0.0)):
        fake.add_job(job_id=job_id, runs_for=seconds)
    done = shell("watch", "jslow", "jfast", *QUICKLY)
    nodes = [json.loads(line) for line in done.out.splitlines()]
    assert [(node["JobId"], node["State"]) for node in nodes] == [("jfast", "Success"), ("jslow", "Success")]
    assert done.code == 0
    assert re.fullmatch(r"2 jobs in 0:0\d: 2 Success\n", done.err)


@pytest.mark.parametrize(("outcome", "code"), [("Success", 0), ("Failed", 1), ("Cancel", 1)])
def test_the_exit_code_follows_the_outcomes(shell, fake, outcome, code):
    fake.add_job(job_id="j1")
    fake.add_job(job_id="j2", runs_for=0.1, outcome=outcome)
    assert shell("watch", "j1", "j2", *QUICKLY).code == code


@pytest.mark.parametrize("form", ["table", "json", "xml", "ids"])
def test_the_formats_are_those_of_describe(shell, fake, form):
    for number in range(3):
        fake.add_job(job_id=f"j{number}", runs_for=0.7 * (3 - number) if form == "ids" else 0.0)
    done = shell("watch", "j0", "j1", "j2", *QUICKLY, "-o", form)
    assert done.code == 0
    found = re.findall(r"\bj\d\b", done.out)
    assert list(dict.fromkeys(found)) == (["j2", "j1", "j0"] if form == "ids" else ["j0", "j1", "j2"])


def test_every_change_is_a_line_on_demand(shell, fake):
    fake.add_job("Transcode", job_id="j1", waits_for=0.8, runs_for=0.8)
    nodes = shell.lines("watch", "j1", *QUICKLY, "--every-change")
    assert [node["State"] for node in (nodes[0], nodes[-1])] == ["Submitted", "Success"]
    assert len({node["Progress"] for node in nodes}) > 3
    done = shell("watch", "j1", "--every-change", "-o", "xml")
    assert (done.code, done.out) == (2, "")
    assert "Add --output jsonl" in done.err


def test_the_time_is_up(shell, fake):
    """Exit code 124; what was seen of the job is in its line, and the job goes on."""
    fake.add_job(job_id="jdone")
    fake.add_job("Transcode", job_id="j1", waits_for=1e-6, runs_for=1e6)
    done = shell("watch", "j1", "jdone", "--timeout", "1s", *QUICKLY)
    nodes = {node["JobId"]: node for node in map(json.loads, done.out.splitlines())}
    assert done.code == 124
    assert nodes["j1"]["State"] == "Running"
    assert nodes["j1"]["Error"]["Type"] == "JobWaitTimeoutError"
    assert nodes["jdone"]["State"] == "Success"
    assert "the time was up before job j1 had ended" in done.err
    assert "go on" in done.err


def test_a_failed_job_is_told_although_the_time_is_up(shell, fake):
    """124 counts more than 1."""
    fake.add_job(job_id="jbad", outcome="Failed")
    fake.add_job(job_id="j1", runs_for=1e6)
    fake.add_job(job_id="j2", runs_for=1e6)
    done = shell("watch", "j1", "jbad", "j2", "--timeout", "1s", *QUICKLY, "-o", "table")
    assert done.code == 124
    assert "Failed" in done.out
    assert re.search("before 2 jobs had ended: (j1, j2|j2, j1)\n", done.err)


def test_the_time_is_up_while_standard_input_is_still_open(shell, fake, monkeypatch):
    """Whoever writes into the pipe may never close it."""
    fake.add_job(job_id="j1")
    release, pieces = threading.Event(), iter([b"j1\n"])

    def read():
        piece = next(pieces, None)
        if piece is None:
            release.wait(20)
        return piece or b""

    monkeypatch.setattr("tencent_ci_async.cli._ids._reader", lambda: read)
    began = time.monotonic()
    done = shell("watch", "-", "--timeout", "1s", *QUICKLY, "-o", "ids")
    release.set()
    assert (done.code, done.out) == (124, "j1\n")
    assert "standard input was still open" in done.err
    assert time.monotonic() - began < 10


def test_a_job_that_appears_late_is_waited_for(shell, fake):
    """Right after a submit the service may not know it yet."""
    fake.add_job(job_id="j1", appears_after=0.3)
    assert shell("watch", "j1", *QUICKLY).code == 0


def test_a_service_that_was_never_reached_ends_the_watch_at_once(shell, monkeypatch):
    monkeypatch.setenv("TENCENT_CI_ENDPOINT", "http://127.0.0.1:9")
    done = shell("watch", "j1", "j2")
    assert (done.code, done.out) == (3, "")
    assert "Tried http://127.0.0.1:9." in done.err


def test_a_wrong_key_ends_the_watch_at_once(shell, monkeypatch):
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "quite-wrong")
    done = shell("watch", "j1", "j2")
    assert (done.code, done.out) == (3, "")
    assert "SignatureDoesNotMatch" in done.err


def test_a_service_that_is_away_for_a_while_is_waited_for(shell, fake):
    """Once it was reached, trouble is sat out; as long as --patience says."""
    fake.add_job(job_id="j1", runs_for=0.3)
    fake.inject(Fault.reset(times=4, when=lambda _: fake.request_count > 1))
    assert shell("watch", "j1", *QUICKLY).code == 0


@pytest.mark.parametrize(
    "fault",
    [
        lambda **when: Fault.status(500, "InternalError", times=None, **when),
        lambda **when: Fault.delay(60, times=None, **when),
    ],
    ids=["fails", "hangs"],
)
def test_patience_ends(shell, fake, fault):
    """Exit code 3, not 124: no time was set, and it is not the job that takes long."""
    fake.add_job(job_id="j1", runs_for=1e6)
    fake.inject(fault(when=lambda _: fake.request_count > 1))
    done = shell("watch", "j1", *QUICKLY, "--patience", "0.3s")
    assert done.code == 3
    assert re.search("500 InternalError|the service has not answered about job j1 for 0.3 s", done.err)


def test_quiet_says_nothing_of_success(shell, fake):
    fake.add_job(job_id="j1")
    done = shell("watch", "j1", *QUICKLY, "--quiet")
    assert (done.code, done.err) == (0, "")


# --- The picture ------------------------------------------------------------------------------------------


def board(count=5, *, place="examplebucket-1250000000 in ap-chongqing"):
    made = Board(place)
    for number in range(count):
        made.add(f"j{number:032}")
    return made


def job(number, state, **more):
    return JobDetail(job_id=f"j{number:032}", tag="Concat", state=state, **more)


def drawn(made, width=120, height=30):
    text = io.StringIO()
    console = Console(
        file=text, width=width, height=height, force_terminal=True, color_system=None, markup=False
    )
    console.print(watch_view(made, console))
    return [line.rstrip() for line in text.getvalue().splitlines()]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120, 250])
@pytest.mark.parametrize("count", [1, 5, 3000])
def test_the_picture_fits_the_terminal(width, count):
    """No line is too long and none too many, in Chinese too."""
    from rich.cells import cell_len  # noqa: PLC0415 - for this alone

    made = board(count)
    made.saw("j" + "0" * 32, job(0, "Failed", message="\u89c6\u9891\u635f\u574f" * 30))
    made.trouble = "x" * 300
    lines = drawn(made, width, 24)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) < 24


def test_the_picture_tells_how_all_stand():
    made = board(4)
    made.saw("j" + "0" * 32, job(0, "Running", progress=40))
    made.became(JobOutcome("j" + "0" * 31 + "1", job=job(1, "Success")))
    made.became(JobOutcome("j" + "0" * 31 + "2", error=JobNotFoundError("j2")))
    text = "\n".join(drawn(made))
    assert "Watching 4 jobs" in text
    assert "2 of 4 ended" in text
    assert "1 not found   1 Running   1 waiting   1 Success" in text
    assert "40 %" in text


def test_what_does_not_fit_is_counted_and_failures_come_first():
    made = board(50)
    made.became(JobOutcome("j" + "0" * 30 + "49", job=job(49, "Failed", message="no video")))
    lines = drawn(made, 120, 20)
    assert any("Failed" in line and "no video" in line for line in lines[5:])
    assert any(line.endswith(" more") for line in lines)


def test_trouble_is_shown_until_it_is_over():
    made = board(1)
    made.trouble = str(ConnectError("no connection"))
    assert "no connection" in "\n".join(drawn(made))
    made.trouble = ""
    assert "no connection" not in "\n".join(drawn(made))


def test_a_time_out_leaves_the_state_as_it_was_seen():
    made = board(1)
    made.saw("j" + "0" * 32, job(0, "Running"))
    made.became(JobOutcome("j" + "0" * 32, error=JobWaitTimeoutError("late", job_id="j" + "0" * 32)))
    assert (made.in_words(), made.ended) == ("1 Running", 0)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65.9, "1:05"), (7200, "2:00:00"), (-3, "0:00")])
def test_lengths_of_time_look_like_a_clock(seconds, text):
    assert length_of_time(seconds) == text


async def test_a_silent_watch_says_now_and_then_how_far_it_is(monkeypatch, capsys):
    """Build servers end what is silent for long."""
    from tencent_ci_async.cli import _watch  # noqa: PLC0415 - its pulse is quickened

    monkeypatch.setattr(_watch, "_HEARTBEAT", 0.01)
    made = board(2)
    made.trouble = "no connection"
    async with _watch._heartbeat(made):
        await asyncio.sleep(0.05)
    assert "0:00: 2 waiting; trouble: no connection\n" in capsys.readouterr().err
