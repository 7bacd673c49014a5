"""``describe``: exit codes, and what is said of what stands in the way."""

import time

import pytest

from tencent_ci_async import JobOutcome, errors
from tencent_ci_async.cli._describe import Complaints
from tencent_ci_async.testing import Fault


@pytest.mark.parametrize(
    ("outcome", "code"), [("Success", 0), ("Failed", 1), ("Cancel", 1), ("Pause", 0), ("Melted", 0)]
)
def test_the_exit_code_follows_the_states(shell, fake, outcome, code):
    """A job that failed or was cancelled is 1; what is not over yet, or not known here, is no failure."""
    fake.add_job(job_id="j1")
    fake.add_job(job_id="j2", outcome=outcome)
    assert shell("describe", "j1", "j2").code == code


def test_jobs_that_do_not_exist_are_told_in_one_line(shell, fake):
    fake.add_job(job_id="j1")
    done = shell("describe", "j1", *(f"n{number}" for number in range(30)))
    assert done.code == 1
    first, second = done.err.splitlines()
    assert first.startswith("tencent-ci: the service does not know 30 jobs: n")
    assert first.endswith(" and 25 more")
    assert second.startswith("  Check the ids, the bucket and the region")


def test_a_wrong_key_is_told_after_one_request(shell, fake, monkeypatch):
    """However many ids there are: none that follows could fare better. The key itself is not shown."""
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "quite-wrong")
    done = shell("describe", *(f"j{number}" for number in range(500)), "--max-in-flight", "1")
    assert (done.code, done.out) == (3, "")
    first, second = done.err.splitlines()
    assert first.startswith("tencent-ci: 403 SignatureDoesNotMatch: ")
    assert f"(request id {fake.requests[0].request_id})" in second
    assert "quite-wrong" not in done.err
    assert fake.request_count <= 3


@pytest.mark.parametrize("count", [1, 500])
def test_a_service_that_is_not_there_is_told_soon(shell, monkeypatch, count):
    """The address that was tried, how often, and what to check."""
    monkeypatch.setenv("TENCENT_CI_ENDPOINT", "http://127.0.0.1:9")
    began = time.monotonic()
    done = shell("describe", *(f"j{number}" for number in range(count)))
    assert time.monotonic() - began < 4
    assert (done.code, done.out) == (3, "")
    assert "no connection could be made" in done.err
    assert "Tried http://127.0.0.1:9." in done.err
    assert "3 attempts" in done.err
    assert len(done.err.splitlines()) == 2


def test_an_id_that_spoils_a_request_does_not_spoil_the_others(shell, fake):
    """The one request that a few ids take is refused; then the ids are asked for in parts."""
    for number in range(4):
        fake.add_job(job_id=f"j{number}")
    fake.inject(
        Fault.status(400, "InvalidArgument", times=None, when=lambda request: "j2" in request.job_ids)
    )
    found = {node["JobId"]: node for node in shell.lines("describe", "j0", "j1", "j2", "j3")}
    assert [name for name, node in found.items() if "Error" in node] == ["j2"]
    assert found["j2"]["Error"]["Code"] == "InvalidArgument"
    assert found["j2"]["Error"]["Attempts"] == 1


def test_an_id_that_an_answer_leaves_out_is_asked_for_again(shell, fake):
    fake.add_job(job_id="j1")
    fake.add_job(job_id="j2")
    fake.inject(Fault.answer_for(["j1"]))
    assert sorted(shell("describe", "j1", "j2", "-o", "ids").out.split()) == ["j1", "j2"]


def test_a_request_id_that_holds_the_id_of_a_job_is_no_other_kind_of_error(capsys):
    """What the jobs of one request met is told once."""
    complaints = Complaints()
    error = errors.RequestError("no", status=400, code="InvalidArgument", request_id="Rj1j2x")
    for job_id in ("j1", "j2", "j3"):
        complaints.add(JobOutcome(job_id, error=error))
    complaints.tell()
    assert capsys.readouterr().err.startswith(
        "tencent-ci: 3 jobs: j1, j2, j3; the first: 400 InvalidArgument"
    )


def test_a_service_in_trouble_is_told_for_all_its_jobs_together(shell, fake):
    """One line for all jobs of a kind of error, with the first of them."""
    for number in range(12):
        fake.add_job(job_id=f"j{number}")
    fake.inject(Fault.status(400, "InvalidArgument", times=None))
    done = shell("describe", *(f"j{number}" for number in range(12)))
    assert done.code == 3
    assert done.err.startswith("tencent-ci: 12 jobs: ")
    assert " and 7 more; the first: 400 InvalidArgument" in done.err
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TENCENT_CI_BUCKET", "", "no bucket was given"),
        ("TENCENT_CI_BUCKET", "nameonly", "bucket 'nameonly' is not a bucket name"),
        ("TENCENTCLOUD_REGION", "", "no region was given"),
        ("TENCENTCLOUD_REGION", "x y", "region 'x y' is not a region name"),
        ("TENCENT_CI_ENDPOINT", "http://ci.example", "use https, or add --allow-plain-http"),
        ("TENCENT_CI_ENDPOINT", "nonsense", "endpoint 'nonsense' must look like"),
        ("TENCENTCLOUD_SECRET_KEY", "", "no credentials"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_told(shell, fake, monkeypatch, name, value, said):
    """Exit code 2, at most two lines, nothing sent."""
    monkeypatch.setenv(name, value)
    done = shell("describe", "j1")
    assert (done.code, done.out, fake.request_count) == (2, "", 0)
    assert said in done.err
    assert len(done.err.splitlines()) <= 2


def test_options_beat_the_environment(shell, fake, monkeypatch):
    fake.add_job(job_id="j1")
    for name in ("TENCENT_CI_BUCKET", "TENCENTCLOUD_REGION"):
        monkeypatch.setenv(name, "wrong!")
    done = shell("describe", "j1", "--bucket", fake.bucket, "--region", fake.region)
    assert done.code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bukket", "b"], "--bucket"),
        (["--output", "tabel"], "tabel"),
        (["--rate", "fast"], "fast"),
        (["--rate", "0"], "--rate is 0"),
        (["--max-in-flight", "0"], "--max-in-flight is 0"),
        (["--bucket"], "requires an argument"),
        (["--profile", "nobody"], "'nobody'"),
    ],
    ids=" ".join,
)
def test_options_that_are_wrong_are_named(shell, words, said):
    done = shell("describe", "j1", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_keys_come_from_a_profile(shell, fake, monkeypatch, tmp_path):
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("TENCENTCLOUD_SHARED_CREDENTIALS_DIR", str(tmp_path))
    keys = f"[media]\nsecret_id = {fake.secret_id}\nsecret_key = {fake.secret_key}\n"
    (tmp_path / "credentials").write_text(keys)
    (tmp_path / "credentials").chmod(0o600)
    fake.add_job(job_id="j1")
    assert shell("describe", "j1", "--profile", "media").code == 0
    assert fake.requests[-1].signature.accepted


def test_requests_are_told_on_demand(shell, fake):
    """On stderr, so that the data stay as they are; and no key is among it."""
    fake.add_job(job_id="j1")
    done = shell("describe", "j1", "--verbose", "-o", "ids")
    assert done.out == "j1\n"
    assert "GET /jobs/j1 answered 200" in done.err
    assert fake.secret_key not in done.err


def test_the_traceback_is_shown_on_demand(shell, monkeypatch):
    """For a report; without keys."""
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "quite-wrong")
    done = shell("describe", "j1", "--debug")
    assert done.code == 3
    assert "Traceback (most recent call last)" in done.err
    assert "quite-wrong" not in done.err


def test_a_rate_is_kept(shell, fake):
    """Three requests at ten a second take two tenths of a second."""
    for number in range(30):
        fake.add_job(job_id=f"j{number}")
    done = shell("describe", *(f"j{number}" for number in range(30)), "--rate", "10", "-o", "ids")
    assert done.code == 0
    times = sorted(request.time for request in fake.requests)
    assert times[-1] - times[0] >= 0.18
