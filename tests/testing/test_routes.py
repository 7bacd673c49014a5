"""Every call: who may make it, and in which families there is one."""

from __future__ import annotations

import httpx
import pytest

FAMILIES = ["jobs", "pic_jobs", "ai_jobs", "asr_jobs", "doc_jobs", "file_jobs"]
SUBMIT = {"Tag": "MediaInfo", "Input": {"Object": "in/a.mp4"}}
SPLICE = {"ConcatFragment": {"Url": "https://media.example/a.mp4"}, "Container": {"Format": "mp4"}}
TEMPLATE = {"Tag": "Concat", "Name": "one", "ConcatTemplate": SPLICE}
QUEUE = {"Name": "day", "State": "Paused", "NotifyConfig": {"State": "Off"}}


@pytest.fixture
def calls(fake):
    """All calls, each of which would change or show something."""
    job_id, template_id = fake.add_job("MediaInfo", waits_for=60), fake.add_template()
    of_jobs = [
        (method, f"/{family}{rest}", request)
        for family in FAMILIES
        for method, rest, request in (
            ("POST", "", SUBMIT),
            ("GET", "?tag=MediaInfo", None),
            ("GET", f"/{job_id}", None),
            ("PUT", f"/{job_id}?cancel", None),
        )
    ]
    queue_paths = ["queue", "picqueue", "ai_queue", "asrqueue", "docqueue", "file_queue"]
    of_queues = [("GET", f"/{path}", None) for path in queue_paths]
    return [
        *of_jobs,
        *of_queues,
        ("PUT", f"/queue/{fake.queue_id}", QUEUE),
        ("GET", "/template", None),
        ("POST", "/template", TEMPLATE),
        ("PUT", f"/template/{template_id}", TEMPLATE),
        ("DELETE", f"/template/{template_id}", None),
    ]


def everything(fake):
    """Return all that calls can change."""
    return dict(fake.jobs), dict(fake.queues), dict(fake.templates)


async def test_every_call_wants_a_good_signature(fake, calls, call, refusal):
    """A wrong one changes nothing, whatever the call is."""
    before = everything(fake)
    call.signer.secret_key = "wrong"
    for method, path, request in calls:
        assert refusal(await call(method, path, request))[:2] == (403, "SignatureDoesNotMatch"), path
    assert everything(fake) == before


async def test_no_call_is_for_strangers(fake, calls, refusal):
    before = everything(fake)
    async with httpx.AsyncClient(transport=fake.transport(), base_url=f"https://{fake.host}") as client:
        for method, path, _ in calls:
            assert refusal(await client.request(method, path))[:2] == (401, "MissingAuthorization"), path
    assert everything(fake) == before


async def test_the_query_and_the_headers_about_the_body_belong_to_the_signature(fake, call, refusal):
    """A strict simulator wants all of them signed; so a cancel must sign its name without a value."""
    job_id = fake.add_job(waits_for=60)
    call.signer.unsigned = frozenset({"cancel"})
    status, code, message = refusal(await call("PUT", f"/jobs/{job_id}?cancel"))
    assert (status, code) == (403, "AccessDenied")
    assert "cancel" in message
    for header in ("content-type", "content-md5", "content-length"):
        call.signer.unsigned = frozenset({header})
        assert header in refusal(await call("POST", "/jobs", SUBMIT))[2]
    assert list(fake.jobs) == [job_id]


async def test_every_call_is_answered_when_it_is_in_order(calls, call):
    """Cancels in families that do not have the job apart."""
    statuses = {
        (method, path): (await call(method, path, request)).status_code for method, path, request in calls
    }
    unanswered = {key for key, status in statuses.items() if status != 200}
    assert {method for method, _ in unanswered} <= {"PUT"}
    assert len(unanswered) == len(FAMILIES) - 1
    assert {statuses[key] for key in unanswered} == {404}


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_family_has_its_jobs_to_itself(fake, call, read, family):
    """Only the media path, which takes all kinds of jobs today, shows those of the others as well."""
    fake.plan(waits_for=60)
    (made,) = read(await call("POST", f"/{family}", SUBMIT))["JobsDetail"]
    job_id = made["JobId"]
    assert fake.jobs[job_id].family == family
    assert fake.queues[made["QueueId"]].family == family
    for other in FAMILIES:
        described = read(await call("GET", f"/{other}/{job_id}"))
        listed = read(await call("GET", f"/{other}?tag=MediaInfo"))
        seen = other in {family, "jobs"}
        assert ("JobsDetail" in described) is seen
        assert described.get("NonExistJobIds") == (None if seen else job_id)
        assert ("JobsDetail" in listed) is seen
    assert (await call("PUT", f"/{family}/{job_id}?cancel")).status_code == 200
    assert fake.state(job_id) == "Cancel"


async def test_a_job_can_be_added_to_a_family(fake, call, read):
    job_id = fake.add_job("PicProcess", family="pic_jobs")
    assert job_id.startswith("c")
    assert read(await call("GET", f"/pic_jobs/{job_id}"))["JobsDetail"][0]["JobId"] == job_id
    assert fake.requests[0].job_ids == (job_id,)


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/jobs", "GET, POST"),
        ("/asr_jobs/s1", "GET, PUT"),
        ("/queue", "GET"),
        ("/picqueue/p1", "PUT"),
        ("/template", "GET, POST"),
        ("/template/t1", "DELETE, PUT"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(call, refusal, path, allow):
    response = await call("PATCH", path)
    assert refusal(response)[:2] == (405, "MethodNotAllowed")
    assert response.headers["allow"] == allow
