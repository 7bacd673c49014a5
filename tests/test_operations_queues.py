"""The calls about queues, as data."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from support.scripted import as_tree

from tencent_ci_async import ConfigurationError, JobFamily, MediaQueue, NotifyConfig, QueueState
from tencent_ci_async._endpoint import Endpoint
from tencent_ci_async._operations import (
    decipher,
    describe_media_queues,
    media_queue_conditions,
    update_media_queue,
)
from tencent_ci_async.models import ResponseHeaders, ResponseInfo

ENDPOINT = Endpoint.of("examplebucket-1250000000", "ap-chongqing")
QUEUE = MediaQueue(name="nightly", state="Active")
CALLBACK = NotifyConfig(state="On", event="TaskFinish", type="Url", url="https://example.com/ci?k=1&l=2")


def on_the_wire(operation):
    url = urlsplit(ENDPOINT.url(operation.path, operation.query))
    return url.path, dict(parse_qsl(url.query, keep_blank_values=True))


def listed(*, family=JobFamily.MEDIA, page_number=1, **conditions):
    defaults = {"queue_ids": None, "state": None, "category": None, "page_size": 10}
    made = media_queue_conditions(**{**defaults, **conditions})
    return on_the_wire(describe_media_queues(made, page_number=page_number, family=family))


def sent(queue, **settings):
    return as_tree(update_media_queue("p1", queue, **settings).body)


def test_a_list_of_queues_asks_for_the_first_page():
    assert listed() == ("/queue", {"pageNumber": "1", "pageSize": "10"})


def test_every_condition_reaches_the_service_under_its_name():
    conditions = {"queue_ids": ["p1", "p2", "p1"], "state": QueueState.PAUSED, "category": "CateAll"}
    assert listed(**conditions, page_number=3, page_size=100)[1] == {
        "queueIds": "p1,p2",
        "state": "Paused",
        "category": "CateAll",
        "pageNumber": "3",
        "pageSize": "100",
    }


@pytest.mark.parametrize(
    ("family", "path"),
    [
        (JobFamily.MEDIA, "queue"),
        (JobFamily.AI, "ai_queue"),
        (JobFamily.ASR, "asrqueue"),
        (JobFamily.DOCUMENT, "docqueue"),
        (JobFamily.FILE, "file_queue"),
        (JobFamily.PICTURE, "picqueue"),
    ],
)
def test_each_family_has_queues_of_its_own(family, path):
    assert listed(family=family)[0] == f"/{path}"
    assert update_media_queue("p1", QUEUE, family=family).path == f"/{path}/p1"
    with pytest.raises(ConfigurationError, match="family is 'queue'"):
        listed(family="queue")


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"queue_ids": "p1"}, "queue_ids is a str"),
        ({"queue_ids": []}, "queue_ids is empty"),
        (
            {"queue_ids": [f"p{number}" for number in range(11)]},
            "queue_ids names 11, but one request takes 10",
        ),
        ({"state": ""}, "state is blank"),
        ({"category": 1}, "category is a int"),
        ({"page_size": 101}, "page_size is 101"),
        ({"page_number": 0}, "page_number is 0"),
    ],
)
def test_an_unusable_condition_is_refused_by_name(conditions, words):
    with pytest.raises(ConfigurationError, match=words):
        listed(**conditions)


def test_a_change_names_all_that_the_service_wants():
    operation = update_media_queue("p1", MediaQueue(name="nightly", state="Paused", notify_config=CALLBACK))
    assert (operation.method, operation.path, operation.idempotent) == ("PUT", "/queue/p1", True)
    assert as_tree(operation.body) == (
        "Request",
        [
            ("Name", "nightly"),
            ("State", "Paused"),
            (
                "NotifyConfig",
                [
                    ("State", "On"),
                    ("Event", "TaskFinish"),
                    ("Type", "Url"),
                    ("Url", "https://example.com/ci?k=1&l=2"),
                ],
            ),
        ],
    )


def test_no_callback_is_one_that_is_off():
    assert sent(QUEUE)[1][-1] == ("NotifyConfig", [("State", "Off")])


def test_what_the_service_says_of_a_callback_goes_back_whole():
    """Elements that have no field here are not lost when a queue is paused."""
    kafka = {"State": "On", "Event": "TaskFinish", "Type": "Kafka", "KafkaConfig": {"Topic": "done"}}
    queue = MediaQueue(name="nightly", state="Paused", notify_config=NotifyConfig.model_validate(kafka))
    assert ("KafkaConfig", [("Topic", "done")]) in dict(sent(queue)[1])["NotifyConfig"]


def test_only_what_can_be_changed_is_sent():
    """The rest of a queue that was read stays at home."""
    read = MediaQueue(queue_id="p1", name="nightly", state="Active", max_size=5, category="Transcoding")
    assert [name for name, _ in sent(read)[1]] == ["Name", "State", "NotifyConfig"]


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        (MediaQueue(state="Active"), "name is missing"),
        (MediaQueue(name=" ", state="Active"), "name is missing"),
        (MediaQueue(name="n" * 129, state="Active"), "name is longer than 128"),
        (MediaQueue(name="n"), "state is missing"),
        (QUEUE.model_copy(update={"notify_config": {"state": "On"}}), "notify_config is a dict"),
        (MediaQueue(name="n", state="Active", notify_config={"State": "On"}), r"notify_config\.event"),
        (
            MediaQueue(name="n", state="Active", notify_config={"State": "On", "Event": "TaskFinish"}),
            r"notify_config\.type",
        ),
        (
            MediaQueue(name="n", state="Active", notify_config=CALLBACK.model_copy(update={"url": None})),
            r"notify_config\.url",
        ),
        (
            MediaQueue(name="n", state="Active", notify_config=CALLBACK.model_copy(update={"type": "TDMQ"})),
            r"notify_config\.mq_mode",
        ),
    ],
)
def test_an_unusable_change_is_refused_by_name(queue, words):
    with pytest.raises(ConfigurationError, match=words):
        update_media_queue("p1", queue)


@pytest.mark.parametrize("queue_id", ["", "../jobs/j1", "a b", "a,b", "ä", None, "a" * 129])
def test_an_id_cannot_change_the_request(queue_id):
    with pytest.raises(ConfigurationError, match=r"^queue_id is "):
        update_media_queue(queue_id, QUEUE)


def test_an_answer_about_queues_is_typed():
    body = b"""<Response>
      <RequestId>R1</RequestId><TotalCount>12</TotalCount><PageNumber>2</PageNumber><PageSize>10</PageSize>
      <QueueList>
        <QueueId>p1</QueueId><Name>nightly</Name><State>Paused</State><MaxSize>500</MaxSize>
        <MaxConcurrent>3</MaxConcurrent><BucketId>examplebucket-1250000000</BucketId>
        <Category>Transcoding</Category><CreateTime>2024-02-29T08:30:00+0800</CreateTime><UpdateTime/>
        <NotifyConfig><State>Off</State><Url/><Event>TaskFinish</Event></NotifyConfig>
      </QueueList>
      <QueueList><QueueId>p2</QueueId><State>Resting</State><NotifyConfig/></QueueList>
      <NonExistPIDs>p3</NonExistPIDs><NonExistPIDs>p4</NonExistPIDs>
    </Response>"""
    operation = describe_media_queues((), page_number=1)
    page = decipher(operation, ResponseInfo(200, ResponseHeaders()), body, now=0.0)
    assert (page.total_count, page.page_number, page.page_size, page.request_id) == (12, 2, 10, "R1")
    assert page.non_exist_pids == ["p3", "p4"]
    first, second = page.queue_list
    assert (first.queue_id, first.name, first.state, first.is_active) == (
        "p1",
        "nightly",
        QueueState.PAUSED,
        False,
    )
    assert (first.max_size, first.max_concurrent, first.category) == (500, 3, "Transcoding")
    assert first.bucket_id == "examplebucket-1250000000"
    assert first.create_time.isoformat() == "2024-02-29T08:30:00+08:00"
    assert first.update_time is None
    assert (first.notify_config.state, first.notify_config.url) == ("Off", None)
    assert (second.state, second.is_active, second.notify_config) == ("Resting", False, None)
    again = type(page).model_validate(page.model_dump(by_alias=True))
    assert again.model_dump() == page.model_dump()
