"""Arguments of calls, checked before anything is sent and written as the service reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, cast

from tencent_ci_async.errors import ConfigurationError

__all__ = ["checked_count", "checked_id", "checked_text", "joined", "written_time"]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def checked_id(name: str, value: object) -> str:
    """Return an id that stands in a path.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    shown = repr(value[:140]) if isinstance(value, str) else f"a {type(value).__name__}"
    raise ConfigurationError(f"{name} is {shown}, not 1 to 128 letters, digits, '-' and '_'")


def checked_text(name: str, value: object, *, most_bytes: int = 1_024) -> str:
    """Return a text that says something.

    Raises:
        ConfigurationError: It is no text, blank, too long, or holds control characters.
    """
    if value is None:
        raise ConfigurationError(f"{name} is missing")
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} is a {type(value).__name__}, not a text")
    # A dash alone is how the service writes nothing.
    if value.strip() in {"", "-"}:
        raise ConfigurationError(f"{name} is blank")
    if not value.isprintable():
        raise ConfigurationError(f"{name} holds characters that cannot be printed")
    if len(value.encode()) > most_bytes:
        raise ConfigurationError(f"{name} is longer than {most_bytes} bytes")
    return value


def checked_count(name: str, value: object, *, at_most: int | None = None) -> int:
    """Return a number from 1 on.

    Raises:
        ConfigurationError: It is none, or too high.
    """
    if not isinstance(value, int) or value < 1 or (at_most is not None and value > at_most):
        range_ = "1 or more" if at_most is None else f"1 to {at_most}"
        raise ConfigurationError(f"{name} is {value!r}: it must be a number, {range_}")
    return int(value)


def joined(name: str, values: object, *, at_most: int | None = None) -> str:
    """Return several texts as one, joined by commas.

    Raises:
        ConfigurationError: There is none, there are too many, or one is not usable.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise ConfigurationError(f"{name} is a {type(values).__name__}: give a list, also of a single one")
    texts = tuple(dict.fromkeys(checked_text(name, each) for each in cast("Iterable[object]", values)))
    if not texts:
        # The service would take no condition for every condition.
        raise ConfigurationError(f"{name} is empty: leave it out, or name at least one")
    if at_most is not None and len(texts) > at_most:
        raise ConfigurationError(f"{name} names {len(texts)}, but one request takes {at_most}")
    if any("," in each for each in texts):
        raise ConfigurationError(f"{name} holds a comma: give several as several, ['a', 'b']")
    return ",".join(texts)


def written_time(name: str, value: object) -> str:
    """Return a point in time as the service writes it, to the second.

    Raises:
        ConfigurationError: It is no datetime, or one without an offset.
    """
    if not isinstance(value, datetime):
        raise ConfigurationError(f"{name} is a {type(value).__name__}, not a datetime")
    offset = value.utcoffset()
    if offset is None:
        raise ConfigurationError(
            f"{name} has no offset from UTC, so that it could be any of several points in time: "
            "make it aware, such as datetime.now(timezone.utc)"
        )
    if offset.total_seconds() % 60:
        # An old local time may be off by seconds, for which the service has no notation.
        value = value.astimezone(UTC)
    day, colon, minutes = value.isoformat(timespec="seconds").rpartition(":")
    return f"{day}{minutes}" if colon else day
