"""The picture of a watch: how far all have come and how each stands, as far as the terminal has room."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tencent_ci_async import JobDetail, JobState

from ._board import Board, Row, how_many_jobs, length_of_time
from ._notes import one_line
from ._render import STATE_STYLES, failure_of, outputs_of

__all__ = ["watch_view"]

_BAR_WIDTH: Final = 12
_WIDEST: Final = 120
# Lines that are no rows: heading, bar, counts, blanks, names, what is left out, trouble, advice.
_OTHER_LINES: Final = 11
# From how many columns on there is room for each.
_ROOM_FOR_KIND: Final = 84
_ROOM_FOR_BAR: Final = 72
_ROOM_FOR_TIME: Final = 56
_ROOM_FOR_RESULT: Final = 100


def watch_view(board: Board, console: Console) -> RenderableType:
    """Return the picture for the size that the terminal has now.

    Args:
        board: The jobs.
        console: The terminal.
    """
    width, height = min(console.width, _WIDEST), console.height
    rows = board.most_telling(max(1, height - _OTHER_LINES))
    parts: list[RenderableType] = [
        Text(),
        _heading(board, width),
        _overall(board, width),
        _counts(board),
        Text(),
    ]
    parts.append(_table(rows, width))
    if (left_out := len(board.rows) - len(rows)) > 0:
        parts.append(Text(f"{left_out:,} more", "dim"))
    if board.trouble:
        parts.append(Text(one_line(board.trouble), "yellow", no_wrap=True, overflow="ellipsis"))
    parts.append(Text("\nCtrl-C ends the watch; the jobs go on.", "dim", no_wrap=True, overflow="ellipsis"))
    return Group(*parts)


def _heading(board: Board, width: int) -> RenderableType:
    grid = Table.grid(expand=False, padding=0)
    grid.width = width
    grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(
        Text.assemble(
            (f"Watching {how_many_jobs(len(board.rows))}", "bold"), (f"  {one_line(board.place)}", "dim")
        ),
        Text(length_of_time(board.elapsed), "bold"),
    )
    return grid


def _overall(board: Board, width: int) -> RenderableType:
    told = f"{board.ended:,} of {len(board.rows):,} ended"
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    bar = _progress_bar(
        board.ended, total=max(1, len(board.rows)), width=max(10, width - len(told) - 2), style="cyan"
    )
    grid.add_row(bar, Text(told))
    return grid


def _counts(board: Board) -> Text:
    parts = [
        Text.assemble((f"{count:,} ", "bold"), (state, STATE_STYLES.get(state, "")))
        for state, count in board.counts()
    ]
    return Text("   ", no_wrap=True, overflow="ellipsis").join(parts)


def _table(rows: list[Row], width: int) -> RenderableType:
    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=True, width=width
    )
    table.add_column("Job", no_wrap=True, overflow="ellipsis")
    if width >= _ROOM_FOR_KIND:
        table.add_column("Kind", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("State", no_wrap=True)
    if width >= _ROOM_FOR_BAR:
        table.add_column("", no_wrap=True, width=_BAR_WIDTH)
    table.add_column("", no_wrap=True, justify="right", min_width=4)
    if width >= _ROOM_FOR_TIME:
        table.add_column("Time", no_wrap=True, justify="right", min_width=5)
    if width >= _ROOM_FOR_RESULT:
        table.add_column("Result", no_wrap=True, overflow="ellipsis", ratio=1)
    else:
        # Takes the room that is left, so that the other columns stand close.
        table.add_column("", ratio=1)
    for row in rows:
        table.add_row(*_cells(row, width))
    return table


def _cells(row: Row, width: int) -> list[RenderableType]:
    job = row.job
    cells: list[RenderableType] = [Text(one_line(row.job_id))]
    if width >= _ROOM_FOR_KIND:
        cells.append(Text(one_line(job.kind or "") if job is not None else "", "dim"))
    cells.append(Text(one_line(row.state), STATE_STYLES.get(row.state, "bold")))
    if width >= _ROOM_FOR_BAR:
        cells.append(_bar(row))
    progress = None if job is None else job.progress
    cells.append(Text("" if progress is None or row.state == JobState.FAILED else f"{progress} %"))
    if width >= _ROOM_FOR_TIME:
        cells.append(Text("" if job is None else _time(job), "dim"))
    cells.append(_result(row) if width >= _ROOM_FOR_RESULT else Text())
    return cells


def _bar(row: Row) -> RenderableType:
    state, job = row.state, row.job
    if state == JobState.SUCCESS:
        return _progress_bar(100)
    if state == JobState.RUNNING:
        progress = job.progress if job is not None else None
        return _progress_bar(progress)
    if state in {JobState.SUBMITTED, JobState.PAUSE, "waiting"}:
        return _progress_bar(0)
    return Text()


def _progress_bar(
    completed: int | None, *, total: int = 100, width: int = _BAR_WIDTH, style: str = "yellow"
) -> ProgressBar:
    return ProgressBar(
        total=total,
        completed=completed or 0,
        width=width,
        # How far it has come is not known for most kinds of jobs.
        pulse=completed is None,
        animation_time=time.monotonic(),
        complete_style=style,
        finished_style="green",
        pulse_style=style,
    )


def _time(job: JobDetail) -> str:
    begin = job.start_time or job.creation_time
    if begin is None:
        return ""
    return length_of_time(((job.end_time or datetime.now(UTC)) - begin).total_seconds())


def _result(row: Row) -> Text:
    if row.outcome is not None and row.outcome.error is not None and row.state in {"not found", "error"}:
        return Text(one_line(str(row.outcome.error)), "red")
    if row.job is None:
        return Text()
    if failure := failure_of(row.job):
        # There is little room, and the code says less.
        return Text(one_line(row.job.message or failure), "red")
    outputs = outputs_of(row.job)
    more = f" and {len(outputs) - 1:,} more" if len(outputs) > 1 else ""
    return Text(f"{outputs[0]}{more}" if outputs else "", "" if row.state == JobState.SUCCESS else "dim")
