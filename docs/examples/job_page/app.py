"""A web service that submits media jobs, tells how they are doing, and streams it to a page."""

import logging
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from tencent_ci_async import (
    CIError,
    ConcatFragment,
    ConcatTemplate,
    Container,
    JobInput,
    JobOutput,
    JobTag,
    MediaJobRequest,
    Operation,
    Transcode,
    Video,
)
from tencent_ci_async.web import (
    CILifespan,
    CIResources,
    error_summary,
    http_status,
    job_events,
    job_summary,
)

logger = logging.getLogger("job_page")

PAGE = Path(__file__).with_name("page.html")
EVENT_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# Everything is in the page itself: nothing is fetched from elsewhere, nor sent there.
PAGE_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src data:; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)

Key = Annotated[str, Field(min_length=1, max_length=850, pattern=r"^[^/\s].*\S$")]


class NewJob(BaseModel):
    """What the page asks for: keys of objects in the bucket."""

    kind: Literal["splice", "transcode"] = "splice"
    inputs: Annotated[list[Key], Field(min_length=1, max_length=10)]
    output: Key

    def operation(self, place: str) -> Operation:
        """Return what the service is to do; `place` is the address of the bucket."""
        output = JobOutput(object=self.output)
        container = Container(format="mp4")
        if self.kind == "transcode":
            video = Video(codec="H.264", width=1280)
            return Operation(transcode=Transcode(container=container, video=video), output=output)
        fragments = [ConcatFragment(url=f"{place}/{quote(key)}") for key in self.inputs]
        return Operation(
            concat_template=ConcatTemplate(concat_fragment=fragments, container=container), output=output
        )


def create_app(ci: CILifespan, *, place: str, public_url: str | None = None, note: str = "") -> FastAPI:
    """Return the service.

    Args:
        ci: What all requests share.
        place: The address of the bucket, in which inputs are found.
        public_url: Where the media service reaches this one, to call back; None for polling alone.
        note: What the page says at its top.
    """
    app = FastAPI(title="Job page", lifespan=ci)
    # Depends(ci.provide) is request.state.ci, and works where a test runs no lifespan of the framework's.
    shared = Depends(ci.provide)
    call_back = None
    if public_url is not None:
        app.mount("/ci-callbacks", ci.callbacks)
        call_back = ci.callbacks.address(f"{public_url}/ci-callbacks")

    @app.get("/", response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        html = PAGE.read_text(encoding="utf-8").replace("{{note}}", note)
        return HTMLResponse(html, headers={"Content-Security-Policy": PAGE_POLICY})

    @app.post("/jobs", status_code=202)
    async def submit(job: NewJob, ci: CIResources = shared) -> dict[str, object]:
        request = MediaJobRequest(
            tag=JobTag.TRANSCODE if job.kind == "transcode" else JobTag.CONCAT,
            input=JobInput(object=job.inputs[0]) if job.kind == "transcode" else None,
            operation=job.operation(place),
            call_back=call_back,
        )
        return job_summary((await ci.session.create_media_job(request)).job)

    @app.get("/jobs/{job_id}")
    async def status(job_id: str, ci: CIResources = shared) -> dict[str, object]:
        return job_summary(await ci.describer.describe(job_id))

    @app.get("/jobs/{job_id}/events")
    async def events(job_id: str, ci: CIResources = shared) -> StreamingResponse:
        return stream(ci, job_id)

    @app.get("/events")
    async def events_of_many(
        job: Annotated[list[str], Query(min_length=1, max_length=100)], ci: CIResources = shared
    ) -> StreamingResponse:
        # A browser opens six connections to a host: one stream for all jobs of a page leaves it five.
        return stream(ci, *job)

    def stream(ci: CIResources, *job_ids: str) -> StreamingResponse:
        events = job_events(ci.watcher, *job_ids)
        return StreamingResponse(events, media_type="text/event-stream", headers=EVENT_STREAM)

    @app.exception_handler(CIError)
    async def fail(request: Request, error: CIError) -> JSONResponse:
        status = http_status(error)
        if status >= 500:
            # The client is not told about keys and permissions; whoever runs this should be.
            logger.warning("%s %s: %s", request.method, request.url.path, error)
        return JSONResponse(error_summary(error), status, {"Retry-After": "2"} if status == 503 else None)

    return app
