"""What a command writes to stdout, in each of the formats."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from tencent_ci_async import CIError, JobNotFoundError, JobOutcome, JobWaitTimeoutError, WireModel

from ._failures import as_document
from ._options import OutputFormat
from ._xml_text import DECLARATION, element

__all__ = ["JobWriter", "as_json", "chosen_format", "dumped", "job_document", "write_models", "write_text"]

# Inside of JSON text these can only stand in strings.
_RISKY: Final = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class _Order(Protocol):
    """Where ids have a place."""

    order: dict[str, int] | None


def chosen_format(given: OutputFormat | None) -> OutputFormat:
    """Return the format that was asked for; else the one for whoever reads."""
    if given is not None:
        return given
    return "table" if sys.stdout.isatty() else "jsonl"


def dumped(model: WireModel, *, for_json: bool) -> dict[str, object]:
    """Return what the service sent, by its names on the wire."""
    return model.model_dump(
        by_alias=True, mode="json" if for_json else "python", exclude_none=True, exclude_unset=True
    )


def job_document(outcome: JobOutcome, *, for_json: bool = True) -> dict[str, object]:
    """Return a job by its names on the wire; where something stood in its way, with an ``Error``."""
    error, job = outcome.error, outcome.job
    if isinstance(error, JobWaitTimeoutError):
        job = error.last_seen
    document: dict[str, object] = {"JobId": outcome.job_id}
    if job is not None:
        document = dumped(job, for_json=for_json)
    return document if error is None else {**document, "Error": as_document(error)}


def as_json(document: object, *, indent: int | None = None) -> str:
    """Return JSON as readable as the encoding of stdout allows, and without orders to a terminal."""
    readable = (sys.stdout.encoding or "").lower().replace("-", "") in {"utf8", "utf8sig"}
    text = json.dumps(document, ensure_ascii=not readable, indent=indent)
    return _RISKY.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def write_text(lines: Iterable[str]) -> None:
    """Write lines to stdout, at once."""
    stdout = sys.stdout
    encoding = stdout.encoding or "utf-8"
    for line in lines:
        stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stdout.flush()


class JobWriter:
    """Writes the outcomes of jobs: as they come where the format allows, else in the end.

    Args:
        form: The format.
        order: Where ids have a place, for what is written in the end.
        table: Writes the table.
    """

    def __init__(
        self, form: OutputFormat, order: _Order | None, table: Callable[[list[JobOutcome]], None]
    ) -> None:
        self._form = form
        self._order = order
        self._table = table
        self._kept: list[JobOutcome] = []

    @property
    def streams(self) -> bool:
        """Whether something is written at once."""
        return self._form in {"jsonl", "ids"}

    def write(self, outcome: JobOutcome) -> None:
        """Take the outcome of a job."""
        if self._form == "jsonl":
            write_text([as_json(job_document(outcome))])
        elif self._form != "ids":
            self._kept.append(outcome)
        elif outcome.job is not None or isinstance(outcome.error, JobWaitTimeoutError):
            write_text([outcome.job_id])

    def finish(self) -> None:
        """Write what was kept."""
        places = (self._order.order if self._order is not None else None) or {}
        self._kept.sort(key=lambda outcome: places.get(outcome.job_id, len(places)))
        if self._form == "table" and self._kept:
            self._table(self._kept)
        elif self._form == "json":
            write_text([as_json([job_document(each) for each in self._kept], indent=2)])
        elif self._form == "xml":
            write_text(_xml_of_jobs(self._kept))


def write_models(
    form: OutputFormat, name: str, models: Iterable[tuple[str | None, WireModel]], table: Callable[[], None]
) -> None:
    """Write models that are no jobs.

    Args:
        form: The format.
        name: What each is called on the wire.
        models: The models, each with its id.
        table: Writes the table.
    """
    pairs = list(models)
    if form == "table":
        table()
    elif form == "ids":
        write_text([model_id for model_id, _ in pairs if model_id])
    elif form == "xml":
        write_text(_xml((name, dumped(model, for_json=False)) for _, model in pairs))
    else:
        documents = [dumped(model, for_json=True) for _, model in pairs]
        write_text([as_json(documents, indent=2)] if form == "json" else map(as_json, documents))


def _xml_of_jobs(outcomes: Iterable[JobOutcome]) -> list[str]:
    children: list[tuple[str, object]] = []
    missing: list[tuple[str, object]] = []
    errors: list[tuple[str, object]] = []
    for outcome in outcomes:
        error: CIError | None = outcome.error
        if isinstance(error, JobNotFoundError):
            missing.append(("NonExistJobIds", outcome.job_id))
        elif outcome.job is None and not isinstance(error, JobWaitTimeoutError):
            errors.append(("JobError", job_document(outcome, for_json=False)))
        else:
            children.append(("JobsDetail", job_document(outcome, for_json=False)))
    return _xml([*children, *missing, *errors])


def _xml(children: Iterable[tuple[str, object | Mapping[str, object]]]) -> list[str]:
    lines = [line for name, value in children for line in element(name, value, depth=1)]
    return [DECLARATION, "<Response>", *lines, "</Response>"]
