"""Assuming a role through STS: what is sent, what may come back, and whose turn it is then."""

import asyncio
import json
from urllib.parse import unquote

import pytest
from support.key_services import ROLE, StsServer, document, key_services, seconds_lost_to_silence
from support.wire import answer, wire_server

from tencent_ci_async import AssumeRoleProvider, ConfigurationError, Credentials, CredentialsError
from tencent_ci_async._credentials import CachedProvider
from tencent_ci_async._timing import Timing

BASE = Credentials("AKIDBASE", "BaseKey")
SECRET = "MARKERSECRET"


class Clock:
    """A wall clock that a test moves, and sleeps that take no time but are noted."""

    def __init__(self, now=1_000.0):
        self.now = now
        self.sleeps = []

    async def sleep(self, seconds):
        self.sleeps.append(seconds)

    @property
    def timing(self):
        return Timing(wall_clock=lambda: self.now, sleep=self.sleep, random=lambda: 0.5)


def provider(server, clock, base=BASE, **settings):
    return AssumeRoleProvider(ROLE, base, **{"endpoint": server.url, "timing": clock.timing, **settings})


async def test_a_role_is_assumed_with_a_signed_request():
    """An independent reading of the signature accepts it; the keys end when STS says."""
    clock, sts = Clock(), StsServer()
    async with key_services(sts) as server:
        keys = await provider(server, clock)()
    assert (keys.secret_id, keys.secret_key, keys.expires_at) == ("AKIDSTS1", "StsKey1", 8_200.0)
    assert keys.token.startswith("sts-token-1=")
    assert sts.asked == [{"RoleArn": ROLE, "RoleSessionName": "tencent-ci-async", "DurationSeconds": 7_200}]
    request = server.requests[0]
    assert (request.method, request.target) == ("POST", "/")
    assert request.header("X-TC-Region") == "ap-guangzhou"


async def test_all_settings_are_sent():
    sts = StsServer()
    policy = {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": ["ci:Describe*"], "resource": "*"}],
    }
    settings = {
        "session_name": "nightly",
        "duration": 900,
        "external_id": "partner/7",
        "region": "ap-shanghai",
    }
    async with key_services(sts) as server:
        for given in (policy, json.dumps(policy)):
            await provider(server, Clock(), policy=given, **settings)()
    for asked in sts.asked:
        assert json.loads(unquote(asked.pop("Policy"))) == policy
        assert asked == {
            "RoleArn": ROLE,
            "RoleSessionName": "nightly",
            "DurationSeconds": 900,
            "ExternalId": "partner/7",
        }
    assert server.requests[0].header("X-TC-Region") == "ap-shanghai"


async def test_temporary_keys_assume_a_role_with_their_token():
    sts = StsServer(keys=("AKIDBASE", "BaseKey", "base-token"))
    async with key_services(sts) as server:
        keys = await provider(server, Clock(), Credentials("AKIDBASE", "BaseKey", "base-token"))()
    assert keys.secret_id == "AKIDSTS1"


async def test_the_base_is_asked_at_each_refresh():
    """Keys that rotate assume the role in their turn: once each time, however many callers."""
    clock = Clock()
    sts = StsServer(clock=lambda: clock.now)

    async def base():
        sts.keys = (f"AKIDBASE{len(sts.asked)}", "BaseKey", None)
        return Credentials(f"AKIDBASE{len(sts.asked)}", "BaseKey")

    async with key_services(sts) as server:
        cached = CachedProvider(provider(server, clock, base), clock.timing)
        for expected in (1, 2, 3):
            keys = await asyncio.gather(*(cached.get() for _ in range(100)))
            assert {each.secret_id for each in keys} == {f"AKIDSTS{expected}"}
            clock.now += 6_901
        assert len(sts.asked) == 3


@pytest.mark.parametrize("skew", [-3_600.0, 3_600.0, 86_400.0])
async def test_a_wrong_clock_is_corrected(skew):
    """One more request; and the keys end by this machine's clock when they end by the service's."""
    sts = StsServer(clock=lambda: 1_000_000.0)
    clock = Clock(1_000_000.0 + skew)
    async with key_services(sts) as server:
        keys = await provider(server, clock)()
    assert keys.expires_at == clock.now + 7_200
    assert len(sts.asked) == 2
    assert clock.sleeps == []


async def test_a_clock_that_stays_refused_is_told():
    sts = StsServer()
    sts.failures = ["AuthFailure.SignatureExpire"] * 9
    async with key_services(sts) as server:
        with pytest.raises(CredentialsError, match="Set this machine's clock"):
            await provider(server, Clock())()
    assert len(sts.asked) == 2


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AuthFailure.SecretIdNotFound", "Check the keys that ask"),
        ("AuthFailure.SignatureFailure", "Check the keys that ask"),
        ("AuthFailure.TokenFailure", "Check the keys that ask"),
        ("AuthFailure.UnauthorizedOperation", "trust policy"),
        ("UnauthorizedOperation", "trust policy"),
        ("ResourceNotFound.RoleNotFound", "Check role_arn"),
        ("InternalError.GetRoleError", "Check role_arn"),
        ("InvalidParameter.OverTimeError", "shorter duration"),
        ("InvalidParameter.StrategyInvalid", "Check the policy"),
        ("InvalidParameter.WebIdentityTokenError", "token is a fresh one"),
        ("SomethingNew", r"\(request id request-1\)\.$"),
    ],
)
async def test_a_refusal_names_code_request_id_and_next_step(code, advice):
    """It is not repeated: asking again would not help."""
    sts = StsServer()
    sts.failures = [code]
    async with key_services(sts) as server:
        with pytest.raises(CredentialsError, match=advice) as caught:
            await provider(server, Clock())()
    assert f"role {ROLE} cannot be assumed: STS refused: {code} - refused for {code}" in str(caught.value)
    assert "request id request-1" in str(caught.value)
    assert len(sts.asked) == 1


@pytest.mark.parametrize(
    "code", ["RequestLimitExceeded", "RequestLimitExceeded.UinLimitExceeded", "InternalError.SystemError"]
)
async def test_what_may_pass_is_tried_again(code):
    clock, sts = Clock(), StsServer()
    sts.failures = [code, code]
    async with key_services(sts) as server:
        assert (await provider(server, clock)()).secret_id == "AKIDSTS3"
    assert clock.sleeps == [0.5, 1.0]


async def test_what_does_not_pass_is_given_up():
    sts = StsServer()
    sts.failures = ["InternalError"] * 9
    async with key_services(sts) as server:
        with pytest.raises(CredentialsError, match="Try again later"):
            await provider(server, Clock())()
    assert len(sts.asked) == 3


async def test_the_service_cannot_make_us_tell_secrets():
    """A message that quotes what was sent is told without it."""
    quoting = document(
        Response={
            "Error": {"Code": "AuthFailure", "Message": "AKIDBASE BaseKey base-token " + "x" * 5_000},
            "RequestId": "r-1",
        }
    )
    async with wire_server(quoting) as server:
        with pytest.raises(CredentialsError) as caught:
            await provider(server, Clock(), Credentials("AKIDBASE", "BaseKey", "base-token"))()
    text = str(caught.value)
    assert not any(secret in text for secret in ("AKIDBASE", "BaseKey", "base-token"))
    assert len(text) < 800


def keys_document(**changes):
    keys = {"TmpSecretId": SECRET, "TmpSecretKey": SECRET, "Token": SECRET, "ExpiredTime": 9_000, **changes}
    end = keys.pop("ExpiredTime")
    return document(Response={"Credentials": keys, "ExpiredTime": end, "RequestId": "r-1"})


JUNK = {
    "reset": (None, "broke off"),
    "500": (answer(500), "HTTP 500"),
    "404": (answer(404, b"<html></html>"), "HTTP 404"),
    "garbage": (answer(200, SECRET.encode()), "HTTP 200 and no document"),
    "no object": (document(Response=[SECRET]), "no document"),
    "no response": (document(Other=SECRET), "no document"),
    "no keys": (document(Response={"Credentials": [SECRET], "ExpiredTime": 9_000}), "no usable keys"),
    "huge": (answer(200, b'{"Response": "' + SECRET.encode() * 10_000 + b'"}'), "more than 65536 bytes"),
    "no id": (keys_document(TmpSecretId=None), "secret_id must be text"),
    "no key": (keys_document(TmpSecretKey=""), "secret_key must be text"),
    "no token": (keys_document(Token=7), "token must be text"),
    "odd key": (keys_document(TmpSecretKey=f"{SECRET}\r\n"), "no key has"),
    "no end": (keys_document(ExpiredTime=None), "ExpiredTime is missing"),
    "odd end": (keys_document(ExpiredTime=True), "ExpiredTime is missing"),
    "endless": (keys_document(ExpiredTime=float("inf")), "no usable keys"),
    "far end": (keys_document(ExpiredTime=10**400), "no usable keys"),
}


@pytest.mark.parametrize(("junk", "words"), JUNK.values(), ids=JUNK.keys())
async def test_what_is_no_key_is_said(junk, words):
    async with wire_server(junk) as server:
        with pytest.raises(CredentialsError, match=words) as caught:
            await provider(server, Clock())()
    assert SECRET not in str(caught.value)


def test_an_sts_that_hangs_is_given_up_in_time():
    """Well before the 30 s that a refresh may take."""

    async def ask(url):
        with pytest.raises(CredentialsError, match="STS did not answer within 5 s"):
            await AssumeRoleProvider(ROLE, BASE, endpoint=url)()

    assert 15 <= seconds_lost_to_silence(ask) < 20


@pytest.mark.parametrize(
    ("fault", "words"), [(OSError("secret"), r"failed \(OSError\)"), (None, "returned NoneType")]
)
async def test_a_base_that_fails_is_named(fault, words):
    async def base():
        if fault:
            raise fault

    with pytest.raises(CredentialsError, match=words) as caught:
        await AssumeRoleProvider(ROLE, base)()
    assert ROLE in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is fault


@pytest.mark.parametrize("error", [ConfigurationError("x"), CredentialsError("y")])
async def test_our_own_errors_of_a_base_come_out_as_they_are(error):
    async def base():
        raise error

    with pytest.raises(type(error)) as caught:
        await AssumeRoleProvider(ROLE, base)()
    assert caught.value is error


@pytest.mark.parametrize(
    "settings",
    [
        {"role_arn": "reader"},
        {"role_arn": "qcs::cam::uin/1:roleName/a b"},
        {"base": "AKID"},
        {"session_name": "x"},
        {"session_name": "two words"},
        {"duration": 0},
        {"duration": 43_201},
        {"external_id": "é1"},
        {"policy": "allow"},
        {"policy": "[]"},
        {"policy": {"x": {1, 2}}},
        {"region": "Shanghai!"},
        {"endpoint": "http://sts.example.com"},
        {"endpoint": "sts.tencentcloudapi.com"},
        {"endpoint": "https://user:secret@sts.example.com"},
    ],
)
def test_unusable_settings_are_refused(settings):
    """Before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        AssumeRoleProvider(**{"role_arn": ROLE, "base": BASE, **settings})
    assert "secret" not in str(caught.value)


async def test_no_proxy_leads_to_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with key_services(StsServer()) as server:
        assert (await provider(server, Clock())()).secret_id == "AKIDSTS1"


async def test_a_proxy_setting_that_is_not_usable_is_said_without_its_password(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://user:MARKERSECRET@proxy.example")
    clock = Clock()
    with pytest.raises(CredentialsError, match="look at HTTPS_PROXY") as caught:
        await AssumeRoleProvider(ROLE, BASE, endpoint="https://sts.example", timing=clock.timing)()
    assert SECRET not in str(caught.value)
