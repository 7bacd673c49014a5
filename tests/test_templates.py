"""Making, finding, changing and deleting templates, against a service whose answers are written here."""

from urllib.parse import parse_qsl

import httpx
import pytest
from support.scripted import Scripted, as_tree, refusal

from tencent_ci_async import (
    ConcatFragment,
    ConcatTemplate,
    ConfigurationError,
    Container,
    NoAnswerError,
    NotFoundError,
    ServerError,
    SessionClosedError,
    UnreadableAnswerError,
)

CONCAT = ConcatTemplate(
    concat_fragment=[ConcatFragment(url="https://example.com/intro.mp4", mode="Start")],
    container=Container(format="mp4"),
)
TREE = (
    "Request",
    [
        ("Name", "intro"),
        ("Tag", "Concat"),
        (
            "ConcatTemplate",
            [
                ("ConcatFragment", [("Url", "https://example.com/intro.mp4"), ("Mode", "Start")]),
                ("Container", [("Format", "mp4")]),
            ],
        ),
    ],
)
RESET = httpx.ReadError("reset")


def asked(request):
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def template(template_id, name="intro"):
    return (
        f"<TemplateId>{template_id}</TemplateId><Name>{name}</Name><Tag>Concat</Tag>"
        "<ConcatTemplate><Container><Format>mp4</Format></Container></ConcatTemplate>"
    )


def told(template_id):
    return f"<Response><RequestId>R</RequestId><Template>{template(template_id)}</Template></Response>"


def many(count):
    """A service with so many templates."""

    def answer(request):
        query = asked(request)
        size, number = int(query["pageSize"]), int(query["pageNumber"])
        chunk = range((number - 1) * size, min(number * size, count))
        items = "".join(f"<TemplateList>{template(f't{each}')}</TemplateList>" for each in chunk)
        return f"<Response><TotalCount>{count}</TotalCount>{items}</Response>"

    return Scripted(answer)


async def test_a_template_is_made():
    service = Scripted(lambda _: told("t1"))
    async with service.session() as session:
        result = await session.create_media_template("intro", CONCAT)
    assert (result.template.template_id, result.template.tag, result.request_id) == ("t1", "Concat", "R1")
    assert result.template.concat_template.container.format == "mp4"
    (request,) = service.requests
    assert (request.method, request.target) == ("POST", "/template")
    assert request.header("Content-Type") == "application/xml"
    assert as_tree(request.body) == TREE


@pytest.mark.parametrize(
    ("fault", "kind"), [(RESET, NoAnswerError), (refusal(500, "InternalError"), ServerError)], ids=str
)
async def test_a_template_is_not_made_twice(fault, kind):
    """What may have arrived is not sent again."""
    service = Scripted(lambda _: fault)
    async with service.session() as session:
        with pytest.raises(kind):
            await session.create_media_template("intro", CONCAT)
    assert len(service.requests) == 1


async def test_a_template_that_was_throttled_is_made_later():
    script = [refusal(429, "SlowDown"), told("t1")]
    service = Scripted(lambda _: script.pop(0))
    async with service.session() as session:
        assert (await session.create_media_template("intro", CONCAT)).template.template_id == "t1"


@pytest.mark.parametrize("body", ["<Response/>", "<Response><Template/></Response>", ""])
async def test_an_answer_without_a_template_is_unreadable(body):
    """A template whose id is unknown would be of no use."""
    service = Scripted(lambda _: body)
    async with service.session() as session:
        with pytest.raises(UnreadableAnswerError) as caught:
            await session.create_media_template("intro", CONCAT)
    assert caught.value.request_id == "R1"


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (10, 1), (23, 3)])
async def test_all_pages_are_followed(count, requests):
    service = many(count)
    async with service.session() as session:
        found = [
            each.template_id
            async for each in session.describe_media_templates(
                tag="Concat", category="Custom", template_ids=iter(["t0", "t1"]), name="in"
            )
        ]
    assert found == [f"t{number}" for number in range(count)]
    assert [asked(request) for request in service.requests] == [
        {
            "tag": "Concat",
            "category": "Custom",
            "ids": "t0,t1",
            "name": "in",
            "pageNumber": str(number + 1),
            "pageSize": "10",
        }
        for number in range(requests)
    ]
    assert {(request.method, request.path) for request in service.requests} == {("GET", "/template")}


async def test_page_by_page():
    service = many(23)
    async with service.session() as session:
        page = await session.describe_media_templates_page(page_number=2, page_size=20)
    assert [each.template_id for each in page.template_list] == ["t20", "t21", "t22"]
    assert page.total_count == 23


async def test_a_template_is_changed():
    """What may have arrived is sent again, since it says the same."""
    script = [RESET, told("t1")]
    service = Scripted(lambda _: script.pop(0))
    async with service.session() as session:
        result = await session.update_media_template("t1", name="intro", concat_template=CONCAT)
    assert result.template.template_id == "t1"
    assert [(request.method, request.target) for request in service.requests] == [("PUT", "/template/t1")] * 2
    assert as_tree(service.requests[1].body) == TREE


async def test_a_template_is_deleted():
    service = Scripted(lambda _: "<Response><TemplateId>t1</TemplateId></Response>")
    async with service.session() as session:
        result = await session.delete_media_template("t1")
    assert (result.template_id, result.request_id) == ("t1", "R1")
    (request,) = service.requests
    assert (request.method, request.target, request.body) == ("DELETE", "/template/t1", b"")


GONE = "<Response><TotalCount>0</TotalCount></Response>"
THERE = f"<Response><TemplateList>{template('t1')}</TemplateList></Response>"


@pytest.mark.parametrize(
    "script",
    [
        [RESET, RESET, RESET],
        [RESET, refusal(404, "NoSuchTemplate")],
        [refusal(500, "InternalError"), refusal(400, "InvalidArgument")],
    ],
    ids=str,
)
async def test_a_template_that_is_gone_is_what_was_wanted(script):
    """A request arrived and only its answer was lost; how a repetition is refused does not matter."""
    answers = [*script, GONE]
    service = Scripted(lambda _: answers.pop(0))
    async with service.session() as session:
        assert (await session.delete_media_template("t1")).template_id == "t1"
    assert asked(service.requests[-1]) == {"ids": "t1", "pageNumber": "1", "pageSize": "10"}
    assert answers == []


@pytest.mark.parametrize("then", [THERE, refusal(403, "AccessDenied"), "<html/>"], ids=str)
async def test_a_failure_stays_what_it_was_where_the_template_may_be_there(then):
    service = Scripted(lambda request: RESET if request.method == "DELETE" else then)
    async with service.session(retry=None) as session:
        with pytest.raises(NoAnswerError):
            await session.delete_media_template("t1")


@pytest.mark.parametrize("before", [[], [refusal(429, "SlowDown")]], ids=str)
async def test_what_never_existed_cannot_be_deleted(before):
    """Where no earlier request can have done it, nobody looks any further."""
    script = [*before, refusal(404, "NoSuchTemplate")]
    service = Scripted(lambda _: script.pop(0))
    async with service.session() as session:
        with pytest.raises(NotFoundError):
            await session.delete_media_template("t1")


async def test_what_is_unusable_is_not_sent():
    service = many(0)
    async with service.session() as session:
        with pytest.raises(ConfigurationError, match="container"):
            await session.create_media_template("intro", CONCAT.model_copy(update={"container": None}))
        with pytest.raises(ConfigurationError, match="template_id"):
            await session.update_media_template("a/b", name="intro", concat_template=CONCAT)
        with pytest.raises(ConfigurationError, match="template_id"):
            await session.delete_media_template("")
        with pytest.raises(ConfigurationError, match="page_size"):
            session.describe_media_templates(page_size=0)
    with pytest.raises(SessionClosedError):
        session.describe_media_templates()
    assert service.requests == []
