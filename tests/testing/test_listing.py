"""Lists of jobs: what they hold, how they go on, and how they can mislead."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tencent_ci_async.testing import Fault


@pytest.fixture
def list_jobs(call):
    async def list_jobs(path="/jobs", **query):
        return await call("GET", f"{path}?{urlencode(query)}")

    return list_jobs


@pytest.fixture
def ids(list_jobs, read):
    """Return the ids on a page, and the token of the next."""

    async def ids(**query):
        page = read(await list_jobs(**query))
        return [job["JobId"] for job in page.get("JobsDetail", [])], page.get("NextToken")

    return ids


async def test_a_list_is_of_one_kind_and_newest_first(fake, ids):
    """The order of submission counts, also within a second."""
    first, second = fake.add_job("Concat"), fake.add_job("Concat")
    old = fake.add_job("Concat", submitted_ago=60)
    fake.add_job("Transcode")
    assert await ids(tag="Concat") == ([second, first, old], None)
    assert await ids(tag="Concat", orderByTime="Desc") == ([second, first, old], None)
    assert await ids(tag="Concat", orderByTime="Asc") == ([old, first, second], None)
    assert await ids(tag="Snapshot") == ([], None)


async def test_the_last_page_has_no_token(fake, list_jobs):
    """Not even an empty one."""
    fake.add_job("Concat")
    fake.add_job("Concat")
    assert "<NextToken>" in (await list_jobs(tag="Concat", size=1)).text
    assert "NextToken" not in (await list_jobs(tag="Concat", size=2)).text


async def test_the_jobs_of_a_list_are_whole(fake, list_jobs, ask, read):
    job_id = fake.add_job("Concat")
    assert read(await list_jobs(tag="Concat"))["JobsDetail"] == read(await ask(job_id))["JobsDetail"]


@pytest.mark.parametrize("order", ["Desc", "Asc"])
@pytest.mark.parametrize("size", [1, 3, 4, 7, 100])
async def test_pages_hold_each_job_once(fake, ids, order, size):
    """However many are on a page, and however many were submitted in one second; the last has no token."""
    made = [fake.add_job("Concat", submitted_ago=60 * (number % 3)) for number in range(7)]
    expected = sorted(made, key=lambda job_id: (fake.jobs[job_id].created, fake.jobs[job_id].number))
    found, token, pages = [], None, 0
    while token is not None or not pages:
        query = {"nextToken": token} if token else {}
        page, token = await ids(tag="Concat", orderByTime=order, size=size, **query)
        assert 0 < len(page) <= size
        found += page
        pages += 1
    assert found == (expected if order == "Asc" else expected[::-1])
    assert pages == -(-7 // size)


async def test_ten_jobs_are_on_a_page_by_default(fake, ids):
    for _ in range(11):
        fake.add_job("Concat")
    page, token = await ids(tag="Concat")
    assert len(page) == 10
    assert len((await ids(tag="Concat", nextToken=token))[0]) == 1


async def test_pages_go_on_while_jobs_come_and_go(fake, ids):
    """A token leads to what comes after, whatever has happened to what came before."""
    made = [fake.add_job("Concat") for _ in range(4)]
    page, token = await ids(tag="Concat", size=2)
    assert page == [made[3], made[2]]
    fake.add_job("Concat")
    fake.forget(made[2])
    assert await ids(tag="Concat", size=2, nextToken=token) == ([made[1], made[0]], None)


async def test_states_are_those_of_the_moment(fake, clock, ids):
    """A job that waits now is running a moment later."""
    waits = fake.add_job("Concat", waits_for=5, runs_for=5)
    failed = fake.add_job("Concat", outcome="Failed")
    done = fake.add_job("Concat")
    assert await ids(tag="Concat", states="Submitted") == ([waits], None)
    assert await ids(tag="Concat", states="Success,Failed") == ([done, failed], None)
    assert await ids(tag="Concat", states="All") == ([done, failed, waits], None)
    clock.now += 5
    assert await ids(tag="Concat", states="Submitted") == ([], None)
    assert await ids(tag="Concat", states="Running") == ([waits], None)


async def test_times_bound_a_list(fake, clock, ids):
    """Both bounds belong to it, in whatever zone they are written."""
    hour, minute, now = (fake.add_job("Concat", submitted_ago=ago) for ago in (3600, 60, 0))
    assert await ids(tag="Concat", startCreationTime="2023-11-15T06:12:20+0800") == ([now, minute], None)
    assert await ids(tag="Concat", startCreationTime="2023-11-14T22:12:21+0000") == ([now], None)
    assert await ids(tag="Concat", endCreationTime="2023-11-15T06:12:20+0800") == ([minute, hour], None)
    window = {"startCreationTime": "2023-11-15T06:12:00+0800", "endCreationTime": "2023-11-15T06:13:00+0800"}
    assert await ids(tag="Concat", **window) == ([minute], None)


async def test_more_filters(fake, ids):
    """By queue, by its type, by workflow, by the whole key of the input."""
    queue_id, fast = fake.add_queue(), fake.add_queue(category="SpeedTranscoding")
    queued = fake.add_job("Concat", queue_id=queue_id)
    quick = fake.add_job("Concat", queue_id=fast)
    flowed = fake.add_job("Concat", workflow_id="w1")
    other = fake.add_job("Concat", input_object="in/other.mp4")
    assert await ids(tag="Concat", queueId=queue_id) == ([queued], None)
    assert await ids(tag="Concat", queueType="SpeedTranscoding") == ([quick], None)
    assert await ids(tag="Concat", queueType="SpeedTranscoding", queueId=queue_id) == ([queued], None)
    assert await ids(tag="Concat", workflowId="w1") == ([flowed], None)
    assert await ids(tag="Concat", inputObject="in/other.mp4") == ([other], None)
    assert await ids(tag="Concat", inputObject="in/other") == ([], None)
    assert await ids(tag="Concat", inventoryTriggerJobId="b1") == ([], None)


async def test_a_job_that_appears_late_is_not_listed_before(fake, clock, ids):
    job_id = fake.add_job("Concat", appears_after=3)
    assert await ids(tag="Concat") == ([], None)
    clock.now += 3
    assert await ids(tag="Concat") == ([job_id], None)


async def test_empty_parameters_say_nothing(fake, ids):
    """Some clients send all that they know."""
    job_id = fake.add_job("Concat")
    assert await ids(tag="Concat", nextToken="", queueId="", states="") == ([job_id], None)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({}, "tag is missing"),
        ({"tag": ""}, "tag is missing"),
        ({"tag": "Concat", "size": "0"}, "size"),
        ({"tag": "Concat", "size": "101"}, "size"),
        ({"tag": "Concat", "size": "ten"}, "size"),
        ({"tag": "Concat", "size": "-1"}, "size"),
        ({"tag": "Concat", "orderByTime": "Newest"}, "orderByTime"),
        ({"tag": "Concat", "states": "Success,Done"}, "states: there is no state Done"),
        ({"tag": "Concat", "queueId": "p-nobody"}, "queueId"),
        ({"tag": "Concat", "startCreationTime": "2023-11-15"}, "startCreationTime"),
        ({"tag": "Concat", "endCreationTime": "2023-11-15T06:12:20"}, "endCreationTime"),
        ({"tag": "Concat", "nextToken": "made up"}, "nextToken"),
        ({"tag": "Concat", "nextToken": "MTIzNDU2NzggMS4wIDE="}, "nextToken"),
        ({"Tag": "Concat"}, "There is no query parameter Tag"),
    ],
)
async def test_what_is_wrong_is_named(list_jobs, refusal, query, named):
    status, code, message = refusal(await list_jobs(**query))
    assert (status, code) == (400, "InvalidArgument")
    assert named in message


async def test_a_plus_that_is_not_encoded_is_a_blank(call, refusal):
    """The most common mistake with times; the refusal says so."""
    response = await call("GET", "/jobs?tag=Concat&startCreationTime=2023-11-15T06:12:20+0800")
    assert "%2B" in refusal(response)[2]
    response = await call("GET", "/jobs?tag=Concat&startCreationTime=2023-11-15T06:12:20%2B0800")
    assert response.status_code == 200


async def test_a_parameter_that_is_there_twice_is_refused(call, refusal):
    assert "twice" in refusal(await call("GET", "/jobs?tag=Concat&tag=Transcode"))[2]


# --- Lists that mislead -----------------------------------------------------------------------------


async def test_a_token_can_lead_back_to_its_own_page(fake, ids):
    """A client that goes by tokens alone would never end; the first page is in order."""
    for _ in range(6):
        fake.add_job("Concat")
    fake.inject(Fault.repeat_token())
    _, first = await ids(tag="Concat", size=2)
    page, second = await ids(tag="Concat", size=2, nextToken=first)
    assert second == first
    again, third = await ids(tag="Concat", size=2, nextToken=second)
    assert again == page
    assert third != second
    assert [request.fault for request in fake.requests] == [None, "repeated token", None]


async def test_jobs_can_come_again_on_the_next_page(fake, ids):
    made = [fake.add_job("Concat") for _ in range(5)][::-1]
    fake.inject(Fault.repeat_jobs(2))
    first, token = await ids(tag="Concat", size=2)
    assert first == made[:2]
    assert await ids(tag="Concat", size=3, nextToken=token) == (made[:5], None)


async def test_such_faults_wait_for_their_kind_of_request(fake, ask, ids):
    """Other requests, and first pages, leave them where they are; so does a function that says no."""
    fake.add_job("Concat")
    fake.add_job("Concat")
    fake.inject(Fault.repeat_jobs(when=lambda request: request.query["size"] == "1"))
    await ask("j1")
    _, token = await ids(tag="Concat", size=1)
    assert len((await ids(tag="Concat", size=2, nextToken=token))[0]) == 1
    assert len((await ids(tag="Concat", size=1, nextToken=token))[0]) == 2
