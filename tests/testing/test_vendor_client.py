"""The vendor's own client against the simulator: what it sends is accepted, what it gets it understands."""

from __future__ import annotations

import asyncio

import pytest
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError

from tencent_ci_async.testing import FakeCI, Fault


def through_its_domain(base):
    """Point the client at the simulator by the setting for a domain of one's own."""
    return {"Domain": base.removeprefix("http://")}


def through_a_proxy(base):
    """Let the client use its real host name, and the simulator as its proxy."""
    return {"Proxies": {"http": base}}


class Awaited:
    """The methods of a client, each called in a thread and for one bucket."""

    def __init__(self, client, bucket):
        self.client = client
        self.bucket = bucket

    def __getattr__(self, name):
        async def call(**arguments):
            return await asyncio.to_thread(getattr(self.client, name), Bucket=self.bucket, **arguments)

        return call


@pytest.fixture(params=[None, "EXAMPLETOKEN+/="], ids=["long-lived", "temporary"])
def token(request):
    return request.param


@pytest.fixture
def fake(token):
    return FakeCI(token=token)


@pytest.fixture(params=[through_its_domain, through_a_proxy])
async def client(request, fake, token, monkeypatch):
    """The vendor's client; its methods are awaited, each in a thread."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with fake.serve() as base:
        config = CosConfig(
            Region=fake.region,
            SecretId=fake.secret_id,
            SecretKey=fake.secret_key,
            Token=token,
            Scheme="http",
            KeepAlive=False,
            **request.param(base),
        )
        yield Awaited(CosS3Client(config, retry=0), fake.bucket)


@pytest.fixture
def describe(client):
    async def describe(*job_ids):
        return await client.ci_get_media_jobs(JobIDs=",".join(job_ids))

    return describe


async def test_it_is_answered(fake, describe):
    """Its signature is right for a strict simulator, and a job comes back."""
    job_id = fake.add_job("Concat")
    answer = await describe(job_id)
    (job,) = answer["JobsDetail"]
    assert (job["JobId"], job["State"], job["Tag"]) == (job_id, "Success", "Concat")
    assert job["Operation"]["MediaInfo"]["Stream"]["Video"]["Width"] == "1280"
    (request,) = fake.requests
    assert request.signature.accepted, request.signature
    assert "host" in request.signature.signed_headers


async def test_it_asks_for_several(fake, describe):
    """Commas that it escapes on the wire are signed as commas."""
    ids = [fake.add_job(runs_for=60), "jmissing", fake.add_job("Transcode")]
    answer = await describe(*ids)
    assert [job["JobId"] for job in answer["JobsDetail"]] == [ids[0], ids[2]]
    assert answer["NonExistJobIds"] == "jmissing"
    assert fake.requests[0].raw_path == "/jobs/" + "%2C".join(ids)
    assert fake.requests[0].job_ids == tuple(ids)


async def test_it_meets_errors(fake, describe):
    """A refusal reaches it as one of the service."""
    fake.inject(Fault.status(403, "QueueSaturated"))
    with pytest.raises(CosServiceError) as caught:
        await describe("j1")
    assert caught.value.get_status_code() == 403


async def test_it_is_refused_once_its_key_is_revoked(fake, describe):
    fake.revoke(fake.secret_id)
    with pytest.raises(CosServiceError) as caught:
        await describe("j1")
    assert caught.value.get_status_code() == 401
    assert fake.requests[0].signature.code == "SecretidNotExist"


SPLICE = {
    "ConcatFragment": [
        {"Url": "https://media.example/a.mp4", "Mode": "Start"},
        {"Url": "https://media.example/b.mp4", "Mode": "End"},
    ],
    "Container": {"Format": "mp4"},
}


def splice(fake, *, name="out/file.mp4", **parameters):
    output = {"Bucket": fake.bucket, "Region": fake.region, "Object": name}
    return {"Tag": "Concat", "Operation": {"Output": output, **(parameters or {"ConcatTemplate": SPLICE})}}


async def test_it_submits_a_job_and_waits_for_it(fake, client, describe):
    """Without the headers about the body that the pages ask for, which the simulator does not insist on."""
    answer = await client.ci_create_media_jobs(Jobs=splice(fake))
    (made,) = answer["JobsDetail"]
    assert (made["State"], made["Tag"]) == ("Submitted", "Concat")
    assert made["Operation"]["ConcatTemplate"]["ConcatFragment"][1]["Url"] == "https://media.example/b.mp4"
    (done,) = (await describe(made["JobId"]))["JobsDetail"]
    assert done["State"] == "Success"
    assert done["Operation"]["MediaResult"]["OutputFile"]["ObjectName"] == "out/file.mp4"
    assert all(request.signature.accepted for request in fake.requests)


async def test_it_is_told_what_is_wrong_with_a_submit(fake, client):
    request = splice(fake)
    del request["Operation"]["Output"]
    with pytest.raises(CosServiceError) as caught:
        await client.ci_create_media_jobs(Jobs=request)
    assert caught.value.get_status_code() == 400
    assert not fake.jobs


async def test_it_lists_jobs_page_by_page(fake, client):
    """Times with a plus in them arrive as they are."""
    made = [fake.add_job("Concat", submitted_ago=age) for age in (30, 20, 10)]
    since = {"StartCreationTime": "2001-01-01T00:00:00+0800", "EndCreationTime": "2101-01-01T00:00:00+0800"}
    page = await client.ci_list_media_jobs(Tag="Concat", Size=2, States="Success", **since)
    rest = await client.ci_list_media_jobs(
        Tag="Concat", Size=2, NextToken=page["NextToken"], OrderByTime="Desc"
    )
    found = [job["JobId"] for job in page["JobsDetail"] + rest["JobsDetail"]]
    assert found == made[::-1]
    assert "NextToken" not in rest


@pytest.mark.parametrize("strict", [True, False])
async def test_it_cancels_a_job_where_the_simulator_is_lenient(token, monkeypatch, strict):
    """It does not sign the name of the parameter: a strict simulator, unlike the service, wants that."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    fake = FakeCI(token=token, strict=strict)
    job_id = fake.add_job("Concat", waits_for=3600)
    async with fake.serve() as base:
        keys = {"SecretId": fake.secret_id, "SecretKey": fake.secret_key, "Token": token}
        config = CosConfig(
            Region=fake.region, Scheme="http", KeepAlive=False, **keys, **through_its_domain(base)
        )
        client = Awaited(CosS3Client(config, retry=0), fake.bucket)
        if strict:
            with pytest.raises(CosServiceError):
                await client.ci_cancel_jobs(JobID=job_id)
            assert "cancel is sent 1 and signed 0 times" in fake.requests[0].signature.message
        else:
            assert await client.ci_cancel_jobs(JobID=job_id) == ""
    assert fake.state(job_id) == ("Submitted" if strict else "Cancel")


async def test_it_manages_queues(fake, client):
    """It finds the queue, pauses it, and is refused a submit to it."""
    (queue,) = (await client.ci_get_media_queue())["QueueList"]
    assert queue["QueueId"] == fake.queue_id
    request = {"Name": "day", "State": "Paused", "NotifyConfig": {"State": "Off"}}
    answer = await client.ci_update_media_queue(QueueId=queue["QueueId"], Request=request)
    assert answer["Queue"][0]["State"] == fake.queues[fake.queue_id].state == "Paused"
    with pytest.raises(CosServiceError) as caught:
        await client.ci_create_media_jobs(Jobs=splice(fake))
    assert caught.value.get_status_code() == 403
    (picture_queue,) = (await client.ci_get_media_pic_queue())["QueueList"]
    assert picture_queue["Category"] == "PicProcess"


async def test_it_manages_templates(fake, client):
    """It makes one, submits a job with it, changes it, finds it and deletes it."""
    template = {"Tag": "Concat", "Name": "two files", "ConcatTemplate": SPLICE}
    template_id = (await client.ci_create_template(Template=template))["Template"]["TemplateId"]
    answer = await client.ci_create_media_jobs(Jobs=splice(fake, TemplateId=template_id))
    assert answer["JobsDetail"][0]["Operation"]["TemplateName"] == "two files"
    await client.ci_update_template(TemplateId=template_id, Template={**template, "Name": "other"})
    (found,) = (await client.ci_get_template(Ids=template_id))["TemplateList"]
    assert (found["TemplateId"], found["Name"]) == (template_id, "other")
    assert (await client.ci_delete_template(TemplateId=template_id))["TemplateId"] == template_id
    assert not fake.templates


async def test_it_is_at_home_in_the_other_families(fake, client):
    """Jobs about pictures, speech, documents and files, each by a path of its own."""
    output = {"Bucket": fake.bucket, "Region": fake.region, "Object": "out/a.jpg"}
    picture = {"Tag": "PicProcess", "Input": {"Object": "in/a.jpg"}}
    picture["Operation"] = {"PicProcess": {"ProcessRule": "imageMogr2/rotate/90"}, "Output": output}
    (made,) = (await client.ci_create_media_pic_jobs(Jobs=picture))["JobsDetail"]
    (found,) = (await client.ci_get_media_pic_jobs(JobIDs=made["JobId"]))["JobsDetail"]
    assert found["Operation"]["PicProcessResult"]["ObjectName"] == "out/a.jpg"
    (found,) = (await client.ci_list_media_pic_jobs(Tag="PicProcess"))["JobsDetail"]
    assert found["JobId"] == made["JobId"]
    place = {"OutputBucket": fake.bucket, "OutputRegion": fake.region}
    speech = {"EngineModelType": "16k_en", "ChannelNum": "1", "ResTextFormat": "1"}
    made = await client.ci_create_asr_job(
        InputObject="in/a.mp3", OutputObject="out/a.txt", SpeechRecognition=speech, **place
    )
    answer = await client.ci_get_asr_job(JobID=made["JobsDetail"]["JobId"])
    assert answer["JobsDetail"][0]["Operation"]["SpeechRecognitionResult"]["ObjectName"] == "out/a.txt"
    made = await client.ci_create_doc_job(InputObject="in/a.doc", OutputObject="out/a-${Number}.jpg", **place)
    assert fake.jobs[made["JobsDetail"]["JobId"]].family == "doc_jobs"
    made = await client.ci_create_file_hash_job(InputObject="in/a.mp4", FileHashCodeConfig={"Type": "MD5"})
    assert fake.jobs[made["JobsDetail"]["JobId"]].family == "file_jobs"
    assert [request.status for request in fake.requests] == [200] * len(fake.requests)
