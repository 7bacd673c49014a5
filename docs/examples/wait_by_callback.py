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
from fastapi import FastAPI, HTTPException

from tencent_ci_async import CIError, CISession, Credentials, JobNotFoundError, JobWatcher
from tencent_ci_async.callbacks import CallbackApp, new_callback_secret
from tencent_ci_async.testing import FakeCI


def create_app(fake: FakeCI, endpoint: str, secret: str) -> FastAPI:
    """Return the service: it submits to the simulator, and asks it over `endpoint`."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        keys = Credentials(fake.secret_id, fake.secret_key)
        async with (
            CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint) as session,
            JobWatcher(session.describe_media_job) as watcher,
        ):
            app.state.watcher = watcher
            app.mount("/ci-callbacks", CallbackApp(watcher.due_now, secret=secret))
            yield

    app = FastAPI(lifespan=lifespan)

    async def submit() -> str:
        """Submit a job. For the real service, its callback address would be given here."""
        return fake.add_job("Concat", waits_for=1, runs_for=3_600)

    @app.post("/splices", status_code=202)
    async def splice() -> dict[str, str]:
        return {"job_id": await submit()}

    @app.get("/jobs/{job_id}")
    async def job(job_id: str) -> dict[str, str | None]:
        try:
            ended = await app.state.watcher.wait(job_id, timeout=900)
        except JobNotFoundError:
            raise HTTPException(404) from None
        except CIError as error:
            raise HTTPException(502, type(error).__name__) from None
        return {"state": ended.state, "output": ended.operation.output.object}

    return app


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


async def main() -> None:
    """Play it through."""
    fake = FakeCI()
    secret = new_callback_secret()
    async with (
        fake.serve() as endpoint,
        serving(create_app(fake, endpoint, secret)) as base,
        httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as user,
    ):
        job_id = (await user.post("/splices")).json()["job_id"]
        print("submitted:", job_id)

        waiting = asyncio.create_task(user.get(f"/jobs/{job_id}"))
        await fake.received(1)
        print("the service was asked, and the job is", fake.state(job_id))

        # Anybody could post this. It causes a question, and nobody is told that the job has ended.
        address = CallbackApp(print, secret=secret).address(f"{base}/ci-callbacks")
        forged = await fake.deliver_callback(job_id, address, state="Success")
        await fake.received(2)
        print("a forged callback:", forged.status_code, "- the user still waits:", not waiting.done())

        # Callbacks about one job cause at most a question a second, however many arrive.
        await asyncio.sleep(1.2)
        asked = fake.request_count
        fake.finish(job_id)
        delivered = await fake.deliver_callback(job_id, address)
        answer = await waiting
        print(
            "the true callback:",
            delivered.status_code,
            "- confirmed by",
            fake.request_count - asked,
            "request",
        )
        print("the user was told:", answer.json())
        print("every request was signed:", all(each.signature.accepted for each in fake.requests))


if __name__ == "__main__":
    asyncio.run(main())
