"""The commands as processes: terminals, signals, pipes, full disks."""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tencent_ci_async.testing import Fault

# Makes the terminal on its standard input the one whose Ctrl-C it gets.
ON_TERMINAL = """
import fcntl, runpy, signal, sys, termios
signal.signal(signal.SIGINT, signal.default_int_handler)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv[0] = "tencent-ci"
runpy.run_module("tencent_ci_async", run_name="__main__")
"""
# A process in the background ignores Ctrl-C, and tests may run there.
IN_FRONT = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = "tencent-ci"
runpy.run_module("tencent_ci_async", run_name="__main__")
"""
STUBBORN = """
import asyncio, signal, sys
from tencent_ci_async.cli._options import ServiceOptions
from tencent_ci_async.cli._runner import execute
signal.signal(signal.SIGINT, signal.default_int_handler)
async def work(session):
    print("ready", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("once", flush=True)
sys.exit(execute(ServiceOptions(bucket="examplebucket-1250000000", region="ap-chongqing"), work))
"""


class Terminal:
    """A terminal with a command on it."""

    def __init__(self, shell, *words, size=(30, 120), **environment):
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", ON_TERMINAL, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**shell.environment, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
            start_new_session=True,
        )
        os.close(slave)

    def read(self, pattern=None, *, patience=20):
        """Read until a pattern is seen, or to the end."""
        limit = time.monotonic() + patience
        while not (pattern and re.search(pattern, self.seen)):
            if not select.select([self.master], [], [], max(0, limit - time.monotonic()))[0]:
                raise AssertionError(f"{pattern} was not seen in {self.seen!r}")
            try:
                piece = os.read(self.master, 65_536)
            except OSError:
                piece = b""
            if not piece:
                assert pattern is None, f"{pattern} was not seen in {self.seen!r}"
                break
            self.seen += piece.decode(errors="replace")
        return self.seen

    def press(self, keys):
        os.write(self.master, keys)

    def end(self):
        """Return the exit code and everything that was seen."""
        self.read()
        return self.process.wait(20), self.seen


@pytest.fixture
def terminal(shell):
    """Opens terminals, and closes them."""
    opened = []

    def start(*words, **options):
        opened.append(Terminal(shell, *words, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.process.kill()
        each.process.wait()
        with contextlib.suppress(OSError):
            os.close(each.master)


def test_a_terminal_sees_the_jobs_move(terminal, fake):
    """The picture is drawn again and again, then makes room for the table; and the cursor is back."""
    fake.add_job("Transcode", job_id="jmoves", waits_for=1e6)
    fake.add_job("Concat", job_id="jfails", outcome="Failed", message="no video")
    window = terminal("watch", "jmoves", "jfails", "--interval", "0.1")
    window.read("Submitted")
    fake.forget("jmoves")
    fake.add_job("Transcode", job_id="jmoves", runs_for=1.0, output_object="out/\u5b8c\u6574.mp4")
    code, seen = window.end()
    assert code == 1
    assert seen.count("Watching 2 jobs") > 5
    assert {"Submitted", "Running", "Success", "Failed"} <= set(re.findall("[A-Z][a-z]+", seen))
    assert len(set(re.findall(r"(\d+) %", seen))) > 2
    assert "\u2501" in seen
    table = seen[seen.rindex("Watching") :]
    assert "out/\u5b8c\u6574.mp4" in table
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    assert "Traceback" not in seen


def test_ctrl_c_ends_a_watch_cleanly(terminal, fake):
    """Exit code 130, the cursor is back, what had ended is said, and the job goes on."""
    fake.add_job(job_id="jlong", runs_for=1e6)
    window = terminal("watch", "jlong", "--interval", "0.1")
    window.read("Running")
    window.press(b"\x03")
    code, seen = window.end()
    assert code == 130
    assert "0 of 1 job had ended: 1 Running." in seen
    assert "tencent-ci: interrupted" in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    assert "Traceback" not in seen
    assert fake.state("jlong") == "Running"


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}], ids=str)
def test_no_picture_where_nobody_looks(terminal, fake, environment):
    """A terminal that cannot move its cursor, or a build server: the table in the end, and no picture."""
    fake.add_job(job_id="j1", runs_for=1e6)
    window = terminal("watch", "j1", "--interval", "0.1", **environment)
    while fake.request_count < 3:
        time.sleep(0.01)
    fake.finish("j1")
    code, seen = window.end()
    assert code == 0
    assert "Watching" not in seen
    assert "\x1b[?25l" not in seen
    assert "Success" in seen


def test_no_color_is_honoured(terminal, fake):
    """The picture moves, without colours."""
    fake.add_job("Transcode", job_id="j1", runs_for=1e6)
    window = terminal("watch", "j1", "--interval", "0.1", NO_COLOR="1")
    window.read("Watching 1 job")
    fake.set_state("j1", "Success")
    code, seen = window.end()
    assert code == 0
    assert "Watching 1 job" in seen
    assert not re.search(r"\x1b\[[0-9;]*[34]\d[;m]", seen)


def test_a_small_terminal_is_enough(terminal, fake):
    """Nothing wraps, nothing scrolls away."""
    for number in range(40):
        fake.add_job("Transcode", job_id=f"j{number}", runs_for=1e6)
    window = terminal("watch", *fake.jobs, "--interval", "0.2", size=(14, 40))
    window.read(r"\d+ more")
    for job_id in fake.jobs:
        fake.finish(job_id)
    assert window.end()[0] == 0


def interrupted(shell, *words):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", IN_FRONT, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=shell.environment,
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("words", [("watch", "j1"), ("describe", "-"), ("cancel", "-")], ids=" ".join)
def test_signals_end_what_waits(shell, fake, words, number, code):
    """For the service, or for standard input."""
    fake.add_job(job_id="j1", waits_for=1e6)
    fake.inject(Fault.delay(60, times=None, when=lambda request: request.method == "PUT"))
    with interrupted(shell, *words) as process:
        if "-" in words:
            process.stdin.write(b"\n".join([b"j1"] * 10) + b"\n")
            process.stdin.flush()
        deadline = time.monotonic() + 20
        while not fake.request_count and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert b"tencent-ci: interrupted" in err
    assert b"Traceback" not in out + err


def test_a_second_ctrl_c_ends_the_process_at_once(shell):
    """Also where the first one has no effect."""
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=shell.environment,
    ) as process:
        for expected in (b"ready\n", b"once\n"):
            assert process.stdout.readline() == expected
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_command_in_the_background_ignores_ctrl_c(shell, fake):
    """As a shell starts it with ``&``: Ctrl-C is meant for the command in front."""
    fake.add_job(job_id="j1", runs_for=1e6)
    ignore = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{IN_FRONT}"
    ignore = ignore.replace("signal.signal(signal.SIGINT, signal.default_int_handler)\n", "")
    with subprocess.Popen(
        [sys.executable, "-c", ignore, "watch", "j1", "--interval", "0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=shell.environment,
    ) as process:
        while not fake.request_count:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        seen = fake.request_count
        while fake.request_count < seen + 3:
            time.sleep(0.01)
        fake.finish("j1")
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_reader_who_leaves_is_no_reason_to_complain(shell, fake):
    """``tencent-ci describe ... | head -1`` ends early and quietly, with the code of SIGPIPE."""
    for number in range(2_000):
        fake.add_job(job_id=f"j{number}")
    with shell.start("describe", "-", stdin=subprocess.PIPE) as process:
        process.stdin.write("\n".join(fake.jobs).encode())
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 141
    assert fake.request_count < 200


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it is Linux's")
def test_a_full_disk_is_told(shell, fake):
    fake.add_job(job_id="j1")
    with Path("/dev/full").open("wb") as full, shell.start("describe", "j1", stdout=full) as process:
        assert process.stderr.read() == b"tencent-ci: No space left on device\n"
        assert process.wait(20) == 3


def test_lines_are_there_as_soon_as_they_are_written(shell, fake):
    """The program behind the pipe need not wait for the last job."""
    fake.add_job(job_id="jfast")
    fake.add_job(job_id="jslow", runs_for=1e6)
    with shell.start("watch", "jfast", "jslow", "--interval", "0.1") as process:
        assert b'"jfast"' in process.stdout.readline()
        process.kill()


def test_closed_streams_are_no_reason_to_complain(shell, fake):
    """As under some daemons."""
    fake.add_job(job_id="j1", outcome="Failed")
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *shell.command("describe", "j1", "-o", "ids")],
        env=shell.environment,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1


def test_a_fault_of_the_program_is_told_in_two_lines(shell):
    """No traceback unless it is asked for."""
    broken = (
        "import sys; from tencent_ci_async.__main__ import main; import tencent_ci_async.cli._queues as q\n"
        "q.chosen_format = lambda _: 1 / 0\nsys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", broken, "queues"]
    done = subprocess.run(command, capture_output=True, text=True, env=shell.environment, check=False)
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr.splitlines() == [
        "tencent-ci: a fault of this program: ZeroDivisionError: division by zero",
        "  Run it again with --debug, and report what it shows.",
    ]
    done = subprocess.run(
        [*command, "--debug"], capture_output=True, text=True, env=shell.environment, check=False
    )
    assert "Traceback" in done.stderr


def test_the_help_is_quick_because_it_imports_little(shell):
    """Neither the simulator nor a server, nor what draws; only what the package itself and cyclopts need."""
    program = (
        "import sys; from tencent_ci_async.__main__ import main; main(['--help'])\n"
        "print(*[name for name in sys.modules if name.startswith(('uvicorn', 'tencent_ci_async.testing'))\n"
        "    or name in {f'tencent_ci_async.cli._{each}' for each in ('render', 'drawing', 'console')}],\n"
        "    file=sys.stderr)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=shell.environment, check=True)
    assert done.stderr.strip() == ""
