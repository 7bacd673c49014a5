"""Keys of the role that is bound to a server: how its metadata are asked, and what they may answer."""

import asyncio
import json

import pytest
from support.key_services import ROLES, MetadataServer, key_services, role_document, seconds_lost_to_silence
from support.wire import answer, wire_server

from tencent_ci_async import ConfigurationError, Credentials, CredentialsError, CVMRoleProvider
from tencent_ci_async._credentials import CachedProvider
from tencent_ci_async._timing import Timing

SECRET = "MARKERSECRET"
ROLE_NAME = answer(200, b"render-role\n")


def quick(sleeps=None):
    """Timing whose sleeps are noted and take no time."""

    async def sleep(seconds):
        if sleeps is not None:
            sleeps.append(seconds)

    return Timing(sleep=sleep, random=lambda: 0.5)


def provider(server, **settings):
    return CVMRoleProvider(**{"base_url": server.url, "timing": quick(), **settings})


async def test_the_bound_role_gives_its_keys():
    async with key_services(MetadataServer()) as server:
        keys = await provider(server)()
        assert keys == Credentials("AKIDROLE1", "RoleKey1", "role-token-1", expires_at=8_200.0)
        assert [request.target for request in server.requests] == [ROLES, f"{ROLES}render-role"]


async def test_a_named_role_is_asked_for_at_once():
    async with key_services(MetadataServer()) as server:
        assert (await provider(server, role_name="render-role")()).secret_id == "AKIDROLE1"
        assert [request.target for request in server.requests] == [f"{ROLES}render-role"]


async def test_no_proxy_is_asked(monkeypatch):
    """A proxy would answer for another machine, or see the keys."""
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with key_services(MetadataServer()) as server:
        assert (await provider(server)()).secret_id == "AKIDROLE1"


async def test_keys_are_fetched_anew_before_they_end():
    """Once for each life, however many callers, and the old ones serve until then."""
    now = 1_000.0
    metadata = MetadataServer(life=3_600, clock=lambda: now)
    async with key_services(metadata) as server:
        cached = CachedProvider(provider(server), Timing(wall_clock=lambda: now))
        for expected in (1, 2, 3):
            keys = await asyncio.gather(*(cached.get() for _ in range(100)))
            assert {each.secret_id for each in keys} == {f"AKIDROLE{expected}"}
            now += 3_299
            assert (await cached.get()).secret_id == f"AKIDROLE{expected}"
            now += 2
        assert metadata.given == 3


@pytest.mark.parametrize(
    "fault", [None, answer(500), answer(503), answer(429)], ids=["reset", "500", "503", "429"]
)
async def test_a_fault_that_passes_is_tried_again(fault):
    sleeps = []
    async with wire_server(fault, ROLE_NAME, fault, fault, role_document()) as server:
        assert (await provider(server, timing=quick(sleeps))()).secret_id == "AKIDROLE1"
        assert sleeps == [0.1] * 3


@pytest.mark.parametrize("fault", [None, answer(500)], ids=["reset", "500"])
async def test_a_fault_that_stays_is_given_up(fault):
    async with wire_server(ROLE_NAME, fault) as server:
        with pytest.raises(CredentialsError, match="'render-role' could not be had: instance metadata"):
            await provider(server, attempts=4)()
        assert len(server.requests) == 5


JUNK = {
    "404": (answer(404), "not bound to this instance"),
    "redirection": (answer(302, b"", Location="http://127.0.0.1:9/"), "answered HTTP 302"),
    "no JSON": (answer(200, b"<html>%s</html>" % SECRET.encode()), "no JSON object"),
    "list": (answer(200, json.dumps([SECRET]).encode()), "no JSON object"),
    "deep": (answer(200, b"[" * 20_000), "no JSON object"),
    "huge": (answer(200, b'{"x": "' + SECRET.encode() * 10_000 + b'"}'), "more than 65536 bytes"),
    "compressed": (answer(200, b"\x1f\x8b\x08garbage", Content_Encoding="gzip"), "no JSON object"),
    "no success": (role_document(Code="NotExists", TmpSecretKey=SECRET), "says NotExists"),
    "odd code": (role_document(Code=f"={SECRET}="), "says nothing"),
    "no code": (role_document(Code=None), "says nothing"),
    "no end": (role_document(ExpiredTime=None, TmpSecretKey=SECRET), "no ExpiredTime"),
    "no id": (role_document(TmpSecretId=None, TmpSecretKey=SECRET), "secret_id must be text"),
    "no key": (role_document(TmpSecretKey=None, Token=SECRET), "secret_key must be text"),
    "no token": (role_document(Token=None, TmpSecretKey=SECRET), "token must be text"),
    "key of two lines": (role_document(TmpSecretKey=f"{SECRET}\nx"), "a character that no key has"),
    "endless end": (role_document(end=float("inf")), "no usable keys: expires_at"),
}


@pytest.mark.parametrize(("junk", "words"), JUNK.values(), ids=JUNK.keys())
async def test_what_is_no_key_is_said(junk, words):
    """In words, and without what was answered: it may hold half of a secret."""
    async with wire_server(ROLE_NAME, junk) as server:
        with pytest.raises(CredentialsError, match=words) as caught:
            await provider(server)()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer(404), "no role is bound to this instance; bind a role"),
        (answer(200, b"\n"), "no role is bound"),
        (answer(403), "answered HTTP 403"),
        (answer(200, b"<html>sign in to this hotel</html>"), "no role's name"),
        (answer(200, b"../../etc"), "no role's name"),
        (answer(200, b"r" * 70_000), "more than 65536 bytes"),
    ],
)
async def test_without_a_role_it_is_said_what_to_do(reply, words):
    async with wire_server(reply) as server:
        with pytest.raises(CredentialsError, match=words) as caught:
            await provider(server)()
        assert "give credentials in another way" in str(caught.value)


def test_metadata_that_hang_are_given_up_in_time():
    """One second for a request, three times: no caller waits for ever."""

    async def ask(url):
        with pytest.raises(CredentialsError, match="did not answer within 1 s"):
            await CVMRoleProvider(base_url=url)()

    assert 3 <= seconds_lost_to_silence(ask) <= 3.5


async def test_a_cancelled_refresh_leaves_nothing_behind():
    """CancelledError comes out as it is."""
    arrived = asyncio.Event()

    async def stall(_request, _writer):
        arrived.set()
        await asyncio.sleep(3_600)

    async with wire_server(stall) as server:
        task = asyncio.create_task(provider(server, time_limit=30)())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "metadata"},
        {"base_url": "ftp://metadata"},
        {"base_url": "http://user:secret@metadata"},
        {"role_name": "a/b"},
        {"time_limit": 0},
        {"time_limit": 31},
        {"attempts": 0},
    ],
)
def test_unusable_settings_are_refused(settings):
    with pytest.raises(ConfigurationError) as caught:
        CVMRoleProvider(**settings)
    assert "secret@" not in str(caught.value)
