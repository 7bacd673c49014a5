"""The calls that list and cancel jobs, as data: no event loop anywhere in this file."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tencent_ci_async import ConfigurationError, JobFamily, JobState, JobTag
from tencent_ci_async._endpoint import Endpoint
from tencent_ci_async._operations import (
    cancel_media_job,
    decipher,
    describe_media_jobs,
    media_jobs_conditions,
)
from tencent_ci_async.models import ResponseHeaders, ResponseInfo

ENDPOINT = Endpoint.of("examplebucket-1250000000", "ap-chongqing")
BEIJING = timezone(timedelta(hours=8))


def on_the_wire(operation):
    """Path and query of an operation, as another party reads them from its URL."""
    url = urlsplit(ENDPOINT.url(operation.path, operation.query))
    return url.path, dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query)))


def query(**conditions):
    return on_the_wire(describe_media_jobs(media_jobs_conditions(tag="Concat", **conditions)))[1]


def answer(operation, body, status=200):
    return decipher(operation, ResponseInfo(status, ResponseHeaders()), body, now=0.0)


# --- Listing ----------------------------------------------------------------------------------------


def test_a_list_of_jobs_asks_for_whole_pages_newest_first():
    operation = describe_media_jobs(media_jobs_conditions(tag=JobTag.CONCAT))
    assert (operation.method, operation.idempotent, operation.body) == ("GET", True, b"")
    assert on_the_wire(operation) == ("/jobs", {"tag": "Concat", "orderByTime": "Desc", "size": "100"})


def test_every_condition_reaches_the_service_under_its_name():
    assert query(
        states=[JobState.FAILED, "Cancel"],
        queue_id="p1",
        queue_type="SpeedTranscoding",
        newest_first=False,
        start_creation_time=datetime(2024, 2, 29, 8, 30, tzinfo=BEIJING),
        end_creation_time=datetime(2024, 3, 1, 0, 0, 1, 999_999, tzinfo=UTC),
        workflow_id="w1",
        inventory_trigger_job_id="b1",
        input_object="a folder/日.mp4",
        page_size=7,
    ) == {
        "tag": "Concat",
        "states": "Failed,Cancel",
        "queueId": "p1",
        "queueType": "SpeedTranscoding",
        "orderByTime": "Asc",
        "startCreationTime": "2024-02-29T08:30:00+0800",
        "endCreationTime": "2024-03-01T00:00:01+0000",
        "workflowId": "w1",
        "inventoryTriggerJobId": "b1",
        "inputObject": "a folder/日.mp4",
        "size": "7",
    }


def test_the_plus_of_an_offset_is_encoded():
    """An unencoded plus would be read as a blank."""
    conditions = media_jobs_conditions(tag="Concat", start_creation_time=datetime(2024, 1, 1, tzinfo=BEIJING))
    operation = describe_media_jobs(conditions)
    url = ENDPOINT.url(operation.path, operation.query)
    assert "startCreationTime=2024-01-01T00%3A00%3A00%2B0800" in url
    assert "+" not in url


offsets = st.integers(-14 * 3600, 14 * 3600).map(lambda seconds: timezone(timedelta(seconds=seconds)))
FIRST, LAST = datetime(2, 1, 1), datetime(9998, 12, 30)  # noqa: DTZ001 - the offsets are drawn


@given(st.datetimes(FIRST, LAST, timezones=offsets))
def test_a_time_keeps_its_point_in_time(moment):
    """Whatever the offset, the service is told the same second."""
    written = query(start_creation_time=moment)["startCreationTime"]
    read = datetime.strptime(written, "%Y-%m-%dT%H:%M:%S%z")
    assert timedelta(0) <= moment - read < timedelta(seconds=1)


@pytest.mark.parametrize("name", ["start_creation_time", "end_creation_time"])
def test_a_time_without_an_offset_is_refused_by_name(name):
    with pytest.raises(ConfigurationError, match=f"^{name} has no offset"):
        query(**{name: datetime(2024, 1, 1)})  # noqa: DTZ001 - the point of the case


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"start_creation_time": "2024-01-01T00:00:00+0800"}, "start_creation_time is a str"),
        ({"states": "Running"}, "states is a str"),
        ({"states": []}, "states is empty"),
        ({"states": [""]}, "states is blank"),
        ({"states": ["Failed,Cancel"]}, "states holds a comma"),
        ({"states": [None]}, "states is missing"),
        ({"states": 7}, "states is a int"),
        ({"queue_id": ""}, "queue_id is blank"),
        ({"workflow_id": "-"}, "workflow_id is blank"),
        ({"input_object": "a\nb"}, "input_object holds characters"),
        ({"input_object": "é" * 513}, "input_object is longer than 1024 bytes"),
        ({"page_size": 0}, "page_size is 0"),
        ({"page_size": 101}, "page_size is 101"),
        ({"page_size": "10"}, "page_size is '10'"),
    ],
    ids=str,
)
def test_an_unusable_condition_is_refused_by_name(condition, words):
    with pytest.raises(ConfigurationError, match=words):
        query(**condition)


@pytest.mark.parametrize("tag", ["", None, "a\x00"])
def test_a_list_without_a_kind_of_job_is_refused(tag):
    with pytest.raises(ConfigurationError, match=r"^tag "):
        media_jobs_conditions(tag=tag)


def test_times_in_the_wrong_order_are_refused():
    """Nothing can lie between them, so that an empty list would be misleading."""
    late, early = datetime(2024, 1, 1, 8, tzinfo=BEIJING), datetime(2023, 12, 31, tzinfo=UTC)
    with pytest.raises(ConfigurationError, match="later than end_creation_time"):
        query(start_creation_time=late, end_creation_time=early)
    assert query(start_creation_time=early, end_creation_time=late)


def test_a_token_leads_on_with_the_same_conditions():
    conditions = media_jobs_conditions(tag="Concat", states=["Failed"])
    first = on_the_wire(describe_media_jobs(conditions))[1]
    assert on_the_wire(describe_media_jobs(conditions, next_token="2+2/=&"))[1] == {
        **first,
        "nextToken": "2+2/=&",
    }
    with pytest.raises(ConfigurationError, match="next_token is blank"):
        describe_media_jobs(conditions, next_token="")


@pytest.mark.parametrize("family", JobFamily)
def test_each_family_has_its_path(family):
    conditions = media_jobs_conditions(tag="Concat")
    assert on_the_wire(describe_media_jobs(conditions, family=family))[0] == f"/{family}"
    assert on_the_wire(cancel_media_job("j1", family=family))[0] == f"/{family}/j1"
    assert cancel_media_job("j1", family=str(family.value)) == cancel_media_job("j1", family=family)


@pytest.mark.parametrize("family", ["", "job", "jobs/..", None, ["jobs"]])
def test_a_family_that_does_not_exist_is_refused_by_name(family):
    """It would be a path of its own."""
    with pytest.raises(ConfigurationError, match=r"family is .*JobFamily\.PICTURE"):
        cancel_media_job("j1", family=family)
    with pytest.raises(ConfigurationError, match="family is"):
        describe_media_jobs(media_jobs_conditions(tag="Concat"), family=family)


@pytest.mark.parametrize(
    ("body", "job_ids", "token"),
    [
        (b"<Response/>", [], None),
        (b"<Response><NextToken/></Response>", [], None),
        (b"<Response><JobsDetail><JobId>j1</JobId></JobsDetail></Response>", ["j1"], None),
        (
            b"<Response><NextToken>225</NextToken><JobsDetail><JobId>j1</JobId></JobsDetail></Response>",
            ["j1"],
            "225",
        ),
    ],
)
def test_a_page_is_its_jobs_and_what_leads_on(body, job_ids, token):
    page = answer(describe_media_jobs(media_jobs_conditions(tag="Concat")), body)
    assert ([job.job_id for job in page.jobs_detail], page.next_token) == (job_ids, token)


# --- Cancelling -------------------------------------------------------------------------------------


def test_a_cancel_is_a_put_without_a_body():
    operation = cancel_media_job("j1")
    assert (operation.method, operation.idempotent, operation.body) == ("PUT", True, b"")
    assert on_the_wire(operation) == ("/jobs/j1", {"cancel": ""})
    assert ENDPOINT.url(operation.path, operation.query).endswith("/jobs/j1?cancel=")


@pytest.mark.parametrize("body", [b"", b"\n", b"<Response/>"])
def test_the_answer_to_a_cancel_says_nothing(body):
    assert answer(cancel_media_job("j1"), body).response.status == 200
