"""Templates: what they are, the calls about them, and what a job takes from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ._documents import compose, wire_time
from ._log import RecordedRequest
from ._paging import page_of, parameters, split_ids
from ._reading import read_request, text
from ._refusals import invalid_argument
from ._rules import check_concat, complete_kind
from ._state import State

__all__ = [
    "FakeTemplate",
    "create_template",
    "delete_template",
    "describe_templates",
    "fits",
    "job_parameters",
    "update_template",
]

_QUERY: Final = frozenset({"tag", "category", "ids", "name", "pageNumber", "pageSize"})
_CATEGORIES: Final = frozenset({"Custom", "Official"})
_LONGEST_NAME: Final = 64
# Templates of these kinds are for jobs of another.
_JOB_TAGS: Final = {"HighSpeedHd": "Transcode", "TranscodePro": "Transcode"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeTemplate:
    """A template of the simulator.

    Attributes:
        template_id: The id.
        tag: The kind of template, such as ``Concat``.
        name: The name.
        parameters: What it says, by the wire names, as it was given.
        category: ``Custom``, or ``Official`` for one of the service's own.
        created: When it was made, in epoch seconds.
        updated: When it was changed last, in epoch seconds.
    """

    template_id: str
    tag: str
    name: str
    parameters: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    category: str = "Custom"
    created: float = 0.0
    updated: float = 0.0


def create_template(state: State, request: RecordedRequest) -> bytes:
    """Answer CreateMediaTemplate.

    Source: Tencent Cloud CI API, CreateMediaTemplate.
    """
    tag, name, given = _read(state, request)
    now = state.clock()
    made = FakeTemplate(
        template_id=state.next_template_id(), tag=tag, name=name, parameters=given, created=now, updated=now
    )
    state.templates[made.template_id] = made
    return _told(state, request, made)


def describe_templates(state: State, request: RecordedRequest) -> bytes:
    """Answer DescribeMediaTemplates.

    Source: Tencent Cloud CI API, DescribeMediaTemplates.
    """
    asked = parameters(request, _QUERY, strict=state.strict)
    category = asked.get("category", "Custom")
    if category not in _CATEGORIES:
        raise invalid_argument("category must be Custom or Official")
    ids = split_ids(asked.get("ids", ""))
    found = [
        template
        for template in state.templates.values()
        if template.category == category
        and asked.get("tag", "All") in {"All", template.tag}
        and (not ids or template.template_id in ids)
        and template.name.startswith(asked.get("name", ""))
    ]
    page = page_of(found, asked)
    shown = [_template_node(state, template) for template in page.items]
    return compose("Response", {"RequestId": request.request_id, **page.counts, "TemplateList": shown})


def update_template(state: State, request: RecordedRequest, template_id: str) -> bytes:
    """Answer UpdateMediaTemplate: all that the template says is replaced.

    Source: Tencent Cloud CI API, UpdateMediaTemplate.
    """
    tag, name, given = _read(state, request)
    template = _own(state, template_id)
    if tag != template.tag:
        raise invalid_argument(f"Tag must stay {template.tag}")
    changed = replace(template, name=name, parameters=given, updated=state.clock())
    state.templates[template_id] = changed
    return _told(state, request, changed)


def delete_template(state: State, request: RecordedRequest, template_id: str) -> bytes:
    """Answer DeleteMediaTemplate.

    Source: Tencent Cloud CI API, DeleteMediaTemplate.
    """
    del state.templates[_own(state, template_id).template_id]
    return compose("Response", {"RequestId": request.request_id, "TemplateId": template_id})


def fits(template: FakeTemplate, tag: str) -> bool:
    """Return whether a template is for jobs of a kind."""
    return _JOB_TAGS.get(template.tag, template.tag) == tag


def job_parameters(template: FakeTemplate) -> dict[str, object]:
    """Return what a template stands for in the ``Operation`` of a job."""
    tag = _JOB_TAGS.get(template.tag, template.tag)
    kind = complete_kind(tag)
    own = set(kind.nodes.parameters) if kind is not None else set[str]()
    if template.parameters and tag in own and own.isdisjoint(template.parameters):
        # Templates of some kinds have their parameters one level higher than jobs have them.
        return {tag: dict(template.parameters)}
    return dict(template.parameters)


def _read(state: State, request: RecordedRequest) -> tuple[str, str, dict[str, object]]:
    children = read_request(request)
    tag, name = text(children, "Tag"), text(children, "Name")
    if tag is None:
        raise invalid_argument("Tag is missing")
    if name is None or len(name) > _LONGEST_NAME:
        raise invalid_argument(f"Name is missing, or longer than {_LONGEST_NAME} characters")
    given = {each: value for each, value in children.items() if each not in {"Tag", "Name"}}
    if tag == "Concat":
        check_concat(given, "Request", has_input=False, strict=state.strict)
    return tag, name, given


def _own(state: State, template_id: str) -> FakeTemplate:
    template = state.templates.get(template_id)
    if template is None:
        raise invalid_argument(f"The template {template_id} does not exist")
    if template.category != "Custom":
        raise invalid_argument(f"The template {template_id} belongs to the service")
    return template


def _told(state: State, request: RecordedRequest, template: FakeTemplate) -> bytes:
    node = _template_node(state, template)
    return compose("Response", {"RequestId": request.request_id, "Template": node})


def _template_node(state: State, template: FakeTemplate) -> dict[str, object]:
    return {
        "Tag": template.tag,
        "TemplateId": template.template_id,
        "Name": template.name,
        "BucketId": state.bucket,
        "Category": template.category,
        **template.parameters,
        "CreateTime": wire_time(template.created),
        "UpdateTime": wire_time(template.updated),
    }
