"""Keys that cannot be printed."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NoReturn

from tencent_ci_async.errors import ConfigurationError

__all__ = ["Credentials", "CredentialsProvider"]


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
