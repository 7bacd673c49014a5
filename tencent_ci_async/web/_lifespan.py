"""CILifespan: what all requests of an application share, opened at its start and closed at its end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Unpack, cast, overload

from tencent_ci_async._batching import BatchingDescriber
from tencent_ci_async._describing import Describe
from tencent_ci_async._session import CISession
from tencent_ci_async._watcher import JobWatcher
from tencent_ci_async.callbacks import CallbackApp
from tencent_ci_async.errors import (
    CIError,
    ConfigurationError,
    JobNotFoundError,
    RequestTimeoutError,
    ServerError,
    SessionClosedError,
    ThrottledError,
)

from ._settings import SessionSettings
from ._signals import overheard

__all__ = ["CILifespan", "CIResources"]

# An id of the form that the service gives, which it has given to nobody.
_NOBODY: Final = f"j{0:032x}"

_logger = logging.getLogger("tencent_ci_async.web")


@dataclass(frozen=True, slots=True)
class CIResources:
    """What all requests of an application share.

    Attributes:
        session: For submits, lists, cancels, and questions about many jobs.
        describer: For handlers that each ask for one job: those that come together share requests.
        watcher: For handlers that wait for a job or stream what becomes of it.
    """

    session: CISession
    describer: BatchingDescriber
    watcher: JobWatcher


class CILifespan:
    """Opens a session, a watcher and a describer for an application, and closes them in the right order.

    Make one beside the application, and give it to the framework:

    - FastAPI, Starlette: ``FastAPI(lifespan=ci)``; handlers find a `CIResources` at ``request.state.ci``.
    - Litestar: ``Litestar(lifespan=[ci])``.
    - aiohttp.web: ``app.cleanup_ctx.append(ci.cleanup_ctx)`` and ``app.on_shutdown.append(ci.end_waits)``.
    - Anything else: ``async with ci as resources``.

    Everywhere, `current` is what is open, and `provide` is the same for ``Depends`` and ``Provide``. It opens
    nothing by itself, and may be opened again once it was closed, also in another event loop; two
    applications in one event loop need one each.

    At the end the watcher is closed first, so that waits and streams end (`WatcherClosedError`), then the
    session. Most servers first wait until all connections are idle, and a stream is not: see
    ``end_waits_on``, or call `end_waits` from where your server tells that it stops.

    Args:
        bucket: The full bucket name, ``<BucketName>-<APPID>``.
        region: The region, such as ``ap-chongqing``.
        session: Instead of bucket and region: called at each start, it returns a `CISession`, or an async
            context manager that yields one, for what must be opened around it.
        watcher: Makes the watcher from ``session.describe_media_job``; such as
            ``partial(JobWatcher, schedule=PollSchedule(interval=2))``.
        describer: Makes the describer in the same way.
        callback_secret: The secret of `callbacks`; None for an application that takes none.
        check: Whether to ask the service once at the start, so that missing or refused keys, a bucket or a
            region that is not there, or a lacking permission stop the application from starting. An outage
            of the service does not: it is logged as a warning.
        end_waits_on: Signals on which waits and streams end at once, such as ``(signal.SIGINT,
            signal.SIGTERM)``. What handled them before still does. Heard in the main thread only.
        name: The name in the lifespan state: ``request.state.<name>``.
        settings: The other settings of `CISession`, by keyword; see `SessionSettings`.

    Raises:
        ConfigurationError: A setting is not usable; told here, as far as nothing needs to be opened for it.
    """

    @overload
    def __init__(
        self,
        bucket: str,
        region: str,
        *,
        watcher: Callable[[Describe], JobWatcher] = ...,
        describer: Callable[[Describe], BatchingDescriber] = ...,
        callback_secret: str | None = ...,
        check: bool = ...,
        end_waits_on: Iterable[signal.Signals] = ...,
        name: str = ...,
        **settings: Unpack[SessionSettings],
    ) -> None: ...

    @overload
    def __init__(
        self,
        *,
        session: Callable[[], AbstractAsyncContextManager[CISession]],
        watcher: Callable[[Describe], JobWatcher] = ...,
        describer: Callable[[Describe], BatchingDescriber] = ...,
        callback_secret: str | None = ...,
        check: bool = ...,
        end_waits_on: Iterable[signal.Signals] = ...,
        name: str = ...,
    ) -> None: ...

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        bucket: str | None = None,
        region: str | None = None,
        *,
        session: Callable[[], AbstractAsyncContextManager[CISession]] | None = None,
        watcher: Callable[[Describe], JobWatcher] = JobWatcher,
        describer: Callable[[Describe], BatchingDescriber] = BatchingDescriber,
        callback_secret: str | None = None,
        check: bool = False,
        end_waits_on: Iterable[signal.Signals] = (),
        name: str = "ci",
        **settings: Unpack[SessionSettings],
    ) -> None:
        self._make_session = _session_factory(bucket, region, session, settings)
        for what, maker in (("watcher", watcher), ("describer", describer)):
            if not callable(cast("object", maker)):
                raise ConfigurationError(
                    f"{what} must be a function that makes one: each start needs its own"
                )
        if not name.isidentifier():
            raise ConfigurationError(f"name is {name!r}: handlers must be able to write request.state.<name>")
        self._make_watcher = watcher
        self._make_describer = describer
        self._check = check
        self._signals = tuple(end_waits_on)
        self._name = name
        self._callbacks = (
            None if callback_secret is None else CallbackApp(self._due_now, secret=callback_secret)
        )
        self._opened: dict[asyncio.AbstractEventLoop, _Opened] = {}

    def __repr__(self) -> str:
        return f"<CILifespan {self._name}: open in {len(self._opened)} event loops>"

    # --- What handlers use ----------------------------------------------------------------------------

    @property
    def current(self) -> CIResources:
        """What is open in the running event loop.

        Raises:
            SessionClosedError: Nothing is open here. The message says what may be missing.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise SessionClosedError(
                "no event loop runs in this thread: write the handler with 'async def'"
            ) from None
        opened = self._opened.get(loop)
        if opened is None:
            raise SessionClosedError(
                "this CILifespan is not open in this event loop: give it to the application, as in "
                "FastAPI(lifespan=ci), or open it by 'async with ci' (httpx.ASGITransport runs no lifespan)"
            )
        return opened.resources

    async def provide(self) -> CIResources:
        """Return `current`: the form that ``Depends`` of FastAPI and ``Provide`` of Litestar take.

        Raises:
            SessionClosedError: Nothing is open in this event loop.
        """
        return self.current

    @property
    def callbacks(self) -> CallbackApp:
        """The ASGI application that takes callbacks, to be mounted: each makes the watcher look at its jobs.

        Raises:
            ConfigurationError: No ``callback_secret`` was given.
        """
        if self._callbacks is None:
            raise ConfigurationError(
                "callbacks need a secret: CILifespan(..., callback_secret=...); "
                "tencent_ci_async.callbacks.new_callback_secret() makes one"
            )
        return self._callbacks

    async def end_waits(self, app: object = None) -> None:  # noqa: ARG002 - aiohttp's signals pass it
        """End all waits and streams now, while the session goes on; for when the server is about to stop.

        Whoever waits gets a `WatcherClosedError`, and so does who comes later.

        Args:
            app: Passed by some frameworks, and not used.
        """
        opened = self._opened.get(asyncio.get_running_loop())
        if opened is not None:
            await opened.resources.watcher.aclose()

    # --- What frameworks use --------------------------------------------------------------------------

    @asynccontextmanager
    async def __call__(self, app: object = None) -> AsyncGenerator[dict[str, CIResources], None]:  # noqa: ARG002
        """Open for the length of the block, and yield the lifespan state: ``{name: resources}``.

        Args:
            app: Passed by frameworks, and not used.

        Raises:
            CIError: What `CISession` raises; or what the check at the start found.
        """
        async with self as resources:
            yield {self._name: resources}

    async def cleanup_ctx(self, app: object) -> AsyncGenerator[None, None]:  # noqa: ARG002
        """Open, yield once, and close: for ``app.cleanup_ctx`` of aiohttp.web.

        Args:
            app: Passed by the framework, and not used.

        Raises:
            CIError: What `CISession` raises; or what the check at the start found.
        """
        async with self:
            yield

    async def __aenter__(self) -> CIResources:
        """Open, and return what all requests share.

        Raises:
            ConfigurationError: It is open already in this event loop; or there are no keys, with ``check``.
            CIError: With ``check``: what keeps the service from answering.
        """
        loop = asyncio.get_running_loop()
        for dead in [each for each in self._opened if each.is_closed()]:
            del self._opened[dead]
        if loop in self._opened:
            raise ConfigurationError(
                "this CILifespan is open already in this event loop: make one for each application"
            )
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(self._make_session())
            if self._check:
                await _check(session)
            watcher = await stack.enter_async_context(self._make_watcher(session.describe_media_job))
            resources = CIResources(session, self._make_describer(session.describe_media_job), watcher)
            stack.enter_context(overheard(self._signals, _ending(watcher, loop, stack)))
            self._opened[loop] = _Opened(resources, stack.pop_all())
        return resources

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        opened = self._opened.pop(asyncio.get_running_loop(), None)
        if opened is not None:
            await opened.stack.__aexit__(kind, error, traceback)

    # --- Inside ---------------------------------------------------------------------------------------

    def _due_now(self, *job_ids: str) -> None:
        opened = self._opened.get(asyncio.get_running_loop())
        if opened is not None:
            opened.resources.watcher.due_now(*job_ids)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is open in one event loop, and what closes it."""

    resources: CIResources
    stack: AsyncExitStack


def _session_factory(
    bucket: str | None,
    region: str | None,
    session: Callable[[], AbstractAsyncContextManager[CISession]] | None,
    settings: SessionSettings,
) -> Callable[[], AbstractAsyncContextManager[CISession]]:
    if session is not None:
        if (bucket, region) != (None, None) or settings:
            raise ConfigurationError(
                "give CILifespan either bucket, region and settings, or session: not both"
            )
        if not callable(cast("object", session)):
            raise ConfigurationError("session must be a function that makes one: each start needs its own")
        return session
    if bucket is None or region is None:
        raise ConfigurationError(
            "CILifespan needs bucket and region, or session: "
            "CILifespan('examplebucket-1250000000', 'ap-chongqing')"
        )

    def make() -> CISession:
        return CISession(bucket, region, **settings)

    # Nothing is opened by that, and what is wrong with the settings is told where they stand.
    make()
    return make


def _ending(
    watcher: JobWatcher, loop: asyncio.AbstractEventLoop, stack: AsyncExitStack
) -> Callable[[], object]:
    """Return what a signal calls to have the watcher closed; whatever that starts ends with the stack."""
    closings: list[asyncio.Task[None]] = []

    def close() -> None:
        closings.append(loop.create_task(watcher.aclose(), name="tencent-ci-end-waits"))

    async def closed() -> None:
        await asyncio.gather(*closings)

    stack.push_async_callback(closed)
    return lambda: loop.call_soon_threadsafe(close)


async def _check(session: CISession) -> None:
    try:
        await session.describe_media_job(_NOBODY)
    except JobNotFoundError:
        _logger.debug("the service answers, and takes the keys")
    except (RequestTimeoutError, ServerError, ThrottledError) as error:
        _logger.warning("the check at the start found nothing out, and the start goes on: %s", error)
    except CIError as error:
        error.add_note("This was found when the application started, by the check of CILifespan.")
        raise
