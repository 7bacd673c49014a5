"""Models that a program makes, by the names of attributes: what they become, and that nothing is lost."""

import pytest
import xmltodict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.model_fields import MODELS, instances

from tencent_ci_async._xml import parse_document
from tencent_ci_async.models import (
    AIGCMetadata,
    Animation,
    FlashSentence,
    FlashWord,
    ImageOCR,
    JobDetail,
    JobInput,
    MediaInfo,
    Operation,
    PosterProduction,
    SDRtoHDR,
    Segment,
    Snapshot,
    TimeInterval,
    Transcode,
    TransConfig,
    TtsConfig,
    Video,
    Watermark,
    WatermarkText,
)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(instances(JobDetail))
def test_any_job_can_be_written_as_xml_and_read_back(job):
    """What a program makes survives being written down as XML, whatever nodes it has."""
    document = {"Response": {"JobsDetail": job.model_dump(by_alias=True, mode="json")}}
    read = parse_document(xmltodict.unparse(document).encode()).children["JobsDetail"]
    assert JobDetail.model_validate(read or {}) == job


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(MODELS).flatmap(instances))
def test_any_model_can_be_dumped_and_read_back(instance):
    """Under the names on the wire and under those of the attributes, every model is restored as it was."""
    model = type(instance)
    for by_alias in (True, False):
        assert model.model_validate(instance.model_dump(by_alias=by_alias)) == instance
        assert model.model_validate_json(instance.model_dump_json(by_alias=by_alias)) == instance


def test_an_operation_is_made_from_the_same_models():
    """A request is written down in Python names and goes out in those of the service."""
    operation = Operation(
        transcode=Transcode(video=Video(width=1280, fps=25), time_interval=TimeInterval(start=1.5)),
        watermark=[Watermark(type="Text", text=WatermarkText(text="heron", font_size=30))],
        watermark_template_id=["t1", "t2"],
    )
    assert operation.model_dump(by_alias=True, exclude_unset=True, mode="json") == {
        "Transcode": {"Video": {"Width": 1280, "Fps": 25.0}, "TimeInterval": {"Start": 1.5}},
        "Watermark": [{"Type": "Text", "Text": {"Text": "heron", "FontSize": 30}}],
        "WatermarkTemplateId": ["t1", "t2"],
    }


@pytest.mark.parametrize(
    ("instance", "wire"),
    [
        (Operation(sdr_to_hdr=SDRtoHDR(hdr_mode="HLG")), {"SDRtoHDR": {"HdrMode": "HLG"}}),
        (Operation(image_ocr=ImageOCR(is_pdf=True)), {"ImageOCR": {"IsPdf": True}}),
        (
            TransConfig(is_hdr2sdr=True, aigc_metadata=AIGCMetadata(produce_id="1", propagate_id="2")),
            {"IsHdr2Sdr": True, "AIGCMetadata": {"ProduceID": "1", "PropagateID": "2"}},
        ),
        (Snapshot(ci_param="imageMogr2/rotate/90"), {"CIParam": "imageMogr2/rotate/90"}),
        (
            FlashSentence(start_time=5, word_list=[FlashWord(word="heron", end_time=9)]),
            {"start_time": 5, "word_list": [{"word": "heron", "end_time": 9}]},
        ),
        (PosterProduction(info={"headline": "Low water"}), {"Info": {"headline": "Low water"}}),
    ],
)
def test_names_that_follow_no_rule_are_those_of_the_service(instance, wire):
    """Where the service writes capitals or snake case, so does the dump, and Python names stay plain."""
    assert instance.model_dump(by_alias=True, exclude_unset=True) == wire
    assert type(instance).model_validate(wire) == instance


@pytest.mark.parametrize(
    ("name", "text_in", "container_in"),
    [
        ("TimeInterval", Snapshot, Animation),
        ("Input", TtsConfig, JobDetail),
        ("Text", WatermarkText, Watermark),
        ("Format", Segment, MediaInfo),
    ],
)
def test_the_same_name_is_read_by_its_place(name, text_in, container_in):
    """A name that stands for text in one node and for a container in another is typed in each."""
    read = container_in.model_validate({name: {"New": "1"}})
    assert container_in.model_validate(read.model_dump(by_alias=True)) == read
    with pytest.raises(ValidationError, match=name):
        container_in.model_validate({name: "2"})
    assert str(text_in.model_validate({name: "2"}).model_dump(by_alias=True)[name]) in {"2", "2.0"}
    with pytest.raises(ValidationError, match=name):
        text_in.model_validate({name: {"New": "1"}})


def test_a_model_may_hold_what_the_service_does_not_know_yet():
    """Names without a field can be given too, and are dumped as they are."""
    assert JobInput(object="a.mp4", NewThing="x").model_dump(by_alias=True, exclude_unset=True) == {
        "Object": "a.mp4",
        "NewThing": "x",
    }
