"""Lists that come in pages: every item once, and an end, whatever the service makes of its pages.

While a list is read, items are added to it and taken away, so that pages overlap: what was handed over is not
handed over again. Pages that lead back to one another are an error instead of an endless loop. The room knows
a callable that fetches a page, not the session.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from typing import Final, Generic, TypeVar

from ._recent import RecentlySeen, Seen, SeenExactly
from .errors import UnreadableAnswerError
from .models import ServiceResult

__all__ = ["Page", "follow_numbers", "follow_tokens"]

# Pages in a row without anything new. A search may pass over much that does not match, but not for ever;
# a numbered page holds nothing new only if something was added before it meanwhile.
_MOST_BARREN_BY_TOKEN: Final = 1_000
_MOST_BARREN_BY_NUMBER: Final = 10

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Page(Generic[T_co]):
    """One page of a list.

    Args:
        items: The items, each with its id, or None if it has none.
        answer: The answer that the page was read from.
        next_token: What leads to the next page; None if there is none, or if pages have numbers.
        total: Number of items on all pages; None if the service did not say.
    """

    __slots__ = ("answer", "items", "next_token", "total")

    def __init__(
        self,
        items: Sequence[tuple[str | None, T_co]],
        answer: ServiceResult,
        *,
        next_token: str | None = None,
        total: int | None = None,
    ) -> None:
        self.items = items
        self.answer = answer
        self.next_token = next_token
        self.total = total


async def follow_tokens(fetch: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncGenerator[T, None]:
    """Yield the items of all pages, in their order, each id once.

    An id is remembered for at least 131,072 others, and memory is bounded.

    Args:
        fetch: Returns the page that a token leads to; None leads to the first.

    Raises:
        UnreadableAnswerError: The pages lead back to one another, or go on for ever without a new item. It
            comes after the items of those that were read.
    """
    # Most lists are one page, which needs no long memory.
    seen: Seen = SeenExactly()
    page = await fetch(None)
    barren = 0
    while True:
        new = _new_items(page, seen)
        for item in new:
            yield item
        if page.next_token is None:
            return
        if isinstance(seen, SeenExactly):
            seen = _remembering(item_id for item_id, _ in page.items)
        # No id has a blank in it.
        if not seen.is_new(f"token {page.next_token}"):
            raise _endless(page, "its next page is one that was read before")
        barren = 0 if new else barren + 1
        if barren >= _MOST_BARREN_BY_TOKEN:
            raise _endless(page, f"{barren} pages in a row have brought nothing new")
        page = await fetch(page.next_token)


async def follow_numbers(fetch: Callable[[int], Awaitable[Page[T]]]) -> AsyncGenerator[T, None]:
    """Yield the items of all pages, in their order, each id once.

    Args:
        fetch: Returns the page of a number, from 1.

    Raises:
        UnreadableAnswerError: There should be more items, but the pages repeat. It comes after the items of
            those that were read.
    """
    seen = SeenExactly()
    number = found = barren = 0
    while True:
        number += 1
        page = await fetch(number)
        new = _new_items(page, seen)
        found += len(new)
        for item in new:
            yield item
        # Without a total, a page without anything new is the only end.
        if not page.items or (found >= page.total if page.total is not None else not new):
            return
        barren = 0 if new else barren + 1
        if barren >= _MOST_BARREN_BY_NUMBER:
            raise _endless(page, f"there should be {page.total} items, but the same come again and again")


def _new_items(page: Page[T], seen: Seen) -> list[T]:
    return [item for item_id, item in page.items if item_id is None or seen.is_new(item_id)]


def _remembering(ids: Iterable[str | None]) -> RecentlySeen:
    memory = RecentlySeen()
    for each in ids:
        if each is not None:
            memory.is_new(each)
    return memory


def _endless(page: Page[object], how: str) -> UnreadableAnswerError:
    answer = page.answer
    return UnreadableAnswerError(
        f"the list has no end: {how}", request_id=answer.request_id, response=answer.response
    )
