"""Whose turn it is: jobs that rest until they are due, and jobs that are due and wait for company."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ._watched import Place, Watched

__all__ = ["LookQueue"]

# Jobs that want to be looked at now wait so long for others that want it in the same moment, in seconds.
_LINGER: Final = 0.01
# A heap is swept when it holds so many times more entries than jobs.
_TOO_MANY_STALE: Final = 3
_NEVER_SWEPT: Final = 64


class LookQueue:
    """The jobs that no request is under way about, in the order of their turns.

    Args:
        size: Jobs that one request takes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._resting: list[tuple[float, int, Watched]] = []
        self._lanes: tuple[dict[Watched, float], ...] = ({}, {}, {})
        self._tickets = 0
        self._resting_count = 0
        self._passed_over: Watched | None = None

    def __len__(self) -> int:
        return self._resting_count + sum(len(lane) for lane in self._lanes)

    @property
    def is_pressing(self) -> bool:
        """Whether a job must be looked at now, not merely in its turn."""
        return bool(self._lanes[Place.PROMPT])

    def rest(self, watched: Watched, due: float) -> None:
        """Let a job rest until it is due."""
        self.remove(watched)
        self._tickets += 1
        watched.ticket, watched.due, watched.place = self._tickets, due, Place.RESTING
        self._resting_count += 1
        heapq.heappush(self._resting, (due, self._tickets, watched))

    def put(self, watched: Watched, place: Place, now: float) -> None:
        """Let a job be looked at as soon as `place` says; one that is already further ahead stays there."""
        if watched.place > place:
            self.remove(watched)
            watched.place = place
            self._lanes[place][watched] = now

    def remove(self, watched: Watched) -> None:
        """Take a job out, wherever it stands."""
        if watched.place < Place.RESTING:
            del self._lanes[watched.place][watched]
        elif watched.place is Place.RESTING:
            self._resting_count -= 1
            # The heap's entry is passed over when its turn comes.
            watched.ticket = 0
            self._sweep()
        watched.place = Place.NOWHERE

    def ready_at(self, slack: float) -> float:
        """Return when the next request may go, as things stand; infinity for never.

        Args:
            slack: Seconds that a job whose turn has come waits for company.
        """
        moments = [math.inf]
        for lane, patience in zip(self._lanes, (_LINGER, _LINGER, slack), strict=True):
            if lane:
                moments.append(next(iter(lane.values())) + patience)
        if self._is_full:
            return -math.inf
        if self._resting:
            # Then one more is due, which may fill a request.
            moments.append(self._resting[0][0])
        return min(moments)

    def take(self, now: float, slack: float) -> list[Watched]:
        """Return the jobs for the next request, or none when it is not time yet.

        Those that must be looked at now come first, then new ones and those whose turn it is, whoever has
        waited beyond his time for longest. What room is left is filled with those whose turn is next, since
        they cost nothing.
        """
        self._call_up(now)
        if not self._is_full and not self._is_time(now, slack):
            return []
        passed_over, self._passed_over = self._passed_over, None
        if passed_over is not None and passed_over.alone and passed_over.place < Place.RESTING:
            return self._claim([passed_over])
        batch: list[Watched] = []
        for watched in islice(self._in_turn(slack), self._size):
            if not watched.alone:
                batch.append(watched)
            elif not batch:
                return self._claim([watched])
            else:
                # It goes by itself, and the next request is its own.
                self._passed_over = self._passed_over or watched
        self._claim(batch)
        while batch and len(batch) < self._size and (company := self._next_resting()) is not None:
            batch += self._claim([company])
        return batch

    def _in_turn(self, slack: float) -> Iterator[Watched]:
        yield from self._lanes[Place.PROMPT]
        # However many new ones come, they do not overtake for ever.
        yield from heapq.merge(
            self._lanes[Place.FIRST],
            self._lanes[Place.DUE],
            key=lambda watched: (
                self._lanes[watched.place][watched] + (slack if watched.place is Place.DUE else _LINGER)
            ),
        )

    def _sweep(self) -> None:
        if len(self._resting) > _NEVER_SWEPT + _TOO_MANY_STALE * self._resting_count:
            self._resting = [entry for entry in self._resting if entry[1] == entry[2].ticket]
            heapq.heapify(self._resting)

    @property
    def _is_full(self) -> bool:
        return sum(len(lane) for lane in self._lanes) >= self._size

    def _claim(self, batch: list[Watched]) -> list[Watched]:
        for watched in batch:
            self.remove(watched)
            watched.place = Place.ASKED
        return batch

    def _is_time(self, now: float, slack: float) -> bool:
        lanes = zip(self._lanes, (_LINGER, _LINGER, slack), strict=True)
        return any(lane and next(iter(lane.values())) + patience <= now for lane, patience in lanes)

    def _call_up(self, now: float) -> None:
        """Move those whose turn has come to the lane where they wait for company."""
        while self._resting and self._resting[0][0] <= now:
            due, ticket, watched = heapq.heappop(self._resting)
            if watched.ticket == ticket:
                self.put(watched, Place.DUE, due)

    def _next_resting(self) -> Watched | None:
        while self._resting:
            _, ticket, watched = self._resting[0]
            if watched.ticket == ticket:
                return None if watched.alone else watched
            heapq.heappop(self._resting)
        return None
