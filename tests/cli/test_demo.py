"""``demo``: what it tells, that it tells it everywhere, and that it would notice."""

import asyncio
import dataclasses
import io
import json
from contextlib import redirect_stdout

import pytest
from rich.console import Console

from tencent_ci_async import DescribeMediaJobResult
from tencent_ci_async.__main__ import main
from tencent_ci_async.cli._demo import present
from tencent_ci_async.cli._demo_page import demo_page
from tencent_ci_async.cli._demo_story import perform
from tencent_ci_async.testing import FakeCI

NOON = 1_800_000_000.0


@pytest.fixture(scope="module")
def report():
    """What happens at a certain time of a certain day."""
    return asyncio.run(perform(wall_clock=lambda: NOON))


@pytest.fixture
def terminal(monkeypatch):
    """Let stdout pass for a terminal with colours and 100 columns."""
    for name in ("NO_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm-256color"), ("COLUMNS", "100")):
        monkeypatch.setenv(name, value)


def page(report, width):
    """The page as a terminal of that width shows it, without colours."""
    text = io.StringIO()
    Console(file=text, width=width, markup=False, emoji=False, highlight=False).print(demo_page(report))
    return text.getvalue()


def without_space(text):
    return "".join(text.split())


def test_everything_is_as_expected(report):
    """Six calls, seven requests, and the simulator refused only the signature that is wrong."""
    assert report.complaints == []
    assert (len(report.steps), len(report.requests), report.verified, report.refused) == (6, 7, 6, 1)


def test_several_jobs_take_one_request(report):
    (several,) = [step for step in report.steps if step.name == "several_jobs"]
    assert [len(request.job_ids) for request in several.requests] == [4]


def test_many_jobs_take_a_tenth_of_the_requests_and_progress_is_shown(report):
    """Two hundred jobs, twenty requests; the bar is drawn at some of the counts."""
    assert (report.many.requests, report.many.progress[-1].done) == (20, 200)
    shown = page(report, 80)
    assert "############  200 of 200" in shown
    assert "200 jobs took 20 requests" in shown


async def test_too_few_answers_about_many_jobs_are_noticed(report):
    """The demo checks this part as well."""
    many = dataclasses.replace(report.many, complaints=("found should be 200, not 199",))
    worse = dataclasses.replace(report, many=many)
    assert "Not as expected: found should be 200, not 199" in page(worse, 80)
    assert worse.complaints == ["many_jobs: found should be 200, not 199"]


async def test_it_shows_the_same_each_time(report):
    """Only the port differs from run to run, and the times."""
    other = await perform(wall_clock=lambda: NOON)
    assert page(other, 100) == page(report, 100).replace(report.base_url, other.base_url)


@pytest.mark.parametrize("width", [30, 44, 60, 80, 100, 120, 200])
def test_nothing_is_lost_on_a_terminal_of_any_width(report, width):
    """Every line fits, and every id, output and error is there in full."""
    shown = page(report, width)
    assert max(map(len, shown.splitlines())) <= width
    parts = [job_id for request in report.requests for job_id in request.job_ids]
    parts += [request.request_id for request in report.requests]
    parts += [str(step.error) for step in report.steps if step.error]
    parts += [
        "out/film.mp4",
        "out/clip.mp4",
        "out/loop.gif",
        "40%",
        "no video stream",
        "8f2e836758f1b874796945311057a333",
    ]
    assert [part for part in parts if without_space(part) not in without_space(shown)] == []
    assert "\u2026" not in shown


def test_a_terminal_gets_colours(terminal, capsys):
    assert main(["demo"]) == 0
    assert "\x1b[32m" in capsys.readouterr().out


def test_no_color_is_honoured(terminal, capsys, monkeypatch):
    """Bold and dim may stay; the convention is about colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["demo"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b[3" not in shown
    assert "\x1b[9" not in shown


def test_a_pipe_gets_lines_without_escape_codes_and_trailing_blanks(capsys):
    """One line for each job, however long: as grep likes it."""
    assert main(["demo"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "\x1b" not in said.out
    assert [line for line in said.out.splitlines() if line != line.rstrip()] == []
    (row,) = [line for line in said.out.splitlines() if "Running" in line and "out/clip.mp4" in line]
    assert "40 %" in row


def test_an_output_that_knows_only_ascii_gets_ascii():
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, "ascii") as output, redirect_stdout(output):
        assert main(["demo"]) == 0
        shown = raw.getvalue().decode("ascii")
    assert "All was as expected." in shown
    assert "\\u" not in shown


def test_the_document_holds_the_models_by_their_wire_names(capsys):
    """What machines read can be read back into the models."""
    assert main(["demo", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"] == {
        "calls": 6,
        "requests": 7,
        "signatures_verified": 6,
        "signatures_refused": 1,
    }
    several = next(step for step in document["steps"] if step["name"] == "several_jobs")
    result = DescribeMediaJobResult.model_validate(several["result"])
    assert [job.state for job in result.jobs_detail] == ["Submitted", "Running", "Success", "Failed"]
    assert several["requests"][0]["path"] == f"/jobs/{','.join(job.job_id for job in result.jobs_detail)}"
    assert several["requests"][0]["request_id"]


def test_the_document_holds_the_errors(capsys):
    """Class, text and what the error carries; null where all went well."""
    assert main(["demo", "--json"]) == 0
    steps = {step["name"]: step for step in json.loads(capsys.readouterr().out)["steps"]}
    refused = steps["wrong_key"]
    assert refused["result"] is None
    assert (refused["error"]["type"], refused["error"]["status"]) == ("AccessError", 403)
    assert refused["error"]["request_id"] == refused["requests"][0]["request_id"]
    assert steps["missing_job"]["error"]["job_id"] == "j00000000000000000000000000000000"
    assert [request["status"] for request in steps["busy_service"]["requests"]] == [503, 200]
    assert steps["busy_service"]["error"] is None


async def test_a_wrong_answer_is_noticed():
    """The demo checks itself: here all jobs have ended by the time it asks."""
    times = iter([NOON] * 4)
    report = await perform(wall_clock=lambda: next(times, NOON + 86400))
    assert any(complaint.startswith("several_jobs: states") for complaint in report.complaints)


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_not_as_expected_ends_in_exit_code_1(report, capsys, as_json):
    """It is told on stderr, and in what goes to stdout too."""
    wrong = dataclasses.replace(report.steps[0], complaints=("the moon should be full",))
    steps = (wrong, *report.steps[1:])
    assert present(dataclasses.replace(report, steps=steps), json=as_json) == 1
    said = capsys.readouterr()
    assert "finished_job: the moon should be full" in said.err
    assert "the moon should be full" in said.out
    assert "All was as expected." not in said.out


async def test_the_code_to_go_on_with_does_the_same(report, capsys, monkeypatch):
    """The lines at the end of the page run as they stand, once they name a bucket and a job."""
    lines = [line.rstrip() for line in page(report, 100).splitlines()]
    first, last = lines.index("   import asyncio"), lines.index("   asyncio.run(main())")
    code = "\n".join(line[3:] for line in lines[first : last + 1])
    fake = FakeCI()
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", fake.secret_id)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", fake.secret_key)
    monkeypatch.delenv("TENCENTCLOUD_SECURITY_TOKEN", raising=False)
    async with fake.serve() as base_url:
        code = code.replace("<BucketName>-<APPID>", fake.bucket).replace("<job id>", fake.add_job())
        code = code.replace('"<region>"', f'"{fake.region}", endpoint="{base_url}"')
        await asyncio.to_thread(exec, code, {})
    assert "Success" in capsys.readouterr().out
