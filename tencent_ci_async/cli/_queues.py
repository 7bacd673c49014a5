"""``queues``: where jobs wait."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from tencent_ci_async import CISession

from ._arguments import one_of
from ._failures import Exit
from ._formats import chosen_format, write_models
from ._notes import note
from ._options import ARGUMENTS, DEFAULTS, Format, Service, option
from ._runner import execute

if TYPE_CHECKING:
    from tencent_ci_async import MediaQueue

__all__ = ["queues"]


def queues(
    *queue_ids: Annotated[
        str, Parameter(help="Queues to look for; all by default.", group=ARGUMENTS, show_default=False)
    ],
    state: Annotated[
        str | None, option("--state", "-s", text="Only queues in this state: Active or Paused.")
    ] = None,
    category: Annotated[
        str | None,
        option(
            "--category",
            text="The kind of queues, such as SpeedTranscoding, or CateAll for all. The service's own "
            "default is Transcoding.",
        ),
    ] = None,
    output: Format = None,
    service: Service = DEFAULTS,
) -> int:
    """List the queues that jobs wait in."""
    form = chosen_format(output)
    wanted = None if state is None else one_of("state of a queue", state, ["Active", "Paused"])

    async def work(session: CISession) -> int:
        found: list[MediaQueue] = []
        pages = session.describe_media_queues(
            queue_ids=list(queue_ids) or None,
            state=wanted,
            category=category,
            page_size=100 if not queue_ids else 10,
        )
        async with aclosing(pages):
            found.extend([queue async for queue in pages])
        write_models(form, "QueueList", [(queue.queue_id, queue) for queue in found], lambda: _show(found))
        missing = [queue_id for queue_id in queue_ids if queue_id not in {queue.queue_id for queue in found}]
        if missing:
            note(f"There is no such queue: {', '.join(missing)}")
            return Exit.JOB
        if not found and not service.quiet:
            note("No queue meets the conditions.")
        return Exit.OK

    return execute(service, work)


def _show(found: list[MediaQueue]) -> None:
    from ._console import show  # noqa: PLC0415 - imported when the command runs
    from ._render import queue_table  # noqa: PLC0415 - imported when the command runs

    if found:
        show(queue_table(found))
