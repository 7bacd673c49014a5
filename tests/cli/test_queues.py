"""``queues``."""

import json
from xml.etree import ElementTree as ET

import pytest


def test_queues_are_listed(shell, fake):
    (queue,) = shell.lines("queues")
    assert (queue["State"], queue["Category"]) == ("Active", "Transcoding")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "xml", "ids"])
def test_every_format_holds_the_queue(shell, fake, form):
    done = shell("queues", "-o", form)
    assert (done.code, done.err) == (0, "")
    assert "p0123456789abcdef0123456789abcdef" in done.out
    if form == "json":
        assert len(json.loads(done.out)) == 1
    if form == "xml":
        assert ET.fromstring(done.out).find("QueueList/MaxSize").text == "10000"  # noqa: S314 - our own output
    if form == "table":
        assert "10,000" in done.out


def test_states_are_found_in_any_case(shell, fake):
    assert shell("queues", "--state", "active").code == 0
    assert fake.requests[0].query["state"] == "Active"
    done = shell("queues", "--state", "Activ")
    assert done.code == 2
    assert "Did you mean Active?" in done.err


def test_queues_that_do_not_exist_are_told(shell):
    done = shell("queues", "pnone")
    assert (done.code, done.out) == (1, "")
    assert "There is no such queue: pnone" in done.err


def test_no_queue_at_all_is_said(shell):
    done = shell("queues", "--state", "Paused")
    assert (done.code, done.out, done.err) == (0, "", "No queue meets the conditions.\n")
