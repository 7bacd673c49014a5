"""What a parsed answer looks like to a user."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from pydantic import ValidationError

from tencent_ci_async import errors, models
from tencent_ci_async.models import (
    DescribeMediaJobResult,
    JobDetail,
    JobState,
    ResponseHeaders,
    ResponseInfo,
    ServiceResult,
)

ANSWERS = Path(__file__).parent / "data" / "answers"
CASES = sorted(path.name for path in ANSWERS.iterdir())


def answer(case: str) -> DescribeMediaJobResult:
    document = xmltodict.parse((ANSWERS / case / "body.xml").read_bytes(), xml_attribs=False)
    return DescribeMediaJobResult.model_validate(document["Response"] or {})


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: without_nothing(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if member is not None and member != []}
    return [without_nothing(item) for item in value] if isinstance(value, list) else value


# --- Whole answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_read_as_its_file_says(case):
    """Under their names on the wire, the values of each answer are those of ``expected.json``."""
    expected = json.loads((ANSWERS / case / "expected.json").read_text(encoding="utf-8"))
    assert without_nothing(answer(case).model_dump(mode="json", by_alias=True)) == expected


@pytest.mark.parametrize("mode", ["python", "json"])
@pytest.mark.parametrize("case", CASES)
def test_a_dump_by_alias_is_read_back_as_the_same_result(case, mode):
    """A result can be stored by its wire names and restored, unknown elements included."""
    result = answer(case)
    assert DescribeMediaJobResult.model_validate(result.model_dump(by_alias=True, mode=mode)) == result


@pytest.mark.parametrize("case", CASES)
def test_a_result_survives_pickle_and_copy(case):
    """A result can be sent to another process and copied."""
    result = answer(case)
    assert pickle.loads(pickle.dumps(result)) == result
    assert copy.deepcopy(result) == result


def test_a_finished_job_is_typed_all_the_way_down():
    """Numbers are numbers, times are aware, lists are lists, and ratios stay text."""
    job = answer("finished-concat").job
    assert job.state is JobState.SUCCESS
    assert job.start_time == datetime(2031, 3, 9, 0, 0, 2, tzinfo=UTC)
    assert job.start_time.utcoffset() == timedelta(hours=8)
    (video,) = job.operation.media_info.stream.video
    assert (video.width, video.fps, video.avg_fps, video.dar) == (1920, 30.0, "30/1", "16:9")
    assert [audio.language for audio in job.operation.media_info.stream.audio] == ["eng", "fra"]
    assert job.operation.media_info.format.size == 5_368_709_121
    written = job.operation.media_result.output_file
    assert written.object_name == [each.object_name for each in written.md5_info]
    assert written.object_prefix is None
    template = job.operation.concat_template
    assert [each.end_time for each in template.concat_fragment] == [None, 12.0]
    assert (template.direct_concat, template.video.bitrate, template.audio.bitrate) == (False, "auto", 192)


def test_what_has_no_field_is_kept():
    """Jobs of every kind are typed, and what nobody has heard of is in ``model_extra`` as parsed."""
    snapshot, tagged, in_one_request, unheard_of = answer("other-kinds").jobs_detail
    assert snapshot.operation.snapshot.count == 5
    tags = tagged.operation.video_tag_result.stream_data.data.tags
    assert [tag.tag for tag in tags] == ["harbour", "ship"]
    assert in_one_request.operation.tts_config.input == "Good evening"
    assert unheard_of.model_extra == {"CallBack": "https://hooks.example/ci"}


def test_a_job_knows_its_kind_wherever_the_service_says_it():
    """Jobs submitted several at a time carry their kind in the operation; ``kind`` looks in both places."""
    jobs = answer("other-kinds").jobs_detail
    assert [job.kind for job in jobs] == ["Snapshot", "VideoTag", "Tts", "NobodyKnowsThis"]
    assert JobDetail().kind is None
    assert JobDetail.model_validate({"Operation": {"UserData": "x"}}).kind is None


def test_empty_elements_stand_for_nothing():
    """An empty element is None for values and containers alike, and an empty list where it may repeat."""
    job = answer("empty-containers").job
    assert (job.code, job.end_time, job.start_time, job.progress, job.input) == (None,) * 5
    assert job.workflow == []
    operation = job.operation
    assert (operation.output, operation.media_info, operation.media_result.output_file) == (None,) * 3
    template = operation.concat_template
    assert (template.audio, template.video, template.container, template.scene_change_info) == (None,) * 4
    assert template.concat_fragment == template.audio_mix == template.audio_mix_array == []


def test_ten_jobs_keep_the_order_of_the_answer():
    """The jobs of one answer come in the order in which the service sent them."""
    result = answer("ten-jobs")
    assert [job.operation.user_data for job in result.jobs_detail] == [f"part {n}" for n in range(10)]


def test_models_cannot_be_changed():
    """A model is immutable, so it can be shared between tasks."""
    job = answer("submitted-concat").job
    with pytest.raises(ValidationError, match="frozen"):
        job.state = JobState.SUCCESS


# --- Files written ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "keys"),
    [
        ("submitted-concat", ()),
        ("other-kinds", ()),
        ("empty-containers", ()),
        ("kind-Concat", ("out/heron.mp4",)),
        ("kind-Snapshot", ("frames/heron-0.jpg", "frames/heron-1.jpg", "frames/sheet-0.jpg")),
        ("kind-SmartCover", ("covers/heron-0.jpg", "covers/heron-1.jpg")),
        ("kind-Segment", ("parts/heron-0", "parts/heron-1", "parts/heron-2")),
        ("kind-VoiceSeparate", ("out/voice.mp3", "out/heron.mp3")),
        ("kind-StreamExtract", ("out/heron-v.mp4", "out/heron-a.m4a")),
        ("kind-PicProcess", ("text/heron.txt",)),
        ("kind-SpeechRecognition", ("text/heron.txt", "text/heron.json")),
        ("kind-QualityEstimate", ()),
        ("kind-MediaInfo", ()),
        ("kind-ImageInspect", ()),
    ],
)
def test_the_keys_of_the_files_written_are_at_hand(case, keys):
    """Whichever result names them, with or without a prefix, they are whole, in order and distinct."""
    assert answer(case).jobs_detail[0].output_keys == keys


def test_a_job_without_an_operation_has_written_nothing():
    """There is an empty tuple and no error where there is nothing to look into."""
    assert JobDetail().output_keys == ()


def test_a_name_that_holds_the_prefix_already_is_a_whole_key():
    """The prefix is put before a name once, whichever form the service chose."""
    named = {"ObjectPrefix": "out/a-", "ObjectName": ["0.jpg", "out/a-1.jpg"]}
    assert models.OutputFile.model_validate(named).object_keys == ("out/a-0.jpg", "out/a-1.jpg")


# --- States -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "state", "ended"),
    [
        ("submitted-concat", JobState.SUBMITTED, False),
        ("running-with-progress", JobState.RUNNING, False),
        ("paused", JobState.PAUSE, False),
        ("finished-concat", JobState.SUCCESS, True),
        ("failed", JobState.FAILED, True),
        ("cancelled", JobState.CANCEL, True),
    ],
)
def test_a_job_knows_whether_it_has_ended(case, state, ended):
    """Success, Failed and Cancel are final; everything else may still change."""
    job = answer(case).job
    assert job.state is state
    assert job.is_terminal is state.is_terminal is ended


def test_a_state_unknown_here_is_text_and_not_final():
    """A state that the service adds tomorrow does not break reading, and nobody takes it for an end."""
    job = answer("unknown-state").job
    assert job.state == "Archiving"
    assert not isinstance(job.state, JobState)
    assert not job.is_terminal


def test_a_job_without_a_state_has_not_ended():
    """Where the service sends no state, there is none, and the job is not taken for ended."""
    job = JobDetail.model_validate({"JobId": "j1"})
    assert job.state is None
    assert not job.is_terminal


# --- The only job -----------------------------------------------------------------------------------


def test_the_only_job_is_at_hand():
    """Whoever asks for one job gets it without unpacking a list."""
    result = answer("submitted-concat")
    assert result.job is result.jobs_detail[0]
    assert result.non_exist_job_ids == []


def test_a_missing_job_is_named():
    """Asking for the job that does not exist raises, with its id and the id of the exchange."""
    result = answer("one-missing").with_response(
        ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "r-1"}))
    )
    with pytest.raises(errors.JobNotFoundError) as caught:
        _ = result.job
    assert caught.value.job_id == f"j{0x31:032x}"
    assert caught.value.request_id == "r-1"


@pytest.mark.parametrize(
    ("case", "numbers"),
    [
        ("missing-repeated", [0x33, 0x32]),
        ("missing-comma-joined", [0x35, 0x34]),
        ("missing-repeated-and-joined", [0x35, 0x34, 0x36]),
    ],
)
def test_missing_ids_are_one_flat_list(case, numbers):
    """Repeated or joined by commas, the missing ids are a plain list in the order of the answer."""
    result = answer(case)
    missing = [f"j{number:032x}" for number in numbers]
    assert result.non_exist_job_ids == missing
    with pytest.raises(errors.JobNotFoundError) as caught:
        _ = result.job
    assert caught.value.job_id == ", ".join(missing)


@pytest.mark.parametrize(
    ("case", "counts"), [("ten-jobs", "10 found, 0 not"), ("found-and-missing", "1 found, 1 not")]
)
def test_an_answer_about_several_jobs_has_no_only_job(case, counts):
    """The mistake of asking several ids for *the* job is told, with what to use instead."""
    with pytest.raises(errors.ConfigurationError, match=f"{counts}.*use jobs_detail"):
        _ = answer(case).job


def test_an_answer_about_nothing_is_unreadable():
    """Neither job nor missing id is no answer to the question asked."""
    response = ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "r-2"}))
    with pytest.raises(errors.UnreadableAnswerError, match="neither a job nor") as caught:
        _ = answer("no-children").with_response(response).job
    assert caught.value.request_id == "r-2"
    assert caught.value.response is response


# --- What came with the answer ----------------------------------------------------------------------


def test_headers_are_found_in_any_case():
    """Header names are not case-sensitive, and repeated headers are joined."""
    headers = ResponseHeaders([("X-CI-Request-Id", "r-3"), ("Via", "a"), ("via", "b")])
    assert headers["x-ci-request-id"] == headers["X-Ci-Request-ID"] == "r-3"
    assert dict(headers) == {"x-ci-request-id": "r-3", "via": "a, b"}
    assert len(headers) == 2
    assert "VIA" in headers
    assert headers.get("etag") is None
    assert headers == ResponseHeaders({"x-ci-request-id": "r-3", "VIA": "a, b"})
    with pytest.raises(TypeError):
        headers["via"] = "c"


def test_the_common_headers_have_names():
    """The headers that support asks for need no look-up."""
    sent = {
        "x-ci-request-id": "r-4",
        "x-ci-trace-id": "t-4",
        "Server": "tencent-ci",
        "Date": "Sun, 09 Mar 2031 00:00:00 GMT",
    }
    response = ResponseInfo(200, ResponseHeaders(sent))
    assert [response.request_id, response.trace_id, response.server, response.date] == list(sent.values())


def test_the_storage_service_s_ids_serve_where_the_others_are_missing():
    """Answers of the storage service in front carry its own ids, and those are given then."""
    response = ResponseInfo(403, ResponseHeaders({"x-cos-request-id": "r-5", "x-cos-trace-id": "t-5"}))
    assert (response.request_id, response.trace_id) == ("r-5", "t-5")
    bare = ResponseInfo(502, ResponseHeaders())
    assert (bare.request_id, bare.trace_id, bare.server, bare.date) == (None,) * 4


def test_response_info_is_printed_without_header_values():
    """What is logged names the exchange, and leaks neither cookie nor token."""
    response = ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "r-6", "Set-Cookie": "marker"}))
    assert repr(response) == "ResponseInfo(status=200, request_id='r-6')"
    assert repr(response.headers) == "ResponseHeaders(<x-ci-request-id, set-cookie>)"


def test_response_info_is_kept_beside_the_result_and_never_dumped():
    """A result carries status and headers through pickle and copy, but they are no part of its data."""
    response = ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "r-7"}))
    bare = answer("submitted-concat")
    result = bare.with_response(response)
    assert bare.response == ResponseInfo(200, ResponseHeaders())
    assert result.response is response
    assert result.model_dump() == bare.model_dump()
    for twin in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert twin.response == response
        assert twin.request_id == "r-7"
        assert twin == result
    assert result == bare
    assert DescribeMediaJobResult.model_validate(result.model_dump(by_alias=True)) == result
    assert result != answer("one-missing")
    assert result != result.model_dump()
    assert DescribeMediaJobResult.model_validate({"New": "1"}) != DescribeMediaJobResult()


def test_the_request_id_comes_from_the_header_then_from_the_body():
    """The header names the exchange; where it is missing, the body may."""
    in_body = ServiceResult.model_validate({"RequestId": "r-body"})
    assert in_body.request_id == "r-body"
    assert in_body.with_response(ResponseInfo(200, ResponseHeaders())).request_id == "r-body"
    header = ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "r-header"}))
    assert in_body.with_response(header).request_id == "r-header"
    assert ServiceResult.model_validate({"RequestId": {"odd": "shape"}}).request_id is None
    assert ServiceResult().request_id is None


# --- The door ---------------------------------------------------------------------------------------


def test_the_door_names_everything_once_in_order():
    """``tencent_ci_async.models`` offers exactly the names it lists."""
    assert models.__all__ == sorted(set(models.__all__))
    assert all(hasattr(models, name) for name in models.__all__)
