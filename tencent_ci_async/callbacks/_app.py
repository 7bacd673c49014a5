"""An ASGI application that takes callbacks and passes on which jobs they name."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import logging
import math
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Final, TypeAlias, cast
from urllib.parse import quote, urlsplit

from tencent_ci_async.errors import ConfigurationError, UnreadableCallbackError

from ._parse import parse_callback

__all__ = ["CallbackApp", "new_callback_secret"]

_Message: TypeAlias = MutableMapping[str, object]
_Scope: TypeAlias = MutableMapping[str, object]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,}")
_DIGITS_OF_ANY_SIZE: Final = 18

_logger = logging.getLogger("tencent_ci_async.callbacks")


def new_callback_secret() -> str:
    """Return a new secret for `CallbackApp`: 43 characters that nobody can guess.

    Make it once, keep it with your keys, and give the same one to every process of a service.
    """
    return secrets.token_urlsafe(32)


class CallbackApp:
    """An ASGI application for the address that the service calls back.

    A callback is never believed, since nothing proves who sent it. Its job ids are passed to ``due_now``, and
    everything else in it is dropped. So whoever learns the secret can cause requests, but no result.

    Mount it in Starlette or FastAPI, or run it alone. Where it is mounted is of no concern to it: the last
    segment of the path must be the secret.

    - A wrong path gets 404, whatever the method, and its body is not read.
    - A method other than POST gets 405; a body too large 413, too slow 408, unreadable 400.
    - A callback gets 200 and an empty body. When the sender goes away midway, nothing happens.

    In the scope, and so in the access log of the server, the last segment becomes ``...``. What stands in
    front of this, such as a proxy or the routes of the application around it, sees the secret.

    Example:
        >>> app = CallbackApp(print, secret="an-invented-secret-of-ours")
        >>> app.address("https://media.example.com/ci-callbacks")
        'https://media.example.com/ci-callbacks/an-invented-secret-of-ours'
    """

    __slots__ = ("_due_now", "_max_body_bytes", "_read_timeout", "_secret")

    def __init__(
        self,
        due_now: Callable[..., object],
        *,
        secret: str,
        max_body_bytes: int = 1024 * 1024,
        read_timeout: float = 10.0,
    ) -> None:
        """Make an application that takes callbacks.

        Args:
            due_now: Called as ``due_now(*job_ids)`` in the event loop, with the distinct ids that a callback
                names, if any; it must not wait, and what it raises goes to the server. Meant is
                ``JobWatcher.due_now``.
            secret: The last segment of the path, at least 16 of ``A-Z a-z 0-9 - _``; see
                `new_callback_secret`.
            max_body_bytes: The longest body, in bytes.
            read_timeout: How long a body may take to arrive, in seconds.

        Raises:
            ConfigurationError: One of them is not usable. The message does not show the secret.
        """
        if not callable(cast("object", due_now)) or inspect.iscoroutinefunction(due_now):
            raise ConfigurationError("due_now must be a plain function: it is called and not awaited")
        if not isinstance(cast("object", secret), str) or not _SECRET.fullmatch(secret):
            raise ConfigurationError(
                "secret must be at least 16 letters, digits, '-' and '_': new_callback_secret() makes one"
            )
        if max_body_bytes < 1:
            raise ConfigurationError(f"max_body_bytes must be at least 1, not {max_body_bytes!r}")
        if not 0 < read_timeout < math.inf:
            raise ConfigurationError(f"read_timeout must be some seconds, not {read_timeout!r}")
        self._due_now = due_now
        self._secret = secret.encode()
        self._max_body_bytes = max_body_bytes
        self._read_timeout = read_timeout

    def __repr__(self) -> str:
        return f"<CallbackApp: at most {self._max_body_bytes} bytes in {self._read_timeout} s>"

    def address(self, base_url: str) -> str:
        """Return the address to give to the service, secret included: keep it out of logs.

        Args:
            base_url: The public address of the place where this application is mounted. Over plain ``http``
                anybody on the way can read the secret.

        Raises:
            ConfigurationError: It is not an http or https URL, or something follows its path.

        Source: Tencent Cloud CI API, submit a job, CallBack.
        """
        try:
            parts = urlsplit(base_url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname or {"?", "#"} & {*base_url}:
            raise ConfigurationError("base_url must look like 'https://media.example.com/ci-callbacks'")
        return f"{base_url.rstrip('/')}/{self._secret.decode()}"

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Serve one connection scope of ASGI.

        Raises:
            NotImplementedError: The scope is of a type that ASGI did not have when this was written.
        """
        kind = scope["type"]
        if kind == "http":
            await self._serve(scope, receive, send)
        elif kind == "lifespan":
            await _live(receive, send)
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise NotImplementedError("CallbackApp speaks HTTP only")

    async def _serve(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        knows_secret = hmac.compare_digest(_hide_last_segment(scope), self._secret)
        if not knows_secret:
            await _answer(send, 404)
        elif scope["method"] != "POST":
            await _answer(send, 405, ((b"allow", b"POST"),))
        else:
            status = await self._take(scope, receive)
            if status is not None:
                # The rest of a body that is not wanted would have to be read, or the connection closed.
                unread = status in {408, 413} and str(scope.get("http_version", "1.1")).startswith("1")
                await _answer(send, status, ((b"connection", b"close"),) if unread else ())

    async def _take(self, scope: _Scope, receive: _Receive) -> int | None:
        """Take one callback and return the status to answer; None when nobody is left to answer."""
        if _declared_length(scope) > self._max_body_bytes:
            return 413
        body = bytearray()
        try:
            async with asyncio.timeout(self._read_timeout):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += cast("bytes", message.get("body", b""))
                    if len(body) > self._max_body_bytes:
                        return 413
                    more = bool(message.get("more_body", False))
        except TimeoutError:
            return 408
        try:
            job_ids = parse_callback(bytes(body)).job_ids
        except UnreadableCallbackError as error:
            _logger.warning("%s", error)
            return 400
        _logger.debug("a callback names %d jobs", len(job_ids))
        if job_ids:
            self._due_now(*job_ids)
        return 200


def _hide_last_segment(scope: _Scope) -> bytes:
    """Take the last segment out of the path, and return it.

    Servers write their access logs from the scope after the answer. A wrong guess is hidden like the
    secret: it may be the secret with a slip.
    """
    path = str(scope["path"])
    before, _, last = path.rpartition("/")
    # Behind a slash too many, the segment before is hidden.
    before = before if last else before.rstrip("/").rpartition("/")[0]
    scope["path"] = f"{before}/..."
    if "raw_path" in scope:
        scope["raw_path"] = quote(f"{before}/...", errors="replace").encode()
    return last.encode(errors="replace")


def _declared_length(scope: _Scope) -> int:
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    value = next((value for name, value in headers if name.lower() == b"content-length"), b"")
    # What is no number is the server's to refuse; what arrives is counted in any case.
    return int(value[:_DIGITS_OF_ANY_SIZE]) if value.isdigit() else 0


async def _answer(send: _Send, status: int, headers: _Headers = ()) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-length", b"0"), *headers],
        }
    )
    await send({"type": "http.response.body", "body": b""})


async def _live(receive: _Receive, send: _Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
