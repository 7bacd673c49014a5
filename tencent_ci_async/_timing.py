"""Time, sleep and chance, as they come in from outside."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

__all__ = ["Timing"]


@dataclass(frozen=True, slots=True)
class Timing:
    """The outside world of a session: a test replaces what it wants to govern.

    Attributes:
        wall_clock: Epoch seconds; only signatures and credentials use it.
        clock: Seconds that never go back; deadlines and waits use it.
        sleep: Waits the given seconds.
        random: A number in [0, 1), for jitter.
    """

    wall_clock: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
