"""Jobs, plans and faults as JSON says them, for tests that are not written in Python."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, cast

from tencent_ci_async.errors import ConfigurationError

from ._faults import Fault

if TYPE_CHECKING:
    from ._fake import FakeCI

__all__ = ["add_jobs", "fault_from", "make_plan", "members_of"]

_Made = TypeVar("_Made")

_SECONDS: Final = "a number of seconds, or 'forever'"
_TEXT: Final = "a text"
_NUMBER: Final = "a number"
_COUNT: Final = "a whole number"
_BOOLEAN: Final = "true or false"
_OBJECT: Final = "an object"
_TEXTS: Final = "a list of texts"
_TEXT_OR_NULL: Final = "a text, or null"
_COUNT_OR_NULL: Final = "a whole number, or null"

_LIFE: Final = {
    "waits_for": _SECONDS,
    "runs_for": _SECONDS,
    "appears_after": _SECONDS,
    "outcome": _TEXT,
    "code": _TEXT,
    "message": _TEXT,
    "results": _OBJECT,
}
_JOB: Final = _LIFE | {
    "tag": _TEXT,
    "job_id": _TEXT,
    "submitted_ago": _SECONDS,
    "input_object": _TEXT_OR_NULL,
    "output_object": _TEXT_OR_NULL,
    "reports_progress": _BOOLEAN,
    "operation": _OBJECT,
    "queue_id": _TEXT,
    "workflow_id": _TEXT,
    "family": _TEXT,
}
_PLAN: Final = _LIFE | {"tag": _TEXT_OR_NULL, "fail_share": _NUMBER, "times": _COUNT_OR_NULL}
_FOR_ALL_FAULTS: Final = {"times": _COUNT_OR_NULL, "job_ids": _TEXTS}
_FAULTS: Final[Mapping[str, tuple[Callable[..., Fault], Mapping[str, str]]]] = {
    "status": (
        Fault.status,
        {"status": _COUNT, "code": _TEXT, "message": _TEXT, "headers": _OBJECT, "served": _BOOLEAN},
    ),
    "body": (Fault.body, {"status": _COUNT, "body": _TEXT, "body_base64": _TEXT, "headers": _OBJECT}),
    "delay": (Fault.delay, {"seconds": _SECONDS}),
    "stall": (Fault.stall, {"served": _BOOLEAN}),
    "trickle": (Fault.trickle, {"interval": _SECONDS, "piece_bytes": _COUNT}),
    "reset": (Fault.reset, {"served": _BOOLEAN}),
    "close": (Fault.close, {"served": _BOOLEAN}),
    "cut": (Fault.cut, {"after_bytes": _COUNT}),
    "raw": (Fault.raw, {"data": _TEXT, "data_base64": _TEXT}),
    "answer_for": (Fault.answer_for, {"answered_job_ids": _TEXTS}),
}
_NAMES: Final = {"job_ids": "when", "answered_job_ids": "job_ids"}


def add_jobs(fake: FakeCI, document: object) -> list[str]:
    """Add one job, or a list of them, each an object with the arguments of ``FakeCI.add_job``; all or none.

    Raises:
        ConfigurationError: It is no such document; the message names the job and the member.
    """
    nodes = cast("list[object]", document) if isinstance(document, list) else [document]
    many = isinstance(document, list)
    jobs = [_arguments(node, _JOB, f"job {n}" if many else "the job") for n, node in enumerate(nodes, 1)]
    added: list[str] = []
    for number, job in enumerate(jobs, 1):
        try:
            added.append(_called(fake.add_job, job))
        except ConfigurationError as error:
            for job_id in added:
                fake.forget(job_id)
            raise ConfigurationError(f"job {number}: {error}" if many else str(error)) from error
    return added


def make_plan(fake: FakeCI, document: object) -> None:
    """Make a plan: an object with the arguments of ``FakeCI.plan``.

    Raises:
        ConfigurationError: It is no such document.
    """
    _called(fake.plan, _arguments(document, _PLAN, "the plan"))


def fault_from(document: object) -> Fault:
    """Return a fault: an object with its ``kind`` and the arguments of that method of ``Fault``.

    Raises:
        ConfigurationError: It is no such document.
    """
    members = members_of(document, "the fault")
    kind = members.pop("kind", None)
    if not isinstance(kind, str) or kind not in _FAULTS:
        _refuse(f"the fault's kind must be one of {', '.join(_FAULTS)}, not {kind!r}")
    make, types = _FAULTS[kind]
    arguments = _arguments(members, {**types, **_FOR_ALL_FAULTS}, f"the fault of kind {kind}")
    return _called(make, {_NAMES.get(name, name): value for name, value in _decoded(arguments)})


def members_of(document: object, what: str) -> dict[str, object]:
    """Return the members of a JSON object.

    Raises:
        ConfigurationError: It is another kind of document.
    """
    if not isinstance(document, Mapping):
        _refuse(f"{what} must be an object, such as {{...}}, not {document!r:.60}")
    return dict(cast("Mapping[str, object]", document))


def _arguments(document: object, types: Mapping[str, str], what: str) -> dict[str, object]:
    members = members_of(document, what)
    for name, value in members.items():
        if name not in types:
            _refuse(f"{what} has no use for {name!r}; it may have {', '.join(sorted(types))}")
        if not _CHECKS[types[name]](value):
            _refuse(f"{name} of {what} must be {types[name]}, not {value!r:.60}")
        if types[name] is _SECONDS and value == "forever":
            members[name] = math.inf
    return members


def _decoded(arguments: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return the arguments with bytes where a fault needs them."""
    decoded: list[tuple[str, object]] = []
    for name, value in arguments.items():
        if name in {"body", "data"}:
            decoded.append((name, str(value).encode()))
        elif name.endswith("_base64"):
            try:
                decoded.append((name.removesuffix("_base64"), base64.b64decode(str(value), validate=True)))
            except binascii.Error:
                _refuse(f"{name} is no base64")
        else:
            decoded.append((name, value))
    return decoded


def _called(function: Callable[..., _Made], arguments: Mapping[str, object]) -> _Made:
    try:
        return function(**arguments)
    except TypeError as error:
        # All kinds of values were looked at, so that what is left is an argument that is missing.
        raise ConfigurationError(str(error).partition(" ")[2]) from error


def _refuse(message: str) -> NoReturn:
    raise ConfigurationError(message)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in cast("Sequence[object]", value))


_CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    _SECONDS: lambda value: _is_number(value) or value == "forever",
    _TEXT: lambda value: isinstance(value, str),
    _NUMBER: _is_number,
    _COUNT: _is_count,
    _BOOLEAN: lambda value: isinstance(value, bool),
    _OBJECT: lambda value: isinstance(value, Mapping),
    _TEXTS: _is_texts,
    _TEXT_OR_NULL: lambda value: value is None or isinstance(value, str),
    _COUNT_OR_NULL: lambda value: value is None or _is_count(value),
}
