"""The kinds of jobs: all their nodes are typed, and the table of nodes says the same as the models."""

import json
from pathlib import Path

import pytest
import xmltodict
from support.model_fields import fields_by_wire_name, is_model, untyped

from tencent_ci_async.models import DescribeMediaJobResult, JobDetail, JobState, JobTag, Operation

ROOT = Path(__file__).parent
ANSWERS = ROOT / "data" / "answers"
PAGE = ROOT.parent / "docs" / "reference" / "job-types.md"
NODES = fields_by_wire_name(Operation)
# What any kind of job may have.
OF_ALL = {"Tag", "TemplateId", "TemplateName", "UserData", "JobLevel", "Output", "Input", "CustomId"}


def children(tag):
    body = (ANSWERS / f"kind-{tag}" / "body.xml").read_bytes()
    return xmltodict.parse(body, xml_attribs=False)["Response"]


def as_callback(value):
    """The JSON form of an answer: every leaf is text, and empty containers are left out."""
    if isinstance(value, dict):
        return {name: as_callback(each) for name, each in value.items() if each is not None}
    return [as_callback(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("tag", JobTag)
def test_every_node_of_every_kind_is_typed(tag):
    """A finished job of each kind leaves nothing behind in ``model_extra``, at any depth."""
    job = DescribeMediaJobResult.model_validate(children(tag)).job
    assert (job.kind, job.state) == (tag, JobState.SUCCESS)
    assert untyped(job) == []


@pytest.mark.parametrize("tag", JobTag)
def test_a_callback_in_json_is_read_as_the_xml_is(tag):
    """Whether jobs come as XML or as JSON, alone or in a list, with numbers or text, they are the same."""
    jobs = as_callback(children(tag))["JobsDetail"]
    expected = DescribeMediaJobResult.model_validate(children(tag)).job
    jobs["Operation"]["JobLevel"] = int(jobs["Operation"]["JobLevel"])
    for form in (jobs, [jobs]):
        written = json.dumps({"EventName": "TaskFinish", "JobsDetail": form})
        assert DescribeMediaJobResult.model_validate_json(written).job == expected
        assert DescribeMediaJobResult.model_validate(json.loads(written)).job == expected


@pytest.mark.parametrize("tag", JobTag)
def test_a_kind_has_the_nodes_that_the_table_says(tag):
    """What is said about a kind of job are the nodes that a finished one of it has, and no others."""
    nodes = tag.nodes
    present = set(children(tag)["JobsDetail"]["Operation"]) - OF_ALL
    assert present == {*nodes.parameters, *nodes.results}
    groups = {name for group in nodes.one_of for name in group}
    assert {*nodes.required, *groups} <= {*nodes.parameters, "TemplateId"}
    assert nodes.template or "TemplateId" not in groups


def test_every_node_belongs_to_a_kind():
    """No node of an operation is left out of the table, and the table names none that does not exist."""
    named = {name for tag in JobTag for name in (*tag.nodes.parameters, *tag.nodes.results)}
    assert named == set(NODES) - OF_ALL


def test_a_kind_is_compared_with_text():
    """What a job says about its kind can be compared with a tag and looked up as one."""
    job = JobDetail(tag="Concat")
    assert job.kind == JobTag.CONCAT
    assert JobTag(job.kind).nodes.parameters == ("ConcatTemplate",)
    assert not job.kind.startswith("Job")


def link(node):
    kind, _ = NODES[node]
    if not is_model(kind):
        return f"``{node}``"
    target = node if kind.__name__ == node else f"{node} <{kind.__name__}>"
    return f"{{py:obj}}`{target}`"


def row(tag):
    nodes = tag.nodes
    cells = [
        f"`{tag}`",
        ", ".join(map(link, nodes.parameters)) or "none",
        ", ".join(map(link, nodes.results)) or "none known",
        "yes" if nodes.template else "no",
        nodes.input.value,
        nodes.output.value,
    ]
    return f"| {' | '.join(cells)} |"


def test_the_page_has_the_table():
    """The reference shows the nodes of each kind as the models have them, in the order of the tags."""
    shown = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert shown == [row(tag) for tag in JobTag]
