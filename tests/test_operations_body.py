"""What a model looks like as the document that the service reads."""

from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async._operations import document
from tencent_ci_async.models import AudioMix, ConcatTemplate, JobDetail, JobOutput, Operation, Video


def read(body):
    """The names and texts of a document's leaves, by another parser."""
    root = ET.fromstring(body)  # noqa: S314 - our own document
    return root.tag, [(leaf.tag, leaf.text) for leaf in root.iter() if len(leaf) == 0]


def test_what_is_none_or_empty_is_left_out():
    operation = Operation(output=JobOutput(object="a&b<c>.mp4"), concat_template=ConcatTemplate())
    assert read(document("Operation", operation)) == ("Operation", [("Object", "a&b<c>.mp4")])


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (25, "25"),
        (29.97, "29.97"),
        (100.0, "100"),
        (1e-05, "0.00001"),
        (1e20, "100000000000000000000"),
        (0.0, "0"),
    ],
)
def test_numbers_are_written_without_an_exponent(number, written):
    assert read(document("Video", Video(fps=number))) == ("Video", [("Fps", written)])


@given(st.floats(0, 1e9))
def test_a_number_is_read_back_as_it_was(number):
    ((_, text),) = read(document("Video", Video(fps=number)))[1]
    assert float(text) == number
    assert set(text) <= set("0123456789.")


@pytest.mark.parametrize(("flag", "written"), [(True, "true"), (False, "false")])
def test_flags_are_words(flag, written):
    assert read(document("AudioMix", AudioMix(replace=flag))) == ("AudioMix", [("Replace", written)])


def test_times_are_written_as_the_service_writes_them():
    moment = datetime(2026, 9, 21, 22, 13, 20, tzinfo=timezone(timedelta(hours=8)))
    (name, text), *_ = read(document("Job", JobDetail(creation_time=moment)))[1]
    assert (name, text) == ("CreationTime", "2026-09-21T22:13:20+0800")
