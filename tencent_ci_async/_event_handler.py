"""The handler of events that a user gave: checked, and kept from doing harm."""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
from collections.abc import Callable
from typing import Literal, cast

from .errors import ConfigurationError, NoAnswerError, ServiceError, SessionClosedError
from .events import Event, EventHandler, RateChanged

__all__ = ["error_class", "error_code", "error_reason", "rate_listener", "safe_handler"]

_logger = logging.getLogger("tencent_ci_async.events")


def safe_handler(on_event: EventHandler | None) -> EventHandler | None:
    """Return a handler that never raises; None for None.

    Raises:
        ConfigurationError: It is no plain function.
    """
    if on_event is None:
        return None
    # Callers without a type checker may give anything.
    given = cast("object", on_event)
    if not callable(given):
        raise ConfigurationError(f"on_event is a {type(given).__name__}: give a function that takes an event")
    if inspect.iscoroutinefunction(given) or inspect.iscoroutinefunction(type(given).__call__):
        raise ConfigurationError(
            "on_event is an async function, which nobody would await: give a plain one, and let it start a "
            "task or fill a queue"
        )
    return _SafeHandler(on_event)


class _SafeHandler:
    """Calls a handler, and logs its first exception."""

    __slots__ = ("_handler", "_has_complained")

    def __init__(self, handler: EventHandler) -> None:
        self._handler = handler
        self._has_complained = False

    def __call__(self, event: Event) -> None:
        try:
            self._handler(event)
        # A handler is not awaited: a cancellation that comes out of it is not that of the call.
        except (Exception, asyncio.CancelledError):
            if not self._has_complained:
                self._has_complained = True
                _logger.exception(
                    "on_event raised on a %s; nothing else is affected, and it is logged once",
                    type(event).__name__,
                )


def rate_listener(
    on_event: EventHandler | None, source: Literal["session", "watcher"]
) -> Callable[[float, float], None] | None:
    """Return what makes events of the changes of a rate; infinity stands for no limit."""
    if on_event is None:
        return None

    def changed(before: float, after: float) -> None:
        on_event(RateChanged(source=source, before=_limit(before), after=_limit(after)))

    return changed


def error_class(error: BaseException) -> str:
    """Return the name of an error's class."""
    return type(error).__name__


def error_code(error: BaseException) -> str | None:
    """Return the code that the service gave an error."""
    return error.code if isinstance(error, ServiceError) else None


def error_reason(error: BaseException) -> str | None:
    """Return what an error says, if these are words of ours.

    The service's could quote what was sent, and those of a credentials provider whatever it has read.
    """
    return str(error) if isinstance(error, NoAnswerError | SessionClosedError) else None


def _limit(rate: float) -> float | None:
    return None if math.isinf(rate) else rate
