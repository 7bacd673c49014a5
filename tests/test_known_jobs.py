"""A job that has not changed is not parsed again, and nobody can tell the difference otherwise."""

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tencent_ci_async._known_jobs import KnownJobs
from tencent_ci_async._xml import parse_document
from tencent_ci_async.errors import UnreadableAnswerError
from tencent_ci_async.models import DescribeMediaJobResult

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<Response>'


def job(number, state="Running", more=""):
    """The XML of one job."""
    return f"<JobsDetail><JobId>j{number}</JobId><State>{state}</State>{more}</JobsDetail>"


def body(*jobs, head=HEAD, tail="</Response>"):
    """The XML of an answer."""
    return f"{head}{''.join(jobs)}{tail}".encode()


def read(known, text):
    """Read an answer, and let its jobs be known."""
    reading = known.read(text)
    result = DescribeMediaJobResult.model_validate(reading.document.children)
    known.learn(reading, result.jobs_detail)
    return result


def plainly(text):
    """What the answer says, read without any knowledge."""
    return DescribeMediaJobResult.model_validate(parse_document(text).children)


def test_an_unchanged_job_is_the_same_object():
    known = KnownJobs()
    first = read(known, body(job(1), job(2)))
    second = read(known, body(job(1), job(2)))
    assert [a is b for a, b in zip(first.jobs_detail, second.jobs_detail, strict=True)] == [True, True]


def test_only_the_job_that_has_changed_is_read_again():
    """The others are known, in whatever company and order they are asked for."""
    known = KnownJobs()
    one, two = read(known, body(job(1), job(2))).jobs_detail
    third, again, ended = read(known, body(job(3), job(1), job(2, "Success"))).jobs_detail
    assert again is one
    assert (third.job_id, ended.job_id, ended.state) == ("j3", "j2", "Success")
    assert two.state == "Running"


def test_what_nobody_holds_is_forgotten():
    """Polling keeps no job alive."""
    known = KnownJobs()
    read(known, body(job(1)))
    gc.collect()
    assert known.read(body(job(1))).unknown


def test_the_rest_of_the_answer_is_always_read():
    known = KnownJobs()
    held = read(known, body(job(1)))
    assert held.non_exist_job_ids == []
    tail = "<NonExistJobIds>j8</NonExistJobIds><New>x</New></Response>"
    second = read(known, body(job(1), tail=tail))
    assert second.non_exist_job_ids == ["j8"]
    assert second.model_extra == {"New": "x"}
    assert second.jobs_detail[0] is held.jobs_detail[0]


@pytest.mark.parametrize(
    "text",
    [
        body(job(1), head="<Response><!-- <JobsDetail> -->"),
        body(job(1), job(3, more="<A><![CDATA[</JobsDetail><JobsDetail>]]></A>")),
        body(job(1), job(3, more="<!-- </JobsDetail><JobsDetail> -->")),
        body(job(1), head='<?xml version="1.0" encoding="iso-8859-1"?><Response>'),
        body(job(1), head="<Response><NonExistJobIds>j8</NonExistJobIds>"),
        body(job(1), "<Between/>", job(2)),
        body(job(1), job(2), tail="<JobsDetail ><JobId>j3</JobId></JobsDetail ></Response>"),
        body(job(1), "<JobsDetail />", job(2)),
        body(job(1), "<JobsDetail></JobsDetail>", job(2)),
        body(job(1, more="</JobsDetail ><JobsDetail ><JobId>j5</JobId>"), job(2)),
        body(job(1), '<JobsDetail kind="x"><JobId>j2</JobId></JobsDetail>'),
        body(job(1), job(3, more="<?pi </JobsDetail><JobsDetail> ?>")),
        body(job(1), "<JobsDetail>-</JobsDetail>", job(2)),
        body(job(1, more="<Url>https://example.com/?a=1</Url>")),
        body(head="<Response>", tail="</Response>"),
    ],
)
def test_what_is_not_cut_safely_is_read_as_a_whole(text):
    """However an answer is written, it says the same with and without knowledge of its jobs."""
    known = KnownJobs()
    held = [read(known, body(job(1), job(2)))]
    assert read(known, text) == plainly(text)
    assert held


FRAGMENTS = [
    job(1),
    job(2),
    job(2, "Success"),
    "<JobsDetail>",
    "</JobsDetail>",
    "<JobsDetail />",
    "<JobsDetail></JobsDetail>",
    "<JobsDetail>-</JobsDetail>",
    job(3, more="<A><![CDATA[</JobsDetail><JobsDetail>]]></A>"),
    job(3, more="<!-- </JobsDetail><JobsDetail> -->"),
    job(3, more="<?pi </JobsDetail><JobsDetail> ?>"),
    "<JobsDetail ><JobId>j7</JobId></JobsDetail >",
    "<NonExistJobIds>j9</NonExistJobIds>",
    "<!-- x -->",
    "<![CDATA[<JobsDetail>]]>",
    "<Response>",
    "</Response>",
    "<?pi ?>",
    "\n ",
    "text",
]


def outcome(function, *arguments):
    """What a function returns, or the class of what it raises."""
    try:
        return function(*arguments)
    except (UnreadableAnswerError, ValueError) as error:
        return type(error)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=4), st.lists(st.sampled_from(FRAGMENTS), max_size=4))
@settings(max_examples=600, deadline=None)
def test_knowing_jobs_changes_no_answer(before, after):
    """Any answer, well-formed or not, is read as without knowledge, whatever was read before it."""
    known = KnownJobs()
    held = [read(known, body(job(1), job(2)))]
    for text in (body(*before), body(*after), body(*after)):
        result = outcome(read, known, text)
        assert result == outcome(plainly, text)
        held.append(result)
