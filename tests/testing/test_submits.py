"""Submits: what becomes of a good one, and how a wrong one is refused."""

from __future__ import annotations

import copy

import httpx
import pytest
import xmltodict
from support.model_fields import untyped

from tencent_ci_async.models import DescribeMediaJobResult, JobTag
from tencent_ci_async.testing import FakeCI, Fault

BUCKET = "https://examplebucket-1250000000.cos.ap-chongqing.myqcloud.com"
OUTPUT = {"Bucket": "examplebucket-1250000000", "Region": "ap-chongqing", "Object": "out/file.mp4"}
TRANSCODE = {"Container": {"Format": "mp4"}, "Video": {"Codec": "H.264"}}
WATERMARK = {"Type": "Text", "LocMode": "Absolute", "Dx": "8", "Dy": "8", "Pos": "TopLeft"}
WATERMARK["Text"] = {
    "Text": "sample",
    "FontSize": "20",
    "FontType": "simfang.ttf",
    "FontColor": "0xffffff",
    "Transparency": "50",
}
HIDDEN = {"Message": "keep", "Type": "Text", "Version": "V1"}
SPLICE = {
    "ConcatFragment": [
        {"Url": f"{BUCKET}/a.mp4"},
        {"Url": f"{BUCKET}/b.mp4", "StartTime": "1", "EndTime": "4"},
    ],
    "Container": {"Format": "mp4"},
}

# For each kind of job what its Operation holds, Output apart.
PARAMETERS = {
    "Transcode": {"Transcode": TRANSCODE, "Watermark": [WATERMARK, WATERMARK]},
    "Animation": {"Animation": {"Container": {"Format": "gif"}}},
    "Snapshot": {"Snapshot": {"Mode": "Interval", "Count": "4"}},
    "SmartCover": {},
    "Concat": {"ConcatTemplate": SPLICE},
    "VoiceSeparate": {"VoiceSeparate": {"AudioMode": "AudioAndBackground"}},
    "VideoMontage": {"VideoMontage": {"Container": {"Format": "mp4"}}},
    "SDRtoHDR": {"SDRtoHDR": {"HdrMode": "HLG"}, "Transcode": TRANSCODE},
    "VideoProcess": {"VideoProcess": {"MsSharpen": {"Enable": "true"}}, "Transcode": TRANSCODE},
    "SuperResolution": {"SuperResolution": {"Resolution": "sdtohd"}, "Transcode": TRANSCODE},
    "Segment": {"Segment": {"Format": "mp4", "Duration": "20"}},
    "DigitalWatermark": {"DigitalWatermark": HIDDEN},
    "ExtractDigitalWatermark": {"ExtractDigitalWatermark": {"Type": "Text", "Version": "V1"}},
    "VideoTag": {"VideoTag": {"Scenario": "Stream"}},
    "MediaInfo": {},
    "StreamExtract": {},
    "QualityEstimate": {},
    "Tts": {"TtsTpl": {"Mode": "Asyc"}, "TtsConfig": {"InputType": "Text", "Input": "Light the lamp"}},
    "NoiseReduction": {"NoiseReduction": {"Format": "mp3"}},
    "Watermark": {"Watermark": WATERMARK},
    "VideoTargetRec": {"VideoTargetRec": {"Body": "true"}},
    "SpeechRecognition": {
        "SpeechRecognition": {"EngineModelType": "16k_en", "ChannelNum": "1", "ResTextFormat": "1"}
    },
    "Translation": {"Translation": {"Lang": "en", "Type": "docx"}},
    "WordsGeneralize": {"WordsGeneralize": {"NerMethod": "DL"}},
    "PicProcess": {"PicProcess": {"ProcessRule": "imageMogr2/rotate/90"}},
    "VideoEnhance": {"VideoEnhance": {"Transcode": TRANSCODE}},
    "SplitVideoParts": {"SplitVideoParts": {"Mode": "SHOTDETECT"}},
    "SegmentVideoBody": {"SegmentVideoBody": {"Mode": "Mask"}},
    "SoundHound": {},
    "FillConcat": {"FillConcat": {"Format": "mp4", "FillInput": [{"Url": "in/a.mp4"}, {"FillTime": "2"}]}},
    "VideoSynthesis": {"VideoSynthesis": {"KeepAudioTrack": "true"}, "Transcode": TRANSCODE},
    "DNA": {"DnaConfig": {"RuleType": "GetFingerPrint"}},
    "VocalScore": {"VocalScore": {"StandardObject": "in/song.mp3"}},
    "ImageInspect": {"ImageInspect": {"AutoProcess": "false"}},
    "ImageOCR": {"ImageOCR": {"Type": "general"}},
    "PosterProduction": {"PosterProduction": {"TemplateId": "tposter", "Info": {"main": "in/a.png"}}},
    "GeneratePlayList": {"Transcode": TRANSCODE},
}
INPUTS = {"Translation": {"Object": "in/a.docx", "Lang": "zh", "Type": "docx"}}
OUTPUTS = {
    "Snapshot": {**OUTPUT, "Object": "out/shot-${number}.jpg"},
    "SmartCover": {**OUTPUT, "Object": "out/cover-${Number}.jpg"},
    "Segment": {**OUTPUT, "Object": "out/part-${number}.${ext}"},
    "VoiceSeparate": {**OUTPUT, "AuObject": "out/voice.mp3"},
    "StreamExtract": {
        "Bucket": OUTPUT["Bucket"],
        "Region": OUTPUT["Region"],
        "StreamExtract": [{"Index": "0", "Object": "out/0.mp4"}, {"Index": "1", "Object": "out/1.mp4"}],
    },
}


def request_for(tag):
    """Return the children of a good request for one job."""
    nodes = JobTag(tag).nodes
    operation = copy.deepcopy(PARAMETERS[tag])
    if nodes.output != "none":
        operation["Output"] = dict(OUTPUTS.get(tag, OUTPUT))
    request = {"Tag": tag}
    if nodes.input != "none":
        request["Input"] = dict(INPUTS.get(tag, {"Object": "in/a.mp4"}))
    if operation:
        request["Operation"] = operation
    return request


@pytest.fixture
def submit(call):
    async def submit(request, path="/jobs", **settings):
        return await call("POST", path, request, **settings)

    return submit


@pytest.fixture
def job(ask):
    """Return a job as the models read it, and as it stands on the wire."""

    async def job(job_id):
        content = (await ask(job_id)).content
        (wire,) = xmltodict.parse(content, force_list=("JobsDetail",))["Response"]["JobsDetail"]
        (read,) = DescribeMediaJobResult.model_validate({"JobsDetail": wire}).jobs_detail
        return read, wire

    return job


async def test_a_submitted_job_waits_runs_and_ends(fake, clock, submit, read, job):
    """By the plan for its kind, and by the clock; the answer to the submit shows it waiting."""
    fake.plan("Concat", waits_for=10, runs_for=30)
    request = {**request_for("Concat"), "QueueId": fake.queue_id}
    request["Operation"] |= {"UserData": "order 7", "JobLevel": "2"}
    (made,) = read(await submit(request))["JobsDetail"]
    assert (made["State"], made["Tag"], made["QueueId"]) == ("Submitted", "Concat", fake.queue_id)
    assert (made["Code"], made["CreationTime"]) == ("Success", "2023-11-15T06:13:20+0800")
    assert (made["StartTime"], made["EndTime"]) == ("-", "-")
    assert made["Input"] == {"BucketId": fake.bucket, "Region": fake.region, "Object": "in/a.mp4"}
    assert made["Operation"] == request["Operation"]
    states = []
    for moment in (9, 10, 39, 40):
        clock.now = 1_700_000_000 + moment
        states.append(fake.state(made["JobId"]))
    assert states == ["Submitted", "Running", "Running", "Success"]
    done, _ = await job(made["JobId"])
    assert (done.operation.user_data, done.operation.job_level) == ("order 7", 2)
    assert done.output_keys == ("out/file.mp4",)


async def test_without_a_plan_a_job_is_done_at_once(submit, read, fake):
    """What the answer shows is what every submit shows."""
    (made,) = read(await submit(request_for("Concat")))["JobsDetail"]
    assert made["State"] == "Submitted"
    assert "MediaResult" not in made["Operation"]
    assert fake.state(made["JobId"]) == "Success"


async def test_plans_are_by_kind_and_the_last_one_counts(fake, submit, read):
    """A plan for so many jobs gives way to those before it."""

    async def outcomes(*tags):
        ids = [read(await submit(request_for(tag)))["JobsDetail"][0]["JobId"] for tag in tags]
        return [fake.state(job_id) for job_id in ids]

    fake.plan(outcome="Cancel")
    fake.plan("Concat", runs_for=60)
    fake.plan("Concat", outcome="Failed", code="BadInput", message="no sound", times=1)
    assert await outcomes("Concat", "Concat", "MediaInfo") == ["Failed", "Running", "Cancel"]
    first = next(iter(fake.jobs.values()))
    assert (first.code, first.message) == ("BadInput", "no sound")


async def test_results_can_be_planned(fake, submit, read, job):
    fake.plan("VideoTag", results={"VideoTagResult": {"StreamData": {"SubErrMsg": "ok"}}})
    (made,) = read(await submit(request_for("VideoTag")))["JobsDetail"]
    done, _ = await job(made["JobId"])
    assert done.operation.video_tag_result.stream_data.sub_err_msg == "ok"
    assert done.operation.video_tag_result.stream_data.data is None


def test_there_is_a_request_for_every_kind_of_job():
    assert set(PARAMETERS) == {tag.value for tag in JobTag}


@pytest.mark.parametrize("tag", JobTag)
async def test_every_kind_of_job_ends_with_its_results(tag, submit, read, job):
    """The models have a field for all that comes, and each documented result is there."""
    request = request_for(tag.value)
    (made,) = read(await submit(request))["JobsDetail"]
    for name, sent in request.get("Operation", {}).items():
        echoed = made["Operation"][name]
        assert {**echoed, **sent} == echoed if name == "DigitalWatermark" else echoed == sent
    done, wire = await job(made["JobId"])
    assert (done.state, done.kind) == ("Success", tag)
    assert untyped(done) == []
    assert set(tag.nodes.results) <= set(wire["Operation"])
    assert set(wire["Operation"]) - set(request.get("Operation", {})) - {"JobLevel"} <= set(tag.nodes.results)


@pytest.mark.parametrize("tag", JobTag)
async def test_no_kind_of_job_has_results_before_it_ends(tag, fake, submit, read, job):
    """Nodes that tell what came of it belong to success alone."""
    fake.plan(runs_for=60)
    request = request_for(tag.value)
    (made,) = read(await submit(request))["JobsDetail"]
    _, wire = await job(made["JobId"])
    assert set(wire["Operation"]) == {*request.get("Operation", {}), "JobLevel"}
    if tag == "ExtractDigitalWatermark":
        assert "Message" not in wire["Operation"][tag]


@pytest.mark.parametrize(
    ("tag", "keys"),
    [
        ("Snapshot", [f"out/shot-{n}.jpg" for n in range(4)]),
        ("SmartCover", [f"out/cover-{n}.jpg" for n in range(3)]),
        ("Segment", [f"out/part-{n}.mp4" for n in range(3)]),
        ("VoiceSeparate", ["out/file.mp4", "out/voice.mp3"]),
        ("StreamExtract", ["out/0.mp4", "out/1.mp4"]),
        ("PicProcess", ["out/file.mp4"]),
        ("NoiseReduction", []),
    ],
)
async def test_the_files_that_a_job_writes(tag, keys, submit, read, job):
    """Wildcards are numbers, ids and formats then; some kinds of jobs do not tell."""
    (made,) = read(await submit(request_for(tag)))["JobsDetail"]
    done, _ = await job(made["JobId"])
    assert list(done.output_keys) == keys


async def test_a_key_may_hold_the_job_id(submit, read, job):
    request = request_for("Concat")
    request["Operation"]["Output"]["Object"] = "out/${jobid}.${ext}"
    (made,) = read(await submit(request))["JobsDetail"]
    assert made["Operation"]["Output"]["Object"] == "out/${jobid}.${ext}"
    done, _ = await job(made["JobId"])
    assert done.output_keys == (f"out/{made['JobId']}.mp4",)


async def test_sprites_are_files_of_their_own(submit, read, job):
    request = request_for("Snapshot")
    request["Operation"]["Snapshot"]["SnapshotOutMode"] = "OnlySprite"
    output = request["Operation"]["Output"]
    output["SpriteObject"] = "out/sprite.jpg"
    del output["Object"]
    (made,) = read(await submit(request))["JobsDetail"]
    done, _ = await job(made["JobId"])
    assert done.output_keys == ("out/sprite.jpg",)
    assert done.operation.media_result.output_file.object_name == []


async def test_a_hidden_watermark_is_found_beside_its_parameters(submit, read, job):
    """The one kind of job whose parameters and results share a node."""
    (made,) = read(await submit(request_for("ExtractDigitalWatermark")))["JobsDetail"]
    done, _ = await job(made["JobId"])
    found = done.operation.extract_digital_watermark
    assert (found.type, found.version, found.message) == ("Text", "V1", "example watermark")


async def test_the_state_of_a_hidden_watermark_is_told(fake, submit, read, job):
    fake.plan(runs_for=10)
    (made,) = read(await submit(request_for("DigitalWatermark")))["JobsDetail"]
    done, _ = await job(made["JobId"])
    assert done.operation.digital_watermark.state == "Running"
    fake.finish(made["JobId"])
    done, _ = await job(made["JobId"])
    assert done.operation.digital_watermark.state == "Success"


# --- Several jobs -----------------------------------------------------------------------------------


def several(*tags):
    """Return a request for several jobs, which share an input."""
    operations = [{"Tag": tag, **request_for(tag).get("Operation", {})} for tag in tags]
    return {"Input": {"Object": "in/a.mp4"}, "Operation": operations}


async def test_several_jobs_come_of_one_request(fake, submit, read, job):
    """The answer has the kind of each in its Operation; later it stands where it always does."""
    made = read(await submit(several("Concat", "MediaInfo", "Tts")))["JobsDetail"]
    assert [each["Operation"]["Tag"] for each in made] == ["Concat", "MediaInfo", "Tts"]
    assert [each.get("Tag") for each in made] == [None] * 3
    assert len({each["JobId"] for each in made}) == len(fake.jobs) == 3
    _, wire = await job(made[1]["JobId"])
    assert (wire["Tag"], wire["Input"]["Object"]) == ("MediaInfo", "in/a.mp4")
    _, wire = await job(made[2]["JobId"])
    assert "Input" not in wire


async def test_one_wrong_operation_spoils_the_request(fake, submit, refusal):
    """Either all jobs are made, or none."""
    request = several("Concat", "Segment")
    del request["Operation"][1]["Segment"]
    assert refusal(await submit(request)) == (400, "InvalidArgument", "Operation.Segment is missing")
    assert not fake.jobs


async def test_six_jobs_are_the_most(fake, submit, refusal):
    assert (await submit(several(*["MediaInfo"] * 6))).status_code == 200
    assert refusal(await submit(several(*["MediaInfo"] * 7)))[:2] == (400, "InvalidArgument")
    assert len(fake.jobs) == 6


async def test_each_of_several_needs_a_tag(submit, refusal):
    request = several("Concat", "MediaInfo")
    del request["Operation"][0]["Tag"]
    assert "Operation.Tag is missing" in refusal(await submit({**request, "Tag": "Concat"}))[2]


# --- What is wrong ----------------------------------------------------------------------------------


def without(tag, *path):
    """Return a request in which a node is missing."""
    request = request_for(tag)
    parent = request
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return request


def changed(tag, *path, to):
    """Return a request in which a node has another value."""
    request = request_for(tag)
    parent = request
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = to
    return request


@pytest.mark.parametrize(
    ("tag", "path"),
    [
        ("Concat", ["Tag"]),
        ("Transcode", ["Input"]),
        ("Transcode", ["Input", "Object"]),
        ("Concat", ["Operation"]),
        ("Concat", ["Operation", "ConcatTemplate"]),
        ("Concat", ["Operation", "ConcatTemplate", "Container"]),
        ("Concat", ["Operation", "Output"]),
        ("Concat", ["Operation", "Output", "Bucket"]),
        ("Concat", ["Operation", "Output", "Region"]),
        ("Concat", ["Operation", "Output", "Object"]),
        ("Segment", ["Operation", "Segment"]),
        ("Segment", ["Operation", "Segment", "Format"]),
        ("SDRtoHDR", ["Operation", "Transcode"]),
        ("Animation", ["Operation", "Animation", "Container", "Format"]),
        ("StreamExtract", ["Operation", "Output", "StreamExtract"]),
        ("Translation", ["Input", "Lang"]),
        ("Translation", ["Operation", "Output"]),
        ("Tts", ["Operation", "TtsConfig", "Input"]),
        ("ExtractDigitalWatermark", ["Operation", "ExtractDigitalWatermark", "Version"]),
        ("FillConcat", ["Operation", "FillConcat", "FillInput"]),
    ],
    ids=lambda value: value if isinstance(value, str) else ".".join(value),
)
async def test_what_is_missing_is_named(fake, submit, refusal, tag, path):
    """So that a mistake shows in a test, and is easily found."""
    status, code, message = refusal(await submit(without(tag, *path)))
    assert (status, code) == (400, "InvalidArgument")
    assert path[-1] in message
    assert "missing" in message
    assert not fake.jobs


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (changed("Concat", "Tag", to="Concatenate"), "no kind of job Concatenate"),
        (changed("Concat", "Operation", "JobLevel", to="3"), "JobLevel"),
        (changed("Concat", "Operation", "UserData", to="a" * 1025), "UserData"),
        (changed("Concat", "Operation", "UserData", to="漢"), "UserData"),
        (changed("Concat", "Operation", "ConcatTemplate", "Index", to="3"), "Index"),
        (changed("Concat", "Operation", "ConcatTemplate", "Index", to="-1"), "Index"),
        (changed("Concat", "Operation", "ConcatTemplate", "ConcatFragment", to=[{"Mode": "End"}]), "Url"),
        (
            changed("Concat", "Operation", "ConcatTemplate", "ConcatFragment", to=[{"Url": "in/a.mp4"}]),
            "Url must be an address",
        ),
        (changed("Watermark", "Operation", "Watermark", "Type", to="Image"), "Watermark.Image is missing"),
        (changed("Concat", "Operation", "Segment", to={"Format": "mp4"}), "no use for Segment"),
        (changed("Concat", "Operation", "Outputs", to="out"), "no use for Outputs"),
        (changed("Concat", "Operation", "Output", "Key", to="out"), "no use for Key"),
        (changed("Concat", "Operation", "Output", to="out"), "Output must hold elements"),
        (changed("Concat", "Operation", "UserData", to={"Note": "a"}), "UserData must hold text"),
        (changed("Concat", "Operation", to=["a", "b"]), "Operation must hold elements"),
        (changed("Concat", "Input", "Key", to="in/a.mp4"), "no use for Key"),
        (changed("Concat", "CallBackUrl", to="https://media.example/"), "no use for CallBackUrl"),
        (changed("Concat", "CallBack", to="media.example"), "CallBack"),
        (changed("Concat", "CallBackFormat", to="YAML"), "CallBackFormat"),
        (changed("Concat", "CallBackType", to="Mail"), "CallBackType"),
        (changed("Concat", "CallBackType", to="TDMQ"), "CallBackMqConfig.MqRegion"),
        (changed("Concat", "CallBackType", to="Kafka"), "CallBackKafkaConfig.Region"),
        (changed("Segment", "Operation", "TemplateId", to="t1"), "no use for TemplateId"),
        (changed("MediaInfo", "Operation", to={"Output": OUTPUT}), "no use for Output"),
        (changed("Tts", "Input", to={"Object": "in/a.mp4"}), "no use for Input"),
        (changed("Snapshot", "Operation", "Output", "Object", to="out/shot.jpg"), "${number}"),
        (changed("SmartCover", "Operation", "Output", "Object", to="out/cover.jpg"), "${number}"),
        (changed("Segment", "Operation", "Output", "Object", to="out/part.mp4"), "${number}"),
        (
            changed("StreamExtract", "Operation", "Output", "StreamExtract", to=[{"Index": "0"}]),
            "StreamExtract.Object",
        ),
        (
            changed(
                "StreamExtract",
                "Operation",
                "Output",
                "StreamExtract",
                to=[{"Index": "0", "Object": "o"}] * 11,
            ),
            "more than 10",
        ),
        (changed("Snapshot", "Operation", "Snapshot", "SnapshotOutMode", to="OnlySprite"), "SpriteObject"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_wrong_is_named(fake, submit, refusal, request_, named):
    status, code, message = refusal(await submit(request_))
    assert (status, code) == (400, "InvalidArgument")
    assert named in message
    assert not fake.jobs


async def test_a_splice_without_input_needs_fragments(submit, refusal):
    request = without("Concat", "Operation", "ConcatTemplate", "ConcatFragment")
    assert (await submit(request)).status_code == 200
    del request["Input"]
    assert "ConcatFragment is missing" in refusal(await submit(request))[2]


@pytest.mark.parametrize(
    ("tag", "given"),
    [
        ("VideoTargetRec", {"Url": "https://media.example/a.mp4"}),
        ("SpeechRecognition", {"Url": "https://media.example/a.mp3"}),
        ("Transcode", {"Vod": {"FileId": "5", "SubAppId": "6"}}),
    ],
)
async def test_an_input_may_be_elsewhere(submit, tag, given):
    """Where the kind of job takes it."""
    assert (await submit({**request_for(tag), "Input": given})).status_code == 200


async def test_a_translation_of_a_picture_needs_no_output(submit):
    request = without("Translation", "Operation", "Output")
    request["Operation"]["NoNeedOutput"] = "true"
    assert (await submit(request)).status_code == 200


async def test_a_lenient_simulator_overlooks_what_is_useless(clock, make_signer, submit, call, fake):
    """As the service does; what is missing is refused all the same."""
    call.fake = FakeCI(clock=clock, strict=False)
    call.client._transport = call.fake.transport()
    assert (await submit(changed("Concat", "Operation", "Outputs", to="out"))).status_code == 200
    assert (await submit(changed("Tts", "Input", to={"Object": "in/a.mp4"}))).status_code == 200
    assert (await submit({**request_for("Concat"), "Tag": "NewKind"})).status_code == 200
    assert (await submit(without("Concat", "Operation", "Output"))).status_code == 400


async def test_a_kind_of_job_that_nobody_knows_can_be_planned(fake, submit, read):
    """So that a program can be tested that uses what the service adds tomorrow."""
    request = {"Tag": "Hologram", "Input": {"Object": "in/a.mp4"}, "Operation": {"Hologram": {"Depth": "3"}}}
    assert (await submit(request)).status_code == 400
    fake.plan("Hologram", outcome="Failed")
    (made,) = read(await submit(request))["JobsDetail"]
    assert made["Operation"]["Hologram"] == {"Depth": "3"}
    assert fake.state(made["JobId"]) == "Failed"


# --- Bodies -----------------------------------------------------------------------------------------

GOOD = xmltodict.unparse({"Request": request_for("Concat")}).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "MissingContent"),
        (b"<Request>", "InvalidContent"),
        (b"not XML", "InvalidContent"),
        (b'<?xml version="1.0" encoding="klingon"?><Request/>', "InvalidContent"),
        (b"<Response><Tag>Concat</Tag></Response>", "InvalidContent"),
        (b'<!DOCTYPE Request [<!ENTITY a "b">]><Request>&a;</Request>', "InvalidContent"),
        (b"<Request>" + b"<a>" * 100 + b"</a>" * 100 + b"</Request>", "InvalidContent"),
        (b"<Request/>", "InvalidArgument"),
    ],
    ids=["none", "cut", "text", "encoding", "root", "document type", "deep", "empty"],
)
async def test_a_body_that_is_no_request(fake, submit, refusal, body, code):
    assert refusal(await submit(body))[:2] == (400, code)
    assert not fake.jobs


async def test_a_body_that_was_damaged_is_refused(fake, submit, refusal):
    """Its digest is sent, so that it can be noticed."""
    assert (await submit(GOOD)).status_code == 200
    damaged = await submit(
        GOOD.replace(b"a.mp4", b"b.mp4"), headers={"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    )
    assert refusal(damaged)[:2] == (400, "InvalidContent")
    assert "Content-MD5" in refusal(damaged)[2]
    assert len(fake.jobs) == 1


async def test_a_body_of_another_type_is_refused(submit, refusal):
    assert (await submit(GOOD, headers={"content-type": "text/xml; charset=utf-8"})).status_code == 200
    other = await submit(GOOD, headers={"content-type": "application/json"})
    assert refusal(other)[:2] == (400, "InvalidArgument")


async def test_a_body_without_a_length_is_refused(fake, call, refusal):
    async def pieces():
        yield GOOD

    url = f"https://{fake.host}/jobs"
    headers = call.signer(url, method="POST")
    response = await call.client.post(url, content=pieces(), headers=headers)
    assert refusal(response)[:2] == (411, "MissingContentLength")


# --- Queues and templates ---------------------------------------------------------------------------


async def test_a_queue_must_exist(submit, refusal):
    assert refusal(await submit({**request_for("Concat"), "QueueId": "p-nobody"}))[:2] == (
        400,
        "InvalidArgument",
    )


async def test_a_queue_can_be_chosen_by_its_id_or_its_type(fake, submit, read):
    mine, fast = fake.add_queue(), fake.add_queue(category="SpeedTranscoding")
    for chosen, queue_id in (
        ({"QueueId": mine}, mine),
        ({"QueueType": "SpeedTranscoding"}, fast),
        ({}, fake.queue_id),
    ):
        (made,) = read(await submit({**request_for("Transcode"), **chosen}))["JobsDetail"]
        assert made["QueueId"] == queue_id
    assert (await submit({**request_for("Transcode"), "QueueType": "Quantum"})).status_code == 400


async def test_a_full_queue_takes_no_more(fake, clock, submit, refusal):
    """Jobs that run or have ended are out of it."""
    fake.change_queue(max_size=2)
    fake.plan(waits_for=10)
    assert (await submit(several("MediaInfo", "MediaInfo"))).status_code == 200
    assert refusal(await submit(request_for("Concat")))[:2] == (403, "QueueSaturated")
    clock.now += 10
    assert refusal(await submit(several(*["MediaInfo"] * 3)))[:2] == (403, "QueueSaturated")
    assert (await submit(request_for("Concat"))).status_code == 200
    assert len(fake.jobs) == 3


async def test_a_paused_queue_takes_none(fake, submit, refusal):
    fake.change_queue(state="Paused")
    assert refusal(await submit(request_for("Concat")))[:2] == (403, "QueuePaused")
    assert (await submit({**request_for("Concat"), "QueueId": fake.add_queue()})).status_code == 200


async def test_a_template_stands_for_parameters(fake, submit, read, job):
    """Its id and name are shown, and it beats what is given along with it."""
    template_id = fake.add_template("Concat", "two files", {"ConcatTemplate": SPLICE})
    request = without("Concat", "Operation", "ConcatTemplate")
    request["Operation"]["TemplateId"] = template_id
    (made,) = read(await submit(request))["JobsDetail"]
    assert (made["Operation"]["TemplateId"], made["Operation"]["TemplateName"]) == (template_id, "two files")
    assert made["Operation"]["ConcatTemplate"] == SPLICE
    request["Operation"]["ConcatTemplate"] = {"Container": {"Format": "ts"}}
    (made,) = read(await submit(request))["JobsDetail"]
    assert made["Operation"]["ConcatTemplate"] == SPLICE
    done, _ = await job(made["JobId"])
    assert untyped(done) == []


async def test_a_template_may_say_nothing(fake, submit, read):
    """A test that does not care about parameters need not give any."""
    request = without("Concat", "Operation", "ConcatTemplate")
    request["Operation"]["TemplateId"] = fake.add_template("Concat")
    (made,) = read(await submit(request))["JobsDetail"]
    assert made["Operation"]["TemplateName"] == "example-template"


@pytest.mark.parametrize("template_tag", ["Transcode", "HighSpeedHd", "TranscodePro"])
async def test_transcoding_templates_come_in_kinds(fake, submit, read, template_tag):
    """Their parameters stand one level higher than those of a job."""
    template_id = fake.add_template(template_tag, parameters=TRANSCODE, category="Official")
    request = without("Transcode", "Operation", "Transcode")
    request["Operation"]["TemplateId"] = template_id
    (made,) = read(await submit(request))["JobsDetail"]
    assert made["Operation"]["Transcode"] == TRANSCODE


@pytest.mark.parametrize(
    ("tag", "name"),
    [("Concat", "TemplateId"), ("Watermark", "WatermarkTemplateId"), ("SDRtoHDR", "TranscodeTemplateId")],
)
async def test_a_template_must_exist_and_fit(fake, submit, refusal, tag, name):
    other = fake.add_template("Snapshot")
    for template_id, said in (("t-nobody", "does not exist"), (other, "is not for")):
        request = changed(tag, "Operation", name, to=template_id)
        status, code, message = refusal(await submit(request))
        assert (status, code) == (400, "InvalidArgument")
        assert name in message
        assert said in message
    assert not fake.jobs


# --- Answers that never come ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make_fault", "jobs"),
    [
        (lambda: Fault.status(503, "ServiceUnavailable"), 0),
        (lambda: Fault.status(503, "ServiceUnavailable", served=True), 1),
        (Fault.reset, 0),
        (lambda: Fault.reset(served=True), 1),
        (lambda: Fault.close(served=True), 1),
        (lambda: Fault.stall(served=True), 1),
        (lambda: Fault.cut(0), 1),
    ],
    ids=["503", "503 served", "reset", "reset served", "close served", "stall served", "cut"],
)
async def test_a_failure_may_hide_a_job(fake, submit, make_fault, jobs):
    """Who submits cannot tell whether there is a job now; a test decides."""
    fake.inject(make_fault())
    try:
        response = await submit(request_for("Concat"))
    except httpx.TransportError:
        pass
    else:
        assert response.status_code == 503
    assert len(fake.jobs) == jobs
