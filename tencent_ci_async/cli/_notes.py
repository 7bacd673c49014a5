"""Words for the person in front of the screen. Nothing heavy is imported here: errors must be quick too."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import Final

__all__ = ["PROGRAM", "complain", "note", "one_line", "without_controls"]

PROGRAM: Final = "tencent-ci"

# Besides the control characters, those that turn the direction of writing, so that text can pass for another.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LINE_BREAKS: Final = re.compile(r"[ \t\r\n\v\f]*[\t\r\n\v\f][ \t\r\n\v\f]*")


def note(text: str) -> None:
    """Say something on stderr; where nobody can read it any more, say nothing.

    Args:
        text: The words. They may be a service's.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{_encodable(without_controls(text))}\n")
        sys.stderr.flush()


def complain(what: str, what_next: str = "") -> None:
    """Say on stderr what went wrong, and in a second line what can be done about it.

    Args:
        what: What happened.
        what_next: What to do next; empty for no second line.
    """
    note(f"{PROGRAM}: {what}" + (f"\n  {what_next}" if what_next else ""))


def without_controls(text: str) -> str:
    """Return the text without what would give orders to a terminal; line feeds and tabs stay."""
    return _CONTROLS.sub("?", text)


def one_line(text: str) -> str:
    """Return the text in one line, without what would give orders to a terminal."""
    return without_controls(_LINE_BREAKS.sub(" ", text))


def _encodable(text: str) -> str:
    encoding = sys.stderr.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
