"""Signing as an ``httpx.Auth``: which headers are signed, with which keys, at which time."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Generator
from typing import Final, NoReturn
from urllib.parse import parse_qsl, unquote

import httpx

from ._credentials import Credentials, CredentialsProvider, cached_provider
from ._event_handler import safe_handler
from ._retry import http_date
from ._signing import canonical_request, sign_key, sign_with_key
from ._timing import Timing
from .errors import AccessError, ConfigurationError, ServiceError
from .events import ClockAdjusted, EventHandler

__all__ = ["MAX_SIGNATURE_LIFETIME", "CIAuth"]

MAX_SIGNATURE_LIFETIME: Final = 600
_MIN_SIGNATURE_LIFETIME: Final = 120
_BACKDATING: Final = 60
_TOKEN_HEADER: Final = "x-ci-security-token"  # noqa: S105 - a header's name, no secret

# Source: Tencent Cloud CI API, error codes; COS API, error codes. The last two are the spelling that COS uses
# for the same refusal: a code of its own, or a message under AccessDenied.
_CLOCK_REFUSALS: Final = re.compile(
    r"SignatureExpired|RequestTimeTooSkewed|Request has expired", re.IGNORECASE
)
_KEY_REFUSALS: Final = frozenset({"ExpiredToken", "InvalidAccessKeyId", "SecretidNotExist"})
_SMALL_BODY: Final = 65_536

_logger = logging.getLogger("tencent_ci_async.auth")


class CIAuth(httpx.Auth):
    """Signs requests for Tencent Cloud CI; usable alone with any ``httpx.AsyncClient``.

    Signed are the host (with its port, as sent), the path, all query parameters, the ``Content-*`` headers
    and every ``x-ci-*`` and ``x-cos-*`` header, the token's among them. A signature begins to hold 60 s ago,
    to bear a clock that is a little fast.

    When the service refuses the time of a signature, the offset of its clock is learnt from the ``Date``
    header, and the request is signed and sent once more.

    Args:
        credentials: `Credentials`, an async callable that returns them, or None for the default chain.
        signature_lifetime: Seconds between a signature's begin and end, 120 to 600.
        on_event: A plain function that is told of refreshed credentials and of a clock that is wrong.
        timing: The clocks; only tests need others.

    Raises:
        ConfigurationError: The lifetime or the credentials are not usable.

    Source: Tencent Cloud CI API, request signature.
    """

    def __init__(
        self,
        credentials: Credentials | CredentialsProvider | None = None,
        *,
        signature_lifetime: int = MAX_SIGNATURE_LIFETIME,
        on_event: EventHandler | None = None,
        timing: Timing | None = None,
    ) -> None:
        if not _MIN_SIGNATURE_LIFETIME <= signature_lifetime <= MAX_SIGNATURE_LIFETIME:
            raise ConfigurationError(
                f"signature_lifetime is {signature_lifetime}: it must lie between "
                f"{_MIN_SIGNATURE_LIFETIME} and {MAX_SIGNATURE_LIFETIME} seconds"
            )
        self._timing = timing or Timing()
        self._on_event = safe_handler(on_event)
        if credentials is None:
            from ._credential_sources import DefaultProvider  # noqa: PLC0415 - many programs give their keys

            credentials = DefaultProvider(timing=self._timing)
        self._provider = cached_provider(credentials, self._timing, on_event=self._on_event)
        self._lifetime = int(signature_lifetime)
        self._clock_offset = 0.0
        self._signing_key: _SigningKey | None = None

    def now(self) -> float:
        """Return the service's time in epoch seconds, as far as it is known: this machine's, corrected."""
        return self._timing.wall_clock() + self._clock_offset

    async def sign(self, request: httpx.Request) -> Credentials:
        """Sign a request in place, and return the credentials that were used.

        A request that was signed before is signed anew.

        Raises:
            CredentialsError: The credentials provider failed.
            ConfigurationError: There are no credentials.
        """
        credentials = await self._provider.get()
        headers = request.headers
        headers.pop(_TOKEN_HEADER, None)
        if credentials.token is not None:
            headers[_TOKEN_HEADER] = credentials.token
        # What was sent decides, not what was meant: the path and the query are read back from the URL.
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        canonical = canonical_request(
            request.method,
            unquote(path, errors="surrogateescape"),
            parse_qsl(query, keep_blank_values=True, errors="surrogateescape"),
            [(name, value) for name, value in headers.items() if _is_signed(name)],
        )
        key = self._key(credentials)
        headers["Authorization"] = sign_with_key(
            canonical, secret_id=credentials.secret_id, key=key.key, key_time=key.key_time
        )
        return credentials

    async def reconsider(self, refusal: ServiceError, used: Credentials) -> bool:
        """Mend what the service refused about a signature; whether signing anew may help.

        Args:
            refusal: What the service answered.
            used: The credentials that `sign` returned for that request.

        Raises:
            CredentialsError: The keys were refused, and the provider failed to give others.
            ConfigurationError: The keys were refused, and the environment no longer has any.
        """
        if not isinstance(refusal, AccessError):
            return False
        if _CLOCK_REFUSALS.search(f"{refusal.code} {refusal.message}"):
            return self._learn_clock(refusal.response.date if refusal.response else None)
        if refusal.code in _KEY_REFUSALS:
            return await self._provider.renew(used)
        return False

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign for an ``httpx.AsyncClient``; once more if the service finds the time wrong."""
        await self.sign(request)
        response = yield request
        if response.status_code in {401, 403} and await self._refuses_time(response):
            await self.sign(request)
            yield request

    def sync_auth_flow(
        self,
        request: httpx.Request,  # noqa: ARG002 - httpx's signature
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Refuse: credentials are awaited, so only an ``httpx.AsyncClient`` can use this.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError("CIAuth works with httpx.AsyncClient, not with httpx.Client")

    async def aclose(self) -> None:
        """Stop a refresh of credentials that is under way."""
        await self._provider.aclose()

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("CIAuth holds keys and refuses to be pickled")

    async def _refuses_time(self, response: httpx.Response) -> bool:
        date = response.headers.get("date")
        now = http_date(date)
        if now is None:
            return False
        start = self._start()
        if not start <= now < start + self._lifetime:
            return self._learn_clock(date)
        # The body is read only where its framing bounds it: nothing else here would.
        length = response.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _SMALL_BODY or "content-encoding" in response.headers:
            return False
        await response.aread()
        return bool(_CLOCK_REFUSALS.search(response.text)) and self._learn_clock(date)

    def _learn_clock(self, date: str | None) -> bool:
        now = http_date(date)
        if now is None:
            return False
        self._clock_offset = now - self._timing.wall_clock()
        _logger.warning("the service's clock differs from this machine's by %.0f s", self._clock_offset)
        if self._on_event is not None:
            self._on_event(ClockAdjusted(offset=self._clock_offset))
        return True

    def _start(self) -> int:
        return int(self.now()) - _BACKDATING

    def _key(self, credentials: Credentials) -> _SigningKey:
        start = self._start()
        key_time = f"{start};{start + self._lifetime}"
        cached = self._signing_key
        if cached is None or cached.key_time != key_time or cached.credentials is not credentials:
            cached = self._signing_key = _SigningKey(credentials, key_time)
        return cached


class _SigningKey:
    """The SignKey of one window; its repr, being the plain one, shows nothing."""

    __slots__ = ("credentials", "key", "key_time")

    def __init__(self, credentials: Credentials, key_time: str) -> None:
        self.credentials = credentials
        self.key_time = key_time
        self.key = sign_key(credentials.secret_key, key_time)


def _is_signed(name: str) -> bool:
    # Header names come in lower case from httpx.
    return name == "host" or name.startswith(("content-", "x-ci-", "x-cos-"))
