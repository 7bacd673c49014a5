"""How jobs and errors look, apart from any command."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from tencent_ci_async import JobDetail, JobNotFoundError
from tencent_ci_async.cli._render import JobTable, error_text, job_details


def rendered(part, width=200):
    """What a terminal of that width shows, without colours."""
    text = io.StringIO()
    Console(file=text, width=width, highlight=False).print(part)
    return text.getvalue()


def job(**fields):
    return JobDetail.model_validate({"JobId": "j1", "State": "Success", "Tag": "Concat", **fields})


MONDAY = {"CreationTime": "2026-03-02T09:00:00+0800", "EndTime": "2026-03-02T09:05:00+0800"}
TUESDAY = {"CreationTime": "2026-03-03T09:00:00+0800", "EndTime": "2026-03-03T09:05:00+0800"}


def test_a_wide_table_has_dates_and_offsets():
    """One row for each job, with all that is known of when."""
    _, _, row = rendered(JobTable([job(**MONDAY)])).splitlines()
    assert row.split() == [
        *("j1", "Concat", "Success", "-"),
        *("2026-03-02", "09:00:00", "+0800", "2026-03-02", "09:05:00", "+0800", "-"),
    ]


def test_a_narrower_table_says_the_day_once():
    """The times alone stay in the columns."""
    lines = rendered(JobTable([job(**MONDAY)]), width=70).splitlines()
    assert lines[2].split() == ["j1", "Concat", "Success", "-", "09:00:00", "09:05:00", "-"]
    assert lines[3].strip() == "Times are of 2026-03-02, UTC+0800."


@pytest.mark.parametrize(
    ("jobs", "width"),
    [([job(**MONDAY), job(JobId="j2", **TUESDAY)], 70), ([job(**MONDAY)], 40)],
    ids=["several days", "no room"],
)
def test_without_room_for_columns_jobs_come_one_after_the_other(jobs, width):
    """With their dates, since nothing else would tell them apart."""
    shown = rendered(JobTable(jobs), width)
    assert "Ended" not in shown
    assert shown.splitlines()[0].rstrip() == "j1"
    for each in jobs:
        assert f"{each.creation_time:%Y-%m-%d}" in shown


@pytest.mark.parametrize("width", [40, 200])
def test_a_failure_comes_with_its_reason(width):
    """Code and message mean something in the state Failed only."""
    failed = job(State="Failed", Code="BadInput", Message="no sound")
    assert "BadInput: no sound" in rendered(JobTable([failed]), width)
    assert "BadInput: no sound" in rendered(job_details(failed), width)
    assert "BadInput" not in rendered(JobTable([job(Code="BadInput", Message="no sound")]), width)


@pytest.mark.parametrize("width", [40, 200])
def test_a_job_of_which_nothing_is_known_can_be_shown(width):
    """A field that the service left out is no reason to fail."""
    bare = JobDetail()
    assert "-" in rendered(JobTable([bare]), width)
    assert "State  -" in rendered(job_details(bare), width)


def test_a_state_that_is_not_known_yet_is_shown_as_sent():
    assert "Hibernating" in rendered(JobTable([job(State="Hibernating")]))


def test_the_tag_may_stand_in_the_operation():
    """As it does where several jobs were submitted in one request."""
    assert "Animation" in rendered(JobTable([job(Tag=None, Operation={"Tag": "Animation"})]))


def test_the_output_is_what_was_written_or_else_what_will_be():
    """A job that ended badly wrote nothing, whatever was planned."""
    planned = {"Output": {"Object": "out/planned-${number}.mp4"}}
    written = {"MediaResult": {"OutputFile": {"ObjectPrefix": "out/", "ObjectName": ["1.mp4", "2.mp4"]}}}
    assert "out/planned-${number}.mp4" in rendered(JobTable([job(State="Running", Operation=planned)]))
    assert "out/planned" not in rendered(JobTable([job(State="Failed", Operation=planned)]))
    shown = rendered(JobTable([job(Operation={**planned, **written})]))
    assert "out/1.mp4" in shown
    assert "out/2.mp4" in shown
    assert "out/planned" not in shown


def test_details_name_only_what_there_is():
    """A job without sound has no line about sound."""
    media = {
        "Format": {"Duration": "2.5"},
        "Stream": {"Video": {"CodecName": "gif", "Width": "64", "Height": "32"}},
    }
    shown = rendered(job_details(job(Operation={"MediaInfo": media}, **MONDAY)))
    names = [line.split()[0] for line in shown.splitlines()]
    assert names == ["Job", "Tag", "State", "Created", "Ended", "Format", "Video"]
    assert "gif, 64 x 32" in shown
    assert "2.5 s" in shown


def test_words_from_the_service_are_not_read_as_markup():
    """A message may hold brackets, and a name any letters."""
    failed = job(State="Failed", Code="[red]", Message="\u89c6\u9891[/] :smile:")
    assert "[red]: \u89c6\u9891[/] :smile:" in rendered(job_details(failed))


def test_an_error_looks_as_at_the_end_of_a_traceback():
    shown = rendered(error_text(JobNotFoundError("j404")))
    assert shown.startswith("JobNotFoundError: the service does not know job j404")


def test_columns_stand_under_one_another_in_chinese_too():
    """A Chinese character takes two columns of a terminal."""
    rows = [job(Tag=tag, State="Running") for tag in ("Concat", "\u62fc\u63a5")]
    lines = [line for line in rendered(JobTable(rows)).splitlines() if "Running" in line]
    assert len({cell_len(line[: line.index("Running")]) for line in lines}) == 1
