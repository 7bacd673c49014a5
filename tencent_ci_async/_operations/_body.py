"""Requests as the service reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from tencent_ci_async._xml import compose_document
from tencent_ci_async.models import WireModel

__all__ = ["document"]


def document(root: str, model: WireModel) -> bytes:
    """Return a model as the XML document that the service reads; what is None or empty is left out.

    Args:
        root: The name of the root element.
        model: What stands in it.
    """
    children = cast("Mapping[str, object]", _written(model.model_dump(by_alias=True, exclude_none=True)))
    return compose_document(root, children)


def _written(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        written = {name: _written(each) for name, each in members.items()}
        return {name: each for name, each in written.items() if each not in (None, {}, [])}
    if isinstance(value, list | tuple):
        return [_written(each) for each in cast("Sequence[object]", value)]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Not every reader of decimal numbers knows an exponent.
        return format(Decimal(repr(value)).normalize(), "f")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S%z")
    return value if value is None else str(value)
