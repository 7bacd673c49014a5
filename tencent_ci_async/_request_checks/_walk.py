"""Every node of a request, whatever its kind: unknown names, needs, limits, and what XML can carry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar, cast

from tencent_ci_async.models import JobOutput, Operation, WireModel

from ._limits import LIMITS
from ._needs import ANSWERED, REQUIRED
from ._nodes import NODE_RULES
from ._paths import at, is_given
from ._problems import Problems, closest

__all__ = ["check_node"]

T = TypeVar("T")

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# Fields that are easily given one level too high.
_LOWER: Final[Mapping[str, tuple[str, type[WireModel]]]] = {
    "MediaJobRequest": ("operation", Operation),
    "Operation": ("output", JobOutput),
}


def check_node(node: WireModel, path: str, found: Problems) -> None:
    """Check a node, and the nodes in it.

    Args:
        node: The node.
        path: Where it is, as the user wrote it.
        found: Where to note problems.
    """
    _check_unknown(node, path, found)
    for name, why in _entry(node, REQUIRED).items():
        if not is_given(getattr(node, name)):
            found.missing(at(path, name), why)
    for name, why in _entry(node, ANSWERED).items():
        if is_given(getattr(node, name)):
            found.wrong(at(path, name), why)
    limits = _entry(node, LIMITS)
    answered = _entry(node, ANSWERED)
    for name in type(node).model_fields:
        value = getattr(node, name)
        if name in answered or value is None:
            continue
        limit = limits.get(name)
        complaint = limit.complaint(value) if limit is not None and is_given(value) else None
        if complaint is not None:
            found.doubt(at(path, name), complaint)
        _check_value(value, at(path, name), found)
    for base in type(node).__mro__:
        if rule := NODE_RULES.get(base.__name__):
            rule(node, path, found)


def _entry(node: WireModel, table: Mapping[str, Mapping[str, T]]) -> Mapping[str, T]:
    for base in type(node).__mro__:
        if entry := table.get(base.__name__):
            return entry
    return {}


def _check_value(value: object, path: str, found: Problems) -> None:
    if isinstance(value, WireModel):
        check_node(value, path, found)
    elif isinstance(value, str):
        if bad := _NO_XML.search(value):
            found.wrong(path, f"holds the character U+{ord(bad[0]):04X}, which XML cannot carry")
    elif isinstance(value, Mapping):
        _check_mapping(cast("Mapping[object, object]", value), path, found)
    elif isinstance(value, list | tuple):
        _check_items(cast("Sequence[object]", value), path, found)
    elif value is not None and not isinstance(value, bool | int | float | datetime):
        found.wrong(path, f"is of type {type(value).__name__}, which has no form in XML")


def _check_mapping(members: Mapping[object, object], path: str, found: Problems) -> None:
    for name, each in members.items():
        if isinstance(name, str) and _NAME.fullmatch(name):
            _check_value(each, at(path, name), found)
        else:
            found.wrong(path, f"has the key {name!r}, which is no name of an XML element")


def _check_items(items: Sequence[object], path: str, found: Problems) -> None:
    # A lone operation is written as the user sees it: not as the first of a list.
    lone = path == "operation" and len(items) == 1
    for number, each in enumerate(items):
        place = path if lone else f"{path}[{number}]"
        if isinstance(each, list | tuple):
            found.wrong(place, "is a list in a list, which XML does not have")
        else:
            _check_value(each, place, found)


def _check_unknown(node: WireModel, path: str, found: Problems) -> None:
    known = type(node).model_fields
    for name, value in (node.model_extra or {}).items():
        wire_names = {str(field.serialization_alias): field_name for field_name, field in known.items()}
        near = closest(name, [*known, *wire_names])
        hint = f": did you mean {wire_names.get(near, near)!r}?" if near is not None else _lower(node, name)
        found.doubt(at(path, name), f"is not known to this library{hint}")
        if not _NAME.fullmatch(name):
            found.wrong(at(path, name), "is no name of an XML element")
        _check_value(value, at(path, name), found)


def _lower(node: WireModel, name: str) -> str:
    for base in type(node).__mro__:
        below, model = _LOWER.get(base.__name__, ("", WireModel))
        if below and closest(name, model.model_fields) == name:
            return f": it belongs in {below}"
    return ""
