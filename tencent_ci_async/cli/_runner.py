"""From a command's options to its exit code: the session, the signals, and the words for what went wrong."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Generator
from types import FrameType
from typing import Final, NoReturn, Self

from tencent_ci_async import CIError, CISession, ConnectError, CredentialsProvider, RateLimiter

from ._failures import Exit, UsageError, exit_code, in_words
from ._notes import PROGRAM, complain, note
from ._options import ServiceOptions

__all__ = ["execute"]

_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))
_SHOW_CURSOR: Final = b"\x1b[?25h"


def execute(options: ServiceOptions, work: Callable[[CISession], Awaitable[int]]) -> int:
    """Do the work of a command with a session, and return the exit code.

    Args:
        options: Where the service is, and what is told.
        work: What to do; it returns the exit code. It is cancelled by Ctrl-C.
    """
    with _logging(verbose=options.verbose):
        try:
            return asyncio.run(_guarded(options, work))
        except (CIError, UsageError) as error:
            if options.debug:
                note("".join(traceback.format_exception(error)).rstrip())
            if isinstance(error, UsageError):
                complain(str(error), error.what_next)
                return Exit.USAGE
            what, what_next = in_words(error)
            if isinstance(error, ConnectError):
                what_next = f"Tried {_address(options)}. {what_next}"
            complain(what, what_next)
            return exit_code(error)


async def _guarded(options: ServiceOptions, work: Callable[[CISession], Awaitable[int]]) -> int:
    with _Interrupts() as interrupts:
        try:
            async with _open_session(options) as session:
                return await work(session)
        except asyncio.CancelledError:
            if interrupts.number is None:
                raise
    note(f"{PROGRAM}: interrupted")
    return 128 + interrupts.number


def _address(options: ServiceOptions) -> str:
    return options.endpoint or f"https://{options.bucket}.ci.{options.region}.myqcloud.com"


def _open_session(options: ServiceOptions) -> CISession:
    for name, variable, example, value in (
        ("bucket", "TENCENT_CI_BUCKET", "examplebucket-1250000000", options.bucket),
        ("region", "TENCENTCLOUD_REGION", "ap-chongqing", options.region),
    ):
        if not value:
            raise UsageError(f"no {name} was given", f"Add --{name} {example}, or set {variable}.")
    return CISession(
        options.bucket or "",
        options.region or "",
        credentials=_provider(options.profile),
        endpoint=options.endpoint or None,
        limiter=None if options.rate is None else RateLimiter(options.rate),
        max_in_flight=options.max_in_flight,
        allow_plain_http=options.allow_plain_http,
    )


def _provider(profile: str | None) -> CredentialsProvider | None:
    """Return where keys come from; None for wherever the library finds them."""
    if not profile:
        return None
    from tencent_ci_async import ProfileProvider  # noqa: PLC0415 - imported when the command runs

    return ProfileProvider(profile)


class _Interrupts:
    """Ctrl-C once cancels the work, so that it can end well; Ctrl-C twice ends the process at once."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        for number in _SIGNALS:
            # A process in the background was told to ignore Ctrl-C, and threads cannot listen to signals.
            with contextlib.suppress(ValueError):
                if (before := signal.getsignal(number)) not in {signal.SIG_IGN, None}:
                    self._before[number] = before
                    signal.signal(number, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _interrupted(self, number: int, _: FrameType | None) -> None:
        if self.number is not None:
            _leave_at_once(128 + number)
        self.number = number
        # Also wakes a loop that waits for nothing but the network.
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)


def _leave_at_once(code: int) -> NoReturn:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _SHOW_CURSOR)
    os._exit(code)


@contextlib.contextmanager
def _logging(*, verbose: bool) -> Generator[None]:
    if not verbose:
        yield
        return
    logger, handler = logging.getLogger("tencent_ci_async"), _Notes()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class _Notes(logging.Handler):
    """Writes the log where notes go, and as harmless."""

    def emit(self, record: logging.LogRecord) -> None:
        note(self.format(record))
