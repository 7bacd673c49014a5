"""The bodies of requests, read with suspicion: by a parser of the simulator's own, which knows no DTD."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, cast
from xml.parsers import expat

from ._log import RecordedRequest
from ._refusals import RefusedError, invalid_argument

__all__ = ["allow_only", "items", "node", "read_request", "text"]

_DEEPEST: Final = 40
_XML_TYPES: Final = frozenset({"application/xml", "text/xml"})


def read_request(request: RecordedRequest) -> dict[str, object]:
    """Return what stands in the ``Request`` of a body: texts, None, mappings, and lists of what repeats.

    Raises:
        RefusedError: There is no body, it was damaged on its way, or it is no such document.

    Source: Tencent Cloud CI API, Common Request Headers and Error Codes.
    """
    if "content-length" not in request.headers:
        raise RefusedError(411, "MissingContentLength", "The header Content-Length is missing")
    if not request.body:
        raise RefusedError(400, "MissingContent", "The request body is missing")
    _check_headers(request)
    reader = _Reader()
    try:
        reader.read(request.body)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise _invalid_content(f"The request body is not well-formed: {error}") from error
    if reader.root != "Request":
        raise _invalid_content("The root element of the request body must be Request")
    return reader.children


def text(node: Mapping[str, object], name: str) -> str | None:
    """Return the text of a child; None when it is missing or empty, the last where it repeats.

    Raises:
        RefusedError: The child holds elements.
    """
    value = node.get(name)
    if isinstance(value, list):
        value = cast("list[object]", value)[-1]
    if isinstance(value, Mapping):
        raise invalid_argument(f"{name} must hold text")
    return str(value).strip() or None if value is not None else None


def node(parent: Mapping[str, object], name: str) -> Mapping[str, object] | None:
    """Return a child that holds elements; None when it is missing.

    Raises:
        RefusedError: The child holds text, or it repeats.
    """
    value = parent.get(name)
    if value is None:
        return {} if name in parent else None
    if not isinstance(value, Mapping):
        raise invalid_argument(f"{name} must hold elements, and be there once")
    return cast("Mapping[str, object]", value)


def items(parent: Mapping[str, object], name: str) -> list[object]:
    """Return the children of a name, however many there are."""
    value = parent.get(name)
    if isinstance(value, (list, tuple)):
        return list(cast("Sequence[object]", value))
    return [] if value is None else [value]


def allow_only(parent: Mapping[str, object], names: frozenset[str], where: str) -> None:
    """Check that a node has no children but these.

    Raises:
        RefusedError: It has; the message names the first.
    """
    for name in parent:
        if name not in names:
            raise invalid_argument(f"{where} has no use for {name}")


def _check_headers(request: RecordedRequest) -> None:
    content_type = request.headers.get("content-type", "application/xml").partition(";")[0].strip().lower()
    if content_type not in _XML_TYPES:
        raise invalid_argument("The header Content-Type must be application/xml")
    sent = request.headers.get("content-md5")
    digest = hashlib.md5(request.body, usedforsecurity=False).digest()
    if sent is not None and sent != base64.b64encode(digest).decode():
        raise _invalid_content("The request body does not match the header Content-MD5")


def _invalid_content(message: str) -> RefusedError:
    return RefusedError(400, "InvalidContent", message)


class _Reader:
    """Makes one document into mappings."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.children: dict[str, object] = {}
        self._open: list[tuple[str, dict[str, object], list[str]]] = []

    def read(self, body: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._read_text
        parser.Parse(body, True)

    def _refuse_doctype(self, *_declared: object) -> None:
        raise _invalid_content("The request body must not have a document type")

    def _start(self, name: str, _attributes: object) -> None:
        if len(self._open) >= _DEEPEST:
            raise _invalid_content("The request body is nested too deeply")
        self._open.append((name, {}, []))

    def _read_text(self, data: str) -> None:
        self._open[-1][2].append(data)

    def _end(self, _name: str) -> None:
        name, children, pieces = self._open.pop()
        if not self._open:
            self.root, self.children = name, children
            return
        value: object = children or "".join(pieces) or None
        siblings = self._open[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(before := siblings[name], list):
            cast("list[object]", before).append(value)
        else:
            siblings[name] = [before, value]
