"""What every test may rely on: a clean environment, and nothing left running."""

import asyncio
import os

import pytest

# uvicorn is imported when a server is first started; that is file access, better done before a loop runs.
import tencent_ci_async.testing._server  # noqa: F401
from tencent_ci_async import CISession, Credentials, RetryPolicy
from tencent_ci_async.testing import FakeCI

PREFIXES = (
    "TENCENTCLOUD_",
    "TKE_",
    "COS_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT",
    "SSLKEYLOG",
)


def pytest_addoption(parser):
    """The long form of what the default run shows in short."""
    parser.addoption("--campaign", action="store_true", help="run tests/campaign in full length")
    parser.addoption(
        "--integration",
        action="store_true",
        help="collect tests/integration too: a browser, brokers, frameworks",
    )


@pytest.fixture
def campaign(request):
    """Whether the long form is wanted."""
    return request.config.getoption("--campaign")


@pytest.fixture(scope="session")
def no_profiles(tmp_path_factory):
    """A directory of credentials that holds none."""
    directory = tmp_path_factory.mktemp("profiles")
    (directory / "credentials").touch()
    return str(directory)


@pytest.fixture
def figure(record_property):
    """Notes down what a long run has shown, for the table that ``nox -s campaign`` ends with."""

    def note(text):
        record_property("figure", text)

    return note


def pytest_terminal_summary(terminalreporter, config):
    """The figures of a campaign, one line for each."""
    if config.getoption("--campaign"):
        terminalreporter.section("figures")
        for report in terminalreporter.getreports("passed"):
            name = report.nodeid.rpartition("/")[2]
            for kind, text in report.user_properties:
                if kind == "figure" and report.when == "call":
                    terminalreporter.write_line(f"{name}: {text}")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, no_profiles):
    """No credentials and no proxy of the machine's reach a test, and no test asks the machine's metadata."""
    for name in list(os.environ):
        if name.upper().startswith(PREFIXES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TENCENTCLOUD_METADATA_DISABLED", "true")
    monkeypatch.setenv("TENCENTCLOUD_SHARED_CREDENTIALS_DIR", no_profiles)


@pytest.fixture(autouse=True)
async def nothing_left_running():
    """A test that leaves a task behind fails."""
    yield
    for _ in range(10):
        # httpx's stream of a body that was not read to its end is finalised by asyncio, in a few turns.
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            break
    assert not left, f"tasks left running: {left}"


@pytest.fixture
def fake():
    """A simulated service."""
    return FakeCI()


@pytest.fixture
async def open_session(fake):
    """Makes sessions that reach the simulated service in process, and closes them."""
    import httpx  # noqa: PLC0415 - only this fixture needs it

    opened = []
    client = httpx.AsyncClient(transport=fake.transport())

    def make(**settings):
        defaults = {
            "credentials": Credentials(fake.secret_id, fake.secret_key),
            "client": client,
            "retry": RetryPolicy(base_delay=0, throttled_base_delay=0),
        }
        session = CISession(fake.bucket, fake.region, **{**defaults, **settings})
        opened.append(session)
        return session

    yield make
    for session in opened:
        await session.aclose()
    await client.aclose()
