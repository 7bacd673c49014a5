"""The formats: the same jobs in each, readable by what reads them."""

import io
import json
import re
import sys
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

from tencent_ci_async import DescribeMediaJobResult
from tencent_ci_async._xml import parse_document
from tencent_ci_async.cli._formats import as_json, chosen_format
from tencent_ci_async.cli._xml_text import element
from tencent_ci_async.testing import Fault

NASTY = 'a\x1b[31m\x9b\u202eb \u5b8c\u6574\u7248 <&>"\\'


@pytest.fixture
def jobs(fake):
    """One job of each sort, and an id that does not exist."""
    fake.add_job("Concat", job_id="jgood", output_object="out/\u5b8c\u6574\u7248.mp4")
    fake.add_job("Transcode", job_id="jruns", waits_for=1e-6, runs_for=1e9)
    fake.add_job("Concat", job_id="jbad", outcome="Failed", message=NASTY)
    return ["jgood", "jnone", "jruns", "jbad"]


def test_json_lines_are_objects_by_their_names_on_the_wire(shell, jobs):
    found = {node["JobId"]: node for node in shell.lines("describe", *jobs, "-o", "jsonl")}
    assert found.keys() == set(jobs)
    assert found["jgood"]["Operation"]["Output"]["Object"] == "out/\u5b8c\u6574\u7248.mp4"
    assert found["jnone"]["Error"]["Type"] == "JobNotFoundError"
    assert "Error" not in found["jbad"]
    assert "Message" not in found["jruns"]


def test_json_is_one_array_in_the_order_of_the_ids(shell, jobs):
    done = shell("describe", *jobs, "-o", "json")
    assert [node["JobId"] for node in json.loads(done.out)] == jobs
    by_input = shell("describe", "-", "-o", "json", stdin="\n".join(jobs))
    assert [node["JobId"] for node in json.loads(by_input.out)] == jobs


def test_the_order_is_that_of_standard_input_whatever_is_answered_first(shell, fake):
    """Where all is written in the end, the first request may well be the last that is answered."""
    ids = [fake.add_job() for _ in range(40)]
    fake.inject(Fault.delay(0.3))
    for form in ("json", "xml", "table"):
        done = shell("describe", "-", "-o", form, stdin="\n".join(ids))
        found = dict.fromkeys(re.findall(r"\bj[0-9a-f]{32}\b", done.out))
        assert list(found) == ids


def test_json_can_be_read_back_into_the_models(shell, jobs):
    done = shell("describe", *jobs, "-o", "json")
    found = [node for node in json.loads(done.out) if "Error" not in node]
    result = DescribeMediaJobResult.model_validate({"JobsDetail": found})
    assert [job.state for job in result.jobs_detail] == ["Success", "Running", "Failed"]


def test_xml_is_a_document_as_the_service_writes_it(shell, jobs):
    """The library itself reads it as an answer; what XML has no way to write is a question mark."""
    done = shell("describe", *jobs, "-o", "xml")
    document = parse_document(done.out.encode())
    assert document.root == "Response"
    result = DescribeMediaJobResult.model_validate(document.children)
    assert [job.job_id for job in result.jobs_detail] == ["jgood", "jruns", "jbad"]
    assert result.non_exist_job_ids == ["jnone"]
    assert result.jobs_detail[0].output_keys == ("out/\u5b8c\u6574\u7248.mp4",)
    assert "\u5b8c\u6574\u7248 <&>" in result.jobs_detail[2].message
    created = ET.fromstring(done.out).find("JobsDetail/CreationTime").text  # noqa: S314 - our own output
    assert datetime.strptime(created, "%Y-%m-%dT%H:%M:%S%z")


def test_a_table_has_a_row_for_each_id(shell, jobs):
    done = shell("describe", *jobs, "-o", "table")
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[2:6]] == jobs
    assert [
        state in line
        for state, line in zip(["Success", "not found", "Running", "Failed"], lines[2:6], strict=True)
    ]
    assert "out/\u5b8c\u6574\u7248.mp4" in lines[2]


def test_a_lone_job_is_shown_in_full(shell, jobs):
    done = shell("describe", "jgood", "-o", "table")
    assert "Md5" in done.out
    assert "Joins" in done.out


def test_ids_are_those_of_jobs_that_exist(shell, jobs):
    assert shell("describe", *jobs, "-o", "ids").out.split() == ["jgood", "jruns", "jbad"]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "xml", "ids"])
def test_no_format_gives_orders_to_a_terminal(shell, jobs, form):
    """Whatever a message of the service or an object's key says, and on stderr as well."""
    done = shell("describe", *jobs, "bad\x1b[2J", "-o", form)
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.out + done.err)


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "xml", "ids"])
def test_an_output_that_knows_only_ascii_gets_ascii(shell, jobs, form, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), "ascii"))
    from tencent_ci_async.__main__ import main  # noqa: PLC0415 - with this stdout

    assert main(["describe", *jobs, "-o", form]) == 1
    shown = raw.getvalue().decode("ascii")
    assert "jgood" in shown
    if form == "json":
        assert json.loads(shown)[0]["Operation"]["Output"]["Object"] == "out/\u5b8c\u6574\u7248.mp4"


def test_json_stays_readable_where_it_can(monkeypatch):
    """Chinese as it is in UTF-8; and what is escaped means the same."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    text = as_json({"Key": NASTY})
    assert "\u5b8c\u6574\u7248" in text
    assert not {"\x1b", "\x9b", "\u202e"} & set(text)
    assert json.loads(text) == {"Key": NASTY}


def test_a_pipe_gets_json_lines_and_a_terminal_a_table(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert chosen_format(None) == "jsonl"
    assert chosen_format("xml") == "xml"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert chosen_format(None) == "table"


def test_xml_leaves_out_what_cannot_be_a_name():
    lines = list(element("Root", {"Good": True, "bad name": 1, "None": None, "Many": [1, "x"], "Empty": {}}))
    assert lines == [
        "<Root>",
        "  <Good>true</Good>",
        "  <Many>1</Many>",
        "  <Many>x</Many>",
        "  <Empty>",
        "  </Empty>",
        "</Root>",
    ]
