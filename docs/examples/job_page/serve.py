"""Serve the job page: ``python serve.py --simulate`` needs no account.

Without ``--simulate`` it works for real. The environment then names the bucket (``CI_BUCKET``), the region
(``CI_REGION``) and the keys (``TENCENTCLOUD_SECRET_ID``, ``TENCENTCLOUD_SECRET_KEY``). With ``CI_PUBLIC_URL``
and ``CI_CALLBACK_SECRET`` the media service calls back there when a job has ended; ``CI_ENDPOINT`` is another
address of the media service. It needs the package with its ``testing`` extra, FastAPI, and uvicorn
0.32.1 or newer.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import uvicorn
from app import create_app
from fastapi import FastAPI

from tencent_ci_async import CISession, ConfigurationError, Credentials, JobWatcher, PollSchedule
from tencent_ci_async.callbacks import new_callback_secret
from tencent_ci_async.testing import FakeCI
from tencent_ci_async.web import CILifespan

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Somebody is looking: more often than a watcher's 5 seconds.
WATCHER = partial(JobWatcher, schedule=PollSchedule(interval=2.0, longest_skip=2.0))
NOTE = "Simulation: nothing leaves this machine. A job whose input is called “broken” fails."


def real(public_url: str | None) -> FastAPI:
    """Return the app as it works for real, by the environment."""
    bucket, region = os.environ.get("CI_BUCKET", ""), os.environ.get("CI_REGION", "")
    if not bucket or not region:
        sys.exit("Set CI_BUCKET and CI_REGION, or try it without an account: --simulate")
    secret = os.environ.get("CI_CALLBACK_SECRET")
    ci = CILifespan(
        bucket,
        region,
        endpoint=os.environ.get("CI_ENDPOINT"),
        watcher=WATCHER,
        callback_secret=secret,
        check=True,
        end_waits_on=SIGNALS,
    )
    place = f"https://{bucket}.cos.{region}.myqcloud.com"
    return create_app(ci, place=place, public_url=public_url if secret else None)


def simulated(public_url: str) -> FastAPI:
    """Return the app with a simulator in the place of the media service."""
    fake = FakeCI()
    fake.plan("Concat", waits_for=1.5, runs_for=8)
    fake.plan("Transcode", waits_for=1.5, runs_for=20)

    @asynccontextmanager
    async def open_session() -> AsyncIterator[CISession]:
        keys = Credentials(fake.secret_id, fake.secret_key)
        async with (
            fake.serve() as endpoint,
            CISession(fake.bucket, fake.region, credentials=keys, endpoint=endpoint) as session,
        ):
            directing = asyncio.create_task(direct(fake))
            yield session
            directing.cancel()
            await asyncio.wait({directing})

    secret = new_callback_secret()
    ci = CILifespan(session=open_session, watcher=WATCHER, callback_secret=secret, end_waits_on=SIGNALS)
    place = f"https://{fake.bucket}.cos.{fake.region}.myqcloud.com"
    return create_app(ci, place=place, public_url=public_url, note=NOTE)


async def direct(fake: FakeCI) -> None:
    """Do what the media service does by itself: let jobs fail, and call back."""
    broken = set[str]()
    while True:
        for job_id, job in fake.jobs.items():
            if (
                job_id not in broken
                and fake.state(job_id) == "Running"
                and "broken" in f"{job.input}{job.operation}"
            ):
                broken.add(job_id)
                fake.fail(job_id, "VideoDecodeFailed", "The video stream of the input is damaged")
        await fake.deliver_callbacks()
        await asyncio.sleep(0.2)


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description="Serve a page that shows media jobs live.")
    parser.add_argument("--simulate", action="store_true", help="play with a simulator: needs no account")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    here = f"http://{arguments.host}:{arguments.port}"
    try:
        app = simulated(here) if arguments.simulate else real(os.environ.get("CI_PUBLIC_URL"))
    except ConfigurationError as error:
        sys.exit(f"Cannot start: {error}")
    logging.basicConfig(format="%(levelname)s:     %(name)s: %(message)s")
    print(f"The job page is at {here}/ - stop it with Ctrl-C", flush=True)
    # Older versions of uvicorn raise it again once they have stopped.
    with suppress(KeyboardInterrupt):
        uvicorn.run(app, host=arguments.host, port=arguments.port, access_log=False)


if __name__ == "__main__":
    main()
