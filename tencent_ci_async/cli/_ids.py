"""Job ids from the command line, from files and from standard input; any number of them."""

from __future__ import annotations

import asyncio
import codecs
import io
import json
import os
import re
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from ._failures import UsageError
from ._notes import note

__all__ = ["STDIN", "IdSource", "collect_ids", "ids_in"]

STDIN: Final = "<standard input>"
"""What stands for ``-`` once the command line has been read: a lone hyphen looks like an option."""

_CHUNK: Final = 65_536
_LONGEST_LINE: Final = 1_048_576
_SEPARATORS: Final = re.compile(r"[\s,]+")


class IdSource:
    """The job ids of a command.

    Args:
        given: Those known before anything begins.
        follows: Whether standard input brings more.
    """

    def __init__(self, given: Iterable[str], *, follows: bool) -> None:
        self._given = list(dict.fromkeys(given))
        self._follows = follows
        self.order: dict[str, int] | None = None

    @property
    def total(self) -> int | None:
        """How many there are; None while standard input may bring more."""
        return None if self._follows else len(self._given)

    def remember_order(self) -> None:
        """Note the place of each id in ``order``, for output that is written in the end."""
        self.order = {}

    def stream(self) -> list[str] | AsyncIterable[str]:
        """Return the ids: a list, or what yields them as standard input brings them."""
        if self._follows:
            return self._all()
        if self.order is not None:
            self.order.update((job_id, number) for number, job_id in enumerate(self._given))
        return self._given

    async def each(self) -> AsyncGenerator[str, None]:
        """Yield every distinct id, as it comes."""
        seen = set[str]()
        async for job_id in self._all():
            if job_id not in seen:
                seen.add(job_id)
                yield job_id

    async def _all(self) -> AsyncGenerator[str, None]:
        for job_id in self._given:
            self._note_place(job_id)
            yield job_id
        if not self._follows:
            return
        if sys.stdin is not None and sys.stdin.isatty():
            note("Reading job ids from the keyboard; Ctrl-D ends them.")
        found = bool(self._given)
        text = _Text("standard input")
        async for chunk in _chunks(_reader()):
            for job_id in text.feed(chunk):
                found = True
                self._note_place(job_id)
                yield job_id
        for job_id in text.end():
            found = True
            self._note_place(job_id)
            yield job_id
        if not found:
            note("Standard input holds no job ids: there is nothing to do.")

    def _note_place(self, job_id: str) -> None:
        if self.order is not None:
            self.order.setdefault(job_id, len(self.order))


def collect_ids(words: Sequence[str], files: Sequence[str]) -> IdSource:
    """Return the ids that a command line names; files are read at once, standard input later.

    Args:
        words: Ids, and `STDIN` where standard input brings more.
        files: Paths of files with ids.

    Raises:
        UsageError: There are none, or a file cannot be read.
    """
    if not words and not files:
        raise UsageError(
            "no job id was given",
            "Give ids as arguments, --file PATH for a file of them, or - to read standard input.",
        )
    given = [word for word in words if word != STDIN]
    for path in files:
        if path != STDIN:
            given.extend(_read_file(path))
    source = IdSource(given, follows=STDIN in {*words, *files})
    if not given and source.total is not None:
        note(f"{', '.join(files)} holds no job ids: there is nothing to do.")
    return source


def ids_in(line: str) -> Iterator[str]:
    """Yield the ids in a line: separated by blanks or commas, up to a ``#``; or the one in a JSON object.

    Args:
        line: A line, such as this program itself writes into a pipe.
    """
    if line.lstrip().startswith("{"):
        try:
            document: object = json.loads(line)
        except ValueError:
            document = None
        if isinstance(document, dict):
            job_id = cast("dict[str, object]", document).get("JobId")
            if isinstance(job_id, str):
                yield job_id
            return
    yield from filter(None, _SEPARATORS.split(line.partition("#")[0]))


class _Text:
    """Text in UTF-8 that comes in pieces, and the ids in it.

    Args:
        name: What it is, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._rest = ""
        self._line = 1

    def feed(self, chunk: bytes, *, final: bool = False) -> list[str]:
        """Return the ids in the lines that are complete now.

        Raises:
            UsageError: It is no text.
        """
        try:
            text = self._rest + self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise UsageError(
                f"{self._name} is no text in UTF-8 (near line {self._line})",
                "It must hold job ids, such as one a line.",
            )
        *lines, self._rest = text.splitlines(keepends=True) or [""]
        if self._rest.endswith(("\n", "\r")) or final:
            lines, self._rest = [*lines, self._rest], ""
        if len(self._rest) > _LONGEST_LINE:
            raise UsageError(
                f"{self._name} has a line of more than {_LONGEST_LINE} characters",
                "It must hold job ids, such as one a line.",
            )
        self._line += len(lines)
        return [job_id for line in lines for job_id in ids_in(line)]

    def end(self) -> list[str]:
        """Return the ids of the last line.

        Raises:
            UsageError: It is no text.
        """
        return self.feed(b"", final=True)


def _read_file(path: str) -> list[str]:
    text = _Text(path)
    found: list[str] = []
    try:
        with Path(path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.extend(text.feed(chunk))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"{path} cannot be read: {reason}", "--file takes the path of a file of job ids."
        ) from None
    return found + text.end()


def _reader() -> Callable[[], bytes]:
    """Return what reads the next piece of standard input."""
    stdin: object = sys.stdin
    if not isinstance(stdin, io.TextIOBase):
        return bytes
    try:
        descriptor = stdin.fileno()
    except (OSError, ValueError):
        buffer = cast("io.TextIOWrapper", stdin).buffer
        return lambda: bytes(buffer.read(_CHUNK))
    # Not by way of the file object: a thread inside it would hold up the end of the process.
    return lambda: os.read(descriptor, _CHUNK)


async def _chunks(read: Callable[[], bytes]) -> AsyncGenerator[bytes, None]:
    """Yield what is read in threads that nobody has to wait for, until there is no more."""
    loop = asyncio.get_running_loop()
    while True:
        arrived: asyncio.Future[bytes] = loop.create_future()
        threading.Thread(target=_hand_over, args=(read, loop, arrived), daemon=True).start()
        chunk = await arrived
        if not chunk:
            return
        yield chunk


def _hand_over(
    read: Callable[[], bytes], loop: asyncio.AbstractEventLoop, arrived: asyncio.Future[bytes]
) -> None:
    def tell(chunk: bytes, error: OSError | None) -> None:
        if arrived.done():
            return
        if error is None:
            arrived.set_result(chunk)
        else:
            arrived.set_exception(UsageError(f"standard input cannot be read: {error.strerror or error}"))

    chunk, failure = b"", None
    try:
        chunk = read()
    except OSError as error:
        failure = error
    try:
        loop.call_soon_threadsafe(tell, chunk, failure)
    except RuntimeError:
        # The command was over before the next piece came.
        return
