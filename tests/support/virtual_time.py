"""An event loop whose time passes at once: it jumps to the next timer whenever nothing else is left to do."""

import asyncio
import math
import selectors

BEGINNING = 1_000.0
TICKS = 1_000_000


class _NoWaiting(selectors.DefaultSelector):
    """Counts the time it was asked to wait instead of waiting."""

    def __init__(self):
        super().__init__()
        self.ticks = 0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("nothing is left to happen: this would wait for ever")
        ready = super().select(0)
        if not ready:
            self.ticks += round(timeout * TICKS)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own, which starts at 1,000 and may be moved on by hand.

    Time is counted in whole microseconds, and timers go off on the next one, never early: what happens does
    not depend on in how many steps the time has passed.
    """

    def __init__(self):
        self._virtual = _NoWaiting()
        super().__init__(self._virtual)

    def time(self):
        return BEGINNING + self._virtual.ticks / TICKS

    def call_at(self, when, *arguments, **keywords):
        if when < math.inf:
            when = BEGINNING + math.ceil((when - BEGINNING) * TICKS) / TICKS
        return super().call_at(when, *arguments, **keywords)

    def pass_time(self, seconds):
        """Let time go by while the caller holds the loop, as a long computation does."""
        self._virtual.ticks += math.ceil(seconds * TICKS)


def run(coroutine):
    """Run a coroutine on a virtual loop and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
