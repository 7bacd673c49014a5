"""Which ids have been seen: exactly where memory allows, else within a long memory of fixed size."""

from __future__ import annotations

from array import array
from typing import Final, Protocol

__all__ = ["RecentlySeen", "Seen", "SeenExactly"]


class Seen(Protocol):
    """Tells whether a text comes for the first time."""

    def is_new(self, text: str) -> bool:
        """Whether it has not been seen before; from now on it has."""
        ...


class SeenExactly:
    """Remembers every text; for a source that holds them all in memory itself."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def is_new(self, text: str) -> bool:
        """Whether it has not been seen before; from now on it has."""
        before = len(self._texts)
        self._texts.add(text)
        return len(self._texts) > before


class RecentlySeen:
    """Remembers at least the last 131,072 distinct texts, in four megabytes however many come.

    Kept are 64-bit hashes, keyed anew in each process. That two texts share one and the second is taken for
    known has a chance of one in 10 ** 13 for each text.
    """

    def __init__(self) -> None:
        self._young = _HashTable()
        self._old = _HashTable()

    def is_new(self, text: str) -> bool:
        """Whether it is not among those remembered; from now on it is."""
        # Zero stands for an empty place.
        key = (hash(text) & 0xFFFF_FFFF_FFFF_FFFF) or 1
        if not self._young.add(key):
            return False
        known = key in self._old
        if self._young.is_full:
            self._old, self._young = self._young, _HashTable()
        return not known


_PLACES: Final = 1 << 18
_MASK: Final = _PLACES - 1


class _HashTable:
    """Open addressing in a flat array: eight bytes a place, where a set of integers takes sixty."""

    __slots__ = ("_count", "_places")

    def __init__(self) -> None:
        self._places = array("Q", [0]) * _PLACES
        self._count = 0

    @property
    def is_full(self) -> bool:
        return self._count >= _PLACES // 2

    def __contains__(self, key: int) -> bool:
        return self._places[self._place(key)] == key

    def add(self, key: int) -> bool:
        """Add a key; whether it was not there."""
        place = self._place(key)
        if self._places[place] == key:
            return False
        self._places[place] = key
        self._count += 1
        return True

    def _place(self, key: int) -> int:
        places, place = self._places, key & _MASK
        while places[place] not in (0, key):
            place = (place + 1) & _MASK
        return place
