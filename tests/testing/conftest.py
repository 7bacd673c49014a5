"""A signer of our tests' own, so that the simulator is not measured by the package's signer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import httpx
import pytest
import xmltodict

from tencent_ci_async.testing import FakeCI


@dataclass
class Signer:
    """Signs what it is told to sign, right or wrong."""

    secret_id: str
    secret_key: str
    clock: Callable[[], float] = time.time
    token: str | None = None
    unsigned: frozenset[str] = field(default_factory=frozenset)

    def __call__(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        window: tuple[int, int] = (-60, 600),
    ) -> dict[str, str]:
        """Return the headers with which the request may go out."""
        parts = urlsplit(url)
        sent = {"host": parts.netloc, **(headers or {})}
        if self.token is not None:
            sent["x-ci-security-token"] = self.token
        signed = {name.lower(): value for name, value in sent.items() if name not in self.unsigned}
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        parameters = [(name, value) for name, value in pairs if name not in self.unsigned]
        now = int(self.clock())
        key_time = f"{now + window[0]};{now + window[1]}"
        header_text, header_list = _canonical(list(signed.items()))
        parameter_text, parameter_list = _canonical(parameters)
        text = f"{method.lower()}\n{unquote(parts.path)}\n{parameter_text}\n{header_text}\n"
        digest = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - the protocol says so
        sign_key = _hmac(self.secret_key, key_time)
        signature = _hmac(sign_key, f"sha1\n{key_time}\n{digest}\n")
        authorization = (
            f"q-sign-algorithm=sha1&q-ak={self.secret_id}&q-sign-time={key_time}&q-key-time={key_time}"
            f"&q-header-list={header_list}&q-url-param-list={parameter_list}&q-signature={signature}"
        )
        return {**sent, "authorization": authorization}


def _canonical(pairs: list[tuple[str, str]]) -> tuple[str, str]:
    encoded = sorted((quote(name, safe="").lower(), quote(value, safe="")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded), ";".join(name for name, _ in encoded)


def _hmac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()


class Asker:
    """Asks a simulator for jobs through any client, each request signed."""

    def __init__(self, fake: FakeCI, client: httpx.AsyncClient, base: str, signer: Signer) -> None:
        self.fake = fake
        self.client = client
        self.base = base
        self.signer = signer

    async def __call__(self, *job_ids: str) -> httpx.Response:
        """Ask for these jobs."""
        url = f"{self.base}/jobs/{','.join(job_ids)}"
        return await self.client.get(url, headers=self.signer(url))


class Caller:
    """Makes any call in process, signed, with a body that the service can check."""

    def __init__(self, fake: FakeCI, client: httpx.AsyncClient, signer: Signer) -> None:
        self.fake = fake
        self.client = client
        self.signer = signer

    async def __call__(
        self, method: str, path: str, request: object = None, *, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send ``request`` (children of ``Request``, or bytes) and return the answer."""
        body = request if isinstance(request, bytes) else b""
        if request is not None and not isinstance(request, bytes):
            body = xmltodict.unparse({"Request": request}).encode()
        sent: dict[str, str] = {}
        if body:
            digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
            sent = {"content-type": "application/xml", "content-md5": digest}
        if method != "GET":
            sent["content-length"] = str(len(body))
        sent |= headers or {}
        url = f"https://{self.fake.host}{path}"
        signed = self.signer(url, method=method, headers=sent)
        return await self.client.request(method, url, content=body or None, headers=signed)


class VirtualClock:
    """A clock that stands still until a test moves it; sleeping moves it too."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return epoch seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.now += seconds


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def make_signer():
    return Signer


@pytest.fixture
def make_asker():
    return Asker


@pytest.fixture
def fake(clock):
    return FakeCI(clock=clock, sleep=clock.sleep)


@pytest.fixture
def signer(fake, clock):
    return Signer(fake.secret_id, fake.secret_key, clock)


@pytest.fixture
async def ask(fake, signer):
    """Ask the simulator in process."""
    async with httpx.AsyncClient(transport=fake.transport(), timeout=0.25) as client:
        yield Asker(fake, client, f"https://{fake.host}", signer)


@pytest.fixture
async def call(fake, signer):
    """Make any call to the simulator in process."""
    async with httpx.AsyncClient(transport=fake.transport(), timeout=0.5) as client:
        yield Caller(fake, client, signer)


@pytest.fixture
def read():
    """Return the children of a good answer's root, what may repeat as lists."""

    def read(response):
        assert response.status_code == 200, response.text
        lists = ("JobsDetail", "QueueList", "TemplateList", "NonExistPIDs")
        return xmltodict.parse(response.content, force_list=lists)["Response"] or {}

    return read


@pytest.fixture
def refusal():
    """Return status, code and message of a refusal."""

    def refusal(response):
        error = xmltodict.parse(response.content)["Error"]
        assert error["RequestId"] == response.headers["x-ci-request-id"]
        return response.status_code, error["Code"], error["Message"]

    return refusal
