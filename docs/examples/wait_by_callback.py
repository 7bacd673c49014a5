"""A web service that splices videos and learns by callbacks when they are done.

Run it as it stands: it plays both sides on this machine, with a simulator in the place of Tencent Cloud CI.
It needs the package with its ``testing`` extra, and FastAPI.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tencent_ci_async import (
    CIError,
    CISession,
    ConcatFragment,
    ConcatTemplate,
    Container,
    Credentials,
    JobNotFoundError,
    JobOutput,
    JobTag,
    JobWatcher,
    MediaJobRequest,
    Operation,
)
from tencent_ci_async.callbacks import CallbackApp, new_callback_secret
from tencent_ci_async.testing import FakeCI


def create_app(session: CISession, public_url: str, secret: str) -> FastAPI:
    """Return the service, which is reached at `public_url`; the callbacks' address ends in the secret."""
    watcher = JobWatcher(session.describe_media_job)
    callbacks = CallbackApp(watcher.due_now, secret=secret)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with watcher:
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/ci-callbacks", callbacks)

    @app.post("/splices/{name}", status_code=202)
    async def submit(name: str, urls: list[str]) -> dict[str, str]:
        template = ConcatTemplate(
            concat_fragment=[ConcatFragment(url=url) for url in urls],
            container=Container(format="mp4"),
        )
        output = JobOutput(object=f"splices/{name}.mp4")
        request = MediaJobRequest(
            tag=JobTag.CONCAT,
            operation=Operation(concat_template=template, output=output, user_data=name),
            call_back=callbacks.address(f"{public_url}/ci-callbacks"),
        )
        [job_id] = (await session.create_media_job(request)).job_ids
        return {"job_id": job_id}

    @app.get("/jobs/{job_id}")
    async def wait(job_id: str) -> dict[str, object]:
        job = await watcher.wait(job_id, timeout=900)
        return {"state": job.state, "output": job.output_keys}

    @app.exception_handler(CIError)
    async def fail(_: Request, error: CIError) -> JSONResponse:
        status = 404 if isinstance(error, JobNotFoundError) else 502
        return JSONResponse({"error": type(error).__name__}, status)

    return app


@asynccontextmanager
async def serving(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket that listens already."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


async def main() -> None:
    """Play it through."""
    fake = FakeCI()
    fake.plan("Concat", waits_for=60, runs_for=3_600)
    keys = Credentials(fake.secret_id, fake.secret_key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with (
            fake.serve() as endpoint,
            CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint) as session,
            serving(create_app(session, public_url, new_callback_secret()), listener),
            httpx.AsyncClient(base_url=public_url, timeout=60, trust_env=False) as user,
        ):
            await play(fake, user)


async def play(fake: FakeCI, user: httpx.AsyncClient) -> None:
    """Be the user, the service that calls back, and one who claims to be it."""
    place = f"https://{fake.bucket}.cos.{fake.region}.myqcloud.com"
    urls = [f"{place}/intro.mp4", f"{place}/talk.mp4"]
    job_id = (await user.post("/splices/talk-42", json=urls)).json()["job_id"]
    print("submitted:", job_id)

    submitted = fake.request_count
    waiting = asyncio.create_task(user.get(f"/jobs/{job_id}"))
    await fake.received(submitted + 1)
    print("the service was asked, and the job is", fake.state(job_id))

    # Who knows the address can post this. It causes a question, and nobody is told that the job has ended.
    address = str(fake.jobs[job_id].callback_url)
    forged = await fake.deliver_callback(job_id, address, state="Success")
    await fake.received(submitted + 2)
    print("a forged callback:", forged.status_code, "- the user still waits:", not waiting.done())

    # Callbacks about one job cause at most a question a second, however many arrive.
    await asyncio.sleep(1.2)
    asked = fake.request_count
    fake.finish(job_id)
    delivered = (await fake.deliver_callbacks())[job_id]
    answer = await waiting
    confirmed = fake.request_count - asked
    print("the true callback:", delivered.status_code, "- confirmed by", confirmed, "request")
    print("the user was told:", answer.json())
    print("every request was signed:", all(each.signature.accepted for each in fake.requests))


if __name__ == "__main__":
    asyncio.run(main())
