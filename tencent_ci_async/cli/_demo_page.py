"""The demonstration as a page for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from tencent_ci_async import FanoutProgress, __version__
from tencent_ci_async.testing import RecordedRequest

from ._demo_story import ManyJobs, Report, Step
from ._render import JobTable, error_text, job_details, named_values

__all__ = ["demo_page"]

_PROSE_WIDTH: Final = 96
_INDENT: Final = 3
_BAR_WIDTH: Final = 12

_NEXT: Final = """\
import asyncio
from tencent_ci_async import CISession

async def main() -> None:
    async with CISession("<BucketName>-<APPID>", "<region>") as session:
        job = (await session.describe_media_job("<job id>")).job
        print(job.job_id, job.state, job.end_time)

asyncio.run(main())
"""


def demo_page(report: Report) -> RenderableType:
    """Return the page that tells what happened.

    Args:
        report: What happened.
    """
    return Group(
        _opening(report),
        *(_section(number, step) for number, step in enumerate(report.steps, start=1)),
        _many(len(report.steps) + 1, report.many),
        _closing(report),
        _what_next(),
    )


def _opening(report: Report) -> RenderableType:
    return Group(
        Text.assemble(("tencent-ci-async", "bold cyan"), f" {__version__}", style="bold"),
        _prose(
            Text.assemble(
                "A simulator of Tencent Cloud CI listens on ",
                (report.base_url, "cyan"),
                ", in this process: no account is needed, and nothing leaves this machine. The requests are "
                "real ones, sent over HTTP and signed as for the bucket ",
                (report.bucket, "cyan"),
                " in ",
                (report.region, "cyan"),
                ".",
            )
        ),
    )


def _section(number: int, step: Step) -> RenderableType:
    parts: list[RenderableType] = [
        _code(step.code),
        Text(),
        _Wire(step.requests),
        Text(),
        _outcome(step),
    ]
    if step.remark:
        parts.append(_prose(Text(step.remark, "dim")))
    parts.extend(Text(f"Not as expected: {each}", "bold red") for each in step.complaints)
    return Group(Text(f"\n{number}  {step.title}", "bold"), _indented(Group(*parts)))


def _many(number: int, many: ManyJobs) -> RenderableType:
    # A page is read afterwards: some of the moments stand for a bar that moves.
    moments = [*many.progress[3::4]]
    parts: list[RenderableType] = [_code(many.code), Text(), *(_bar(each) for each in moments), Text()]
    done = many.progress[-1].done if many.progress else 0
    parts.append(Text(f"{done} jobs took {many.requests} requests, ten ids to each.", "dim"))
    parts.extend(Text(f"Not as expected: {each}", "bold red") for each in many.complaints)
    title = f"\n{number}  Many jobs, and how far it has come"
    return Group(Text(title, "bold"), _indented(Group(*parts)))


def _bar(progress: FanoutProgress) -> Text:
    share = progress.done / progress.total if progress.total else 0.0
    filled = round(_BAR_WIDTH * share)
    return Text.assemble(
        ("#" * filled, "green"),
        ("-" * (_BAR_WIDTH - filled), "dim"),
        f"  {progress.done} of {progress.total}",
    )


def _outcome(step: Step) -> RenderableType:
    if step.error is not None:
        return _prose(error_text(step.error))
    jobs = step.result.jobs_detail if step.result else []
    if len(jobs) != 1:
        return JobTable(jobs)
    if not step.shown:
        return job_details(jobs[0])
    return named_values((f"job.{name}", str(getattr(jobs[0], name))) for name in step.shown)


class _Wire:
    """Requests and their answers, one after the other, in the manner of curl."""

    def __init__(self, requests: Sequence[RecordedRequest]) -> None:
        self._requests = requests

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield two lines for each request, the first one broken at commas where it does not fit."""
        for request in self._requests:
            margin = f"> {request.method} "
            lines = _broken_at_commas(request.raw_path, options.max_width - len(margin))
            indented = f"\n{' ' * len(margin)}".join(lines)
            yield Text.assemble((margin, "dim"), indented, overflow="fold")
            verified = request.signature.accepted
            yield Text.assemble(
                ("< ", "dim"),
                (f"{request.status}", "green" if request.status == 200 else "red"),
                f", request id {request.request_id}, ",
                ("signature verified", "green") if verified else ("signature refused", "red"),
                overflow="fold",
            )


def _broken_at_commas(path: str, width: int) -> list[str]:
    lines = [""]
    for piece in re.findall("[^,]+,?", path):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] += piece
    return lines


def _closing(report: Report) -> RenderableType:
    verdict = (
        ("Not all was as expected.", "bold red")
        if report.complaints
        else ("All was as expected.", "bold green")
    )
    text = Text.assemble(
        f"{len(report.steps)} calls took {len(report.requests)} requests. "
        "The simulator computed each signature again, by code of its own:\n",
        (f"{report.verified} verified", "green"),
        f", {report.refused} refused. ",
        verdict,
    )
    return Group(Text("\nIn all", "bold"), _indented(_prose(text)))


def _what_next() -> RenderableType:
    return Group(
        Text("\nWhat next", "bold"),
        _indented(
            Group(
                _prose(
                    Text(
                        "The same for a bucket of yours, with the keys in the environment variables "
                        "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY:\n"
                    )
                ),
                _code(_NEXT),
                Text(),
                _prose(
                    Text(
                        "Read on in README.md and docs/, or by python -m pydoc tencent_ci_async.CISession\n"
                        "For machines: python -m tencent_ci_async demo --json"
                    )
                ),
            )
        ),
    )


def _prose(text: Text) -> RenderableType:
    return Constrain(text, _PROSE_WIDTH)


def _code(code: str) -> Text:
    text = Syntax(code, "python", theme="ansi_dark", background_color="default").highlight(code)
    text.rstrip()
    text.no_wrap, text.overflow = False, "fold"
    return text


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, _INDENT))
