"""Models as XML, in the service's own shape: its names, its way to write times and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Final, cast
from xml.sax.saxutils import escape

__all__ = ["DECLARATION", "element"]

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'

# XML 1.0 has no way to write these.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# These would give orders to a terminal, or turn the direction of writing; a reference to them does not.
_RISKY: Final = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def element(name: str, value: object, *, depth: int = 0) -> Iterator[str]:
    """Yield the lines of an element; of a list, those of an element for each item.

    Args:
        name: Its name. What cannot be one is left out.
        value: Text, a number, a flag, a time, a mapping of names to these, or a list.
        depth: How far to indent.
    """
    margin = "  " * depth
    if not _NAME.fullmatch(name) or value is None:
        return
    if isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from element(name, item, depth=depth)
    elif isinstance(value, Mapping):
        yield f"{margin}<{name}>"
        for child, inner in cast("Mapping[str, object]", value).items():
            yield from element(child, inner, depth=depth + 1)
        yield f"{margin}</{name}>"
    else:
        text = escape(_UNWRITABLE.sub("?", _written(value)))
        yield f"{margin}<{name}>{_RISKY.sub(_reference, text)}</{name}>"


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S%z}"
    return str(value.value) if isinstance(value, Enum) else str(value)
