"""The default chain: the first place that has keys, kept to; and what is said when none has."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from support.key_services import (
    ROLE,
    ROLES,
    MetadataServer,
    StsServer,
    key_services,
    role_document,
    seconds_lost_to_silence,
)
from support.wire import answer, wire_server

from tencent_ci_async import ConfigurationError, Credentials, CredentialsError, DefaultProvider
from tencent_ci_async._credential_sources._metadata import Metadata, role_keys
from tencent_ci_async._timing import Timing

KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDBASE", "TENCENTCLOUD_SECRET_KEY": "BaseKey"}


@pytest.fixture
def empty(no_profiles):
    """An environment in which no place has keys but the metadata."""
    return {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": no_profiles}


@pytest.fixture
def profile(tmp_path):
    """An environment with a profile."""
    path = tmp_path / "credentials"
    path.write_text("[default]\nsecret_id = AKIDBASE\nsecret_key = BaseKey\n")
    path.chmod(0o600)
    return {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": str(tmp_path)}


@pytest.fixture
def pod(tmp_path):
    """The variables of a pod."""
    (tmp_path / "token").write_text("identity-token")
    return {
        "TKE_REGION": "ap-nanjing",
        "TKE_PROVIDER_ID": "cls-1example",
        "TKE_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
        "TKE_ROLE_ARN": ROLE,
    }


class World:
    """Metadata and STS on one port, and the clock of both."""

    def __init__(self):
        self.now = 1_000.0
        self.metadata = MetadataServer(clock=lambda: self.now)
        self.sts = StsServer(clock=lambda: self.now)

    async def __call__(self, request, writer):
        await (self.metadata if request.method == "GET" else self.sts)(request, writer)


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def served(world):
    async with key_services(world) as server:
        yield server


def chain(server, world, environment):
    async def sleep(_seconds):
        pass

    return DefaultProvider(
        environment,
        metadata_url=server.url,
        sts_endpoint=server.url,
        timing=Timing(wall_clock=lambda: world.now, sleep=sleep),
    )


async def test_the_order_is_environment_profile_pod_metadata(served, world, empty, profile, pod):
    """Each goes before those after it, whatever they have; and those are not even asked."""
    everything = {**pod, **profile, **KEYS, "TENCENTCLOUD_SECRET_ID": "AKIDENV"}
    assert (await chain(served, world, everything)()).secret_id == "AKIDENV"
    assert (await chain(served, world, {**pod, **profile})()).secret_id == "AKIDBASE"
    assert served.requests == []
    assert (await chain(served, world, {**pod, **empty})()).secret_id == "AKIDSTS1"
    assert world.metadata.given == 0
    assert (await chain(served, world, empty)()).secret_id == "AKIDROLE1"


async def test_the_place_that_had_keys_is_kept_to(served, world, empty):
    """Another identity does not take over while a program runs."""
    environment = dict(empty)
    provider = chain(served, world, environment)
    assert (await provider()).secret_id == "AKIDROLE1"
    environment.update(KEYS)
    assert (await provider()).secret_id == "AKIDROLE2"
    world.metadata.role = ""
    with pytest.raises(CredentialsError, match="no role is bound"):
        await provider()


async def test_an_environment_that_lost_its_keys_is_not_replaced(served, world, empty):
    environment = {**empty, **KEYS}
    provider = chain(served, world, environment)
    await provider()
    environment["TENCENTCLOUD_SECRET_KEY"] = "NewKey"
    assert (await provider()) == Credentials("AKIDBASE", "NewKey")
    for name in KEYS:
        del environment[name]
    with pytest.raises(ConfigurationError, match="no credentials: pass credentials="):
        await provider()
    assert served.requests == []


async def test_a_place_without_keys_is_looked_at_again_next_time(served, world, empty):
    """Nothing was found yet, so nothing is kept to."""
    environment = dict(empty)
    world.metadata.role = ""
    provider = chain(served, world, environment)
    with pytest.raises(ConfigurationError):
        await provider()
    environment.update(KEYS)
    assert (await provider()).secret_id == "AKIDBASE"


BROKEN = {
    "half an environment": ({"TENCENTCLOUD_SECRET_ID": "AKID"}, "only TENCENTCLOUD_SECRET_ID is set"),
    "an unknown profile": ({"TENCENTCLOUD_PROFILE": "nightly"}, "profile 'nightly' was asked for"),
    "no such directory": ({"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": "/nowhere"}, "there is no /nowhere"),
    "half a pod": ({"TKE_ROLE_ARN": ROLE}, "TKE_PROVIDER_ID, TKE_WEB_IDENTITY_TOKEN_FILE, TKE_REGION is not"),
    "no role's name": ({"TENCENTCLOUD_CAM_ROLE_NAME": "a/b"}, "'a/b' is no role's name"),
}


@pytest.mark.parametrize(("variables", "words"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_place_set_up_in_part_is_an_error(served, world, empty, variables, words):
    """The keys of the server's role, which would come next, are not used in its stead."""
    with pytest.raises(ConfigurationError, match=words):
        await chain(served, world, {**empty, **variables})()
    assert world.metadata.given == 0


async def test_a_broken_profile_is_an_error(served, world, profile, tmp_path):
    (tmp_path / "credentials").write_text("[default]\nsecret_id = AKID\n")
    with pytest.raises(ConfigurationError, match="secret_key is missing"):
        await chain(served, world, profile)()
    assert served.requests == []


async def test_a_refused_pod_is_an_error(served, world, empty, pod):
    world.sts.identity = "another"
    with pytest.raises(CredentialsError, match="WebIdentityTokenError"):
        await chain(served, world, {**empty, **pod})()
    assert world.metadata.given == 0


async def test_a_region_alone_is_no_pod(served, world, empty):
    assert (await chain(served, world, {**empty, "TKE_REGION": "ap-nanjing"})()).secret_id == "AKIDROLE1"


async def test_a_named_role_of_the_server_is_asked_for(served, world, empty):
    await chain(served, world, {**empty, "TENCENTCLOUD_CAM_ROLE_NAME": "render-role"})()
    assert [request.target for request in served.requests] == [f"{ROLES}render-role"]


@pytest.mark.parametrize("value", ["1", "true", "TRUE", "yes", "on"])
async def test_metadata_can_be_turned_off(served, world, empty, value):
    with pytest.raises(ConfigurationError, match="CVM role: turned off by TENCENTCLOUD_METADATA_DISABLED"):
        await chain(served, world, {**empty, "TENCENTCLOUD_METADATA_DISABLED": value})()
    assert served.requests == []


@pytest.mark.parametrize("value", ["", "0", "false", "no"])
async def test_metadata_can_be_left_on(served, world, empty, value):
    keys = await chain(served, world, {**empty, "TENCENTCLOUD_METADATA_DISABLED": value})()
    assert keys.secret_id == "AKIDROLE1"


async def test_when_no_place_has_keys_each_is_named_with_its_reason(served, world, empty):
    """The environment first: it is what most people want."""
    world.metadata.role = ""
    with pytest.raises(ConfigurationError) as caught:
        await chain(served, world, empty)()
    directory = empty["TENCENTCLOUD_SHARED_CREDENTIALS_DIR"]
    assert str(caught.value) == (
        "no credentials: pass credentials=Credentials(...), or set TENCENTCLOUD_SECRET_ID and "
        "TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_SECURITY_TOKEN for temporary keys). Looked for in "
        "the environment: none of these variables is set | "
        f"profile files: {directory}/credentials has no section [default]; there is no "
        f"{directory}/default.credential | "
        "pod identity: TKE_ROLE_ARN is not set | "
        "CVM role: no role is bound to this instance"
    )


def test_without_metadata_no_more_than_two_seconds_are_lost():
    """On a laptop nobody answers at that address."""

    async def ask(url):
        found = await role_keys(Metadata.for_a_look(url, "", Timing()))
        assert "did not answer" in found.reason

    assert 1 < seconds_lost_to_silence(ask) < 2


async def test_metadata_that_cannot_be_reached_are_told(world, empty):
    """After a second look: a packet may have been lost."""
    async with wire_server(None) as server:
        with pytest.raises(ConfigurationError, match="CVM role: instance metadata broke off"):
            await chain(server, world, empty)()
        assert len(server.requests) == 2


async def test_nobody_at_that_address_is_told(world, empty):
    async with wire_server() as gone:
        pass
    with pytest.raises(
        ConfigurationError, match=r"CVM role: instance metadata cannot be reached \(.*refused|failed"
    ):
        await chain(gone, world, empty)()


async def test_a_role_whose_keys_cannot_be_had_is_an_error(world, empty):
    async with wire_server(answer(200, b"render-role"), role_document(Code="Failed")) as server:
        with pytest.raises(CredentialsError, match="says Failed"):
            await chain(server, world, empty)()


# --- A role on top ------------------------------------------------------------------------------------


async def test_a_role_is_assumed_on_top(served, world, empty, profile, caplog):
    """With the keys of whichever place has some, as the Terraform provider does it."""
    wanted = {
        "TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE,
        "TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME": "nightly",
        "TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION": "900",
        "TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID": "partner/7",
        "TENCENTCLOUD_REGION": "ap-shanghai",
    }
    for place in ({**KEYS, **empty}, profile):
        with caplog.at_level(logging.INFO, "tencent_ci_async"):
            keys = await chain(served, world, {**place, **wanted})()
        assert keys.secret_id.startswith("AKIDSTS")
        assert world.sts.asked[-1] == {
            "RoleArn": ROLE,
            "RoleSessionName": "nightly",
            "DurationSeconds": 900,
            "ExternalId": "partner/7",
        }
    assert served.requests[-1].header("X-TC-Region") == "ap-shanghai"
    assert caplog.messages == [
        f"credentials come from {place}, and assume the role in TENCENTCLOUD_ASSUME_ROLE_ARN"
        for place in ("the environment", "profile files")
    ]


async def test_the_role_alone_is_enough(served, world, empty):
    provider = chain(served, world, {**KEYS, **empty, "TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE})
    assert (await provider()).secret_id == "AKIDSTS1"
    assert (await provider()).secret_id == "AKIDSTS2"
    assert world.sts.asked[1]["DurationSeconds"] == 7_200


async def test_a_role_that_is_refused_is_an_error(served, world, empty):
    """The keys below it are another identity."""
    world.sts.failures = ["UnauthorizedOperation"] * 2
    provider = chain(served, world, {**KEYS, **empty, "TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE})
    for _ in range(2):
        with pytest.raises(CredentialsError, match="trust policy"):
            await provider()
    assert (await provider()).secret_id == "AKIDSTS3"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TENCENTCLOUD_ASSUME_ROLE_ARN", "reader"),
        ("TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION", "an hour"),
        ("TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION", "99999"),
        ("TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME", "?"),
        ("TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID", "é1"),
    ],
)
async def test_a_role_that_cannot_be_assumed_is_an_error(served, world, empty, name, value):
    environment = {**KEYS, **empty, "TENCENTCLOUD_ASSUME_ROLE_ARN": ROLE, name: value}
    with pytest.raises(ConfigurationError):
        await chain(served, world, environment)()
    assert served.requests == []


# --- What it costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_keys", [False, True])
def test_what_is_not_needed_is_not_imported(with_keys):
    """Importing the package loads no source; keys in the environment load the chain alone."""
    code = "import sys, asyncio, tencent_ci_async as t;"
    if with_keys:
        code += (
            "asyncio.run(t.CIAuth()._provider.get());"
            "assert 'tencent_ci_async._credential_sources._default' in sys.modules;"
        )
    late = {"_http", "_sts", "_tc3", "_roles", "_web_identity", "_metadata"} | (
        set() if with_keys else {"_default"}
    )
    late = {f"tencent_ci_async._credential_sources.{name}" for name in late}
    late |= {"tencent_ci_async._credentials._profile", "tencent_ci_async._credentials._sdk"}
    code += f"sys.exit(str({late!r} & set(sys.modules) or ''))"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**KEYS}
    )
    assert ended.stderr.strip() == ""


def test_one_module_sends():
    """The others can be read without a thought of sockets."""
    modules = Path(DefaultProvider.__call__.__code__.co_filename).parent.glob("*.py")
    assert [path.name for path in modules if "import httpx" in path.read_text("utf-8")] == ["_http.py"]
