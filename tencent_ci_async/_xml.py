"""Bytes to dictionary: the only room that knows xmltodict.

xmltodict does the reading; what it does not promise is kept here: no document type declarations, and
limits on depth, elements, attributes and text, so that a hostile answer costs little and is refused by type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, cast
from xml.parsers import expat

import xmltodict

from .errors import UnreadableAnswerError

__all__ = ["MAX_ATTRIBUTES", "MAX_DEPTH", "MAX_NODES", "MAX_TEXT_LENGTH", "Document", "parse_document"]

MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000
MAX_ATTRIBUTES: Final = 10_000
MAX_TEXT_LENGTH: Final = 1_000_000

_StartHandler = Callable[[str, list[str]], None]
_EndHandler = Callable[[str], None]


class Document(NamedTuple):
    """A parsed document: the name of its root element and what stands in it."""

    root: str
    children: Mapping[str, object]


def parse_document(body: bytes) -> Document:
    """Return the root and the children of an XML document; attributes are ignored.

    An element that repeats is a list, one that does not is alone, and an empty one is None: the models
    put that right field by field, since the same name is a list at one path and single at another.

    Args:
        body: The whole document. It is fed to the parser in one piece, since old versions of expat scan
            a long token again for each piece.

    Raises:
        UnreadableAnswerError: It is not well-formed, declares a document type, or passes a limit.
    """
    reason = ""
    parsed: object = None
    try:
        # The count of "<" is at least that of the elements, and costs next to nothing.
        guard = _Guard(count_nodes=body.count(b"<") > MAX_NODES)
        parsed = xmltodict.parse(body, xml_attribs=False, expat=guard)
        if len(body) > MAX_TEXT_LENGTH:
            _check_text_lengths(parsed)
    except _LimitError as error:
        reason = str(error)
    except (expat.ExpatError, LookupError, ValueError) as error:
        reason = f"it is not well-formed XML ({error})"
    if reason:
        raise UnreadableAnswerError(f"the document was refused: {reason}")
    ((root, content),) = cast("dict[str, object]", parsed).items()
    if isinstance(content, dict):
        return Document(root, cast("dict[str, object]", content))
    return Document(root, {} if content is None else {"#text": content})


class _LimitError(Exception):
    """A limit of this room was passed."""


class _Guard:
    """Stands in for the expat module when xmltodict asks it for a parser."""

    def __init__(self, *, count_nodes: bool) -> None:
        self._count_nodes = count_nodes

    def ParserCreate(self, encoding: str | None, namespace_separator: str | None) -> _GuardedParser:  # noqa: N802 - expat's name
        parser = expat.ParserCreate(encoding, namespace_separator)
        parser.StartDoctypeDeclHandler = _refuse_declaration
        return _GuardedParser(parser, count_nodes=self._count_nodes)


class _GuardedParser:
    """An expat parser whose element handlers are wrapped on their way in.

    xmltodict hands over its handlers as attributes, the one for starts before the one for ends.
    """

    def __init__(self, parser: expat.XMLParserType, *, count_nodes: bool) -> None:
        # The instance dictionary is used directly because __setattr__ belongs to xmltodict.
        self.__dict__["_parser"] = parser
        self.__dict__["_count_nodes"] = count_nodes
        self.__dict__["_start"] = None

    def __setattr__(self, name: str, value: object) -> None:
        own = self.__dict__
        if name == "StartElementHandler":
            own["_start"] = value
        elif name == "EndElementHandler":
            start, end = _guarded(own["_start"], cast("_EndHandler", value))
            if own["_count_nodes"]:
                start = _counted(start)
            own["_parser"].StartElementHandler = start
            own["_parser"].EndElementHandler = end
        else:
            setattr(own["_parser"], name, value)

    def Parse(self, data: bytes, is_final: bool) -> int:  # noqa: FBT001, N802 - expat's signature
        parser: expat.XMLParserType = self.__dict__["_parser"]
        return parser.Parse(data, is_final)


def _guarded(start: _StartHandler, end: _EndHandler) -> tuple[_StartHandler, _EndHandler]:
    # Closures over one integer: this runs twice per element, and attribute access would triple its cost.
    depth = 0
    most_attribute_parts = 2 * MAX_ATTRIBUTES

    def start_element(name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _LimitError(f"it is nested deeper than {MAX_DEPTH} elements")
        if len(attributes) > most_attribute_parts:
            raise _LimitError(f"an element has more than {MAX_ATTRIBUTES} attributes")
        start(name, attributes)

    def end_element(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    return start_element, end_element


def _counted(start: _StartHandler) -> _StartHandler:
    nodes = 0

    def start_element(name: str, attributes: list[str]) -> None:
        nonlocal nodes
        nodes += 1
        if nodes > MAX_NODES:
            raise _LimitError(f"it has more than {MAX_NODES} elements")
        start(name, attributes)

    return start_element


def _refuse_declaration(*_: object) -> None:
    raise _LimitError("it declares a document type")


def _check_text_lengths(parsed: object) -> None:
    waiting = [parsed]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            waiting.extend(members)
            waiting.extend(members.values())
        elif isinstance(value, list):
            waiting.extend(cast("list[object]", value))
        elif isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
            raise _LimitError(f"a name or a text is longer than {MAX_TEXT_LENGTH} characters")
