"""Words of a command line that stand for a length of time, a moment, a kind of job or a state."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from tencent_ci_async import JobState, JobTag

from ._failures import UsageError

__all__ = ["moment", "one_of", "seconds", "states", "tag"]

_UNITS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_LENGTH: Final = re.compile(r"(?:\d+(?:\.\d+)?[dhms])+")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
_ALLOW: Final = "--allow-unknown sends it all the same."


def seconds(option: str, text: str | None) -> float | None:
    """Return a length of time in seconds; None of None.

    Args:
        option: Where it was given.
        text: Such as ``90``, ``90s``, ``1.5m`` or ``1h30m``.

    Raises:
        UsageError: It is not one, or not more than nothing.
    """
    if text is None:
        return None
    found = _length(text.strip().lower())
    if found is None or not 0 < found < math.inf:
        raise UsageError(
            f"{option} {text!r} is no length of time", "Give seconds, or a length such as 90s, 10m or 1h30m."
        )
    return found


def moment(option: str, text: str | None, *, now: datetime | None = None) -> datetime | None:
    """Return a moment with its offset from UTC; None of None.

    Args:
        option: Where it was given.
        text: A date or a time in ISO 8601, by this machine's clock unless it has an offset; ``today``,
            ``yesterday``, ``now``; or how long ago, such as ``2h``.
        now: The present, with its offset; None for this machine's clock.

    Raises:
        UsageError: It is not one.
    """
    if text is None:
        return None
    present = now or datetime.now().astimezone()
    words, lowered = text.strip(), text.strip().lower()
    midnight = datetime.combine(present.date(), time.min)
    if lowered == "now":
        return present
    if lowered in {"today", "yesterday"}:
        return (midnight - timedelta(days=lowered == "yesterday")).astimezone()
    try:
        ago = None if lowered.isdigit() else _length(lowered)
        if ago is not None:
            return present - timedelta(seconds=ago)
        found = datetime.fromisoformat(words.upper() if words[10:11] in {"t", "T"} else words)
        return found if found.tzinfo is not None else found.astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{option} {text!r} is no time",
            "Give a time such as 2026-03-10T08:00, 2026-03-10 or 2026-03-10T08:00+08:00, or how long ago, "
            "such as 30m or 2d, or today or yesterday.",
        ) from None


def tag(text: str, *, allow_unknown: bool = False) -> str:
    """Return a kind of job as the service writes it, whatever the case it was given in.

    Raises:
        UsageError: There is no such kind, and unknown ones are not allowed.
    """
    return text if allow_unknown else one_of("kind of job", text, [each.value for each in JobTag], _ALLOW)


def states(texts: Iterable[str], *, allow_unknown: bool = False) -> list[str] | None:
    """Return the states that were given one by one or joined by commas; None for none.

    Raises:
        UsageError: There is no such state, and unknown ones are not allowed.
    """
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    known = [each.value for each in JobState]
    found = [word if allow_unknown else one_of("state", word, known, _ALLOW) for word in words]
    return list(dict.fromkeys(found)) or None


def one_of(what: str, text: str, known: Iterable[str], what_next: str = "") -> str:
    """Return which of several words was meant, in any case.

    Raises:
        UsageError: None of them; the nearest one is named.
    """
    by_lower = {each.lower(): each for each in known}
    if (found := by_lower.get(text.lower())) is not None:
        return found
    near = difflib.get_close_matches(text.lower(), by_lower, n=1, cutoff=0.6)
    meant = f"Did you mean {by_lower[near[0]]}?" if near else f"Known are {', '.join(by_lower.values())}."
    raise UsageError(f"{text!r} is no {what} known here", f"{meant} {what_next}".strip())


def _length(text: str) -> float | None:
    if _LENGTH.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    try:
        return float(text)
    except ValueError:
        return None
