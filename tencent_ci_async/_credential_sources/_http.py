"""The one module here that sends: small questions to small services, within a time limit and a cap."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from tencent_ci_async._version import __version__
from tencent_ci_async.errors import ConfigurationError

__all__ = ["Failure", "Question", "Reply", "ask", "checked_base_url"]

_LARGEST_REPLY: Final = 65_536


class Question:
    """A request; its repr, being the plain one, shows nothing.

    Args:
        method: The HTTP method.
        url: Where it goes.
        headers: Its headers.
        content: Its body.
    """

    __slots__ = ("content", "headers", "method", "url")

    def __init__(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.content = content


class Reply:
    """An answer that arrived whole; its repr, being the plain one, shows nothing.

    Args:
        status: The HTTP status.
        date: What the ``Date`` header says.
        body: The body.
    """

    __slots__ = ("body", "date", "status")

    def __init__(self, status: int, date: str | None, body: bytes) -> None:
        self.status = status
        self.date = date
        self.body = body


class Failure(NamedTuple):
    """Why there is no answer, in words that follow the name of whoever was asked."""

    reason: str


async def ask(question: Question, *, time_limit: float, direct: bool) -> Reply | Failure:
    """Send a request once, on a connection of its own.

    Args:
        question: What to send. Redirections are not followed.
        time_limit: Seconds for all of it.
        direct: Whether the environment's proxies are not for this one.
    """
    try:
        async with asyncio.timeout(time_limit):
            return await _exchange(question, direct=direct)
    except TimeoutError:
        return Failure(f"did not answer within {time_limit:g} s")
    except httpx.ConnectError as error:
        return Failure(f"cannot be reached ({error})")
    except httpx.TransportError as error:
        # No text: it may quote the answer.
        return Failure(f"broke off the exchange ({type(error).__name__})")
    except Exception as error:  # noqa: BLE001 - such as a proxy setting or a certificate file that is not usable
        # No text: that of a bad proxy setting holds the proxy's password.
        return Failure(
            f"cannot be asked ({type(error).__name__}); look at HTTPS_PROXY and SSL_CERT_FILE if they are set"
        )


async def _exchange(question: Question, *, direct: bool) -> Reply | Failure:
    client = httpx.AsyncClient(
        verify=await _certificates(question.url, direct=direct),
        trust_env=not direct,
        follow_redirects=False,
        timeout=None,  # noqa: S113 - the caller's time limit is for all of it
    )
    async with client:
        request = client.build_request(
            question.method,
            question.url,
            headers={
                "Accept-Encoding": "identity",
                "User-Agent": f"tencent-ci-async/{__version__}",
                **question.headers,
            },
            content=question.content or None,
        )
        body = _Body()
        response = await client.send(request, stream=True)
        try:
            whole = await body.fill(response)
        finally:
            await response.aclose()
        if not whole:
            return Failure(f"answered more than {_LARGEST_REPLY} bytes")
        return Reply(response.status_code, response.headers.get("date"), bytes(body.content))


class _Body:
    """What has arrived; its repr, being the plain one, shows nothing."""

    __slots__ = ("content",)

    def __init__(self) -> None:
        self.content = bytearray()

    async def fill(self, response: httpx.Response) -> bool:
        """Read the body; False if it is too large."""
        async for chunk in response.aiter_raw():
            self.content += chunk
            if len(self.content) > _LARGEST_REPLY:
                return False
        return True


async def _certificates(url: str, *, direct: bool) -> ssl.SSLContext:
    if url.startswith("http:"):
        # It is never used, and reading the certificates would hold up the loop.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return await asyncio.to_thread(httpx.create_ssl_context, trust_env=not direct)


def checked_base_url(url: str, *, name: str, plain_http: bool = False) -> tuple[str, str, bool]:
    """Check a base URL; return it without a slash at its end, its host and port, and whether it is loopback.

    Args:
        url: Scheme and host, and perhaps a port and a path.
        name: What the argument is called.
        plain_http: Whether ``http`` may lead to another machine.

    Raises:
        ConfigurationError: It is no such URL.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    else:
        if parts.scheme in {"http", "https"} and host and re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
            loopback = _is_loopback(host)
            if parts.scheme == "https" or plain_http or loopback:
                return url.rstrip("/"), parts.netloc, loopback
    if host and "@" not in url:
        raise ConfigurationError(f"{name} {url!r} must be an https URL, such as 'https://host'")
    raise ConfigurationError(f"{name} is no URL such as 'https://host'")


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
