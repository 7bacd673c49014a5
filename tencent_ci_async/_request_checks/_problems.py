"""What is wrong with a request, gathered into one error."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from tencent_ci_async.errors import ConfigurationError

__all__ = ["Problems", "closest", "did_you_mean"]

_SHOWN: Final = 10


class Problems:
    """The problems of one request.

    Args:
        allow_unknown: Whether to overlook `doubt`.
    """

    def __init__(self, *, allow_unknown: bool) -> None:
        self._allow_unknown = allow_unknown
        self._found: dict[str, bool] = {}

    def missing(self, path: str, why: str) -> None:
        """Note that something needed is not there."""
        self.wrong(path, f"is missing: {why}")

    def wrong(self, path: str, what: str) -> None:
        """Note something that no service could make sense of."""
        self._found.setdefault(f"{path} {what}", False)

    def doubt(self, path: str, what: str) -> None:
        """Note something that the service, as far as it is known, refuses or ignores."""
        if not self._allow_unknown:
            self._found.setdefault(f"{path} {what}", True)

    def raise_if_any(self) -> None:
        """Raise one error that tells all problems.

        Raises:
            ConfigurationError: There are any.
        """
        if not self._found:
            return
        shown = list(self._found)[:_SHOWN]
        more = len(self._found) - len(shown)
        if len(self._found) == 1:
            message = f"the request was not sent: {shown[0]}"
        else:
            lines = "".join(f"\n- {each}" for each in shown)
            message = f"the request was not sent, {len(self._found)} things are wrong:{lines}"
            message += f"\n- and {more} more" if more else ""
        if all(self._found.values()):
            # An escape that would not do is not worth a word.
            message += " " if len(self._found) == 1 else "\n"
            message += "(allow_unknown=True sends it as it is)"
        raise ConfigurationError(message)


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, whatever its case and underscores; None for none."""
    plain = {_plain(each): str(each) for each in known}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.7)
    return plain[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question to put at the end of a message; empty when no known word is near."""
    near = closest(word, known)
    return "" if near is None else f": did you mean {near!r}?"


def _plain(word: str) -> str:
    return word.replace("_", "").lower()
