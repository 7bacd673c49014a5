"""Keys at hand: kept until shortly before they expire, with one refresh under way however many ask."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import cast

from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import CIError, ConfigurationError, CredentialsError, SessionClosedError
from tencent_ci_async.events import CredentialsRefreshed, CredentialsRefreshFailed, EventHandler

from ._keys import Credentials, CredentialsProvider

__all__ = ["CachedProvider", "cached_provider"]

_logger = logging.getLogger("tencent_ci_async.credentials")

_REFRESH_MARGIN = 300.0
_REFRESH_MARGIN_SHARE = 0.2
_REFRESH_PATIENCE = 2.0
_REFRESH_TIME_LIMIT = 30.0
_REFRESH_PAUSE = 5.0


def cached_provider(
    credentials: Credentials | CredentialsProvider,
    timing: Timing,
    *,
    on_event: EventHandler | None = None,
) -> CachedProvider:
    """Return a cached provider for whatever a caller passed as ``credentials``.

    Raises:
        ConfigurationError: It is neither `Credentials` nor an async callable.
    """
    if isinstance(credentials, Credentials):
        return CachedProvider(_static(credentials), timing)
    if callable(credentials):
        return CachedProvider(credentials, timing, on_event=on_event)
    raise ConfigurationError(
        f"credentials is {type(credentials).__name__}: give Credentials(...), an async callable that returns "
        "them, from_sdk(...) for an object of Tencent Cloud's SDK, or None for the default chain"
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
        on_event: Who is told of refreshes; it never raises.
    """

    def __init__(
        self, provider: CredentialsProvider, timing: Timing, *, on_event: EventHandler | None = None
    ) -> None:
        self._provider = provider
        self._timing = timing
        self._on_event = on_event
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
            work = self._fetch() if self._on_event is None else self._fetch_and_tell(self._on_event)
            refreshing = asyncio.create_task(work, name="tencent-ci-credentials")
            refreshing.add_done_callback(self._note)
            self._refreshing = refreshing
        return refreshing

    async def _fetch(self) -> Credentials:
        timer = asyncio.timeout(_REFRESH_TIME_LIMIT)
        try:
            async with timer:
                fresh = cast("object", await self._provider())
        except (ConfigurationError, CredentialsError):
            raise
        except Exception as error:
            # The provider may have a time limit of its own.
            if timer.expired():
                raise CredentialsError(
                    f"the credentials provider did not answer within {_REFRESH_TIME_LIMIT:.0f} s"
                ) from error
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

    async def _fetch_and_tell(self, on_event: EventHandler) -> Credentials:
        clock = self._timing.clock
        began = clock()
        try:
            fresh = await self._fetch()
        except CIError as error:
            cause = error.__cause__
            current = self._current
            on_event(
                CredentialsRefreshFailed(
                    seconds=clock() - began,
                    error=type(error).__name__,
                    cause=None if cause is None else type(cause).__name__,
                    has_valid=current is not None and not _is_over(current, self._timing.wall_clock()),
                )
            )
            raise
        on_event(CredentialsRefreshed(seconds=clock() - began, expires_at=fresh.expires_at))
        return fresh

    def _note(self, refreshing: asyncio.Task[Credentials]) -> None:
        # Asking for the exception also keeps asyncio quiet when every caller has gone.
        failure = None if refreshing.cancelled() else refreshing.exception()
        now = self._timing.wall_clock()
        # Keys that are over are of no more use; whoever asks next is told that there are none.
        if failure is not None and self._current is not None and not _is_over(self._current, now):
            self._refresh_at = now + _REFRESH_PAUSE
            _logger.warning("refreshing credentials failed, the present ones stay in use: %s", failure)


def _is_over(credentials: Credentials, now: float) -> bool:
    return credentials.expires_at is not None and now >= credentials.expires_at


def _refresh_time(expires_at: float | None, now: float) -> float:
    if expires_at is None:
        return math.inf
    return expires_at - min(_REFRESH_MARGIN, _REFRESH_MARGIN_SHARE * (expires_at - now))
