"""``watch``: jobs until they have ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from typing import Annotated, Final, TypeAlias

from tencent_ci_async import CISession

from ._board import Board, how_many_jobs, length_of_time
from ._describe import Complaints, show_jobs, verdict
from ._failures import Exit, UsageError, worst
from ._formats import JobWriter, chosen_format
from ._ids import IdSource, collect_ids
from ._notes import note
from ._options import (
    DEFAULTS,
    Files,
    Format,
    Ids,
    Interval,
    OutputFormat,
    Patience,
    Service,
    ServiceOptions,
    Timeout,
    flag,
)
from ._runner import execute
from ._watching import Watching, WatchSettings

__all__ = ["watch", "watch_jobs"]

_HEARTBEAT: Final = 60.0

EveryChange: TypeAlias = Annotated[
    bool, flag("--every-change", text="With jsonl: a line for each change of state or progress as well.")
]


def watch(
    *job_ids: Ids,
    file: Files = (),
    timeout: Timeout = None,
    interval: Interval = "5s",
    patience: Patience = "5m",
    every_change: EveryChange = False,
    output: Format = None,
    service: Service = DEFAULTS,
) -> int:
    """Follow jobs until all have ended."""
    settings = WatchSettings.of(timeout, interval, patience, every_change=every_change)
    form = chosen_format(output)
    if every_change and form != "jsonl":
        raise UsageError("--every-change is for JSON lines", "Add --output jsonl.")
    source = collect_ids(job_ids, file)

    async def work(session: CISession) -> int:
        return await watch_jobs(session, source, form, settings, service)

    return execute(service, work)


async def watch_jobs(
    session: CISession,
    source: IdSource,
    form: OutputFormat,
    settings: WatchSettings,
    service: ServiceOptions,
) -> int:
    """Watch jobs until all have ended, write what became of them, and return the exit code.

    Args:
        session: Asks for them.
        source: Their ids.
        form: How to write.
        settings: How they are watched.
        service: What is told.
    """
    board = Board(f"{service.bucket} in {service.region}")
    source.remember_order()
    writer = JobWriter(form, source, show_jobs)
    watching = Watching(session, board, writer, settings)
    complaints, codes = Complaints(), set[Exit]()
    try:
        async with _picture(board, quiet=service.quiet), aclosing(watching.run(source)) as outcomes:
            async for outcome in outcomes:
                complaints.add(outcome)
                codes.add(verdict(outcome))
    except asyncio.CancelledError:
        note(f"{board.ended:,} of {how_many_jobs(len(board.rows))} had ended: {board.in_words()}.")
        note("The others go on; the same command goes on watching them.")
        raise
    if watching.was_cut_off:
        note("The time was up while standard input was still open.")
        codes.add(Exit.DEADLINE)
    writer.finish()
    complaints.tell()
    if board.rows and not service.quiet:
        note(f"{how_many_jobs(len(board.rows))} in {length_of_time(board.elapsed)}: {board.in_words()}")
    return worst(codes)


def _picture(board: Board, *, quiet: bool) -> AbstractAsyncContextManager[None]:
    if quiet:
        return nullcontext()
    from ._drawing import drawing, may_draw  # noqa: PLC0415 - imported when the command runs

    if not may_draw(quiet=quiet):
        return _heartbeat(board)
    from ._watch_view import watch_view  # noqa: PLC0415 - imported when the command runs

    return drawing(lambda console: watch_view(board, console))


@asynccontextmanager
async def _heartbeat(board: Board) -> AsyncGenerator[None]:
    """Say now and then how far it has come: build servers end what is silent for long."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            note(f"{length_of_time(board.elapsed)}: {board.in_words()}{board.trouble_in_words()}")

    heart = asyncio.create_task(beat(), name="tencent-ci-heartbeat")
    try:
        yield
    finally:
        heart.cancel()
        await asyncio.wait({heart})
