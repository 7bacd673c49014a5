"""What went wrong: as an exit code, as words, and as a document."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from tencent_ci_async import (
    CIError,
    ConfigurationError,
    ConnectError,
    CredentialsError,
    JobError,
    JobNotFoundError,
    JobWaitTimeoutError,
    NoAnswerError,
    RequestTimeoutError,
    ServiceError,
    SubmissionUnknownError,
    UnreadableAnswerError,
)

from ._notes import complain

__all__ = [
    "GO_ON",
    "NOT_KNOWN",
    "Exit",
    "UsageError",
    "as_document",
    "complain_about",
    "exit_code",
    "in_words",
    "worst",
]


class Exit(IntEnum):
    """The exit codes."""

    OK = 0
    """All went well."""

    JOB = 1
    """A job failed, was cancelled, could not be cancelled, or is not known to the service."""

    USAGE = 2
    """The command, an option, an id or a setting is not usable; or the extra is missing."""

    SERVICE = 3
    """The service refused or failed, the network did, or this machine."""

    INTERNAL = 70
    """A fault of this program."""

    DEADLINE = 124
    """The time was up before all jobs had ended."""

    INTERRUPTED = 130
    """Ctrl-C."""

    BROKEN_PIPE = 141
    """Whoever read the output has left."""


NOT_KNOWN: Final = (
    "Check the ids, the bucket and the region; a job just submitted may take some seconds to appear."
)

NO_KEYS: Final = (
    "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY (and TENCENTCLOUD_SECURITY_TOKEN for temporary "
    "keys), or name a --profile."
)

TIME_IS_UP: Final = "the time was up before the job had ended"

GO_ON: Final = "The jobs themselves go on: the same command goes on watching them."

# What counts most comes first.
_BY_WEIGHT: Final = (Exit.SERVICE, Exit.USAGE, Exit.DEADLINE, Exit.JOB, Exit.OK)


# What the library calls its settings, and what they are called here.
_SAID_HERE: Final = {
    "say allow_plain_http=True": "add --allow-plain-http",
    "allow_unknown=True": "--allow-unknown",
    "max_in_flight is": "--max-in-flight is",
    "rate is": "--rate is",
    "concat_template.container.format": "--format",
    "operation.--format": "--format",
    "operation.output.object": "--to",
    "operation.user_data": "--user-data",
}


_ADVICE: Final[tuple[tuple[type[CIError], str], ...]] = (
    (ConnectError, "Check the network, the bucket, the region and any --endpoint. Nothing was sent."),
    (RequestTimeoutError, "Try again; a slow network may do better with a smaller --max-in-flight."),
    (NoAnswerError, "Try again; -v shows each request."),
    (UnreadableAnswerError, "A proxy may have answered in the service's place; -v shows each request."),
    (CredentialsError, "Check where the keys come from."),
)


class UsageError(Exception):
    """A mistake of the user's.

    Attributes:
        what_next: What to do about it.
    """

    def __init__(self, what: str, what_next: str = "") -> None:
        super().__init__(what)
        self.what_next = what_next


def exit_code(error: CIError | None) -> Exit:
    """Return the exit code that an error stands for; None is no error."""
    if error is None:
        return Exit.OK
    if isinstance(error, JobWaitTimeoutError):
        return Exit.DEADLINE
    if isinstance(error, JobError):
        return Exit.JOB
    return Exit.USAGE if isinstance(error, ConfigurationError) else Exit.SERVICE


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the exit code that counts most among several."""
    found = set(codes)
    return next((code for code in _BY_WEIGHT if code in found), Exit.OK)


def as_document(error: CIError) -> dict[str, object]:
    """Return what an error says, named in the manner of the service's own documents."""
    message = TIME_IS_UP if isinstance(error, JobWaitTimeoutError) else str(error)
    node: dict[str, object | None] = {"Type": type(error).__name__, "Message": message}
    if isinstance(error, ServiceError):
        node |= {"Message": error.message or str(error), "Status": error.status, "Code": error.code}
    node["RequestId"] = _request_id(error)
    node["TraceId"] = getattr(error, "trace_id", None)
    node["Attempts"] = error.attempts or None
    return {name: value for name, value in node.items() if value is not None}


def in_words(error: CIError) -> tuple[str, str]:
    """Return what happened, and what to do next with the id that a support ticket asks for."""
    what, what_next = _what(error)
    known: list[str] = []
    if request_id := _request_id(error):
        known.append(f"request id {request_id}")
    if error.attempts > 1:
        known.append(f"{error.attempts} attempts")
    told = f"({', '.join(known)})" if known else ""
    return what, f"{what_next} {told}".strip()


def complain_about(error: CIError) -> None:
    """Say on stderr what happened and what to do next."""
    complain(*in_words(error))


def _what(error: CIError) -> tuple[str, str]:
    text = str(error)
    match error:
        case ServiceError():
            words = _service_words(error, text)
        case ConfigurationError():
            words = _setting_words(text)
        case JobNotFoundError():
            words = f"the service does not know job {error.job_id}", NOT_KNOWN
        case JobWaitTimeoutError():
            words = f"the time was up before job {error.job_id} had ended", GO_ON
        case SubmissionUnknownError():
            words = _unknown_words(error)
        case CredentialsError() if error.__cause__ is not None and str(error.__cause__):
            words = f"{text}: {error.__cause__}", "Check where the keys come from."
        case _:
            words = text, next((advice for kind, advice in _ADVICE if isinstance(error, kind)), "")
    return words


def _service_words(error: ServiceError, text: str) -> tuple[str, str]:
    said = f"{error.status} {error.code}" if error.code else f"HTTP {error.status}"
    if error.message:
        said += f": {error.message}"
    # What follows the request id is advice.
    advice = text.removeprefix(said).removeprefix(f" [request id {error.request_id}]").lstrip(". ")
    return said, advice


def _setting_words(text: str) -> tuple[str, str]:
    """Return what the library says of its arguments, in the words of the command line."""
    if text.startswith("no credentials"):
        return "no credentials", NO_KEYS
    for name, said in _SAID_HERE.items():
        text = text.replace(name, said)
    return text, ""


def _unknown_words(error: SubmissionUnknownError) -> tuple[str, str]:
    failure, _ = in_words(error.failure)
    command = f"tencent-ci list {error.tag} --since {error.sent_at:%Y-%m-%dT%H:%M:%S%z}"
    if error.user_data is not None:
        command += f" --user-data '{error.user_data}'"
    return (
        f"the job may have been submitted, or not: {failure}",
        f"Before submitting again, look for it in a few seconds: {command}",
    )


def _request_id(error: CIError) -> str | None:
    if isinstance(error, SubmissionUnknownError):
        return _request_id(error.failure)
    found: object = getattr(error, "request_id", None)
    return found if isinstance(found, str) and found else None
