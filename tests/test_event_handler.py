"""A handler of events can break nothing, and is called where the call is made."""

import asyncio
import contextvars
import logging

import pytest
from support.scripted import Scripted, refusal

from tencent_ci_async import BatchingDescriber, CIAuth, CISession, ConfigurationError, JobWatcher, RetryPolicy
from tencent_ci_async._event_handler import safe_handler
from tencent_ci_async.events import CallEnded, CallStarted, WatcherIdle
from tencent_ci_async.testing import FakeCI

GOOD = "<Response><JobsDetail><JobId>j1</JobId><State>Running</State></JobsDetail></Response>"


@pytest.mark.parametrize("failure", [ValueError("mine"), asyncio.CancelledError("mine")], ids=repr)
async def test_a_handler_that_raises_breaks_no_call_and_is_logged_once(failure, caplog):
    """With its traceback, under ``tencent_ci_async.events``; a stray cancellation is one of these."""
    seen = []

    def handler(event):
        seen.append(event)
        raise failure

    answers = [refusal(500, "InternalError"), GOOD, GOOD]
    async with Scripted(lambda _: answers.pop(0)).session(on_event=handler) as session:
        for _ in range(2):
            assert (await session.describe_media_job("j1")).job.job_id == "j1"
    assert len(seen) == 7 + 4
    (record,) = [record for record in caplog.records if record.name.startswith("tencent_ci_async")]
    assert (record.name, record.levelno) == ("tencent_ci_async.events", logging.ERROR)
    assert record.getMessage().startswith("on_event raised on a CallStarted")
    assert record.exc_info[1] is failure


async def _async_handler(event):
    pass


class _AsyncHandler:
    async def __call__(self, event):
        pass


MAKERS = {
    "session": lambda handler: CISession("examplebucket-1250000000", "ap-chongqing", on_event=handler),
    "watcher": lambda handler: JobWatcher(print, on_event=handler),
    "describer": lambda handler: BatchingDescriber(print, on_event=handler),
    "auth": lambda handler: CIAuth(on_event=handler),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
@pytest.mark.parametrize(
    ("handler", "says"),
    [
        (_async_handler, "an async function"),
        (_AsyncHandler(), "an async function"),
        ([], "is a list: give a function"),
    ],
    ids=["function", "object", "list"],
)
def test_what_cannot_handle_events_is_refused_at_once(make, handler, says):
    with pytest.raises(ConfigurationError, match=says):
        make(handler)


def test_no_handler_is_none():
    """So that asking whether there is one is all that events cost without it."""
    assert safe_handler(None) is None


async def test_a_program_may_be_stopped_from_within_a_handler():
    def handler(_event):
        raise SystemExit(3)

    async def main():
        with pytest.raises(SystemExit):
            safe_handler(handler)(WatcherIdle(watcher_id=1))

    await main()


CALLER = contextvars.ContextVar("caller", default="nobody")


def in_context(seen):
    return lambda event: seen.append((type(event).__name__, CALLER.get(), getattr(event, "job_ids", None)))


async def test_a_handler_is_called_in_the_context_of_the_caller():
    """Also about attempts, retries and fresh keys, and however many calls go on at once."""
    fake = FakeCI()
    seen = []

    async def provider():
        from tencent_ci_async import Credentials  # noqa: PLC0415 - only here

        return Credentials(fake.secret_id, fake.secret_key)

    async def call(session, job_id):
        CALLER.set(job_id)
        await session.describe_media_job(job_id)

    import httpx  # noqa: PLC0415 - only here

    async with (
        httpx.AsyncClient(transport=fake.transport()) as client,
        CISession(
            fake.bucket, fake.region, credentials=provider, client=client, on_event=in_context(seen)
        ) as session,
    ):
        ids = [fake.add_job(job_id=f"j-{number}") for number in range(3)]
        await asyncio.gather(*(call(session, job_id) for job_id in ids))
    assert {caller for name, caller, _ in seen} == set(ids)
    assert [caller for name, caller, _ in seen if name == "CredentialsRefreshed"] == [ids[0]]
    for name, caller, job_ids in seen:
        if name in {"CallStarted", "CallEnded"}:
            assert job_ids == (caller,)


async def test_a_fan_out_is_told_of_in_the_context_of_who_loops_over_it(open_session, fake):
    seen = []
    ids = [fake.add_job(job_id=f"j-{number}") for number in range(30)]
    session = open_session(on_event=in_context(seen))
    CALLER.set("the loop")
    async for _ in session.describe_many(ids):
        CALLER.set("the loop's body")
    assert {caller for _, caller, _ in seen} == {"the loop"}
    assert len(seen) == 12


async def test_a_watcher_is_told_of_in_the_context_in_which_it_was_made(open_session, fake):
    """Not in that of whoever happened to wait first: what it asks is asked for all."""
    seen = []
    session = open_session(on_event=in_context(seen))
    job_id = fake.add_job(runs_for=0.0)
    CALLER.set("the program")
    async with JobWatcher(session.describe_media_job, on_event=in_context(seen)) as watcher:
        CALLER.set("a request handler")
        await watcher.wait(job_id)
    assert {caller for _, caller, _ in seen} == {"the program"}
    assert {"CallStarted", "LookEnded", "JobEnded", "WatcherIdle"} <= {name for name, _, _ in seen}


async def test_questions_asked_together_are_told_of_in_the_context_of_the_first(open_session, fake):
    seen = []
    session = open_session(on_event=in_context(seen), retry=RetryPolicy(max_attempts=1))
    ids = [fake.add_job(job_id=f"j-{number}") for number in range(10)]
    describer = BatchingDescriber(session.describe_media_job, on_event=in_context(seen))

    async def ask(job_id):
        CALLER.set(job_id)
        await describer.describe(job_id)

    await asyncio.gather(*(ask(job_id) for job_id in ids))
    assert {caller for _, caller, _ in seen} == {ids[0]}
    assert [name for name, _, _ in seen] == [
        "BatchSent",
        "CallStarted",
        "RequestSent",
        "RequestEnded",
        "CallEnded",
    ]


async def test_calls_are_told_apart_across_sessions(open_session, fake):
    seen = []
    job_id = fake.add_job()
    for session in (open_session(on_event=seen.append), open_session(on_event=seen.append)):
        await session.describe_media_job(job_id)
    begun = [event.call_id for event in seen if type(event) is CallStarted]
    assert len(set(begun)) == 2
    assert begun == [event.call_id for event in seen if type(event) is CallEnded]
