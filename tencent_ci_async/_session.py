"""CISession: one bucket, one event loop, any number of calls."""

from __future__ import annotations

import asyncio
import logging
import math
import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from email.utils import formatdate
from types import TracebackType
from typing import Final, NoReturn, Self

import httpx

from ._auth import MAX_SIGNATURE_LIFETIME, CIAuth
from ._caller import Attempt, Caller
from ._credentials import Credentials, CredentialsProvider
from ._describing import JobIds
from ._endpoint import Endpoint, check_job_ids
from ._exchange import Exchanger, Lanes
from ._fanout import Fanout
from ._operations import Operation, describe_media_job
from ._outcomes import FanoutProgress, JobOutcome
from ._pace import AdaptivePace
from ._retry import RetryPolicy
from ._timing import Timing
from ._version import __version__
from .errors import ConfigurationError, SessionClosedError
from .models import DescribeMediaJobResult, ServiceResult

__all__ = ["CISession", "Timeouts"]

_USER_AGENT: Final = f"tencent-ci-async/{__version__}"

_logger = logging.getLogger("tencent_ci_async.session")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long things may take, in seconds.

    Args:
        total: One call, all its attempts and waits included; None for no limit.
        connect: Making one connection.
        read: The silence between two pieces of an answer, or of a request being sent.

    Raises:
        ConfigurationError: A value is not a positive number.
    """

    total: float | None = 60.0
    connect: float = 5.0
    read: float = 15.0

    def __post_init__(self) -> None:
        for name, value in (("total", self.total), ("connect", self.connect), ("read", self.read)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name} is {value} s: it must be a positive number")


_DEFAULT_TIMEOUTS: Final = Timeouts()
_DEFAULT_RETRY: Final = RetryPolicy()


class CISession:
    """Asks Tencent Cloud CI about media jobs, from one event loop.

    Use it as ``async with CISession(...) as session``, or call `aclose` in the end. One session serves any
    number of concurrent callers; a caller that is cancelled, or that gives up by ``asyncio.timeout``,
    costs nobody a connection.

    Args:
        bucket: The full bucket name, ``<BucketName>-<APPID>``.
        region: The region, such as ``ap-chongqing``.
        credentials: `Credentials`, an async callable that returns them, or None for the environment.
        endpoint: Another base URL, such as ``http://127.0.0.1:8000``; None for the public service.
        client: An ``httpx.AsyncClient`` of your own (proxy, TLS, HTTP/2, another transport), used and never
            closed. Its default headers are sent and those that count are signed.
        timeout: `Timeouts`, or the seconds that one call may take in all, or None for no limit in all. A
            client of your own keeps its own connect and read timeouts unless `Timeouts` are given.
        retry: How failed requests are repeated; None for never.
        limiter: Entered before each request, as ``async with limiter``; such as ``aiolimiter.AsyncLimiter``.
        max_in_flight: Requests under way at once, each on a connection of its own. More of them help where
            answers take long; a client of your own gets slower with each.
        max_ids_per_request: Job ids that one request may name; the service's pages say 10.
        max_response_bytes: The longest answer, in bytes, as received and once inflated.
        signature_lifetime: Seconds that a signature holds, 120 to 600.
        allow_plain_http: Whether an ``http`` endpoint may be another machine.
        timing: Clocks, sleep and chance; only tests need others.

    Raises:
        ConfigurationError: A setting is not usable. Nothing is read, opened or sent here.
    """

    def __init__(  # noqa: PLR0913 - the settings of a client, all but two by keyword
        self,
        bucket: str,
        region: str,
        *,
        credentials: Credentials | CredentialsProvider | None = None,
        endpoint: str | None = None,
        client: httpx.AsyncClient | None = None,
        timeout: Timeouts | float | None = _DEFAULT_TIMEOUTS,
        retry: RetryPolicy | None = _DEFAULT_RETRY,
        limiter: AbstractAsyncContextManager[object] | None = None,
        max_in_flight: int = 8,
        max_ids_per_request: int = 10,
        max_response_bytes: int = 8 * 1024 * 1024,
        signature_lifetime: int = MAX_SIGNATURE_LIFETIME,
        allow_plain_http: bool = False,
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
        self._timing = timing or Timing()
        self._auth = CIAuth(credentials, signature_lifetime=signature_lifetime, timing=self._timing)
        self._timeouts = timeout if isinstance(timeout, Timeouts) else Timeouts(total=timeout)
        # A client of the caller's keeps its own timeouts unless others were asked for by name.
        self._sets_timeouts = isinstance(timeout, Timeouts) and timeout is not _DEFAULT_TIMEOUTS
        self._limiter = nullcontext() if limiter is None else limiter
        self._pace = AdaptivePace(self._timing)
        self._max_in_flight = max_in_flight
        self._max_ids_per_request = max_ids_per_request
        self._max_response_bytes = max_response_bytes
        self._given_client = client
        self._caller = Caller(
            self._send,
            self._auth.reconsider,
            policy=RetryPolicy(max_attempts=1) if retry is None else retry,
            pace=self._pace,
            timing=self._timing,
            total=self._timeouts.total,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._exchanger: Exchanger | None = None
        self._closed = False

    async def describe_media_job(self, *job_ids: str) -> DescribeMediaJobResult:
        """Return the present state and details of one to ten jobs, asked for by one request.

        Args:
            job_ids: The ids, each 1 to 128 letters, digits, ``-`` and ``_``; a repeated one is asked for
                once. The service wants jobs of one processing family in a request.

        Returns:
            The jobs that exist in ``jobs_detail`` and the ids that do not in ``non_exist_job_ids``. Of a
            question about a single job, ``result.job`` is the job.

        Raises:
            ConfigurationError: No id, too many, or one that is no job id; or there are no credentials.
                Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaJob.
        """
        self._check_usable()
        checked = check_job_ids(job_ids, at_most=self._max_ids_per_request)
        return await self._caller.call(describe_media_job(checked))

    def describe_many(
        self,
        job_ids: JobIds,
        *,
        raise_on_error: bool = False,
        progress: Callable[[FanoutProgress], None] | None = None,
    ) -> AsyncGenerator[JobOutcome, None]:
        """Return an async iterator over the outcomes of any number of jobs, as they arrive.

        Every distinct id has exactly one outcome, whatever happens to single requests: a batch that is
        refused for one id is halved until that id stands alone, an id that an answer leaves out is asked
        for again, and what failed is asked for again in up to two later rounds. Memory is bounded however
        long the source is; a slow consumer slows the requests. Leaving the loop early stops them.

        Args:
            job_ids: The ids, by ``for`` or by ``async for``; the source need not end. Duplicates are asked
                for once: always if the source is a collection, else as far as the last 131,072 distinct
                ids.
            raise_on_error: Whether to raise one `BatchError` in the end, when any id ended in an error.
            progress: Called with a `FanoutProgress` after each request.

        Raises:
            ConfigurationError: ``job_ids`` is a single text; or there are no credentials.
            SessionClosedError: The session is closed, or belongs to another event loop.
            BatchError: An id ended in an error, and ``raise_on_error`` is set; it comes after the last
                outcome.
        """
        return self._fan_out(job_ids, raise_on_error=raise_on_error, progress=progress).run()

    async def describe_all(
        self,
        job_ids: JobIds,
        *,
        raise_on_error: bool = False,
        progress: Callable[[FanoutProgress], None] | None = None,
    ) -> dict[str, JobOutcome]:
        """Return the outcomes of any number of jobs by id, in the order of the ids.

        Args:
            job_ids: The ids, by ``for`` or by ``async for``; the source must end.
            raise_on_error: Whether to raise one `BatchError` in the end, when any id ended in an error.
            progress: Called with a `FanoutProgress` after each request.

        Raises:
            ConfigurationError: ``job_ids`` is a single text; or there are no credentials.
            SessionClosedError: The session is closed, or belongs to another event loop.
            BatchError: An id ended in an error, and ``raise_on_error`` is set.
        """
        return await self._fan_out(job_ids, raise_on_error=raise_on_error, progress=progress).collect()

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
        """Return the session itself.

        Raises:
            SessionClosedError: It is closed, or belongs to another event loop.
        """
        self._check_usable()
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

    def _fan_out(
        self,
        job_ids: JobIds,
        *,
        raise_on_error: bool,
        progress: Callable[[FanoutProgress], None] | None,
    ) -> Fanout:
        self._check_usable()
        if isinstance(job_ids, str | bytes):
            raise ConfigurationError("job_ids is a single text; give a list, or use describe_media_job")
        return Fanout(
            self.describe_media_job,
            job_ids,
            batch_size=self._max_ids_per_request,
            width=self._max_in_flight,
            timing=self._timing,
            report=progress,
            raise_on_error=raise_on_error,
        )

    def _lanes(self) -> Lanes:
        if (lent := self._given_client) is not None:
            return Lanes(lambda: lent, self._max_in_flight, lent=True)
        # A proxy for the outside world cannot reach this machine's loopback.
        trust_env = not self._endpoint.is_loopback
        # Reading the certificates takes longest by far, so that all lanes share them.
        certificates = httpx.create_ssl_context(trust_env=trust_env)

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

    async def _send(self, operation: Operation[ServiceResult], *, launched: Callable[[], None]) -> Attempt:
        exchanger = self._check_usable()
        signed: list[tuple[Credentials, float]] = []

        async def prepare(client: httpx.AsyncClient) -> httpx.Request:
            # Only those whose turn at the gate has come are paced: a queue would be bound to an old rate.
            async with self._limiter:
                pass
            sent_at = await self._pace.wait()
            request = self._build_request(client, operation)
            signed.append((await self._auth.sign(request), sent_at))
            return request

        started = self._timing.clock()
        answer = await exchanger.exchange(prepare, launched=launched)
        _logger.debug(
            "%s %s answered %d in %.3f s, request id %s",
            operation.method,
            operation.path,
            answer.response.status,
            self._timing.clock() - started,
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
        url = self._endpoint.url(operation.path, operation.query)
        if not self._sets_timeouts:
            return client.build_request(operation.method, url, headers=headers)
        timeouts = httpx.Timeout(self._timeouts.read, connect=self._timeouts.connect)
        return client.build_request(operation.method, url, headers=headers, timeout=timeouts)


def _check_at_least_one(**settings: int) -> None:
    for name, value in settings.items():
        if value < 1:
            raise ConfigurationError(f"{name} is {value}: it must be at least 1")
