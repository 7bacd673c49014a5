"""The nodes that a kind of job needs, may have, and would ignore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tencent_ci_async.models import JobTag, Operation

from ._concat import check_concat
from ._paths import at, is_given
from ._problems import Problems

if TYPE_CHECKING:
    from tencent_ci_async.models import AnimationVideo

__all__ = ["check_kind", "needs_operation"]

# What any kind of job may have. Input and Output are looked at elsewhere, results with single nodes.
_OF_ALL: Final = frozenset({"tag", "user_data", "job_level", "output", "input", "custom_id"})
_RESULTS: Final = frozenset(name for tag in JobTag for name in tag.nodes.results)
_TEMPLATES: Final[Mapping[str, str]] = {
    "watermark_template_id": "watermark",
    "transcode_template_id": "transcode",
}


def needs_operation(tag: JobTag) -> bool:
    """Return whether a request for a kind of job must have an operation at all.

    Source: Tencent Cloud SDKs for COS; answers about jobs that were submitted without one.
    """
    nodes = tag.nodes
    return bool(nodes.required or nodes.one_of or nodes.output != "none")


def check_kind(operation: Operation, tag: JobTag, path: str, found: Problems, *, with_input: bool) -> None:
    """Check which nodes an operation has.

    Args:
        operation: The operation.
        tag: Its kind.
        path: Where it stands.
        found: Where to note problems.
        with_input: Whether the request has an input.

    Source: Tencent Cloud CI API, the pages of the kinds of jobs; Tencent Cloud SDKs for COS.
    """
    nodes = tag.nodes
    names = _field_names()
    given = {name for name in names.values() if is_given(getattr(operation, name))}
    for wire_name in nodes.required:
        if names[wire_name] not in given:
            found.missing(at(path, names[wire_name]), f"jobs of kind {tag.value} need it")
    for group in nodes.one_of:
        members = [names[wire_name] for wire_name in group]
        if given.isdisjoint(members):
            inline, instead = members[-1], " or ".join(members[:-1])
            found.missing(at(path, inline), f"jobs of kind {tag.value} need it, or {instead}")
    _check_foreign(given, tag, path, found)
    _check_beaten(given, tag, path, found)
    if tag is JobTag.CONCAT and operation.concat_template is not None and operation.template_id is None:
        place = at(path, "concat_template")
        check_concat(operation.concat_template, place, found, with_input=with_input)
    elif (
        tag is JobTag.ANIMATION and operation.animation is not None and operation.animation.video is not None
    ):
        _check_frames(operation.animation.video, at(path, "animation.video"), found)


def _field_names() -> Mapping[str, str]:
    """Return the names of the fields of an operation by their names on the wire."""
    fields = Operation.model_fields.items()
    return {str(field.serialization_alias): name for name, field in fields}


def _check_foreign(given: set[str], tag: JobTag, path: str, found: Problems) -> None:
    names = _field_names()
    own = {names[wire_name] for wire_name in tag.nodes.parameters}
    own |= {names[wire_name] for wire_name in _RESULTS - set(tag.nodes.parameters)}
    for name in sorted(given - own - _OF_ALL):
        if name == "template_name" or (name == "template_id" and tag.nodes.template):
            continue
        if name == "template_id":
            found.doubt(
                at(path, name), f"would be ignored: there are no templates for jobs of kind {tag.value}"
            )
        else:
            found.doubt(at(path, name), f"does not belong to jobs of kind {tag.value}{_belongs(name)}")


def _belongs(name: str) -> str:
    wire_name = str(Operation.model_fields[name].serialization_alias)
    kinds = [tag.value for tag in JobTag if wire_name in tag.nodes.parameters]
    return f", but to {', '.join(kinds)}" if kinds else ""


def _check_beaten(given: set[str], tag: JobTag, path: str, found: Problems) -> None:
    names = _field_names()
    beaten = dict(_TEMPLATES)
    if tag.nodes.template:
        groups = [group for group in tag.nodes.one_of if "TemplateId" in group]
        # Where neither is needed, the kind has one node of parameters.
        inline = groups[0][-1] if groups else tag.nodes.parameters[0]
        beaten["template_id"] = names[inline]
    for template, name in beaten.items():
        if {template, name} <= given:
            found.doubt(at(path, name), f"would be ignored: {template} beats it; give one of the two")


def _check_frames(video: AnimationVideo, path: str, found: Problems) -> None:
    chosen = (video.animate_time_interval_of_frame, video.animate_frames_per_second)
    if video.animate_only_keep_key_frame is False and chosen == (None, None):
        why = "without key frames only, it or animate_time_interval_of_frame is needed"
        found.missing(at(path, "animate_frames_per_second"), why)
