"""Query parameters, and numbered pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from ._log import RecordedRequest
from ._refusals import invalid_argument

__all__ = ["Page", "page_of", "parameters", "split_ids", "whole_number"]

T = TypeVar("T")
_LARGEST_PAGE: Final = 100


class Page(NamedTuple, Generic[T]):
    """One page: what is on it, and the numbers that the answer has beside it."""

    items: Sequence[T]
    counts: dict[str, object]


def parameters(request: RecordedRequest, known: frozenset[str], *, strict: bool) -> dict[str, str]:
    """Return the query parameters that say something; an empty one says nothing.

    Args:
        request: The request.
        known: The names that mean something.
        strict: Whether other names are refused.

    Raises:
        RefusedError: One is unknown, or is there twice.
    """
    found: dict[str, str] = {}
    for name, value in request.query.multi_items():
        if strict and name not in known:
            raise invalid_argument(f"There is no query parameter {name}")
        if name in found:
            raise invalid_argument(f"The query parameter {name} is there twice")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def whole_number(asked: Mapping[str, str], name: str, *, default: int, largest: int | None) -> int:
    """Return a parameter that is a whole number, from 1.

    Raises:
        RefusedError: It is none, or too large.
    """
    written = asked.get(name, str(default))
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else 0
    if number < 1 or (largest is not None and number > largest):
        upper = f"to {largest}" if largest is not None else "up"
        raise invalid_argument(f"{name} must be a whole number from 1 {upper}")
    return number


def split_ids(written: str) -> list[str]:
    """Return ids written with commas between them, each once."""
    return list(dict.fromkeys(each for each in written.split(",") if each))


def page_of(found: Sequence[T], asked: Mapping[str, str]) -> Page[T]:
    """Return the page that ``pageNumber`` and ``pageSize`` ask for."""
    number = whole_number(asked, "pageNumber", default=1, largest=None)
    size = whole_number(asked, "pageSize", default=10, largest=_LARGEST_PAGE)
    first = (number - 1) * size
    counts: dict[str, object] = {"TotalCount": len(found), "PageNumber": number, "PageSize": size}
    return Page(found[first : first + size], counts)
