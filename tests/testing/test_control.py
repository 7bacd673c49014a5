"""The simulator's own API, for tests that are not written in Python."""

import base64
import json
import math
from itertools import pairwise

import httpx
import pytest

from tencent_ci_async import CISession, ConfigurationError, Credentials, SubmissionUnknownError
from tencent_ci_async.models import JobInput, JobOutput, MediaJobRequest, Operation, Snapshot
from tencent_ci_async.testing import FakeCI

REQUEST = MediaJobRequest(
    tag="Snapshot",
    input=JobInput(object="in/f.mp4"),
    operation=[Operation(snapshot=Snapshot(count=1), output=JobOutput(object="out/${number}.jpg"))],
)


@pytest.fixture
async def base(fake):
    """Where the simulator listens, its own API included."""
    async with fake.serve(control=True) as base:
        yield base


@pytest.fixture
async def tell(base):
    """Tell the simulator something, as any HTTP client can; gives status and document."""
    async with httpx.AsyncClient(base_url=f"{base}/_fake", trust_env=False) as client:

        async def tell(method, path, document=None, *, content=None):
            if document is not None:
                content = json.dumps(document)
            response = await client.request(method, path, content=content)
            assert response.headers["content-type"] == "application/json"
            return response.status_code, response.json()

        yield tell


@pytest.fixture
async def session(fake, base, clock):
    """What is tested: a client of the service."""
    from tencent_ci_async import RetryPolicy, Timing  # noqa: PLC0415 - only here

    async with CISession(
        fake.bucket,
        fake.region,
        credentials=Credentials(fake.secret_id, fake.secret_key),
        endpoint=base,
        retry=RetryPolicy(max_attempts=1),
        timing=Timing(wall_clock=clock, sleep=clock.sleep),
    ) as session:
        yield session


async def test_jobs_are_added_moved_and_dropped(fake, tell, session):
    status, told = await tell("POST", "/jobs", {"tag": "Concat", "job_id": "j1", "runs_for": "forever"})
    assert (status, told) == (200, {"job_ids": ["j1"]})
    assert fake.jobs["j1"].runs_for == math.inf
    assert (await session.describe_media_job("j1")).job.state == "Running"
    shown = {"job_id": "j1", "tag": "Concat", "state": "Failed", "progress": None}
    assert await tell("PUT", "/jobs/j1", {"state": "Failed", "code": "X", "message": "y"}) == (200, shown)
    job = (await session.describe_media_job("j1")).job
    assert (job.state, job.code, job.message) == ("Failed", "X", "y")
    assert (await tell("PUT", "/jobs/j1", {"state": "Pause"}))[1]["state"] == "Pause"
    assert await tell("POST", "/jobs", [{"job_id": "j2"}, {"job_id": "j3"}]) == (
        200,
        {"job_ids": ["j2", "j3"]},
    )
    assert [job["job_id"] for job in (await tell("GET", "/jobs"))[1]["jobs"]] == ["j1", "j2", "j3"]
    assert (await tell("GET", "/jobs/j2"))[1]["state"] == "Success"
    assert await tell("DELETE", "/jobs/j2") == (200, {})
    assert list(fake.jobs) == ["j1", "j3"]
    assert await tell("DELETE", "/jobs") == (200, {})
    assert not fake.jobs


async def test_plans_tell_what_becomes_of_submits(tell, session):
    assert await tell(
        "POST", "/plans", {"tag": "Snapshot", "outcome": "Failed", "code": "X", "times": 1}
    ) == (200, {})
    states = []
    for _ in range(2):
        job_id = (await session.create_media_job(REQUEST)).job.job_id
        states.append((await session.describe_media_job(job_id)).job.state)
    assert states == ["Failed", "Success"]


async def test_faults_are_injected_listed_and_withdrawn(fake, tell, session):
    fault = {"kind": "status", "status": 429, "code": "SlowDown", "headers": {"Retry-After": "2"}, "times": 3}
    named = {"name": "status 429 SlowDown", "times": 3}
    assert await tell("POST", "/faults", fault) == (200, named)
    assert await tell("POST", "/faults", {"kind": "reset", "served": True, "times": None}) == (
        200,
        {"name": "reset", "times": None},
    )
    assert (await tell("GET", "/faults"))[1] == {"faults": [named, {"name": "reset", "times": None}]}
    assert (await tell("GET", ""))[1]["pending_faults"] == 2
    fake.clear_faults()
    await tell("POST", "/faults", {"kind": "reset", "served": True})
    with pytest.raises(SubmissionUnknownError):
        await session.create_media_job(REQUEST)
    assert len(fake.jobs) == 1
    await tell("POST", "/faults", fault)
    assert await tell("DELETE", "/faults") == (200, {})
    assert fake.pending_faults == ()


NOTE = base64.b64encode(b"\xff\x00nonsense").decode()


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"kind": "body", "status": 502, "body": "<html>"}, "body 502"),
        ({"kind": "body", "status": 502, "body_base64": NOTE}, "body 502"),
        ({"kind": "delay", "seconds": 3}, "delay 3 s"),
        ({"kind": "stall"}, "stall"),
        ({"kind": "trickle", "interval": 0.5, "piece_bytes": 2}, "trickle 2 bytes each 0.5 s"),
        ({"kind": "close", "job_ids": ["j1"]}, "close"),
        ({"kind": "cut", "after_bytes": 5}, "cut after 5 bytes"),
        ({"kind": "raw", "data_base64": NOTE}, "raw bytes"),
        ({"kind": "raw", "data": "nonsense"}, "raw bytes"),
        ({"kind": "answer_for", "answered_job_ids": ["j2"], "job_ids": ["j1"]}, "answer for other ids"),
    ],
)
async def test_every_kind_of_fault(fake, tell, document, name):
    assert await tell("POST", "/faults", document) == (200, {"name": name, "times": 1})
    assert fake.pending_faults[0].name == name


async def test_a_fault_may_be_for_jobs(tell, session):
    await tell("POST", "/jobs", [{"job_id": "j1"}, {"job_id": "j2"}])
    await tell("POST", "/faults", {"kind": "answer_for", "answered_job_ids": ["j2"], "job_ids": ["j1"]})
    assert (await session.describe_media_job("j2")).job.job_id == "j2"
    assert (await tell("GET", "/faults"))[1]["faults"] != []


async def test_the_log_tells_what_came_and_no_secret(fake, tell, session):
    await session.create_media_job(REQUEST)
    await session.describe_media_job("j1", "j2")
    _, told = await tell("GET", "/requests")
    submit, describe = told["requests"]
    assert (submit["method"], submit["path"], submit["status"]) == ("POST", "/jobs", 200)
    assert "<Tag>Snapshot</Tag>" in submit["body"]
    assert (describe["job_ids"], describe["signature_accepted"], describe["fault"]) == (
        ["j1", "j2"],
        True,
        None,
    )
    assert "q-signature" not in json.dumps(told)
    assert fake.secret_id not in json.dumps(told)
    overview = (await tell("GET", "/"))[1]
    assert (overview["jobs"], overview["requests"], overview["bucket"]) == (1, 2, fake.bucket)
    assert await tell("DELETE", "/requests") == (200, {})
    assert fake.request_count == 0


async def test_callbacks_are_delivered_when_a_test_says_so(fake, tell, monkeypatch):
    posted = []

    async def deliver(callback, url, client):
        posted.append((url, callback.content_type))
        if "down" in url:
            raise httpx.ConnectError("refused")
        return httpx.Response(204)

    monkeypatch.setattr("tencent_ci_async.testing._fake.deliver", deliver)
    fake.change_queue(notify_config={"State": "On", "Url": "https://a.example/cb", "Event": "TaskFinish"})
    await tell("POST", "/jobs", {"job_id": "j1"})
    assert await tell("POST", "/callbacks") == (200, {"delivered": {"j1": 204}})
    assert await tell("POST", "/callbacks") == (200, {"delivered": {}})
    assert posted == [("https://a.example/cb", "application/xml")]
    fake.change_queue(notify_config={"State": "On", "Url": "https://down.example", "Event": "TaskFinish"})
    await tell("POST", "/jobs", {"job_id": "j2"})
    status, told = await tell("POST", "/callbacks")
    assert (status, told) == (502, {"error": "a callback was not answered: ConnectError: refused"})


# --- What is wrong is named -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "document", "error"),
    [
        (
            "/jobs",
            {"run_for": 5},
            "the job has no use for 'run_for'; it may have appears_after, code, family, ",
        ),
        (
            "/jobs",
            [{}, {"runs_for": "5"}],
            "runs_for of job 2 must be a number of seconds, or 'forever', not '5'",
        ),
        ("/jobs", [{}, {"runs_for": True}], "runs_for of job 2 must be a number of seconds"),
        ("/jobs", [{"job_id": "j"}, {"job_id": "j"}], "job 2: there is a job 'j' already"),
        ("/jobs", {"runs_for": -1}, "runs_for must be 0 seconds or more, not -1"),
        ("/jobs", {"family": "films"}, "films"),
        ("/jobs", "j1", "the job must be an object, such as {...}, not 'j1'"),
        ("/jobs", None, "the job must be an object, such as {...}, not None"),
        ("/jobs", {"results": []}, "results of the job must be an object, not []"),
        ("/jobs", {"reports_progress": 1}, "reports_progress of the job must be true or false, not 1"),
        ("/plans", {"fail_share": 2}, "fail_share must lie between 0 and 1, not 2"),
        ("/plans", {"times": 0}, "times must be 1 or more"),
        ("/plans", {"times": 1.5}, "times of the plan must be a whole number, or null, not 1.5"),
        ("/faults", {"kind": "storm"}, "the fault's kind must be one of status, body, delay, "),
        ("/faults", {"status": 500}, "the fault's kind must be one of status, body, delay, "),
        ("/faults", {"kind": "delay"}, "missing 1 required positional argument: 'seconds'"),
        (
            "/faults",
            {"kind": "stall", "seconds": 3},
            "the fault of kind stall has no use for 'seconds'; it may",
        ),
        ("/faults", {"kind": "raw", "data_base64": "?"}, "data_base64 is no base64"),
        (
            "/faults",
            {"kind": "reset", "job_ids": "j1"},
            "job_ids of the fault of kind reset must be a list of texts",
        ),
    ],
)
async def test_a_document_that_makes_no_sense(fake, tell, path, document, error):
    """The answer says what is wrong and where, and nothing has been done."""
    status, told = await tell("POST", path, document)
    assert status == 400
    assert error in told["error"]
    assert not fake.jobs
    assert not fake.pending_faults


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "error"),
    [
        ("POST", "/jobs", "{", 400, "the body is no JSON: "),
        ("POST", "/jobs", b"\xff", 400, "the body is no JSON: "),
        ("GET", "/jobs/j9", None, 404, "there is no job 'j9'"),
        ("DELETE", "/jobs/j9", None, 404, "there is no job 'j9'"),
        ("PUT", "/jobs/j9", '{"state": "Failed"}', 404, "there is no job 'j9'"),
        ("PUT", "/jobs/j1", "{}", 400, "a change has the text 'state'"),
        ("PUT", "/jobs/j1", '{"state": "Failed", "code": 1}', 400, "a change has the text 'state'"),
        ("PUT", "/jobs/j1", '{"state": "Failed", "why": "x"}', 400, "a change has the text 'state'"),
        ("PUT", "/jobs/j1", '{"state": "Success", "code": "X"}', 400, "only a job that is to be Failed"),
        ("PATCH", "/jobs", None, 405, "PATCH is not for this path; it takes GET, POST, DELETE"),
        ("GET", "/clock", None, 404, "there is nothing at this path; there are /_fake/, /_fake/callbacks, "),
    ],
)
async def test_a_request_that_makes_no_sense(fake, tell, method, path, content, status, error):
    fake.add_job(job_id="j1")
    answered, told = await tell(method, path, content=content)
    assert answered == status
    assert told["error"].startswith(error)


async def test_nothing_of_it_is_there_unless_asked_for(fake):
    async with fake.serve() as base, httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(f"{base}/_fake/jobs", json={})
    assert response.status_code == 404
    assert "<Code>InvalidUrl</Code>" in response.text
    assert not fake.jobs


async def test_the_service_is_not_disturbed_by_it(fake, base, session):
    """Its own requests are not in the log, and names that only begin alike are the service's to refuse."""
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{base}/_fake")
        assert (await client.get(f"{base}/_fakes")).headers["content-type"] == "application/xml"
    await session.describe_media_job("j1", "j2")
    assert [request.path for request in fake.requests] == ["/_fakes", "/jobs/j1,j2"]


# --- What stands below it ---------------------------------------------------------------------------


def test_jobs_are_loaded_all_or_none():
    fake = FakeCI()
    with pytest.raises(ConfigurationError, match="job 3: there is a job 'j1' already"):
        fake.load_jobs([{"job_id": "j1"}, {"job_id": "j2"}, {"job_id": "j1"}])
    assert not fake.jobs
    assert fake.load_jobs([]) == []


@pytest.mark.parametrize(
    ("share", "failed"), [(0, 0), (0.05, 5), (0.1, 10), (0.29, 29), (1 / 3, 33), (1, 100)]
)
def test_a_share_of_the_jobs_fails(share, failed):
    """Of a hundred exactly so many, evenly spread, whatever else there is."""
    fake = FakeCI()
    fake.plan(fail_share=share)
    plans = [fake._state.plans.take("Concat") for _ in range(100)]
    fates = [plan.outcome for plan in plans]
    assert fates.count("Failed") == failed
    gaps = [index for index, fate in enumerate(fates) if fate == "Failed"]
    assert max((b - a for a, b in pairwise(gaps)), default=0) <= (1 / share + 1 if share else 0)


async def test_every_answer_takes_its_time(clock):
    """By the simulator's own sleep; a fault comes on top."""
    fake = FakeCI(clock=clock, sleep=clock.sleep, latency=2.5)
    before = clock.now
    async with httpx.AsyncClient(transport=fake.transport()) as client:
        await client.get(f"https://{fake.host}/jobs/j1")
    assert clock.now - before == 2.5


@pytest.mark.parametrize("host", ["ci.internal", "simulator:8080", "10.0.0.7"])
async def test_whoever_listens_everywhere_has_any_name(host):
    """Other containers reach it by names that it cannot know."""
    async with FakeCI(check_signatures=False).serve("0.0.0.0") as base:  # noqa: S104 - that is the point
        url = base.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - as above
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{url}/jobs/j1", headers={"Host": host})).status_code == 200
