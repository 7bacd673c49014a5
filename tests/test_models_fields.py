"""How single fields read what the service writes, and that all documented fields are there."""

import ast
import inspect
import itertools
import json
import re
import textwrap
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.model_fields import (
    MODELS,
    NOTHING,
    all_paths,
    documents,
    fields_by_wire_name,
    is_model,
    unknown,
)

from tencent_ci_async import models
from tencent_ci_async.models import (
    AudioMix,
    DescribeMediaJobResult,
    JobDetail,
    JobState,
    MediaFormat,
    MediaInfo,
    MediaStream,
    Operation,
    OutputFile,
    StreamExtractOutput,
    Video,
    VideoStream,
    WireModel,
)

SCHEMA = json.loads((Path(__file__).parent / "data" / "schema_fields.json").read_text(encoding="utf-8"))
BEIJING = timezone(timedelta(hours=8))


# --- Values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(
    ("model", "name"),
    [
        (JobDetail, "Code"),
        (JobDetail, "State"),
        (JobDetail, "Progress"),
        (JobDetail, "EndTime"),
        (MediaFormat, "Duration"),
        (VideoStream, "Fps"),
        (AudioMix, "Replace"),
    ],
)
def test_nothing_is_none_for_every_type_of_value(model, name, nothing):
    """Missing, empty, blank and ``-`` values are None, so one check is enough."""
    assert model.model_validate({name: nothing}) == model()


def test_a_number_that_ffprobe_does_not_know_is_none():
    """``N/A`` is nothing where a number or a time is expected, and text elsewhere."""
    assert JobDetail.model_validate({"Progress": "N/A", "EndTime": "N/A", "Message": "N/A"}) == JobDetail(
        message="N/A"
    )
    assert VideoStream.model_validate({"Fps": "0/0", "Duration": "N/A"}) == VideoStream()


@pytest.mark.parametrize(
    "written",
    [
        "2022-06-27T15:23:12+0800",
        "2022-06-27 15:23:12+0800",
        "2022-06-27T15:23:12+08:00",
        "2022-06-27T07:23:12Z",
        " 2022-06-27T15:23:12+0800\n",
        datetime(2022, 6, 27, 15, 23, 12, tzinfo=BEIJING),
    ],
)
def test_times_are_aware(written):
    """However a time is written, it is a point in time with an offset."""
    read = JobDetail.model_validate({"CreationTime": written}).creation_time
    assert read == datetime(2022, 6, 27, 7, 23, 12, tzinfo=UTC)
    assert read.tzinfo is not None


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "2022-13-27T15:23:12+0800",
        "2022-06-27T15:23:12",
        "2022-06-27",
        "1656314592",
        1656314592,
        datetime(2022, 6, 27, 15, 23, 12),  # noqa: DTZ001 - the point of the case
    ],
)
def test_a_time_that_cannot_be_placed_is_refused(written):
    """No time is guessed: neither an offset nor what a bare number may mean."""
    with pytest.raises(ValidationError, match="CreationTime"):
        JobDetail.model_validate({"CreationTime": written})


@pytest.mark.parametrize(
    ("model", "name", "written", "read"),
    [
        (JobDetail, "Progress", "30", 30),
        (JobDetail, "Progress", " 30 ", 30),
        (JobDetail, "Progress", 30.0, 30),
        (Video, "Width", "1280.0", 1280),
        (VideoStream, "Level", "-99", -99),
        (MediaFormat, "Size", "9007199254740993", 9_007_199_254_740_993),
        (MediaFormat, "Duration", "834.736000", 834.736),
        (MediaFormat, "Duration", "11", 11.0),
        (VideoStream, "Fps", "30000/1001", 30000 / 1001),
        (VideoStream, "Fps", "50/1", 50.0),
        (VideoStream, "AvgFps", "24/1", "24/1"),
        (VideoStream, "AvgFps", "25.000000", "25.000000"),
        (VideoStream, "Sar", "0:1", "0:1"),
        (AudioMix, "Replace", "true", True),
        (AudioMix, "Replace", "false", False),
        (Operation, "JobLevel", 0, 0),
        (JobDetail, "Code", 0, "0"),
        (Video, "Bitrate", 1000, "1000"),
        (JobDetail, "State", JobState.FAILED, JobState.FAILED),
    ],
)
def test_values_are_read_by_their_type(model, name, written, read):
    """A number is a number whatever its spelling, and text is text even where JSON has a number."""
    (value,) = model.model_validate({name: written}).model_dump(exclude_unset=True).values()
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    ("model", "name", "written"),
    [
        (JobDetail, "Progress", "half"),
        (JobDetail, "Progress", "834.7"),
        (MediaFormat, "Duration", "long"),
        (MediaFormat, "Duration", "nan"),
        (MediaFormat, "Duration", "1e999"),
        (VideoStream, "Fps", "fast/slow"),
        (AudioMix, "Replace", "perhaps"),
        (JobDetail, "Code", {"#text": "Success", "b": "bold"}),
        (JobDetail, "State", {"#text": "Success"}),
        (JobDetail, "CreationTime", {"#text": "2022-06-27T15:23:12+0800"}),
        (JobDetail, "Progress", {"#text": "30"}),
        (JobDetail, "Operation", "some text"),
        (JobDetail, "Workflow", "some text"),
        (OutputFile, "ObjectName", {"#text": "a"}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(model, name, written):
    """What cannot be understood is an error that names the field, never a wrong value."""
    with pytest.raises(ValidationError, match=name):
        model.model_validate({name: written})


@pytest.mark.parametrize(
    ("written", "read"), [(["a", "b"], "b"), (["a", "-"], None), (["a", None], None), ([], None)]
)
def test_of_a_repeated_value_the_last_counts(written, read):
    """The service repeats some elements by mistake; the last one is what it means."""
    assert JobDetail.model_validate({"QueueId": written}).queue_id == read
    assert JobDetail.model_validate({"State": ["Running", "Success"]}).state is JobState.SUCCESS


@pytest.mark.parametrize("nothing", NOTHING[:-1])
def test_an_empty_container_is_none(nothing):
    """A container without content is None in XML and in JSON."""
    assert MediaInfo.model_validate({"Format": nothing, "Stream": nothing}) == MediaInfo()


def test_of_a_repeated_container_the_last_counts_that_says_anything():
    """One odd element costs no answer; several models for one are a mistake all the same."""
    both = [{"Bitrate": "1"}, {"Bitrate": "2"}]
    for written in (both, [*both, None], [None, *both, " "]):
        assert MediaInfo.model_validate({"Format": written}).format == MediaFormat(bitrate=2)
    assert MediaInfo.model_validate({"Format": [None, None]}).format is None
    for wrong in ([MediaFormat(bitrate=1), MediaFormat(bitrate=2)], ["text", both[0]]):
        with pytest.raises(ValidationError, match="Format"):
            MediaInfo.model_validate({"Format": wrong})


def test_a_key_is_kept_as_it_is():
    """Text is not touched: blanks and dashes inside a key belong to it."""
    assert OutputFile.model_validate({"ObjectName": " - b", "Bucket": "-b"}).model_dump(
        exclude_unset=True
    ) == {
        "object_name": [" - b"],
        "bucket": "-b",
    }


# --- Lists ------------------------------------------------------------------------------------------

keys = st.text(min_size=1).filter(lambda key: key.strip(" \t\r\n") not in {"", "-"})


@given(st.lists(st.one_of(keys, st.sampled_from(NOTHING[:-1]))))
def test_a_list_is_its_items_without_the_empty_ones(items):
    """Order and repetition are kept; only empty elements go."""
    read = OutputFile.model_validate({"ObjectName": items}).object_name
    assert read == [item for item in items if item not in NOTHING]
    assert OutputFile.model_validate({"ObjectName": read}).object_name == read


@given(keys)
def test_a_lone_element_is_a_list_of_one(key):
    """One element and a list of one read the same."""
    lone, listed = (OutputFile.model_validate({"ObjectName": each}) for each in (key, [key]))
    assert lone == listed == OutputFile(object_name=(key,))
    assert lone.object_name == [key]


@pytest.mark.parametrize("nothing", NOTHING)
def test_no_element_is_an_empty_list(nothing):
    """A list field is always a list, so it can be looped over without a check."""
    assert MediaStream.model_validate({"Audio": nothing}).audio == []
    assert DescribeMediaJobResult.model_validate({"NonExistJobIds": nothing}).non_exist_job_ids == []


@given(st.lists(st.lists(st.sampled_from(["j1", "j2", " j3 ", "", "-", " "]), min_size=1).map(",".join)))
def test_missing_ids_are_flattened(elements):
    """However the missing ids are grouped, the list is flat, stripped and in order."""
    read = DescribeMediaJobResult.model_validate({"NonExistJobIds": elements}).non_exist_job_ids
    assert read == re.findall(r"j\d", ",".join(elements))


# --- The whole schema -------------------------------------------------------------------------------


def test_every_documented_field_is_there_with_its_type_and_cardinality():
    """The models hold exactly the fields of the schema: none missing, none invented, each of its type."""
    types_of = {"str": str, "ratio": str, "fps": str, "int": int, "float": float, "bool": bool}
    types_of |= {"datetime": datetime, "map": dict}
    documented = {row["path"]: (types_of.get(row["type"], "container"), row["list"]) for row in SCHEMA}
    modelled = {
        path: ("container" if is_model(kind) else kind, is_list)
        for path, (kind, is_list) in all_paths(DescribeMediaJobResult).items()
    }
    assert modelled == documented


def attribute_docstrings(model):
    """The texts that stand below the fields of a class and of its bases, as the documentation shows them."""
    found = {}
    for kind in reversed([each for each in model.__mro__ if issubclass(each, WireModel)]):
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        for statement, following in itertools.pairwise(definition.body):
            if isinstance(statement, ast.AnnAssign) and isinstance(following, ast.Expr):
                found[statement.target.id] = inspect.cleandoc(following.value.value)
    return found


@pytest.mark.parametrize("model", MODELS)
def test_every_field_is_optional_and_explained(model):
    """A model can be made from nothing, and each field says in a sentence what it is."""
    assert model.model_validate({}) == model()
    explained = attribute_docstrings(model)
    for name in model.model_fields:
        assert re.fullmatch(r"\S.*\.", explained.get(name, "")), f"{model.__name__}.{name}"


@pytest.mark.parametrize("model", [model for model in MODELS if model is not models.ServiceResult])
def test_every_model_names_its_source(model):
    """Each class says which page or source its fields are taken from."""
    assert re.search(r"^\s*Source: \w", model.__doc__, re.MULTILINE)


# --- Anything at all --------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(documents(JobDetail))
def test_any_job_can_be_stored_and_restored(document):
    """Reading, dumping by alias and reading again changes nothing, in every mode."""
    job = JobDetail.model_validate(document)
    assert JobDetail.model_validate(job.model_dump(by_alias=True)) == job
    assert JobDetail.model_validate(job.model_dump(by_alias=True, mode="json")) == job
    assert JobDetail.model_validate_json(job.model_dump_json(by_alias=True)) == job


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(MODELS), st.data())
def test_any_document_is_read_or_refused(model, data):
    """Whatever the shape of a document, there is a model or a validation error, and no other exception."""
    names = sorted(fields_by_wire_name(model)) or ["RequestId"]
    document = data.draw(st.dictionaries(st.sampled_from(names), unknown, max_size=4))
    try:
        read = model.model_validate(document)
    except ValidationError as refused:
        places = {error["loc"][0] for error in refused.errors()}
    else:
        places = set()
        assert model.model_validate(read.model_dump(by_alias=True)) == read
    assert places <= set(names)


def test_what_callbacks_call_output_is_the_object():
    """Both names are kept, and the name to use holds the key whichever was sent."""
    called_back = StreamExtractOutput.model_validate({"Index": "0", "Output": "a.mp4"})
    assert (called_back.object, called_back.output) == (None, "a.mp4")
    job = JobDetail.model_validate(
        {
            "Operation": {
                "Output": {
                    "StreamExtract": [{"Output": "a"}, {"Object": "b"}, {"Object": "c", "Output": "d"}]
                }
            }
        }
    )
    streams = job.operation.output.stream_extract
    assert [each.object for each in streams] == ["a", "b", "c"]
    assert [each.output for each in streams] == ["a", None, "d"]
    assert JobDetail.model_validate(job.model_dump()) == job
