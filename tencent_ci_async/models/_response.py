"""What came with an answer besides its body, and the base class of results."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self, cast

from pydantic import PrivateAttr

from ._wire import WireModel

__all__ = ["ResponseHeaders", "ResponseInfo", "ServiceResult"]


class ResponseHeaders(Mapping[str, str]):
    """Response headers: an immutable mapping whose names are looked up in any case.

    Iterating gives the names in lower case, in the order received. The values of a name that was sent
    several times are joined by ``", "``.

    Args:
        headers: A mapping of names to values, or pairs of name and value.
    """

    __slots__ = ("_values",)

    def __init__(self, headers: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        values: dict[str, str] = {}
        pairs = cast("Mapping[str, str]", headers).items() if isinstance(headers, Mapping) else headers
        for name, value in pairs:
            key = name.lower()
            values[key] = f"{values[key]}, {value}" if key in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # Names only: a value may be a cookie or a token.
        return f"ResponseHeaders(<{', '.join(self._values)}>)"


@dataclass(frozen=True, slots=True, repr=False)
class ResponseInfo:
    """Status and headers of one answer, as plain values that can be kept, pickled and logged.

    Source: Tencent Cloud CI API, common response headers.

    Attributes:
        status: The HTTP status.
        headers: All response headers, looked up in any case.
        attempts: How many requests the call had sent by then, the one that this answers included.
    """

    status: int
    headers: ResponseHeaders
    attempts: int = 1

    @property
    def request_id(self) -> str | None:
        """The service's id of the exchange, for a support ticket."""
        return self.headers.get("x-ci-request-id") or self.headers.get("x-cos-request-id") or None

    @property
    def trace_id(self) -> str | None:
        """The service's trace id, for a support ticket; usually sent with errors only."""
        return self.headers.get("x-ci-trace-id") or self.headers.get("x-cos-trace-id") or None

    @property
    def server(self) -> str | None:
        """What answered, such as ``tencent-ci``; something else hints at a proxy in between."""
        return self.headers.get("server")

    @property
    def date(self) -> str | None:
        """When the answer was made, by the service's clock, as sent."""
        return self.headers.get("date")

    def __repr__(self) -> str:
        return f"ResponseInfo(status={self.status}, request_id={self.request_id!r})"


_MADE_BY_HAND = ResponseInfo(200, ResponseHeaders())


class ServiceResult(WireModel):  # noqa: PLW1641 - frozen models get their hash from pydantic
    """The base of every result: a body, and what came with it."""

    # No default of its own: pydantic would copy it deeply for each result.
    _response: ResponseInfo | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Return whether two results say the same; the exchanges that brought them may differ."""
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self.model_extra == other.model_extra

    @property
    def response(self) -> ResponseInfo:
        """Status and headers of the answer; a bare 200 when the model was made by hand. Never dumped."""
        return self._response or _MADE_BY_HAND

    @property
    def request_id(self) -> str | None:
        """The service's id of the exchange: from the header, else from the body, else None."""
        if self.response.request_id is not None:
            return self.response.request_id
        in_body = (self.model_extra or {}).get("RequestId")
        return in_body if isinstance(in_body, str) else None

    def with_response(self, response: ResponseInfo) -> Self:
        """Return the same result with `response` attached.

        Args:
            response: Status and headers of the answer that the result was read from.
        """
        attached = self.model_copy()
        attached._response = response  # noqa: SLF001 - a copy of itself
        return attached
