"""Media jobs in aiohttp.web: their status, their events, and callbacks about them."""

import hmac
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from aiohttp import web

from tencent_ci_async import CIError
from tencent_ci_async.callbacks import parse_callback
from tencent_ci_async.web import CILifespan, error_summary, http_status, job_events, job_summary

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(ci: CILifespan, secret: str) -> web.Application:
    """Return the application; callbacks are taken at ``/ci-callbacks/<secret>``."""

    async def status(request: web.Request) -> web.Response:
        job = await ci.current.describer.describe(request.match_info["job_id"])
        return web.json_response(job_summary(job))

    async def events(request: web.Request) -> web.StreamResponse:
        stream = job_events(ci.current.watcher, request.match_info["job_id"])
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        async with aclosing(stream):
            await response.prepare(request)
            async for event in stream:
                await response.write(event)
        return response

    async def called_back(request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.match_info["secret"].encode(), secret.encode()):
            raise web.HTTPNotFound
        ci.current.watcher.due_now(*parse_callback(await request.read()).job_ids)
        return web.Response()

    app = web.Application(middlewares=[answer_errors])
    app.add_routes(
        [
            web.get("/jobs/{job_id}", status),
            web.get("/jobs/{job_id}/events", events),
            web.post("/ci-callbacks/{secret}", called_back),
        ]
    )
    app.cleanup_ctx.append(ci.cleanup_ctx)
    # Streams end when the server is told to stop; else it would wait for them.
    app.on_shutdown.append(ci.end_waits)
    return app


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the client about an error of the package by its status."""
    try:
        return await handler(request)
    except CIError as error:
        return web.json_response(error_summary(error), status=http_status(error))
