"""Finding and changing queues, against a service whose answers are written here."""

from contextlib import aclosing
from urllib.parse import parse_qsl

import pytest
from support.scripted import Scripted, as_tree, refusal

from tencent_ci_async import (
    ConfigurationError,
    JobFamily,
    NotFoundError,
    NotifyConfig,
    QueueState,
    RequestError,
    SessionClosedError,
    UnreadableAnswerError,
)


def asked(request):
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def queue(queue_id, state="Active", notify=""):
    return (
        f"<QueueId>{queue_id}</QueueId><Name>name of {queue_id}</Name><State>{state}</State>"
        f"<NotifyConfig>{notify}</NotifyConfig><MaxSize>10000</MaxSize>"
    )


def listing(*queues, total=None, missing=()):
    counts = "" if total is None else f"<TotalCount>{total}</TotalCount><PageNumber>1</PageNumber>"
    items = "".join(f"<QueueList>{each}</QueueList>" for each in queues)
    items += "".join(f"<NonExistPIDs>{each}</NonExistPIDs>" for each in missing)
    return f"<Response><RequestId>R</RequestId>{counts}{items}</Response>"


def many(count):
    """A service with so many queues."""

    def answer(request):
        query = asked(request)
        size, number = int(query["pageSize"]), int(query["pageNumber"])
        chunk = range((number - 1) * size, min(number * size, count))
        return listing(*(queue(f"p{each}") for each in chunk), total=count)

    return Scripted(answer)


async def ids(queues):
    return [each.queue_id async for each in queues]


# --- Finding ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (10, 1), (11, 2), (25, 3)])
async def test_all_pages_are_followed(count, requests):
    service = many(count)
    async with service.session() as session:
        assert await ids(session.describe_media_queues()) == [f"p{number}" for number in range(count)]
    assert [asked(request) for request in service.requests] == [
        {"pageNumber": str(number + 1), "pageSize": "10"} for number in range(requests)
    ]


async def test_conditions_hold_on_every_page():
    """Also those that can be read only once."""
    service = many(3)
    async with service.session() as session:
        queues = session.describe_media_queues(
            queue_ids=iter(["p0", "p1", "p2"]), state=QueueState.ACTIVE, category="CateAll", page_size=2
        )
        assert len(await ids(queues)) == 3
    assert [asked(request) for request in service.requests] == [
        {
            "queueIds": "p0,p1,p2",
            "state": "Active",
            "category": "CateAll",
            "pageNumber": number,
            "pageSize": "2",
        }
        for number in ("1", "2")
    ]


async def test_leaving_the_loop_early_stops_the_requests():
    service = many(1_000)
    async with service.session() as session:
        async with aclosing(session.describe_media_queues()) as queues:
            async for each in queues:
                if each.queue_id == "p12":
                    break
    assert len(service.requests) == 2


async def test_queues_asked_for_by_id_need_one_request():
    """Such an answer has no count; the ids themselves tell when all has been said."""
    service = Scripted(lambda _: listing(queue("p1"), missing=["p2"]))
    async with service.session() as session:
        assert await ids(session.describe_media_queues(queue_ids=["p1", "p2"])) == ["p1"]
        assert len(service.requests) == 1
        page = await session.describe_media_queues_page(queue_ids=["p1", "p2"])
    assert page.non_exist_pids == ["p2"]


async def test_page_by_page():
    service = many(25)
    async with service.session() as session:
        page = await session.describe_media_queues_page(page_number=3, page_size=10)
    assert [each.queue_id for each in page.queue_list] == ["p20", "p21", "p22", "p23", "p24"]
    assert (page.total_count, page.request_id) == (25, "R1")


async def test_a_service_that_repeats_its_page_is_an_error():
    service = Scripted(lambda _: listing(queue("p1"), total=5))
    async with service.session() as session:
        with pytest.raises(UnreadableAnswerError, match="there should be 5 items"):
            await ids(session.describe_media_queues())
    assert len(service.requests) < 15


@pytest.mark.parametrize(
    ("family", "path"),
    [(JobFamily.MEDIA, "/queue"), (JobFamily.AI, "/ai_queue"), (JobFamily.ASR, "/asrqueue")],
)
async def test_other_families_have_other_paths(family, path):
    def answer(request):
        if request.method == "PUT":
            return f"<Response><Queue>{queue('p1')}</Queue></Response>"
        return listing(queue("p1"), total=1)

    service = Scripted(answer)
    async with service.session() as session:
        await ids(session.describe_media_queues(family=family))
        await session.describe_media_queues_page(family=family)
        await session.default_media_queue(family=family)
        await session.update_media_queue("p1", state="Paused", family=family)
    assert [request.path for request in service.requests] == [path] * 4 + [f"{path}/p1"]


# --- The queue to submit to ---------------------------------------------------------------------------


async def test_the_default_queue_is_the_first_active_one():
    """Even if the service did not heed the condition."""
    service = Scripted(lambda _: listing(queue("p1", "Paused"), queue("p2"), queue("p3"), total=3))
    async with service.session() as session:
        assert (await session.default_media_queue(category="SpeedTranscoding")).queue_id == "p2"
    assert asked(service.requests[0]) == {
        "state": "Active",
        "category": "SpeedTranscoding",
        "pageNumber": "1",
        "pageSize": "10",
    }


@pytest.mark.parametrize("answer", [listing(total=0), listing(queue("p1", "Paused"), total=1)], ids=str)
async def test_no_active_queue_is_an_error(answer):
    service = Scripted(lambda _: answer)
    async with service.session() as session:
        with pytest.raises(NotFoundError, match="no active queue") as caught:
            await session.default_media_queue()
    assert caught.value.request_id == "R1"


# --- Changing -----------------------------------------------------------------------------------------

CALLBACK = "<State>On</State><Event>TaskFinish</Event><Type>Url</Type><Url>https://example.com/ci</Url>"


class OneQueue(Scripted):
    """A service with one queue that can be changed."""

    def __init__(self, notify=CALLBACK):
        super().__init__(self.say)
        self.notify = notify

    def say(self, request):
        if request.method == "PUT":
            return f"<Response><RequestId>R</RequestId><Queue>{queue('p1', 'Paused')}</Queue></Response>"
        return listing(queue("p1", notify=self.notify))

    @property
    def change(self):
        """What the last change said, by the standard library's reading."""
        assert self.requests[-1].method == "PUT"
        assert self.requests[-1].header("Content-Type") == "application/xml"
        name, content = as_tree(self.requests[-1].body)
        assert name == "Request"
        return dict(content)


async def test_pausing_a_queue_keeps_its_name_and_callback():
    """The service wants all three, so that those not given are read first."""
    service = OneQueue()
    async with service.session() as session:
        result = await session.update_media_queue("p1", state=QueueState.PAUSED)
    assert [request.method for request in service.requests] == ["GET", "PUT"]
    assert asked(service.requests[0]) | {"pageSize": ""} == {
        "queueIds": "p1",
        "category": "CateAll",
        "pageNumber": "1",
        "pageSize": "",
    }
    assert service.change == {
        "Name": "name of p1",
        "State": "Paused",
        "NotifyConfig": [
            ("State", "On"),
            ("Event", "TaskFinish"),
            ("Type", "Url"),
            ("Url", "https://example.com/ci"),
        ],
    }
    assert (result.queue.queue_id, result.queue.state) == ("p1", QueueState.PAUSED)
    assert result.request_id == "R2"


async def test_a_queue_without_a_callback_stays_without():
    service = OneQueue(notify="")
    async with service.session() as session:
        await session.update_media_queue("p1", name="new name")
    assert service.change == {
        "Name": "new name",
        "State": "Active",
        "NotifyConfig": [("State", "Off")],
    }


async def test_a_callback_is_replaced_as_a_whole():
    service = OneQueue()
    async with service.session() as session:
        await session.update_media_queue("p1", notify_config=NotifyConfig(state="Off"))
    assert service.change["NotifyConfig"] == [("State", "Off")]
    assert service.change["Name"] == "name of p1"


async def test_a_whole_change_reads_nothing_first():
    service = OneQueue()
    async with service.session() as session:
        await session.update_media_queue(
            "p1", name="n", state="Active", notify_config=NotifyConfig(state="Off")
        )
    assert [request.method for request in service.requests] == ["PUT"]


async def test_a_change_that_may_have_arrived_is_repeated():
    """Saying the same twice does no harm."""
    service = OneQueue()
    calm = service.answer
    service.answer = lambda request: (
        refusal(500, "InternalError") if len(service.requests) in {1, 3} else calm(request)
    )
    async with service.session() as session:
        await session.update_media_queue("p1", name="n")
    assert [request.method for request in service.requests] == ["GET", "GET", "PUT", "PUT"]


async def test_a_queue_that_does_not_exist_cannot_be_changed():
    service = Scripted(lambda _: listing(missing=["p9"]))
    async with service.session() as session:
        with pytest.raises(NotFoundError, match="no queue p9"):
            await session.update_media_queue("p9", state="Paused")
    assert [request.method for request in service.requests] == ["GET"]


async def test_the_service_may_refuse_a_change():
    service = Scripted(lambda _: refusal(400, "InvalidArgument", "no such queue"))
    async with service.session() as session:
        with pytest.raises(RequestError, match="no such queue"):
            await session.update_media_queue("p1", name="n", state="x", notify_config=NotifyConfig())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "nothing is to be changed"),
        ({"name": ""}, "name is blank"),
        ({"state": ""}, "state is blank"),
        ({"notify_config": NotifyConfig(state="On")}, r"notify_config\.event"),
    ],
)
async def test_an_unusable_change_changes_nothing(arguments, words):
    service = OneQueue()
    async with service.session() as session:
        with pytest.raises(ConfigurationError, match=words):
            await session.update_media_queue("p1", **arguments)
        with pytest.raises(ConfigurationError, match="queue_id"):
            await session.update_media_queue("../jobs", state="Paused")
    assert "PUT" not in [request.method for request in service.requests]


async def test_unusable_conditions_are_refused_at_once():
    service = many(1)
    async with service.session() as session:
        with pytest.raises(ConfigurationError, match="queue_ids"):
            session.describe_media_queues(queue_ids="p1")
    with pytest.raises(SessionClosedError):
        session.describe_media_queues()
    assert service.requests == []
