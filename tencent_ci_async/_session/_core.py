"""The life of a session, and the way of every call through it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import ssl
import warnings
from contextlib import AbstractAsyncContextManager, nullcontext
from email.utils import formatdate
from types import TracebackType
from typing import Final, NoReturn, Self, cast

import httpx

from tencent_ci_async._auth import MAX_SIGNATURE_LIFETIME, CIAuth
from tencent_ci_async._call_report import Reporter, Waits
from tencent_ci_async._caller import Attempt, Caller, Launched
from tencent_ci_async._credentials import Credentials, CredentialsProvider
from tencent_ci_async._endpoint import Endpoint
from tencent_ci_async._event_handler import rate_listener, safe_handler
from tencent_ci_async._exchange import Exchanger, HTTPClient, Lanes
from tencent_ci_async._operations import Operation
from tencent_ci_async._pace import AdaptivePace
from tencent_ci_async._retry import RetryPolicy
from tencent_ci_async._timing import Timing
from tencent_ci_async._version import __version__
from tencent_ci_async.errors import ConfigurationError, SessionClosedError
from tencent_ci_async.events import EventHandler
from tencent_ci_async.models import DescribeMediaJobResult, ServiceResult
from tencent_ci_async.models._late import make_ready

from ._timeouts import Timeouts

__all__ = ["SessionCore"]

_USER_AGENT: Final = f"tencent-ci-async/{__version__}"

_logger = logging.getLogger("tencent_ci_async.session")


_DEFAULT_TIMEOUTS: Final = Timeouts()
_DEFAULT_RETRY: Final = RetryPolicy()


class SessionCore:
    """What every call of a session needs: keys, connections, pace, and an end."""

    def __init__(  # noqa: PLR0913 - the settings of a client, all but two by keyword
        self,
        bucket: str,
        region: str,
        *,
        credentials: Credentials | CredentialsProvider | None = None,
        endpoint: str | None = None,
        client: httpx.AsyncClient | HTTPClient | None = None,
        timeout: Timeouts | float | None = _DEFAULT_TIMEOUTS,
        retry: RetryPolicy | None = _DEFAULT_RETRY,
        limiter: AbstractAsyncContextManager[object] | None = None,
        max_in_flight: int = 8,
        max_ids_per_request: int = 10,
        max_response_bytes: int = 8 * 1024 * 1024,
        signature_lifetime: int = MAX_SIGNATURE_LIFETIME,
        allow_plain_http: bool = False,
        on_event: EventHandler | None = None,
        timing: Timing | None = None,
    ) -> None:
        _check_at_least_one(
            max_in_flight=max_in_flight,
            max_ids_per_request=max_ids_per_request,
            max_response_bytes=max_response_bytes,
        )
        self._bucket = bucket
        self._region = region
        self._endpoint = Endpoint.of(bucket, region, endpoint, allow_plain_http=allow_plain_http)
        _check_httpx_takes(self._endpoint)
        self._timing = timing or Timing()
        tell = safe_handler(on_event)
        self._auth = CIAuth(
            credentials, signature_lifetime=signature_lifetime, on_event=tell, timing=self._timing
        )
        self._timeouts = timeout if isinstance(timeout, Timeouts) else Timeouts(total=timeout)
        # A client of the caller's keeps its own timeouts unless others were asked for by name.
        self._sets_timeouts = isinstance(timeout, Timeouts) and timeout is not _DEFAULT_TIMEOUTS
        self._limiter = nullcontext() if limiter is None else limiter
        self._pace = AdaptivePace(self._timing, on_change=rate_listener(tell, "session"))
        self._max_in_flight = max_in_flight
        self._max_ids_per_request = max_ids_per_request
        self._max_response_bytes = max_response_bytes
        # A client of httpx2 shares no class with one of httpx, but does the same by the same names.
        self._given_client = cast("httpx.AsyncClient | None", client)
        self._caller = self._make_caller(retry, tell)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._exchanger: Exchanger | None = None
        self._closed = False

    async def aclose(self) -> None:
        """Close the session: whoever waits gets a `SessionClosedError`, and nothing is left behind.

        Closing twice is harmless. A client of the caller's stays open.
        """
        if self._closed:
            return
        self._closed = True
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            # The other loop's sockets cannot be closed from here, and may be gone with it.
            return
        if self._exchanger is not None:
            await self._exchanger.aclose()
        await self._auth.aclose()

    async def __aenter__(self) -> Self:
        """Return the session itself, ready: what would make the first call slow has been done.

        Raises:
            SessionClosedError: It is closed, or belongs to another event loop.
        """
        self._check_usable().warm_up()
        make_ready(DescribeMediaJobResult)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        return f"<CISession {self._bucket} in {self._region}, {state}>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a session holds keys and connections and refuses to be pickled")

    def __del__(self) -> None:
        # An instance whose construction failed has no such attribute.
        if getattr(self, "_exchanger", None) is not None and self._given_client is None and not self._closed:
            warnings.warn(f"{self!r} was never closed", ResourceWarning, stacklevel=2, source=self)

    def _check_usable(self) -> Exchanger:
        if self._closed:
            raise SessionClosedError("the session is closed: make a new one, or close it later")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise SessionClosedError(
                "the session belongs to another event loop, the one that used it first: make one session for "
                "each event loop (each asyncio.run)"
            )
        if self._exchanger is None:
            self._exchanger = Exchanger(self._lanes(), max_response_bytes=self._max_response_bytes)
        return self._exchanger

    def _lanes(self) -> Lanes:
        if (lent := self._given_client) is not None:
            return Lanes(lambda: lent, self._max_in_flight, lent=True)
        # A proxy for the outside world cannot reach this machine's loopback.
        trust_env = not self._endpoint.is_loopback
        if not self._endpoint.is_loopback or self._endpoint.origin.startswith("https:"):
            # Reading them takes longest by far, so that all lanes share them.
            certificates = httpx.create_ssl_context(trust_env=trust_env)
        else:
            # Without any, it would trust nobody.
            certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

        def make_client() -> httpx.AsyncClient:
            return httpx.AsyncClient(
                # Were a connection lost inside httpx, a bound there would let the lane wait for ever.
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=1, keepalive_expiry=30.0),
                timeout=httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect),
                headers={"User-Agent": _USER_AGENT},
                verify=certificates,
                trust_env=trust_env,
            )

        return Lanes(make_client, self._max_in_flight, lent=False)

    def _make_caller(self, retry: RetryPolicy | None, tell: EventHandler | None) -> Caller:
        place = (self._bucket, self._region, self._endpoint.host, self._endpoint.port)
        return Caller(
            self._send,
            self._auth.reconsider,
            policy=RetryPolicy(max_attempts=1) if retry is None else retry,
            pace=self._pace,
            timing=self._timing,
            total=self._timeouts.total,
            reporter=None if tell is None else Reporter(tell, self._timing.clock, *place),
        )

    async def _send(self, operation: Operation[ServiceResult], *, launched: Launched) -> Attempt:
        exchanger = self._check_usable()
        clock = self._timing.clock
        signed: list[tuple[Credentials, float]] = []
        turns: list[float] = []

        async def prepare(client: httpx.AsyncClient) -> httpx.Request:
            turns.append(clock())
            # Only those whose turn at the gate has come are paced: a queue would be bound to an old rate.
            async with self._limiter:
                pass
            turns.append(clock())
            sent_at = await self._pace.wait()
            request = self._build_request(client, operation)
            signed.append((await self._auth.sign(request), sent_at))
            return request

        def take_note() -> None:
            (at_gate, at_pace), (_, sent_at) = turns, signed[0]
            launched(Waits(at_gate - started, at_pace - at_gate, sent_at - at_pace, clock() - sent_at))

        started = clock()
        answer = await exchanger.exchange(prepare, launched=take_note)
        _logger.debug(
            "%s %s answered %d in %.3f s, request id %s",
            operation.method,
            operation.path,
            answer.response.status,
            clock() - started,
            answer.response.request_id,
        )
        return Attempt(answer, *signed[0])

    def _build_request(self, client: httpx.AsyncClient, operation: Operation[ServiceResult]) -> httpx.Request:
        headers = {
            "Accept": "*/*",
            # The one compression that the exchange inflates under its cap.
            "Accept-Encoding": "gzip",
            "Date": formatdate(self._auth.now(), usegmt=True),
        }
        if operation.method != "GET":
            # Where they are missing, some transports add others after the request was signed.
            headers |= {"Content-Type": "application/xml", "Content-Length": str(len(operation.body))}
        if operation.body:
            # The service refuses a body that was damaged on its way.
            digest = hashlib.md5(operation.body, usedforsecurity=False).digest()
            headers["Content-MD5"] = base64.b64encode(digest).decode()
        url = self._endpoint.url(operation.path, operation.query)
        content = operation.body or None
        if not self._sets_timeouts:
            return client.build_request(operation.method, url, headers=headers, content=content)
        # A tuple is what httpx2 understands as well: connect, read, write, and waiting for a connection.
        read = self._timeouts.read
        timeouts = (self._timeouts.connect, read, read, read)
        return client.build_request(operation.method, url, headers=headers, content=content, timeout=timeouts)


def _check_httpx_takes(endpoint: Endpoint) -> None:
    # It refuses some hosts, such as 999.1.1.1 and xn--, which would otherwise come out of every request.
    reason = ""
    try:
        _ = httpx.URL(endpoint.origin).host
    except (httpx.InvalidURL, UnicodeError) as error:
        reason = str(error)
    if reason:
        raise ConfigurationError(f"endpoint {endpoint.origin!r} has a host that is no host name: {reason}")


def _check_at_least_one(**settings: int) -> None:
    for name, value in settings.items():
        if value < 1:
            raise ConfigurationError(f"{name} is {value}: it must be at least 1")
