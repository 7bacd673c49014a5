"""How the service writes values down, and the base class of everything it answers.

XML has no types and no lists: every value is text, an empty element may stand for a value, a container or
a list, and a list of one looks like a lone element. Each field says what it is by its type from here, so
nothing has to be known about the rest of the document.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_pascal

from ._frozen_list import NO_ITEMS, FrozenList

__all__ = [
    "WireBool",
    "WireFloat",
    "WireInt",
    "WireMap",
    "WireModel",
    "WireRate",
    "WireStr",
    "WireTime",
    "XmlList",
    "XmlOne",
    "is_blank",
    "no_items",
    "text_or_none",
]

T = TypeVar("T")

_XML_SPACE: Final = " \t\r\n"
_BLANK: Final = frozenset({"", "-"})
_BLANK_NUMBER: Final = frozenset({"", "-", "N/A"})


class WireModel(BaseModel):
    """The base of every model: immutable, and named as on the wire when dumped by alias.

    Elements that a model does not know are kept in ``model_extra`` as they were parsed, so
    ``model_validate(job.model_dump(by_alias=True))`` equals ``job``, also with ``mode="json"``.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        # Built when first used: a program that only imports the package pays nothing.
        defer_build=True,
        extra="allow",
        alias_generator=to_pascal,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        allow_inf_nan=False,
    )


def is_blank(value: object) -> bool:
    """Return whether a value stands for "nothing": None, white space, or the ``-`` of a time not reached."""
    return value is None or (isinstance(value, str) and value.strip(_XML_SPACE) in _BLANK)


def _last(value: object) -> object:
    # The service repeats a scalar now and then; the last one counts.
    if isinstance(value, list):
        items = cast("list[object]", value)
        return items[-1] if items else None
    return value


def text_or_none(value: object) -> object:
    """Return the value, or None when it is blank; of a repeated element, the last."""
    # One comparison settles nearly all values: blank text sorts up to "-", and other text after it.
    if type(value) is str and value > "-":
        return value
    value = _last(value)
    return None if is_blank(value) else value


def _number_or_none(value: object) -> object:
    # As above: the digits sort between "-" and ":".
    if type(value) is str and "-" < value < ":":
        return value
    value = _last(value)
    return None if isinstance(value, str) and value.strip(_XML_SPACE) in _BLANK_NUMBER else value


def _rate_or_none(value: object) -> object:
    value = _number_or_none(value)
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        try:
            # FFmpeg writes a rate that it does not know as 0/0.
            return float(above) / float(below) if float(below) else None
        except ValueError:
            # Its own message would quote the value.
            message = "a rate is written as 29.97 or 30000/1001"
        raise ValueError(message)
    return value


def _time_or_none(value: object) -> object:
    if type(value) is str and value[4:5] == "-":
        return value
    value = _last(value)
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str):
        value = value.strip(_XML_SPACE)
        if value in _BLANK_NUMBER:
            return None
        if value[4:5] == "-":
            return value
    # Left to pydantic, a bare number would be read as seconds since 1970.
    message = "a time is written as 2022-06-27T15:23:12+0800"
    raise ValueError(message)


def _one_or_none(value: object) -> object:
    kind = type(value)
    if kind is dict:
        return value
    if kind is list:
        items = [each for each in cast("list[object]", value) if not is_blank(each)]
        # Only as parsed: whoever gives several models for one has made a mistake.
        if all(type(each) is dict for each in items):
            return items[-1] if items else None
    return None if is_blank(value) else value


def _as_list(value: object) -> object:
    kind = type(value)
    if kind is dict:
        return [value]
    if kind is list or isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        kept: list[object] = [item for item in items if type(item) is dict or not is_blank(item)]
        return kept
    return [] if is_blank(value) else [value]


WireStr: TypeAlias = Annotated[str | None, BeforeValidator(text_or_none)]
"""Text, or None where the service sends nothing or ``-``. Numbers become text; a container is an error."""

WireInt: TypeAlias = Annotated[int | None, BeforeValidator(_number_or_none)]
"""A whole number of any size, also written ``1280.0``; None for nothing, ``-`` and ``N/A``."""

WireFloat: TypeAlias = Annotated[float | None, BeforeValidator(_number_or_none)]
"""A finite number; None for nothing, ``-`` and ``N/A``."""

WireRate: TypeAlias = Annotated[float | None, BeforeValidator(_rate_or_none)]
"""A rate such as ``29.97``, also written ``30000/1001``; None for nothing, ``-``, ``N/A`` and ``0/0``."""

WireBool: TypeAlias = Annotated[bool | None, BeforeValidator(text_or_none)]
"""A flag, ``true`` or ``false`` on the wire; None for nothing and ``-``."""

WireTime: TypeAlias = Annotated[Annotated[datetime, AwareDatetime] | None, BeforeValidator(_time_or_none)]
"""A point in time, always with its offset; None for nothing, ``-`` and ``N/A``.

The service writes ``2022-06-27T15:23:12+0800``; a blank for the ``T`` and a colon in the offset are read
too. Text without an offset is an error: every time the service is known to send has one, and assuming
Beijing time would be a guess that nobody could notice to be wrong.
"""

XmlOne: TypeAlias = Annotated[T | None, BeforeValidator(_one_or_none)]
"""A container that occurs at most once; None when it is missing or empty, and the last one if it repeats."""

WireMap: TypeAlias = Annotated[dict[str, object] | None, BeforeValidator(_one_or_none)]
"""A container whose children have no names known beforehand, as parsed; None when it is missing or empty."""

XmlList: TypeAlias = Annotated[list[T], BeforeValidator(_as_list), AfterValidator(FrozenList)]
"""Elements that may repeat: none, a lone one and several all become a list, without the empty ones."""


def no_items() -> list[Any]:
    """Return the list of a field that the service sent nothing for."""
    return NO_ITEMS
