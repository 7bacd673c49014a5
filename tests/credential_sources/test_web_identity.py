"""A pod's identity: its token is read anew each time and exchanged for keys, unsigned."""

import asyncio

import pytest
from support.key_services import ROLE, StsServer, document, key_services
from support.wire import wire_server

from tencent_ci_async import ConfigurationError, CredentialsError, WebIdentityProvider
from tencent_ci_async._credentials import CachedProvider
from tencent_ci_async._timing import Timing


@pytest.fixture
def pod(tmp_path):
    """The variables of a pod, and its token in a file."""
    token = tmp_path / "token"
    token.write_text("identity-token\n")
    return {
        "TKE_REGION": "ap-nanjing",
        "TKE_PROVIDER_ID": "cls-1example",
        "TKE_WEB_IDENTITY_TOKEN_FILE": str(token),
        "TKE_ROLE_ARN": ROLE,
    }


def provider(server, environment, **settings):
    settings = {"timing": Timing(wall_clock=lambda: 1_000.0), **settings}
    return WebIdentityProvider(endpoint=server.url, environment=environment, **settings)


async def test_a_pod_gets_the_keys_of_its_role(pod):
    sts = StsServer()
    async with key_services(sts) as server:
        keys = await provider(server, pod)()
    assert (keys.secret_id, keys.secret_key, keys.expires_at) == ("AKIDSTS1", "StsKey1", 8_200.0)
    assert sts.asked == [
        {
            "RoleArn": ROLE,
            "RoleSessionName": "tencent-ci-async",
            "DurationSeconds": 7_200,
            "ProviderId": "cls-1example",
            "WebIdentityToken": "identity-token",
        }
    ]
    request = server.requests[0]
    assert request.header("X-TC-Action") == "AssumeRoleWithWebIdentity"
    assert request.header("X-TC-Region") == "ap-nanjing"
    assert request.header("Authorization") == "SKIP"
    assert request.header("X-TC-Token") is None


async def test_the_token_is_read_anew_at_each_refresh(pod, tmp_path):
    """The old token has expired by then."""
    now = 1_000.0
    sts = StsServer(clock=lambda: now)
    timing = Timing(wall_clock=lambda: now)
    async with key_services(sts) as server:
        cached = CachedProvider(provider(server, pod, timing=timing), timing)
        for expected in (1, 2):
            keys = await asyncio.gather(*(cached.get() for _ in range(100)))
            assert {each.secret_id for each in keys} == {f"AKIDSTS{expected}"}
            now += 6_901
            sts.identity = f"identity-token-{expected}"
            (tmp_path / "token").write_text(sts.identity)
        assert len(sts.asked) == 2


async def test_what_is_given_goes_before_the_environment(pod, tmp_path):
    other = tmp_path / "other"
    other.write_text("identity-token")
    sts = StsServer()
    pod["TKE_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere"
    async with key_services(sts) as server:
        await provider(
            server, pod, role_arn=ROLE + "2", provider_id="own", token_file=other, region="ap-beijing"
        )()
    assert sts.asked[0]["RoleArn"] == ROLE + "2"
    assert sts.asked[0]["ProviderId"] == "own"
    assert server.requests[0].header("X-TC-Region") == "ap-beijing"


@pytest.mark.parametrize(
    "name", ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_WEB_IDENTITY_TOKEN_FILE", "TKE_ROLE_ARN"]
)
async def test_what_is_missing_is_named(pod, name):
    del pod[name]
    with pytest.raises(ConfigurationError, match=f"in part: {name} is not set"):
        await WebIdentityProvider(environment=pod)()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, r"cannot be read \(FileNotFoundError\)"),
        (b" \n", "is empty"),
        (b"a\nMARKER", "something else than a token"),
        (b"\xff\xfeMARKER", "something else than a token"),
        (b"x" * 70_000, "something else than a token"),
    ],
)
async def test_a_token_that_is_none_is_said(pod, tmp_path, content, words):
    if content is None:
        (tmp_path / "token").unlink()
    else:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(CredentialsError, match=words) as caught:
        await WebIdentityProvider(environment=pod)()
    assert str(tmp_path / "token") in str(caught.value)
    assert "MARKER" not in str(caught.value)


async def test_a_refusal_names_the_role_and_not_the_token(pod):
    error = {"Code": "InvalidParameter.WebIdentityTokenError", "Message": "bad token: identity-token"}
    refusal = document(Response={"Error": error, "RequestId": "r-1"})
    async with wire_server(refusal) as server:
        with pytest.raises(CredentialsError, match=r"bad token: \*\*\* \(request id r-1\)") as caught:
            await provider(server, pod)()
    assert ROLE in str(caught.value)
    assert "fresh one for this identity provider" in str(caught.value)


async def test_a_long_token_that_a_refusal_quotes_is_not_shown_in_part(pod, tmp_path):
    """Refusals are cut; of a token that is longer than what is left, nothing may stay."""
    (tmp_path / "token").write_text("MARKER" * 200)
    error = {"Code": "InvalidParameter.WebIdentityTokenError", "Message": "bad token: " + "MARKER" * 200}
    async with wire_server(document(Response={"Error": error, "RequestId": "r-1"})) as server:
        with pytest.raises(CredentialsError, match=r"bad token: \*\*\* \(request id r-1\)") as caught:
            await provider(server, pod)()
    assert "MARKER" not in str(caught.value)


async def test_an_unusable_setting_is_refused(pod):
    with pytest.raises(ConfigurationError, match="session_name"):
        await WebIdentityProvider(environment=pod, session_name="?")()
