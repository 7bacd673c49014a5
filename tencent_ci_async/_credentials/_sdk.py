"""Credential objects of Tencent Cloud's own SDK, as providers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from tencent_ci_async._timing import Timing
from tencent_ci_async.errors import ConfigurationError, CredentialsError

from ._keys import Credentials, CredentialsProvider

__all__ = ["from_sdk"]

# The SDK renews what has less than 300 s left, so that keys just handed out hold at least so long.
_HOLDS_FOR = 300.0


def from_sdk(credential: object, *, timing: Timing | None = None) -> CredentialsProvider:
    """Return a provider that asks a credential object of ``tencentcloud-sdk-python``.

    The object is recognised by what it has: ``get_credential_info()``, or ``secret_id``, ``secret_key`` and
    ``token``. It is asked in a thread, since it may block, and never twice at a time by one session. Keys
    with a token are taken to hold for 300 seconds, so that an object that renews its keys is asked in time.
    The SDK is no dependency of this package.

    Args:
        credential: Such as ``credential.Credential(...)`` or ``credential.STSAssumeRoleCredential(...)``.
        timing: The clocks; only tests need others.

    Raises:
        ConfigurationError: It is no such object.

    Source: Tencent Cloud SDK for Python, ``tencentcloud.common.credential``.
    """
    clock = (timing or Timing()).wall_clock
    kind = type(credential).__name__
    ask = _asker(credential)
    if ask is None:
        raise ConfigurationError(
            f"from_sdk was given {kind}: it takes an object with get_credential_info(), or with secret_id "
            "and secret_key, such as those of tencentcloud.common.credential"
        )

    async def provide() -> Credentials:
        answer = await asyncio.to_thread(_asked, ask)
        if isinstance(answer, str):
            raise CredentialsError(f"the SDK's {kind} gave no credentials: {answer}")
        if answer.token is None:
            return answer
        return Credentials(answer.secret_id, answer.secret_key, answer.token, expires_at=clock() + _HOLDS_FOR)

    return provide


def _asker(credential: object) -> Callable[[], object] | None:
    whole = getattr(credential, "get_credential_info", None)
    if callable(whole):
        return cast("Callable[[], object]", whole)
    # A property of a class may block to renew: it is looked up here, and read when asked.
    if all(_has(credential, name) for name in ("secret_id", "secret_key")):
        return lambda: tuple(getattr(credential, name, None) for name in ("secret_id", "secret_key", "token"))
    return None


def _has(credential: object, name: str) -> bool:
    return hasattr(type(credential), name) or name in getattr(credential, "__dict__", {})


def _asked(ask: Callable[[], object]) -> Credentials | str:
    try:
        answer = ask()
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises is told by its class
        # Its text may quote the answer of an endpoint, and that may hold keys.
        return f"it raised {type(error).__name__}"
    kind = type(answer).__name__
    values = cast("Sequence[object]", answer) if isinstance(answer, tuple | list) else ()
    if len(values) != 3:
        return f"it returned {kind} where secret_id, secret_key and token were expected"
    secret_id, secret_key, token = values
    if not secret_id or not secret_key:
        return "secret_id or secret_key is empty; see what the SDK logged about its source"
    try:
        return Credentials(
            cast("str", secret_id), cast("str", secret_key), cast("str", token) if token else None
        )
    except ConfigurationError as error:
        return str(error)
