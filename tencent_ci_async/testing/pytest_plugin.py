"""The pytest plugin: a simulator for each test that asks for one, and a session that reaches it.

The fixtures are plain ones: they work in tests of pytest-asyncio, in its strict and its auto mode, of anyio,
and in tests that are no coroutines. pytest finds the plugin by itself; ``-p no:tencent_ci_async`` turns it
off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from typing import Final, TypeVar

import httpx
import pytest

from tencent_ci_async import CISession, ConfigurationError, Credentials, Timing

from . import FakeCI, FakeClock, Fault, RecordedRequest

__all__ = ["ci_clock", "ci_session", "ci_timing", "fake_ci", "fake_ci_url"]

_MARKERS: Final = (
    "fake_ci(**settings): settings of the simulator, FakeCI, that the fixture fake_ci gives to a test",
    "ci_session(**settings): settings of the session, CISession, that the fixture ci_session gives to a test",
)
_EXAMPLES: Final = {"fake_ci": "strict=False", "ci_session": "max_in_flight=2"}
_MOST_REQUESTS: Final = 50

_Made = TypeVar("_Made")

_simulator: Final = pytest.StashKey[FakeCI]()
_ended_early: Final = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the simulator was asked, and what it answered."""
    report = yield
    fake = item.stash.get(_simulator, None)
    if fake is not None and not report.passed:
        # Skipped and expected failures have not come to all their faults either.
        item.stash[_ended_early] = True
    if fake is not None and report.failed:
        report.sections.append(("Requests to fake_ci", _log(fake.requests)))
    return report


@pytest.fixture
def ci_clock() -> FakeClock:
    """A clock that stands still until it is moved on; the simulator and the session of the test go by it.

    Without it they go by real time. A ``JobWatcher`` goes by the event loop's clock whatever this one says.
    """
    return FakeClock()


@pytest.fixture
def ci_timing(ci_clock: FakeClock) -> Timing:
    """The ``Timing`` of `ci_clock`, for a session that the test makes itself."""
    return Timing(wall_clock=ci_clock.time, clock=ci_clock.time, sleep=ci_clock.sleep)


@pytest.fixture
def fake_ci(request: pytest.FixtureRequest) -> Iterator[FakeCI]:
    """A simulator of Tencent Cloud CI, new for each test.

    A test that passes without having met all faults that it injected is an error, for it has not tested what
    it says. ``fake_ci.clear_faults()`` at its end says that this is meant.
    """
    settings = _settings(request, "fake_ci")
    if _wants(request, "ci_clock"):
        clock: FakeClock = request.getfixturevalue("ci_clock")
        settings = {"clock": clock.time, "sleep": clock.sleep, **settings}
    fake = _made(FakeCI, "fake_ci", settings)
    node: pytest.Item = request.node
    node.stash[_simulator] = fake
    node.stash[_ended_early] = False
    yield fake
    del node.stash[_simulator]
    missed = [fault for fault in fake.pending_faults if fault.times is not None]
    if missed and not node.stash[_ended_early]:
        pytest.fail(_complaint(missed, fake), pytrace=False)


@pytest.fixture
def ci_session(request: pytest.FixtureRequest, fake_ci: FakeCI) -> Iterator[CISession]:
    """A session that reaches `fake_ci` in process. It is closed when the test has ended."""
    settings: dict[str, object] = {
        "credentials": Credentials(fake_ci.secret_id, fake_ci.secret_key),
        # There is no socket behind it, so that nothing is lost where nobody closes it.
        "client": httpx.AsyncClient(transport=fake_ci.transport()),
    }
    if _wants(request, "ci_clock"):
        settings["timing"] = request.getfixturevalue("ci_timing")
    settings |= _settings(request, "ci_session")
    session = _made(CISession, "ci_session", {"bucket": fake_ci.bucket, "region": fake_ci.region, **settings})
    yield session
    # In most set-ups the test's own loop has ended by now, and its tasks with it; what is left is to turn
    # away whoever has kept the session. The current event loop is not replaced.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(session.aclose())
    finally:
        loop.close()


@pytest.fixture
def fake_ci_url(fake_ci: FakeCI) -> Iterator[str]:
    """Where `fake_ci` listens on loopback, such as ``http://127.0.0.1:41234``, in a thread of its own.

    For code that is given an endpoint, that blocks, or that runs an event loop of its own. It needs the
    ``testing`` extra.
    """
    with fake_ci.serve_in_thread() as url:
        yield url


def _wants(request: pytest.FixtureRequest, name: str) -> bool:
    return name in request.fixturenames


def _settings(request: pytest.FixtureRequest, name: str) -> dict[str, object]:
    """Return what the markers of a name say: those of the test beat those of its class and its module."""
    settings: dict[str, object] = {}
    node: pytest.Item = request.node
    for marker in reversed(list(node.iter_markers(name))):
        if marker.args:
            raise pytest.UsageError(
                f"@pytest.mark.{name} takes settings by name, such as {_EXAMPLES[name]}, not {marker.args!r}"
            )
        settings |= marker.kwargs
    return settings


def _made(kind: Callable[..., _Made], name: str, settings: dict[str, object]) -> _Made:
    try:
        return kind(**settings)
    except (TypeError, ConfigurationError) as error:
        raise pytest.UsageError(f"@pytest.mark.{name}: {error}") from error


def _complaint(missed: list[Fault], fake: FakeCI) -> str:
    lines = [f"  {fault.name}, still {fault.times} {_plural('time', fault.times or 0)}" for fault in missed]
    return "\n".join(
        [
            f"{len(missed)} {_plural('fault', len(missed))} injected into fake_ci met no request:",
            *lines,
            "so the test did not test them. If that is meant, end it with fake_ci.clear_faults().",
            "The requests that came:",
            _log(fake.requests),
        ]
    )


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _log(requests: list[RecordedRequest]) -> str:
    if not requests:
        return "  none"
    shown = requests[-_MOST_REQUESTS:]
    left_out = len(requests) - len(shown)
    lines = [f"  ({left_out} earlier ones are left out)"] if left_out else []
    return "\n".join([*lines, *map(_line, shown)])


def _line(request: RecordedRequest) -> str:
    query = f"?{request.raw_query}" if request.raw_query else ""
    answered = "no answer" if request.status is None else str(request.status)
    notes = [f"fault: {request.fault}"] if request.fault is not None else []
    if not request.signature.accepted:
        notes.append(f"signature: {request.signature.message}")
    return (
        f"  {request.number}. {request.method} {request.raw_path}{query} -> {'; '.join([answered, *notes])}"
    )
