"""The command line as a process: what a shell, a pipe and Ctrl-C get from it."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys

import pytest

from tencent_ci_async import __version__
from tencent_ci_async.__main__ import main

WITHOUT = """
import runpy, sys
sys.modules[{name!r}] = None
sys.argv = ["tencent-ci", "demo"]
runpy.run_module("tencent_ci_async", run_name="__main__")
"""
INTERRUPTED = """
import signal, sys
from tencent_ci_async.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores it
sys.addaudithook(lambda event, _: signal.raise_signal(signal.SIGINT) if event == "socket.connect" else None)
sys.exit(main(["demo"]))
"""
NO_PORT = """
import errno, sys
from tencent_ci_async.__main__ import main
def refuse(event, _):
    if event == "socket.bind":
        raise OSError(errno.EADDRNOTAVAIL, "no ports left")
sys.addaudithook(refuse)
sys.exit(main(["demo"]))
"""
IMPORTED = """
import sys, tencent_ci_async, tencent_ci_async.__main__
print(*{"cyclopts", "uvicorn", "tencent_ci_async.cli"} & sys.modules.keys())
"""


def python(*arguments, **options):
    """Run a Python process in which a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        text=True,
        timeout=60,
        check=False,
        **({"capture_output": True} | options),
    )


class InterruptedOutput(io.StringIO):
    """An output at which Ctrl-C is pressed."""

    def write(self, _):
        signal.raise_signal(signal.SIGINT)


def test_the_demo_succeeds_and_is_plain_text_in_a_pipe():
    """The README's first command: exit code 0, nothing on stderr, no escape codes, no cell cut short."""
    done = python("-m", "tencent_ci_async", "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "All was as expected." in done.stdout
    assert not set("\x1b\u2026") & set(done.stdout)


def test_the_demo_writes_one_json_document():
    """Machines get one document on stdout, and people a note on stderr."""
    done = python("-m", "tencent_ci_async", "demo", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["as_expected"] is True
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["cyclopts", "rich", "uvicorn"])
def test_without_the_extra_one_line_says_how_to_install_it(name):
    """Exit code 2 and one line on stderr, whichever part of the extra is missing."""
    done = python("-c", WITHOUT.format(name=name))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "pip install 'tencent-ci-async[cli]'" in done.stderr


def test_the_package_is_imported_without_its_command_line():
    """A web service that imports the package does not pay for it; rich, where it is, comes with httpx."""
    assert python("-c", IMPORTED).stdout.strip() == ""


def test_an_interrupt_while_requests_are_under_way_ends_the_process_quietly():
    done = python("-c", INTERRUPTED)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "tencent-ci: interrupted\n")


@pytest.fixture
def interruptible():
    """Ctrl-C counts, also where the tests run in the background and inherit that it does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_during_output_ends_the_command_quietly(interruptible, capsys):
    with contextlib.redirect_stdout(InterruptedOutput()):
        assert main(["demo", "--json"]) == 130
    assert capsys.readouterr().err == "tencent-ci: interrupted\n"


def test_a_reader_who_leaves_is_no_reason_to_complain():
    """``tencent-ci demo | head`` shows no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = python(
            "-m", "tencent_ci_async", "demo", capture_output=False, stdout=writing, stderr=subprocess.PIPE
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_error_is_one_line_on_stderr():
    """A machine that lets nobody listen on a port is told about in one line."""
    done = python("-c", NO_PORT)
    assert (done.returncode, done.stdout) == (3, "")
    assert len(done.stderr.splitlines()) == 1
    assert "no ports left" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["describes"], ["demo", "--jsn"], ["demo", "j1"], ["--verbose"]],
    ids=" ".join,
)
def test_what_is_not_understood_is_named_on_stderr(arguments, capsys):
    """Exit code 2, the offending word and the way to the help; nothing on stdout."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert arguments[-1] in said.err
    assert "--help" in said.err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]], ids=" ".join)
def test_the_help_lists_the_commands(arguments, capsys):
    """No command at all asks for the help as well."""
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "demo" in said.out
    assert said.err == ""


def test_the_help_of_a_command_lists_its_options(capsys):
    assert main(["demo", "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.split() == ["tencent-ci-async", __version__]


def test_the_arguments_of_the_process_are_the_default(capsys, monkeypatch):
    """As the installed ``tencent-ci`` calls it."""
    monkeypatch.setattr(sys, "argv", ["tencent-ci", "--version"])
    assert main() == 0
    assert __version__ in capsys.readouterr().out
