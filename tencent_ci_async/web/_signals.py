"""Hearing of a signal without taking it away from whoever handles it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from types import FrameType

__all__ = ["overheard"]


@contextmanager
def overheard(signals: Iterable[int], heard: Callable[[], object]) -> Generator[None, None, None]:
    """Call ``heard`` when one of the signals comes, and then what handled it before, for a block's length.

    ``heard`` runs between any two steps of the main thread. Outside that thread nobody can be told of a
    signal, and nothing happens; neither for a signal that is ignored, or whose handler Python does not know.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.getsignal(number) for number in signals}

    def hear(number: int, frame: FrameType | None) -> None:
        heard()
        before = earlier[number]
        if callable(before):
            before(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    installed = [number for number, before in earlier.items() if before not in {None, signal.SIG_IGN}]
    for number in installed:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number in installed:
            # Whoever has taken the signal over meanwhile keeps it.
            if signal.getsignal(number) is hear:
                signal.signal(number, earlier[number])
