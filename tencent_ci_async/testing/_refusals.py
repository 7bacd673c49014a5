"""What the service refuses, as an exception between a rule and the answer."""

from __future__ import annotations

__all__ = ["Headers", "RefusedError", "invalid_argument"]

Headers = tuple[tuple[str, str], ...]


class RefusedError(Exception):
    """A request that is answered by an error: status, code, message, and headers on top of the usual ones."""

    def __init__(self, status: int, code: str, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def invalid_argument(message: str) -> RefusedError:
    """Return the refusal of an argument; the message names it.

    Source: Tencent Cloud CI API, Error Codes, InvalidArgument.
    """
    return RefusedError(400, "InvalidArgument", message)
