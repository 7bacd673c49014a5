"""Media jobs in Litestar: their status, their events, and callbacks about them."""

from litestar import Litestar, Request, Response, asgi, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import Receive, Scope, Send

from tencent_ci_async import CIError
from tencent_ci_async.web import (
    CILifespan,
    CIResources,
    error_summary,
    http_status,
    job_events,
    job_summary,
)


@get("/jobs/{job_id:str}")
async def status(job_id: FromPath[str], shared: NamedDependency[CIResources]) -> dict[str, object]:
    """Answer how a job is doing."""
    return job_summary(await shared.describer.describe(job_id))


@get("/jobs/{job_id:str}/events")
async def events(job_id: FromPath[str], shared: NamedDependency[CIResources]) -> Stream:
    """Stream what becomes of a job."""
    return Stream(job_events(shared.watcher, job_id), media_type="text/event-stream")


def answer_error(_: Request, error: CIError) -> Response[dict[str, object]]:
    """Tell the client about an error of the package by its status."""
    return Response(error_summary(error), status_code=http_status(error))


def create_app(ci: CILifespan) -> Litestar:
    """Return the application; callbacks are taken at ``/ci-callbacks/<secret>``."""

    @asgi("/ci-callbacks", is_mount=True, copy_scope=False)
    async def callbacks(scope: Scope, receive: Receive, send: Send) -> None:
        # Litestar adds a slash to what it mounts, and the secret must come last.
        scope["path"] = scope["path"].rstrip("/")
        await ci.callbacks(scope, receive, send)

    return Litestar(
        [status, events, callbacks],
        lifespan=[ci],
        dependencies={"shared": Provide(ci.provide)},
        exception_handlers={CIError: answer_error},
    )
