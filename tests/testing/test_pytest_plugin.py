"""The pytest plugin, in runs of pytest of its own."""

import subprocess
import sys
import textwrap

import pytest

pytest_plugins = ["pytester"]

ASYNCIO = ("-p", "no:anyio")
ANYIO = ("-p", "no:asyncio")
STRICT = "import pytest\n\npytestmark = pytest.mark.asyncio\n"
UNDER_ANYIO = """
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
RUNNERS = {
    "asyncio, strict": (STRICT, (*ASYNCIO, "-o", "asyncio_mode=strict")),
    "asyncio, auto": ("", (*ASYNCIO, "-o", "asyncio_mode=auto")),
    "anyio": (UNDER_ANYIO, ANYIO),
    "anyio beside asyncio": (UNDER_ANYIO, ("-o", "asyncio_mode=strict")),
}


@pytest.fixture(autouse=True)
def its_own_configuration(request):
    """Ours, which turns the plugin off, is not looked for in the folders above."""
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester").makeini("[pytest]")


@pytest.fixture
def run(pytester):
    """Runs a test file; what it warns of is an error."""

    def run(source, *options):
        pytester.makepyfile(textwrap.dedent(source))
        # looptime, where it is installed, cannot do without pytest-asyncio.
        common = ("-W", "error", "-p", "no:cacheprovider", "-p", "no:looptime_plugin", "--strict-markers")
        if not any("asyncio" in option for option in options):
            options += ("-o", "asyncio_mode=auto")
        if "no:asyncio" not in options:
            options += ("-o", "asyncio_default_fixture_loop_scope=function")
        return pytester.runpytest_inprocess(*common, *options)

    return run


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_session_reaches_a_fresh_simulator(run, runner):
    """Whatever runs the coroutines, and in tests that are none."""
    preamble, options = RUNNERS[runner]
    result = run(
        preamble
        + textwrap.dedent("""
        import asyncio

        from tencent_ci_async import JobWatcher, PollSchedule


        async def test_one(fake_ci, ci_session):
            job_id = fake_ci.add_job()
            assert (await ci_session.describe_media_job(job_id)).job.state == "Success"
            async with JobWatcher(ci_session.describe_media_job) as watcher:
                assert (await watcher.wait(job_id)).job_id == job_id


        async def test_another_one_is_new(fake_ci, ci_session):
            assert fake_ci.jobs == {} and fake_ci.request_count == 0
            assert (await ci_session.describe_media_job("j1", "j2")).non_exist_job_ids == ["j1", "j2"]
        """),
        *options,
    )
    result.assert_outcomes(passed=2)


def test_a_test_that_is_no_coroutine_may_run_a_loop_of_its_own(run):
    result = run("""
        import asyncio


        def test_it(fake_ci, ci_session):
            job_id = fake_ci.add_job()
            answer = asyncio.run(ci_session.describe_media_job(job_id))
            assert answer.job.state == "Success"
    """)
    result.assert_outcomes(passed=1)


def test_the_clock_is_virtual_when_it_is_asked_for(run):
    """A minute of work and a long wait between two attempts take no time."""
    result = run("""
        import time

        import pytest

        from tencent_ci_async import CISession, Credentials, ThrottledError
        from tencent_ci_async.testing import Fault


        async def test_it(fake_ci, ci_session, ci_clock):
            began = time.monotonic()
            job_id = fake_ci.add_job(waits_for=5, runs_for=60)
            ci_clock.advance(64)
            assert (await ci_session.describe_media_job(job_id)).job.progress is None
            assert fake_ci.state(job_id) == "Running"
            ci_clock.advance(1)
            assert (await ci_session.describe_media_job(job_id)).job.state == "Success"
            fake_ci.inject(Fault.status(429, "SlowDown", headers={"Retry-After": "7"}, times=None))
            before = ci_clock.now
            with pytest.raises(ThrottledError):
                await ci_session.describe_media_job(job_id)
            assert ci_clock.now - before >= 14
            assert time.monotonic() - began < 5


        async def test_for_a_session_of_ones_own(fake_ci, ci_timing, ci_clock):
            assert fake_ci.state(fake_ci.add_job(runs_for=1)) == "Running"
            assert ci_timing.wall_clock() == ci_timing.clock() == ci_clock.now


        async def test_else_it_is_real(fake_ci):
            assert abs(fake_ci.jobs[fake_ci.add_job()].created - time.time()) < 60
    """)
    result.assert_outcomes(passed=3)


def test_markers_give_settings(run):
    """Those of the test beat those of its class."""
    result = run("""
        import pytest


        @pytest.mark.fake_ci(bucket="other-1250000001", region="ap-beijing", latency=0.01)
        @pytest.mark.ci_session(max_in_flight=3, retry=None)
        class TestIt:
            async def test_of_the_class(self, fake_ci, ci_session):
                assert fake_ci.host == "other-1250000001.ci.ap-beijing.myqcloud.com"
                await ci_session.describe_all([f"j{n}" for n in range(100)])
                assert fake_ci.highest_in_flight == 3

            @pytest.mark.fake_ci(region="ap-nanjing")
            async def test_of_its_own(self, fake_ci, ci_session):
                assert fake_ci.host == "other-1250000001.ci.ap-nanjing.myqcloud.com"
                assert (await ci_session.describe_media_job("j1", "j2")).response.status == 200
    """)
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("fake_ci(strickt=False)", "*@pytest.mark.fake_ci: *unexpected keyword argument 'strickt'*"),
        ("fake_ci(False)", "*takes settings by name, such as strict=False, not (False,)*"),
        ("ci_session(max_in_flight=0)", "*@pytest.mark.ci_session: max_in_flight is 0: *"),
        ("ci_session(4)", "*such as max_in_flight=2, not (4,)*"),
    ],
)
def test_a_wrong_marker_is_named(run, marker, said):
    result = run(f"""
        import pytest


        @pytest.mark.{marker}
        def test_it(ci_session):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([said])


def test_the_served_simulator_takes_blocking_and_foreign_clients(run):
    """One state, seen from the test's thread, from a blocking client, and from a loop of its own."""
    result = run("""
        import asyncio

        from qcloud_cos import CosConfig, CosS3Client

        from tencent_ci_async import CISession, Credentials


        def ask(fake_ci, url):
            async def main():
                keys = Credentials(fake_ci.secret_id, fake_ci.secret_key)
                place = (fake_ci.bucket, fake_ci.region)
                async with CISession(*place, credentials=keys, endpoint=url) as session:
                    return (await session.describe_media_job(*fake_ci.jobs)).job.state

            return asyncio.run(main())


        def test_a_program(fake_ci, fake_ci_url):
            job_id = fake_ci.add_job(runs_for=float("inf"))
            assert ask(fake_ci, fake_ci_url) == "Running"
            fake_ci.finish(job_id)
            assert ask(fake_ci, fake_ci_url) == "Success"
            assert fake_ci.request_count == 2


        def test_a_client_that_blocks(fake_ci, fake_ci_url):
            keys = {"SecretId": fake_ci.secret_id, "SecretKey": fake_ci.secret_key}
            config = CosConfig(
                Region=fake_ci.region, Scheme="http", Domain=fake_ci_url.removeprefix("http://"), **keys
            )
            job_id = fake_ci.add_job()
            client = CosS3Client(config)
            answer = client.ci_get_media_jobs(Bucket=fake_ci.bucket, JobIDs=job_id)
            assert answer["JobsDetail"][0]["State"] == "Success"
            client._session.close()


        async def test_news_reach_the_test_from_the_other_thread(fake_ci, fake_ci_url):
            waiting = asyncio.create_task(fake_ci.received(1))
            await asyncio.sleep(0)
            fake_ci.add_job()
            await asyncio.to_thread(ask, fake_ci, fake_ci_url)
            await asyncio.wait_for(waiting, 5)
    """)
    result.assert_outcomes(passed=3)


# --- What is said when a test is wrong --------------------------------------------------------------


def test_faults_that_met_no_request_are_an_error(run):
    """Such a test has not tested what it says."""
    result = run("""
        from tencent_ci_async.testing import Fault


        async def test_it(fake_ci, ci_session):
            fake_ci.inject(Fault.status(503, "SlowDown", times=4, when="j2"), Fault.reset())
            assert await ci_session.describe_media_job("j1", "j3")
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "1 fault injected into fake_ci met no request:",
            "  status 503 SlowDown, still 4 times",
            "so the test did not test them. If that is meant, end it with fake_ci.clear_faults().",
            "The requests that came:",
            "  1. GET /jobs/j1,j3 -> no answer; fault: reset",
            "  2. GET /jobs/j1,j3 -> 200",
        ]
    )


def test_faults_that_a_test_did_not_come_to_are_no_error_of_their_own(run):
    """One that was skipped in the middle, or is known to fail, has said why."""
    result = run("""
        import pytest

        from tencent_ci_async.testing import Fault


        def test_skipped(fake_ci):
            fake_ci.inject(Fault.status(503))
            pytest.skip("not here")


        @pytest.mark.xfail
        def test_known_to_fail(fake_ci):
            fake_ci.inject(Fault.status(503))
            raise AssertionError
    """)
    result.assert_outcomes(skipped=1, xfailed=1)


def test_faults_that_need_not_be_met(run):
    """Those that the test has withdrawn, and those that are for all requests."""
    result = run("""
        from tencent_ci_async.testing import Fault


        def test_withdrawn(fake_ci):
            fake_ci.inject(Fault.status(503))
            fake_ci.clear_faults()


        def test_for_ever(fake_ci):
            fake_ci.inject(Fault.stall(times=None))
    """)
    result.assert_outcomes(passed=2)


def test_a_failure_shows_what_was_asked(run):
    """Beside it, and faults that are left do not add to it; the log is that of the test alone."""
    result = run("""
        from tencent_ci_async.testing import Fault


        async def test_it(fake_ci, ci_session):
            fake_ci.inject(Fault.status(403, "AccessDenied"), Fault.reset())
            fake_ci.revoke(fake_ci.secret_id)
            try:
                await ci_session.describe_media_job("j1")
            finally:
                fake_ci.requests.extend(fake_ci.requests[:1] * 60)


        def test_nothing(fake_ci):
            assert not fake_ci


        def test_no_simulator():
            assert 1 == 2
    """)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*Requests to fake_ci*",
            "  (11 earlier ones are left out)",
            "  1. GET /jobs/j1 -> 403; fault: status 403 AccessDenied; signature: *",
            "*test_nothing*",
            "*Requests to fake_ci*",
            "  none",
        ]
    )
    assert str(result.stdout).count("Requests to fake_ci") == 2
    assert "met no request" not in str(result.stdout)


def test_a_session_that_the_code_under_test_forgets_is_named(run):
    """Python warns of it, and pytest makes an error of that where warnings are errors."""
    result = run("""
        import gc

        from tencent_ci_async import CISession, Credentials


        async def test_it(fake_ci, fake_ci_url):
            keys = Credentials(fake_ci.secret_id, fake_ci.secret_key)
            session = CISession(fake_ci.bucket, fake_ci.region, credentials=keys, endpoint=fake_ci_url)
            await session.describe_media_job("j1", "j2")
            del session
            gc.collect()
    """)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*ResourceWarning: <CISession * open> was never closed*"])


def test_a_session_that_outlives_its_test_says_so(run):
    result = run("""
        import pytest

        from tencent_ci_async import SessionClosedError

        kept = []


        async def test_one(ci_session, fake_ci):
            kept.append(ci_session)
            await ci_session.describe_media_job(fake_ci.add_job())


        async def test_two():
            with pytest.raises(SessionClosedError, match="the session is closed"):
                await kept[0].describe_media_job("j1")
    """)
    result.assert_outcomes(passed=2)


# --- That it is there, and costs nothing ------------------------------------------------------------


def test_pytest_finds_it_and_can_be_told_not_to(run):
    source = "def test_it(ci_session):\n    pass\n"
    result = run(source, "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.fake_ci(*", "@pytest.mark.ci_session(*"])
    run(source, "-p", "no:tencent_ci_async").assert_outcomes(errors=1)


def test_it_starts_nothing_and_needs_no_extra():
    """What a run of pytest pays that never asks for a fixture is the import of the package."""
    code = (
        "import sys, threading, tencent_ci_async.testing.pytest_plugin;"
        "extra = {'uvicorn', 'cyclopts', 'pytest_asyncio', 'anyio.pytest_plugin'} & set(sys.modules);"
        "sys.exit(str(extra) if extra or threading.active_count() > 1 else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
