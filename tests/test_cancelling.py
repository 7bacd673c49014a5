"""Cancelling jobs, against a service whose answers are written here."""

import asyncio
import pickle

import httpx
import pytest
from support.scripted import Scripted, refusal
from support.virtual_time import run

from tencent_ci_async import (
    AccessError,
    ConfigurationError,
    ConflictError,
    ConnectError,
    JobFamily,
    JobNotFoundError,
    JobNotModifiableError,
    JobState,
    NoAnswerError,
    NotFoundError,
    RequestError,
    RequestTimeoutError,
    ServerError,
    SessionClosedError,
    ThrottledError,
    Timeouts,
    UnreadableAnswerError,
)

NOT_MODIFIABLE = refusal(403, "InvalidArgument", "The job provided can not be modified")
RESET = httpx.ReadError("reset")


def job(state):
    return f"<Response><JobsDetail><JobId>j1</JobId><State>{state}</State></JobsDetail></Response>"


MISSING = "<Response><NonExistJobIds>j1</NonExistJobIds></Response>"


class Service(Scripted):
    """Answers the cancels one after the other, and says of the job what it is told to say."""

    def __init__(self, *cancels, then):
        self.cancels = list(cancels)
        super().__init__(lambda request: then if request.method == "GET" else self.cancels.pop(0))

    @property
    def sent(self):
        return [request.method for request in self.requests]


async def cancel(service, **settings):
    async with service.session(**settings) as session:
        return await session.cancel_media_job("j1")


async def failure_of(service, kind, **settings):
    with pytest.raises(kind) as caught:
        await cancel(service, **settings)
    assert type(caught.value) is kind
    return caught.value


# --- It works ---------------------------------------------------------------------------------------


async def test_a_cancel_is_one_signed_request():
    """The parameter without a value is signed as well, and the empty answer is a good one."""
    service = Service("", then=None)
    assert await cancel(service) is None
    (request,) = service.requests
    assert (request.method, request.target, request.body) == ("PUT", "/jobs/j1?cancel=", b"")
    assert "q-url-param-list=cancel&" in request.header("Authorization")
    # Both stand there, signed, since a transport that misses them adds its own.
    assert (request.header("Content-Type"), request.header("Content-Length")) == ("application/xml", "0")


@pytest.mark.parametrize("family", JobFamily)
async def test_other_families_have_other_paths(family):
    """Also where the job is read back."""
    service = Service(NOT_MODIFIABLE, then=job("Running"))
    async with service.session() as session:
        with pytest.raises(JobNotModifiableError):
            await session.cancel_media_job("j1", family=family)
    assert [request.path for request in service.requests] == [f"/{family}/j1"] * 2


@pytest.mark.parametrize("fault", [RESET, refusal(500, "InternalError"), "<html/>"], ids=str)
async def test_a_cancel_that_may_have_arrived_is_repeated(fault):
    service = Service(fault, "", then=None)
    await cancel(service)
    assert service.sent == ["PUT", "PUT"]


# --- It is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", JobState)
async def test_a_refusal_tells_where_the_job_stands(state):
    """The job as it is after the refusal is there without a further question."""
    service = Service(NOT_MODIFIABLE, then=job(state))
    error = await failure_of(service, JobNotModifiableError)
    assert service.sent == ["PUT", "GET"]
    assert error.job.state is state
    assert (error.status, error.request_id) == (403, "R1")
    assert str(error).endswith(f"The job is in the state {state}.")
    assert pickle.loads(pickle.dumps(error)).job == error.job


@pytest.mark.parametrize(
    "then",
    [refusal(403, "AccessDenied"), refusal(500, "InternalError"), RESET, "<html/>", "<Response/>", job("-")],
    ids=str,
)
async def test_a_refusal_stays_one_when_the_job_cannot_be_read(then):
    error = await failure_of(Service(NOT_MODIFIABLE, then=then), JobNotModifiableError)
    assert error.job is None or error.job.state is None
    assert "can not be modified" in str(error)


@pytest.mark.parametrize(
    "refused",
    [
        NOT_MODIFIABLE,
        refusal(400, "InvalidArgument", "job id"),
        refusal(404, "NoSuchJob"),
        refusal(409, "PathConflict"),
    ],
    ids=str,
)
async def test_a_job_that_does_not_exist_is_said_not_to(refused):
    """However the service refuses to cancel what it does not know."""
    error = await failure_of(Service(refused, then=MISSING), JobNotFoundError)
    assert (error.job_id, error.request_id) == ("j1", "R2")
    assert error.__cause__.status == refused[0]


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (refusal(400, "InvalidArgument"), RequestError),
        (refusal(404, "NoSuchBucket"), NotFoundError),
        (refusal(409, "PathConflict"), ConflictError),
    ],
)
async def test_other_refusals_are_what_the_service_says(refused, kind):
    error = await failure_of(Service(refused, then=job("Cancel")), kind)
    assert error.request_id == "R1"


@pytest.mark.parametrize(
    ("refused", "kind"),
    [(refusal(403, "AccessDenied"), AccessError), (refusal(429, "SlowDown"), ThrottledError)],
)
async def test_nothing_is_read_where_nothing_can_have_happened(refused, kind):
    service = Service(*[refused] * 5, then=None)
    await failure_of(service, kind, retry=None)
    assert service.sent == ["PUT"]


# --- It is not known --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [RESET, refusal(502, "BadGateway"), "<html/>"], ids=str)
async def test_a_job_that_is_cancelled_after_all_is_what_was_wanted(fault):
    """The answer was lost, the cancel was not."""
    service = Service(fault, then=job("Cancel"))
    await cancel(service, retry=None)
    assert service.sent == ["PUT", "GET"]


async def test_the_refusal_of_a_repetition_is_no_failure():
    """The first request arrived and only its answer was lost, so that the second one is refused."""
    service = Service(RESET, NOT_MODIFIABLE, then=job("Cancel"))
    await cancel(service)
    assert service.sent == ["PUT", "PUT", "GET"]


async def test_the_refusal_of_a_repetition_for_another_reason_is_one():
    service = Service(RESET, NOT_MODIFIABLE, then=job("Running"))
    error = await failure_of(service, JobNotModifiableError)
    assert error.job.state is JobState.RUNNING
    assert error.attempts == 2


async def test_a_job_cancelled_by_others_is_a_refusal():
    """Where no earlier request can have done it, it was not this call that cancelled the job."""
    service = Service(refusal(429, "SlowDown"), NOT_MODIFIABLE, then=job("Cancel"))
    error = await failure_of(service, JobNotModifiableError)
    assert error.job.state is JobState.CANCEL


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (RESET, NoAnswerError),
        (refusal(500, "InternalError"), ServerError),
        ("<html/>", UnreadableAnswerError),
    ],
)
@pytest.mark.parametrize("then", [job("Running"), RESET, "<Response/>"], ids=str)
async def test_a_failure_stays_what_it_was_where_the_job_is_not_cancelled(fault, kind, then):
    error = await failure_of(Service(fault, then=then), kind, retry=None)
    assert error.attempts == 1


async def test_a_request_that_never_left_is_not_read_back():
    service = Service(httpx.ConnectError("refused"), then=None)
    await failure_of(service, ConnectError, retry=None)
    assert service.sent == ["PUT"]


@pytest.mark.parametrize("state", [JobState.CANCEL, JobState.RUNNING])
def test_a_cancel_whose_time_is_up_is_read_back(state):
    """The time limit of a call holds for the reading anew."""

    async def handle(request):
        if request.method == "PUT":
            await asyncio.sleep(100)
        return httpx.Response(200, content=job(state).encode())

    async def scenario():
        service = Service(then=None)
        service.handle = handle
        if state is JobState.CANCEL:
            await cancel(service, timeout=Timeouts(total=30))
        else:
            error = await failure_of(service, RequestTimeoutError, timeout=Timeouts(total=30))
            assert error.may_have_arrived

    run(scenario())


# --- It is not sent ---------------------------------------------------------------------------------


@pytest.mark.parametrize("job_id", ["", "j1,j2", "../queue/p1", "a b", None, ["j1"]])
async def test_what_is_no_job_id_is_not_sent(job_id):
    service = Service(then=None)
    async with service.session() as session:
        with pytest.raises(ConfigurationError):
            await session.cancel_media_job(job_id)
    assert service.sent == []


async def test_a_closed_session_cancels_nothing():
    service = Service(then=None)
    async with service.session() as session:
        pass
    with pytest.raises(SessionClosedError):
        await session.cancel_media_job("j1")
