"""Credentials that do not leak, and providers that are asked once."""

import asyncio
import copy
import logging
import pickle
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tencent_ci_async import (
    ConfigurationError,
    Credentials,
    CredentialsError,
    EnvironmentProvider,
    SessionClosedError,
)
from tencent_ci_async._credentials import CachedProvider, cached_provider
from tencent_ci_async._timing import Timing

SECRET = "MARKERSECRET"


class Clock:
    """A wall clock that a test moves."""

    def __init__(self):
        self.now = 1_000.0

    def timing(self):
        return Timing(wall_clock=lambda: self.now)


def numbered(clock, *, life=None):
    """A provider whose keys carry a number, and the list of its calls."""
    calls = []

    async def provide():
        calls.append(clock.now)
        expires_at = None if life is None else clock.now + life
        return Credentials(f"AKID{len(calls)}", "SK", "TOKEN", expires_at=expires_at)

    return provide, calls


# --- Credentials ------------------------------------------------------------------------------------


def test_secrets_are_not_shown():
    credentials = Credentials(f"ID{SECRET}", f"KEY{SECRET}", f"TOKEN{SECRET}")
    shown = [repr(credentials), str(credentials), f"{credentials}", f"{credentials!a}", "%s" % credentials]  # noqa: UP031
    assert all(SECRET not in text for text in shown)
    assert not hasattr(credentials, "__dict__")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(protocol):
    with pytest.raises(TypeError, match="refuse to be pickled"):
        pickle.dumps(Credentials("id", "key"), protocol)


def test_copies_are_the_same_object():
    credentials = Credentials("id", "key")
    assert copy.copy(credentials) is credentials
    assert copy.deepcopy([credentials])[0] is credentials


def test_equality_is_by_value():
    assert Credentials("a", "b", "c", expires_at=5) == Credentials("a", "b", "c", expires_at=5.0)
    assert Credentials("a", "b") != Credentials("a", "b", "c")
    assert Credentials("a", "b") != ("a", "b")
    assert len({Credentials("a", "b"), Credentials("a", "b")}) == 1


def test_attributes_cannot_be_set():
    with pytest.raises(AttributeError):
        Credentials("a", "b").secret_key = "c"


def test_the_end_of_temporary_keys_is_a_moment():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert Credentials("a", "b", expires_at=moment).expires_at == moment.timestamp()
    assert Credentials("a", "b", expires_at=7).expires_at == 7.0


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        (("", "key"), {}),
        (("id", ""), {}),
        (("id", "key", ""), {}),
        ((None, "key"), {}),
        (("id", b"key"), {}),
        (("id", "key\n"), {}),
        (("id", "kéy"), {}),
        (("id", " key"), {}),
        (("id", "key", "tok\r\nen"), {}),
        (("id", "key"), {"expires_at": datetime(2026, 1, 1)}),  # noqa: DTZ001 - naive on purpose
        (("id", "key"), {"expires_at": "tomorrow"}),
        (("id", "key"), {"expires_at": float("nan")}),
    ],
)
def test_unusable_values_are_refused(arguments, keywords):
    with pytest.raises(ConfigurationError):
        Credentials(*arguments, **keywords)


def test_a_refused_secret_is_not_in_the_traceback():
    """Not even in one that shows local variables of the package's own frames."""
    try:
        Credentials("id", f"{SECRET}\n")
    except ConfigurationError as error:
        frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
    ours = [frame for frame in frames if Path(frame.filename).name == "_keys.py"]
    assert ours
    assert all(SECRET not in str(frame.locals) for frame in ours)


# --- The environment --------------------------------------------------------------------------------

SDK = {"TENCENTCLOUD_SECRET_ID": "i1", "TENCENTCLOUD_SECRET_KEY": "k1", "TENCENTCLOUD_SECURITY_TOKEN": "t1"}
FUNCTION = {"TENCENTCLOUD_SECRETID": "i2", "TENCENTCLOUD_SECRETKEY": "k2", "TENCENTCLOUD_SESSIONTOKEN": "t2"}
COS = {"COS_SECRETID": "i3", "COS_SECRETKEY": "k3", "COS_SECURITY_TOKEN": "t3"}


def without(family, *endings):
    return {name: value for name, value in family.items() if not name.endswith(endings)}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (SDK, Credentials("i1", "k1", "t1")),
        (FUNCTION, Credentials("i2", "k2", "t2")),
        (COS, Credentials("i3", "k3", "t3")),
        (SDK | FUNCTION | COS, Credentials("i1", "k1", "t1")),
        (FUNCTION | COS, Credentials("i2", "k2", "t2")),
        # A token of another family is not borrowed, and a family without its key is no family.
        (without(SDK, "TOKEN") | FUNCTION, Credentials("i1", "k1")),
        (without(SDK, "KEY") | FUNCTION, Credentials("i2", "k2", "t2")),
        ({"TENCENTCLOUD_SECRET_ID": "i1"} | COS, Credentials("i3", "k3", "t3")),
        ({"TENCENTCLOUD_SECRET_ID": " i1\n", "TENCENTCLOUD_SECRET_KEY": "k1\n"}, Credentials("i1", "k1")),
        (SDK | {"TENCENTCLOUD_SECURITY_TOKEN": ""}, Credentials("i1", "k1")),
        # The first family's token as TCCLI and the SDK for Node.js call it.
        (SDK | {"TENCENTCLOUD_TOKEN": "t9"}, Credentials("i1", "k1", "t1")),
        (without(SDK, "TOKEN") | {"TENCENTCLOUD_TOKEN": "t9"}, Credentials("i1", "k1", "t9")),
        (without(SDK, "TOKEN") | {"TENCENTCLOUD_SESSION_TOKEN": "t9"}, Credentials("i1", "k1", "t9")),
    ],
)
async def test_the_first_whole_family_counts(environment, expected):
    assert await EnvironmentProvider(environment)() == expected


@pytest.mark.parametrize("environment", [{}, {"TENCENTCLOUD_SECRET_ID": "  "}])
async def test_an_empty_environment_says_what_to_set(environment):
    with pytest.raises(ConfigurationError, match="TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"):
        await EnvironmentProvider(environment)()


async def test_a_half_set_environment_says_which_half():
    mixed = {"TENCENTCLOUD_SECRET_ID": "i1", "TENCENTCLOUD_SECRETKEY": f"k{SECRET}"}
    with pytest.raises(
        ConfigurationError, match="only TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRETKEY is set"
    ) as caught:
        await EnvironmentProvider(mixed)()
    assert SECRET not in str(caught.value)


async def test_the_environment_is_read_at_each_call(monkeypatch):
    provider = EnvironmentProvider()
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "i1")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "k1")
    monkeypatch.delenv("TENCENTCLOUD_SECURITY_TOKEN", raising=False)
    assert await provider() == Credentials("i1", "k1")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "i9")
    assert await provider() == Credentials("i9", "k1")


# --- The cache --------------------------------------------------------------------------------------


async def test_a_thousand_callers_make_one_refresh():
    clock = Clock()
    provide, calls = numbered(clock, life=3_600)
    gate = asyncio.Event()

    async def slow():
        await gate.wait()
        return await provide()

    provider = CachedProvider(slow, clock.timing())
    callers = [asyncio.create_task(provider.get()) for _ in range(1_000)]
    await asyncio.sleep(0)
    gate.set()
    assert {credentials.secret_id for credentials in await asyncio.gather(*callers)} == {"AKID1"}
    assert len(calls) == 1


async def test_keys_are_kept_until_shortly_before_their_end():
    clock = Clock()
    provide, calls = numbered(clock, life=3_600)
    provider = CachedProvider(provide, clock.timing())
    await provider.get()
    clock.now += 3_299
    assert (await provider.get()).secret_id == "AKID1"
    clock.now += 2
    assert (await provider.get()).secret_id == "AKID2"
    assert len(calls) == 2


async def test_short_lived_keys_are_refreshed_in_their_last_fifth():
    """Keys that live ten seconds are not refreshed at every call."""
    clock = Clock()
    provide, calls = numbered(clock, life=10)
    provider = CachedProvider(provide, clock.timing())
    for _ in range(8):
        await provider.get()
        clock.now += 1
    assert len(calls) == 1
    await provider.get()
    assert len(calls) == 2


async def test_keys_without_an_end_are_kept():
    clock = Clock()
    provide, calls = numbered(clock)
    provider = CachedProvider(provide, clock.timing())
    await provider.get()
    clock.now += 10**9
    await provider.get()
    assert len(calls) == 1


async def test_old_keys_serve_while_they_hold_if_a_refresh_fails(caplog):
    clock = Clock()
    provide, _ = numbered(clock, life=1_000)
    failing = False

    async def sometimes():
        if failing:
            raise OSError("the vault is away")
        return await provide()

    provider = CachedProvider(sometimes, clock.timing())
    await provider.get()
    failing = True
    clock.now += 900
    with caplog.at_level(logging.WARNING):
        assert (await provider.get()).secret_id == "AKID1"
    assert "present ones stay in use" in caplog.text
    clock.now += 100
    with pytest.raises(CredentialsError, match="OSError") as caught:
        await provider.get()
    assert isinstance(caught.value.__cause__, OSError)
    failing = False
    assert (await provider.get()).secret_id == "AKID2"


async def test_a_refresh_that_fails_after_the_end_of_the_keys_claims_no_use_of_them(caplog):
    clock = Clock()
    provide, calls = numbered(clock, life=100)

    async def second_time_broken():
        if calls:
            raise OSError
        return await provide()

    cached = CachedProvider(second_time_broken, clock.timing())
    await cached.get()
    clock.now += 100
    with caplog.at_level(logging.WARNING), pytest.raises(CredentialsError, match="OSError"):
        await cached.get()
    assert "stay in use" not in caplog.text


async def test_a_provider_with_a_time_limit_of_its_own_is_told_as_what_it_is():
    """It is not said that it had 30 seconds."""

    async def provide():
        raise TimeoutError

    with pytest.raises(CredentialsError, match=r"failed \(TimeoutError\)"):
        await CachedProvider(provide, Timing()).get()


async def test_a_failing_refresh_is_not_repeated_at_every_call():
    clock = Clock()
    calls = []

    async def once():
        calls.append(clock.now)
        if len(calls) > 1:
            raise OSError
        return Credentials("a", "b", expires_at=clock.now + 1_000)

    provider = CachedProvider(once, clock.timing())
    await provider.get()
    clock.now += 900
    for _ in range(50):
        await provider.get()
    assert len(calls) == 2
    clock.now += 5
    await provider.get()
    assert len(calls) == 3


@pytest.mark.parametrize("junk", [None, ("id", "key"), "id"])
async def test_a_provider_that_returns_something_else_is_named(junk):
    async def provide():
        return junk

    with pytest.raises(CredentialsError, match=type(junk).__name__):
        await CachedProvider(provide, Clock().timing()).get()


async def test_keys_that_are_over_on_arrival_are_refused():
    async def provide():
        return Credentials("a", "b", expires_at=999)

    with pytest.raises(CredentialsError, match="expired already"):
        await CachedProvider(provide, Clock().timing()).get()


@pytest.mark.parametrize("error", [ConfigurationError("x"), CredentialsError("y")])
async def test_our_own_errors_of_a_provider_come_out_as_they_are(error):
    async def provide():
        raise error

    with pytest.raises(type(error), match=str(error)):
        await CachedProvider(provide, Clock().timing()).get()


async def test_cancelling_one_caller_leaves_the_others_their_refresh():
    clock = Clock()
    provide, calls = numbered(clock)
    gate = asyncio.Event()

    async def slow():
        await gate.wait()
        return await provide()

    provider = CachedProvider(slow, clock.timing())
    first, second = (asyncio.create_task(provider.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert (await second).secret_id == "AKID1"
    assert first.cancelled()
    assert len(calls) == 1


async def test_renewal_asks_anew_and_says_whether_the_keys_are_others():
    clock = Clock()
    provide, calls = numbered(clock)
    provider = CachedProvider(provide, clock.timing())
    refused = await provider.get()
    assert await provider.renew(refused)
    assert len(calls) == 2
    # A second caller with the same old keys finds that they were replaced in the meantime.
    assert await provider.renew(refused)
    assert len(calls) == 2
    static = cached_provider(Credentials("a", "b"), clock.timing())
    assert not await static.renew(await static.get())


async def test_closing_stops_a_refresh():
    hanging = asyncio.Event()
    provider = CachedProvider(hanging.wait, Clock().timing())
    caller = asyncio.create_task(provider.get())
    await asyncio.sleep(0)
    await provider.aclose()
    with pytest.raises(SessionClosedError):
        await caller
    await provider.aclose()


def test_a_refresh_left_behind_by_a_dead_loop_is_not_waited_for():
    """A session-less provider may outlive one asyncio.run and be used in the next."""
    clock = Clock()
    provide, _ = numbered(clock)
    hang = True

    async def first_hangs():
        if hang:
            await asyncio.sleep(3_600)
        return await provide()

    provider = CachedProvider(first_hangs, clock.timing())

    async def give_up():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await provider.get()

    asyncio.run(give_up())
    hang = False
    assert asyncio.run(provider.get()).secret_id == "AKID1"


def test_credentials_of_another_kind_are_refused():
    with pytest.raises(ConfigurationError, match="credentials is tuple"):
        cached_provider(("id", "key"), Timing())
