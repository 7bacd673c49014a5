"""The command line with a simulated service to talk to, on a loopback port."""

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tencent_ci_async.__main__ import main
from tencent_ci_async.testing import FakeCI


@contextmanager
def serving(fake):
    """Serve a simulator from a thread of its own, and yield its base URL."""
    ready, place = threading.Event(), SimpleNamespace()

    async def serve():
        place.loop, place.stop = asyncio.get_running_loop(), asyncio.Event()
        async with fake.serve() as place.url:
            ready.set()
            await place.stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield place.url
    finally:
        place.loop.call_soon_threadsafe(place.stop.set)
        thread.join()


class Shell:
    """Runs commands, in this process or in one of their own."""

    def __init__(self, fake, environment, monkeypatch, capsys):
        self.fake = fake
        self.environment = environment
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *words, stdin=""):
        """Run a command in this process, as ``tencent-ci WORDS`` with pipes all around."""
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        self.capsys.readouterr()
        code = main([str(word) for word in words])
        said = self.capsys.readouterr()
        return SimpleNamespace(code=code, out=said.out, err=said.err)

    def lines(self, *words, **options):
        """The JSON lines that a command writes."""
        return [json.loads(line) for line in self(*words, **options).out.splitlines()]

    def command(self, *words):
        """The words that start a process of its own."""
        return [sys.executable, "-W", "error", "-m", "tencent_ci_async", *map(str, words)]

    def start(self, *words, **options):
        """Start a process of its own."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.command(*words), env=self.environment, **(pipes | options))


@pytest.fixture
def fake():
    """A simulated service."""
    return FakeCI()


@pytest.fixture
def shell(fake, monkeypatch, capsys):
    """A shell whose environment leads to the simulator."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "TENCENT_CI_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with serving(fake) as url:
        for name, value in {
            "TENCENT_CI_ENDPOINT": url,
            "TENCENT_CI_BUCKET": fake.bucket,
            "TENCENTCLOUD_REGION": fake.region,
            "TENCENTCLOUD_SECRET_ID": fake.secret_id,
            "TENCENTCLOUD_SECRET_KEY": fake.secret_key,
        }.items():
            monkeypatch.setenv(name, value)
        yield Shell(fake, dict(os.environ), monkeypatch, capsys)
