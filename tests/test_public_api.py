"""The door: what can be imported, and that it says what it is."""

import importlib.metadata
import inspect
import subprocess
import sys
from importlib.resources import files

import pytest

import tencent_ci_async
from tencent_ci_async import callbacks, errors, events, models, otel, testing

NAMES = [
    "AssumeRoleProvider",
    "BatchingDescriber",
    "CIAuth",
    "CISession",
    "CVMRoleProvider",
    "Credentials",
    "CredentialsProvider",
    "DefaultProvider",
    "EnvironmentProvider",
    "FanoutProgress",
    "Describe",
    "HTTPClient",
    "JobFamily",
    "JobIds",
    "JobOutcome",
    "JobWatcher",
    "PollSchedule",
    "ProfileProvider",
    "RateLimiter",
    "RedisClient",
    "RedisRateLimiter",
    "RedisSubmitLedger",
    "RetryPolicy",
    "Timeouts",
    "Timing",
    "WatcherStats",
    "WebIdentityProvider",
    "__version__",
    "errors",
    "events",
    "from_sdk",
    "models",
]


def test_the_door_opens_on_these_names():
    """All public names are importable from the top, the errors and the models among them."""
    assert sorted(tencent_ci_async.__all__) == sorted({*NAMES, *errors.__all__, *models.__all__})


@pytest.mark.parametrize(
    "module",
    [tencent_ci_async, callbacks, errors, events, models, otel, testing],
    ids=lambda module: module.__name__,
)
def test_all_is_sorted_whole_and_true(module):
    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    classes = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and inspect.isclass(value)
        if value.__module__.startswith("tencent_ci_async")
    }
    assert classes <= set(module.__all__)


@pytest.mark.parametrize("name", sorted(tencent_ci_async.__all__))
def test_every_public_class_and_method_is_documented(name):
    value = getattr(tencent_ci_async, name)
    if not inspect.isclass(value):
        return
    assert inspect.getdoc(value)
    for member, function in vars(value).items():
        if not member.startswith("_") and inspect.isfunction(function):
            assert function.__doc__, f"{name}.{member}"


def test_the_version_is_that_of_the_metadata():
    assert importlib.metadata.version("tencent-ci-async") == tencent_ci_async.__version__


def test_the_package_is_typed():
    assert (files("tencent_ci_async") / "py.typed").is_file()


def test_importing_the_package_brings_no_extra_and_starts_nothing():
    """No server, no command line, no thread, no warning."""
    code = (
        "import sys, threading, tencent_ci_async;"
        "extra = {'uvicorn', 'cyclopts', 'qcloud_cos'} & set(sys.modules);"
        "sys.exit(str(extra) if extra or threading.active_count() > 1 else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
