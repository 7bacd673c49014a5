"""Lists in pages: every item once and an end, whatever the pages do. No service is needed for this."""

from contextlib import aclosing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tencent_ci_async import ResponseHeaders, ResponseInfo, ServiceResult, UnreadableAnswerError
from tencent_ci_async._paging import Page, follow_numbers, follow_tokens

ANSWER = ServiceResult().with_response(ResponseInfo(200, ResponseHeaders({"x-ci-request-id": "R"})))


def page(items, **settings):
    return Page([(item, item) for item in items], ANSWER, **settings)


class TokenService:
    """Pages as a script says: each has ids and the token of the next page."""

    def __init__(self, pages):
        self.pages = pages
        self.asked = []

    async def fetch(self, token):
        self.asked.append(token)
        items, next_token = self.pages[token]
        return page(items, next_token=next_token)


async def read(pages):
    """What was handed over, and the error in the end if there was one."""
    found = []
    try:
        async for item in pages:
            found.append(item)  # noqa: PERF401 - what came before an error counts
    except UnreadableAnswerError as error:
        return found, error
    return found, None


# --- By token ---------------------------------------------------------------------------------------

ids = st.integers(0, 30).map("j{}".format)


@given(st.lists(st.lists(ids, max_size=6), min_size=1, max_size=8))
async def test_any_partition_into_overlapping_pages_yields_each_job_once(parts):
    """However jobs are cut into pages, empty ones and repetitions included, none is lost or doubled."""
    pages = {
        None if number == 0 else f"t{number}": (part, f"t{number + 1}") for number, part in enumerate(parts)
    }
    last = list(pages)[-1]
    pages[last] = (pages[last][0], None)
    service = TokenService(pages)
    found, error = await read(follow_tokens(service.fetch))
    assert error is None
    assert found == list(dict.fromkeys(item for part in parts for item in part))
    assert service.asked == list(pages)


@settings(max_examples=200)
@example([(["j1"], 0)])
@example([(["j1"], 1), (["j2"], 0)])
@given(st.lists(st.tuples(st.lists(ids, max_size=4), st.none() | st.integers(0, 7)), min_size=1, max_size=7))
async def test_tokens_that_lead_anywhere_always_lead_to_an_end(script):
    """Repeated, dropped and crossed tokens end in the last page or in an error; no page is read twice."""
    names = [f"t{number}" for number in range(len(script))]
    pages = {
        name: (items, None if leads_to is None else names[leads_to % len(names)])
        for name, (items, leads_to) in zip(names, script, strict=True)
    }
    pages[None] = pages["t0"]
    service = TokenService(pages)
    found, error = await read(follow_tokens(service.fetch))
    # The first page has no token at first, so that it may come a second time.
    assert len(service.asked) == len(set(service.asked)) <= len(script) + 1
    assert found == list(dict.fromkeys(item for token in service.asked for item in pages[token][0]))
    last = pages[service.asked[-1]][1]
    if last is None:
        assert error is None
    else:
        assert last in service.asked
        assert "one that was read before" in str(error)
        assert (error.request_id, error.response) == ("R", ANSWER.response)


async def test_fresh_tokens_without_anything_new_come_to_an_end():
    """A service that makes up a new token each time cannot keep a program busy for ever."""
    asked = []

    async def fetch(token):
        asked.append(token)
        return page(["j1"], next_token=f"t{len(asked)}")

    found, error = await read(follow_tokens(fetch))
    assert found == ["j1"]
    assert "1000 pages in a row have brought nothing new" in str(error)
    assert len(asked) == 1_001


async def test_many_pages_without_a_match_are_passed_over():
    """Empty pages are no end as long as they lead on."""
    last = 900

    async def fetch(token):
        number = int(token or 0)
        return page(["j1"] if number == last else [], next_token=None if number == last else str(number + 1))

    assert await read(follow_tokens(fetch)) == (["j1"], None)


async def test_items_without_an_id_are_all_handed_over():
    async def fetch(_):
        return Page([(None, "a"), (None, "a"), ("j1", "b"), ("j1", "b")], ANSWER)

    assert await read(follow_tokens(fetch)) == (["a", "a", "b"], None)


async def test_a_page_is_fetched_when_the_one_before_has_been_looped_over():
    service = TokenService({None: (["j1", "j2"], "t1"), "t1": (["j3"], None)})
    async with aclosing(follow_tokens(service.fetch)) as jobs:
        assert service.asked == []
        assert [await anext(jobs), await anext(jobs)] == ["j1", "j2"]
        assert service.asked == [None]
        assert await anext(jobs) == "j3"
    assert service.asked == [None, "t1"]


async def test_a_shift_by_many_new_jobs_doubles_nothing():
    """Jobs that arrive while the list is read push old ones onto later pages."""
    size, old = 100, [f"old{number}" for number in range(1_000)]
    arrived = []

    async def fetch(token):
        start = int(token or 0)
        arrived.extend(f"new{start}-{number}" for number in range(70))
        everything = [*reversed(arrived), *old]
        chunk = everything[start : start + size]
        return page(chunk, next_token=str(start + size) if start + size < len(everything) else None)

    found, error = await read(follow_tokens(fetch))
    assert error is None
    assert len(found) == len(set(found))
    assert set(old) <= set(found)


# --- By number --------------------------------------------------------------------------------------


class NumberService:
    """Items on pages of a size, as many as it says, or more or fewer."""

    def __init__(self, items, size, *, total=None, beyond="empty"):
        self.items, self.size, self.total, self.beyond = items, size, total, beyond
        self.asked = []

    async def fetch(self, number):
        self.asked.append(number)
        if self.beyond == "last":
            number = min(number, max(1, -(-len(self.items) // self.size)))
        chunk = self.items[(number - 1) * self.size : number * self.size]
        return page(chunk, total=self.total)


@given(
    st.lists(ids, max_size=40),
    st.integers(1, 12),
    st.sampled_from(["empty", "last"]),
    st.booleans(),
)
async def test_numbered_pages_are_read_to_their_end(items, size, beyond, counted):
    """With a count or without, and whatever comes after the last page, each item comes once."""
    distinct = list(dict.fromkeys(items))
    service = NumberService(distinct, size, total=len(distinct) if counted else None, beyond=beyond)
    assert await read(follow_numbers(service.fetch)) == (distinct, None)
    assert service.asked == list(range(1, len(service.asked) + 1))
    assert len(service.asked) <= len(distinct) // size + 2


async def test_a_count_saves_the_question_after_the_last_page():
    service = NumberService(["p1", "p2"], 10, total=2)
    assert await read(follow_numbers(service.fetch)) == (["p1", "p2"], None)
    assert service.asked == [1]


@pytest.mark.parametrize("beyond", ["empty", "last"])
async def test_a_count_that_is_too_high_comes_to_an_end(beyond):
    """An empty page is believed; the same page over and over is an error."""
    service = NumberService(["p1", "p2", "p3"], 2, total=30, beyond=beyond)
    found, error = await read(follow_numbers(service.fetch))
    assert found == ["p1", "p2", "p3"]
    assert len(service.asked) <= 12
    if beyond == "empty":
        assert error is None
    else:
        assert "there should be 30 items" in str(error)
        assert error.request_id == "R"
