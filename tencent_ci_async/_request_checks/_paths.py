"""Where something stands in a request, and whether anything stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tencent_ci_async.models import WireModel

__all__ = ["at", "is_given"]


def at(path: str, name: str) -> str:
    """Return the path of a field of a node; the request itself has the empty path."""
    return f"{path}.{name}" if path else name


def is_given(value: object) -> bool:
    """Return whether a value leaves a trace in the document: what is empty is not written."""
    if isinstance(value, WireModel):
        fields = (getattr(value, name) for name in type(value).model_fields)
        return any(map(is_given, fields)) or any(map(is_given, (value.model_extra or {}).values()))
    if isinstance(value, Mapping):
        return any(map(is_given, cast("Mapping[str, object]", value).values()))
    return value is not None and value != []
