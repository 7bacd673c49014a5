"""The job page in a real browser: what somebody sees who submits jobs and watches them."""

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from tencent_ci_async.testing import FakeCI

SERVE = Path(__file__).parent.parent.parent / "docs" / "examples" / "job_page" / "serve.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
expect.set_options(timeout=15_000)


class Clock:
    """The media service's clock, which a test moves on."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fake(clock):
    """A media service whose jobs go on as the test wants."""
    fake = FakeCI(clock=clock)
    fake.plan("Concat", waits_for=10, runs_for=100)
    fake.plan("Transcode", waits_for=10, runs_for=100)
    return fake


class Server:
    """The page's server, as its command starts it: in a process of its own, always on the same port."""

    def __init__(self, endpoint, fake):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "CI_BUCKET": fake.bucket,
            "CI_REGION": fake.region,
            "CI_ENDPOINT": endpoint,
            "CI_PUBLIC_URL": self.url,
            "CI_CALLBACK_SECRET": "Invented-secret_of-these-tests",
            "TENCENTCLOUD_SECRET_ID": fake.secret_id,
            "TENCENTCLOUD_SECRET_KEY": fake.secret_key,
        }
        self.process = None

    async def start(self):
        """Return when it serves."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, str(SERVE), "--port", str(self.port), stderr=subprocess.PIPE, env=self.environment
        )
        said = b""
        while b"running on" not in said:
            line = await self.process.stderr.readline()
            assert line, f"the server ended: {said.decode()}"
            said += line

    async def stop(self):
        """Stop it as a deployment does, and return what it said; open streams do not keep it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            _, said = await asyncio.wait_for(self.process.communicate(), 10)
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()
        return said.decode()


@pytest.fixture
async def server(fake):
    async with fake.serve() as endpoint:
        server = Server(endpoint, fake)
        await server.start()
        yield server
        assert "Traceback" not in await server.stop()


@asynccontextmanager
async def opened_browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail(
            "these tests need a Chromium on PATH: install one, as by 'apt-get install chromium', "
            "'brew install --cask chromium' or from the browser's own site"
        )
    # Chromium refuses its sandbox to root.
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if as_root else []
        )
        yield browser
        await browser.close()


@pytest.fixture
async def page(server):
    """The page, open in a browser; what its console complains about fails the test."""
    async with opened_browser() as browser:
        page = await browser.new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(server.url)
        yield page
    # That a server could not be reached for a while is what one test is about, and no fault of the page.
    assert [each for each in complaints if "net::ERR_" not in each and "status of 4" not in each] == []


async def submit(page, kind, inputs, output):
    """Fill in the form, send it, and return the job's card."""
    await page.get_by_text(kind, exact=True).first.click()
    await page.locator("[name=inputs]").fill(inputs)
    await page.locator("[name=output]").fill(output)
    await page.get_by_role("button", name="Submit").click()
    card = page.locator("#jobs li").filter(has_text=output)
    await expect(card).to_be_visible()
    return card


def newest(fake):
    return list(fake.jobs)[-1]


def percent(at_least):
    """Matches a percentage from a ten up to the next."""
    return re.compile(rf"^{at_least // 10}\d$")


async def test_progress_moves_and_the_job_ends(page, fake, clock):
    """Waiting, percent by percent, done; the end comes by a callback."""
    await expect(page.get_by_text("No jobs yet")).to_be_visible()
    card = await submit(page, "Transcode", "talks/42.mov", "web/42.mp4")
    await expect(page.get_by_text("No jobs yet")).to_be_hidden()
    await expect(page.locator("#link")).to_have_text("live")
    await expect(card.locator(".badge")).to_have_text("Waiting")
    bar = card.get_by_role("progressbar")
    await expect(bar).to_have_attribute("aria-valuenow", "0")
    clock.ahead += 40
    await expect(card.locator(".badge")).to_have_text("Running")
    await expect(bar).to_have_attribute("aria-valuenow", percent(30))
    clock.ahead += 40
    await expect(bar).to_have_attribute("aria-valuenow", percent(70))
    await expect(card.locator(".percent")).to_have_text(re.compile(r"^7\d %$"))
    fake.finish(newest(fake))
    assert [each.status_code for each in (await fake.deliver_callbacks()).values()] == [200]
    await expect(card.locator(".badge")).to_have_text("Done")
    await expect(bar).to_have_attribute("aria-valuenow", "100")
    await expect(card.locator(".result")).to_have_text("Written: web/42.mp4")
    await expect(page.locator("#link")).to_have_text("nothing to follow")


async def test_a_failed_job_says_why(page, fake):
    card = await submit(page, "Splice", "talks/intro.mp4\ntalks/42.mp4", "spliced/42.mp4")
    fake.fail(newest(fake), "VideoDecodeFailed", "The <b>video</b> stream is damaged")
    await expect(card.locator(".badge")).to_have_text("Failed")
    # The words of the service are shown, never run.
    await expect(card.locator(".alert")).to_have_text("VideoDecodeFailed: The <b>video</b> stream is damaged")


async def test_a_splice_tells_no_percent_and_shows_that_it_runs(page, clock):
    """The service tells the progress of transcoding only; the page does not invent one."""
    card = await submit(page, "Splice", "talks/intro.mp4\ntalks/42.mp4", "spliced/42.mp4")
    clock.ahead += 40
    await expect(card.locator(".badge")).to_have_text("Running")
    await expect(card.locator(".bar")).to_have_class(re.compile("unknown"))
    assert await card.get_by_role("progressbar").get_attribute("aria-valuenow") is None


async def test_mistakes_are_told_beside_the_form(page, fake):
    """What the library refuses, and what the service does not know."""
    await page.locator("[name=inputs]").fill("talks/42.mp4")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator("#submit-error")).to_contain_text("it takes two files to join")
    await page.locator("[name=job_id]").fill("j-nobody")
    await page.get_by_role("button", name="Follow").click()
    await expect(page.locator("#follow-error")).to_contain_text("does not know job j-nobody")
    await page.locator("[name=job_id]").fill(fake.add_job("Concat", output_object="elsewhere.mp4"))
    await page.get_by_role("button", name="Follow").click()
    await expect(page.locator("#jobs .badge")).to_have_text("Done")
    await expect(page.locator("#jobs .name")).to_have_text("elsewhere.mp4")
    await expect(page.locator("#follow-error")).to_be_hidden()


async def test_more_jobs_than_a_browser_has_connections(page, fake, clock):
    """Ten jobs go on at once, and the page still takes another one."""
    for number in range(10):
        await submit(page, "Transcode", "talks/42.mov", f"web/{number:02}.mp4")
    clock.ahead += 60
    await expect(page.locator("#jobs .badge").get_by_text("Running")).to_have_count(10)
    for job_id in list(fake.jobs)[:5]:
        fake.finish(job_id)
    await fake.deliver_callbacks()
    await expect(page.locator("#jobs .badge").get_by_text("Done")).to_have_count(5)
    await page.get_by_role("button", name="Remove ended").click()
    await expect(page.locator("#jobs li")).to_have_count(5)
    clock.ahead += 100
    await expect(page.locator("#jobs .badge").get_by_text("Done")).to_have_count(5)


async def test_the_page_survives_a_restart_of_the_server(page, server, fake, clock):
    """It says that the server is away, comes back by itself, and has missed nothing."""
    card = await submit(page, "Transcode", "talks/42.mov", "web/42.mp4")
    clock.ahead += 40
    await expect(card.locator(".badge")).to_have_text("Running")
    assert "Application shutdown complete" in await server.stop()
    await expect(page.locator("#link")).to_have_text("reconnecting")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator("#submit-error")).to_contain_text("The server cannot be reached")
    clock.ahead += 40
    await server.start()
    await expect(page.locator("#link")).to_have_text("live", timeout=30_000)
    await expect(card.get_by_role("progressbar")).to_have_attribute("aria-valuenow", percent(70))
    fake.finish(newest(fake))
    await expect(card.locator(".badge")).to_have_text("Done")


async def test_the_page_remembers_its_jobs_over_a_reload(page, fake, clock):
    card = await submit(page, "Transcode", "talks/42.mov", "web/42.mp4")
    clock.ahead += 40
    await expect(card.locator(".badge")).to_have_text("Running")
    await page.reload()
    await expect(card.get_by_role("progressbar")).to_have_attribute("aria-valuenow", percent(30))
    fake.finish(newest(fake))
    await fake.deliver_callbacks()
    await expect(card.locator(".badge")).to_have_text("Done")
