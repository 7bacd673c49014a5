"""An event loop whose time passes at once: it jumps to the next timer whenever nothing else is left to do."""

import asyncio
import selectors


class _NoWaiting(selectors.DefaultSelector):
    """Counts the seconds it was asked to wait instead of waiting."""

    def __init__(self):
        super().__init__()
        self.now = 0.0

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("nothing is left to happen: this would wait for ever")
        ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own, which starts at 1,000 and may be moved on by hand."""

    def __init__(self):
        self._virtual = _NoWaiting()
        super().__init__(self._virtual)

    def time(self):
        return 1_000.0 + self._virtual.now

    def pass_time(self, seconds):
        """Let time go by while the caller holds the loop, as a long computation does."""
        self._virtual.now += seconds


def run(coroutine):
    """Run a coroutine on a virtual loop and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
