"""Moving from the vendor's client: what the guide says, and that both give the same answers."""

import asyncio
import inspect
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from qcloud_cos import CosConfig, CosS3Client, cos_client
from qcloud_cos.cos_exception import CosClientError, CosServiceError

from tencent_ci_async import (
    AccessError,
    CISession,
    ConcatTemplate,
    ConfigurationError,
    ConflictError,
    ConnectError,
    Credentials,
    JobDetail,
    JobFamily,
    JobNotFoundError,
    JobNotModifiableError,
    JobTag,
    MediaJobRequest,
    MediaQueue,
    MediaTemplate,
    NotFoundError,
    RequestError,
    RetryPolicy,
    ServerError,
    SubmissionUnknownError,
    ThrottledError,
    from_sdk,
)
from tencent_ci_async.testing import FakeCI, Fault

GUIDE = (Path(__file__).parent.parent / "docs/how-to/migrate-from-cos-python-sdk-v5.md").read_text("utf-8")
SPLICE = {
    "ConcatFragment": [
        {"Url": "https://media.example/a.mp4", "Mode": "Start"},
        {"Url": "https://media.example/b.mp4", "Mode": "End"},
    ],
    "Container": {"Format": "mp4"},
}


def table(heading):
    """The cells of all tables below a heading, but for the first rows."""
    section = re.split(r"^## ", GUIDE.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [row for row in rows if not set("".join(row)) <= set("- |")]


def names(cell):
    return re.findall(r"`(\w+)", cell)


@pytest.fixture
def fake():
    # The vendor's client does not sign the name of the parameter that cancels.
    return FakeCI(strict=False)


@pytest.fixture
async def endpoint(fake):
    async with fake.serve() as base:
        yield base


@pytest.fixture
def vendor(fake, endpoint):
    """The vendor's client; its methods are called in threads, for the simulator's bucket."""

    def make(**settings):
        keys = {
            "SecretId": fake.secret_id,
            "SecretKey": fake.secret_key,
            "Scheme": "http",
            "KeepAlive": False,
        }
        domain = endpoint.removeprefix("http://")
        return CosConfig(**{"Region": fake.region, "Domain": domain, **keys, **settings})

    async def call(method, *, retry=0, settings=None, **arguments):
        client = CosS3Client(make(**(settings or {})), retry=retry)
        return await asyncio.to_thread(getattr(client, method), Bucket=fake.bucket, **arguments)

    return call


@pytest.fixture
async def session(fake, endpoint):
    """A session that gives up as soon as the vendor's client does."""
    keys = Credentials(fake.secret_id, fake.secret_key)
    async with CISession(
        fake.bucket, fake.region, credentials=keys, endpoint=endpoint, retry=None
    ) as session:
        yield session


def test_the_guide_names_methods_that_exist():
    """Each name is one of the vendor's client, or of ours."""
    rows = table("Method by method")
    assert len(rows) > 12
    for theirs, ours in rows:
        for name in names(theirs):
            assert callable(getattr(CosS3Client, name, None)), name
        if "family=" in ours:
            assert JobFamily[re.findall(r"JobFamily\.(\w+)", ours)[0]]
        elif not ours.startswith("Here"):
            for name in names(ours):
                assert callable(getattr(CISession, name, None)), name


def test_the_guide_names_settings_that_exist():
    theirs = {*inspect.signature(CosConfig).parameters, *inspect.signature(CosS3Client).parameters}
    ours = set(inspect.signature(CISession).parameters)
    rows = table("Settings")[1:]
    assert len(rows) > 10
    for vendors, here in rows:
        assert set(names(vendors)) <= theirs, vendors
        assert set(re.findall(r"`(\w+)=", here)) <= ours, here


@pytest.mark.parametrize("tag", [tag for tag in JobTag if tag.nodes.output is not None])
async def test_both_describe_a_job_alike(fake, vendor, session, tag):
    """What the vendor's client read makes the very model that ours returns."""
    job_id = fake.add_job(tag)
    (theirs,) = (await vendor("ci_get_media_jobs", JobIDs=job_id))["JobsDetail"]
    ours = (await session.describe_media_job(job_id)).job
    assert JobDetail.model_validate(theirs) == ours
    assert (theirs["JobId"], theirs["State"], theirs["Tag"]) == (ours.job_id, ours.state, ours.tag)


async def test_both_miss_the_same_jobs(fake, vendor, session):
    """There a key is missing; here an error says so."""
    ids = [fake.add_job(), "j-one", "j-two"]
    theirs = await vendor("ci_get_media_jobs", JobIDs=",".join(ids))
    ours = await session.describe_media_job(*ids)
    missing = theirs["NonExistJobIds"]
    assert (missing if isinstance(missing, list) else missing.split(",")) == ours.non_exist_job_ids
    assert "JobsDetail" not in await vendor("ci_get_media_jobs", JobIDs="j-one")
    with pytest.raises(JobNotFoundError):
        (await session.describe_media_job("j-one")).job  # noqa: B018 - it is the look that raises


async def test_both_submit_the_same_request(fake, vendor, session):
    """A dictionary that the vendor's client takes is read by ours, and does the same."""
    output = {"Bucket": fake.bucket, "Region": fake.region, "Object": "out.mp4"}
    request = {"Tag": "Concat", "Operation": {"ConcatTemplate": SPLICE, "Output": output, "UserData": "1"}}
    (theirs,) = (await vendor("ci_create_media_jobs", Jobs=request))["JobsDetail"]
    ours = (await session.create_media_job(MediaJobRequest.model_validate(request))).job
    assert JobDetail.model_validate(theirs).operation == ours.operation
    one, two = (await session.describe_media_job(theirs["JobId"], ours.job_id)).jobs_detail
    assert list(one.output_keys) == list(two.output_keys) == ["out.mp4"]


async def test_both_list_the_same_jobs(fake, vendor, session):
    for age in range(5):
        fake.add_job("Concat", submitted_ago=age)
    theirs, token = [], ""
    while token is not None:
        page = await vendor("ci_list_media_jobs", Tag="Concat", States="Success", Size=2, NextToken=token)
        theirs += map(JobDetail.model_validate, page["JobsDetail"])
        token = page.get("NextToken")
    assert len(theirs) == 5
    assert theirs == [job async for job in session.describe_media_jobs(tag="Concat", states=["Success"])]


async def test_both_cancel(fake, vendor, session):
    waiting = [fake.add_job("Concat", waits_for=3600) for _ in range(2)]
    running = fake.add_job("Concat", waits_for=1e-6, runs_for=3600)
    assert await vendor("ci_cancel_jobs", JobID=waiting[0]) == ""
    assert await session.cancel_media_job(waiting[1]) is None
    assert [fake.state(each) for each in waiting] == ["Cancel", "Cancel"]
    with pytest.raises(CosServiceError):
        await vendor("ci_cancel_jobs", JobID=running)
    with pytest.raises(JobNotModifiableError) as caught:
        await session.cancel_media_job(running)
    assert caught.value.job.state == "Running"


async def test_both_see_and_change_the_same_queue(fake, vendor, session):
    """There the whole request, here only what is to change."""
    (theirs,) = (await vendor("ci_get_media_queue"))["QueueList"]
    queue = await session.default_media_queue()
    assert MediaQueue.model_validate(theirs) == queue
    whole = {"Name": queue.name, "State": "Paused", "NotifyConfig": {"State": "Off"}}
    await vendor("ci_update_media_queue", QueueId=queue.queue_id, Request=whole)
    assert (await session.describe_media_queues_page()).queue_list[0].state == "Paused"
    await session.update_media_queue(queue.queue_id, state="Active")
    (theirs,) = (await vendor("ci_get_media_queue"))["QueueList"]
    assert (theirs["Name"], theirs["State"]) == (queue.name, "Active")


async def test_both_keep_the_same_templates(fake, vendor, session):
    """One makes it, the other sees, changes and deletes it."""
    body = {"Tag": "Concat", "Name": "two files", "ConcatTemplate": SPLICE}
    theirs = (await vendor("ci_create_template", Template=body))["Template"]
    (ours,) = [each async for each in session.describe_media_templates()]
    found = (await vendor("ci_get_template"))["TemplateList"]
    assert [MediaTemplate.model_validate(each) for each in found] == [ours]
    concat = ConcatTemplate.model_validate(SPLICE)
    made = await session.create_media_template("another", concat)
    await session.update_media_template(theirs["TemplateId"], name="renamed", concat_template=concat)
    names_there = {each["Name"] for each in (await vendor("ci_get_template"))["TemplateList"]}
    assert names_there == {"renamed", "another"}
    await vendor("ci_delete_template", TemplateId=made.template.template_id)
    await session.delete_media_template(theirs["TemplateId"])
    assert not fake.templates


@pytest.mark.parametrize(
    ("family", "method", "tag"),
    [
        (JobFamily.PICTURE, "ci_get_media_pic_jobs", "PicProcess"),
        (JobFamily.ASR, "ci_get_asr_job", "SpeechRecognition"),
    ],
)
async def test_both_reach_the_other_families(fake, vendor, session, family, method, tag):
    job_id = fake.add_job(tag, family=family)
    argument = {"JobIDs" if method.endswith("s") else "JobID": job_id}
    theirs = (await vendor(method, **argument))["JobsDetail"]
    (job,) = theirs if isinstance(theirs, list) else [theirs]
    assert JobDetail.model_validate(job) == (await session.describe_media_job(job_id, family=family)).job


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.status(401, "InvalidSecretId"), AccessError),
        (Fault.status(403, "AccessDenied"), AccessError),
        (Fault.status(403, "QueueSaturated"), ThrottledError),
        (Fault.status(404, "NoSuchBucket"), NotFoundError),
        (Fault.status(409, "Conflict"), ConflictError),
        (Fault.status(400, "InvalidArgument"), RequestError),
        (Fault.status(429, "TooManyRequests"), ThrottledError),
        (Fault.status(503, "ServiceUnavailable"), ServerError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
async def test_an_error_there_is_an_error_of_the_right_class_here(fake, vendor, session, fault, error):
    """One class there, whose code is lost without a resource; one per cause here, with its code."""
    fake.inject(fault)
    with pytest.raises(CosServiceError) as theirs:
        await vendor("ci_get_media_jobs", JobIDs="j1")
    fake.clear_faults()
    fake.inject(fault)
    with pytest.raises(error) as ours:
        await session.describe_media_job("j1")
    assert ours.value.status == theirs.value.get_status_code()
    assert theirs.value.get_error_code() == "Unknown"
    assert ours.value.code


async def test_nobody_there(fake, vendor):
    """No connection: `CosClientError` there, `ConnectError` here."""
    keys = Credentials(fake.secret_id, fake.secret_key)
    with pytest.raises(CosClientError):
        await vendor("ci_get_media_jobs", JobIDs="j1", settings={"Domain": "127.0.0.1:1"})
    async with CISession(
        fake.bucket, fake.region, credentials=keys, endpoint="http://127.0.0.1:1", retry=None
    ) as session:
        with pytest.raises(ConnectError):
            await session.describe_media_job("j1")


def test_wrong_settings(fake):
    with pytest.raises(CosClientError):
        CosConfig(Region=fake.region, SecretId="id", SecretKey="key", Scheme="ftp")
    with pytest.raises(ConfigurationError):
        CISession(fake.bucket, fake.region, endpoint="ftp://host")


async def test_a_submit_whose_answer_is_lost_makes_two_jobs_there_and_one_here(
    fake, endpoint, vendor, monkeypatch
):
    """The vendor's client sends it again after 1, 2, 3 seconds; a session says that it does not know."""
    slept = []
    monkeypatch.setattr(cos_client, "time", SimpleNamespace(sleep=slept.append, time=time.time))
    output = {"Bucket": fake.bucket, "Region": fake.region, "Object": "out.mp4"}
    request = {"Tag": "Concat", "Operation": {"ConcatTemplate": SPLICE, "Output": output}}

    fake.inject(Fault.close(served=True, times=3))
    await vendor("ci_create_media_jobs", retry=3, Jobs=request)
    assert slept == [1, 2, 3]
    assert len(fake.jobs) > 1
    fake.clear_faults()
    before = len(fake.jobs)
    fake.inject(Fault.close(served=True))
    keys, policy = Credentials(fake.secret_id, fake.secret_key), RetryPolicy(base_delay=0)
    async with CISession(
        fake.bucket, fake.region, credentials=keys, endpoint=endpoint, retry=policy
    ) as session:
        with pytest.raises(SubmissionUnknownError):
            await session.create_media_job(MediaJobRequest.model_validate(request))
    assert len(fake.jobs) == before + 1


async def test_one_object_holds_the_keys_of_both(fake, endpoint, vendor):
    shared = SimpleNamespace(secret_id=fake.secret_id, secret_key=fake.secret_key, token=None)
    job_id = fake.add_job()
    settings = {"SecretId": None, "SecretKey": None, "CredentialInstance": shared}
    theirs = await vendor("ci_get_media_jobs", JobIDs=job_id, settings=settings)
    async with CISession(
        fake.bucket, fake.region, credentials=from_sdk(shared), endpoint=endpoint
    ) as session:
        ours = await session.describe_media_job(job_id)
    assert [JobDetail.model_validate(each) for each in theirs["JobsDetail"]] == ours.jobs_detail
