"""Bytes to dictionary and back: the only room that knows xmltodict.

xmltodict says what the dictionary is. What it does not promise is kept here: no document type declarations,
and limits on depth, elements, attributes and text, so that a hostile answer costs little and is refused by
type. Documents of ordinary size take a shorter way to the same dictionary, since the parsing is most of
what a job costs; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, cast
from xml.parsers import expat

import xmltodict

from .errors import UnreadableAnswerError

__all__ = [
    "MAX_ATTRIBUTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_TEXT_LENGTH",
    "Document",
    "compose_document",
    "parse_document",
    "parse_quickly",
    "parse_thoroughly",
]

MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000
MAX_ATTRIBUTES: Final = 10_000
MAX_TEXT_LENGTH: Final = 1_000_000

_LONGEST_REASON: Final = 200

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
        if len(body) <= MAX_TEXT_LENGTH and body.count(b"<") <= MAX_NODES:
            parsed = parse_quickly(body)
        else:
            parsed = parse_thoroughly(body)
    except _LimitError as error:
        reason = str(error)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # The parser may quote the name of an encoding, which can be as long as the body.
        reason = f"it is not well-formed XML ({str(error)[:_LONGEST_REASON]})"
    if reason:
        raise UnreadableAnswerError(f"the document was refused: {reason}")
    ((root, content),) = cast("dict[str, object]", parsed).items()
    if isinstance(content, dict):
        return Document(root, cast("dict[str, object]", content))
    return Document(root, {} if content is None else {"#text": content})


def compose_document(root: str, children: Mapping[str, object]) -> bytes:
    """Return an XML document.

    Args:
        root: The name of the root element.
        children: Text, mappings and lists of them, by the names of their elements.
    """
    return xmltodict.unparse({root: children}, encoding="utf-8").encode()


class _LimitError(Exception):
    """A limit of this room was passed."""


def parse_quickly(body: bytes) -> object:  # noqa: C901 - three small handlers over one state
    """Return what xmltodict would, without attributes, in less than half the time.

    The body must be too short to hold too many elements or too long a text.
    """
    waiting: list[tuple[dict[str, object] | None, str]] = []
    children: dict[str, object] | None = None
    text = ""
    most_attribute_parts = 2 * MAX_ATTRIBUTES

    # Three closures over two names: this runs for every element and every text of every answer.
    def start_element(_name: str, attributes: list[str]) -> None:
        nonlocal children, text
        if len(waiting) >= MAX_DEPTH:
            raise _LimitError(_TOO_DEEP)
        if len(attributes) > most_attribute_parts:
            raise _LimitError(_TOO_MANY_ATTRIBUTES)
        waiting.append((children, text))
        children, text = None, ""

    def character_data(data: str) -> None:
        nonlocal text
        text = text + data if text else data

    def end_element(name: str) -> None:
        nonlocal children, text
        value: object = (text.strip() or None) if text else None
        if children is not None:
            if value is not None:
                children["#text"] = value
            value = children
        children, text = waiting.pop()
        if children is None:
            children = {name: value}
        elif name not in children:
            children[name] = value
        elif isinstance(before := children[name], list):
            cast("list[object]", before).append(value)
        else:
            children[name] = [before, value]

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.StartElementHandler = start_element
    parser.CharacterDataHandler = character_data
    parser.EndElementHandler = end_element
    parser.Parse(body, True)
    return children


def parse_thoroughly(body: bytes) -> object:
    """Return what xmltodict makes of a body of any length, with every limit checked."""
    parsed: object = xmltodict.parse(body, xml_attribs=False, expat=_Guard())
    _check_text_lengths(parsed)
    return parsed


_TOO_DEEP: Final = f"it is nested deeper than {MAX_DEPTH} elements"
_TOO_MANY_ATTRIBUTES: Final = f"an element has more than {MAX_ATTRIBUTES} attributes"
_TOO_MANY_NODES: Final = f"it has more than {MAX_NODES} elements"


class _Guard:
    """Stands in for the expat module when xmltodict asks it for a parser."""

    def ParserCreate(self, encoding: str | None, namespace_separator: str | None) -> _GuardedParser:  # noqa: N802 - expat's name
        parser = expat.ParserCreate(encoding, namespace_separator)
        parser.StartDoctypeDeclHandler = _refuse_declaration
        return _GuardedParser(parser)


class _GuardedParser:
    """An expat parser whose element handlers are wrapped on their way in.

    xmltodict hands over its handlers as attributes, the one for starts before the one for ends.
    """

    def __init__(self, parser: expat.XMLParserType) -> None:
        # The instance dictionary is used directly because __setattr__ belongs to xmltodict.
        self.__dict__["_parser"] = parser
        self.__dict__["_start"] = None

    def __setattr__(self, name: str, value: object) -> None:
        own = self.__dict__
        if name == "StartElementHandler":
            own["_start"] = value
        elif name == "EndElementHandler":
            start, end = _guarded(own["_start"], cast("_EndHandler", value))
            own["_parser"].StartElementHandler = start
            own["_parser"].EndElementHandler = end
        else:
            setattr(own["_parser"], name, value)

    def Parse(self, data: bytes, is_final: bool) -> int:  # noqa: FBT001, N802 - expat's signature
        parser: expat.XMLParserType = self.__dict__["_parser"]
        return parser.Parse(data, is_final)


def _guarded(start: _StartHandler, end: _EndHandler) -> tuple[_StartHandler, _EndHandler]:
    depth = nodes = 0

    def start_element(name: str, attributes: list[str]) -> None:
        nonlocal depth, nodes
        depth += 1
        nodes += 1
        if depth > MAX_DEPTH:
            raise _LimitError(_TOO_DEEP)
        if nodes > MAX_NODES:
            raise _LimitError(_TOO_MANY_NODES)
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise _LimitError(_TOO_MANY_ATTRIBUTES)
        start(name, attributes)

    def end_element(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    return start_element, end_element


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
