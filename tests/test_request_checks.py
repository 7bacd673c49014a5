"""Requests are checked before they are sent: what is refused, what is let through, and in which words."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.model_fields import instances, texts
from support.requests import (
    PARAMETERS,
    concat,
    field_of,
    fragments,
    only_problem,
    operation_of,
    refused,
    request_of,
    tts,
)

from tencent_ci_async import (
    AIGCMetadata,
    Audio,
    ConcatFragment,
    ConfigurationError,
    DigitalWatermark,
    ExtractDigitalWatermark,
    JobInput,
    JobOutput,
    JobTag,
    MediaInfo,
    MediaJobRequest,
    MediaResult,
    NodeNeed,
    NoiseReduction,
    Operation,
    PosterProduction,
    Segment,
    SmartCover,
    Snapshot,
    Watermark,
    WatermarkText,
    WireModel,
)
from tencent_ci_async._operations import document
from tencent_ci_async._request_checks import check_request

TEMPLATE = "operation.concat_template"

# --- Every kind of job ------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", JobTag)
def test_a_small_request_of_each_kind_is_good(tag):
    """What the pages require is enough, and leaves nothing to complain about."""
    assert refused(request_of(tag)) == []


def required_nodes():
    for tag in JobTag:
        for node in tag.nodes.required:
            yield tag, {field_of(node)}
        for group in tag.nodes.one_of:
            yield tag, {field_of(node) for node in group}


@pytest.mark.parametrize(("tag", "names"), list(required_nodes()))
def test_a_kind_without_a_node_that_it_needs_is_refused_by_name(tag, names):
    """The message names the node that is missing, and what can stand in for it."""
    request = request_of(tag, **dict.fromkeys(names & set(PARAMETERS[tag]), None))
    problems = [each for each in refused(request) if " is missing: jobs of kind" in each]
    assert len(problems) == 1
    assert any(problems[0].startswith(f"operation.{name} is missing") for name in names)
    assert all(name in problems[0] for name in names)
    assert str(tag) in problems[0]


@pytest.mark.parametrize(
    ("tag", "name"), [(tag, name) for tag, names in required_nodes() for name in names & set(PARAMETERS[tag])]
)
def test_an_empty_node_is_as_good_as_none(tag, name):
    """A node without content is not written, so it does not count as given."""
    value = PARAMETERS[tag][name]
    empty = [] if isinstance(value, list) else type(value)()
    problems = refused(request_of(tag, **{name: empty}))
    assert any(each.startswith(f"operation.{name} is missing: jobs") for each in problems)


@pytest.mark.parametrize("tag", [tag for tag in JobTag if tag.nodes.template])
def test_a_template_stands_in_for_parameters_but_not_next_to_them(tag):
    """With a template, the inline parameters would be ignored: that is a mistake, not a default."""
    groups = [group for group in tag.nodes.one_of if "TemplateId" in group]
    inline = field_of(groups[0][-1] if groups else tag.nodes.parameters[0])
    assert refused(request_of(tag, template_id="t1", **{inline: None})) == []
    value = PARAMETERS[tag].get(inline) or {
        "smart_cover": SmartCover(count=2),
        "noise_reduction": NoiseReduction(format="mp3"),
    }.get(inline)
    assert only_problem(request_of(tag, template_id="t1", **{inline: value})) == (
        f"operation.{inline} would be ignored: template_id beats it; give one of the two"
    )


@pytest.mark.parametrize("tag", [tag for tag in JobTag if not tag.nodes.template])
def test_a_template_for_a_kind_that_has_none_is_refused(tag):
    assert only_problem(request_of(tag, template_id="t1")).startswith(
        "operation.template_id would be ignored: there are no templates"
    )


@pytest.mark.parametrize("tag", JobTag)
def test_a_node_of_another_kind_is_refused(tag):
    """The message says which kinds the node belongs to."""
    name = "snapshot" if tag is not JobTag.SNAPSHOT else "segment"
    value = Snapshot(count=1) if name == "snapshot" else Segment(format="mp4")
    assert only_problem(request_of(tag, **{name: value})) == (
        f"operation.{name} does not belong to jobs of kind {tag}, but to {name.title()}"
    )


@pytest.mark.parametrize("tag", JobTag)
def test_input_is_needed_or_useless_by_kind(tag):
    need = tag.nodes.input
    if need == NodeNeed.REQUIRED:
        assert only_problem(request_of(tag, input=None)).startswith("input is missing: jobs of kind")
        assert any(each.startswith("input is missing") for each in refused(request_of(tag, input=JobInput())))
    elif need == NodeNeed.NONE:
        given = only_problem(request_of(tag, input=JobInput(object="in.mp4")))
        assert given.startswith("input would be ignored: jobs of kind")
    else:
        assert refused(request_of(tag, input=JobInput(object="in.mp4"))) == []


@pytest.mark.parametrize("tag", JobTag)
def test_output_is_needed_or_useless_by_kind(tag):
    need = tag.nodes.output
    if need == NodeNeed.NONE:
        given = only_problem(request_of(tag, output=JobOutput(object="out.mp4")))
        assert given.startswith("operation.output would be ignored: jobs of kind")
    elif tag is not JobTag.IMAGE_OCR:
        assert only_problem(request_of(tag, output=None)).startswith("operation.output is missing: jobs of")
        bare = refused(request_of(tag, output=JobOutput(force="true")))
        node = "stream_extract" if tag is JobTag.STREAM_EXTRACT else "object"
        assert any(each.startswith(f"operation.output.{node} is missing: ") for each in bare)


@pytest.mark.parametrize(
    "tag", [JobTag.MEDIA_INFO, JobTag.QUALITY_ESTIMATE, JobTag.SOUND_HOUND, JobTag.IMAGE_INSPECT]
)
def test_some_kinds_need_no_operation(tag):
    """Such jobs exist: what needs no parameter and writes no file can be submitted by its kind alone."""
    assert refused(MediaJobRequest(tag=tag, input=JobInput(object="in.mp4"))) == []


def test_other_kinds_need_an_operation():
    problem = only_problem(MediaJobRequest(tag="Snapshot", input=JobInput(object="in.mp4")))
    assert problem == "operation is missing: it says what to do"
    assert "operation is missing: it says what to do" in refused(MediaJobRequest())


# --- Names, and what nobody knows ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (
            concat(concat_fragments=[]),
            f"{TEMPLATE}.concat_fragments is not known to this library: did you mean 'concat_fragment'?",
        ),
        (
            concat(DirectConcatenate="true"),
            f"{TEMPLATE}.DirectConcatenate is not known to this library: did you mean 'direct_concat'?",
        ),
        (
            concat(audio=Audio(codec="mp3", sample_rate=44100)),
            f"{TEMPLATE}.audio.sample_rate is not known to this library: did you mean 'samplerate'?",
        ),
        (
            concat(request={"user_data": "x"}),
            "user_data is not known to this library: it belongs in operation",
        ),
        (
            request_of(JobTag.MEDIA_INFO, object="x"),
            "operation.object is not known to this library: it belongs in output",
        ),
        (request_of(JobTag.MEDIA_INFO, zzz="x"), "operation.zzz is not known to this library"),
    ],
)
def test_a_misspelt_field_is_refused_with_the_nearest_name(request_, problem):
    """Models keep what they do not know, so a typo would be sent, and ignored by the service."""
    assert only_problem(request_) == problem


def test_what_the_service_adds_tomorrow_can_be_let_through():
    """allow_unknown sends new fields, kinds of jobs, nodes and values, but nothing that cannot be right."""
    request = MediaJobRequest(
        tag="Hologram",
        operation=Operation(NewNode={"Depth": "3"}, user_data="x" * 2000, snapshot=Snapshot(count=20_000)),
    )
    assert len(refused(request)) == 4
    assert refused(request, allow_unknown=True) == []
    for bad in (concat(container=None), concat(fragments=fragments((5, 3), (0, 1)))):
        assert refused(bad, allow_unknown=True) == refused(bad) != []


def test_the_way_out_is_told_where_it_leads_out():
    with pytest.raises(ConfigurationError, match=r"\(allow_unknown=True sends it as it is\)$"):
        check_request(concat(concat_fragments=[]))
    with pytest.raises(ConfigurationError) as caught:
        check_request(concat(container=None, concat_fragments=[]))
    assert "allow_unknown" not in str(caught.value)


def test_all_problems_are_told_at_once_up_to_ten():
    """One error lists everything, so that nobody has to try again for each mistake."""
    request = concat(
        fragments=[ConcatFragment(start_time=5, end_time=1) for _ in range(6)],
        container=None,
        request={"tag": None, "call_back": "x"},
    )
    with pytest.raises(ConfigurationError) as caught:
        check_request(request)
    head, *lines = str(caught.value).splitlines()
    assert head == "the request was not sent, 15 things are wrong:"
    assert len(lines) == 11
    assert lines[-1] == "- and 5 more"
    assert all(line.startswith("- ") for line in lines)


def test_something_else_than_a_request_is_refused():
    with pytest.raises(ConfigurationError, match="of type dict, not MediaJobRequest"):
        check_request({"Tag": "Concat"})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"operation": "x"}, "operation.0 cannot be read"),
        ({"input": "in.mp4"}, "input cannot be read"),
        ({"operation": Operation(output=JobOutput()).model_copy(update={"job_level": "high"})}, "job_level"),
    ],
)
def test_a_copy_with_a_value_of_another_type_is_refused_by_name(changes, problem):
    """``model_copy`` takes anything, so what it took is looked at before anything is sent."""
    with pytest.raises(ConfigurationError, match=problem):
        check_request(request_of(JobTag.CONCAT).model_copy(update=changes))


def test_a_copy_may_be_given_what_the_constructor_takes():
    """A lone operation, and numbers as text, are what they would have been in the first place."""
    operation = operation_of(JobTag.CONCAT)
    request = request_of(JobTag.CONCAT)
    copied = request.model_copy(update={"operation": operation.model_copy(update={"job_level": "1"})})
    assert check_request(copied).operation == [operation.model_copy(update={"job_level": 1})]


# --- Several operations -------------------------------------------------------------------------------


def several(*operations, **fields):
    return MediaJobRequest(input=JobInput(object="in.mp4"), operation=list(operations), **fields)


def test_several_operations_of_several_kinds():
    """Each is checked as its own kind; they share the input."""
    kinds = [JobTag.TRANSCODE, JobTag.SNAPSHOT, JobTag.MEDIA_INFO]
    assert refused(several(*(operation_of(kind, tag=kind) for kind in kinds))) == []
    bad = several(
        operation_of(JobTag.TRANSCODE, tag="Transcode"),
        operation_of(JobTag.CONCAT, tag="Concat", output=JobOutput(force="true")),
    )
    assert only_problem(bad) == "operation[1].output.object is missing: the key of the file to write"


def test_each_of_several_operations_has_its_own_kind():
    operation = operation_of(JobTag.TRANSCODE)
    assert refused(several(operation, operation, tag="Transcode")) == [
        "tag would be ignored: with several operations, each has a tag of its own",
        "operation[0].tag is missing: with several operations, each has a tag of its own",
        "operation[1].tag is missing: with several operations, each has a tag of its own",
    ]


def test_six_operations_are_the_most():
    operation = operation_of(JobTag.MEDIA_INFO, tag="MediaInfo")
    assert refused(several(*[operation] * 6)) == []
    assert only_problem(several(*[operation] * 7)) == "operation has 7 items: at most 6 are allowed"


def test_an_unknown_kind_among_several():
    problem = only_problem(
        several(operation_of(JobTag.MEDIA_INFO, tag="MediaInfo"), Operation(tag="Snapshots", job_level=1))
    )
    assert (
        problem
        == "operation[1].tag is 'Snapshots', a kind of job that is not known: did you mean 'Snapshot'?"
    )


# --- What only the service writes, and what XML cannot carry -------------------------------------------


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (request_of(JobTag.MEDIA_INFO, media_info=MediaInfo(format={"Size": "1"})), "operation.media_info"),
        (
            request_of(JobTag.TRANSCODE, media_result=MediaResult(output_file={"Bucket": "b"})),
            "operation.media_result",
        ),
        (request_of(JobTag.TRANSCODE, template_name="mine"), "operation.template_name"),
        (request_of(JobTag.MEDIA_INFO, input=JobInput(object="a", bucket_id="b-1")), "input.bucket_id"),
        (request_of(JobTag.MEDIA_INFO, input=JobInput(object="a", region="r")), "input.region"),
        (
            request_of(JobTag.MEDIA_INFO, input=JobInput(object="a", cos_headers=[{"Key": "k"}])),
            "input.cos_headers",
        ),
        (
            request_of(
                JobTag.DIGITAL_WATERMARK,
                digital_watermark=DigitalWatermark(message="m", type="Text", version="V1", state="Running"),
            ),
            "operation.digital_watermark.state",
        ),
        (
            request_of(
                JobTag.EXTRACT_DIGITAL_WATERMARK,
                extract_digital_watermark=ExtractDigitalWatermark(type="Text", version="V1", message="m"),
            ),
            "operation.extract_digital_watermark.message",
        ),
    ],
)
def test_what_the_service_answers_with_is_no_part_of_a_request(request_, path):
    """A job that was read cannot be sent back as it is; the message says which nodes to leave out."""
    assert only_problem(request_).startswith(f"{path} is what the service answers with: ")
    assert refused(request_, allow_unknown=True) == refused(request_)


def test_every_result_node_is_refused():
    """All nodes that only answers have are on the list."""
    for tag in JobTag:
        request = request_of(tag)
        for node in set(tag.nodes.results) - {"ExtractDigitalWatermark"}:
            name = field_of(node)
            operation = request.operation[0].model_copy(update={name: WireModel.model_validate({"X": "1"})})
            problems = refused(request.model_copy(update={"operation": [operation]}))
            assert any(each.startswith(f"operation.{name} is what the service") for each in problems)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (
            tts(input="a\x00b"),
            "operation.tts_config.input holds the character U+0000, which XML cannot carry",
        ),
        (
            request_of(JobTag.TRANSCODE, output=JobOutput(object="\ufffe.mp4")),
            "operation.output.object holds the character U+FFFE, which XML cannot carry",
        ),
        (
            request_of(
                JobTag.POSTER_PRODUCTION, poster_production=PosterProduction(info={"not a name": "x"})
            ),
            "operation.poster_production.info has the key 'not a name', which is no name of an XML element",
        ),
        (
            request_of(JobTag.POSTER_PRODUCTION, poster_production=PosterProduction(info={"A": [["x"]]})),
            "operation.poster_production.info.A[0] is a list in a list, which XML does not have",
        ),
        (
            request_of(JobTag.POSTER_PRODUCTION, poster_production=PosterProduction(info={"A": b"x"})),
            "operation.poster_production.info.A is of type bytes, which has no form in XML",
        ),
    ],
)
def test_what_xml_cannot_carry_is_refused(request_, problem):
    """What could not arrive as it was meant is not sent, whatever is let through otherwise."""
    assert only_problem(request_) == problem
    assert refused(request_, allow_unknown=True) == [problem]


def test_texts_of_any_script_pass():
    assert refused(tts(input="“早安”, Ærøskøbing\n\tnaïve 👋")) == []
    assert refused(
        request_of(JobTag.SEGMENT, segment=Segment(format="mp4", aigc_metadata=AIGCMetadata(label="1")))
    ) == [
        "operation.segment.aigc_metadata.content_producer is missing: who made the content",
        "operation.segment.aigc_metadata.produce_id is missing: the producer's number for it",
    ]


def test_a_watermark_needs_all_that_places_it():
    assert refused(request_of(JobTag.WATERMARK, watermark=[Watermark(text=WatermarkText(text="x"))])) == [
        f"operation.watermark[0].{name} is missing: {why}"
        for name, why in {
            "type": "'Text' or 'Image'",
            "loc_mode": "'Relativity' for percents, 'Absolute' for pixels",
            "dx": "the horizontal distance",
            "dy": "the vertical distance",
            "pos": "the corner or side that it is measured from, such as 'TopRight'",
            "text.font_size": "5 to 100 pixels",
            "text.font_type": "the font",
            "text.font_color": "a colour such as '0xFF8800'",
            "text.transparency": "1 to 100",
        }.items()
    ]


# --- On the wire -------------------------------------------------------------------------------------


def told(value):
    """What a value says, by the names of its attributes, without what is empty."""
    if isinstance(value, WireModel):
        members = {name: getattr(value, name) for name in type(value).model_fields}
        value = {**members, **(value.model_extra or {})}
    if isinstance(value, dict):
        said = {name: told(each) for name, each in value.items()}
        return {name: each for name, each in said.items() if each not in (None, {}, [])}
    if isinstance(value, list | tuple):
        # An operation without any content still is one, but leaves nothing to read.
        return [each for each in map(told, value) if each not in (None, {}, [])]
    return value


def read_independently(element):
    """An element as nested dictionaries, by the standard library's reader."""
    if len(element) == 0:
        return element.text
    members = {}
    for child in element:
        members.setdefault(child.tag, []).append(read_independently(child))
    return {name: values[0] if len(values) == 1 else values for name, values in members.items()}


@st.composite
def requests(draw):
    """A request of any kind that passes the checks, with as many drawn fields as those let through."""
    tag = draw(st.sampled_from(JobTag))
    request = request_of(tag)
    operation = request.operation[0]
    for name in ("output", *(field_of(node) for node in tag.nodes.parameters)):
        node = getattr(operation, name)
        if not isinstance(node, WireModel):
            continue
        drawn = draw(instances(type(node)))
        for field in [*drawn.model_fields_set, *(drawn.model_extra or {})]:
            if told(getattr(node, field, None)) in (None, []):
                richer = node.model_copy(update={field: getattr(drawn, field)})
                candidate = operation.model_copy(update={name: type(node).model_validate(dict(richer))})
                changed = request.model_copy(update={"operation": [candidate]})
                if not refused(changed, allow_unknown=True):
                    node, operation, request = getattr(candidate, name), candidate, changed
    more = {"user_data": draw(st.none() | texts), "custom_id": draw(st.none() | texts)}
    return request.model_copy(update={"operation": [operation.model_copy(update=more)]})


@settings(max_examples=150, deadline=None)
@given(requests())
def test_what_passes_arrives_as_it_was_meant(request_):
    """A reader that shares nothing with this library finds in the document what the request says."""
    assert refused(request_, allow_unknown=True) == []
    root = ET.fromstring(document("Request", request_))  # noqa: S314 - written a line before
    assert root.tag == "Request"
    assert told(MediaJobRequest.model_validate(read_independently(root))) == told(request_)


@pytest.mark.parametrize("tag", JobTag)
def test_the_smallest_requests_arrive_as_they_were_meant(tag):
    root = ET.fromstring(document("Request", request_of(tag)))  # noqa: S314 - written a line before
    assert told(MediaJobRequest.model_validate(read_independently(root))) == told(request_of(tag))
    assert [child.tag for child in root if child.tag != "Input"] == ["Tag", "Operation"]
