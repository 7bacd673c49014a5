"""Objects of the vendor's SDK as providers, known by what they have."""

import asyncio
import threading

import pytest

from tencent_ci_async import ConfigurationError, Credentials, CredentialsError, from_sdk
from tencent_ci_async._credentials import CachedProvider
from tencent_ci_async._timing import Timing

SECRET = "MARKERSECRET"


class Whole:
    """As the SDK's objects are now: all three at once."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.threads = set()
        self.asked = 0

    def get_credential_info(self):
        self.threads.add(threading.get_ident())
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Attributes:
    """As they once were; reading one may block."""

    def __init__(self):
        self.threads = set()

    @property
    def secret_id(self):
        self.threads.add(threading.get_ident())
        return "AKIDSDK"

    secret_key = "SdkKey"


class Plain:
    def __init__(self):
        self.secret_id, self.secret_key, self.token = "AKIDSDK", "SdkKey", None


@pytest.mark.parametrize("credential", [Whole(("AKIDSDK", "SdkKey", None)), Attributes(), Plain()])
async def test_permanent_keys_are_taken_as_they_are(credential):
    assert await from_sdk(credential)() == Credentials("AKIDSDK", "SdkKey")


async def test_an_object_is_asked_in_a_thread():
    """It may ask a service, and the event loop must not wait for that."""
    for credential in (Whole(("AKIDSDK", "SdkKey", None)), Attributes()):
        provider = from_sdk(credential)
        assert credential.threads == set()
        await provider()
        assert threading.get_ident() not in credential.threads
        assert len(credential.threads) == 1


async def test_keys_with_a_token_are_asked_for_again_in_time():
    """The SDK renews what has less than 300 s left: so long they hold at least, and not a second longer."""
    now = 1_000.0
    credential = Whole(*((f"AKID{number}", "Key", "token") for number in range(1, 9)))
    timing = Timing(wall_clock=lambda: now)
    cached = CachedProvider(from_sdk(credential, timing=timing), timing)
    keys = await asyncio.gather(*(cached.get() for _ in range(1_000)))
    assert {each.secret_id for each in keys} == {"AKID1"}
    assert (credential.asked, keys[0].expires_at) == (1, 1_300.0)
    now += 239
    assert (await cached.get()).secret_id == "AKID1"
    now += 2
    assert (await cached.get()).secret_id == "AKID2"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (RuntimeError(SECRET), "Whole gave no credentials: it raised RuntimeError"),
        ((None, None, None), "secret_id or secret_key is empty"),
        (("AKID", "", "token"), "secret_id or secret_key is empty"),
        ((SECRET, "Key"), "returned tuple"),
        (None, "returned NoneType"),
        (SECRET, "returned str"),
        ((SECRET, f"{SECRET}\n", None), "no key has"),
        ((7, SECRET, None), "secret_id must be text"),
    ],
)
async def test_what_is_no_key_is_said(answer, words):
    with pytest.raises(CredentialsError, match=words) as caught:
        await from_sdk(Whole(answer))()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("thing", [None, "AKID", ("AKID", "Key"), {"secret_id": "AKID", "secret_key": "Key"}])
def test_anything_else_is_refused_at_once(thing):
    with pytest.raises(ConfigurationError, match=f"from_sdk was given {type(thing).__name__}"):
        from_sdk(thing)
