"""How models and errors look to people. All words are ASCII, for terminals that know nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tencent_ci_async import (
    AudioStream,
    CIError,
    JobDetail,
    JobNotFoundError,
    JobNotModifiableError,
    JobOutcome,
    JobState,
    JobWaitTimeoutError,
    MediaFormat,
    MediaQueue,
    OutputFile,
    VideoStream,
)

from ._notes import one_line

__all__ = [
    "STATE_STYLES",
    "JobTable",
    "error_text",
    "failure_of",
    "job_details",
    "named_values",
    "outputs_of",
    "queue_table",
    "state_text",
]

_NOTHING: Final = "-"
_GAP: Final = 2
_TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S %z"
STATE_STYLES: Final[dict[str | None, str]] = {
    JobState.SUBMITTED: "cyan",
    JobState.RUNNING: "yellow",
    JobState.SUCCESS: "green",
    JobState.FAILED: "bold red",
    JobState.PAUSE: "magenta",
    JobState.CANCEL: "dim",
    "not found": "bold red",
    "error": "bold red",
}


class JobTable:
    """Jobs, one in a row; where the columns do not fit, one after the other. Nothing is ever cut off.

    Args:
        jobs: The jobs, or what became of each, in the order to show them.
    """

    def __init__(self, jobs: Sequence[JobDetail | JobOutcome]) -> None:
        self._jobs = [_shown_job(job) for job in jobs]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the widest form that fits."""
        times = [time for job in self._jobs for time in (job.creation_time, job.end_time) if time]
        is_one_day = len({(time.date(), time.utcoffset()) for time in times}) == 1
        full = _Rows(self._jobs, _TIME_FORMAT)
        if full.width <= options.max_width:
            yield from full.lines(ascii_only=options.ascii_only)
        elif is_one_day and (short := _Rows(self._jobs, "%H:%M:%S")).width <= options.max_width:
            yield from short.lines(ascii_only=options.ascii_only)
            yield Text(f"Times are of {times[0]:%Y-%m-%d, UTC%z}.", "dim")
        else:
            for job in self._jobs:
                yield from _record(job)
            return
        for job in self._jobs:
            if failure := failure_of(job):
                yield Text.assemble(f"{job.job_id}: ", (failure, "red"), overflow="fold")


class _Rows:
    """The rows of a table of jobs. Rich's own tables take a second for each thousand of them."""

    _NAMES: Final = ("Job", "Tag", "State", "Done", "Created", "Ended", "Output")
    _DONE: Final = 3

    def __init__(self, jobs: Sequence[JobDetail], time_format: str) -> None:
        self._rows = [_row(job, time_format) for job in jobs]
        self._widths = [
            max(cell_len(name), *(cell_len(row[number].plain) for row in self._rows), 0)
            for number, name in enumerate(self._NAMES)
        ]

    @property
    def width(self) -> int:
        """Columns of a terminal that it takes."""
        return sum(self._widths) + _GAP * (len(self._widths) - 1)

    def lines(self, *, ascii_only: bool) -> Iterator[Text]:
        """Yield the lines."""
        yield self._line([Text(name, "bold") for name in self._NAMES])
        yield Text(("-" if ascii_only else "\N{BOX DRAWINGS LIGHT HORIZONTAL}") * self.width)
        for row in self._rows:
            yield self._line(row)

    def _line(self, cells: Sequence[Text]) -> Text:
        line = Text(no_wrap=True)
        for number, (cell, width) in enumerate(zip(cells, self._widths, strict=True)):
            blanks = " " * (width - cell_len(cell.plain))
            line.append(" " * _GAP if number else "")
            line.append(blanks if number == self._DONE else "")
            line.append_text(cell)
            line.append("" if number == self._DONE else blanks)
        return line


def _row(job: JobDetail, time_format: str) -> tuple[Text, ...]:
    outputs = outputs_of(job)
    texts = (
        _progress(job),
        _time(job.creation_time, time_format),
        _time(job.end_time, time_format),
        ", ".join(outputs),
    )
    return (
        Text(job.job_id or _NOTHING),
        Text(_tag(job) or _NOTHING),
        state_text(job),
        *(Text(text or _NOTHING) for text in texts),
    )


def queue_table(queues: Iterable[MediaQueue]) -> Table:
    """Return queues, one in a row."""
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold"
    )
    for name in ("Queue", "Name", "State", "Kind", "At once", "Waiting, at most"):
        right = name in {"At once", "Waiting, at most"}
        table.add_column(name, overflow="fold", justify="right" if right else "left")
    for queue in queues:
        state = one_line(queue.state or _NOTHING)
        table.add_row(
            one_line(queue.queue_id or _NOTHING),
            one_line(queue.name or _NOTHING),
            Text(state, "green" if queue.is_active else "yellow"),
            one_line(queue.category or _NOTHING),
            _NOTHING if queue.max_concurrent is None else f"{queue.max_concurrent:,}",
            _NOTHING if queue.max_size is None else f"{queue.max_size:,}",
        )
    return table


def job_details(job: JobDetail) -> Table:
    """Return all that is worth knowing about one job, a line for each thing that it has."""
    return named_values(_details(job))


def named_values(pairs: Iterable[tuple[str, Text | str]]) -> Table:
    """Return names and their values in two columns, without those that have none."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            grid.add_row(name, value)
    return grid


def error_text(error: CIError) -> Text:
    """Return an error as the last line of a traceback shows it."""
    return Text.assemble((type(error).__name__, "bold red"), f": {error}", overflow="fold")


def _details(job: JobDetail) -> Iterator[tuple[str, Text | str]]:
    yield "Job", job.job_id or ""
    yield "Tag", _tag(job)
    yield "State", state_text(job)
    yield "Reason", Text(failure_of(job), "red")
    yield "Done", _progress(job)
    yield "Created", _time(job.creation_time)
    yield "Started", _time(job.start_time)
    yield "Ended", _time(job.end_time) + _elapsed(job)
    yield "Queue", job.queue_id or ""
    if job.input:
        yield "Input", job.input.object or job.input.url or ""
    yield "Joins", "\n".join(_fragments(job))
    yield "Output", "\n".join(outputs_of(job))
    yield "Md5", "\n".join(info.md5 for info in (_written(job) or OutputFile()).md5_info if info.md5)
    media = job.operation.media_info if job.operation else None
    if media and media.format:
        yield "Format", _format(media.format)
    if media and media.stream:
        yield "Video", "\n".join(map(_video, media.stream.video))
        yield "Audio", "\n".join(map(_audio, media.stream.audio))


def _record(job: JobDetail) -> RenderResult:
    facts = [
        _tag(job),
        _progress(job),
        job.creation_time and f"created {_time(job.creation_time)}",
        job.end_time and f"ended {_time(job.end_time)}",
        *outputs_of(job),
    ]
    yield Text(job.job_id or _NOTHING, "bold", overflow="fold")
    parts = [state_text(job), *(Text(fact) for fact in facts if fact)]
    if failure := failure_of(job):
        parts.append(Text(failure, "red"))
    yield Padding(Text(", ", overflow="fold").join(parts), (0, 0, 0, 2))


def _shown_job(job: JobDetail | JobOutcome) -> JobDetail:
    if isinstance(job, JobDetail):
        return job
    if job.job is not None:
        return job.job
    if isinstance(job.error, JobWaitTimeoutError) and job.error.last_seen is not None:
        return job.error.last_seen
    if isinstance(job.error, JobNotModifiableError) and job.error.job is not None:
        return job.error.job
    state = "not found" if isinstance(job.error, JobNotFoundError) else "error"
    return JobDetail(job_id=one_line(job.job_id), state=state)


def _tag(job: JobDetail) -> str:
    # Where several jobs were submitted in one request, each operation has its own.
    return job.tag or (job.operation.tag if job.operation else None) or ""


def state_text(job: JobDetail) -> Text:
    """Return the state of a job, in its colour."""
    return Text(one_line(job.state or _NOTHING), STATE_STYLES.get(job.state, "bold"))


def failure_of(job: JobDetail) -> str:
    """Return why a job failed, in one line; empty for one that did not."""
    # In other states the code and the message mean nothing.
    parts = (job.code, job.message) if job.state == JobState.FAILED else ()
    return one_line(": ".join(part for part in parts if part))


def _progress(job: JobDetail) -> str:
    return "" if job.progress is None else f"{job.progress} %"


def _time(time: datetime | None, time_format: str = _TIME_FORMAT) -> str:
    return "" if time is None else f"{time:{time_format}}"


def _elapsed(job: JobDetail) -> str:
    if job.start_time is None or job.end_time is None:
        return ""
    return f", {(job.end_time - job.start_time).total_seconds():g} s after it started"


def _written(job: JobDetail) -> OutputFile | None:
    result = job.operation.media_result if job.operation else None
    return result.output_file if result else None


def outputs_of(job: JobDetail) -> list[str]:
    """Return the keys that were written or, before the end, the one that will be."""
    written = _written(job)
    if written is not None:
        return [one_line(f"{written.object_prefix or ''}{name}") for name in written.object_name]
    planned = job.operation.output if job.operation else None
    return [] if planned is None or planned.object is None or job.is_terminal else [one_line(planned.object)]


def _fragments(job: JobDetail) -> Iterator[str]:
    template = job.operation.concat_template if job.operation else None
    for fragment in template.concat_fragment if template else ():
        part = fragment.url or _NOTHING
        if fragment.end_time is not None:
            part += f", from {fragment.start_time or 0:g} s to {fragment.end_time:g} s"
        yield part


def _format(media: MediaFormat) -> str:
    return _listed(
        media.format_long_name,
        _quantity(media.duration, "s"),
        _quantity(media.size, "bytes"),
        _quantity(media.bitrate, "kbit/s"),
    )


def _video(stream: VideoStream) -> str:
    return _listed(
        " ".join(part for part in (stream.codec_name, stream.profile) if part),
        f"{stream.width} x {stream.height}" if stream.width and stream.height else None,
        _quantity(stream.fps, "fps"),
        _quantity(stream.bitrate, "kbit/s"),
    )


def _audio(stream: AudioStream) -> str:
    return _listed(
        stream.codec_name,
        stream.channel_layout,
        _quantity(stream.sample_rate, "Hz"),
        _quantity(stream.bitrate, "kbit/s"),
    )


def _quantity(number: float | None, unit: str) -> str | None:
    return None if number is None else f"{round(number, 2):,} {unit}"


def _listed(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
