"""Every Python block of README.md and docs/ runs, and prints what the page says that it prints.

A ``python`` block that prints is followed by an ``output`` block, which holds exactly what was printed. The
blocks of a page share their names and one event loop, and may await at the top level, as in
``python -m asyncio``. Requests to the public service end in a simulator; nothing else beyond loopback is
reached.
"""

import ast
import asyncio
import builtins
import code
import inspect
import io
import logging
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import FunctionType

import httpx
import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

from tencent_ci_async.testing import FakeCI

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    *sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.relative_to(DOCS).parts),
]
EXAMPLES = DOCS / "examples"

DEMO = (
    "python3 -m venv .venv && .venv/bin/python -m pip install '.[cli]' "
    "&& .venv/bin/python -m tencent_ci_async demo"
)
CHECKS = "python3 -m venv .venv && .venv/bin/python -m pip install nox && .venv/bin/nox"

# The jobs that the public service has, as far as the pages are concerned.
FINISHED = "j8d121820f5e411ec926ef19d53ba9c6f"
RUNNING = "j3c5f0d2a8b7e11ef9c416f1d2e7a9b04"
FAILED = "jb71e94f05d2611ef8a3d0f6c2b9e4d18"


class Page:
    """Runs the blocks of one page in their order."""

    def __init__(self, runner):
        self.runner = runner
        self.blocks = 0
        self.printed = ""

    def run(self, example):
        self.check_all_shown()
        self.blocks += 1
        source = "\n" * example.line + example.parsed
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        block = compile(source, example.path, "exec", flags=flags, dont_inherit=True)
        example.namespace.update(__name__="__main__", __builtins__=builtins)
        with redirect_stdout(io.StringIO()) as printed:
            result = FunctionType(block, example.namespace)()
            if inspect.iscoroutine(result):
                self.runner.run(result)
        self.printed = printed.getvalue()

    def compare(self, example):
        shown, printed = example.parsed.splitlines(), self.printed.splitlines()
        assert printed == shown, f"{example.path}:{example.line}: the block before printed something else"
        self.printed = ""

    def check_all_shown(self):
        assert not self.printed, "a block printed what no output block shows"


@pytest.fixture
def runner():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(autouse=True)
def public_service(monkeypatch):
    """A simulator in the place of the public service, and its keys in the environment."""
    fake = FakeCI()
    fake.add_job("Concat", job_id=FINISHED)
    fake.add_job("Transcode", job_id=RUNNING, waits_for=1e-6, runs_for=1e9)
    fake.add_job("Concat", job_id=FAILED, outcome="Failed")
    reach_loopback = httpx.AsyncHTTPTransport.handle_async_request
    transport = fake.transport()

    async def handle(self, request):
        if request.url.host == fake.host:
            return await transport.handle_async_request(request)
        assert request.url.host in {"127.0.0.1", "localhost"}, f"{request.url.host} is beyond loopback"
        return await reach_loopback(self, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    for name in list(os.environ):
        if name.startswith(("TENCENTCLOUD_", "COS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", fake.secret_id)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", fake.secret_key)
    return fake


@pytest.fixture(autouse=True)
def restored_logging():
    """What a page sets up for logging ends with it."""
    loggers = [logging.getLogger(name) for name in (None, "tencent_ci_async", "httpx", "httpcore")]
    before = [(each, each.level, each.propagate, list(each.handlers)) for each in loggers]
    yield
    for logger, level, propagate, handlers in before:
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers[:] = handlers


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_of_a_page_runs_and_prints_what_the_page_says(path, runner):
    """A reader may copy any block of a page after those above it, and sees what the page shows."""
    page = Page(runner)
    reader = Sybil([CodeBlockParser("python", page.run), CodeBlockParser("output", page.compare)])
    for example in reader.parse(path).examples():
        example.evaluate()
    page.check_all_shown()
    text = path.read_text(encoding="utf-8")
    assert page.blocks == len(re.findall(r"^ *(?:```|~~~)[ {]*(?:code-block\} *)?py", text, re.MULTILINE))


class Prompt(code.InteractiveConsole):
    """What ``python -m asyncio`` makes of pasted lines, without running them."""

    def __init__(self):
        super().__init__()
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.complaints = []

    def runcode(self, _):
        pass

    def showsyntaxerror(self, *_, **__):
        self.complaints.append(self.buffer)


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md", "docs/tutorial-waiting.md"])
def test_blocks_can_be_pasted_at_the_prompt(name):
    """No line of these pages' blocks is one that an interactive Python cannot take where it stands."""
    prompt = Prompt()
    for block in re.findall(r"^```python\n(.*?)^```", _read(name), re.MULTILINE | re.DOTALL):
        for line in [*block.splitlines(), ""]:
            prompt.push(line)
    assert prompt.complaints == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_inside_the_repository_lead_somewhere(path):
    """A relative link names a file that exists."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    assert [each for each in targets if ":" not in each and not (path.parent / each).exists()] == []


def test_readme_names_the_two_commands_verbatim():
    """The two commands for a fresh machine can be pasted as they stand."""
    blocks = re.findall(
        r"^```(?:shell|bash|console)\n(.*?)^```", _read("README.md"), re.MULTILINE | re.DOTALL
    )
    lines = [line for block in blocks for line in block.splitlines()]
    assert DEMO in lines
    assert CHECKS in lines


@pytest.mark.skipif(not (ROOT / ".ci").exists(), reason="what is distributed has no .ci")
def test_ci_runs_the_command_that_the_readme_names():
    """The same command runs every check here and for a reader."""
    assert CHECKS in _read(".ci/run")


def test_start_page_and_readme_show_the_same_first_example():
    """Whoever goes on from README.md to the documentation recognises the code."""
    first = [re.search(r"^```python\n.*?^```", _read(name), re.MULTILINE | re.DOTALL) for name in START_PAGES]
    assert first[0] is not None
    assert first[1] is not None
    assert first[0][0] == first[1][0]


START_PAGES = ("README.md", "docs/index.md")


def test_example_program_reports_jobs(runner, capsys):
    """The example program prints a line for each job and tells by its exit status whether all went well."""
    namespace = {"__name__": "describe_jobs"}
    exec(compile(_read("docs/examples/describe_jobs.py"), "describe_jobs.py", "exec"), namespace)  # noqa: S102
    bucket, region = "examplebucket-1250000000", "ap-chongqing"
    status = runner.run(namespace["report"](bucket, region, [FINISHED, FAILED, "j-unknown"]))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [FINISHED, "Success"],
        [FAILED, "Failed"],
        ["j-unknown", "unknown"],
    ]
    assert status == 1
    assert runner.run(namespace["report"](bucket, region, [FINISHED])) == 0


JOB = FakeCI().add_job()
FILES = "https://examplebucket-1250000000.cos.ap-chongqing.myqcloud.com"
PRINTED = {
    "submit_a_splice.py": [f"{FILES}/talks/42%20%E5%AE%8C%E6%95%B4%E7%89%88.mp4"],
    "yesterdays_failures.py": [
        "j-first 2026-03-10 00:00:00 ResourceNotSupported - The input object can not be decoded",
        "j-last 2026-03-10 23:00:00 ResourceNotSupported - The input object can not be decoded",
        "2 failed",
    ],
    "cancel_a_backlog.py": [
        "150 jobs wait",
        "cancelled: 148",
        "too late: 1",
        "gone: 1",
        "at most 4 requests at once",
        "left: 0",
    ],
    "wait_by_callback.py": [
        f"submitted: {JOB}",
        "the service was asked, and the job is Submitted",
        "a forged callback: 200 - the user still waits: True",
        "the true callback: 200 - confirmed by 1 request",
        "the user was told: {'state': 'Success', 'output': ['splices/talk-42.mp4']}",
        "every request was signed: True",
    ],
}


@pytest.mark.parametrize("name", PRINTED)
def test_example_programs_run_as_they_stand(name):
    """Each plays its part and the service's on loopback, warns of nothing, and prints what it is meant to."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == PRINTED[name]


def test_every_example_is_run():
    """An example that no test runs would rot."""
    run_otherwise = {"describe_jobs.py", "test_job_status.py", "test_with_the_plugin.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*PRINTED, *run_otherwise}


@pytest.mark.parametrize("name", ["test_job_status.py", "test_with_the_plugin.py"])
def test_example_tests_pass(name):
    """The test files that the documentation shows pass as they stand."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command += ["-c", os.devnull, "--rootdir", str(EXAMPLES), "-W", "error", "-o", "asyncio_mode=auto"]
    command += ["-o", "asyncio_default_fixture_loop_scope=function", str(EXAMPLES / name)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _read(name):
    return (ROOT / name).read_text(encoding="utf-8")
