"""Templates: made, found, changed and deleted."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tencent_ci_async.testing import FakeCI

SPLICE = {
    "ConcatFragment": [
        {"Url": "https://media.example/a.mp4", "Mode": "Start"},
        {"Url": "https://media.example/b.mp4", "Mode": "End"},
    ],
    "Container": {"Format": "mp4"},
}
REQUEST = {"Tag": "Concat", "Name": "two files", "ConcatTemplate": SPLICE}


@pytest.fixture
def find(call, read):
    async def find(**query):
        return read(await call("GET", f"/template?{urlencode(query)}"))

    return find


async def test_a_template_is_made_and_found(fake, clock, call, read, find):
    """What comes back is what was sent, and where and when it was made."""
    answer = read(await call("POST", "/template", REQUEST))
    template = answer["Template"]
    assert answer["RequestId"] == fake.requests[0].request_id
    assert (template["Tag"], template["Name"], template["ConcatTemplate"]) == ("Concat", "two files", SPLICE)
    assert (template["BucketId"], template["Category"]) == (fake.bucket, "Custom")
    assert template["CreateTime"] == template["UpdateTime"] == "2023-11-15T06:13:20+0800"
    assert list(fake.templates) == [template["TemplateId"]]
    found = await find()
    assert found["TemplateList"] == [template]
    assert (found["TotalCount"], found["PageNumber"], found["PageSize"]) == ("1", "1", "10")


async def test_ids_are_the_same_in_every_run():
    assert FakeCI().add_template() == FakeCI().add_template()
    assert FakeCI().add_queue() == FakeCI().add_queue()


async def test_any_kind_of_template_is_kept(call, read):
    request = {"Tag": "Snapshot", "Name": "one shot", "Snapshot": {"Mode": "Average", "Count": "1"}}
    template = read(await call("POST", "/template", request))["Template"]
    assert template["Snapshot"] == request["Snapshot"]


async def test_templates_can_be_looked_for(fake, find):
    """By id, by the beginning of the name, by kind and by category."""
    day, night = fake.add_template("Concat", "day"), fake.add_template("Snapshot", "night")
    official = fake.add_template("Transcode", "standard", category="Official", template_id="tofficial")

    async def ids(**query):
        return [each["TemplateId"] for each in (await find(**query)).get("TemplateList", [])]

    assert await ids() == [day, night]
    assert await ids(ids=f"{night},t-nobody") == [night]
    assert await ids(name="da") == [day]
    assert await ids(tag="Snapshot") == [night]
    assert await ids(tag="All", category="Official") == [official]
    assert await ids(pageNumber=2, pageSize=1) == [night]


@pytest.mark.parametrize("query", ["category=Mine", "pageSize=0", "templateIds=t1"])
async def test_a_wrong_question_is_refused(call, refusal, query):
    assert refusal(await call("GET", f"/template?{query}"))[:2] == (400, "InvalidArgument")


async def test_a_template_is_changed(fake, clock, call, read):
    """All of it is replaced."""
    template_id = read(await call("POST", "/template", REQUEST))["Template"]["TemplateId"]
    clock.now += 60
    other = {**SPLICE, "Container": {"Format": "ts"}}
    answer = await call(
        "PUT", f"/template/{template_id}", {**REQUEST, "Name": "other", "ConcatTemplate": other}
    )
    template = read(answer)["Template"]
    assert (template["TemplateId"], template["Name"]) == (template_id, "other")
    assert template["ConcatTemplate"] == other
    assert (template["CreateTime"], template["UpdateTime"]) == (
        "2023-11-15T06:13:20+0800",
        "2023-11-15T06:14:20+0800",
    )


async def test_a_template_is_deleted(fake, call, read, refusal):
    template_id = fake.add_template()
    answer = read(await call("DELETE", f"/template/{template_id}"))
    assert answer == {"RequestId": fake.requests[0].request_id, "TemplateId": template_id}
    assert not fake.templates
    assert refusal(await call("DELETE", f"/template/{template_id}"))[:2] == (400, "InvalidArgument")
    assert refusal(await call("PUT", f"/template/{template_id}", REQUEST))[:2] == (400, "InvalidArgument")


async def test_what_belongs_to_the_service_stays(fake, call, refusal):
    template_id = fake.add_template(category="Official")
    assert refusal(await call("DELETE", f"/template/{template_id}"))[:2] == (400, "InvalidArgument")
    assert template_id in fake.templates


@pytest.mark.parametrize(
    ("children", "named"),
    [
        ({"Tag": None}, "Tag"),
        ({"Name": None}, "Name"),
        ({"Name": "n" * 65}, "Name"),
        ({"ConcatTemplate": None}, "ConcatTemplate"),
        ({"ConcatTemplate": {"Container": {"Format": "mp4"}}}, "ConcatFragment"),
        ({"ConcatTemplate": {"ConcatFragment": {"Url": "https://media.example/a.mp4"}}}, "Container.Format"),
    ],
)
async def test_what_is_wrong_is_named(fake, call, refusal, children, named):
    status, code, message = refusal(await call("POST", "/template", {**REQUEST, **children}))
    assert (status, code) == (400, "InvalidArgument")
    assert named in message
    assert not fake.templates


async def test_a_template_keeps_its_kind(fake, call, refusal):
    template_id = fake.add_template("Snapshot")
    assert "Tag" in refusal(await call("PUT", f"/template/{template_id}", REQUEST))[2]
