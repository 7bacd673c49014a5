"""Try again? After how long? Pure decisions; whoever asks does the waiting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from .errors import (
    CIError,
    ConfigurationError,
    ConnectError,
    NoAnswerError,
    ResponseTooLargeError,
    ServerError,
    ServiceError,
    ThrottledError,
    UnreadableAnswerError,
)

__all__ = ["RetryBudget", "RetryPolicy", "http_date", "retry_after_seconds"]

_RETRY_AFTER_SPREAD = 0.2


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after how long, a failed request is sent again.

    The wait before attempt *n* + 1 is drawn evenly from 0 to ``base_delay * 2 ** (n - 1)`` seconds
    ("full jitter"), capped by ``max_delay``. A wait that the service asked for by ``Retry-After`` is kept,
    plus up to a fifth so that many clients do not return together.

    A GET is repeated after any fault that may pass. A request that changes something is repeated only
    when it cannot have arrived, or was refused before any work (throttled).

    Args:
        max_attempts: Requests per call, the first included; 1 turns retrying off.
        base_delay: Seconds, for ordinary faults.
        throttled_base_delay: Seconds, when the service said that it is too much.
        max_delay: Seconds; the longest wait of our own choosing.
        max_retry_after: Seconds; when the service asks for a longer wait, the call fails at once.
        budget: Retries that all calls of a session may make on credit during an outage.
        budget_share: What each call adds to that credit: in a lasting outage, retries stay within this
            share of the calls.

    Raises:
        ConfigurationError: A value is out of range.
    """

    max_attempts: int = 3
    base_delay: float = 0.1
    throttled_base_delay: float = 1.0
    max_delay: float = 20.0
    max_retry_after: float = 60.0
    budget: float = 100.0
    budget_share: float = 0.1

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ConfigurationError(f"max_attempts is {self.max_attempts}: it must be at least 1")
        for name in ("base_delay", "throttled_base_delay", "max_delay", "max_retry_after", "budget"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name} is {value}: it must be a number from 0 on")
        if not 0 <= self.budget_share <= 1:
            raise ConfigurationError(f"budget_share is {self.budget_share}: it must lie between 0 and 1")

    def delay(self, attempt: int, failure: CIError, *, idempotent: bool, chance: float) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            attempt: How many attempts have been made.
            failure: What the last one met.
            idempotent: Whether sending the request twice does no harm.
            chance: A number drawn from [0, 1).
        """
        if attempt >= self.max_attempts or not _may_repeat(failure, idempotent=idempotent):
            return None
        if isinstance(failure, ServiceError) and failure.retry_after:
            if failure.retry_after > self.max_retry_after:
                return None
            return failure.retry_after * (1 + _RETRY_AFTER_SPREAD * chance)
        base = self.throttled_base_delay if isinstance(failure, ThrottledError) else self.base_delay
        # Beyond 2 ** 30 every base has long met its cap, and floats would overflow in the end.
        return chance * min(self.max_delay, base * 2.0 ** min(attempt - 1, 30))


def _may_repeat(failure: CIError, *, idempotent: bool) -> bool:
    if isinstance(failure, ConnectError | ThrottledError):
        return True
    if isinstance(failure, NoAnswerError):
        return idempotent or not failure.may_have_arrived
    if isinstance(failure, ServerError):
        # A redirection is a class of its own: going to the same place again leads nowhere.
        return idempotent and failure.status >= 400
    return (
        idempotent
        and isinstance(failure, UnreadableAnswerError)
        and not isinstance(failure, ResponseTooLargeError)
    )


class RetryBudget:
    """The credit for retries that all calls of a session share, so that an outage is not multiplied.

    A call adds its share, a retry takes one token, and a call that succeeds in the end gives back what its
    retries took. So scattered faults are always retried, while with nothing succeeding the retries
    stay within ``capacity + share * calls``.
    """

    def __init__(self, capacity: float, share: float) -> None:
        self._capacity = capacity
        self._share = share
        self._tokens = capacity

    @property
    def tokens(self) -> float:
        """The retries that could be made right now."""
        return self._tokens

    def offer(self) -> None:
        """Note that a call begins."""
        self._add(self._share)

    def take(self) -> bool:
        """Take one token for a retry; False when the credit is used up."""
        # Tenths do not add up exactly in binary; the tolerance keeps the tenth call's token.
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True

    def give_back(self, retries: int) -> None:
        """Give back what the retries of a call took, now that it has succeeded."""
        self._add(retries)

    def _add(self, tokens: float) -> None:
        self._tokens = min(self._capacity, self._tokens + tokens)


def http_date(text: str | None) -> float | None:
    """Return an HTTP date as epoch seconds; None when there is none or it is no date."""
    if not text or len(text) > 64:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def retry_after_seconds(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the wait that an answer asks for, in seconds; None when it asks for none that makes sense.

    Args:
        headers: The headers of the answer; a date is counted from the answer's own ``Date`` when it has
            one, so that a wrong clock here does not matter.
        now: Epoch seconds, for answers without a ``Date``.
    """
    text = headers.get("retry-after", "").strip()
    if not text or len(text) > 64:
        return None
    try:
        seconds = float(text)
    except ValueError:
        due = http_date(text)
        if due is None:
            return None
        answered = http_date(headers.get("date"))
        seconds = due - (now if answered is None else answered)
        return max(seconds, 0.0)
    return seconds if seconds >= 0 else None
