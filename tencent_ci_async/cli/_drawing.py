"""Pictures that move, for a person who watches a terminal; and for nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tencent_ci_async import FanoutProgress

from ._console import Harmless

__all__ = ["drawing", "fan_out_bar", "may_draw", "terminal"]

_FRAME: Final = 0.125
_BAR_WIDTH: Final = 40


def may_draw(*, quiet: bool) -> bool:
    """Return whether a picture on stderr is seen by a person, and disturbs nobody.

    It is if stderr is a terminal that can move its cursor, and whatever goes to stdout is not written to that
    terminal by the program behind a pipe. A build server (``CI``) is no person.

    Args:
        quiet: Whether the user wants none.
    """
    if quiet or os.environ.get("CI") or os.environ.get("TERM", "") in {"dumb", "unknown"}:
        return False
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return sys.stderr.isatty() and (sys.stdout.isatty() or _is_file(sys.stdout.fileno()))
    return False


def terminal() -> Console:
    """Return the terminal behind stderr."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False)


@contextlib.asynccontextmanager
async def drawing(picture: Callable[[Console], RenderableType]) -> AsyncGenerator[None]:
    """Show a picture on stderr for the length of the block, drawn anew eight times a second.

    Args:
        picture: Draws it for the size that the terminal has now.
    """
    console = terminal()
    with Live(console=console, auto_refresh=False, transient=True) as live:

        def draw() -> None:
            live.update(Harmless(picture(console)), refresh=True)

        async def go_on() -> None:
            while True:
                draw()
                await asyncio.sleep(_FRAME)

        artist = asyncio.create_task(go_on(), name="tencent-ci-drawing")
        try:
            yield
        finally:
            artist.cancel()
            await asyncio.wait({artist})


def fan_out_bar(what: str, progress: FanoutProgress) -> RenderableType:
    """Return one line that says how far many questions have come.

    Args:
        what: What is done, such as ``Asking``.
        progress: How far it has come.
    """
    grid = Table.grid(padding=(0, 1))
    for _ in range(4):
        grid.add_column(no_wrap=True)
    of = "" if progress.total is None else f" of {progress.total:,}"
    counts = Text(f"{progress.done:,}{of}")
    bad = progress.missing + progress.failed
    grid.add_row(
        Text(what, "bold"),
        ProgressBar(
            total=progress.total or None,
            completed=progress.done,
            width=_BAR_WIDTH,
            pulse=progress.total is None,
        ),
        counts,
        Text(f"{bad:,} without a job", "red") if bad else Text(),
    )
    return Group(grid)


def _is_file(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISREG(mode) or os.path.samestat(os.fstat(descriptor), Path(os.devnull).stat())
