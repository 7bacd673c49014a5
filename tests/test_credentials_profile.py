"""Keys from profile files: which file counts, and what a file that is no good is told about itself."""

import json
import logging
import sys

import pytest

from tencent_ci_async import ConfigurationError, Credentials, CredentialsError, ProfileProvider
from tencent_ci_async._credentials._looking import Variables
from tencent_ci_async._credentials._profile import ProfilePlaces
from tencent_ci_async._timing import Timing

SECRET = "MARKERSECRET"
INI = "[default]\nsecret_id = AKIDINI\nsecret_key = IniKey\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, with nothing in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.fixture
def write(tmp_path):
    def write(name, content, mode=0o600):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return path

    return write


def tccli(**changes):
    return json.dumps({"secretId": "AKIDCLI", "secretKey": "CliKey", **changes})


async def test_the_sdk_file_is_read(home, write):
    write(".tencentcloud/credentials", INI)
    assert await ProfileProvider(environment={})() == Credentials("AKIDINI", "IniKey")


async def test_the_file_of_the_command_line_is_read(home, write):
    """As ``tccli configure`` writes it, and ``tccli auth login``: with a token and an end."""
    write(".tccli/default.credential", tccli())
    assert await ProfileProvider(environment={})() == Credentials("AKIDCLI", "CliKey")
    write(".tccli/default.credential", tccli(type="oauth", token="cli-token", expiresAt=4e9))
    expected = Credentials("AKIDCLI", "CliKey", "cli-token", expires_at=4e9)
    assert await ProfileProvider(environment={})() == expected


async def test_the_sdk_file_goes_first(home, write):
    write(".tencentcloud/credentials", INI)
    write(".tccli/default.credential", tccli())
    assert (await ProfileProvider(environment={})()).secret_id == "AKIDINI"


def test_the_places_are_those_of_the_vendors_tools():
    places = ProfilePlaces.of(None, None, Variables({}))
    assert [file.path for file in places.files] == [
        "~/.tencentcloud/credentials",
        "/etc/tencentcloud/credentials",
        "~/.tccli/default.credential",
    ]
    assert places[2:] == (False, False)


async def test_a_profile_is_named_by_argument_or_environment(write, tmp_path):
    write("credentials", f"{INI}[nightly]\nsecret_id=AKIDN\nsecret_key='NKey'\ntoken=\"n-token\"\n")
    write("team.credential", tccli())
    variables = {"TENCENTCLOUD_SHARED_CREDENTIALS_DIR": str(tmp_path), "TENCENTCLOUD_PROFILE": "nightly"}
    assert await ProfileProvider(environment=variables)() == Credentials("AKIDN", "NKey", "n-token")
    assert (await ProfileProvider("default", environment=variables)()).secret_id == "AKIDINI"
    assert (await ProfileProvider("team", environment=variables)()).secret_id == "AKIDCLI"
    assert (await ProfileProvider(directory=tmp_path, environment={})()).secret_id == "AKIDINI"


async def test_the_file_is_read_anew_at_each_call(write, tmp_path):
    write("credentials", INI)
    provider = ProfileProvider(directory=tmp_path)
    await provider()
    write("credentials", INI.replace("AKIDINI", "AKIDNEW"))
    assert (await provider()).secret_id == "AKIDNEW"


async def test_no_section_lends_to_another(write, tmp_path):
    """An id of one never meets the key of another, and a percent sign is one."""
    write(
        "credentials",
        "[DEFAULT]\nsecret_id=A\nsecret_key=B\ntoken=C\n[default]\nsecret_id=D\nsecret_key=%(x)s\n",
    )
    assert await ProfileProvider(directory=tmp_path)() == Credentials("D", "%(x)s")


async def test_a_role_arn_in_a_section_is_not_used(write, tmp_path):
    write("credentials", f"{INI}role_arn = qcs::cam::uin/1:roleName/r\n")
    assert await ProfileProvider(directory=tmp_path)() == Credentials("AKIDINI", "IniKey")


BROKEN = {
    "half": ("credentials", f"[default]\nsecret_id = {SECRET}\n", "secret_key is missing"),
    "other half": ("credentials", f"[default]\nsecret_key = {SECRET}\n", "secret_id is missing"),
    "no sections": ("credentials", f"secret_key = {SECRET}\n", "no INI file: line 1"),
    "twice": ("credentials", f"{INI}secret_key = {SECRET}\n", "no INI file: line 4"),
    "binary": ("credentials", b"\xff\xfe\x00" + SECRET.encode(), "no INI file"),
    "no key": ("credentials", f"[default]\nsecret_id=A\nsecret_key={SECRET}é\n", "no key has"),
    "two lines": ("credentials", f"[default]\nsecret_id=A\nsecret_key=B\n {SECRET}\n", "no key has"),
    "large": ("credentials", "#" * 1_100_000, "too large"),
    "no JSON": ("default.credential", SECRET, "no JSON"),
    "deep JSON": ("default.credential", "[" * 100_000, "no JSON"),
    "no object": ("default.credential", f'["{SECRET}"]', "no JSON object"),
    "half JSON": ("default.credential", json.dumps({"secretKey": SECRET}), "secretId is missing"),
    "number": ("default.credential", tccli(secretKey=SECRET, secretId=7), "secretId is missing"),
    "odd end": ("default.credential", tccli(secretKey=SECRET, expiresAt=float("nan")), "expires_at"),
}


@pytest.mark.parametrize(("name", "content", "words"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_file_that_is_no_good_is_named_without_its_values(write, tmp_path, name, content, words):
    path = write(name, content)
    with pytest.raises(ConfigurationError, match=words) as caught:
        await ProfileProvider(directory=tmp_path)()
    assert str(path) in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_what_cannot_be_read_is_said(tmp_path):
    (tmp_path / "credentials").mkdir()
    with pytest.raises(ConfigurationError, match=r"cannot be read \((IsADirectory|Permission)Error\)"):
        await ProfileProvider(directory=tmp_path)()


async def test_a_profile_that_is_nowhere_is_told_with_the_places(write, tmp_path):
    write("credentials", INI)
    with pytest.raises(
        ConfigurationError, match=r"'nightly' was asked for .*\[nightly\].*nightly.credential"
    ):
        await ProfileProvider("nightly", directory=tmp_path)()


async def test_a_directory_without_files_is_told():
    with pytest.raises(ConfigurationError, match=r"asked for has no credentials: there is no .*nowhere"):
        await ProfileProvider(directory="/nowhere")()


async def test_without_any_profile_it_is_said_what_to_do(home):
    with pytest.raises(ConfigurationError, match=r"there is no ~/.tencentcloud/credentials.*run `tccli conf"):
        await ProfileProvider(environment={})()


async def test_a_user_without_a_home_has_no_profile(monkeypatch):
    """As in a container that runs as a user whom nobody has heard of."""
    pwd = pytest.importorskip("pwd")

    def unknown(_uid):
        raise KeyError("uid not found")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(ConfigurationError, match=r"there is no ~/.tencentcloud/credentials"):
        await ProfileProvider(environment={})()


async def test_keys_that_have_expired_are_told_by_file(write, tmp_path):
    write("default.credential", tccli(token="t", expiresAt=999))
    with pytest.raises(CredentialsError, match=r"profile 'default' have expired; .*tccli auth login"):
        await ProfileProvider(directory=tmp_path, timing=Timing(wall_clock=lambda: 1_000.0))()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
async def test_a_file_that_everybody_can_read_is_warned_of_once(write, tmp_path, caplog):
    path = write("credentials", INI, mode=0o644)
    provider = ProfileProvider(directory=tmp_path)
    with caplog.at_level(logging.WARNING):
        await provider()
        await provider()
    assert caplog.messages == [f"{path} can be read by every user of this machine: chmod 600 it"]
    caplog.clear()
    path.chmod(0o640)
    await ProfileProvider(directory=tmp_path)()
    assert caplog.messages == []
