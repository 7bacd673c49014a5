"""The simulator's callbacks look like the service's, and arrive."""

import json
from xml.etree import ElementTree as ET

import httpx
import pytest

from tencent_ci_async.errors import ConfigurationError, JobNotFoundError
from tencent_ci_async.testing import CallbackForm, FakeCI

FORMS = ["XML", "JSON", "JSON array", "JSON wrapped"]


def content(fake, job_id, form, **settings):
    """What a JSON form holds."""
    told = json.loads(fake.callback_body(job_id, form, **settings).body)
    return told["Response"] if form == "JSON wrapped" else told


def test_xml_has_its_elements_in_alphabetical_order(fake):
    """As the service sends it, unlike its answers."""
    job_id = fake.add_job("Concat")
    body, content_type = fake.callback_body(job_id)
    assert content_type == "application/xml"
    root = ET.fromstring(body)  # noqa: S314 - the simulator is trusted
    assert (root.tag, root.findtext("EventName")) == ("Response", "TaskFinish")
    assert root.findtext("JobsDetail/JobId") == job_id
    assert root.findtext("JobsDetail/State") == "Success"
    for element in root.iter():
        names = [child.tag for child in element]
        assert names == sorted(names)
    assert root.find("JobsDetail/Message").text is None


def test_json_leaves_are_text_and_what_is_empty_is_left_out(fake):
    """A container that holds empty elements only is there, and holds nothing."""
    job_id = fake.add_job(
        "Concat",
        operation={"Flag": True, "Level": 3, "Nothing": None, "Empty": [], "Hollow": {"Inner": None}},
    )
    body, content_type = fake.callback_body(job_id, "JSON")
    assert content_type == "application/json"
    told = json.loads(body)
    assert list(told) == ["EventName", "JobsDetail"]
    detail = told["JobsDetail"]
    assert list(detail) == sorted(detail)
    assert "Message" not in detail
    operation = detail["Operation"]
    assert (operation["Flag"], operation["Level"]) == ("true", "3")
    assert not {"Nothing", "Empty"} & set(operation)
    assert operation["Hollow"] == {}
    assert len(operation["ConcatTemplate"]["ConcatFragment"]) == 2
    assert operation["MediaResult"]["OutputFile"]["Md5Info"]["ObjectName"] == f"output/{job_id}.mp4"


def test_the_json_forms_differ_as_the_service_s_do(fake):
    """An object, an array of one, and one with a wrapper; the level as a number and as text."""
    job_id = fake.add_job("Transcode")
    bare, array, wrapped = (content(fake, job_id, form) for form in FORMS[1:])
    (only,) = array["JobsDetail"]
    assert wrapped["JobsDetail"] == only
    assert only["Operation"].pop("JobLevel") == "0"
    assert bare["JobsDetail"]["Operation"].pop("JobLevel") == 0
    assert bare["JobsDetail"] == only


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_list_of_one_is_its_item(fake, form):
    job_id = fake.add_job("Concat", operation={"Things": [{"Name": "a"}], "Others": ["a", "b"]})
    detail = content(fake, job_id, form)["JobsDetail"]
    operation = (detail[0] if isinstance(detail, list) else detail)["Operation"]
    assert (operation["Things"], operation["Others"]) == ({"Name": "a"}, ["a", "b"])


def test_a_callback_tells_how_the_job_stands_now(fake, clock):
    job_id = fake.add_job("Concat", waits_for=1, runs_for=9)
    assert content(fake, job_id, "JSON")["JobsDetail"]["State"] == "Submitted"
    clock.now += 5
    assert content(fake, job_id, "JSON")["JobsDetail"]["State"] == "Running"
    fake.fail(job_id, "ExampleCode", "It broke")
    detail = content(fake, job_id, "JSON")["JobsDetail"]
    assert (detail["State"], detail["Code"], detail["Message"]) == ("Failed", "ExampleCode", "It broke")


@pytest.mark.parametrize("form", FORMS)
def test_a_forged_callback_leaves_the_job_as_it_is(fake, form):
    """A claim is only a claim."""
    job_id = fake.add_job("Concat", runs_for=60)
    body, _ = fake.callback_body(job_id, form, state="Success")
    assert b"Success" in body
    assert b"MediaResult" in body
    assert fake.state(job_id) == "Running"


def test_what_cannot_be_sent_is_refused(fake):
    job_id = fake.add_job("Concat")
    with pytest.raises(ConfigurationError, match="form must be one of XML, JSON, JSON array, JSON wrapped"):
        fake.callback_body(job_id, "YAML")
    with pytest.raises(JobNotFoundError):
        fake.callback_body("j-nobody")


@pytest.mark.parametrize("form", CallbackForm.__args__)
async def test_a_callback_is_posted_as_it_stands(fake, form):
    """Whoever receives it sees a POST with the body and its content type, and answers."""
    received = []

    def answer(request):
        received.append(request)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    job_id = fake.add_job("Concat")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        response = await fake.deliver_callback(
            job_id, "https://media.example/callbacks/x", client=client, form=form
        )
    (request,) = received
    assert (request.method, request.url.path, response.status_code) == ("POST", "/callbacks/x", 302)
    assert (request.content, request.headers["Content-Type"]) == fake.callback_body(job_id, form)


async def test_a_delivery_over_loopback_asks_no_proxy(fake, monkeypatch):
    """A proxy named in the environment, and not there, is in nobody's way."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    job_id = fake.add_job("Concat")
    other = FakeCI()
    async with other.serve() as base:
        response = await fake.deliver_callback(job_id, f"{base}/callbacks/x")
    assert response.status_code == 404
    assert other.requests[0].body == fake.callback_body(job_id).body
    with pytest.raises(httpx.ConnectError):
        await fake.deliver_callback(job_id, base)


# --- What is due ------------------------------------------------------------------------------------


@pytest.fixture
async def receiver():
    """Receive what is posted."""
    received = []

    def answer(request):
        received.append(request)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        client.received = received
        yield client


SUBMIT = {"Tag": "MediaInfo", "Input": {"Object": "in/a.mp4"}}


async def test_a_submitted_job_calls_back_once_when_it_has_ended(fake, clock, call, read, receiver):
    """To where the submit said, in the form that it asked for."""
    fake.plan(runs_for=10)
    (made,) = read(
        await call(
            "POST", "/jobs", {**SUBMIT, "CallBack": "https://media.example/cb", "CallBackFormat": "JSON"}
        )
    )["JobsDetail"]
    assert await fake.deliver_callbacks(client=receiver) == {}
    clock.now += 10
    answers = await fake.deliver_callbacks(client=receiver)
    assert {job_id: answer.status_code for job_id, answer in answers.items()} == {made["JobId"]: 200}
    (request,) = receiver.received
    assert (str(request.url), request.headers["content-type"]) == (
        "https://media.example/cb",
        "application/json",
    )
    assert json.loads(request.content)["JobsDetail"]["JobId"] == made["JobId"]
    assert await fake.deliver_callbacks(client=receiver) == {}


async def test_the_queue_calls_back_for_jobs_that_say_nothing(fake, call, receiver):
    """A job's own callback beats it, and ``no`` silences both; so does a message queue: none is here."""
    notify = {"State": "On", "Event": "TaskFinish,WorkflowFinish", "Url": "https://media.example/queue"}
    fake.change_queue(notify_config=notify)
    mq = {"CallBackType": "TDMQ", "CallBackMqConfig": {"MqRegion": "sh", "MqMode": "Queue", "MqName": "q"}}
    for own in ({}, {"CallBack": "https://media.example/own"}, {"CallBack": "no"}, mq):
        assert (await call("POST", "/jobs", {**SUBMIT, **own})).status_code == 200
    await fake.deliver_callbacks(client=receiver)
    assert [request.url.path for request in receiver.received] == ["/queue", "/own"]
    assert receiver.received[0].headers["content-type"] == "application/xml"


@pytest.mark.parametrize(
    "change", [{"State": "Off"}, {"Event": "WorkflowFinish"}, {"Url": None}], ids=["off", "event", "address"]
)
async def test_a_queue_that_does_not_call_back(fake, receiver, change):
    notify = {"State": "On", "Event": "TaskFinish", "Url": "https://media.example/queue", **change}
    fake.change_queue(notify_config=notify)
    fake.add_job()
    assert await fake.deliver_callbacks(client=receiver) == {}


@pytest.mark.parametrize("outcome", ["Cancel", "Pause", "Running"])
async def test_only_success_and_failure_call_back(fake, receiver, outcome):
    fake.change_queue(notify_config={"State": "On", "Event": "TaskFinish", "Url": "https://media.example/"})
    fake.add_job(outcome=outcome)
    assert await fake.deliver_callbacks(client=receiver) == {}
    failed = fake.add_job(outcome="Failed")
    assert list(await fake.deliver_callbacks(client=receiver)) == [failed]
