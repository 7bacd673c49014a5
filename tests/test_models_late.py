"""Models that are imported when they are needed: nobody pays for the others, and nobody notices."""

import pickle
import subprocess
import sys

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from support.model_fields import all_paths

import tencent_ci_async
from tencent_ci_async import models
from tencent_ci_async.models import JobDetail, Operation, Transcode, Video, _late

JOB = {"JobId": "j1", "Operation": {"Transcode": {"Video": {"Width": "1280"}}, "Watermark": {"Dx": "2"}}}
LOADED = """
import sys
def loaded():
    return sorted(name.rpartition(".")[2] for name in sys.modules if name in {modules!r})
"""


def run(code, **stdin):
    """Run code in an interpreter of its own, where no model has been used."""
    modules = {f"tencent_ci_async.models.{module}" for module in _late.HOMES.values()}
    code = LOADED.format(modules=modules) + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, **stdin)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


def test_importing_the_package_imports_no_late_model():
    """A program that imports the package does not pay for a hundred kinds of nodes."""
    assert run("import tencent_ci_async; print(*loaded())") == []


def test_reading_a_job_imports_the_models_of_its_nodes_only():
    """A program that reads splicing jobs never imports what only other kinds have."""
    code = """
from tencent_ci_async.models import JobDetail
job = JobDetail.model_validate({"Operation": {"ConcatTemplate": {"Index": "1"}}})
print(job.operation.concat_template.index, *loaded())
"""
    assert run(code) == ["1", "_concat", "_transcode"]


def test_an_unpickled_job_can_be_used_at_once():
    """A process that has read nothing yet can dump, compare and copy what another one has read."""
    job = JobDetail.model_validate(JOB)
    code = """
import pickle
job = pickle.load(sys.stdin.buffer)
dumped = job.model_dump(by_alias=True, exclude_unset=True)
print(dumped["Operation"]["Transcode"]["Video"]["Width"], dumped["Operation"]["Watermark"][0]["Dx"])
print(type(job).model_validate(job.model_dump(by_alias=True)) == job == job.model_copy(deep=True))
print(len(job.model_dump_json(by_alias=True, exclude_none=True)) > 0)
"""
    assert run("import sys\n" + code, input=pickle.dumps(job)) == ["1280", "2.0", "True", "True"]


def test_a_model_made_without_checks_can_be_dumped():
    """Also where a node was put together by ``model_construct``, its job can be dumped."""
    code = """
from tencent_ci_async.models import JobDetail, Operation, Segment
made = Operation.model_construct(segment=Segment.model_construct(format="mp4"))
print(JobDetail.model_construct(operation=made).model_dump(exclude_unset=True)["operation"]["segment"]["format"])
"""
    assert run(code) == ["mp4"]


def test_threads_may_meet_the_first_node_of_a_kind_at_once():
    """Answers read in threads may need the same model for the first time, and all of them get it."""
    code = """
import sys, threading
sys.setswitchinterval(1e-6)
from tencent_ci_async.models import Operation
barrier, read = threading.Barrier(8), []
def work():
    barrier.wait()
    read.append(Operation.model_validate({"VideoTagResult": {"StreamData": {"SubErrCode": "1"}}}))
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*{operation.video_tag_result.stream_data.sub_err_code for operation in read}, len(read))
"""
    assert run(code) == ["1", "8"]


@pytest.mark.parametrize("door", [tencent_ci_async, models])
def test_late_names_are_there_for_whoever_looks(door):
    """Listing, star imports and single names work as if everything had been imported."""
    assert set(models.__all__) <= set(dir(door))
    assert door.Transcode is Transcode
    with pytest.raises(AttributeError, match="has no attribute 'Transcoder'"):
        _ = door.Transcoder
    found = run(
        f"from {door.__name__} import *\nprint(Transcode.__name__, JobTag.CONCAT, JobDetail.__name__)"
    )
    assert found == ["Transcode", "Concat", "JobDetail"]


def test_late_names_are_in_the_lists_once():
    """The list of late names and that of all names agree, and each is where it is said to be."""
    assert set(_late.HOMES) < set(models.__all__)
    for name, module in _late.HOMES.items():
        assert getattr(models, name).__module__ == f"tencent_ci_async.models.{module}"


def test_a_fault_deep_inside_is_located():
    """An error names the whole path, through nodes that were imported on the way."""
    with pytest.raises(ValidationError) as caught:
        JobDetail.model_validate({"Operation": {"Watermark": [{}, {"Image": {"Width": "wide"}}]}})
    (error,) = caught.value.errors()
    assert error["loc"] == ("Operation", "Watermark", 1, "Image", "Width")
    with pytest.raises(ValidationError, match=r"Operation\.Transcode\n"):
        JobDetail.model_validate({"Operation": {"Transcode": "fast"}})


def test_instances_are_taken_as_they_are():
    """A model that has been made is put into another one, and another kind of model is refused."""
    transcode = Transcode(video=Video(width=1280))
    assert Operation(transcode=transcode).transcode is transcode
    with pytest.raises(ValidationError, match="Transcode"):
        Operation(transcode=Video())


def test_settings_of_a_dump_reach_all_nodes():
    """What is asked of a dump holds at every depth."""
    job = JobDetail.model_validate(JOB)
    assert job.model_dump(include={"operation": {"transcode": {"video": {"width"}}}}) == {
        "operation": {"transcode": {"video": {"width": 1280}}}
    }
    assert job.model_dump(exclude={"operation": {"transcode": {"video"}}}, exclude_unset=True) == {
        "job_id": "j1",
        "operation": {"transcode": {}, "watermark": [{"dx": 2.0}]},
    }
    assert job.model_dump(exclude_none=True, exclude_defaults=True)["operation"]["watermark"] == [{"dx": 2.0}]


def described(schema, definitions, parent=""):
    """The paths of all properties that a JSON schema describes."""
    if "$ref" in schema:
        return described(definitions[schema["$ref"].rpartition("/")[2]], definitions, parent)
    inner = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    found = {path for each in inner for path in described(each, definitions, parent)}
    for name, each in schema.get("properties", {}).items():
        found |= {parent + name} | described(each, definitions, f"{parent}{name}.")
    return found


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_json_schema_describes_all_nodes(mode):
    """A web framework shows every node with all its fields, and no blank."""
    schema = JobDetail.model_json_schema(mode=mode)
    assert described(schema, schema["$defs"]) == set(all_paths(JobDetail))


def test_models_can_be_part_of_others():
    """A program's own models may have ours as fields, and lists of them can be read."""

    class Report(BaseModel):
        job: JobDetail
        transcode: Transcode | None = None

    report = Report.model_validate({"job": JOB, "transcode": {"Video": {"Width": 2}}})
    assert Report.model_validate(report.model_dump(by_alias=True)) == report
    assert TypeAdapter(list[JobDetail]).validate_python([JOB]) == [report.job]
