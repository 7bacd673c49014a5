"""Queues: which there are, and what happens to the jobs in them."""

from __future__ import annotations

import math
from urllib.parse import urlencode

import pytest

from tencent_ci_async.testing import FakeCI

OFF = {"State": "Off"}


@pytest.fixture
def queues(call, read):
    async def queues(path="/queue", **query):
        return read(await call("GET", f"{path}?{urlencode(query)}"))

    return queues


@pytest.fixture
def update(call):
    async def update(queue_id, path="/queue", **children):
        return await call("PUT", f"{path}/{queue_id}", children)

    return update


async def test_there_is_a_queue_from_the_beginning(fake, queues):
    """It is where jobs go that name none."""
    answer = await queues()
    assert answer["RequestId"] == fake.requests[0].request_id
    assert (answer["TotalCount"], answer["PageNumber"], answer["PageSize"]) == ("1", "1", "10")
    (queue,) = answer["QueueList"]
    assert queue["QueueId"] == fake.queue_id == fake.jobs[fake.add_job()].queue_id
    assert (queue["State"], queue["MaxSize"], queue["MaxConcurrent"]) == ("Active", "10000", "10")
    assert (queue["Category"], queue["BucketId"]) == ("Transcoding", fake.bucket)
    assert queue["CreateTime"] == queue["UpdateTime"] == "2023-11-15T06:13:20+0800"
    assert queue["NotifyConfig"]["State"] == "Off"
    assert "NonExistPIDs" not in answer


async def test_queues_can_be_looked_for(fake, queues):
    """By id, state and category; ids that do not exist are told, and such an answer has no counts."""
    paused = fake.add_queue("night", state="Paused")
    fast = fake.add_queue("fast", category="SpeedTranscoding")
    found = await queues(queueIds=f"{paused},p-nobody,p-other")
    assert [queue["Name"] for queue in found["QueueList"]] == ["night"]
    assert found["NonExistPIDs"] == ["p-nobody", "p-other"]
    assert "TotalCount" not in found
    assert [each["QueueId"] for each in (await queues(state="Paused"))["QueueList"]] == [paused]
    assert [each["QueueId"] for each in (await queues(category="SpeedTranscoding"))["QueueList"]] == [fast]
    assert (await queues())["TotalCount"] == "2"
    assert (await queues(category="CateAll", state="All"))["TotalCount"] == "3"


async def test_queues_come_in_pages(fake, queues):
    made = [fake.queue_id, *(fake.add_queue(f"queue {number}") for number in range(4))]
    pages = [await queues(pageNumber=number, pageSize=2) for number in (1, 2, 3, 4)]
    assert [[each["QueueId"] for each in page.get("QueueList", [])] for page in pages] == [
        made[:2],
        made[2:4],
        made[4:],
        [],
    ]
    assert {page["TotalCount"] for page in pages} == {"5"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("state=Stopped", "state"),
        ("pageNumber=0", "pageNumber"),
        ("pageSize=101", "pageSize"),
        ("ids=p1", "ids"),
    ],
)
async def test_a_wrong_question_is_refused(call, refusal, query, named):
    status, code, message = refusal(await call("GET", f"/queue?{query}"))
    assert (status, code) == (400, "InvalidArgument")
    assert named in message


async def test_a_queue_is_changed(fake, clock, update, read, queues):
    clock.now += 60
    notify = {"State": "On", "Event": "TaskFinish", "Type": "Url", "Url": "https://media.example/cb"}
    answer = read(await update(fake.queue_id, Name="day", State="Active", NotifyConfig=notify))
    assert answer["Queue"]["Name"] == "day"
    assert answer["Queue"]["NotifyConfig"] == {**notify, "ResultFormat": "XML"}
    assert answer["Queue"]["UpdateTime"] == "2023-11-15T06:14:20+0800"
    assert answer["Queue"]["CreateTime"] == "2023-11-15T06:13:20+0800"
    assert (await queues())["QueueList"] == [answer["Queue"]]


@pytest.mark.parametrize(
    ("children", "named"),
    [
        ({"Name": None}, "Name"),
        ({"Name": "n" * 129}, "Name"),
        ({"State": None}, "State"),
        ({"State": "Stopped"}, "State"),
        ({"NotifyConfig": "Off"}, "NotifyConfig"),
        ({"NotifyConfig": {"State": "Maybe"}}, "NotifyConfig.State"),
        ({"NotifyConfig": {"State": "On"}}, "NotifyConfig.Event"),
        ({"NotifyConfig": {"State": "On", "Event": "TaskFinish"}}, "NotifyConfig.Url"),
        ({"NotifyConfig": {"State": "On", "Event": "TaskFinish", "Type": "TDMQ"}}, "NotifyConfig.MqMode"),
        ({"NotifyConfig": {"ResultFormat": "YAML"}}, "ResultFormat"),
        ({"NotifyConfig": {"Uri": "https://media.example/"}}, "Uri"),
        ({"MaxSize": "5"}, "MaxSize"),
    ],
)
async def test_a_wrong_change_is_refused(fake, update, refusal, children, named):
    """And changes nothing."""
    before = dict(fake.queues)
    good = {"Name": "day", "State": "Active", "NotifyConfig": OFF}
    status, code, message = refusal(await update(fake.queue_id, **{**good, **children}))
    assert (status, code) == (400, "InvalidArgument")
    assert named in message
    assert fake.queues == before


async def test_a_change_needs_all_three(fake, call, refusal):
    response = await call("PUT", f"/queue/{fake.queue_id}", {"Name": "day", "State": "Active"})
    assert refusal(response) == (400, "InvalidArgument", "NotifyConfig is missing")


async def test_a_queue_that_nobody_knows(update, refusal):
    response = await update("p-nobody", Name="day", State="Active", NotifyConfig=OFF)
    assert refusal(response)[:2] == (400, "InvalidArgument")


async def test_a_pause_holds_back_the_jobs_that_wait(fake, clock, update, read, ask):
    """Those that run go on; those that wait have their time still before them."""
    waits = fake.add_job("Concat", waits_for=10, runs_for=10)
    runs = fake.add_job("Concat", runs_for=10)
    elsewhere = fake.add_job("Concat", waits_for=10, runs_for=10, queue_id=fake.add_queue())
    clock.now += 4
    await update(fake.queue_id, Name="day", State="Paused", NotifyConfig=OFF)
    (job,) = read(await ask(waits))["JobsDetail"]
    assert (job["State"], job["StartTime"], job["EndTime"]) == ("Pause", "-", "-")
    clock.now += 1000
    assert (fake.state(waits), fake.state(runs), fake.state(elsewhere)) == ("Pause", "Success", "Success")
    await update(fake.queue_id, Name="day", State="Active", NotifyConfig=OFF)
    states = []
    for seconds in (0, 5.5, 0.5, 9.5, 0.5):
        clock.now += seconds
        states.append(fake.state(waits))
    assert states == ["Submitted", "Submitted", "Running", "Running", "Success"]


async def test_a_pause_said_twice_is_one_pause(fake, clock, update):
    job_id = fake.add_job("Concat", waits_for=10)
    for state in ("Paused", "Paused", "Active", "Active"):
        await update(fake.queue_id, Name="day", State=state, NotifyConfig=OFF)
        clock.now += 100
    assert fake.state(job_id) == "Success"
    job_id = fake.add_job("Concat", waits_for=math.inf)
    for state in ("Paused", "Active"):
        await update(fake.queue_id, Name="day", State=state, NotifyConfig=OFF)
    assert fake.state(job_id) == "Submitted"


def test_a_job_added_to_a_paused_queue_is_held_back():
    fake = FakeCI()
    queue_id = fake.add_queue(state="Paused")
    job_id = fake.add_job(waits_for=60, queue_id=queue_id)
    assert fake.state(job_id) == "Pause"
    fake.change_queue(queue_id, state="Active")
    assert fake.state(job_id) == "Submitted"


def test_a_test_has_the_last_word():
    """A state that was set stays, whatever becomes of the queue."""
    fake = FakeCI()
    job_id = fake.add_job(waits_for=60)
    fake.set_state(job_id, "Submitted")
    fake.change_queue(state="Paused")
    assert fake.state(job_id) == "Submitted"
    fake.set_state(job_id, "Running")
    fake.change_queue(state="Active")
    assert fake.state(job_id) == "Running"


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("/picqueue", "PicProcess"),
        ("/ai_queue", "AIProcess"),
        ("/asrqueue", "Speeching"),
        ("/docqueue", "DocProcess"),
        ("/file_queue", "FileProcess"),
    ],
)
async def test_every_family_has_queues_of_its_own(fake, queues, update, read, refusal, path, category):
    (queue,) = (await queues(path))["QueueList"]
    assert queue["Category"] == category
    assert (await queues(path, queueIds=fake.queue_id))["NonExistPIDs"] == [fake.queue_id]
    changed = await update(queue["QueueId"], path, Name="mine", State="Active", NotifyConfig=OFF)
    assert read(changed)["Queue"]["Name"] == "mine"
    foreign = await update(queue["QueueId"], Name="mine", State="Active", NotifyConfig=OFF)
    assert refusal(foreign)[:2] == (400, "InvalidArgument")
