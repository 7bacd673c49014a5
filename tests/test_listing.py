"""Looking for jobs, against a service whose answers are written here."""

import asyncio
import gc
import tracemalloc
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx
import pytest
from support.scripted import Scripted, refusal

from tencent_ci_async import (
    ConfigurationError,
    JobFamily,
    JobState,
    RequestError,
    SessionClosedError,
    UnreadableAnswerError,
)


def asked(request):
    """The query of a request, as another party reads it."""
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True, strict_parsing=True))


def listing(job_ids, next_token=""):
    jobs = "".join(f"<JobsDetail><JobId>{each}</JobId><State>Failed</State></JobsDetail>" for each in job_ids)
    return f"<Response>{jobs}<NextToken>{next_token}</NextToken></Response>"


async def collect(jobs, found):
    """Add the ids of jobs to a list, which holds those before an error as well."""
    async for job in jobs:
        found.append(job.job_id)


def pages(count, size=3):
    """A service with so many pages, whose tokens need encoding."""

    def answer(request):
        number = int(asked(request).get("nextToken", "at +0").partition("+")[2])
        chunk = [f"j{number * size + each}" for each in range(size)]
        return listing(chunk, f"at +{number + 1}" if number + 1 < count else "")

    return Scripted(answer)


async def test_all_pages_are_followed():
    """The jobs come in the service's order; the conditions are the same on each page."""
    service = pages(4)
    async with service.session() as session:
        jobs = [
            job
            async for job in session.describe_media_jobs(
                tag="Concat",
                states=iter(["Failed"]),
                start_creation_time=datetime(2024, 1, 1, tzinfo=UTC),
                page_size=3,
            )
        ]
    assert [job.job_id for job in jobs] == [f"j{number}" for number in range(12)]
    assert jobs[0].state is JobState.FAILED
    first, *others = map(asked, service.requests)
    assert first == {
        "tag": "Concat",
        "states": "Failed",
        "orderByTime": "Desc",
        "size": "3",
        "startCreationTime": "2024-01-01T00:00:00+0000",
    }
    assert others == [{**first, "nextToken": f"at +{number}"} for number in (1, 2, 3)]
    assert all("%2B0000" in request.target for request in service.requests)
    assert {(request.method, request.path, request.body) for request in service.requests} == {
        ("GET", "/jobs", b"")
    }


async def test_nothing_is_asked_before_the_loop_and_no_page_too_many():
    """Leaving the loop early stops the requests."""
    service = pages(100)
    async with service.session() as session:
        async with aclosing(session.describe_media_jobs(tag="Concat")) as jobs:
            await asyncio.sleep(0)
            assert service.requests == []
            async for job in jobs:
                if job.job_id == "j4":
                    break
    assert len(service.requests) == 2


async def test_a_listing_can_be_cancelled_in_the_middle():
    """Whoever waits for a page can be cancelled; the session serves others afterwards."""
    stuck, released = asyncio.Event(), asyncio.Event()

    async def handle(request):
        if b"nextToken" in request.url.query:
            stuck.set()
            await released.wait()
        return httpx.Response(200, content=listing(["j1"], "more").encode())

    service = pages(1)
    service.handle = handle
    async with service.session() as session:

        async def run():
            return [job async for job in session.describe_media_jobs(tag="Concat")]

        task = asyncio.create_task(run())
        await stuck.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        released.set()
        page = await session.describe_media_jobs_page(tag="Concat")
        assert [job.job_id for job in page.jobs_detail] == ["j1"]


async def test_a_job_that_two_pages_show_comes_once():
    """Jobs that arrive meanwhile push others onto the next page."""
    script = iter([listing(["j9", "j8"], "a"), listing(["j8", "j7"], "b"), listing(["j7", "j9"])])
    service = Scripted(lambda _: next(script))
    async with service.session() as session:
        jobs = [job.job_id async for job in session.describe_media_jobs(tag="Concat")]
    assert jobs == ["j9", "j8", "j7"]


async def test_pages_that_go_round_in_circles_are_an_error():
    """The jobs that were read come first, then an error that names the exchange; no endless loop."""
    tokens = iter(["a", "b", "a"])
    service = Scripted(lambda request: listing([f"j{len(service.requests)}"], next(tokens)))
    found = []
    async with service.session() as session:
        with pytest.raises(UnreadableAnswerError, match="one that was read before") as caught:
            await collect(session.describe_media_jobs(tag="Concat"), found)
    assert found == ["j1", "j2", "j3"]
    assert caught.value.request_id == "R3"


async def test_a_page_that_fails_is_asked_for_again():
    """A fault that passes costs no job and doubles none."""
    service = pages(3)
    calm = service.answer
    service.answer = lambda request: (
        refusal(503, "ServiceUnavailable") if len(service.requests) % 2 == 0 else calm(request)
    )
    async with service.session() as session:
        jobs = [job.job_id async for job in session.describe_media_jobs(tag="Concat")]
    assert jobs == [f"j{number}" for number in range(9)]
    assert len(service.requests) == 5


async def test_a_refusal_comes_after_the_jobs_before_it():
    script = iter([listing(["j1"], "a"), refusal(400, "InvalidArgument", "token expired")])
    service = Scripted(lambda _: next(script))
    found = []
    async with service.session() as session:
        with pytest.raises(RequestError, match="token expired"):
            await collect(session.describe_media_jobs(tag="Concat"), found)
    assert found == ["j1"]


async def test_unusable_conditions_are_refused_at_once():
    """At the call, not at the first turn of the loop; nothing is sent."""
    service = pages(1)
    async with service.session() as session:
        with pytest.raises(ConfigurationError, match="start_creation_time"):
            session.describe_media_jobs(tag="Concat", start_creation_time=datetime(2024, 1, 1))  # noqa: DTZ001
        with pytest.raises(ConfigurationError, match="next_token"):
            await session.describe_media_jobs_page(tag="Concat", next_token=" ")
    assert service.requests == []


async def test_a_closed_session_lists_nothing():
    """Neither anew nor on."""
    service = pages(5)
    async with service.session() as session:
        jobs = session.describe_media_jobs(tag="Concat")
        assert (await anext(jobs)).job_id == "j0"
    with pytest.raises(SessionClosedError):
        _ = [job async for job in jobs]
    with pytest.raises(SessionClosedError):
        session.describe_media_jobs(tag="Concat")
    with pytest.raises(SessionClosedError):
        await session.describe_media_jobs_page(tag="Concat")


async def test_page_by_page():
    """A page of one's own shows a page of the service, and keeps what leads on."""
    service = pages(2)
    async with service.session() as session:
        first = await session.describe_media_jobs_page(tag="Concat", page_size=3)
        second = await session.describe_media_jobs_page(
            tag="Concat", page_size=3, next_token=first.next_token
        )
    assert [job.job_id for job in first.jobs_detail] == ["j0", "j1", "j2"]
    assert (first.next_token, second.next_token) == ("at +1", None)
    assert [job.job_id for job in second.jobs_detail] == ["j3", "j4", "j5"]
    assert (first.request_id, first.response.status) == ("R1", 200)
    assert asked(service.requests[1])["nextToken"] == "at +1"


@pytest.mark.parametrize("family", JobFamily)
async def test_other_families_have_other_paths(family):
    service = pages(1)
    async with service.session() as session:
        assert len([job async for job in session.describe_media_jobs(tag="Concat", family=family)]) == 3
        assert len((await session.describe_media_jobs_page(tag="Concat", family=family)).jobs_detail) == 3
    assert [request.path for request in service.requests] == [f"/{family}"] * 2


async def test_memory_does_not_grow_with_the_list():
    """Of the jobs that were handed over, nothing is kept but a memory of fixed size."""
    service = pages(150, size=100)
    peaks = []
    async with service.session() as session:
        tracemalloc.start()
        try:
            number = 0
            async for _ in session.describe_media_jobs(tag="Concat"):
                number += 1
                if number % 5_000 == 0:
                    service.requests.clear()
                    gc.collect()
                    peaks.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    assert number == 15_000
    assert peaks[-1] - peaks[0] < 500_000
