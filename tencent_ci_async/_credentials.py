"""Credentials that cannot be printed, and where they come from.

A provider is any async callable that returns `Credentials`: instance metadata, STS, a vault. `CachedProvider`
keeps what it returned until shortly before it expires, with one refresh under way however many ask.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NoReturn, cast

from ._timing import Timing
from .errors import ConfigurationError, CredentialsError, SessionClosedError

__all__ = [
    "CachedProvider",
    "Credentials",
    "CredentialsProvider",
    "EnvironmentProvider",
    "cached_provider",
]

_logger = logging.getLogger("tencent_ci_async.credentials")

# Each family is taken whole or not at all: a key of one never meets the token of another.
# Sources: Tencent Cloud SDK and Terraform provider; Serverless Cloud Function runtime; COS SDK examples.
_ENVIRONMENT_FAMILIES = (
    ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECURITY_TOKEN"),
    ("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN"),
    ("COS_SECRETID", "COS_SECRETKEY", "COS_SECURITY_TOKEN"),
)
_REFRESH_MARGIN = 300.0
_REFRESH_MARGIN_SHARE = 0.2
_REFRESH_PATIENCE = 2.0
_REFRESH_TIME_LIMIT = 30.0
_REFRESH_PAUSE = 5.0


class Credentials:
    """A SecretId, its SecretKey and, for temporary keys, the session token.

    Equal by value and immutable. Neither ``repr``, ``str``, ``format`` nor a log shows the secrets, and
    pickling is refused.

    Args:
        secret_id: The SecretId.
        secret_key: The SecretKey.
        token: The session token of temporary keys.
        expires_at: When temporary keys end: an aware datetime or epoch seconds. None when they do not,
            or nobody knows; then they are used until the service refuses them.

    Raises:
        ConfigurationError: A value is empty, not text, not printable ASCII, or ``expires_at`` is no time.
    """

    __slots__ = ("_expires_at", "_secret_id", "_secret_key", "_token")

    def __init__(
        self,
        secret_id: str,
        secret_key: str,
        token: str | None = None,
        *,
        expires_at: datetime | float | None = None,
    ) -> None:
        problem = (
            _problem("secret_id", secret_id)
            or _problem("secret_key", secret_key)
            or (token is not None and _problem("token", token))
        )
        if problem:
            # A traceback that shows local variables must not show these.
            del secret_id, secret_key, token
            raise ConfigurationError(problem)
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._token = token
        self._expires_at = _epoch_seconds(expires_at)

    @property
    def secret_id(self) -> str:
        """The SecretId."""
        return self._secret_id

    @property
    def secret_key(self) -> str:
        """The SecretKey."""
        return self._secret_key

    @property
    def token(self) -> str | None:
        """The session token of temporary keys; None for permanent ones."""
        return self._token

    @property
    def expires_at(self) -> float | None:
        """When temporary keys end, in epoch seconds; None when they do not or nobody knows."""
        return self._expires_at

    def __repr__(self) -> str:
        # Even an instance that never came to be is shown in a traceback with locals.
        token = "***" if getattr(self, "_token", None) else "None"
        return f"Credentials(secret_id=***, secret_key=***, token={token})"

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, Credentials) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def _values(self) -> tuple[object, ...]:
        return self._secret_id, self._secret_key, self._token, self._expires_at

    def __copy__(self) -> Credentials:
        return self

    def __deepcopy__(self, _memo: object) -> Credentials:
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("credentials refuse to be pickled: let each process get its own from a provider")


CredentialsProvider = Callable[[], Awaitable[Credentials]]
"""Any async callable that returns `Credentials`."""


class EnvironmentProvider:
    """Reads the environment anew at each call, so that a changed environment is seen.

    Three naming families are looked at in this order, each taken whole: ``TENCENTCLOUD_SECRET_ID``,
    ``TENCENTCLOUD_SECRET_KEY``, ``TENCENTCLOUD_SECURITY_TOKEN``; then ``TENCENTCLOUD_SECRETID``,
    ``TENCENTCLOUD_SECRETKEY``, ``TENCENTCLOUD_SESSIONTOKEN``, as cloud functions have them; then
    ``COS_SECRETID``, ``COS_SECRETKEY``, ``COS_SECURITY_TOKEN``. The token may be absent.

    Args:
        environment: Another mapping to read; None for ``os.environ``.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    async def __call__(self) -> Credentials:
        """Return the first complete family.

        Raises:
            ConfigurationError: No family is complete.
        """
        for id_name, key_name, token_name in _ENVIRONMENT_FAMILIES:
            if self._value(id_name) and self._value(key_name):
                return Credentials(
                    self._value(id_name), self._value(key_name), self._value(token_name) or None
                )
        id_name, key_name, token_name = _ENVIRONMENT_FAMILIES[0]
        half = [name for names in _ENVIRONMENT_FAMILIES for name in names[:2] if self._value(name)]
        raise ConfigurationError(
            f"no credentials: pass credentials=Credentials(...), or set {id_name} and {key_name} "
            f"(and {token_name} for temporary keys)" + (f"; only {', '.join(half)} is set" if half else "")
        )

    def _value(self, name: str) -> str:
        # A line feed at the end is what a secret mounted from a file often brings along.
        return self._environment.get(name, "").strip()


def cached_provider(credentials: Credentials | CredentialsProvider | None, timing: Timing) -> CachedProvider:
    """Return a cached provider for whatever a caller passed as ``credentials``.

    Raises:
        ConfigurationError: It is neither `Credentials`, nor an async callable, nor None.
    """
    if credentials is None:
        return CachedProvider(EnvironmentProvider(), timing)
    if isinstance(credentials, Credentials):
        return CachedProvider(_static(credentials), timing)
    if callable(credentials):
        return CachedProvider(credentials, timing)
    raise ConfigurationError(
        f"credentials is {type(credentials).__name__}: give Credentials(...), an async callable that returns "
        "them, or None for the environment"
    )


def _static(credentials: Credentials) -> CredentialsProvider:
    async def provide() -> Credentials:
        return credentials

    return provide


class CachedProvider:
    """Credentials at hand: one refresh under way at a time, old keys as long as they hold.

    Args:
        provider: Where fresh credentials come from.
        timing: The clocks.
    """

    def __init__(self, provider: CredentialsProvider, timing: Timing) -> None:
        self._provider = provider
        self._timing = timing
        self._current: Credentials | None = None
        self._refresh_at = math.inf
        self._refreshing: asyncio.Task[Credentials] | None = None

    async def get(self) -> Credentials:
        """Return credentials that hold now.

        Shortly before the present ones expire, fresh ones are asked for; while that fails, or takes more
        than a moment, the present ones serve until their end.

        Raises:
            CredentialsError: The provider failed, hung or returned something else, and nothing else is valid.
            ConfigurationError: The default chain found no credentials.
        """
        current = self._current
        now = self._timing.wall_clock()
        present = None if current is None or _is_over(current, now) else current
        if present is not None and now < self._refresh_at:
            return present
        refreshing = self._refresh()
        await asyncio.wait({refreshing}, timeout=None if present is None else _REFRESH_PATIENCE)
        if refreshing.cancelled():
            raise SessionClosedError("the session was closed while its credentials were being refreshed")
        if present is None or (refreshing.done() and refreshing.exception() is None):
            return refreshing.result()
        return present

    async def renew(self, refused: Credentials) -> bool:
        """Ask for fresh credentials, because the service refused these; whether there are other ones now.

        Raises:
            CredentialsError: The provider failed, hung or returned something else.
            ConfigurationError: The default chain found no credentials.
        """
        if self._current == refused:
            self._current = None
        return await self.get() != refused

    async def aclose(self) -> None:
        """Stop a refresh that is under way."""
        refreshing, self._refreshing = self._refreshing, None
        if refreshing is not None and not refreshing.done():
            refreshing.cancel()
            await asyncio.wait({refreshing})

    def _refresh(self) -> asyncio.Task[Credentials]:
        refreshing = self._refreshing
        # A task of a loop that has ended will never finish; it must not be waited for in another.
        if refreshing is None or refreshing.done() or refreshing.get_loop() is not asyncio.get_running_loop():
            refreshing = asyncio.create_task(self._fetch(), name="tencent-ci-credentials")
            refreshing.add_done_callback(self._note)
            self._refreshing = refreshing
        return refreshing

    async def _fetch(self) -> Credentials:
        try:
            async with asyncio.timeout(_REFRESH_TIME_LIMIT):
                fresh = cast("object", await self._provider())
        except (ConfigurationError, CredentialsError):
            raise
        except TimeoutError as error:
            raise CredentialsError(
                f"the credentials provider did not answer within {_REFRESH_TIME_LIMIT:.0f} s"
            ) from error
        except Exception as error:
            raise CredentialsError(f"the credentials provider failed ({type(error).__name__})") from error
        if not isinstance(fresh, Credentials):
            raise CredentialsError(
                f"the credentials provider returned {type(fresh).__name__}; it must return Credentials"
            )
        now = self._timing.wall_clock()
        if fresh.expires_at is not None and fresh.expires_at <= now:
            raise CredentialsError("the credentials provider returned keys that have expired already")
        self._current = fresh
        self._refresh_at = _refresh_time(fresh.expires_at, now)
        return fresh

    def _note(self, refreshing: asyncio.Task[Credentials]) -> None:
        # Asking for the exception also keeps asyncio quiet when every caller has gone.
        failure = None if refreshing.cancelled() else refreshing.exception()
        if failure is not None and self._current is not None:
            self._refresh_at = self._timing.wall_clock() + _REFRESH_PAUSE
            _logger.warning("refreshing credentials failed, the present ones stay in use: %s", failure)


def _is_over(credentials: Credentials, now: float) -> bool:
    return credentials.expires_at is not None and now >= credentials.expires_at


def _refresh_time(expires_at: float | None, now: float) -> float:
    if expires_at is None:
        return math.inf
    return expires_at - min(_REFRESH_MARGIN, _REFRESH_MARGIN_SHARE * (expires_at - now))


def _problem(name: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        return f"{name} must be text and not empty"
    # Anything else could not stand in a header, and a line feed from a file would spoil every signature.
    if not value.isascii() or not value.isprintable() or value != value.strip():
        return f"{name} holds a blank at its end, or a character that no key has"
    return ""


def _epoch_seconds(moment: object) -> float | None:
    if moment is None:
        return None
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ConfigurationError("expires_at must be a datetime with a time zone")
        return moment.timestamp()
    if not isinstance(moment, int | float) or not math.isfinite(moment):
        raise ConfigurationError("expires_at must be an aware datetime or epoch seconds")
    return float(moment)
