"""``simulate``: a server of its own process, met by clients that are not ours."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError

COMMAND = [sys.executable, "-W", "error", "-m", "tencent_ci_async", "simulate"]


class Server:
    """A simulator that was started, and what its first line says."""

    def __init__(self, process, said):
        self.process = process
        self.said = said
        self.address = said["endpoint"].removeprefix("http://")

    def ask(self, method, path, document=None, headers=None):
        """Send a request as any program can; gives status and body."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        body = None if document is None else json.dumps(document)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        answer = response.read().decode()
        connection.close()
        return response.status, answer

    def vendor(self):
        """The vendor's client."""
        said = self.said
        config = CosConfig(
            Region=said["region"],
            SecretId=said["secret_id"],
            SecretKey=said["secret_key"],
            Scheme="http",
            Domain=self.address,
            KeepAlive=False,
        )
        return CosS3Client(config, retry=0)

    def jobs(self, *job_ids):
        """What the vendor's client is told of jobs."""
        answer = self.vendor().ci_get_media_jobs(Bucket=self.said["bucket"], JobIDs=",".join(job_ids))
        return answer["JobsDetail"]

    def submit(self):
        """Submit a job by the vendor's client, and return its id."""
        body = {
            "Tag": "Concat",
            "Input": {"Object": "in/a.mp4"},
            "Operation": {
                "ConcatTemplate": {
                    "ConcatFragment": [{"Url": "https://media.example/a.mp4", "Mode": "Start"}],
                    "Container": {"Format": "mp4"},
                },
                "Output": {
                    "Bucket": self.said["bucket"],
                    "Region": self.said["region"],
                    "Object": "out/a.mp4",
                },
            },
        }
        answer = self.vendor().ci_create_media_jobs(Bucket=self.said["bucket"], Jobs=body, Lst={})
        return answer["JobsDetail"][0]["JobId"]

    def stop(self, number=signal.SIGTERM):
        """End it by a signal; gives the exit code and what else it has said."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@contextmanager
def simulator(*options):
    process = subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield Server(process, json.loads(process.stdout.readline()))
    finally:
        if process.returncode is None:
            process.kill()
            process.communicate()


def failing(*options):
    """Run a command that cannot start."""
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_another_client_submits_and_asks_over_the_wire():
    """The first line says all that it needs; a job has a life, and some fail."""
    with simulator("--life", "3", "--fail-share", "0.5") as server:
        assert set(server.said) == {"endpoint", "control", "bucket", "region", "secret_id", "secret_key"}
        assert (server.said["control"], server.said["region"]) == (None, "ap-chongqing")
        job_ids = [server.submit(), server.submit()]
        assert {job["State"] for job in server.jobs(*job_ids)} <= {"Submitted", "Running"}
        time.sleep(3.1)  # the server is another process, with a real clock
        assert [job["State"] for job in server.jobs(*job_ids)] == ["Success", "Failed"]
        assert server.ask("GET", "/_fake")[0] == 404
        code, out, err = server.stop()
    assert (code, out) == (0, "")
    assert err == f"The simulator listens on {server.said['endpoint']}; Ctrl-C ends it.\n"


def test_jobs_to_begin_with_and_settings_of_ones_own(tmp_path):
    jobs = tmp_path / "jobs.json"
    jobs.write_text(
        '[{"job_id": "j1", "runs_for": "forever"}, {"job_id": "j2", "outcome": "Failed", "code": "X"}]'
    )
    options = [
        "--bucket",
        "other-1250000001",
        "--region",
        "ap-beijing",
        "--secret-id",
        "me",
        "--secret-key",
        "k",
    ]
    with simulator("--jobs", str(jobs), *options) as server:
        assert server.said["bucket"] == "other-1250000001"
        assert (server.said["region"], server.said["secret_id"], server.said["secret_key"]) == (
            "ap-beijing",
            "me",
            "k",
        )
        assert [(job["State"], job["Code"]) for job in server.jobs("j1", "j2")] == [
            ("Running", "Success"),
            ("Failed", "X"),
        ]
        server.said["secret_key"] = "wrong"
        with pytest.raises(CosServiceError) as caught:
            server.jobs("j1")
        assert caught.value.get_status_code() == 403
        assert server.stop(signal.SIGINT)[0] == 130


def test_unsigned_slow_and_controlled():
    """What tests in other languages need: no signature, a slow answer, and a hand on it all."""
    with simulator("--unsigned", "--latency", "0.2", "--control", "--life", "inf") as server:
        assert server.said["control"] == f"{server.said['endpoint']}/_fake"
        assert server.ask("POST", "/_fake/jobs", {"job_id": "j1"}) == (200, '{"job_ids": ["j1"]}\n')
        began = time.monotonic()
        status, body = server.ask("GET", "/jobs/j1")
        assert time.monotonic() - began >= 0.2
        assert (status, "<State>Success</State>" in body) == (200, True)
        server.ask("POST", "/_fake/faults", {"kind": "status", "status": 503, "code": "SlowDown"})
        status, body = server.ask("GET", "/jobs/j1")
        assert (status, "<Code>SlowDown</Code>" in body) == (503, True)
        job_id = server.submit()
        assert server.jobs(job_id)[0]["State"] == "Running"
        paths = [
            request["path"] for request in json.loads(server.ask("GET", "/_fake/requests")[1])["requests"]
        ]
        assert paths == ["/jobs/j1", "/jobs/j1", "/jobs", f"/jobs/{job_id}"]
        # A client that waits for an answer does not hold up the end.
        server.ask("POST", "/_fake/faults", {"kind": "stall"})
        with socket.create_connection(server.address.split(":")) as waiting:
            waiting.sendall(b"GET /jobs/j1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.3)  # until it has arrived
            assert server.stop()[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--life", "-1"], "--life must be 0 seconds or more, not -1"),
        (["--latency", "-1"], "--latency must be 0 seconds or more, not -1.0"),
        (["--fail-share", "1.5"], "--fail-share must lie between 0 and 1, not 1.5"),
        (["--jobs", "no-such-file.json"], "no-such-file.json cannot be read: No such file or directory"),
        (["--port", "70000"], "cannot listen on 127.0.0.1, port 70000: "),
        (["--port", "many"], "many"),
    ],
)
def test_what_is_not_usable_is_named_in_a_line_or_two(options, said):
    code, err = failing(*options)
    assert (code, said in err) == (2, True), err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Expecting property name"),
        ('[{"run_for": 5}]', "job 1 has no use for 'run_for'; it may have appears_after"),
        ('"j1"', "the job must be an object"),
    ],
)
def test_a_file_of_jobs_that_makes_no_sense(tmp_path, text, said):
    path = tmp_path / "jobs.json"
    path.write_text(text)
    code, err = failing("--jobs", str(path))
    assert (code, said in err) == (2, True), err
    assert err.splitlines()[1].startswith("  It holds a list such as [")


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, err = failing("--port", str(taken.getsockname()[1]))
    assert code == 2
    assert os.strerror(98 if sys.platform == "linux" else 48).lower() in err.lower()
    assert "0 takes a free port" in err


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="it is a session of bash and curl"
)
def test_the_shell_session_of_the_documentation():
    """It runs as it stands, and prints what the page says."""
    examples = Path(__file__).parents[2] / "docs" / "examples"
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "no_proxy": "127.0.0.1"}
    command = [shutil.which("bash"), "-u", str(examples / "simulate.sh")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (examples / "simulate.out").read_text()
