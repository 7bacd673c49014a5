"""The life of a job, and the document that shows it."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
import xmltodict

from tencent_ci_async.errors import JobNotFoundError
from tencent_ci_async.testing import FakeCI


@pytest.fixture
def describe(ask):
    async def describe(*job_ids):
        response = await ask(*job_ids)
        assert response.status_code == 200, response.text
        lists = ("JobsDetail", "NonExistJobIds")
        return xmltodict.parse(response.content, force_list=lists)["Response"] or {}

    return describe


@pytest.fixture
def job(describe):
    async def job(job_id):
        (job,) = (await describe(job_id))["JobsDetail"]
        return job

    return job


def seconds(text):
    """Return a wire time in epoch seconds."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp()


async def test_a_job_waits_runs_and_ends(fake, clock, job):
    """Every look shows the state that the clock says."""
    job_id = fake.add_job("Transcode", waits_for=10, runs_for=40)
    created = clock()
    seen = []
    for after in (0, 9, 10, 20, 49, 50, 5000):
        clock.now = created + after
        shown = await job(job_id)
        seen.append((after, shown["State"], shown["Progress"], shown["StartTime"], shown["EndTime"]))
    started, ended = "2023-11-15T06:13:30+0800", "2023-11-15T06:14:10+0800"
    assert seen == [
        (0, "Submitted", "0", "-", "-"),
        (9, "Submitted", "0", "-", "-"),
        (10, "Running", "0", started, "-"),
        (20, "Running", "25", started, "-"),
        (49, "Running", "97", started, "-"),
        (50, "Success", "100", started, ended),
        (5000, "Success", "100", started, ended),
    ]
    assert shown["CreationTime"] == "2023-11-15T06:13:20+0800"
    assert seconds(started) == created + 10


async def test_a_job_without_plan_is_done_at_once(fake, job):
    job_id = fake.add_job()
    assert (await job(job_id))["State"] == "Success"


async def test_a_finished_concat_job_tells_all(fake, job):
    """Envelope, parameters, media info and result have their usual places."""
    job_id = fake.add_job("Concat", input_object="a.mp4", output_object="b.mp4")
    shown = await job(job_id)
    assert (shown["JobId"], shown["Tag"], shown["Code"]) == (job_id, "Concat", "Success")
    assert shown["Message"] is None
    assert "Progress" not in shown
    assert shown["Input"] == {"BucketId": fake.bucket, "Object": "a.mp4", "Region": fake.region}
    operation = shown["Operation"]
    assert operation["Output"] == {"Bucket": fake.bucket, "Object": "b.mp4", "Region": fake.region}
    fragments = operation["ConcatTemplate"]["ConcatFragment"]
    assert [fragment["Url"] for fragment in fragments] == ["a.mp4", "input/part-2.mp4"]
    stream = operation["MediaInfo"]["Stream"]
    assert stream["Video"]["CodecName"] == "h264"
    assert stream["Audio"]["CodecName"] == "aac"
    assert stream["Subtitle"] is None
    assert operation["MediaInfo"]["Format"]["NumStream"] == "2"
    output = operation["MediaResult"]["OutputFile"]
    assert output["ObjectName"] == output["Md5Info"]["ObjectName"] == "b.mp4"
    assert len(output["Md5Info"]["Md5"]) == 32
    assert output["ObjectPrefix"] is None


@pytest.mark.parametrize("outcome", ["Failed", "Cancel", "Pause", "Frozen"])
async def test_only_success_brings_results(fake, job, outcome):
    """A state that the service invents tomorrow can be shown as well."""
    shown = await job(fake.add_job("Concat", outcome=outcome))
    assert shown["State"] == outcome
    assert "MediaInfo" not in shown["Operation"]
    assert "MediaResult" not in shown["Operation"]
    assert (shown["EndTime"] == "-") is (outcome in {"Pause", "Frozen"})


async def test_a_failed_job_has_its_own_code(fake, clock, job):
    """The code means something in the failed state only."""
    job_id = fake.add_job("Transcode", runs_for=5, outcome="Failed", code="BadInput", message="a < b")
    assert (await job(job_id))["Code"] == "Success"
    clock.now += 5
    shown = await job(job_id)
    assert (shown["Code"], shown["Message"]) == ("BadInput", "a < b")
    assert "Progress" not in shown


@pytest.mark.parametrize("tag", ["MediaInfo", "Snapshot", "VideoTag", "Transcode", "SomethingNew"])
async def test_every_tag_has_the_envelope(fake, job, tag):
    """Tags that write no file show no output; Transcode alone shows its progress."""
    shown = await job(fake.add_job(tag))
    assert (shown["Tag"], shown["State"]) == (tag, "Success")
    assert ("Output" in shown["Operation"]) is (tag not in {"MediaInfo", "VideoTag"})
    assert ("MediaInfo" in shown["Operation"]) is (tag in {"MediaInfo", "Snapshot", "Transcode"})
    assert ("Progress" in shown) is (tag == "Transcode")


async def test_progress_can_be_shown_or_hidden(fake, job):
    """A test may ask for the opposite of what the tag does."""
    assert (await job(fake.add_job("Concat", reports_progress=True)))["Progress"] == "100"
    assert "Progress" not in await job(fake.add_job("Transcode", reports_progress=False))


async def test_more_nodes_can_be_given(fake, job):
    """Numbers and booleans become wire text, lists repeat, None is empty."""
    node = {"Snapshot": {"Count": 3, "Big": True, "Time": None, "Names": ["a", "b"]}, "JobLevel": "2"}
    shown = await job(fake.add_job("Snapshot", operation=node))
    assert shown["Operation"]["Snapshot"] == {"Count": "3", "Big": "true", "Time": None, "Names": ["a", "b"]}
    assert shown["Operation"]["JobLevel"] == "2"


async def test_a_test_can_move_a_job(fake, clock, job):
    """What a test decides stands, however late it is."""
    ids = [fake.add_job("Transcode", runs_for=math.inf) for _ in range(4)]
    clock.now += 7
    fake.finish(ids[0])
    fake.fail(ids[1], "BadInput", "no video in it")
    fake.set_state(ids[2], "Pause")
    fake.fail(ids[3])
    clock.now += 1_000_000
    done, failed, paused, failed_as_planned = [await job(job_id) for job_id in ids]
    assert (done["State"], done["Progress"], done["EndTime"]) == (
        "Success",
        "100",
        "2023-11-15T06:13:27+0800",
    )
    assert (failed["State"], failed["Code"], failed["Message"]) == ("Failed", "BadInput", "no video in it")
    assert (paused["State"], paused["Progress"], paused["EndTime"]) == ("Pause", "0", "-")
    assert (failed_as_planned["State"], failed_as_planned["Code"]) == ("Failed", "ResourceNotSupported")
    fake.finish(ids[2])
    assert fake.state(ids[2]) == "Success"
    fake.set_state(ids[2], "Submitted")
    assert (await job(ids[2]))["StartTime"] == "-"


async def test_unknown_ids_are_no_error(fake, describe):
    """They are listed, one by one, beside the jobs that exist; all in the order asked."""
    first, second = fake.add_job(), fake.add_job()
    shown = await describe("jmissing2", second, "jmissing1", first)
    assert [job["JobId"] for job in shown["JobsDetail"]] == [second, first]
    assert shown["NonExistJobIds"] == ["jmissing2", "jmissing1"]
    assert "NonExistJobIds" not in await describe(first)
    assert "JobsDetail" not in await describe("jmissing1")


async def test_an_id_asked_twice_is_answered_once(fake, describe):
    job_id = fake.add_job()
    assert len((await describe(job_id, job_id))["JobsDetail"]) == 1


async def test_an_unknown_id_of_any_characters_is_shown(describe):
    """The document stays well-formed, whatever was asked."""
    assert (await describe("%00%3C%26"))["NonExistJobIds"] == ["?<&"]


async def test_a_job_may_appear_late(fake, clock, describe):
    """Right after a submit the service may deny what it has just accepted."""
    job_id = fake.add_job(appears_after=3)
    assert (await describe(job_id))["NonExistJobIds"] == [job_id]
    clock.now += 3
    assert (await describe(job_id))["JobsDetail"][0]["State"] == "Success"


async def test_a_job_may_have_been_submitted_earlier(fake, job):
    """Its life began then: it has waited, and run, and may be over."""
    ids = [fake.add_job(submitted_ago=ago, waits_for=10, runs_for=20) for ago in (5, 15, 30)]
    assert [(await job(job_id))["State"] for job_id in ids] == ["Submitted", "Running", "Success"]
    assert (await job(ids[2]))["CreationTime"] == "2023-11-15T06:12:50+0800"
    assert (await job(ids[2]))["EndTime"] == "2023-11-15T06:13:20+0800"


async def test_results_can_be_given(fake, job):
    """They take the place of the invented ones, and come with success only."""
    results = {"VideoTagResult": {"StreamData": {"SubErrCode": "0"}}}
    done, failed = (
        fake.add_job("VideoTag", results=results),
        fake.add_job("VideoTag", outcome="Failed", results=results),
    )
    assert (await job(done))["Operation"] == {"JobLevel": "0", **results}
    assert "VideoTagResult" not in (await job(failed))["Operation"]


async def test_a_workflow_that_started_a_job_is_shown(fake, job):
    shown = await job(fake.add_job("Transcode", workflow_id="wexample"))
    assert shown["Workflow"]["WorkflowId"] == "wexample"
    assert "Workflow" not in await job(fake.add_job("Transcode"))


async def test_a_job_can_be_forgotten(fake, describe):
    job_id = fake.add_job()
    fake.forget(job_id)
    assert (await describe(job_id))["NonExistJobIds"] == [job_id]
    assert job_id not in fake.jobs


@pytest.mark.parametrize("method", ["finish", "fail", "forget", "state"])
def test_a_job_that_never_was(method):
    with pytest.raises(JobNotFoundError):
        getattr(FakeCI(), method)("j1")


def test_job_ids_are_the_same_in_every_run():
    """A failing run can be repeated with the same ids."""
    first, second = FakeCI(), FakeCI()
    ids = [first.add_job() for _ in range(100)]
    assert ids == [second.add_job() for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(len(job_id) == 33 and job_id.startswith("j") for job_id in ids)
    assert list(first.jobs) == ids
    assert first.add_job(job_id="jmine") == "jmine"
