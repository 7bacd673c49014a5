"""CIAuth, driven by hand and alone with an ``httpx.AsyncClient``."""

import json
import pickle
from email.utils import formatdate

import httpx
import pytest
import respx
from support.verifier import WireRequest, as_wire, fields, problem

from tencent_ci_async import AccessError, CIAuth, ConfigurationError, Credentials, ServerError
from tencent_ci_async._timing import Timing
from tencent_ci_async.models import ResponseHeaders, ResponseInfo

URL = "https://examplebucket-1250000000.ci.ap-chongqing.myqcloud.com"
KEYS = Credentials("AKID", "SECRET")
TEMPORARY = Credentials("AKID", "SECRET", "TOKEN+/=")


class Clock:
    def __init__(self, now=1_700_000_000.5):
        self.now = now

    @property
    def timing(self):
        return Timing(wall_clock=lambda: self.now)


def verdict(request, now, *, token=None):
    return problem(as_wire(request), secret_id="AKID", secret_key="SECRET", now=now, token=token)


@pytest.mark.parametrize(
    "request_",
    [
        httpx.Request("GET", f"{URL}/jobs/j1"),
        httpx.Request("GET", f"{URL}/jobs/j1,j2"),
        httpx.Request("GET", f"{URL}:8443/jobs/j1"),
        httpx.Request("GET", f"{URL}/jobs", params={"tag": "Concat", "x y": "ä+/=&", "Empty": ""}),
        httpx.Request("GET", f"{URL}/jobs?size=10&states=All,Failed&t=2024-01-01T00:00:00%2B0800"),
        httpx.Request("PUT", f"{URL}/jobs/j1?cancel"),
        httpx.Request(
            "POST", f"{URL}/jobs", content=b"<Request/>", headers={"Content-Type": "application/xml"}
        ),
        httpx.Request("GET", f"{URL}/a%20b/%E4%BD%A0/~(x)/%2525?q=%FF"),
        httpx.Request("GET", f"{URL}/jobs/j1", headers={"x-ci-meta": " padded ", "X-Cos-Acl": "private"}),
    ],
    ids=lambda request: f"{request.method} {request.url.raw_path.decode()}",
)
@pytest.mark.parametrize("keys", [KEYS, TEMPORARY], ids=["keys", "temporary"])
async def test_an_independent_verifier_accepts_every_request(request_, keys):
    clock = Clock()
    await CIAuth(keys, timing=clock.timing).sign(request_)
    assert verdict(request_, 1_700_000_000, token=keys.token) == ""


@pytest.mark.parametrize("change", ["path", "query", "host", "method", "token"])
async def test_a_changed_request_is_no_longer_signed(change):
    request = httpx.Request("GET", f"{URL}/jobs/j1?a=1")
    await CIAuth(TEMPORARY, timing=Clock().timing).sign(request)
    wire = as_wire(request)
    changed = {
        "path": {"target": "/jobs/j2?a=1"},
        "query": {"target": "/jobs/j1?a=2"},
        "method": {"method": "PUT"},
        "host": {"headers": tuple((n, "evil.example") if n == "Host" else (n, v) for n, v in wire.headers)},
        "token": {
            "headers": tuple((n, "X") if n == "x-ci-security-token" else (n, v) for n, v in wire.headers)
        },
    }[change]
    token = "X" if change == "token" else TEMPORARY.token
    said = problem(
        WireRequest(**{**vars(wire), **changed}),
        secret_id="AKID",
        secret_key="SECRET",
        now=1_700_000_000,
        token=token,
    )
    assert said == "the signature differs"


async def test_the_window_is_backdated_a_minute_and_ten_minutes_wide():
    request = httpx.Request("GET", f"{URL}/jobs/j1")
    await CIAuth(KEYS, timing=Clock().timing).sign(request)
    assert fields(request.headers["Authorization"])["q-sign-time"] == "1699999940;1700000540"


async def test_a_shorter_lifetime():
    request = httpx.Request("GET", f"{URL}/jobs/j1")
    await CIAuth(KEYS, signature_lifetime=120, timing=Clock().timing).sign(request)
    assert fields(request.headers["Authorization"])["q-sign-time"] == "1699999940;1700000060"


@pytest.mark.parametrize("lifetime", [0, 119, 601, 7_200])
def test_a_lifetime_out_of_bounds_is_refused(lifetime):
    with pytest.raises(ConfigurationError, match="signature_lifetime"):
        CIAuth(KEYS, signature_lifetime=lifetime)


async def test_the_signing_key_follows_the_window_and_the_keys():
    """Within a second the derived key is used again; with the next second, or other keys, it is not."""
    clock, keys = Clock(), [KEYS]

    async def provide():
        return keys[0]

    auth = CIAuth(provide, timing=clock.timing)
    requests = [httpx.Request("GET", f"{URL}/jobs/j{number}") for number in range(3)]
    await auth.sign(requests[0])
    first = auth._signing_key
    await auth.sign(requests[1])
    assert auth._signing_key is first
    clock.now += 1
    await auth.sign(requests[2])
    assert auth._signing_key is not first
    for request in requests:
        assert verdict(request, 1_700_000_001) == ""


async def test_signing_again_replaces_what_was_signed_before():
    clock, keys = Clock(), [TEMPORARY]

    async def provide():
        return keys[0]

    auth = CIAuth(provide, timing=clock.timing)
    request = httpx.Request("GET", f"{URL}/jobs/j1")
    await auth.sign(request)
    keys[0], old = KEYS, keys[0]
    assert await auth._provider.renew(old)
    clock.now += 300
    await auth.sign(request)
    assert verdict(request, int(clock.now)) == ""


# --- Clock skew -------------------------------------------------------------------------------------


def service(clock, *, says="SignatureExpired", status=401, date=True, padding=0):
    """A service with a right clock that refuses signatures outside of their window."""

    def handle(request):
        start, end = map(int, fields(request.headers["Authorization"])["q-sign-time"].split(";"))
        headers = {"Date": formatdate(clock.now, usegmt=True)} if date else {}
        if start <= clock.now < end and abs(start + 60 - clock.now) < 30:
            return httpx.Response(200, content=b"good", headers=headers)
        body = f"<Error><Code>{says}</Code>{' ' * padding}</Error>".encode()
        return httpx.Response(status, content=body, headers=headers)

    return handle


@pytest.mark.parametrize("minutes", range(-30, 35, 5))
@pytest.mark.parametrize(("says", "status"), [("SignatureExpired", 401), ("RequestTimeTooSkewed", 403)])
async def test_half_an_hour_of_skew_is_survived(minutes, says, status):
    """The first refusal teaches the offset; from then on nothing is refused."""
    right = Clock()
    wrong = Clock(right.now + 60 * minutes)
    with respx.mock(assert_all_called=False) as router:
        route = router.get(f"{URL}/jobs/j1").mock(side_effect=service(right, says=says, status=status))
        async with httpx.AsyncClient(auth=CIAuth(KEYS, timing=wrong.timing)) as client:
            answers = [await client.get(f"{URL}/jobs/j1") for _ in range(3)]
    assert [each.text for each in answers] == ["good"] * 3
    assert route.call_count == (3 if minutes == 0 else 4)


async def test_a_clock_that_jumps_later_is_corrected_again():
    right, wrong = Clock(), Clock()
    with respx.mock as router:
        route = router.get(f"{URL}/").mock(side_effect=service(right))
        async with httpx.AsyncClient(auth=CIAuth(KEYS, timing=wrong.timing)) as client:
            for jump in (0, 1_700, -3_000):
                wrong.now += jump
                assert (await client.get(f"{URL}/")).text == "good"
    assert route.call_count == 5


async def test_a_service_that_always_refuses_gets_the_last_word():
    clock = Clock()
    refusal = httpx.Response(
        401,
        content=b"<Error><Code>SignatureExpired</Code></Error>",
        headers={"Date": formatdate(clock.now, usegmt=True)},
    )
    with respx.mock as router:
        route = router.get(f"{URL}/").mock(return_value=refusal)
        async with httpx.AsyncClient(auth=CIAuth(KEYS, timing=clock.timing)) as client:
            answer = await client.get(f"{URL}/")
    assert answer.status_code == 401
    assert answer.text == "<Error><Code>SignatureExpired</Code></Error>"
    assert route.call_count == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"says": "AccessDenied"},
        {"date": False},
        {"padding": 100_000},
    ],
    ids=str,
)
async def test_other_refusals_are_not_repeated(settings):
    """No date, no word of the time, or a body too long to look into: the answer is the caller's."""
    right = Clock()
    wrong = Clock(right.now + 45)
    with respx.mock as router:
        route = router.get(f"{URL}/").mock(side_effect=service(right, **settings))
        async with httpx.AsyncClient(auth=CIAuth(KEYS, timing=wrong.timing)) as client:
            assert (await client.get(f"{URL}/")).status_code == 401
    assert route.call_count == 1


# --- What a refusal of the service leads to -----------------------------------------------------------


def access_error(code, message="", *, date=None):
    headers = ResponseHeaders({} if date is None else {"date": date})
    return AccessError(message, status=403, code=code, response=ResponseInfo(403, headers))


async def test_only_refused_times_and_keys_are_reconsidered():
    clock = Clock()
    date = formatdate(clock.now + 1_000, usegmt=True)
    auth = CIAuth(KEYS, timing=clock.timing)
    assert await auth.reconsider(access_error("SignatureExpired", date=date), KEYS)
    assert await auth.reconsider(access_error("AccessDenied", "Request has expired", date=date), KEYS)
    assert await auth.reconsider(access_error("Request has expired", date=date), KEYS)
    assert not await auth.reconsider(access_error("SignatureExpired", date="noon"), KEYS)
    assert not await auth.reconsider(access_error("SignatureExpired"), KEYS)
    assert not await auth.reconsider(AccessError("", status=401, code="SignatureExpired"), KEYS)
    assert not await auth.reconsider(access_error("AccessDenied", date=date), KEYS)
    assert not await auth.reconsider(access_error("SignatureDoesNotMatch", date=date), KEYS)
    assert not await auth.reconsider(
        ServerError("SignatureExpired", status=500, code="SignatureExpired"), KEYS
    )


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "SecretidNotExist"])
async def test_refused_keys_are_fetched_anew_if_there_can_be_others(code):
    calls = []

    async def provide():
        calls.append(None)
        return Credentials(f"AKID{len(calls)}", "SECRET")

    auth = CIAuth(provide)
    used = await auth.sign(httpx.Request("GET", URL))
    assert await auth.reconsider(access_error(code), used)
    assert (await auth.sign(httpx.Request("GET", URL))).secret_id == "AKID2"
    assert not await CIAuth(KEYS).reconsider(access_error(code), KEYS)


# --- The rest -----------------------------------------------------------------------------------------


def test_a_blocking_client_is_refused():
    with httpx.Client(auth=CIAuth(KEYS)) as client, pytest.raises(ConfigurationError, match="AsyncClient"):
        client.get(URL)


async def test_secrets_are_not_shown():
    auth = CIAuth(Credentials("AKID", "MARKERSECRET", "MARKERTOKEN"))
    request = httpx.Request("GET", URL)
    await auth.sign(request)
    key = auth._signing_key.key.decode()
    shown = repr(auth) + str(vars(auth)) + repr(auth._provider) + str(vars(auth._provider))
    for secret in ("MARKERSECRET", "MARKERTOKEN", key):
        assert secret not in shown
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(auth)
    with pytest.raises(TypeError):
        json.dumps(auth)
